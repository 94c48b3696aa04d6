//! Failures of the HTTP/1.1 reader and writer, each with the code that the public API shows.

use std::fmt;

/// Why a response cannot be read further. The connection must be closed after any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Http1ErrorKind {
    /// Content-Length or Transfer-Encoding do not say unambiguously where the body ends: `ERR_H1_FRAMING`.
    Framing,
    /// The chunked coding is broken: `ERR_H1_CHUNK`.
    Chunk,
    /// A head, its field count, the trailers or the number of 1xx heads passed a limit: `ERR_HEAD_TOO_LARGE`.
    HeadTooLarge,
    /// The bytes are not an HTTP/1.x response head: `ERR_H1_PARSE`.
    Parse,
    /// The connection ended before the framing said so: `ERR_BODY_INCOMPLETE`.
    BodyIncomplete,
    /// 101 without having asked for an upgrade: `ERR_H1_UNEXPECTED_UPGRADE`.
    UnexpectedUpgrade,
    /// The connection ended before the first byte of a response: `ERR_H1_NO_RESPONSE`. On a reused connection this is
    /// the race with the peer's idle timeout, and an idempotent request may be replayed (RFC 9112 9.3.1).
    NoResponse,
    /// The connection ended inside the head: `ERR_H1_HEAD_INCOMPLETE`.
    HeadIncomplete,
}

/// A failure while reading a response. `detail` never contains bytes from the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Http1Error {
    /// What went wrong.
    pub kind: Http1ErrorKind,
    /// One sentence for people, without peer bytes.
    pub detail: &'static str,
}

impl Http1Error {
    pub(crate) const fn new(kind: Http1ErrorKind, detail: &'static str) -> Self {
        Self { kind, detail }
    }

    /// The stable public code, `ERR_H1_FRAMING` and so on.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.kind {
            Http1ErrorKind::Framing => "ERR_H1_FRAMING",
            Http1ErrorKind::Chunk => "ERR_H1_CHUNK",
            Http1ErrorKind::HeadTooLarge => "ERR_HEAD_TOO_LARGE",
            Http1ErrorKind::Parse => "ERR_H1_PARSE",
            Http1ErrorKind::BodyIncomplete => "ERR_BODY_INCOMPLETE",
            Http1ErrorKind::UnexpectedUpgrade => "ERR_H1_UNEXPECTED_UPGRADE",
            Http1ErrorKind::NoResponse => "ERR_H1_NO_RESPONSE",
            Http1ErrorKind::HeadIncomplete => "ERR_H1_HEAD_INCOMPLETE",
        }
    }
}

impl fmt::Display for Http1Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code(), self.detail)
    }
}

impl std::error::Error for Http1Error {}

/// Why a request head was refused. Nothing has been written when this is returned (F11, F12). Code `ERR_INVALID_ARG`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidHead {
    /// The method is not a token.
    Method,
    /// The target is empty or has white space or control bytes.
    Target,
    /// The authority is empty or has a byte that no host has.
    Authority,
    /// Field number `index` has a name that is not a token.
    FieldName {
        /// Position in `RequestHead::fields`.
        index: usize,
    },
    /// Field number `index` has CR, LF, NUL or another control byte in its value.
    FieldValue {
        /// Position in `RequestHead::fields`.
        index: usize,
    },
    /// A field that may occur once occurs twice, in any case of letters.
    Duplicate {
        /// The name, lower case.
        name: &'static str,
    },
    /// Content-Length in the fields is not the number of bytes that will be sent.
    ContentLength,
    /// Transfer-Encoding is the library's to write.
    TransferEncoding,
}

impl InvalidHead {
    /// The stable public code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "ERR_INVALID_ARG"
    }
}

impl fmt::Display for InvalidHead {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method => formatter.write_str("method is not a token"),
            Self::Target => formatter.write_str("request target has white space or control bytes, or is empty"),
            Self::Authority => formatter.write_str("authority has bytes that no host has, or is empty"),
            Self::FieldName { index } => write!(formatter, "name of field {index} is not a token"),
            Self::FieldValue { index } => {
                write!(formatter, "value of field {index} has a control byte")
            }
            Self::Duplicate { name } => write!(formatter, "{name} occurs more than once"),
            Self::ContentLength => formatter.write_str("content-length is not the length of the body"),
            Self::TransferEncoding => formatter.write_str("transfer-encoding cannot be set by the caller"),
        }
    }
}

impl std::error::Error for InvalidHead {}
