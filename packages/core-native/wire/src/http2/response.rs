//! From a decoded header list to a response head or trailers: what RFC 9113 8.1 to 8.3 calls malformed is found here.

use bytes::Bytes;

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
pub(super) fn response_head(fields: Vec<(Bytes, Bytes)>) -> Result<ResponseHead, Malformed> {
    let mut fields = fields.into_iter();
    let (name, value) = fields.next().ok_or(Malformed)?;
    if name != b":status".as_slice() {
        return Err(Malformed);
    }
    let status = parse_status(&value).ok_or(Malformed)?;
    let fields = regular_fields(fields)?;
    Ok(ResponseHead { status, reason: Bytes::new(), fields })
}

/// Checks fields that may hold no pseudo-header: those of a response after `:status`, and trailers.
pub(super) fn regular_fields(fields: impl Iterator<Item = (Bytes, Bytes)>) -> Result<Vec<(Bytes, Bytes)>, Malformed> {
    fields
        .filter(|(name, _)| !CONNECTION_SPECIFIC.contains(&name.as_ref()))
        .map(|(name, value)| {
            let well_formed = syntax::is_lower_name(&name) && syntax::is_value(&value) && name != TRANSFER_ENCODING;
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

/// Up to three digits, no zero in front.
fn parse_status(value: &[u8]) -> Option<u16> {
    if value.len() > 3 || !matches!(value, [b'1'..=b'9', ..]) {
        return None;
    }
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

    use super::response_head;

    fn fields(list: &[(&'static str, &'static str)]) -> Vec<(Bytes, Bytes)> {
        list.iter()
            .map(|(name, value)| (Bytes::from_static(name.as_bytes()), Bytes::from_static(value.as_bytes())))
            .collect()
    }

    #[test]
    fn blanks_around_values_are_stripped() {
        let head = response_head(fields(&[(":status", "200"), ("a", " b\t")]));
        assert_eq!(head.map(|head| head.fields), Ok(fields(&[("a", "b")])));
    }
}
