//! Heads that break the grammar, read as far as both browsers read them alike (docs/internals/truth.md, "Answers").
//!
//! What is skipped or guessed here never says where a body ends: fields that frame the message are read to the letter or
//! refuse the answer, and so do the bytes that other readers take for the end of a line (NUL and a bare CR).

use bytes::Bytes;

use super::answers::{AnswerPolicy, StatusLine};
use super::error::{Http1Error, Http1ErrorKind};
use super::head::Version;
use crate::head::ResponseHead;
use crate::syntax::{is_token, trim};

/// Bytes in front of the status line that are passed over: line ends left over from an earlier body, mostly. Both
/// browsers look so far.
pub(super) const JUNK_BEFORE_STATUS: usize = 4;

/// Where the status line begins, if the bytes so far let it begin at all. `None`: more bytes are needed.
///
/// # Errors
/// No status line can begin here any more: HTTP/0.9, another protocol, garbage.
pub(super) fn find_start(input: &[u8]) -> Result<Option<usize>, Http1Error> {
    const NAME: &[u8] = b"HTTP/";
    for start in 0..=JUNK_BEFORE_STATUS {
        let Some(rest) = input.get(start..) else { break };
        let seen = rest.len().min(NAME.len() + 1);
        let is_name = rest.iter().zip(NAME).all(|(byte, expected)| byte == expected);
        let is_version = rest.get(NAME.len()).is_none_or(|byte| matches!(byte, b'1'..=b'9'));
        if is_name && is_version {
            return Ok((seen > NAME.len()).then_some(start));
        }
        // Another protocol answers: nothing to wait for.
        if rest.first().is_some_and(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace()) {
            break;
        }
    }
    Err(Http1Error::new(Http1ErrorKind::Parse, "the answer does not start with HTTP/"))
}

/// Reads a complete head.
pub(super) fn parse(
    raw: &Bytes,
    max_fields: usize,
    policy: AnswerPolicy,
) -> Result<(Version, ResponseHead), Http1Error> {
    if memchr::memchr(0, raw).is_some() {
        return Err(malformed("a NUL in the response head"));
    }
    let mut lines = raw.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let (version, status, reason) = status_line(raw, lines.next().unwrap_or_default(), policy)?;
    Ok((version, ResponseHead { status, reason, fields: fields(raw, lines, max_fields, policy)? }))
}

/// The fields of trailers, which end with an empty line.
pub(super) fn trailers(raw: &Bytes, max_fields: usize) -> Result<Vec<(Bytes, Bytes)>, Http1Error> {
    if memchr::memchr(0, raw).is_some() {
        return Err(malformed("a NUL in the trailer section"));
    }
    let lines = raw.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    fields(raw, lines, max_fields, AnswerPolicy::default())
}

/// Lines that are no field are skipped, with the lines that continue them.
fn fields<'a>(
    raw: &Bytes,
    lines: impl Iterator<Item = &'a [u8]>,
    max_fields: usize,
    policy: AnswerPolicy,
) -> Result<Vec<(Bytes, Bytes)>, Http1Error> {
    let mut fields: Vec<(Bytes, Bytes)> = Vec::new();
    let mut skipped = true;
    for line in lines {
        if memchr::memchr(b'\r', line).is_some() {
            return Err(malformed("a bare CR in the response head"));
        }
        if matches!(line, [b' ' | b'\t', ..]) {
            if let Some((_, value)) = fields.last_mut().filter(|_| !skipped) {
                *value = if policy.keep_fold_blanks {
                    Bytes::copy_from_slice(trim(&[&value[..], line].concat()))
                } else {
                    [&value[..], b" ", trim(line)].concat().trim_ascii().to_vec().into()
                };
            }
            continue;
        }
        let Some(colon) = memchr::memchr(b':', line) else {
            skipped = true;
            continue;
        };
        let (name, value) = line.split_at(colon);
        let bare = trim(name);
        if bare.len() < name.len() && frames_message(bare) {
            return Err(malformed("a blank in the name of a field that frames the message"));
        }
        let name = if policy.blank_before_colon { bare } else { name };
        skipped = !is_token(name);
        if skipped {
            continue;
        }
        if fields.len() == max_fields {
            return Err(Http1Error::new(Http1ErrorKind::HeadTooLarge, "too many response fields"));
        }
        fields.push((raw.slice_ref(name), raw.slice_ref(trim(value.get(1..).unwrap_or_default()))));
    }
    Ok(fields)
}

fn frames_message(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"content-length") || name.eq_ignore_ascii_case(b"transfer-encoding")
}

/// Longest status that is read: longer ones would not fit the number.
const STATUS_DIGITS: usize = 4;

/// A version, blanks, up to three digits, a reason. A line with a version alone says 200.
fn status_line(raw: &Bytes, line: &[u8], policy: AnswerPolicy) -> Result<(Version, u16, Bytes), Http1Error> {
    if memchr::memchr(b'\r', line).is_some() {
        return Err(malformed("a bare CR in the status line"));
    }
    let Some(blank) = memchr::memchr(b' ', line) else {
        return Ok((version(line), 200, Bytes::from_static(b"OK")));
    };
    let (name, rest) = line.split_at(blank);
    let rest = trim(rest);
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (code, reason) = rest.split_at(digits);
    if !(1..=3).contains(&digits) || !matches!(reason, [] | [b' ', ..]) {
        match policy.status_line {
            StatusLine::Any if digits == 0 => return Ok((version(name), 200, Bytes::new())),
            StatusLine::Any if digits <= STATUS_DIGITS => {}
            StatusLine::Any | StatusLine::Numbered => return Err(malformed("malformed status line")),
        }
    }
    let reason = if policy.drop_reason_of_http2 && is_http2(name) { &[] } else { reason };
    let code = code.iter().fold(0, |code, byte| code * 10 + u16::from(byte - b'0'));
    Ok((version(name), code, raw.slice_ref(trim(reason))))
}

fn is_http2(name: &[u8]) -> bool {
    matches!(name.strip_prefix(b"HTTP/2"), Some([] | [b'.', ..]))
}

/// 1.0 is the only one that changes anything: every other is read as 1.1. What follows its digits changes
/// nothing: where another reader sees 1.0 nobody relies on the connection.
fn version(name: &[u8]) -> Version {
    if name.starts_with(b"HTTP/1.0") { Version::Http10 } else { Version::Http11 }
}

fn malformed(detail: &'static str) -> Http1Error {
    Http1Error::new(Http1ErrorKind::Parse, detail)
}
