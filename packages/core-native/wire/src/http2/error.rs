//! Error codes and the failures of the HTTP/2 layer.

use std::fmt;

/// An HTTP/2 error code (RFC 9113 section 7). Unknown codes are kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ErrorCode(pub u32);

impl ErrorCode {
    /// Graceful end.
    pub const NO_ERROR: Self = Self(0);
    /// Protocol violation.
    pub const PROTOCOL_ERROR: Self = Self(1);
    /// Fault of the sender itself.
    pub const INTERNAL_ERROR: Self = Self(2);
    /// Flow-control limits passed.
    pub const FLOW_CONTROL_ERROR: Self = Self(3);
    /// SETTINGS were not acknowledged in time.
    pub const SETTINGS_TIMEOUT: Self = Self(4);
    /// Frame on a stream that had ended.
    pub const STREAM_CLOSED: Self = Self(5);
    /// Wrong frame size.
    pub const FRAME_SIZE_ERROR: Self = Self(6);
    /// Refused before any processing: safe to replay.
    pub const REFUSED_STREAM: Self = Self(7);
    /// No longer needed.
    pub const CANCEL: Self = Self(8);
    /// HPACK state is lost.
    pub const COMPRESSION_ERROR: Self = Self(9);
    /// The tunnel of a CONNECT was reset.
    pub const CONNECT_ERROR: Self = Self(10);
    /// Excessive load.
    pub const ENHANCE_YOUR_CALM: Self = Self(11);
    /// Transport security is too weak.
    pub const INADEQUATE_SECURITY: Self = Self(12);
    /// The request must be made over HTTP/1.1.
    pub const HTTP_1_1_REQUIRED: Self = Self(13);

    /// Name as in RFC 9113, or `UNKNOWN`.
    #[must_use]
    pub fn name(self) -> &'static str {
        const NAMES: [&str; 14] = [
            "NO_ERROR",
            "PROTOCOL_ERROR",
            "INTERNAL_ERROR",
            "FLOW_CONTROL_ERROR",
            "SETTINGS_TIMEOUT",
            "STREAM_CLOSED",
            "FRAME_SIZE_ERROR",
            "REFUSED_STREAM",
            "CANCEL",
            "COMPRESSION_ERROR",
            "CONNECT_ERROR",
            "ENHANCE_YOUR_CALM",
            "INADEQUATE_SECURITY",
            "HTTP_1_1_REQUIRED",
        ];
        usize::try_from(self.0).ok().and_then(|code| NAMES.get(code)).copied().unwrap_or("UNKNOWN")
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}({})", self.name(), self.0)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

/// The connection cannot go on. A GOAWAY with `code` has been queued: write what `next_write` gives, then close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionError {
    /// What the GOAWAY says.
    pub code: ErrorCode,
    /// What the peer did, for the error message.
    pub reason: &'static str,
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "HTTP/2 connection error {}: {}", self.code, self.reason)
    }
}

impl std::error::Error for ConnectionError {}

/// Why a request could not be opened. Nothing was queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenError {
    /// GOAWAY was sent or received, or the input ended: use another connection.
    Draining,
    /// The peer's MAX_CONCURRENT_STREAMS is reached: wait.
    TooManyStreams,
    /// All stream identifiers are used up: use another connection.
    IdentifiersExhausted,
    /// Extended CONNECT without the peer's SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441 3).
    ConnectProtocolNotAllowed,
    /// A field that HTTP/2 cannot carry (empty or malformed name, control characters in a value).
    InvalidHead(&'static str),
}

impl fmt::Display for OpenError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Draining => formatter.write_str("the HTTP/2 connection is going away"),
            Self::TooManyStreams => formatter.write_str("the peer allows no further HTTP/2 stream"),
            Self::IdentifiersExhausted => formatter.write_str("the HTTP/2 connection has no stream identifier left"),
            Self::ConnectProtocolNotAllowed => formatter.write_str("the peer did not enable extended CONNECT"),
            Self::InvalidHead(reason) => {
                write!(formatter, "the request head cannot be sent: {reason}")
            }
        }
    }
}

impl std::error::Error for OpenError {}

/// The stream does not take a body (any more): it was reset, it ended, or its last piece was already given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamGone;

impl fmt::Display for StreamGone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the HTTP/2 stream takes no more body")
    }
}

impl std::error::Error for StreamGone {}
