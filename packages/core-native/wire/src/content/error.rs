//! Failures of content decoding.

use std::fmt;

use super::coding::Coding;

/// Which public code a failure has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeErrorKind {
    /// The data of this coding is corrupted, cut off, or needs more memory than allowed:
    /// `ERR_DECODE_GZIP`, `ERR_DECODE_DEFLATE`, `ERR_DECODE_BR`, `ERR_DECODE_ZSTD`, `ERR_DECODE_DCB`, `ERR_DECODE_DCZ`.
    Coding(Coding),
    /// More codings than [`super::limits::MAX_CODINGS`]: `ERR_DECODE_CHAIN`.
    Chain,
    /// The body expands beyond what [`super::limits`] allows: `ERR_DECODE_LIMIT`.
    Limit,
}

/// A failure to decode a body. `detail` never contains bytes from the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeError {
    /// Which coding failed.
    pub kind: DecodeErrorKind,
    /// One phrase for people.
    pub detail: &'static str,
}

impl DecodeError {
    pub(super) const fn new(coding: Coding, detail: &'static str) -> Self {
        Self { kind: DecodeErrorKind::Coding(coding), detail }
    }

    pub(super) const fn chain(detail: &'static str) -> Self {
        Self { kind: DecodeErrorKind::Chain, detail }
    }

    pub(super) const fn limit(detail: &'static str) -> Self {
        Self { kind: DecodeErrorKind::Limit, detail }
    }

    /// The stable public code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.kind {
            DecodeErrorKind::Coding(Coding::Gzip) => "ERR_DECODE_GZIP",
            DecodeErrorKind::Coding(Coding::Deflate) => "ERR_DECODE_DEFLATE",
            DecodeErrorKind::Coding(Coding::Brotli) => "ERR_DECODE_BR",
            DecodeErrorKind::Coding(Coding::Zstd) => "ERR_DECODE_ZSTD",
            DecodeErrorKind::Coding(Coding::DictionaryBrotli) => "ERR_DECODE_DCB",
            DecodeErrorKind::Coding(Coding::DictionaryZstd) => "ERR_DECODE_DCZ",
            DecodeErrorKind::Chain => "ERR_DECODE_CHAIN",
            DecodeErrorKind::Limit => "ERR_DECODE_LIMIT",
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code(), self.detail)
    }
}

impl std::error::Error for DecodeError {}
