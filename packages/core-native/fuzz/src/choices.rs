//! Decisions read from bytes: when they are used up, the first choice is taken every time.

/// Where decisions come from.
pub trait Choices {
    /// A number below `limit`, which is above 0.
    fn below(&mut self, limit: u32) -> u32;

    /// No decision is left that could differ.
    fn is_over(&self) -> bool;

    /// One of several.
    fn of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        let count = u32::try_from(all.len()).unwrap_or(u32::MAX);
        (count > 0).then(|| all[self.below(count) as usize])
    }

    /// Once in `times`.
    fn once_in(&mut self, times: u32) -> bool {
        self.below(times) == times - 1
    }
}

/// The bytes of a fuzzer.
pub struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        *first
    }

    /// Up to `length` bytes.
    pub fn bytes(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    pub fn number(&mut self) -> u32 {
        u32::from_le_bytes([self.byte(), self.byte(), self.byte(), self.byte()])
    }
}

impl Choices for Input<'_> {
    fn below(&mut self, limit: u32) -> u32 {
        match limit {
            0..=1 => 0,
            2..=256 => u32::from(self.byte()) % limit,
            257..=65_536 => (u32::from(self.byte()) << 8 | u32::from(self.byte())) % limit,
            _ => self.number() % limit,
        }
    }

    fn is_over(&self) -> bool {
        self.rest.is_empty()
    }
}

/// The same numbers in every run with the same seed.
pub struct Seeded(u64);

impl Seeded {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }
}

impl Choices for Seeded {
    fn below(&mut self, limit: u32) -> u32 {
        // Xorshift (Marsaglia): its low bits are as good as its high ones.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from((self.0 >> 32) % u64::from(limit.max(1))).unwrap_or(0)
    }

    fn is_over(&self) -> bool {
        false
    }
}
