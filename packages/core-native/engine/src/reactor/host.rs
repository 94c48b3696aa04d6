//! What a loop does for the engine, and whom it tells.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::{Duration, Instant};

use super::{Socket, SocketOptions};

/// Something that goes on beside what the caller does.
pub(crate) type Task = Pin<Box<dyn Future<Output = ()>>>;

/// An attempt to open a socket; dropped, it is given up.
pub(crate) type Connecting = Pin<Box<dyn Future<Output = io::Result<Box<dyn Socket>>>>>;

/// Whoever runs the loop of a thread: a thread of our own (`thread.rs`), another loop that has one already, or a test.
pub(crate) trait Host {
    /// What time it is: all limits are measured by this clock.
    fn now(&self) -> Instant;

    /// Runs a task on this thread, not before the caller returns.
    fn spawn(&self, task: Task) -> Stop;

    /// Ends when the loop has looked at sockets and timers once more.
    fn look_around(&self) -> Task;

    /// Ends after `pause`.
    fn pause(&self, pause: Duration) -> Task;

    /// Runs something that blocks elsewhere.
    fn work(&self, work: Box<dyn FnOnce() + Send>);

    /// Opens a socket to `address`.
    fn connect(&self, address: SocketAddr, options: SocketOptions) -> Connecting;

    /// Opens a socket for datagrams to `address` and from nobody else. `port` is ours; 0: any.
    fn datagrams(&self, address: SocketAddr, port: u16) -> io::Result<Box<dyn Socket>>;
}

/// Ends a task: what it holds is dropped, now or in the next turn of the loop. Dropped itself it ends nothing.
pub(crate) struct Stop(Box<dyn FnOnce()>);

impl Stop {
    pub(crate) fn new(stop: impl FnOnce() + 'static) -> Self {
        Self(Box::new(stop))
    }

    pub(crate) fn now(self) {
        (self.0)();
    }
}

/// Whose a deadline or a turn is. The numbers mean something to [`Called`] only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    Exchange(u64),
    Pool(u64),
}

/// The floor that owns what the thread runs. A panic in there ends there: one loop serves all.
pub(crate) trait Called {
    /// A deadline of `owner` has come; its entry is gone.
    fn due(&self, owner: Owner, now: Instant);

    /// The turn that the exchange was postponed to.
    fn resume(&self, exchange: u64);
}
