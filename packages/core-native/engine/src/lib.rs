//! The wiretwin engine: one request in, one response out, byte for byte as a browser would have sent it.
//!
//! [`Transport`] starts exchanges, one I/O thread per process ([`Runtime`]) runs them, and an [`ExchangeSink`]
//! receives their events. See `docs/internals/engine.md`.
#![deny(missing_docs)]

mod address_guard;
mod body;
mod carrier;
pub mod certificates;
mod dial;
pub mod error;
mod exchange;
pub mod fault;
pub mod limits;
mod link;
mod orders;
pub mod phase;
mod pool;
pub mod profile;
mod reactor;
pub mod request;
pub mod response;
mod shared;
pub mod timing;
pub mod tls;
mod tls_setup;
pub mod transport_options;

pub use address_guard::{AddressGuard, Network, NotANetwork};
pub use certificates::{CertificateChain, ChainId};
pub use error::Error;
pub use orders::{Command, ExchangeHandle, Runtime, Transport, TransportStats};
#[cfg(unix)]
pub use orders::{HostedLoop, Turned};
pub use phase::Phase;
pub use profile::KnownProfile;
pub use request::{
    ExchangeId, ExchangeRequest, Protocols, RequestBody, RequestPriority, Scheme, Timeouts, TrailerList,
};
pub use response::{
    BodyTarget, ConnectionInfo, Endpoints, ExchangeEvent, ExchangeSink, HttpVersion, PhaseEvent, ResponseInfo, TlsInfo,
};
pub use timing::Timings;
pub use transport_options::{
    DialTarget, EchOptions, HttpsServer, IdentityOptions, NameServers, ProxyKind, ProxyOptions, TransportOptions,
    TrustStore,
};
pub use wiretwin_wire::content::Dictionary;
pub use wiretwin_wire::head::{Field, Fields, ResponseHead};
