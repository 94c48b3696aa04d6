//! The Basic authentication scheme (RFC 7617).

use bytes::Bytes;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Value of `Proxy-Authorization` or `Authorization` for these decoded credentials, in UTF-8.
#[must_use]
pub fn basic_authorization(username: &str, password: &str) -> Bytes {
    let mut value = b"Basic ".to_vec();
    let plain: Vec<u8> = [username.as_bytes(), b":", password.as_bytes()].concat();
    for group in plain.chunks(3) {
        encode_group(group, &mut value);
    }
    Bytes::from(value)
}

/// Appends the four base64 characters (RFC 4648 4) of one to three bytes.
fn encode_group(group: &[u8], out: &mut Vec<u8>) {
    let byte = |index: usize| u32::from(group.get(index).copied().unwrap_or(0));
    let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
    for position in 0..4 {
        let digit = (bits >> (18 - 6 * position)) & 0x3f;
        // `digit` has six bits, so it always indexes the alphabet.
        let character = ALPHABET.get(digit as usize).copied().unwrap_or(b'=');
        out.push(if position <= group.len() { character } else { b'=' });
    }
}
