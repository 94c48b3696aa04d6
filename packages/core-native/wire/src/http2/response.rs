//! From a decoded header list to a response head or trailers: what RFC 9113 8.1 to 8.3 calls malformed is found here.

use bytes::Bytes;

use super::syntax;
use crate::head::ResponseHead;
use crate::length;

/// Why a header list is malformed; the stream ends with PROTOCOL_ERROR, the connection lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// Fields that belong to one HTTP/1.1 hop (RFC 9113 8.2.2).
const CONNECTION_SPECIFIC: [&[u8]; 5] =
    [b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"];

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
        .map(|(name, value)| {
            let well_formed = syntax::is_lower_name(&name)
                && syntax::is_value(&value)
                && !CONNECTION_SPECIFIC.contains(&name.as_ref());
            if well_formed { Ok((name, trim(value))) } else { Err(Malformed) }
        })
        .collect()
}

/// The body length that `content-length` promises (RFC 9110 8.6).
pub(super) fn content_length(fields: &[(Bytes, Bytes)]) -> Result<Option<u64>, Malformed> {
    length::announced(fields).map_err(|_| Malformed)
}

fn parse_status(value: &[u8]) -> Option<u16> {
    let &[hundreds @ b'1'..=b'9', tens @ b'0'..=b'9', ones @ b'0'..=b'9'] = value else {
        return None;
    };
    Some(u16::from(hundreds - b'0') * 100 + u16::from(tens - b'0') * 10 + u16::from(ones - b'0'))
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
