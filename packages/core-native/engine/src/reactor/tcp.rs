//! Sockets of the system: what it says of them, and TCP connections.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use mio::event::{Event, Source};
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, SockRef, TcpKeepalive, Type};

use super::{Socket, SocketOptions};
use crate::limits;

/// The sockets of one loop.
pub(super) struct Sockets {
    registry: Registry,
    places: RefCell<Vec<Option<Rc<Readiness>>>>,
    free: RefCell<Vec<usize>>,
    counts: Cell<Counts>,
}

/// What has gone through sockets since somebody asked.
#[derive(Default, Clone, Copy)]
pub(super) struct Counts {
    read: usize,
    written: usize,
    /// Connections begun.
    begun: usize,
}

impl Counts {
    /// Whether it was more than should be done between two pieces of JavaScript.
    #[cfg(unix)]
    pub(super) fn is_much(self) -> bool {
        self.begun > 0 || self.read > limits::BYTES_HERE || self.written > limits::BYTES_SENT_HERE
    }
}

/// What the system has said of a socket, once for each change.
#[derive(Default)]
struct Readiness {
    reads: Side,
    writes: Side,
}

#[derive(Default)]
struct Side {
    ready: Cell<bool>,
    /// The peer has ended, so a read that brings less than it could says nothing of the next one.
    ended: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Side {
    fn is_ready(&self, ended: bool) {
        self.ready.set(true);
        if ended {
            self.ended.set(true);
        }
        if let Some(waker) = &*self.waker.borrow() {
            waker.wake_by_ref();
        }
    }

    /// Does what would block unless the side is ready; `wanted` bytes at most.
    fn poll(
        &self,
        context: &Context<'_>,
        wanted: usize,
        mut action: impl FnMut() -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        while self.ready.get() {
            match action() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.ready.set(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(count) => {
                    // There was no more, or no more room: the system tells when that changes. Saves asking once more.
                    if cfg!(unix) && 0 < count && count < wanted && !self.ended.get() {
                        self.ready.set(false);
                    }
                    return Poll::Ready(Ok(count));
                }
                failed @ Err(_) => return Poll::Ready(failed),
            }
        }
        let mut waker = self.waker.borrow_mut();
        if waker.as_ref().is_none_or(|known| !known.will_wake(context.waker())) {
            *waker = Some(context.waker().clone());
        }
        Poll::Pending
    }
}

impl Sockets {
    pub(super) fn new(registry: Registry) -> Rc<Self> {
        Rc::new(Self { registry, places: RefCell::default(), free: RefCell::default(), counts: Cell::default() })
    }

    /// The system has something to say of a socket. One that is gone may still be meant: who has its place now only asks
    /// in vain.
    pub(super) fn tell(&self, event: &Event) {
        let socket = self.places.borrow().get(event.token().0).cloned().flatten();
        let Some(socket) = socket else { return };
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            socket.reads.is_ready(event.is_read_closed() || event.is_error());
        }
        if event.is_writable() || event.is_write_closed() || event.is_error() {
            socket.writes.is_ready(event.is_write_closed() || event.is_error());
        }
    }

    #[cfg(unix)]
    pub(super) fn take_counts(&self) -> Counts {
        self.counts.take()
    }

    fn count(&self, add: impl FnOnce(&mut Counts)) {
        let mut counts = self.counts.get();
        add(&mut counts);
        self.counts.set(counts);
    }

    pub(super) fn add<S: Source>(self: &Rc<Self>, mut source: S) -> io::Result<Registered<S>> {
        let readiness = Rc::<Readiness>::default();
        self.count(|counts| counts.begun += 1);
        let place = self.free.borrow_mut().pop();
        let place = {
            let mut places = self.places.borrow_mut();
            let place = place.unwrap_or(places.len());
            match places.get_mut(place) {
                Some(free) => *free = Some(Rc::clone(&readiness)),
                None => places.push(Some(Rc::clone(&readiness))),
            }
            place
        };
        let registered = self.registry.register(&mut source, Token(place), Interest::READABLE | Interest::WRITABLE);
        let socket = Registered { source, readiness, place, sockets: Rc::clone(self) };
        registered.map(|()| socket)
    }
}

