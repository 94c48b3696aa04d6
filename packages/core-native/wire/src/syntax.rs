//! Character classes of RFC 9110, on raw bytes.

/// What a byte may be part of, one bit each.
static CLASSES: [u8; 256] = classes();

const TOKEN: u8 = 1;
const VALUE: u8 = 2;
const TARGET: u8 = 4;
const AUTHORITY: u8 = 8;

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut position = 0;
    while position < 256 {
        let byte = position as u8;
        if is_token_byte(byte) {
            classes[position] |= TOKEN;
        }
        if matches!(byte, b'\t' | 0x20..=0x7e | 0x80..=0xff) {
            classes[position] |= VALUE;
        }
        if byte.is_ascii_graphic() {
            classes[position] |= TARGET;
            if !matches!(byte, b'/' | b'?' | b'#' | b'@' | b'\\' | b',') {
                classes[position] |= AUTHORITY;
            }
        }
        position += 1;
    }
    classes
}

fn all_are(class: u8, bytes: &[u8]) -> bool {
    // Without a way out in the middle, which lets several be looked at together.
    bytes.iter().fold(class, |common, &byte| common & CLASSES[usize::from(byte)]) != 0
}

/// A `tchar` of RFC 9110 5.6.2.
pub(crate) const fn is_token_byte(byte: u8) -> bool {
    matches!(
        byte,
        b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
    ) || byte.is_ascii_alphanumeric()
}

/// A non-empty run of `tchar`.
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && all_are(TOKEN, bytes)
}

/// A field value without CR, LF, NUL and the other control bytes; HTAB and bytes above 0x7f are legal.
pub(crate) fn is_field_value(bytes: &[u8]) -> bool {
    all_are(VALUE, bytes)
}

/// A request target: no white space, no control bytes. Bytes above 0x7f are refused too, URLs are percent-encoded.
pub(crate) fn is_target(bytes: &[u8]) -> bool {
    !bytes.is_empty() && all_are(TARGET, bytes)
}

/// `host[:port]`: what a registered name, an IPv4 or a bracketed IPv6 address can consist of. The URL parser above
/// has the last word; this keeps separators and user info out of the Host field.
pub(crate) fn is_authority(bytes: &[u8]) -> bool {
    !bytes.is_empty() && all_are(AUTHORITY, bytes)
}

/// Removes optional white space (SP, HTAB) at both ends.
pub(crate) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// The members of a comma-separated list, trimmed; empty members are kept.
pub(crate) fn list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(trim)
}
