//! From a decoded header list to a response head or trailers: what RFC 9113 8.1 to 8.3 calls malformed is found here.

use bytes::Bytes;

use super::answers::Http2AnswerPolicy;
use super::syntax;
use crate::head::ResponseHead;
use crate::length::{self, InvalidLength};

/// Why a header list is malformed; the stream ends with PROTOCOL_ERROR, the connection lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// Fields that belong to one HTTP/1.1 hop. RFC 9113 8.2.2 calls an answer with them malformed; browsers show it, and
/// whoever passes it on over HTTP/1.1 must not find them.
const CONNECTION_SPECIFIC: [&[u8]; 5] = [b"connection", b"keep-alive", b"proxy-connection", b"te", b"upgrade"];

/// Refused: it would frame the message for whoever passes it on.
const TRANSFER_ENCODING: &[u8] = b"transfer-encoding";

/// Makes a response head: `:status` first, once, three digits; then regular fields only.
pub(super) fn response_head(fields: Vec<(Bytes, Bytes)>, policy: Http2AnswerPolicy) -> Result<ResponseHead, Malformed> {
    let mut fields = fields.into_iter().peekable();
    let (_, value) = fields.next_if(is_status).ok_or(Malformed)?;
    let mut status = parse_status(&value, policy.any_status).ok_or(Malformed)?;
    while let Some((_, value)) = fields.next_if(|field| policy.last_status && is_status(field)) {
        status = parse_status(&value, policy.any_status).ok_or(Malformed)?;
    }
    let is_regular = |(name, _): &(Bytes, Bytes)| !policy.skip_pseudo_fields || !is_foreign_pseudo(name);
    let mut fields = regular_fields(fields.filter(is_regular), policy)?;
    if policy.merge_lengths {
        length::merge(&mut fields);
    }
    Ok(ResponseHead { status, reason: Bytes::new(), fields })
}

