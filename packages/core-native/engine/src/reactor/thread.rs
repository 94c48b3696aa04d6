//! A loop of a thread's own: current-thread tokio.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Called, Connecting, Host, Pace, Reactor, SocketOptions, Stop, Task, backlog, tcp};
use crate::limits;

struct Thread;

impl Host for Thread {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn spawn(&self, task: Task) -> Stop {
        let handle = tokio::task::spawn_local(task).abort_handle();
        Stop::new(move || handle.abort())
    }

    fn look_around(&self) -> Task {
        Box::pin(tokio::task::yield_now())
    }

    fn pause(&self, pause: Duration) -> Task {
        Box::pin(tokio::time::sleep(pause))
    }

    fn work(&self, work: Box<dyn FnOnce() + Send>) {
        tokio::task::spawn_blocking(work);
    }

    fn connect(&self, address: SocketAddr, options: SocketOptions) -> Connecting {
        Box::pin(tcp::connect(address, options))
    }
}

/// Runs a loop on this thread until the task that `begin` makes has ended. `begin` also says who is called when
/// something is due; `end_batch` hands events over, when the thread has nothing left to do and at least every
/// [`limits::TURNS_PER_BATCH`] turns.
pub(crate) fn run(end_batch: fn(), begin: impl FnOnce(&Rc<Reactor>) -> (Rc<dyn Called>, Task)) {
    let pace = Arc::new(Pace::new(end_batch));
    let parking = Arc::clone(&pace);
    let built = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(limits::LOOKUP_THREADS)
        .thread_name("wiretwin-lookup")
        .on_thread_park(move || parking.before_sleep())
        .build();
    let Ok(runtime) = built else { return };
    let reactor = Reactor::new(Box::new(Thread), pace);
    let (called, task) = begin(&reactor);
    let local = tokio::task::LocalSet::new();
    // Tasks of their own: those of a set wake each other without the runtime's waker, which is a call of the kernel.
    local.spawn_local(backlog::work_off(Rc::clone(&reactor), Rc::clone(&called)));
    local.spawn_local(keep_time(reactor, called));
    let task = local.spawn_local(task);
    let _ = runtime.block_on(local.run_until(task));
}

/// The task that tells who is due.
async fn keep_time(reactor: Rc<Reactor>, called: Rc<dyn Called>) {
    loop {
        let earlier = poll_fn(|context| reactor.timers.poll_earlier(context));
        match reactor.timers.sleep_until() {
            None => earlier.await,
            Some(at) => {
                tokio::select! {
                    () = tokio::time::sleep_until(at.into()) => reactor.fire(&*called),
                    () = earlier => {}
                }
            }
        }
    }
}
