//! One timer for all deadlines of a thread.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Instant;

use super::Owner;

/// Deadlines in order. A request arms at most one entry and removes it at its end, which costs two tree operations
/// instead of a timer registration and a task wake-up each.
#[derive(Default)]
pub(crate) struct Timers {
    entries: RefCell<BTreeSet<(Instant, Owner)>>,
}

impl Timers {
    pub(crate) fn arm(&self, at: Instant, owner: Owner) {
        self.entries.borrow_mut().insert((at, owner));
    }

    pub(crate) fn disarm(&self, at: Instant, owner: Owner) {
        self.entries.borrow_mut().remove(&(at, owner));
    }

    #[cfg(test)]
    pub(crate) fn entries_of(&self, owner: Owner) -> Vec<Instant> {
        self.entries.borrow().iter().filter(|(_, known)| *known == owner).map(|(at, _)| *at).collect()
    }

    /// When the first of them is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.entries.borrow().first().map(|(at, _)| *at)
    }

    /// Removes the first entry that is due.
    pub(crate) fn take_due(&self, now: Instant) -> Option<Owner> {
        let mut entries = self.entries.borrow_mut();
        let first = *entries.first()?;
        if first.0 > now {
            return None;
        }
        entries.remove(&first);
        Some(first.1)
    }
}
