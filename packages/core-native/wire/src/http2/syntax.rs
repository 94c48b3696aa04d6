//! Which bytes names and values may hold (RFC 9113 8.2.1, RFC 9110 5.6.2).

pub(super) use crate::syntax::is_token;

/// A token without upper-case letters: the only field names HTTP/2 knows.
pub(super) fn is_lower_name(name: &[u8]) -> bool {
    is_token(name) && !name.iter().any(u8::is_ascii_uppercase)
}

/// No NUL, CR or LF: those split messages when a value is passed on over HTTP/1.1.
pub(super) fn is_value(value: &[u8]) -> bool {
    !value.iter().any(|&byte| matches!(byte, 0 | b'\r' | b'\n'))
}