/// A socket that the loop is told of.
pub(super) struct Registered<S: Source> {
    pub(super) source: S,
    readiness: Rc<Readiness>,
    place: usize,
    sockets: Rc<Sockets>,
}

impl<S: Source> Registered<S> {
    /// Does `action` when there is something to read; see [`Side::poll`].
    pub(super) fn poll_read_side(
        &self,
        context: &Context<'_>,
        wanted: usize,
        action: impl FnMut() -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let done = self.readiness.reads.poll(context, wanted, action);
        if let Poll::Ready(Ok(bytes)) = done {
            self.sockets.count(|counts| counts.read = counts.read.saturating_add(bytes));
        }
        done
    }

    /// Does `action` when there is room to write.
    pub(super) fn poll_write_side(
        &self,
        context: &Context<'_>,
        wanted: usize,
        action: impl FnMut() -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let done = self.readiness.writes.poll(context, wanted, action);
        if let Poll::Ready(Ok(bytes)) = done {
            self.sockets.count(|counts| counts.written = counts.written.saturating_add(bytes));
        }
        done
    }
}

impl<S: Source> Drop for Registered<S> {
    fn drop(&mut self) {
        let _ = self.sockets.registry.deregister(&mut self.source);
        if let Some(place) = self.sockets.places.borrow_mut().get_mut(self.place) {
            *place = None;
        }
        self.sockets.free.borrow_mut().push(self.place);
    }
}

/// Connects to `address`.
pub(super) async fn connect(
    sockets: Rc<Sockets>,
    address: SocketAddr,
    options: SocketOptions,
) -> io::Result<Box<dyn Socket>> {
    let socket = socket2::Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    if let Some(limit) = options.hop_limit {
        // Before the SYN, which shows it. A system that does not let us keeps its own: the request is none the worse.
        let _ =
            if address.is_ipv4() { socket.set_ttl_v4(limit.into()) } else { socket.set_unicast_hops_v6(limit.into()) };
    }
    if let Some(local) = options.local {
        socket.bind(&SocketAddr::new(local, 0).into())?;
    }
    match socket.connect(&address.into()) {
        Err(error) if !is_under_way(&error) => return Err(error),
        _ => {}
    }
    let socket = sockets.add(TcpStream::from_std(socket.into()))?;
    // Whether it is open is the first thing that the system says.
    poll_fn(|context| socket.readiness.writes.poll(context, 0, || Ok(0))).await?;
    if let Some(error) = socket.source.take_error()? {
        return Err(error);
    }
    socket.source.set_nodelay(true)?;
    // A peer that vanishes without a word is noticed while the connection idles in the pool.
    let keepalive = TcpKeepalive::new().with_time(limits::TCP_KEEPALIVE).with_interval(limits::TCP_KEEPALIVE);
    SockRef::from(&socket.source).set_tcp_keepalive(&keepalive)?;
    Ok(Box::new(socket))
}

#[cfg(unix)]
fn is_under_way(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EINPROGRESS)
}

#[cfg(not(unix))]
fn is_under_way(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}

impl Socket for Registered<TcpStream> {
    fn addresses(&self) -> io::Result<(SocketAddr, SocketAddr)> {
        Ok((self.source.peer_addr()?, self.source.local_addr()?))
    }

    fn poll_read(&mut self, context: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let wanted = buffer.len();
        self.poll_read_side(context, wanted, || {
            crate::fault::count(crate::fault::Count::Read);
            (&self.source).read(buffer)
        })
    }

    fn read_now(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        crate::fault::count(crate::fault::Count::Read);
        (&*SockRef::from(&self.source)).read(buffer)
    }

    fn poll_write(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_side(context, bytes.len(), || (&self.source).write(bytes))
    }

    fn poll_shutdown(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.source.shutdown(Shutdown::Write))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_streamed_body_of_one_exchange_is_not_much_but_what_is_read_or_begun_is() {
        let waiting = limits::UPLOAD_QUEUE_HIGH + limits::WRITE_BUFFER_HIGH;
        assert!(!Counts { written: waiting, read: limits::BYTES_HERE, begun: 0 }.is_much());
        assert!(Counts { written: waiting + 1, ..Counts::default() }.is_much());
        assert!(Counts { read: limits::BYTES_HERE + 1, ..Counts::default() }.is_much());
        assert!(Counts { begun: 1, ..Counts::default() }.is_much());
    }
}
