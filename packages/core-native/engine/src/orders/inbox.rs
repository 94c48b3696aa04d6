//! Orders on their way to the loop that carries them out.

use std::future::poll_fn;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::task::{Context, Poll, Waker};

use super::Command;
use super::world::{World, contain};

#[derive(Default)]
pub(super) struct Inbox {
    queue: Mutex<Queue>,
    /// What has to be started before anybody takes orders.
    starter: Option<Starter>,
    /// Transports whose orders come here.
    transports: AtomicUsize,
}

struct Starter {
    once: Once,
    start: fn(usize),
    number: usize,
}

#[derive(Default)]
struct Queue {
    commands: Vec<Command>,
    /// The task that takes them, once it runs.
    taker: Option<Waker>,
    closed: bool,
}

impl Inbox {
    /// `start` is called with the first order.
    pub(super) fn starting(number: usize, start: fn(usize)) -> Self {
        Self { starter: Some(Starter { once: Once::new(), start, number }), ..Self::default() }
    }

    pub(super) fn transports(&self) -> usize {
        self.transports.load(Ordering::Relaxed)
    }

    pub(super) fn add_transport(&self) {
        self.transports.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn remove_transport(&self) {
        self.transports.fetch_sub(1, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put(&self, commands: Vec<Command>) {
        if let Some(starter) = &self.starter {
            starter.once.call_once(|| (starter.start)(starter.number));
        }
        let mut queue = self.lock();
        if queue.closed {
            // What they hold may come back here.
            drop(queue);
            return drop(commands);
        }
        // The task has been woken for those that are there already.
        let woken = !queue.commands.is_empty();
        if !woken && queue.commands.capacity() == 0 {
            queue.commands = commands;
        } else {
            queue.commands.extend(commands);
        }
        let taker = if woken { None } else { queue.taker.clone() };
        drop(queue);
        if let Some(taker) = taker {
            taker.wake();
        }
    }

    /// Nobody takes orders any more.
    pub(super) fn close(&self) {
        let mut queue = self.lock();
        queue.closed = true;
        let left = std::mem::take(&mut queue.commands);
        drop(queue);
        drop(left);
    }

    /// Ready with what has been submitted since the last time.
    fn poll_take(&self, context: &Context<'_>) -> Poll<Vec<Command>> {
        let mut queue = self.lock();
        if queue.taker.as_ref().is_none_or(|taker| !taker.will_wake(context.waker())) {
            queue.taker = Some(context.waker().clone());
        }
        if queue.commands.is_empty() { Poll::Pending } else { Poll::Ready(std::mem::take(&mut queue.commands)) }
    }

    /// The task that takes them.
    pub(super) async fn carry_out(self: std::sync::Arc<Self>, world: Rc<World>) {
        loop {
            for command in poll_fn(|context| self.poll_take(context)).await {
                contain(|| world.carry_out(command.order));
            }
        }
    }
}
