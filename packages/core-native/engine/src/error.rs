//! Failures of an exchange: one code, one phase, no secrets.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::phase::Phase;

/// Codes that the engine itself gives. Codes are API, messages are not. TLS codes (`ERR_TLS_*`) come from
/// [`crate::tls`], HTTP/1.1 (`ERR_H1_*`), HTTP/2 (`ERR_H2_*`) and decoder codes (`ERR_DECODE_*`) from `wire`.
pub mod codes {
    /// A panic was caught; a bug of ours. The process and other exchanges live on.
    pub const INTERNAL: &str = "ERR_INTERNAL";
    /// The request cannot be put on the wire as given (CR, LF, NUL, wrong content-length, ...).
    pub const INVALID_ARG: &str = "ERR_INVALID_ARG";
    /// The caller aborted.
    pub const ABORTED: &str = "ERR_ABORTED";
    /// The transport was closed.
    pub const SESSION_CLOSED: &str = "ERR_SESSION_CLOSED";
    /// The name does not exist.
    pub const DNS_NOT_FOUND: &str = "ERR_DNS_NOT_FOUND";
    /// The lookup failed for another reason (server failure, no network).
    pub const DNS_FAILED: &str = "ERR_DNS_FAILED";
    /// The host has an HTTPS record: an http URL of its is an https one (only with `upgradable`).
    pub const HTTPS_RECORD: &str = "ERR_HTTPS_RECORD";
    /// The peer refused TCP.
    pub const CONNECTION_REFUSED: &str = "ERR_CONNECTION_REFUSED";
    /// The peer reset TCP.
    pub const CONNECTION_RESET: &str = "ERR_CONNECTION_RESET";
    /// The peer closed before a response.
    pub const CONNECTION_CLOSED: &str = "ERR_CONNECTION_CLOSED";
    /// Any other socket failure; `detail` is the system's text.
    pub const CONNECTION_FAILED: &str = "ERR_CONNECTION_FAILED";
    /// Network or host unreachable.
    pub const UNREACHABLE: &str = "ERR_ADDRESS_UNREACHABLE";
    /// The address guard of the transport refuses every address of the host.
    pub const ADDRESS_DENIED: &str = "ERR_ADDRESS_DENIED";
    /// The local address cannot be bound.
    pub const LOCAL_ADDRESS: &str = "ERR_LOCAL_ADDRESS";
    /// The kernel gave up connecting.
    pub const CONNECTION_TIMED_OUT: &str = "ERR_CONNECTION_TIMED_OUT";
    /// The body ended before its length or framing said so.
    pub const BODY_INCOMPLETE: &str = "ERR_BODY_INCOMPLETE";
    /// More decoded bytes than `max_response_bytes`.
    pub const BODY_TOO_LARGE: &str = "ERR_BODY_TOO_LARGE";
    /// More content codings than are accepted, or a decoder refused its input. Decoders give finer codes.
    pub const DECODE: &str = "ERR_DECODE";
    /// The peer speaks a protocol that this exchange excludes.
    pub const PROTOCOL_UNAVAILABLE: &str = "ERR_PROTOCOL_UNAVAILABLE";
    /// The peer reset the stream.
    pub const H2_STREAM_RESET: &str = "ERR_H2_STREAM_RESET";
    /// The peer refused the stream without processing it, again after the replay.
    pub const H2_REFUSED: &str = "ERR_H2_REFUSED_STREAM";
    /// The peer is going away, again after the replay.
    pub const H2_GOAWAY: &str = "ERR_H2_GOAWAY";
    /// The peer broke HTTP/2; `detail` names the rule.
    pub const H2_PROTOCOL: &str = "ERR_H2_PROTOCOL";
    /// A streamed body ended with another length than announced.
    pub const UPLOAD_LENGTH: &str = "ERR_UPLOAD_LENGTH";
    /// The proxy's reply breaks its protocol, or it closed before replying.
    pub const PROXY_PROTOCOL: &str = "ERR_PROXY_PROTOCOL";
    /// The profile document was refused; `detail` names the key.
    pub const PROFILE_INVALID: &str = "ERR_PROFILE_INVALID";
    /// The proxy cannot be reached; `node_code` says why.
    pub const PROXY_CONNECTION: &str = "ERR_PROXY_CONNECTION";
    /// The key log cannot be opened; `node_code` says why.
    pub const KEY_LOG: &str = "ERR_KEY_LOG";
}

