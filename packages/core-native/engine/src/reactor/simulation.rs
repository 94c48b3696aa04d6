//! A loop in simulated time, for tests: it never waits, its clock jumps to what is due next, and its sockets are memory.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use super::{Called, Connecting, Host, Reactor, Socket, SocketOptions, Stop, Task, backlog};

/// Tasks, clock and sockets of a test.
pub(crate) struct Simulation {
    pub(crate) reactor: Rc<Reactor>,
    inner: Rc<Inner>,
}

struct Inner {
    now: Cell<Instant>,
    next_task: Cell<u64>,
    tasks: RefCell<BTreeMap<u64, Option<Task>>>,
    ready: Arc<Ready>,
    /// What ends at a time, in order.
    pauses: RefCell<BTreeMap<(Instant, u64), Waker>>,
    /// The other ends of sockets that were opened.
    accepted: RefCell<VecDeque<MemorySocket>>,
}

#[derive(Default)]
struct Ready(Mutex<VecDeque<u64>>);

impl Ready {
    fn push(&self, task: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(task);
    }

    fn pop(&self) -> Option<u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

struct TaskWaker(u64, Arc<Ready>);

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.1.push(self.0);
    }
}

struct SimulatedHost(Rc<Inner>);

impl Host for SimulatedHost {
    fn now(&self) -> Instant {
        self.0.now.get()
    }

    fn spawn(&self, task: Task) -> Stop {
        let id = self.0.next_task.get();
        self.0.next_task.set(id + 1);
        self.0.tasks.borrow_mut().insert(id, Some(task));
        self.0.ready.push(id);
        let inner = Rc::downgrade(&self.0);
        Stop::new(move || {
            let task = inner.upgrade().and_then(|inner| inner.tasks.borrow_mut().remove(&id));
            drop(task);
        })
    }

    fn look_around(&self) -> Task {
        self.pause(Duration::ZERO)
    }

    fn pause(&self, pause: Duration) -> Task {
        let inner = Rc::clone(&self.0);
        let id = inner.next_task.get();
        inner.next_task.set(id + 1);
        let at = inner.now.get() + pause;
        let mut begun = false;
        Box::pin(poll_fn(move |context| {
            if begun && inner.now.get() >= at {
                inner.pauses.borrow_mut().remove(&(at, id));
                return Poll::Ready(());
            }
            begun = true;
            inner.pauses.borrow_mut().insert((at, id), context.waker().clone());
            Poll::Pending
        }))
    }

    fn work(&self, work: Box<dyn FnOnce() + Send>) {
        work();
    }

    fn connect(&self, address: SocketAddr, _: SocketOptions) -> Connecting {
        let (ours, theirs) = MemorySocket::pair(address);
        self.0.accepted.borrow_mut().push_back(theirs);
        Box::pin(async move { Ok(Box::new(ours) as Box<dyn Socket>) })
    }

    fn datagrams(&self, address: SocketAddr, _: u16) -> io::Result<Box<dyn Socket>> {
        let (ours, theirs) = MemorySocket::pair(address);
        self.0.accepted.borrow_mut().push_back(theirs);
        Ok(Box::new(ours))
    }
}

/// Tasks lead to the loop that they run on, so a loop with tasks would stay: 100 kB for each schedule of a model.
impl Drop for Simulation {
    fn drop(&mut self) {
        let tasks = std::mem::take(&mut *self.inner.tasks.borrow_mut());
        drop(tasks);
    }
}

impl Simulation {
    pub(crate) fn new() -> Self {
        let inner = Rc::new(Inner {
            now: Cell::new(Instant::now()),
            next_task: Cell::new(0),
            tasks: RefCell::default(),
            ready: Arc::default(),
            pauses: RefCell::default(),
            accepted: RefCell::default(),
        });
        let reactor = Reactor::new(Box::new(SimulatedHost(Rc::clone(&inner))), || {});
        Self { reactor, inner }
    }

    /// Says who is called when something is due.
    pub(crate) fn serve(&self, called: &Rc<dyn Called>) {
        drop(self.reactor.spawn(backlog::work_off(Rc::clone(&self.reactor), Rc::clone(called))));
    }

    /// The peer's end of the socket that was opened first of those not asked for yet.
    pub(crate) fn accept(&self) -> Option<MemorySocket> {
        self.inner.accepted.borrow_mut().pop_front()
    }

