//! Which bytes names and values may hold (RFC 9113 8.2.1, RFC 9110 5.6.2).

const fn token_table() -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0usize;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let marks = b"!#$%&'*+-.^_`|~";
    let mut position = 0;
    while position < marks.len() {
        table[marks[position] as usize] = true;
        position += 1;
    }
    table
}

static TOKEN: [bool; 256] = token_table();

/// A token, upper-case letters included.
pub(super) fn is_token(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|&byte| TOKEN[usize::from(byte)])
}

/// A token without upper-case letters: the only field names HTTP/2 knows.
pub(super) fn is_lower_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|&byte| TOKEN[usize::from(byte)] && !byte.is_ascii_uppercase())
}

/// No NUL, CR or LF: those split messages when a value is passed on over HTTP/1.1.
pub(super) fn is_value(value: &[u8]) -> bool {
    !value.iter().any(|&byte| matches!(byte, 0 | b'\r' | b'\n'))
}
