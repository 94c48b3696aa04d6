//! A loop of our own: tasks, sockets and times, and what the system says of them.
//!
//! It belongs to no thread. Whoever drives it gives it turns: a thread that does nothing else (`thread.rs`), or a loop that a
//! thread has already, which waits for [`Loop::descriptor`] among its own.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token};

use super::alarm::Alarm;
use super::ready::Ready;
use super::tasks::Tasks;
use super::tcp::{self, Sockets};
use super::{Called, Connecting, Host, Reactor, Socket, SocketOptions, Stop, Task, backlog, lookups, udp};
use crate::limits;

/// Place of the alarm among sockets.
const ALARM: Token = Token(usize::MAX);

/// One loop, and the reactor on it.
pub(crate) struct Loop {
    reactor: Rc<Reactor>,
    ready: Arc<Ready>,
    tasks: Rc<Tasks>,
    sockets: Rc<Sockets>,
    poll: RefCell<(Poll, Events)>,
    /// The system has more to say than fitted one look.
    more: Cell<bool>,
}

struct OnLoop {
    tasks: Rc<Tasks>,
    sockets: Rc<Sockets>,
}

impl Host for OnLoop {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn spawn(&self, task: Task) -> Stop {
        self.tasks.spawn(task)
    }

    fn look_around(&self) -> Task {
        self.tasks.look_around()
    }

    fn pause(&self, pause: Duration) -> Task {
        self.tasks.pause(self.now(), pause)
    }

    fn work(&self, work: Box<dyn FnOnce() + Send>) {
        lookups::run(work);
    }

    fn connect(&self, address: SocketAddr, options: SocketOptions) -> Connecting {
        Box::pin(tcp::connect(Rc::clone(&self.sockets), address, options))
    }

    fn datagrams(&self, address: SocketAddr, port: u16) -> io::Result<Box<dyn Socket>> {
        udp::open(&self.sockets, address, port)
    }
}

/// What is left when tasks have gone on.
pub(crate) enum Rest {
    /// There is more to do.
    Again,
    /// Nothing until the system has something to say, or this time has come.
    Until(Option<Instant>),
}

impl Loop {
    /// `end_batch` hands events over.
    ///
    /// # Errors
    /// The process is out of descriptors.
    pub(crate) fn new(end_batch: fn()) -> io::Result<Self> {
        let poll = Poll::new()?;
        let ready = Ready::new(Alarm::new(poll.registry(), ALARM)?);
        let tasks = Tasks::new(Arc::clone(&ready));
        let sockets = Sockets::new(poll.registry().try_clone()?);
        let host = OnLoop { tasks: Rc::clone(&tasks), sockets: Rc::clone(&sockets) };
        let reactor = Reactor::new(Box::new(host), end_batch);
        let events = Events::with_capacity(limits::EVENTS_PER_LOOK);
        Ok(Self { reactor, ready, tasks, sockets, poll: RefCell::new((poll, events)), more: Cell::new(false) })
    }

    pub(crate) fn reactor(&self) -> &Rc<Reactor> {
        &self.reactor
    }

    /// Begins to tell `called` who has decoding to go on with.
    pub(crate) fn serve(&self, called: &Rc<dyn Called>) {
        drop(self.reactor.spawn(backlog::work_off(Rc::clone(&self.reactor), Rc::clone(called))));
    }

    /// Looks at sockets and times, waits for them if there is nothing else to do, and lets tasks go on.
    pub(super) fn turn(&self, called: &dyn Called) {
        if self.ready.is_empty() {
            self.reactor.pace.before_sleep();
        }
        let _ = self.look_for(called, if self.is_idle() { self.until_due() } else { Some(Duration::ZERO) });
    }

    /// Looks at sockets and times, and lets tasks go on. `true`: the system had something to say.
    #[cfg(unix)]
    pub(crate) fn turn_now(&self, called: &dyn Called) -> bool {
        self.look_for(called, Some(Duration::ZERO))
    }

    /// It runs: from now on nobody has to wake it.
    #[cfg(unix)]
    pub(crate) fn rise(&self) {
        self.ready.rise();
    }

    /// Lets tasks go on.
    #[cfg(unix)]
    pub(crate) fn go_on(&self) {
        self.tasks.run(limits::TASKS_PER_TURN);
    }

    /// Hands events over. Who is told to wait does so on [`Loop::descriptor`].
    #[cfg(unix)]
    pub(crate) fn rest(&self) -> Rest {
        self.reactor.pace.before_sleep();
        if self.is_idle() { Rest::Until(self.next_due()) } else { Rest::Again }
    }

    /// Makes [`Loop::descriptor`] readable.
    #[cfg(unix)]
    pub(crate) fn ring(&self) {
        self.ready.ring();
    }

    /// Readable as long as the system has something to say.
    #[cfg(unix)]
    pub(crate) fn descriptor(&self) -> std::os::fd::RawFd {
        use std::os::fd::AsRawFd;
        self.poll.borrow().0.as_raw_fd()
    }

    /// Since the last call a connection was begun, or many bytes have gone through sockets: nothing to be done between two
    /// pieces of JavaScript.
    #[cfg(unix)]
    pub(crate) fn take_strain(&self) -> bool {
        self.sockets.take_counts().is_much()
    }

    /// Drops all that runs.
    #[cfg(unix)]
    pub(crate) fn clear(&self) {
        self.tasks.clear();
    }

    fn look_for(&self, called: &dyn Called, wait: Option<Duration>) -> bool {
        let told = self.look(wait);
        self.tasks.looked(self.reactor.now());
        self.reactor.fire(called);
        self.tasks.run(limits::TASKS_PER_TURN);
        told
    }

    /// Nothing to do before the system says something: from now on it has to be woken.
    fn is_idle(&self) -> bool {
        self.ready.fall_asleep() && !self.tasks.wants_look() && !self.more.get()
    }

    fn next_due(&self) -> Option<Instant> {
        [self.reactor.timers.next(), self.tasks.next_pause()].into_iter().flatten().min()
    }

    /// Time until something is due; `None`: nothing will be.
    fn until_due(&self) -> Option<Duration> {
        Some(self.next_due()?.saturating_duration_since(self.reactor.now()))
    }

    /// Hears what the system says of sockets, if anything.
    fn look(&self, wait: Option<Duration>) -> bool {
        let mut poll = self.poll.borrow_mut();
        let (poll, events) = &mut *poll;
        // Interrupted or not, what has come has come.
        if poll.poll(events, wait).is_err() {
            events.clear();
        }
        self.ready.rise();
        let mut count = 0;
        for event in &*events {
            count += 1;
            if event.token() == ALARM {
                self.ready.heard();
            } else {
                self.sockets.tell(event);
            }
        }
        self.more.set(count == limits::EVENTS_PER_LOOK);
        count > 0
    }
}