/// A failure. Carries no header, credential, URL or body.
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    /// `ERR_<AREA>_<WHAT>`.
    pub code: &'static str,
    /// Where it happened.
    pub phase: Phase,
    /// Node's spelling where there is one.
    pub node_code: Option<&'static str>,
    /// TLS alert name, verify code text, errno text, rule broken: no secrets.
    pub detail: Option<String>,
    /// For `ERR_TIMEOUT_*`.
    pub limit: Option<Duration>,
    /// Status or reply code of the proxy's refusal.
    pub proxy_status: Option<u16>,
    /// No byte of the request can have been processed by the peer.
    pub replayable: bool,
}

impl Error {
    /// An error without details.
    pub fn new(code: &'static str, phase: Phase) -> Self {
        Self {
            code,
            phase,
            node_code: None,
            detail: None,
            limit: None,
            proxy_status: None,
            replayable: phase < Phase::Send,
        }
    }

    /// Adds detail text; must hold no secret.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds Node's spelling.
    #[must_use]
    pub fn with_node_code(mut self, node_code: &'static str) -> Self {
        self.node_code = Some(node_code);
        self
    }

    /// Says whether the peer can have processed the request.
    #[must_use]
    pub fn with_replayable(mut self, replayable: bool) -> Self {
        self.replayable = replayable;
        self
    }

    /// The same failure, seen by an exchange in another phase.
    #[must_use]
    pub fn in_phase(mut self, phase: Phase) -> Self {
        self.phase = phase;
        self
    }

    /// The limit of `phase` has passed.
    pub fn timeout(phase: Phase, during: Phase, limit: Duration) -> Self {
        let mut error = Self::new(phase.timeout_code(), phase).with_node_code("ETIMEDOUT");
        error.limit = Some(limit);
        error.replayable = during < Phase::Send;
        error
    }

    /// The caller aborted in `phase`.
    pub fn aborted(phase: Phase) -> Self {
        Self::new(codes::ABORTED, phase).with_node_code("ABORT_ERR")
    }

    /// The transport was closed.
    pub fn closed(phase: Phase) -> Self {
        Self::new(codes::SESSION_CLOSED, phase)
    }

    /// A panic was caught.
    pub fn internal(phase: Phase) -> Self {
        Self::new(codes::INTERNAL, phase).with_replayable(false)
    }

    /// Bytes came from a socket that failed.
    pub fn from_io(error: &io::Error, phase: Phase) -> Self {
        let (code, node_code) = match error.kind() {
            io::ErrorKind::ConnectionRefused => (codes::CONNECTION_REFUSED, Some("ECONNREFUSED")),
            io::ErrorKind::ConnectionReset => (codes::CONNECTION_RESET, Some("ECONNRESET")),
            io::ErrorKind::ConnectionAborted => (codes::CONNECTION_RESET, Some("ECONNABORTED")),
            io::ErrorKind::BrokenPipe => (codes::CONNECTION_RESET, Some("EPIPE")),
            io::ErrorKind::TimedOut => (codes::CONNECTION_TIMED_OUT, Some("ETIMEDOUT")),
            io::ErrorKind::HostUnreachable => (codes::UNREACHABLE, Some("EHOSTUNREACH")),
            io::ErrorKind::NetworkUnreachable => (codes::UNREACHABLE, Some("ENETUNREACH")),
            io::ErrorKind::AddrNotAvailable => (codes::LOCAL_ADDRESS, Some("EADDRNOTAVAIL")),
            io::ErrorKind::AddrInUse => (codes::LOCAL_ADDRESS, Some("EADDRINUSE")),
            io::ErrorKind::UnexpectedEof => (codes::CONNECTION_CLOSED, Some("ECONNRESET")),
            _ => (codes::CONNECTION_FAILED, system_name(error)),
        };
        let mut result = Self::new(code, phase).with_detail(error.to_string());
        result.node_code = node_code;
        result
    }