    /// Runs what can run now.
    pub(crate) fn settle(&self) {
        while let Some(id) = self.inner.ready.pop() {
            let task = self.inner.tasks.borrow_mut().get_mut(&id).and_then(Option::take);
            let Some(mut task) = task else { continue };
            let waker = Waker::from(Arc::new(TaskWaker(id, Arc::clone(&self.inner.ready))));
            let ended = task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
            let mut tasks = self.inner.tasks.borrow_mut();
            if ended {
                tasks.remove(&id);
            } else if let Some(place) = tasks.get_mut(&id) {
                *place = Some(task);
            }
        }
    }

    /// Lets time pass, and whatever is due in it happen in order.
    pub(crate) fn advance(&self, time: Duration, called: &dyn Called) {
        let end = self.inner.now.get() + time;
        self.settle();
        loop {
            let pause = self.inner.pauses.borrow().first_key_value().map(|((at, _), _)| *at);
            let timer = self.reactor.timers.next();
            let Some(at) = [pause, timer].into_iter().flatten().min().filter(|at| *at <= end) else { break };
            self.inner.now.set(at.max(self.inner.now.get()));
            self.reactor.fire(called);
            let due: Vec<_> = {
                let mut pauses = self.inner.pauses.borrow_mut();
                let later = pauses.split_off(&(self.inner.now.get(), u64::MAX));
                std::mem::replace(&mut *pauses, later).into_values().collect()
            };
            due.into_iter().for_each(Waker::wake);
            self.settle();
        }
        self.inner.now.set(end);
        self.settle();
    }
}

/// Bytes that one direction holds, as a socket of the kernel holds some.
const ROOM: usize = 256 * 1024;

/// One direction.
#[derive(Default)]
struct Pipe {
    bytes: VecDeque<u8>,
    ended: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// One end of a stream in memory.
pub(crate) struct MemorySocket {
    peer: SocketAddr,
    input: Rc<RefCell<Pipe>>,
    output: Rc<RefCell<Pipe>>,
}

impl MemorySocket {
    fn pair(peer: SocketAddr) -> (Self, Self) {
        let (up, down) = (Rc::new(RefCell::new(Pipe::default())), Rc::new(RefCell::new(Pipe::default())));
        let ours = Self { peer, input: Rc::clone(&down), output: Rc::clone(&up) };
        (ours, Self { peer, input: up, output: down })
    }

    /// What has come.
    pub(crate) fn take(&self) -> Vec<u8> {
        let mut pipe = self.input.borrow_mut();
        let bytes = pipe.bytes.drain(..).collect();
        if let Some(writer) = pipe.writer.take() {
            writer.wake();
        }
        bytes
    }

    pub(crate) fn give(&self, bytes: &[u8]) {
        let mut pipe = self.output.borrow_mut();
        pipe.bytes.extend(bytes);
        if let Some(reader) = pipe.reader.take() {
            reader.wake();
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.input.borrow().ended
    }
}

impl Pipe {
    fn end(&mut self) {
        self.ended = true;
        for waker in [self.reader.take(), self.writer.take()].into_iter().flatten() {
            waker.wake();
        }
    }
}

impl Drop for MemorySocket {
    fn drop(&mut self) {
        self.input.borrow_mut().end();
        self.output.borrow_mut().end();
    }
}

impl Socket for MemorySocket {
    fn addresses(&self) -> io::Result<(SocketAddr, SocketAddr)> {
        Ok((self.peer, SocketAddr::from(([127, 0, 0, 1], 1))))
    }

    fn poll_read(&mut self, context: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        match self.read_now(buffer) {
            Err(_) => {
                self.input.borrow_mut().reader = Some(context.waker().clone());
                Poll::Pending
            }
            read => Poll::Ready(read),
        }
    }

