//! A loop on a thread of its own.

use std::cell::Cell;
use std::io;
use std::rc::Rc;
#[cfg(unix)]
use std::time::Instant;

#[cfg(unix)]
use mio::{Events, Interest, Poll, Token};

use super::looper::Loop;
use super::{Called, Reactor, Task};

/// Runs a loop on this thread until the task that `begin` makes has ended. `begin` also says who is called when something is
/// due; `end_batch` hands events over, when the thread has nothing left to do and at least every
/// [`crate::limits::TURNS_PER_BATCH`] turns.
///
/// # Errors
/// The process is out of descriptors.
pub(crate) fn run(end_batch: fn(), begin: impl FnOnce(&Rc<Reactor>) -> (Rc<dyn Called>, Task)) -> io::Result<()> {
    let looper = Loop::new(end_batch)?;
    let (called, task) = begin(looper.reactor());
    let over = Rc::new(Cell::new(false));
    let ends = Ends(Rc::clone(&over));
    drop(looper.reactor().spawn(async move {
        let _ends = ends;
        task.await;
    }));
    looper.serve(&called);
    while !over.get() {
        looper.turn(&*called);
    }
    Ok(())
}

/// Says so when it is dropped, by a panic too.
struct Ends(Rc<Cell<bool>>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

/// Waits for the descriptor of a loop that others drive as well. What is made is called for each wait, with the time at which it
/// ends at the latest.
///
/// # Errors
/// The process is out of descriptors.
#[cfg(unix)]
pub(crate) fn wait_for(descriptor: std::os::fd::RawFd) -> io::Result<impl FnMut(Option<Instant>)> {
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(1));
    poll.registry().register(&mut mio::unix::SourceFd(&descriptor), Token(0), Interest::READABLE)?;
    Ok(move |due: Option<Instant>| {
        let wait = due.map(|due| due.saturating_duration_since(Instant::now()));
        // Interrupted or not: the caller looks.
        let _ = poll.poll(&mut events, wait);
    })
}
