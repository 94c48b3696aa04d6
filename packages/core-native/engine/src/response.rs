//! What one exchange reports.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use wiretwin_wire::head::ResponseHead;

use crate::certificates::CertificateChain;
use crate::error::Error;
use crate::timing::Timings;
use crate::tls::EchOutcome;

/// Protocol of a connection or response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HttpVersion {
    /// HTTP/1.0, as the status line said.
    Http10,
    /// HTTP/1.1.
    Http11,
    /// HTTP/2.
    Http2,
}

impl HttpVersion {
    /// `1.0`, `1.1` or `2`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http10 => "1.0",
            Self::Http11 => "1.1",
            Self::Http2 => "2",
        }
    }
}

/// Both ends of a connection. Behind a proxy `remote` is the proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoints {
    /// The peer of the socket.
    pub remote: SocketAddr,
    /// Our end of the socket.
    pub local: SocketAddr,
}

/// The TLS session with the origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsInfo {
    /// `TLSv1.3`, `TLSv1.2`.
    pub version: String,
    /// Cipher suite, IANA name.
    pub cipher: String,
    /// Key exchange group, if there was one.
    pub group: Option<String>,
    /// Negotiated ALPN protocol.
    pub alpn: Option<String>,
    /// A ticket was accepted.
    pub resumed: bool,
    /// The request went as 0-RTT data and was accepted.
    pub early_data: bool,
    /// The certificate was verified; `false` with `insecure`.
    pub verified: bool,
    /// What became of the name of the host in the hello.
    pub ech: EchOutcome,
    /// What the peer has shown, on a resumed session what it had shown before.
    pub certificates: Arc<CertificateChain>,
}

/// What is known of the connection that serves an exchange.
#[derive(Debug, Clone)]
pub struct ConnectionInfo {
    /// Addresses.
    pub endpoints: Endpoints,
    /// The origin's TLS session; `None` on plain HTTP. Shared by all exchanges of the connection.
    pub tls: Option<Arc<TlsInfo>>,
    /// Negotiated protocol.
    pub version: HttpVersion,
}

/// Final response head, with what arrived of the body in the same wake-up.
#[derive(Debug)]
pub struct ResponseInfo {
    /// Status, reason and fields as received.
    pub head: ResponseHead,
    /// Version of the response.
    pub version: HttpVersion,
    /// The connection.
    pub connection: Arc<ConnectionInfo>,
    /// The connection had served another exchange before.
    pub reused: bool,
    /// Timings up to the head.
    pub timings: Timings,
    /// Content codings that the engine removes, outermost last; empty when none or not decoded.
    pub decoded: Vec<&'static str>,
    /// Decoded body bytes that were already here; empty when none.
    pub body: Bytes,
    /// `body` is the whole body; `Done` follows at once.
    pub ended: bool,
    /// The body is long and comes only when it is asked for, so that it can come in one piece.
    pub apart: bool,
    /// Of a body that comes apart: its length, if it comes as it is.
    pub length: Option<u64>,
    /// A 101 answered an upgrade request: `read` and `write` now carry raw bytes.
    pub upgraded: bool,
}

/// A phase that has just ended. Sent only for exchanges with `phases: true`.
#[derive(Debug, Clone)]
pub enum PhaseEvent {
    /// The name was looked up; the first address of the list.
    Lookup {
        /// First address.
        address: std::net::IpAddr,
    },
    /// TCP is connected.
    Connect(Endpoints),
    /// The proxy opened the tunnel.
    Proxy,
    /// The TLS handshake with the origin is complete.
    SecureConnect(Arc<TlsInfo>),
    /// The exchange has a connection and waits for [`crate::ExchangeHandle::confirm`]; only with
    /// [`crate::ExchangeRequest::hold`], and then whatever `phases` says.
    Held {
        /// The connection; it has TLS.
        connection: Arc<ConnectionInfo>,
        /// It had served another exchange before.
        reused: bool,
    },
    /// The exchange has a connection.
    Acquired {
        /// The connection.
        connection: Arc<ConnectionInfo>,
        /// It had served another exchange before.
        reused: bool,
    },
    /// The request is written.
    Sent,
}

/// Event of one exchange. `Done` or `Failed` is the last one and comes exactly once.
#[derive(Debug)]
pub enum ExchangeEvent {
    /// A phase ended.
    Phase(PhaseEvent),
    /// 1xx other than 101.
    Informational(ResponseHead),
    /// The final head.
    Head(Box<ResponseInfo>),
    /// Answer to one [`crate::ExchangeHandle::read`]; never empty. The end of the body is `Done` instead.
    Data(Bytes),
    /// All of the rest of the body, as far as it is in the memory that was given to
    /// [`crate::ExchangeHandle::read_whole_command`]. What did not fit follows as `Data`.
    Filled {
        /// Bytes from the beginning of that memory.
        bytes: usize,
    },
    /// The connection has taken request body bytes. A writer keeps `written - taken` below
    /// [`crate::limits::UPLOAD_QUEUE_HIGH`].
    RequestBodyCapacity {
        /// Bytes of the request body taken since the start of the exchange. Starts again from 0 never: a replay
        /// happens only before the first byte of a streamed body was taken.
        taken: u64,
    },
    /// The body was read (or discarded) to its end.
    Done {
        /// Trailer fields as received.
        trailers: Vec<(Bytes, Bytes)>,
        /// All timings.
        timings: Timings,
    },
    /// The exchange failed. Bytes that arrived before a failure of the peer have been read first.
    Failed {
        /// Why.
        error: Error,
        /// Timings up to the failure.
        timings: Timings,
    },
}

/// Memory of the caller's for a body that is wanted whole.
pub trait BodyTarget: Send {
    /// Puts bytes in a place, on the thread that the exchange runs on. `false`: they do not fit, or the memory is gone.
    fn write(&mut self, offset: usize, bytes: &[u8]) -> bool;
}

/// Receives the events of one exchange.
pub trait ExchangeSink: Send {
    /// Called on the I/O thread, in order; must not block, and must not call back into the engine but through
    /// [`crate::Runtime::submit`] and handles.
    fn on_event(&mut self, event: ExchangeEvent);
}
