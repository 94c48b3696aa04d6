//! How much is done before the thread looks around, and when its events are handed over.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::limits;

/// Counts of one thread. Atomic because the hook that it calls before it sleeps must be so; nobody else comes here, so no
/// access costs more than a plain one.
pub(super) struct Pace {
    /// Units of decoding since the thread last looked around.
    spent: AtomicU64,
    /// Turns of connections since the last batch of events ended.
    turns: AtomicU32,
    /// Hands the events so far over to their sinks.
    end_batch: fn(),
}

impl Pace {
    pub(super) fn new(end_batch: fn()) -> Self {
        Self { spent: AtomicU64::new(0), turns: AtomicU32::new(0), end_batch }
    }

    pub(super) fn has_room(&self) -> bool {
        self.spent.load(Ordering::Relaxed) < limits::DECODE_TURN
    }

    pub(super) fn spend(&self, units: u64) {
        let spent = self.spent.load(Ordering::Relaxed).saturating_add(units);
        self.spent.store(spent, Ordering::Relaxed);
        crate::fault::worked(spent);
    }

    /// The thread has looked around.
    pub(super) fn begin_turn(&self) {
        self.spent.store(0, Ordering::Relaxed);
    }

    pub(super) fn before_sleep(&self) {
        self.begin_turn();
        self.end_batch();
    }

    pub(super) fn turn_ended(&self) {
        let turns = self.turns.load(Ordering::Relaxed) + 1;
        self.turns.store(turns, Ordering::Relaxed);
        if turns >= limits::TURNS_PER_BATCH {
            self.end_batch();
        }
    }

    pub(super) fn end_batch(&self) {
        self.turns.store(0, Ordering::Relaxed);
        (self.end_batch)();
    }
}
