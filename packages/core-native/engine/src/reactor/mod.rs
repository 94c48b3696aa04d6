//! The lowest floor: clock, sockets, timers and turns of one thread, whoever runs its loop.
//!
//! A [`Reactor`] is a value that is passed to all that runs on the thread. Nothing above this folder asks the system for
//! the time, a socket or a task, so the same engine runs on a thread of its own, on another loop or in simulated time.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::BytesMut;

use crate::limits;

mod alarm;
mod backlog;
mod host;
mod landing;
mod lookups;
mod looper;
mod pace;
mod ready;
#[cfg(test)]
pub(crate) mod simulation;
mod socket;
mod tasks;
mod tcp;
mod thread;
mod timers;
mod udp;

use backlog::Backlog;
pub(crate) use host::{Called, Connecting, Host, Owner, Stop, Task};
use landing::Landings;
#[cfg(unix)]
pub(crate) use looper::{Loop, Rest};
use pace::Pace;
pub(crate) use socket::{Socket, SocketOptions};
pub(crate) use thread::run;
#[cfg(unix)]
pub(crate) use thread::wait_for;
pub(crate) use timers::Timers;

/// What one thread has only once.
pub(crate) struct Reactor {
    host: Box<dyn Host>,
    pub(crate) timers: Timers,
    backlog: Backlog,
    pace: Pace,
    /// Reused by every read of a socket.
    scratch: Cell<Option<Box<[u8]>>>,
    landings: Landings,
}

impl Reactor {
    /// `end_batch` hands events over.
    fn new(host: Box<dyn Host>, end_batch: fn()) -> Rc<Self> {
        let pace = Pace::new(end_batch);
        Rc::new(Self {
            host,
            timers: Timers::default(),
            backlog: Backlog::default(),
            pace,
            scratch: Cell::default(),
            landings: Landings::default(),
        })
    }

    pub(crate) fn now(&self) -> Instant {
        self.host.now()
    }

    /// See [`Host::spawn`].
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + 'static) -> Stop {
        self.host.spawn(Box::pin(task))
    }

    /// See [`Host::look_around`].
    pub(crate) fn look_around(&self) -> Task {
        self.host.look_around()
    }

    /// See [`Host::pause`].
    pub(crate) fn pause(&self, pause: Duration) -> Task {
        self.host.pause(pause)
    }

    /// See [`Host::work`].
    pub(crate) fn work(&self, work: impl FnOnce() + Send + 'static) {
        self.host.work(Box::new(work));
    }

    /// See [`Host::connect`].
    pub(crate) fn connect(&self, address: SocketAddr, options: SocketOptions) -> Connecting {
        self.host.connect(address, options)
    }

    /// See [`Host::datagrams`].
    pub(crate) fn datagrams(&self, address: SocketAddr, port: u16) -> io::Result<Box<dyn Socket>> {
        self.host.datagrams(address, port)
    }

    /// Lends the buffer for reads, which has [`limits::SOCKET_READ_SIZE`] bytes.
    pub(crate) fn with_scratch<R>(&self, action: impl FnOnce(&mut [u8]) -> R) -> R {
        let taken = self.scratch.take();
        let mut scratch = taken.unwrap_or_else(|| vec![0; limits::SOCKET_READ_SIZE].into_boxed_slice());
        let result = action(&mut scratch);
        self.scratch.set(Some(scratch));
        result
    }

    /// Makes room for `count` more bytes behind those in `input`, which may move for it.
    pub(crate) fn make_room(&self, input: &mut BytesMut, count: usize) {
        self.landings.make_room(input, count);
    }

    /// Leaves the memory of `input` to the next connection that receives, if nothing waits in it.
    pub(crate) fn lend_landing(&self, input: &mut BytesMut) {
        self.landings.lend(input);
    }

    /// Lets go of memory that [`Reactor::make_room`] has kept: something idles.
    pub(crate) fn release_landings(&self) {
        self.landings.release();
    }

    /// A connection has had its turn.
    pub(crate) fn turn_ended(&self) {
        self.pace.turn_ended();
    }

    /// Whether somebody may decode now; else [`Reactor::postpone`].
    pub(crate) fn may_decode(&self) -> bool {
        self.pace.has_room()
    }

    /// Units of decoding were done.
    pub(crate) fn spend(&self, units: u64) {
        self.pace.spend(units);
    }

    /// Lets an exchange go on in another turn, behind those that wait already: [`Called::resume`].
    pub(crate) fn postpone(&self, exchange: u64) {
        self.backlog.push(exchange);
    }

    /// Tells who is due.
    fn fire(&self, called: &dyn Called) {
        let now = self.now();
        while let Some(owner) = self.timers.take_due(now) {
            called.due(owner, now);
        }
    }
}
