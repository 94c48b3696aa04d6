//! The Huffman code of RFC 7541 appendix B, built at compile time from the code lengths (the code is canonical).

use super::decoder::HpackError;

/// Code length of each byte and, last, of EOS (RFC 7541 appendix B).
#[rustfmt::skip]
const LENGTHS: [u8; 257] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
    30,
];

/// Symbol number of EOS.
const EOS: usize = 256;

/// Code words, right-aligned.
const CODES: [u32; 257] = canonical_codes();

/// What four input bits do in one decoder state.
#[derive(Clone, Copy)]
struct Step {
    next: u8,
    symbol: u8,
    kind: StepKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum StepKind {
    Nothing,
    Emit,
    /// EOS inside a string (RFC 7541 5.2).
    Fail,
}

/// 256 inner nodes of the code tree, 16 steps each.
static STEPS: [[Step; 16]; 256] = decoder_steps();

/// Whether a string may end in a state: the bits since the last symbol are fewer than eight and all ones.
static ACCEPTING: [bool; 256] = accepting_states();

const fn canonical_codes() -> [u32; 257] {
    let mut codes = [0u32; 257];
    let mut code = 0u32;
    let mut length = 1u8;
    while length <= 30 {
        let mut symbol = 0;
        while symbol < 257 {
            if LENGTHS[symbol] == length {
                codes[symbol] = code;
                code += 1;
            }
            symbol += 1;
        }
        code <<= 1;
        length += 1;
    }
    codes
}

/// The code tree: `tree[node][bit]` is an inner node (below 256) or `LEAF + symbol`; 0 is the root and never a child.
const LEAF: u16 = 1024;

const fn tree() -> [[u16; 2]; 256] {
    let mut tree = [[0u16; 2]; 256];
    let mut used = 1u16;
    let mut symbol = 0usize;
    while symbol < 257 {
        let mut node = 0usize;
        let mut bit = LENGTHS[symbol];
        while bit > 0 {
            bit -= 1;
            let branch = ((CODES[symbol] >> bit) & 1) as usize;
            if bit == 0 {
                tree[node][branch] = LEAF + symbol as u16;
            } else {
                if tree[node][branch] == 0 {
                    tree[node][branch] = used;
                    used += 1;
                }
                node = tree[node][branch] as usize;
            }
        }
        symbol += 1;
    }
    tree
}

const fn decoder_steps() -> [[Step; 16]; 256] {
    let tree = tree();
    let mut steps = [[Step { next: 0, symbol: 0, kind: StepKind::Nothing }; 16]; 256];
    let mut state = 0usize;
    while state < 256 {
        let mut nibble = 0usize;
        while nibble < 16 {
            let mut step = Step { next: 0, symbol: 0, kind: StepKind::Nothing };
            let mut node = state as u16;
            let mut bit = 4;
            while bit > 0 {
                bit -= 1;
                node = tree[node as usize][(nibble >> bit) & 1];
                if node >= LEAF {
                    let symbol = (node - LEAF) as usize;
                    if symbol == EOS {
                        step.kind = StepKind::Fail;
                    } else if step.kind as u8 != StepKind::Fail as u8 {
                        step.kind = StepKind::Emit;
                        step.symbol = symbol as u8;
                    }
                    node = 0;
                }
            }
            step.next = node as u8;
            steps[state][nibble] = step;
            nibble += 1;
        }
        state += 1;
    }
    steps
}

const fn accepting_states() -> [bool; 256] {
    let tree = tree();
    let mut accepting = [false; 256];
    accepting[0] = true;
    let mut node = 0usize;
    let mut depth = 0;
    while depth < 7 {
        node = tree[node][1] as usize;
        accepting[node] = true;
        depth += 1;
    }
    accepting
}

/// Bytes that `text` takes when it is Huffman-coded.
#[must_use]
pub fn encoded_len(text: &[u8]) -> usize {
    let bits: usize = text.iter().map(|&byte| usize::from(LENGTHS[usize::from(byte)])).sum();
    bits.div_ceil(8)
}

/// Appends the Huffman code of `text`, padded with ones.
pub fn encode(text: &[u8], out: &mut Vec<u8>) {
    let mut pending = 0u64;
    let mut count = 0u32;
    for &byte in text {
        let index = usize::from(byte);
        let length = u32::from(LENGTHS[index]);
        pending = (pending << length) | u64::from(CODES[index]);
        count += length;
        // A code has at most 30 bits, so that 32 pending bits and one more code fit into 64.
        if count >= 32 {
            count -= 32;
            out.extend_from_slice(&((pending >> count) as u32).to_be_bytes());
        }
    }
    while count >= 8 {
        count -= 8;
        out.push((pending >> count) as u8);
    }
    if count > 0 {
        let padding = 8 - count;
        out.push(((pending << padding) as u8) | ((1u16 << padding) - 1) as u8);
    }
}

/// Appends the decoded text.
///
/// # Errors
/// EOS inside the string, padding of eight bits or more, or padding that is not the start of EOS (RFC 7541 5.2).
pub fn decode(coded: &[u8], out: &mut Vec<u8>) -> Result<(), HpackError> {
    let mut state = 0u8;
    for &byte in coded {
        for nibble in [byte >> 4, byte & 15] {
            let step = STEPS[usize::from(state)][usize::from(nibble)];
            match step.kind {
                StepKind::Nothing => {}
                StepKind::Emit => out.push(step.symbol),
                StepKind::Fail => return Err(HpackError::Huffman),
            }
            state = step.next;
        }
    }
    if ACCEPTING[usize::from(state)] { Ok(()) } else { Err(HpackError::Huffman) }
}

#[cfg(test)]
mod tests {
    use super::{HpackError, decode, encode, encoded_len};

    #[test]
    fn every_byte_survives_a_round_trip() {
        let text: Vec<u8> = (0..=255).chain((0..=255).rev()).collect();
        let mut coded = Vec::new();
        encode(&text, &mut coded);
        assert_eq!(coded.len(), encoded_len(&text));
        let mut decoded = Vec::new();
        assert_eq!(decode(&coded, &mut decoded), Ok(()));
        assert_eq!(decoded, text);
    }

    #[test]
    fn the_rfc_example_is_met() {
        let mut coded = Vec::new();
        encode(b"www.example.com", &mut coded);
        assert_eq!(coded, [0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff]);
    }

    #[test]
    fn h01_huffman_padding_abuse_is_refused() {
        let mut out = Vec::new();
        // '0' is 00000: three bits of padding that are not ones.
        assert_eq!(decode(&[0b0000_0000], &mut out), Err(HpackError::Huffman));
        assert_eq!(decode(&[0b0000_0111], &mut out), Ok(()));
        // A whole byte of padding, and EOS itself.
        assert_eq!(decode(&[0b0000_0111, 0xff], &mut out), Err(HpackError::Huffman));
        assert_eq!(decode(&[0xff, 0xff, 0xff, 0xff], &mut out), Err(HpackError::Huffman));
    }
}
