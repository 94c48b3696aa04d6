//! The Content-Encoding field (RFC 9110 8.4).

use serde::{Deserialize, Serialize};

use super::error::DecodeError;
use super::limits::MAX_CODINGS;
use crate::syntax::{list, trim};

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
    /// `dcb`: brotli with a dictionary that the request named (RFC 9842 4).
    DictionaryBrotli,
    /// `dcz`: zstd with a dictionary that the request named (RFC 9842 5).
    DictionaryZstd,
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
            Self::DictionaryBrotli => "dcb",
            Self::DictionaryZstd => "dcz",
        }
    }

    const fn needs_dictionary(self) -> bool {
        matches!(self, Self::DictionaryBrotli | Self::DictionaryZstd)
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

/// What a browser does with a coding that its request did not announce: br and zstd without TLS, mostly. gzip and deflate
/// are in every request but a few of special kinds, and count as announced always.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnannouncedCodings {
    /// It is removed. One that nobody knows leaves the body as it is.
    #[default]
    Decode,
    /// The body is refused. One that nobody knows leaves it as it is, as does `identity` beside others (Chromium 156).
    Refuse,
    /// It is passed over, known or not, and those that were announced are removed; one that needs a dictionary is refused
    /// (Firefox 153).
    Skip,
}

/// What the Accept-Encoding of a request said, as far as it matters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Announced {
    rule: UnannouncedCodings,
    brotli: bool,
    zstd: bool,
    dictionary_brotli: bool,
    dictionary_zstd: bool,
}

impl Announced {
    /// What the values of all Accept-Encoding fields announce. A request without any announces nothing in particular: every
    /// coding is removed.
    pub fn by<'a>(rule: UnannouncedCodings, values: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut announced = Self { rule, ..Self::default() };
        let mut any = false;
        for member in values.into_iter().flat_map(list) {
            any = true;
            let mut parts = member.split(|byte| *byte == b';').map(trim);
            let name = parts.next().unwrap_or_default();
            if parts.any(is_zero) {
                continue;
            }
            announced.brotli |= name.eq_ignore_ascii_case(b"br") || name == b"*";
            announced.zstd |= name.eq_ignore_ascii_case(b"zstd") || name == b"*";
            announced.dictionary_brotli |= name.eq_ignore_ascii_case(b"dcb");
            announced.dictionary_zstd |= name.eq_ignore_ascii_case(b"dcz");
        }
        if any { announced } else { Self::default() }
    }

    /// The same without codings that need a dictionary: the request named none, whatever else it said.
    #[must_use]
    pub fn without_dictionary(self) -> Self {
        Self { dictionary_brotli: false, dictionary_zstd: false, ..self }
    }

    fn has(self, coding: Coding) -> bool {
        match coding {
            Coding::DictionaryBrotli => self.dictionary_brotli,
            Coding::DictionaryZstd => self.dictionary_zstd,
            _ if self.rule == UnannouncedCodings::Decode => true,
            Coding::Gzip | Coding::Deflate => true,
            Coding::Brotli => self.brotli,
            Coding::Zstd => self.zstd,
        }
    }
}

/// `q=0`, which says no.
fn is_zero(parameter: &[u8]) -> bool {
    let value = parameter.strip_prefix(b"q=").or_else(|| parameter.strip_prefix(b"Q="));
    value.is_some_and(|value| !value.is_empty() && value.iter().all(|byte| matches!(byte, b'0' | b'.')))
}

/// Reads the values of all Content-Encoding fields, in order, of the answer to a request that announced this.
///
/// # Errors
/// `ERR_DECODE_CHAIN` above [`MAX_CODINGS`], before anything is allocated for them. The error of the coding if it was not
/// announced and is then refused.
pub fn parse_content_encoding<'a>(
    values: impl IntoIterator<Item = &'a [u8]>,
    announced: Announced,
) -> Result<Codings, DecodeError> {
    let mut known = Vec::new();
    let mut count = 0;
    let mut unknown = false;
    let mut identity = false;
    let mut refused = None;
    for name in values.into_iter().flat_map(list).filter(|name| !name.is_empty()) {
        count += 1;
        if count > MAX_CODINGS {
            return Err(DecodeError::chain("more than 5 content codings"));
        }
        let is = |other: &[u8]| name.eq_ignore_ascii_case(other);
        let coding = if is(b"gzip") || is(b"x-gzip") {
            Coding::Gzip
        } else if is(b"deflate") {
            Coding::Deflate
        } else if is(b"br") {
            Coding::Brotli
        } else if is(b"zstd") {
            Coding::Zstd
        } else if is(b"dcb") && announced.dictionary_brotli {
            Coding::DictionaryBrotli
        } else if is(b"dcz") && announced.dictionary_zstd {
            Coding::DictionaryZstd
        } else if announced.rule == UnannouncedCodings::Skip && (is(b"dcb") || is(b"dcz")) {
            refused = Some(if is(b"dcb") { Coding::DictionaryBrotli } else { Coding::DictionaryZstd });
            continue;
        } else {
            identity |= is(b"identity");
            unknown |= !is(b"identity") && announced.rule != UnannouncedCodings::Skip;
            continue;
        };
        if announced.has(coding) {
            known.push(coding);
        } else if announced.rule == UnannouncedCodings::Refuse {
            refused = Some(coding);
        }
    }
    // Beside others they are not known (Chromium 156).
    unknown |= count > 1 && known.iter().any(|coding| coding.needs_dictionary());
    unknown |= identity && announced.rule == UnannouncedCodings::Refuse && !known.is_empty();
    if let Some(coding) = refused.filter(|_| !unknown) {
        return Err(DecodeError::new(coding, "the request did not announce this coding"));
    }
    Ok(match (unknown, known.is_empty()) {
        (true, _) => Codings::Unknown,
        (false, true) => Codings::Identity,
        (false, false) => Codings::Known(known),
    })
}
