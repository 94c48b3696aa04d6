//! Decoding that waits for another turn of the I/O thread.
//!
//! A peer can ask for work by the byte (FAULTS B09), and there is one thread for all transports. So what is decoded between
//! two looks at sockets, orders and clocks has a budget; who finds it used up goes on in turn, after them.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Poll, Waker};

use crate::exchange::ExchangeId;
use crate::limits;
use crate::runtime::{self, Io};

#[derive(Default)]
pub(crate) struct Backlog {
    /// Units of work since the thread last looked around.
    spent: Cell<u64>,
    waiting: RefCell<VecDeque<ExchangeId>>,
    waker: RefCell<Option<Waker>>,
}

impl Backlog {
    /// Whether an exchange may decode now.
    pub(crate) fn has_room(&self) -> bool {
        self.spent.get() < limits::DECODE_TURN
    }

    pub(crate) fn spend(&self, units: u64) {
        self.spent.set(self.spent.get().saturating_add(units));
        crate::fault::worked(self.spent.get());
    }

    /// The thread has looked around, or is about to sleep.
    pub(crate) fn begin_turn(&self) {
        self.spent.set(0);
    }

    /// Lets an exchange go on in another turn, behind those that wait already.
    pub(crate) fn postpone(&self, id: ExchangeId) {
        self.waiting.borrow_mut().push_back(id);
        if let Some(waker) = self.waker.borrow().as_ref() {
            waker.wake_by_ref();
        }
    }

    fn next(&self) -> Option<ExchangeId> {
        if self.has_room() { self.waiting.borrow_mut().pop_front() } else { None }
    }
}

/// The task that gives exchanges their turns.
pub(crate) async fn work_off() {
    loop {
        poll_fn(|context| {
            Io::with(|io| {
                *io.backlog.waker.borrow_mut() = Some(context.waker().clone());
                if io.backlog.waiting.borrow().is_empty() { Poll::Pending } else { Poll::Ready(()) }
            })
        })
        .await;
        // What has been decoded goes to its readers before the next part.
        runtime::end_batch();
        // Comes back after sockets and timers were looked at, which waking itself would not.
        tokio::task::yield_now().await;
        Io::with(|io| io.backlog.begin_turn());
        while let Some(id) = Io::with(|io| io.backlog.next()) {
            runtime::on_exchange(id, |exchange| exchange.resume());
        }
    }
}