    /// TLS failed in `phase`.
    pub fn from_tls(error: crate::tls::TlsError, phase: Phase) -> Self {
        let mut result = Self::new(error.code, phase).with_detail(error.to_string());
        result.node_code = error.node_code;
        result
    }

    /// The peer closed the connection in `phase`.
    pub fn connection_closed(phase: Phase) -> Self {
        Self::new(codes::CONNECTION_CLOSED, phase).with_node_code("ECONNRESET")
    }
}

/// Node's spelling of what has no kind of its own, or one for several.
#[cfg(unix)]
fn system_name(error: &io::Error) -> Option<&'static str> {
    Some(match error.raw_os_error()? {
        libc::EACCES => "EACCES",
        libc::EAFNOSUPPORT => "EAFNOSUPPORT",
        libc::EBADF => "EBADF",
        libc::EHOSTDOWN => "EHOSTDOWN",
        libc::EINVAL => "EINVAL",
        libc::EIO => "EIO",
        libc::EISDIR => "EISDIR",
        libc::EISCONN => "EISCONN",
        libc::EMFILE => "EMFILE",
        libc::ENETDOWN => "ENETDOWN",
        libc::ENETRESET => "ENETRESET",
        libc::ENFILE => "ENFILE",
        libc::ENOBUFS => "ENOBUFS",
        libc::ENODEV => "ENODEV",
        libc::ENOENT => "ENOENT",
        libc::ENOTDIR => "ENOTDIR",
        libc::ENOMEM => "ENOMEM",
        libc::ENOTCONN => "ENOTCONN",
        libc::EPERM => "EPERM",
        libc::EPROTO => "EPROTO",
        libc::EPROTONOSUPPORT => "EPROTONOSUPPORT",
        libc::EROFS => "EROFS",
        _ => return None,
    })
}

#[cfg(not(unix))]
fn system_name(error: &io::Error) -> Option<&'static str> {
    (error.kind() == io::ErrorKind::PermissionDenied).then_some("EACCES")
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} in phase {}", self.code, self.phase.as_str())?;
        if let Some(limit) = self.limit {
            write!(formatter, " after {} ms", limit.as_millis())?;
        }
        if let Some(status) = self.proxy_status {
            write!(formatter, ", proxy replied {status}")?;
        }
        if let Some(detail) = &self.detail {
            write!(formatter, ": {detail}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl std::error::Error for Error {}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn failures_of_the_system_have_nodes_spelling() {
        let name = |number| Error::from_io(&io::Error::from_raw_os_error(number), Phase::Connect).node_code;
        let expected = [
            (libc::EINVAL, "EINVAL"),
            (libc::EMFILE, "EMFILE"),
            (libc::ENFILE, "ENFILE"),
            (libc::EAFNOSUPPORT, "EAFNOSUPPORT"),
            (libc::ENETDOWN, "ENETDOWN"),
            (libc::EPERM, "EPERM"),
            (libc::EACCES, "EACCES"),
            (libc::ECONNREFUSED, "ECONNREFUSED"),
            (libc::ENETUNREACH, "ENETUNREACH"),
            (libc::EADDRNOTAVAIL, "EADDRNOTAVAIL"),
        ];
        for (number, text) in expected {
            assert_eq!(name(number), Some(text));
        }
    }
}
