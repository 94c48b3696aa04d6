//! TLS on patched BoringSSL; the only place that names boring types.
//!
//! Sans-I/O: a [`TlsSession`] takes bytes from the peer and gives bytes for the peer, somebody else owns the socket.
//!
//! ```text
//! let context = TlsContext::load(&options)?;                        // process-wide, shared
//! let mut tls = TlsSession::new(&context, "example.org", AlpnPolicy::Profile, tickets.take(&key))?;
//! loop {
//!     match tls.handshake()? { Progress::Done => break, Progress::EarlyData | Progress::NeedsInput => {} }
//!     socket.write(tls.output()) -> tls.consume_output(n);           // after every call, also before an error is reported
//!     socket.read(tls.input_space(MIN)) -> tls.input_filled(n);      // or tls.feed(bytes); tls.feed_end() on EOF
//! }
//! tls.write(request)?; tls.read(&mut buffer)?; tls.take_tickets() -> tickets.put(..)
//! ```
//!
//! Design: `docs/internals/tls.md`.

mod chain;
mod choice;
mod compression;
mod context;
mod der;
mod ech;
mod error;
mod hello;
mod identity;
mod key_log;
mod memory;
mod names;
mod remembered;
mod server_name;
mod session;
mod staple;
mod ticket;
mod trust;
mod verdicts;
mod verify;

pub use context::{AlpnPolicy, Attempt, TlsContext, TlsOptions};
pub use ech::EchOutcome;
pub use error::{TlsError, codes};
pub use identity::Identity;
pub use key_log::KeyLog;
pub use server_name::ServerName;
pub use session::{EarlyData, Progress, ReadOutcome, TlsInfo, TlsSession};
pub(crate) use ticket::TicketPlace;
pub use ticket::{Ticket, TicketKey, TicketStore};
pub use trust::{Roots, Trust};
