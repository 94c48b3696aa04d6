//! One timer for all deadlines of a thread.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use super::Owner;

/// Deadlines in order. A request arms at most one entry and removes it at its end, which costs two tree operations
/// instead of a timer registration and a task wake-up each.
#[derive(Default)]
pub(crate) struct Timers {
    entries: RefCell<BTreeSet<(Instant, Owner)>>,
    /// What the loop sleeps for; `None` while it waits for an entry.
    sleeping_until: Cell<Option<Instant>>,
    /// An entry has come before what the loop sleeps for.
    earlier: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Timers {
    pub(crate) fn arm(&self, at: Instant, owner: Owner) {
        self.entries.borrow_mut().insert((at, owner));
        if self.sleeping_until.get().is_none_or(|until| at < until) {
            self.earlier.set(true);
            if let Some(waker) = self.waker.take() {
                waker.wake();
            }
        }
    }

    pub(crate) fn disarm(&self, at: Instant, owner: Owner) {
        self.entries.borrow_mut().remove(&(at, owner));
    }

    #[cfg(test)]
    pub(crate) fn entries_of(&self, owner: Owner) -> Vec<Instant> {
        self.entries.borrow().iter().filter(|(_, known)| *known == owner).map(|(at, _)| *at).collect()
    }

    /// What the loop is to sleep for, which it says that it does: `poll_earlier` tells of an earlier one.
    pub(super) fn sleep_until(&self) -> Option<Instant> {
        let next = self.entries.borrow().first().map(|(at, _)| *at);
        self.sleeping_until.set(next);
        next
    }

    /// Ready once if an entry has come before what the loop sleeps for.
    pub(super) fn poll_earlier(&self, context: &Context<'_>) -> Poll<()> {
        if self.earlier.take() {
            return Poll::Ready(());
        }
        *self.waker.borrow_mut() = Some(context.waker().clone());
        Poll::Pending
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
