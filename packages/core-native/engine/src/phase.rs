//! Where in its life an exchange is.

/// The part of an exchange that an error, a timeout or a timing belongs to.
///
/// A phase that does not happen (everything up to `Tls` on a reused connection) is skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Waits for a connection or for a free stream on one.
    Queue,
    /// Name lookup of the origin or of the proxy.
    Resolve,
    /// Opening the TCP connection, all addresses together.
    Connect,
    /// Talking to the proxy until it has opened the tunnel, its own TLS handshake included.
    Proxy,
    /// TLS handshake with the origin.
    Tls,
    /// Writing the request, up to its last body byte.
    Send,
    /// Waiting for the response head.
    Head,
    /// Reading the response body.
    Body,
    /// The whole exchange; only as the phase of a `total` timeout.
    Total,
}

impl Phase {
    /// The name as it is spelled in the TypeScript contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Proxy => "proxy",
            Self::Tls => "tls",
            Self::Send => "send",
            Self::Head => "head",
            Self::Body => "body",
            Self::Total => "total",
        }
    }

    /// Code of the error when the limit for this phase has passed. The body's limit is called `idle`.
    pub fn timeout_code(self) -> &'static str {
        match self {
            Self::Queue => "ERR_TIMEOUT_QUEUE",
            Self::Resolve => "ERR_TIMEOUT_RESOLVE",
            Self::Connect => "ERR_TIMEOUT_CONNECT",
            Self::Proxy => "ERR_TIMEOUT_PROXY",
            Self::Tls => "ERR_TIMEOUT_TLS",
            Self::Send => "ERR_TIMEOUT_SEND",
            Self::Head => "ERR_TIMEOUT_HEAD",
            Self::Body => "ERR_TIMEOUT_IDLE",
            Self::Total => "ERR_TIMEOUT_TOTAL",
        }
    }
}
