//! `Content-Length`, read one way by everything that reads it: two readers that differ are what smuggling needs.

use bytes::Bytes;

use crate::syntax::list;

/// Digits of 2^64 - 1. More are leading zeros or an overflow, and neither is honest.
const MAX_DIGITS: usize = 20;

/// Why fields do not say one length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidLength {
    /// Something else than a decimal number below 2^64.
    Malformed,
    /// Several that are not the same text.
    Differ,
}

impl InvalidLength {
    /// For a person.
    pub fn detail(self) -> &'static str {
        match self {
            Self::Malformed => "Content-Length is not a decimal number below 2^64",
            Self::Differ => "Content-Length values differ",
        }
    }
}

/// Decimal digits only: no sign, no white space, below 2^64.
pub fn read(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > MAX_DIGITS {
        return None;
    }
    text.iter().try_fold(0_u64, |value, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })
}

/// Whether a field of our own says `length` as browsers write it. What we send has one spelling: `+5` and `05` are none.
pub fn says(text: &[u8], length: u64) -> bool {
    read(text) == Some(length) && (text == b"0" || !text.starts_with(b"0"))
}

/// The length that a received head announces. Repeats may be taken as one if they are identical (RFC 9112 6.3 item 5); `5`
/// and `05` are not.
///
/// # Errors
/// The fields say no length, or more than one.
pub fn announced(fields: &[(Bytes, Bytes)]) -> Result<Option<u64>, InvalidLength> {
    let mut seen: Option<&[u8]> = None;
    let mut length = None;
    for (_, value) in fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case(b"content-length")) {
        for part in list(value) {
            let parsed = read(part).ok_or(InvalidLength::Malformed)?;
            if seen.is_some_and(|earlier| earlier != part) {
                return Err(InvalidLength::Differ);
            }
            seen = Some(part);
            length = Some(parsed);
        }
    }
    Ok(length)
}

/// Drops what repeats the first length to the letter.
pub fn merge(fields: &mut Vec<(Bytes, Bytes)>) {
    let mut first: Option<Bytes> = None;
    fields.retain(|(name, value)| {
        if !name.eq_ignore_ascii_case(b"content-length") {
            return true;
        }
        let repeats = first.as_ref() == Some(value);
        first.get_or_insert_with(|| value.clone());
        !repeats
    });
}

#[cfg(test)]
mod tests {
    use super::{announced, read, says};
    use bytes::Bytes;

    #[test]
    fn f12_a_length_has_one_spelling() {
        assert!(says(b"0", 0) && says(b"5", 5) && says(b"18446744073709551615", u64::MAX));
        for text in ["+5", "-5", "05", "005", "5 ", " 5", "5,5", "5.0", "0x5", "5e0", "", "\u{665}", "5\0"] {
            assert!(!says(text.as_bytes(), 5), "{text:?}");
        }
        assert!(!says(b"00", 0) && !says(b"", 0) && !says(b"-0", 0));
    }

    #[test]
    fn f01_a_received_length_is_digits() {
        for text in ["", "+5", "-1", "5 ", "0x5", "18446744073709551616", "000000000000000000005"] {
            assert_eq!(read(text.as_bytes()), None, "{text:?}");
        }
        let of = |values: &[&'static str]| {
            let fields: Vec<(Bytes, Bytes)> =
                values.iter().map(|value| ("Content-Length".into(), Bytes::from_static(value.as_bytes()))).collect();
            announced(&fields).ok()
        };
        assert_eq!((of(&["5", "5"]), of(&["5, 5"])), (Some(Some(5)), Some(Some(5))));
        assert_eq!((of(&[]), of(&["05"])), (Some(None), Some(Some(5))));
        for wrong in [&["5", "6"][..], &["5", "05"], &["5, 05"], &["5;6"]] {
            assert_eq!(of(wrong), None, "{wrong:?}");
        }
    }
}
