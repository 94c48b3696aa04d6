//! What one exchange asks for.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use wiretwin_wire::content::Dictionary;
use wiretwin_wire::head::{Field, Fields};

use crate::phase::Phase;

/// Names one exchange in the process; never reused.
pub type ExchangeId = u64;

/// Trailer fields of a request.
pub type TrailerList = Vec<Field>;

/// Scheme of the request URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain TCP.
    Http,
    /// TLS.
    Https,
}

impl Scheme {
    /// `http` or `https`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// Which protocols may be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Protocols {
    /// The profile's ALPN list.
    #[default]
    Auto,
    /// HTTP/1.1 only, as browsers offer it for WebSocket.
    Http1,
    /// HTTP/2 only.
    Http2,
}

/// Limits of one exchange; an absent one is unlimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timeouts {
    /// From the start to the last body byte.
    pub total: Option<Duration>,
    /// Waiting for a connection or stream.
    pub queue: Option<Duration>,
    /// Name lookup.
    pub resolve: Option<Duration>,
    /// TCP connect, all addresses together.
    pub connect: Option<Duration>,
    /// Proxy handshake.
    pub proxy: Option<Duration>,
    /// TLS handshake.
    pub tls: Option<Duration>,
    /// Writing the request.
    pub send: Option<Duration>,
    /// From the request being sent to the response head.
    pub head: Option<Duration>,
    /// Longest silence while a reader waits for body bytes.
    pub idle: Option<Duration>,
}

impl Timeouts {
    /// The limit of one phase.
    pub fn of(&self, phase: Phase) -> Option<Duration> {
        match phase {
            Phase::Queue => self.queue,
            Phase::Resolve => self.resolve,
            Phase::Connect => self.connect,
            Phase::Proxy => self.proxy,
            Phase::Tls => self.tls,
            Phase::Send => self.send,
            Phase::Head => self.head,
            Phase::Body => self.idle,
            Phase::Total => self.total,
        }
    }
}

/// HEADERS priority on HTTP/2 as the browser sets it for one kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestPriority {
    /// 1 to 256.
    pub weight: u16,
    /// Exclusive flag.
    pub exclusive: bool,
    /// Lower = more urgent; decides what the stream depends on for browsers that chain by urgency.
    pub rank: u8,
}

/// The body of a request.
#[derive(Clone, Default)]
pub enum RequestBody {
    /// None; not the same as an empty one.
    #[default]
    None,
    /// Known in full; sent with the head.
    Bytes(Bytes),
    /// Follows through [`crate::ExchangeHandle::write`] and [`crate::ExchangeHandle::end`].
    Stream {
        /// Total length if known; otherwise HTTP/1.1 sends it chunked.
        length: Option<u64>,
    },
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => formatter.write_str("None"),
            Self::Bytes(bytes) => write!(formatter, "Bytes({})", bytes.len()),
            Self::Stream { length } => write!(formatter, "Stream({length:?})"),
        }
    }
}

