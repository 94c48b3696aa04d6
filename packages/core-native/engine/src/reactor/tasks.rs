//! What runs on one loop, and what it waits for besides sockets.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::ready::{Ready, TaskWaker};
use super::{Stop, Task};

pub(super) struct Tasks {
    ready: Arc<Ready>,
    slots: RefCell<Vec<Slot>>,
    free: RefCell<Vec<usize>>,
    /// What ends at a time, in order.
    pauses: RefCell<BTreeMap<(Instant, u64), Waker>>,
    next_pause: Cell<u64>,
    /// Looks at sockets and timers so far, and who waits for the next one.
    looks: Cell<u64>,
    looking: RefCell<Vec<Waker>>,
}

struct Slot {
    /// Away while it runs.
    task: Option<Task>,
    note: Arc<TaskWaker>,
    waker: Waker,
    stopped: Rc<Cell<bool>>,
}

impl Tasks {
    pub(super) fn new(ready: Arc<Ready>) -> Rc<Self> {
        Rc::new(Self {
            ready,
            slots: RefCell::default(),
            free: RefCell::default(),
            pauses: RefCell::default(),
            next_pause: Cell::new(0),
            looks: Cell::new(0),
            looking: RefCell::default(),
        })
    }

    pub(super) fn spawn(&self, task: Task) -> Stop {
        let place = self.free.borrow_mut().pop();
        let mut slots = self.slots.borrow_mut();
        let id = place.unwrap_or(slots.len());
        let note = TaskWaker::new(id, &self.ready);
        let waker = Waker::from(Arc::clone(&note));
        let stopped = Rc::new(Cell::new(false));
        let slot = Slot { task: Some(task), note, waker: waker.clone(), stopped: Rc::clone(&stopped) };
        match slots.get_mut(id) {
            Some(place) => *place = slot,
            None => slots.push(slot),
        }
        waker.wake_by_ref();
        // Dropped where its turn would be: what it holds may lead back to who stops it.
        Stop::new(move || {
            stopped.set(true);
            waker.wake();
        })
    }

    /// Lets up to `limit` tasks go on.
    pub(super) fn run(&self, limit: usize) {
        for _ in 0..limit {
            let Some(id) = self.ready.pop() else { return };
            self.go_on(id);
        }
    }

    fn go_on(&self, id: usize) {
        let taken = {
            let mut slots = self.slots.borrow_mut();
            slots.get_mut(id).and_then(|slot| {
                slot.note.begins();
                Some((slot.task.take()?, slot.waker.clone(), Rc::clone(&slot.stopped)))
            })
        };
        // A waker may outlive its task.
        let Some((mut task, waker, stopped)) = taken else { return };
        // A panic ends the task.
        let over = stopped.get()
            || catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready()))
                .unwrap_or(true);
        if !over {
            if let Some(slot) = self.slots.borrow_mut().get_mut(id) {
                slot.task = Some(task);
            }
            return;
        }
        let _ = catch_unwind(AssertUnwindSafe(|| drop(task)));
        self.free.borrow_mut().push(id);
    }

    /// Somebody waits for the next look.
    pub(super) fn wants_look(&self) -> bool {
        !self.looking.borrow().is_empty()
    }

    /// Sockets have been looked at: who waited for that, or for a time that has come, goes on.
    pub(super) fn looked(&self, now: Instant) {
        self.looks.set(self.looks.get() + 1);
        mem::take(&mut *self.looking.borrow_mut()).into_iter().for_each(Waker::wake);
        let mut pauses = self.pauses.borrow_mut();
        while let Some(entry) = pauses.first_entry().filter(|entry| entry.key().0 <= now) {
            entry.remove().wake();
        }
    }

    pub(super) fn look_around(self: &Rc<Self>) -> Task {
        let tasks = Rc::clone(self);
        let mut since = None;
        Box::pin(poll_fn(move |context| {
            if tasks.looks.get() > *since.get_or_insert(tasks.looks.get()) {
                return Poll::Ready(());
            }
            tasks.looking.borrow_mut().push(context.waker().clone());
            Poll::Pending
        }))
    }

    /// When the first pause ends.
    pub(super) fn next_pause(&self) -> Option<Instant> {
        self.pauses.borrow().first_key_value().map(|((at, _), _)| *at)
    }

    pub(super) fn pause(self: &Rc<Self>, now: Instant, pause: Duration) -> Task {
        let id = self.next_pause.get();
        self.next_pause.set(id + 1);
        let mut entry = Pause { tasks: Rc::clone(self), key: (now + pause, id), waits: false };
        Box::pin(poll_fn(move |context| entry.poll(context)))
    }

    /// Drops all tasks.
    #[cfg(unix)]
    pub(super) fn clear(&self) {
        let slots = mem::take(&mut *self.slots.borrow_mut());
        for slot in slots {
            let _ = catch_unwind(AssertUnwindSafe(|| drop(slot)));
        }
    }
}

/// An entry among the pauses, which goes with who waits for it.
struct Pause {
    tasks: Rc<Tasks>,
    key: (Instant, u64),
    waits: bool,
}

impl Pause {
    fn poll(&mut self, context: &Context<'_>) -> Poll<()> {
        let mut pauses = self.tasks.pauses.borrow_mut();
        // Gone once its time has come.
        if self.waits && !pauses.contains_key(&self.key) {
            self.waits = false;
            return Poll::Ready(());
        }
        pauses.insert(self.key, context.waker().clone());
        self.waits = true;
        Poll::Pending
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        if self.waits {
            self.tasks.pauses.borrow_mut().remove(&self.key);
        }
    }
}
