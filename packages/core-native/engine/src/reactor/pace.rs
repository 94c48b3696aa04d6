//! How much is done before the loop looks around, and when its events are handed over.

use std::cell::Cell;

use crate::limits;

pub(super) struct Pace {
    /// Units of decoding since the loop last looked around.
    spent: Cell<u64>,
    /// Turns of connections since the last batch of events ended.
    turns: Cell<u32>,
    /// Hands the events so far over to their sinks.
    end_batch: fn(),
}

impl Pace {
    pub(super) fn new(end_batch: fn()) -> Self {
        Self { spent: Cell::new(0), turns: Cell::new(0), end_batch }
    }

    pub(super) fn has_room(&self) -> bool {
        self.spent.get() < limits::DECODE_TURN
    }

    pub(super) fn spend(&self, units: u64) {
        let spent = self.spent.get().saturating_add(units);
        self.spent.set(spent);
        crate::fault::worked(spent);
    }

    /// The loop has looked around.
    pub(super) fn begin_turn(&self) {
        self.spent.set(0);
    }

    pub(super) fn before_sleep(&self) {
        self.begin_turn();
        self.end_batch();
    }

    pub(super) fn turn_ended(&self) {
        self.turns.set(self.turns.get() + 1);
        if self.turns.get() >= limits::TURNS_PER_BATCH {
            self.end_batch();
        }
    }

    pub(super) fn end_batch(&self) {
        self.turns.set(0);
        (self.end_batch)();
    }
}
