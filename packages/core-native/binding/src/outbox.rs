//! Events of one port on their way from the I/O thread to its JavaScript thread.

use std::cell::{Cell, RefCell};
use std::mem;
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::sys;

use crate::doorbell::Doorbell;
use crate::event::Batch;
use crate::protocol::WAKE_AT_EVENTS;

/// How JavaScript is woken.
pub enum Wake {
    /// A byte in a pipe that JavaScript reads.
    Pipe(Arc<Doorbell>),
    /// A thread-safe function of Node.
    Function(Function),
}

/// A thread-safe function of Node.
pub struct Function(pub sys::napi_threadsafe_function);

// SAFETY: Node documents `napi_call_threadsafe_function` as callable from any thread; this is the only use off the
// JavaScript thread.
unsafe impl Send for Function {}

/// What is left to do for a wake-up once the lock is given back: JavaScript starts at once, on this processor, and its
/// first step is to take the lock.
#[must_use]
struct Ring(Option<Arc<Doorbell>>);

impl Ring {
    fn now(self) {
        if let Self(Some(doorbell)) = self {
            doorbell.ring();
        }
    }
}

struct State {
    batch: Batch,
    /// Gone once the environment is being torn down: the function must not be called any more.
    wake: Option<Wake>,
    /// JavaScript was woken and has not yet taken the batch.
    pending: bool,
}

/// The queue of one port. Locked for the time of encoding one event or of swapping two vectors.
pub struct Outbox {
    state: Mutex<State>,
}

thread_local! {
    /// This JavaScript thread drives its world itself and looks for events when that has had its turn.
    static LOOKS_ITSELF: Cell<bool> = const { Cell::new(false) };

    /// Ports with events since the I/O thread last went to sleep.
    static DIRTY: RefCell<Vec<Arc<Outbox>>> = const { RefCell::new(Vec::new()) };
}

impl Outbox {
    /// An empty queue that nobody is woken for yet.
    pub fn new() -> Self {
        Self { state: Mutex::new(State { batch: Batch::default(), wake: None, pending: false }) }
    }

    /// From now on JavaScript is woken.
    pub fn open(&self, wake: Wake) {
        self.lock().wake = Some(wake);
    }

    /// The environment goes away: nothing is collected and nobody is woken any more.
    pub fn close(&self) {
        let mut state = self.lock();
        state.wake = None;
        state.batch = Batch::default();
    }

    /// Adds events from the I/O thread; JavaScript is woken at the end of the thread's turn.
    pub fn push(self: &Arc<Self>, add: impl FnOnce(&mut Batch)) {
        let mut state = self.lock();
        if state.wake.is_none() {
            return;
        }
        let first = state.batch.events == 0;
        add(&mut state.batch);
        let ring = if state.batch.events >= WAKE_AT_EVENTS { state.wake_up() } else { Ring(None) };
        drop(state);
        ring.now();
        if first {
            DIRTY.with_borrow_mut(|dirty| dirty.push(Arc::clone(self)));
        }
    }

    /// Adds events from another thread and wakes JavaScript at once.
    pub fn push_now(&self, add: impl FnOnce(&mut Batch)) {
        let mut state = self.lock();
        if state.wake.is_some() {
            add(&mut state.batch);
            let ring = state.wake_up();
            drop(state);
            ring.now();
        }
    }

    /// Whether there is something to take.
    #[cfg(unix)]
    pub fn has_events(&self) -> bool {
        self.lock().batch.events > 0
    }

    /// Swaps what has been collected for an empty batch.
    pub fn take(&self, empty: Batch) -> Batch {
        let mut state = self.lock();
        state.pending = false;
        state.batch.roll_back();
        mem::replace(&mut state.batch, empty)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic while encoding leaves at most a cut-off event, which the batch rolls back.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn wake_up(&mut self) -> Ring {
        if self.pending || self.batch.events == 0 || LOOKS_ITSELF.get() {
            return Ring(None);
        }
        match &self.wake {
            None => Ring(None),
            Some(Wake::Pipe(doorbell)) => {
                self.pending = true;
                Ring(Some(Arc::clone(doorbell)))
            }
            Some(Wake::Function(Function(function))) => {
                let mode = sys::ThreadsafeFunctionCallMode::nonblocking;
                // SAFETY: `Outbox::close` runs in the environment's clean-up hook, before Node destroys the function, and
                // takes the lock that is held here; so the function is alive.
                let status = unsafe { sys::napi_call_threadsafe_function(*function, ptr::null_mut(), mode) };
                if status == sys::Status::napi_ok {
                    self.pending = true;
                } else {
                    // Closing: Node no longer calls us, which is the same as an abort of everything.
                    self.wake = None;
                }
                Ring(None)
            }
        }
    }
}

/// Runs a turn of a world on its JavaScript thread: whoever calls this takes the events afterwards.
#[cfg(unix)]
pub fn without_ringing<R>(turn: impl FnOnce() -> R) -> R {
    let before = LOOKS_ITSELF.replace(true);
    let result = turn();
    LOOKS_ITSELF.set(before);
    result
}

/// End of the I/O thread's turn: one wake-up for each port with events.
pub fn flush() {
    let dirty = DIRTY.with_borrow_mut(mem::take);
    for outbox in &dirty {
        let ring = outbox.lock().wake_up();
        ring.now();
    }
    DIRTY.with_borrow_mut(|empty| {
        if empty.is_empty() {
            *empty = dirty;
            empty.clear();
        }
    });
}
