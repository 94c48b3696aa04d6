//! Changes that a fuzzer would make, without its eyes: enough to keep what was found from coming back unseen.

use crate::choices::{Choices, Seeded};
use crate::{LONGEST, Target};

/// An input made from those that are known, the same for the same number.
#[must_use]
pub fn mutated(target: &Target, corpus: &[Vec<u8>], number: u64) -> Vec<u8> {
    let mut random = Seeded::new(number);
    let count = u32::try_from(corpus.len()).unwrap_or(u32::MAX);
    let pick = |random: &mut Seeded| corpus.get(random.below(count) as usize).cloned().unwrap_or_default();
    let mut input = pick(&mut random);
    for _ in 0..=random.below(4) {
        let at = random.below(u32::try_from(input.len() + 1).unwrap_or(u32::MAX)) as usize;
        let length = 1 + random.below(8) as usize;
        let end = input.len().min(at + length);
        match random.below(8) {
            0 | 1 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte = byte_of(&mut random);
                }
            }
            2 => drop(input.drain(at..end)),
            3 => drop(input.splice(at..at, (0..length).map(|_| byte_of(&mut random)).collect::<Vec<_>>())),
            4 => {
                let again = input[at..end].to_vec();
                drop(input.splice(at..at, again));
            }
            5 => {
                let other = pick(&mut random);
                let from = random.below(u32::try_from(other.len() + 1).unwrap_or(u32::MAX)) as usize;
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            6 => input.truncate(at),
            _ => {
                let word = random.of(target.words).unwrap_or(&[0xff, 0xff, 0xff, 0xff]);
                drop(input.splice(at..at, word.iter().copied()));
            }
        }
    }
    input.truncate(LONGEST);
    input
}

fn byte_of(random: &mut Seeded) -> u8 {
    match random.below(3) {
        0 => [0, 1, 0x0a, 0x0d, 0x20, 0x2c, 0x3a, 0x7f, 0x80, 0xff][random.below(10) as usize],
        _ => u8::try_from(random.below(256)).unwrap_or(0),
    }
}
