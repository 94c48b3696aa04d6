//! Tasks that can go on, from whatever thread that was said.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Wake;

use super::alarm::Alarm;

/// The queue of one loop. Whoever adds to it while the loop sleeps wakes it; while it runs that costs no call of the kernel.
pub(super) struct Ready {
    queue: Mutex<Queue>,
    alarm: Alarm,
}

#[derive(Default)]
struct Queue {
    tasks: VecDeque<usize>,
    asleep: bool,
}

impl Ready {
    pub(super) fn new(alarm: Alarm) -> Arc<Self> {
        Arc::new(Self { queue: Mutex::default(), alarm })
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, task: usize) {
        let mut queue = self.lock();
        queue.tasks.push_back(task);
        if std::mem::take(&mut queue.asleep) {
            drop(queue);
            self.alarm.ring();
        }
    }

    pub(super) fn pop(&self) -> Option<usize> {
        self.lock().tasks.pop_front()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().tasks.is_empty()
    }

    /// Wakes the loop, whatever it does.
    #[cfg(unix)]
    pub(super) fn ring(&self) {
        self.alarm.ring();
    }

    /// The loop's alarm has made itself heard.
    pub(super) fn heard(&self) {
        self.alarm.heard();
    }

    /// The loop is about to wait: from now on it has to be rung. `false`: it has something to do.
    pub(super) fn fall_asleep(&self) -> bool {
        let mut queue = self.lock();
        queue.asleep = queue.tasks.is_empty();
        queue.asleep
    }

    /// The loop runs again.
    pub(super) fn rise(&self) {
        self.lock().asleep = false;
    }
}

/// Lets one task go on.
pub(super) struct TaskWaker {
    task: usize,
    /// Is in the queue already.
    queued: AtomicBool,
    ready: Arc<Ready>,
}

impl TaskWaker {
    pub(super) fn new(task: usize, ready: &Arc<Ready>) -> Arc<Self> {
        Arc::new(Self { task, queued: AtomicBool::new(false), ready: Arc::clone(ready) })
    }

    /// It is about to go on: what happens from now on lets it go on once more.
    pub(super) fn begins(&self) {
        self.queued.store(false, Ordering::Release);
    }
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.queued.swap(true, Ordering::AcqRel) {
            self.ready.push(self.task);
        }
    }
}
