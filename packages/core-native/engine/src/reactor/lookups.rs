//! Threads for what blocks: asking the system for the addresses of a name.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::limits;

type Work = Box<dyn FnOnce() + Send>;

/// One for the process: what the system is asked does not depend on who asks.
static CREW: Crew =
    Crew { state: Mutex::new(State { waiting: VecDeque::new(), threads: 0, idle: 0 }), more: Condvar::new() };

struct Crew {
    state: Mutex<State>,
    more: Condvar,
}

struct State {
    waiting: VecDeque<Work>,
    threads: usize,
    idle: usize,
}

/// Runs `work` on one of at most [`limits::LOOKUP_THREADS`] threads, which end when there is nothing to do for a while.
pub(super) fn run(work: Work) {
    let mut state = CREW.lock();
    state.waiting.push_back(work);
    if state.idle >= state.waiting.len() || state.threads >= limits::LOOKUP_THREADS {
        CREW.more.notify_one();
        return;
    }
    state.threads += 1;
    drop(state);
    if thread::Builder::new().name("wiretwin-lookup".into()).spawn(serve).is_err() {
        // LIMIT: without any thread what waits stays silent until a limit ends it; the process is out of resources anyway.
        CREW.lock().threads -= 1;
    }
}

impl Crew {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn serve() {
    let mut state = CREW.lock();
    loop {
        if let Some(work) = state.waiting.pop_front() {
            drop(state);
            let _ = catch_unwind(AssertUnwindSafe(work));
            state = CREW.lock();
            continue;
        }
        state.idle += 1;
        let (next, waited) = CREW
            .more
            .wait_timeout_while(state, limits::LOOKUP_THREAD_IDLE, |state| state.waiting.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        state = next;
        state.idle -= 1;
        if waited.timed_out() && state.waiting.is_empty() {
            state.threads -= 1;
            return;
        }
    }
}