/// One resolved request. Redirects, cookies and retries belong to the layers above.
#[derive(Clone)]
pub struct ExchangeRequest {
    /// Method token.
    pub method: Bytes,
    /// Scheme of the URL.
    pub scheme: Scheme,
    /// Host name or IP address without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// `:authority` / `Host`.
    pub authority: Bytes,
    /// Path and query.
    pub target: Bytes,
    /// Fields in wire order, names with their HTTP/1.1 case. No Host, Connection or transfer-encoding.
    pub fields: Fields,
    /// HEADERS priority as the browser sets it for this kind of request; `None`: the profile's default.
    pub priority: Option<RequestPriority>,
    /// Body.
    pub body: RequestBody,
    /// The caller could give a streamed body once more: what has left of it is kept, so far, until the answer.
    pub repeatable: bool,
    /// Limits.
    pub timeouts: Timeouts,
    /// Decode content-encoding.
    pub decompress: bool,
    /// What the request has said it has: `dcb` and `dcz` can be decoded if its Accept-Encoding names them.
    pub dictionary: Option<Arc<Dictionary>>,
    /// Decoded bytes after which the body fails with `ERR_BODY_TOO_LARGE`.
    pub max_response_bytes: Option<u64>,
    /// Protocols for this exchange only; `Auto` is the transport's setting.
    pub protocols: Protocols,
    /// Refuses reuse of a pooled connection and does not give this one back.
    pub new_connection: bool,
    /// Ask for [`crate::ExchangeEvent::Phase`].
    pub phases: bool,
    /// Ask for [`crate::ExchangeEvent::Informational`]. Interim answers are read and dropped otherwise.
    pub informational: bool,
    /// A 101 answer is welcome and turns the exchange into a raw duplex stream.
    pub upgrade: bool,
    /// The handshake of a WebSocket, a GET that asks for an upgrade. Where the profile's browser does so it goes over a
    /// shared HTTP/2 connection as an extended CONNECT (RFC 8441), answered by 200 instead of 101; else over HTTP/1.1 on
    /// a connection of its own. `new_connection` and `protocols` say nothing then.
    pub web_socket: bool,
    /// Replay on a new connection when the peer provably did not process it, at most once.
    pub replay: bool,
    /// Connections and TLS tickets are shared only by requests of the same partition, what is known of names by those whose
    /// partitions are equal up to a `#`. Opaque but for that; empty is one as well.
    pub partition: Bytes,
    /// Carries no credentials. A connection opened for another host is shared only by requests that are alike in this.
    pub anonymous: bool,
    /// The browser's HTTP cache takes part: the answer may go there if it allows that (profile: `http2.resetEnded`).
    pub storable: bool,
    /// The caller goes on to https if an HTTPS record of the host says so, where the browser does: the exchange fails with
    /// `ERR_HTTPS_RECORD` before anything is sent. For `http` only.
    pub upgradable: bool,
    /// Addresses to dial instead of a lookup, in order; empty: look the host up. A connection that is open already is
    /// used whatever its address.
    pub addresses: Vec<IpAddr>,
    /// Wait on the connection, also on one that is used again, until the caller has confirmed the certificates of its peer
    /// (`NO_CHAIN` without TLS): not a byte of the request leaves before, and it never travels as early data.
    pub hold: bool,
}

impl ExchangeRequest {
    /// Methods whose repetition does no harm (RFC 9110 9.2.2).
    pub(crate) fn is_idempotent(&self) -> bool {
        matches!(&self.method[..], b"GET" | b"HEAD" | b"OPTIONS" | b"TRACE" | b"PUT" | b"DELETE")
    }

    /// A GET-like request with every option at its default.
    pub fn new(method: &'static str, scheme: Scheme, host: &str, port: u16, target: &str) -> Self {
        let host_text = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let default_port = match scheme {
            Scheme::Http => 80,
            Scheme::Https => 443,
        };
        let authority = if port == default_port { host_text } else { format!("{host_text}:{port}") };
        Self {
            method: Bytes::from_static(method.as_bytes()),
            scheme,
            host: host.to_owned(),
            port,
            authority: Bytes::from(authority),
            target: Bytes::copy_from_slice(target.as_bytes()),
            fields: Fields::default(),
            priority: None,
            body: RequestBody::None,
            repeatable: false,
            timeouts: Timeouts::default(),
            decompress: true,
            dictionary: None,
            max_response_bytes: None,
            protocols: Protocols::Auto,
            new_connection: false,
            phases: false,
            informational: false,
            upgrade: false,
            web_socket: false,
            replay: true,
            partition: Bytes::new(),
            anonymous: false,
            storable: false,
            upgradable: false,
            addresses: Vec::new(),
            hold: false,
        }
    }
}

// Fields and target may carry credentials: they never reach Debug output.
impl fmt::Debug for ExchangeRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ExchangeRequest")
            .field("method", &self.method)
            .field("scheme", &self.scheme)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}
