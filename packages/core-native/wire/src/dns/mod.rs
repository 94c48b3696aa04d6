//! DNS messages of a client (RFC 1035, EDNS RFC 6891, HTTPS records RFC 9460): bytes in, records out.
//!
//! Whoever asks has sockets, the clock and the choice whom to ask. A message that breaks a rule is refused as a whole, except
//! for HTTPS records: one that cannot be read makes the host one without them (RFC 9460 2.2), its addresses stay.

mod answer;
mod error;
mod limits;
mod name;
mod query;
mod reader;
mod service;

pub use answer::{Answer, Status};
pub use error::DnsError;
pub use limits::{ALIASES_MAX, MESSAGE_MAX, PADDING_BLOCK, SERVICES_MAX, TTL_MAX};
pub use name::Name;
pub use query::{Edns, Query, RecordType};
pub use service::{Service, ServiceKey};
