//! What decoding costs: within one turn, and over a whole body.

use super::chain::Step;
use super::error::DecodeError;
use super::limits::{FREE_EXPANSION_BYTES, INPUT_COST, INTERMEDIATE_BYTES, MAX_EXPANSION, STEP_COST};

/// Work that may still be done in a turn. A unit is about what it takes to write one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    left: u64,
}

impl Work {
    /// A turn of this many units.
    #[must_use]
    pub const fn new(units: u64) -> Self {
        Self { left: units }
    }

    /// Units that are left.
    #[must_use]
    pub const fn left(self) -> u64 {
        self.left
    }

    pub(super) const fn is_used_up(self) -> bool {
        self.left == 0
    }

    pub(super) fn spend(&mut self, step: Step) {
        if step == Step::default() {
            return;
        }
        let read = (step.read as u64).saturating_mul(INPUT_COST);
        self.left = self.left.saturating_sub(STEP_COST.saturating_add(read).saturating_add(step.written as u64));
    }
}

/// What a body has cost so far.
#[derive(Debug, Default)]
pub(super) struct Spent {
    /// Bytes from the network.
    received: u64,
    /// Bytes that decoders gave to decoders.
    intermediate: u64,
    /// Bytes that decoders wrote.
    written: u64,
    /// Bytes that the reader got.
    delivered: u64,
}

impl Spent {
    pub(super) fn receive(&mut self, bytes: usize) {
        self.received = self.received.saturating_add(bytes as u64);
    }

    pub(super) fn deliver(&mut self, bytes: usize) {
        self.delivered = self.delivered.saturating_add(bytes as u64);
    }

    pub(super) fn write(&mut self, bytes: usize) -> Result<(), DecodeError> {
        self.written = self.written.saturating_add(bytes as u64);
        let allowed = self.received.saturating_mul(MAX_EXPANSION).max(FREE_EXPANSION_BYTES);
        if self.written > allowed {
            return Err(DecodeError::limit("the body expands more than 10,000 times"));
        }
        Ok(())
    }

    pub(super) fn hand_on(&mut self, bytes: usize) -> Result<(), DecodeError> {
        self.intermediate = self.intermediate.saturating_add(bytes as u64);
        let allowed = self.delivered.saturating_mul(2).saturating_add(INTERMEDIATE_BYTES);
        if self.intermediate > allowed {
            return Err(DecodeError::limit("the codings expand without producing anything"));
        }
        Ok(())
    }
}