/// Checks fields that may hold no pseudo-header: those of a response after `:status`, and trailers.
pub(super) fn regular_fields(
    fields: impl Iterator<Item = (Bytes, Bytes)>,
    policy: Http2AnswerPolicy,
) -> Result<Vec<(Bytes, Bytes)>, Malformed> {
    fields
        .filter(|(name, _)| !CONNECTION_SPECIFIC.contains(&name.as_ref()))
        .map(|(name, value)| {
            let well_formed = syntax::is_lower_name(&name)
                && syntax::is_value(&value)
                && !(policy.refuse_controls && value.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t'))
                && name != TRANSFER_ENCODING;
            if well_formed { Ok((name, trim(value))) } else { Err(Malformed) }
        })
        .collect()
}

/// The body length that `content-length` promises (RFC 9110 8.6). What is no number promises none: frames say where the
/// body ends.
pub(super) fn content_length(fields: &[(Bytes, Bytes)]) -> Result<Option<u64>, Malformed> {
    match length::announced(fields) {
        Ok(length) => Ok(length),
        Err(InvalidLength::Malformed) => Ok(None),
        Err(InvalidLength::Differ) => Err(Malformed),
    }
}

fn is_status((name, _): &(Bytes, Bytes)) -> bool {
    name == b":status".as_slice()
}

/// A pseudo-header field that is not the one of answers; a second `:status` stays malformed.
fn is_foreign_pseudo(name: &[u8]) -> bool {
    matches!(name, [b':', rest @ ..] if rest != b"status" && syntax::is_lower_name(rest))
}

/// Up to three digits, no zero in front. `any`: up to four, and with a sign it is 200, as if there were none.
fn parse_status(value: &[u8], any: bool) -> Option<u16> {
    let signed = value.strip_prefix(b"+").filter(|_| any);
    let digits = signed.unwrap_or(value);
    let longest = if any { 4 } else { 3 };
    if digits.is_empty() || digits.len() > longest || (!any && digits.starts_with(b"0")) {
        return None;
    }
    let status = read_digits(digits)?;
    Some(if signed.is_some() { 200 } else { status })
}

fn read_digits(value: &[u8]) -> Option<u16> {
    value.iter().try_fold(0, |code: u16, byte| byte.is_ascii_digit().then(|| code * 10 + u16::from(byte - b'0')))
}

/// Servers do send blanks around values; RFC 9113 8.2.1 calls that malformed, browsers strip it.
fn trim(value: Bytes) -> Bytes {
    let blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    if blank(value.first()) || blank(value.last()) {
        return value.slice_ref(value.trim_ascii());
    }
    value
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{Http2AnswerPolicy, Malformed, response_head};

    fn fields(list: &[(&'static str, &'static str)]) -> Vec<(Bytes, Bytes)> {
        list.iter()
            .map(|(name, value)| (Bytes::from_static(name.as_bytes()), Bytes::from_static(value.as_bytes())))
            .collect()
    }

    #[test]
    fn blanks_around_values_are_stripped() {
        let head = response_head(fields(&[(":status", "200"), ("a", " b\t")]), Http2AnswerPolicy::default());
        assert_eq!(head.map(|head| head.fields), Ok(fields(&[("a", "b")])));
    }

    // Live layer `answers`: as Chromium 156 and Firefox 153 differ.
    #[test]
    fn what_browsers_read_differently_is_read_as_the_profile_says() {
        let strict = Http2AnswerPolicy::default();
        let any = Http2AnswerPolicy { any_status: true, ..strict };
        let status = |text, policy| response_head(fields(&[(":status", text)]), policy).map(|head| head.status);
        for (text, read) in [("2000", 2000), ("099", 99), ("+20", 200), ("0200", 200)] {
            assert_eq!((status(text, any), status(text, strict)), (Ok(read), Err(Malformed)), "{text}");
        }
        for text in ["", "+", "abc", "200 OK", "20000", "++20", "99999999999999999999"] {
            assert_eq!((status(text, any), status(text, strict)), (Err(Malformed), Err(Malformed)), "{text}");
        }
        let kept = |list: &[(&'static str, &'static str)], policy| {
            response_head(fields(&[&[(":status", "200")], list].concat()), policy).map(|head| head.fields)
        };
        let skips = Http2AnswerPolicy { skip_pseudo_fields: true, ..strict };
        for name in [":foo", ":path"] {
            assert_eq!(kept(&[(name, "1"), ("a", "b")], skips), Ok(fields(&[("a", "b")])), "{name}");
            assert_eq!(kept(&[(name, "1")], strict), Err(Malformed), "{name}");
        }
        for name in [":status", ":", ":X", ":a b"] {
            assert_eq!(kept(&[(name, "200")], skips), Err(Malformed), "{name}");
        }
        let refuses = Http2AnswerPolicy { refuse_controls: true, ..strict };
        for value in ["a\u{1}b", "a\u{7f}b"] {
            assert_eq!(kept(&[("a", value)], strict), Ok(fields(&[("a", value)])), "{value:?}");
            assert_eq!(kept(&[("a", value)], refuses), Err(Malformed), "{value:?}");
        }
        assert_eq!(kept(&[("a", "a\tb")], refuses), Ok(fields(&[("a", "a\tb")])));
        let last = Http2AnswerPolicy { last_status: true, ..strict };
        let repeated = |list: &[(&'static str, &'static str)], policy| {
            response_head(fields(&[&[(":status", "200")], list].concat()), policy).map(|head| head.status)
        };
        for (list, read) in [
            (&[(":status", "200")][..], Ok(200)),
            (&[(":status", "404"), ("a", "b")], Ok(404)),
            (&[(":status", "404"), (":status", "200"), (":status", "500")], Ok(500)),
            (&[(":status", "abc")], Err(Malformed)),
            (&[("a", "b"), (":status", "200")], Err(Malformed)),
        ] {
            assert_eq!((repeated(list, last), repeated(list, strict)), (read, Err(Malformed)), "{list:?}");
        }
        let merges = Http2AnswerPolicy { merge_lengths: true, ..strict };
        let twice = [("content-length", "2"), ("a", "b"), ("content-length", "2")];
        assert_eq!(kept(&twice, strict), Ok(fields(&twice)));
        assert_eq!(kept(&twice, merges), Ok(fields(&twice[..2])));
        let differ = [("content-length", "2"), ("content-length", "3")];
        assert_eq!(kept(&differ, merges), Ok(fields(&differ)), "refused by who reads them");
    }
}
