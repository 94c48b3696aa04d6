//! Reads one response head from a growing buffer, in time linear to its size.

use bytes::{Buf, Bytes, BytesMut};

use super::answers::AnswerPolicy;
use super::error::{Http1Error, Http1ErrorKind};
use super::lenient;
use crate::head::ResponseHead;

/// HTTP version of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.0: not persistent unless it says keep-alive.
    Http10,
    /// HTTP/1.1.
    Http11,
}

/// Finds the end of a head without looking at any byte twice, so that a peer sending byte by byte costs no more.
#[derive(Debug, Default, Clone)]
pub(crate) struct HeadReader {
    /// Bytes known to hold no end of head.
    scanned: usize,
}

const PREFIX: &[u8] = b"HTTP/1.";

impl HeadReader {
    /// Takes a whole head from the front of `input`, or `None` if its end has not arrived.
    pub(crate) fn take(
        &mut self,
        input: &mut BytesMut,
        max_bytes: usize,
        max_fields: usize,
        policy: AnswerPolicy,
    ) -> Result<Option<(Version, ResponseHead)>, Http1Error> {
        // Garbage is refused at its first byte instead of being collected up to the limit: HTTP/0.9, an SSH banner,
        // HTTP/2 frames from a server that ignored ALPN (H11).
        if !input.starts_with(PREFIX) {
            match lenient::find_start(input)? {
                None => return Ok(None),
                Some(0) => {}
                Some(junk) => {
                    input.advance(junk);
                    self.scanned = 0;
                }
            }
        }
        let Some(end) = self.find_end(input) else {
            return if input.len() > max_bytes { Err(too_large()) } else { Ok(None) };
        };
        if end > max_bytes {
            return Err(too_large());
        }
        self.scanned = 0;
        let raw = input.split_to(end).freeze();
        parse(&raw, max_fields, policy).map(Some)
    }

    /// Index after the empty line. A lone LF ends a line too (RFC 9112 2.2), as it does in browsers.
    fn find_end(&mut self, input: &[u8]) -> Option<usize> {
        let mut from = self.scanned;
        while let Some(offset) = input.get(from..).and_then(|rest| memchr::memchr(b'\n', rest)) {
            let newline = from + offset;
            match input.get(newline + 1..) {
                Some([b'\n', ..]) => return Some(newline + 2),
                Some([b'\r', b'\n', ..]) => return Some(newline + 3),
                Some([] | [b'\r']) => {
                    self.scanned = newline;
                    return None;
                }
                _ => from = newline + 1,
            }
        }
        self.scanned = input.len();
        None
    }
}

fn too_large() -> Http1Error {
    Http1Error::new(Http1ErrorKind::HeadTooLarge, "the response head passes its limit")
}

fn parse(raw: &Bytes, max_fields: usize, policy: AnswerPolicy) -> Result<(Version, ResponseHead), Http1Error> {
    // One line a field at most, so this bounds the field array by what the peer really sent.
    let lines = memchr::memchr_iter(b'\n', raw).count();
    let mut headers = vec![httparse::EMPTY_HEADER; lines.min(max_fields)];
    let mut response = httparse::Response::new(&mut headers);
    let mut config = httparse::ParserConfig::default();
    // RFC 9112 5.2: a user agent unfolds; undone below. Space before the colon stays an error.
    config.allow_obsolete_multiline_headers_in_responses(true);
    let parsed = match config.parse_response(&mut response, raw) {
        // The end was found beforehand; a parser that sees another end is not to be believed.
        Ok(httparse::Status::Complete(end)) if end == raw.len() => response.version.zip(response.code),
        Err(httparse::Error::TooManyHeaders) => {
            return Err(Http1Error::new(Http1ErrorKind::HeadTooLarge, "too many response fields"));
        }
        _ => None,
    };
    let Some((version, status)) = parsed else { return lenient::parse(raw, max_fields, policy) };
    let fields = response.headers.iter().map(|header| field(raw, header, policy)).collect();
    let version = if version == 0 { Version::Http10 } else { Version::Http11 };
    Ok((version, ResponseHead { status, reason: reason(raw), fields }))
}

fn field(raw: &Bytes, header: &httparse::Header<'_>, policy: AnswerPolicy) -> (Bytes, Bytes) {
    let value = if memchr::memchr2(b'\r', b'\n', header.value).is_some() {
        Bytes::from(unfold(header.value, policy.keep_fold_blanks))
    } else {
        raw.slice_ref(header.value)
    };
    (raw.slice_ref(header.name.as_bytes()), value)
}

/// Replaces each line fold by one space (RFC 9112 5.2), or by nothing, which keeps the blanks of the lines.
fn unfold(value: &[u8], keep_blanks: bool) -> Vec<u8> {
    if keep_blanks {
        let whole: Vec<u8> = value.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
        return crate::syntax::trim(&whole).to_vec();
    }
    let lines = value.split(|byte| matches!(byte, b'\r' | b'\n')).map(crate::syntax::trim);
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(&b' ')
}

/// The reason phrase with its raw bytes; httparse empties one that is not ASCII.
fn reason(raw: &Bytes) -> Bytes {
    let line_end = memchr::memchr2(b'\r', b'\n', raw).unwrap_or(raw.len());
    // "HTTP/1.1 200 " is 13 bytes; without a reason the line may end after 12.
    raw.get(13.min(line_end)..line_end).map_or_else(Bytes::new, |reason| raw.slice_ref(reason))
}
