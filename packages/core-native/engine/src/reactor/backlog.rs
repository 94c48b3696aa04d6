//! Decoding that waits for another turn of the I/O thread.
//!
//! A peer can ask for work by the byte (FAULTS B09), and there is one thread for all transports. So what is decoded between
//! two looks at sockets, orders and clocks has a budget; who finds it used up goes on in turn, after them.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::{Called, Reactor};

#[derive(Default)]
pub(super) struct Backlog {
    waiting: RefCell<VecDeque<u64>>,
    waker: RefCell<Option<Waker>>,
}

impl Backlog {
    pub(super) fn push(&self, exchange: u64) {
        self.waiting.borrow_mut().push_back(exchange);
        if let Some(waker) = self.waker.borrow().as_ref() {
            waker.wake_by_ref();
        }
    }

    fn poll_waiting(&self, context: &Context<'_>) -> Poll<()> {
        *self.waker.borrow_mut() = Some(context.waker().clone());
        if self.waiting.borrow().is_empty() { Poll::Pending } else { Poll::Ready(()) }
    }
}

/// The task that gives exchanges their turns.
pub(super) async fn work_off(reactor: Rc<Reactor>, called: Rc<dyn Called>) {
    loop {
        poll_fn(|context| reactor.backlog.poll_waiting(context)).await;
        // What has been decoded goes to its readers before the next part.
        reactor.pace.end_batch();
        // Comes back after sockets and timers were looked at, which waking itself would not.
        reactor.look_around().await;
        reactor.pace.begin_turn();
        while reactor.pace.has_room() {
            let next = reactor.backlog.waiting.borrow_mut().pop_front();
            let Some(exchange) = next else { break };
            called.resume(exchange);
        }
    }
}
