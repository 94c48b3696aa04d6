//! Failures of a dialogue with a proxy.

use std::fmt;

use bytes::Bytes;

/// What kind of failure, one public code each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyErrorKind {
    /// The proxy wants credentials (HTTP 407, SOCKS5 method 0xff): `ERR_PROXY_AUTH_REQUIRED`.
    AuthRequired,
    /// The proxy refused the credentials it was given (SOCKS5 sub-negotiation): `ERR_PROXY_AUTH_REFUSED`.
    AuthRefused,
    /// The proxy refuses this target or request: `ERR_PROXY_REFUSED`.
    Refused,
    /// The proxy could not reach the target (SOCKS5 replies 3 to 6): `ERR_PROXY_UNREACHABLE`.
    Unreachable,
    /// The reply is not of the protocol: `ERR_PROXY_PROTOCOL`.
    Protocol,
    /// The head of the reply passes its limit: `ERR_PROXY_HEAD_TOO_LARGE`.
    HeadTooLarge,
    /// The proxy closed the connection before the dialogue was over: `ERR_PROXY_CLOSED`.
    Closed,
    /// The target cannot be expressed in this protocol: `ERR_PROXY_TARGET`. Nothing has been sent.
    Target,
    /// A credential or a field cannot be sent: `ERR_INVALID_ARG`. Nothing has been sent.
    InvalidArgument,
}

/// A failed dialogue. Never contains credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyError {
    /// What kind.
    pub kind: ProxyErrorKind,
    /// HTTP status of the reply to CONNECT, or the SOCKS reply code.
    pub status: Option<u16>,
    /// One phrase for people.
    pub detail: &'static str,
    /// `Proxy-Authenticate` values of a 407, as received.
    pub challenges: Vec<Bytes>,
}

impl ProxyError {
    pub(super) const fn new(kind: ProxyErrorKind, detail: &'static str) -> Self {
        Self { kind, status: None, detail, challenges: Vec::new() }
    }

    pub(super) const fn with_status(kind: ProxyErrorKind, status: u16, detail: &'static str) -> Self {
        Self { kind, status: Some(status), detail, challenges: Vec::new() }
    }

    pub(super) const fn unsolicited() -> Self {
        // Chromium fails the tunnel too: such bytes could only be meant to pass for the target's.
        Self::new(ProxyErrorKind::Protocol, "the proxy sent bytes behind its reply")
    }

    /// The stable public code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.kind {
            ProxyErrorKind::AuthRequired => "ERR_PROXY_AUTH_REQUIRED",
            ProxyErrorKind::AuthRefused => "ERR_PROXY_AUTH_REFUSED",
            ProxyErrorKind::Refused => "ERR_PROXY_REFUSED",
            ProxyErrorKind::Unreachable => "ERR_PROXY_UNREACHABLE",
            ProxyErrorKind::Protocol => "ERR_PROXY_PROTOCOL",
            ProxyErrorKind::HeadTooLarge => "ERR_PROXY_HEAD_TOO_LARGE",
            ProxyErrorKind::Closed => "ERR_PROXY_CLOSED",
            ProxyErrorKind::Target => "ERR_PROXY_TARGET",
            ProxyErrorKind::InvalidArgument => "ERR_INVALID_ARG",
        }
    }
}

impl fmt::Display for ProxyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code(), self.detail)?;
        self.status.map_or(Ok(()), |status| write!(formatter, " ({status})"))
    }
}

impl std::error::Error for ProxyError {}
