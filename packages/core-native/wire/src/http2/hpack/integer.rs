//! Prefixed integers (RFC 7541 5.1).

use super::decoder::HpackError;

/// Continuation bytes that are read at most: five hold 32 bits, more is padding with zeros.
const MAX_CONTINUATION_BYTES: usize = 5;

/// Appends `value` with a prefix of `prefix_bits` bits; the bits above the prefix are taken from `pattern`.
pub(super) fn encode(pattern: u8, prefix_bits: u8, value: usize, out: &mut Vec<u8>) {
    let limit = (1usize << prefix_bits) - 1;
    if value < limit {
        out.push(pattern | low_byte(value));
        return;
    }
    out.push(pattern | low_byte(limit));
    let mut rest = value - limit;
    while rest >= 128 {
        out.push(low_byte(rest % 128) | 0x80);
        rest /= 128;
    }
    out.push(low_byte(rest));
}

/// The lowest eight bits; callers pass values below 256.
fn low_byte(value: usize) -> u8 {
    (value & 0xff) as u8
}

/// Reads an integer whose first byte is `first`; the rest is taken from the front of `input`.
pub(super) fn decode(first: u8, prefix_bits: u8, input: &mut &[u8]) -> Result<usize, HpackError> {
    let limit = (1u32 << prefix_bits) - 1;
    let prefix = u32::from(first) & limit;
    if prefix < limit {
        return usize::try_from(prefix).map_err(|_| HpackError::IntegerOverflow);
    }
    let mut value = u64::from(limit);
    for position in 0..MAX_CONTINUATION_BYTES {
        let (&byte, rest) = input.split_first().ok_or(HpackError::Truncated)?;
        *input = rest;
        value += u64::from(byte & 0x7f) << (7 * position);
        if value > u64::from(u32::MAX) {
            return Err(HpackError::IntegerOverflow);
        }
        if byte & 0x80 == 0 {
            return usize::try_from(value).map_err(|_| HpackError::IntegerOverflow);
        }
    }
    Err(HpackError::IntegerOverflow)
}

#[cfg(test)]
mod tests {
    use super::{HpackError, decode, encode};

    #[test]
    fn integers_survive_a_round_trip() {
        for prefix in 4..=7 {
            for value in [0, 1, 14, 15, 16, 30, 31, 126, 127, 128, 254, 255, 1337, 65_535, 4_294_967_295] {
                let mut out = Vec::new();
                encode(0, prefix, value, &mut out);
                let (first, mut rest) = out.split_first().map(|(first, rest)| (*first, rest)).unwrap_or_default();
                assert_eq!(decode(first, prefix, &mut rest), Ok(value));
                assert!(rest.is_empty());
            }
        }
    }

    #[test]
    fn overflow_and_endless_zeros_are_refused() {
        let mut input: &[u8] = &[0xff, 0xff, 0xff, 0xff, 0x7f];
        assert_eq!(decode(0xff, 7, &mut input), Err(HpackError::IntegerOverflow));
        let mut input: &[u8] = &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00];
        assert_eq!(decode(0xff, 7, &mut input), Err(HpackError::IntegerOverflow));
        let mut input: &[u8] = &[0x80];
        assert_eq!(decode(0xff, 7, &mut input), Err(HpackError::Truncated));
    }
}
