//! Tables whose keys are numbers that we gave out: nobody else chooses them, so they need no hash that resists anybody.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A table of what has a number.
pub type Numbered<K, V> = HashMap<K, V, BuildHasherDefault<NumberHasher>>;

/// Spreads numbers that follow each other, in steps of two as streams do, over all of a table.
#[derive(Default)]
pub struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(self.0 << 8 | u64::from(byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        // 2^64 divided by the golden ratio; a table uses the lowest and the highest bits.
        let product = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = product ^ product >> 32;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Hasher, NumberHasher, Numbered};

    #[test]
    fn streams_are_spread() {
        let hash = |number: u32| {
            let mut hasher = NumberHasher::default();
            hasher.write_u32(number);
            hasher.finish()
        };
        let mut taken = [0; 256];
        for stream in (1..512).step_by(2) {
            taken[usize::try_from(hash(stream) & 255).unwrap_or_default()] += 1;
        }
        assert!(taken.iter().all(|&count| count < 8), "{taken:?}");
        assert!(taken.iter().filter(|&&count| count > 0).count() > 128, "{taken:?}");
        let table: Numbered<u32, u32> = (0..1_000).map(|number| (number * 2 + 1, number)).collect();
        assert!((0..1_000).all(|number| table.get(&(number * 2 + 1)) == Some(&number)));
    }
}
