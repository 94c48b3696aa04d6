//! The Content-Encoding field (RFC 9110 8.4).

use super::error::DecodeError;
use super::limits::MAX_CODINGS;
use crate::http1::syntax::list;

/// A content coding that can be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// `gzip` or `x-gzip`, any number of members (RFC 1952).
    Gzip,
    /// `deflate`: the zlib format (RFC 1950), or raw deflate, which some servers mean by it.
    Deflate,
    /// `br` (RFC 7932), without the large-window extension.
    Brotli,
    /// `zstd` (RFC 8878) with a window of at most 8 MB (RFC 9659).
    Zstd,
}

impl Coding {
    /// The registered name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }
}

/// What Content-Encoding asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Codings {
    /// Nothing to remove: no field, an empty one, or `identity`.
    Identity,
    /// These codings were applied in this order. Never empty.
    Known(Vec<Coding>),
    /// At least one coding is unknown: the body passes undecoded and the field stays (B04).
    Unknown,
}

/// Reads the values of all Content-Encoding fields, in order.
///
/// # Errors
/// `ERR_DECODE_CHAIN` above [`MAX_CODINGS`], before anything is allocated for them.
pub fn parse_content_encoding<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Result<Codings, DecodeError> {
    let mut known = Vec::new();
    let mut count = 0;
    let mut unknown = false;
    for name in values.into_iter().flat_map(list).filter(|name| !name.is_empty()) {
        count += 1;
        if count > MAX_CODINGS {
            return Err(DecodeError::chain("more than 5 content codings"));
        }
        let is = |other: &[u8]| name.eq_ignore_ascii_case(other);
        if is(b"gzip") || is(b"x-gzip") {
            known.push(Coding::Gzip);
        } else if is(b"deflate") {
            known.push(Coding::Deflate);
        } else if is(b"br") {
            known.push(Coding::Brotli);
        } else if is(b"zstd") {
            known.push(Coding::Zstd);
        } else if !is(b"identity") {
            unknown = true;
        }
    }
    Ok(match (unknown, known.is_empty()) {
        (true, _) => Codings::Unknown,
        (false, true) => Codings::Identity,
        (false, false) => Codings::Known(known),
    })
}
