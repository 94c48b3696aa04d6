//! The wiretwin engine: one request in, one response out, byte for byte as a browser would have sent it.
//!
//! [`Transport`] starts exchanges, one I/O thread per process ([`Runtime`]) runs them, and an [`ExchangeSink`]
//! receives their events. See `docs/internals/engine.md`.
#![deny(missing_docs)]

mod alarm;
mod backlog;
mod body;
pub mod certificates;
mod driver;
pub mod error;
mod exchange;
pub mod fault;
pub mod limits;
mod net;
pub mod phase;
mod pool;
pub mod profile;
mod proxy;
pub mod request;
pub mod response;
pub mod runtime;
pub mod timing;
pub mod tls;
mod tls_setup;
pub mod transport;
pub mod transport_options;

pub use certificates::{CertificateChain, ChainId};
pub use error::Error;
pub use exchange::{ExchangeHandle, ExchangeId, TrailerList};
pub use net::private::{AddressGuard, Network, NotANetwork};
pub use phase::Phase;
pub use request::{ExchangeRequest, Protocols, RequestBody, RequestPriority, Scheme, Timeouts};
pub use response::{
    ConnectionInfo, Endpoints, ExchangeEvent, ExchangeSink, HttpVersion, PhaseEvent, ResponseInfo, TlsInfo,
};
pub use runtime::{Command, Runtime};
pub use timing::Timings;
pub use transport::{Transport, TransportStats};
pub use transport_options::{DialTarget, IdentityOptions, ProxyKind, ProxyOptions, TransportOptions, TrustStore};
pub use wiretwin_wire::head::{Field, ResponseHead};