    fn read_now(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut pipe = self.input.borrow_mut();
        if pipe.bytes.is_empty() && !pipe.ended {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let count = io::Read::read(&mut pipe.bytes, buffer)?;
        if let Some(writer) = pipe.writer.take() {
            writer.wake();
        }
        Ok(count)
    }

    fn poll_write(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut pipe = self.output.borrow_mut();
        if pipe.ended {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if pipe.bytes.len() >= ROOM {
            pipe.writer = Some(context.waker().clone());
            return Poll::Pending;
        }
        let count = bytes.len().min(ROOM - pipe.bytes.len());
        pipe.bytes.extend(bytes.get(..count).unwrap_or_default());
        if let Some(reader) = pipe.reader.take() {
            reader.wake();
        }
        Poll::Ready(Ok(count))
    }

    fn poll_shutdown(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.output.borrow_mut().end();
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reactor::Owner;

    /// Notes whom it was called for.
    #[derive(Default)]
    struct Notes(RefCell<Vec<u64>>);

    impl Called for Notes {
        fn due(&self, owner: Owner, _: Instant) {
            let (Owner::Exchange(number) | Owner::Pool(number)) = owner;
            self.0.borrow_mut().push(number);
        }

        fn resume(&self, exchange: u64) {
            self.0.borrow_mut().push(exchange);
        }
    }

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn time_passes_in_order_and_takes_none() {
        let simulation = Simulation::new();
        let notes = Notes::default();
        let (reactor, told) = (&simulation.reactor, Rc::new(RefCell::new(Vec::new())));
        for hours in [3_u32, 1, 2] {
            let (own, told) = (Rc::clone(reactor), Rc::clone(&told));
            drop(reactor.spawn(async move {
                own.pause(HOUR * hours).await;
                told.borrow_mut().push(hours);
            }));
            reactor.timers.arm(reactor.now() + HOUR * hours, Owner::Pool(hours.into()));
        }
        simulation.advance(HOUR * 2, &notes);
        assert_eq!((&*told.borrow(), &*notes.0.borrow()), (&vec![1, 2], &vec![1, 2]));
        simulation.advance(HOUR, &notes);
        assert_eq!((&*told.borrow(), &*notes.0.borrow()), (&vec![1, 2, 3], &vec![1, 2, 3]));
    }

    #[test]
    fn a_task_that_is_stopped_lets_go_of_what_it_holds() {
        let simulation = Simulation::new();
        let held = Rc::new(());
        let (reactor, own) = (Rc::clone(&simulation.reactor), Rc::clone(&held));
        let task = simulation.reactor.spawn(async move {
            reactor.pause(HOUR).await;
            drop(own);
        });
        simulation.settle();
        assert_eq!(Rc::strong_count(&held), 2);
        task.now();
        assert_eq!(Rc::strong_count(&held), 1);
    }

    #[test]
    fn what_is_postponed_goes_on_in_another_turn() {
        let simulation = Simulation::new();
        let notes = Rc::new(Notes::default());
        let called: Rc<dyn Called> = Rc::clone(&notes) as _;
        simulation.serve(&called);
        simulation.settle();
        simulation.reactor.spend(u64::MAX);
        assert!(!simulation.reactor.may_decode());
        simulation.reactor.postpone(7);
        assert!(notes.0.borrow().is_empty());
        simulation.advance(Duration::ZERO, &*notes);
        assert_eq!(*notes.0.borrow(), [7]);
        assert!(simulation.reactor.may_decode());
    }

    #[test]
    fn sockets_carry_bytes_both_ways_and_end() {
        let simulation = Simulation::new();
        let read = Rc::new(RefCell::new(Vec::new()));
        let (reactor, told) = (Rc::clone(&simulation.reactor), Rc::clone(&read));
        drop(simulation.reactor.spawn(async move {
            let address = SocketAddr::from(([10, 0, 0, 1], 443));
            let Ok(mut socket) = reactor.connect(address, SocketOptions::default()).await else { return };
            let mut buffer = [0; 3];
            let _ = poll_fn(|context| socket.poll_write(context, b"ping")).await;
            loop {
                match poll_fn(|context| socket.poll_read(context, &mut buffer)).await {
                    Ok(0) | Err(_) => break,
                    Ok(count) => told.borrow_mut().extend_from_slice(buffer.get(..count).unwrap_or_default()),
                }
            }
        }));
        simulation.settle();
        let peer = simulation.accept();
        assert_eq!(peer.as_ref().map(MemorySocket::take), Some(b"ping".to_vec()));
        if let Some(peer) = &peer {
            peer.give(b"pong");
        }
        simulation.settle();
        assert_eq!(*read.borrow(), b"pong");
        assert!(peer.as_ref().is_some_and(|peer| !peer.has_ended()));
        drop(peer);
        simulation.settle();
        assert!(simulation.inner.tasks.borrow().is_empty(), "the task has seen the end");
    }
}
