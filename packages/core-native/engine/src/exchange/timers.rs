//! One timer for all deadlines of the I/O thread.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Instant;

use tokio::sync::Notify;

use crate::runtime::{self, Io};
use crate::transport::TransportId;

/// Whose deadline it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    Exchange(u64),
    Pool(TransportId),
}

/// Deadlines in order. A request arms at most one entry and removes it at its end, which costs two tree operations
/// instead of a timer registration and a task wake-up each.
#[derive(Default)]
pub(crate) struct Timers {
    entries: RefCell<BTreeSet<(Instant, Owner)>>,
    earlier: Rc<Notify>,
    /// What the task sleeps for; `None` while it waits for an entry.
    sleeping_until: Cell<Option<Instant>>,
    started: Cell<bool>,
}

impl Timers {
    pub(crate) fn arm(&self, at: Instant, owner: Owner) {
        self.entries.borrow_mut().insert((at, owner));
        if !self.started.replace(true) {
            tokio::task::spawn_local(run());
        } else if self.sleeping_until.get().is_none_or(|until| at < until) {
            self.earlier.notify_one();
        }
    }

    pub(crate) fn disarm(&self, at: Instant, owner: Owner) {
        self.entries.borrow_mut().remove(&(at, owner));
    }

    #[cfg(test)]
    pub(super) fn entries_of(&self, owner: Owner) -> Vec<Instant> {
        self.entries.borrow().iter().filter(|(_, known)| *known == owner).map(|(at, _)| *at).collect()
    }

    fn next(&self) -> Option<Instant> {
        self.entries.borrow().first().map(|(at, _)| *at)
    }

    /// Removes the first entry that is due.
    pub(super) fn take_due(&self, now: Instant) -> Option<Owner> {
        let mut entries = self.entries.borrow_mut();
        let first = *entries.first()?;
        if first.0 > now {
            return None;
        }
        entries.remove(&first);
        Some(first.1)
    }
}

async fn run() {
    let earlier = Io::with(|io| Rc::clone(&io.timers.earlier));
    loop {
        let next = Io::with(|io| {
            let next = io.timers.next();
            io.timers.sleeping_until.set(next);
            next
        });
        match next {
            None => earlier.notified().await,
            Some(at) => {
                tokio::select! {
                    () = tokio::time::sleep_until(at.into()) => fire(),
                    () = earlier.notified() => {}
                }
            }
        }
    }
}

/// One task serves all limits of the process: a panic may end what it was for, and never this task (FAULTS N04).
fn fire() {
    let now = Instant::now();
    while let Some(owner) = Io::with(|io| io.timers.take_due(now)) {
        match owner {
            Owner::Exchange(id) => runtime::on_exchange(id, |exchange| {
                crate::fault::point(crate::fault::Point::Timer);
                exchange.on_deadline(now);
            }),
            Owner::Pool(id) => {
                let pool = Io::with(|io| io.pools.borrow().get(&id).cloned());
                if let Some(pool) = pool {
                    runtime::contain(|| pool.sweep(now));
                }
            }
        }
    }
}
