//! One task per connection: moves bytes between the socket, TLS and the protocol state machine.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::error::Error;
use crate::limits;
use crate::link::{Link, Read};
use crate::phase::Phase;
use crate::profile::Profile;
use crate::reactor::Reactor;
use crate::response::{ConnectionInfo, HttpVersion};

mod carried;
mod early;
mod http1;
mod http2;
mod stored;

pub(crate) use carried::{Carried, Keeper, Proof, Refusal};
pub(crate) use early::EarlyStart;
use http1::Http1;
use http2::Http2;

/// A connection of whatever protocol. It knows what it carries and who keeps it only as far as [`Carried`] and [`Keeper`] say.
pub(crate) struct Carrier {
    pub(crate) info: Arc<ConnectionInfo>,
    reactor: Rc<Reactor>,
    keeper: RefCell<Option<Weak<dyn Keeper>>>,
    /// [`crate::profile::TlsPolicy::close_notify`].
    close_notify: bool,
    link: RefCell<Link>,
    protocol: Protocol,
    waker: RefCell<Option<Waker>>,
    closing: Cell<bool>,
    /// The socket takes no more for now.
    blocked: Cell<bool>,
    /// The task is running: what it causes to itself needs no wake-up.
    in_turn: Cell<bool>,
}

/// Who has waited when an exchange starts.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Waited {
    /// As [`Carrier::has_waited`] said: the connection has had time to die.
    pub(crate) connection: bool,
    /// The request, until there was a connection for it.
    pub(crate) request: bool,
}

enum Protocol {
    Http1(Box<Http1>),
    Http2(Box<Http2>),
}

/// What a turn of the driver leaves to do.
#[derive(Debug, PartialEq, Eq)]
enum Turn {
    /// Wait for the socket or for an order.
    Wait,
    /// Nothing was read because a reader is behind.
    Full,
    /// More work is ready; let others run first.
    Again,
    /// The connection is over.
    Close,
}

impl Carrier {
    /// Takes over an established link. What went as early data is on it already.
    pub(crate) fn new(
        reactor: &Rc<Reactor>,
        profile: &Profile,
        link: Link,
        info: ConnectionInfo,
        early: Option<EarlyStart>,
    ) -> Rc<Self> {
        let protocol = match (early, info.version) {
            (Some(early), _) => early.protocol,
            (None, HttpVersion::Http2) => Protocol::Http2(Box::new(Http2::new(&profile.http2, reactor))),
            (None, HttpVersion::Http10 | HttpVersion::Http11) => {
                Protocol::Http1(Box::new(Http1::new(Arc::clone(&profile.http1))))
            }
        };
        Rc::new(Self {
            info: Arc::new(info),
            reactor: Rc::clone(reactor),
            keeper: RefCell::default(),
            close_notify: profile.tls.close_notify,
            link: RefCell::new(link),
            protocol,
            waker: RefCell::new(None),
            closing: Cell::new(false),
            blocked: Cell::new(false),
            in_turn: Cell::new(false),
        })
    }

    /// Starts its task, which holds its keeper until it ends.
    pub(crate) fn start(self: &Rc<Self>, keeper: Rc<dyn Keeper>) {
        *self.keeper.borrow_mut() = Some(Rc::downgrade(&keeper));
        self.reactor.spawn(drive(Rc::clone(self), keeper));
    }

    fn tell(&self, action: impl FnOnce(&dyn Keeper)) {
        let keeper = self.keeper.borrow().as_ref().and_then(Weak::upgrade);
        if let Some(keeper) = keeper {
            action(&*keeper);
        }
    }

    pub(crate) fn is_http2(&self) -> bool {
        matches!(self.protocol, Protocol::Http2(_))
    }

    /// Whether its verified certificate names `host`.
    pub(crate) fn is_valid_for(&self, host: &str) -> bool {
        self.link.borrow().tls().is_some_and(|tls| tls.is_valid_for(host))
    }

    /// Whether WebSockets may share it (RFC 8441); `None` while the peer has not said so.
    pub(crate) fn allows_web_sockets(&self) -> Option<bool> {
        match &self.protocol {
            Protocol::Http1(_) => Some(false),
            Protocol::Http2(http2) => http2.allows_web_sockets(),
        }
    }

    /// Whether another exchange fits now.
    pub(crate) fn has_room(&self) -> bool {
        !self.closing.get()
            && match &self.protocol {
                Protocol::Http1(http1) => http1.is_free(),
                Protocol::Http2(http2) => http2.can_open(),
            }
    }

    /// Whether it will never take another exchange.
    pub(crate) fn is_finished(&self) -> bool {
        self.closing.get()
            || match &self.protocol {
                Protocol::Http1(_) => false,
                Protocol::Http2(http2) => http2.is_draining(),
            }
    }

    /// Whether no exchange is on it.
    pub(crate) fn is_idle(&self) -> bool {
        match &self.protocol {
            Protocol::Http1(http1) => http1.is_free(),
            Protocol::Http2(http2) => http2.is_idle(),
        }
    }

    /// Bytes of the longest answer over HTTP/1.1 that was read on it, head and body.
    pub(crate) fn largest_answer(&self) -> u64 {
        match &self.protocol {
            Protocol::Http1(http1) => http1.largest_answer(),
            Protocol::Http2(_) => 0,
        }
    }

    /// Whether it has been open for a while, used or not: it may be dead, or hold what nobody asked for.
    pub(crate) fn has_waited(&self) -> bool {
        self.waker.borrow().is_some()
    }

    /// Starts an exchange; there must be room.
    ///
    /// # Errors
    /// The head cannot be sent.
    pub(crate) fn begin(&self, exchange: &Rc<dyn Carried>, waited: Waited) -> Result<(), Error> {
        match &self.protocol {
            Protocol::Http1(http1) => http1.begin(exchange, waited.connection),
            Protocol::Http2(http2) => http2.begin(exchange, waited),
        }
    }

    /// An early request has ended before its exchange was given to the connection: its response is for nobody.
    pub(crate) fn drop_early(&self, id: u64) {
        match &self.protocol {
            Protocol::Http1(_) => self.close(),
            Protocol::Http2(http2) => http2.forget(id, false, 0),
        }
        self.wake();
    }

    /// The reader took `bytes` of undecoded body.
    pub(crate) fn consumed(&self, id: u64, bytes: usize) {
        if let Protocol::Http2(http2) = &self.protocol {
            http2.consumed(id, bytes);
        }
        self.wake();
    }

    /// The caller gave more of its body, or ended it.
    pub(crate) fn upload_ready(&self, exchange: &Rc<dyn Carried>) {
        if let Protocol::Http2(http2) = &self.protocol {
            http2.upload_ready(exchange);
        }
        self.wake();
    }

    /// The exchange has ended. `complete`: both bodies went through; `held` undecoded bytes were never read. `false`: the
    /// connection must not be used again.
    pub(crate) fn forget(&self, id: u64, complete: bool, held: usize) -> bool {
        match &self.protocol {
            // A request behind one that waits for the socket could not be told from it.
            Protocol::Http1(http1) => http1.forget(id, complete) && !self.blocked.get(),
            Protocol::Http2(http2) => {
                http2.forget(id, complete, held);
                true
            }
        }
    }

    /// Ends the connection: what may still be written is written, nothing more is read.
    pub(crate) fn close(&self) {
        if self.closing.replace(true) {
            return;
        }
        self.tell(|keeper| keeper.gone());
        self.wake();
    }

    /// Gives memory back while nothing runs.
    pub(crate) fn release_buffers(&self) {
        self.link.borrow_mut().release_buffers();
    }

    /// Lets the task have its turn.
    pub(crate) fn wake(&self) {
        if self.in_turn.get() {
            return;
        }
        if let Some(waker) = self.waker.borrow().as_ref() {
            waker.wake_by_ref();
        }
    }

    // ---- the task --------------------------------------------------------------------------------------------

    fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        {
            let mut waker = self.waker.borrow_mut();
            if waker.as_ref().is_none_or(|known| !known.will_wake(context.waker())) {
                *waker = Some(context.waker().clone());
            }
        }
        crate::fault::point(crate::fault::Point::Driver);
        self.in_turn.set(true);
        let turn = self.turn(context);
        self.in_turn.set(false);
        if let Protocol::Http2(http2) = &self.protocol
            && http2.takes_more()
        {
            self.tell(|keeper| keeper.freed());
        }
        self.reactor.turn_ended();
        match turn {
            Turn::Wait | Turn::Full => Poll::Pending,
            Turn::Again => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Turn::Close => Poll::Ready(()),
        }
    }

    fn turn(&self, context: &mut Context<'_>) -> Turn {
        if self.closing.get() {
            return self.say_goodbye(context);
        }
        let mut turn = self.exchange_bytes(context);
        match &self.protocol {
            Protocol::Http1(http1) => http1.settle(),
            Protocol::Http2(http2) => http2.settle(),
        }
        // What a reader took while settling may have opened windows: written in this turn, not the next.
        if turn != Turn::Close
            && !self.closing.get()
            && self.has_output()
            && let Err(error) = self.write(context)
        {
            return self.write_failed(context, &error);
        }
        if self.closing.get() && turn != Turn::Close {
            return self.say_goodbye(context);
        }
        // Who took over the connection while settling has been written to since, and is to be told.
        if turn == Turn::Full && self.wants_read() || turn != Turn::Close && self.has_news() {
            turn = Turn::Again;
        }
        turn
    }

    fn has_news(&self) -> bool {
        match &self.protocol {
            Protocol::Http1(http1) => http1.has_news(),
            Protocol::Http2(http2) => http2.has_news(),
        }
    }

    fn wants_read(&self) -> bool {
        match &self.protocol {
            Protocol::Http1(http1) => http1.wants_read(),
            Protocol::Http2(_) => true,
        }
    }

    fn exchange_bytes(&self, context: &mut Context<'_>) -> Turn {
        let read_first = match &self.protocol {
            Protocol::Http1(http1) => http1.wants_check(),
            Protocol::Http2(http2) => http2.wants_check(),
        };
        if !read_first && let Err(error) = self.write(context) {
            return self.write_failed(context, &error);
        }
        for _ in 0..limits::READS_PER_TURN {
            if !self.wants_read() {
                return Turn::Full;
            }
            let read = {
                let mut link = self.link.borrow_mut();
                if read_first { link.poll_read_now(context) } else { link.poll_read(context) }
            };
            let received = match read {
                Poll::Pending => {
                    if read_first {
                        return match self.write(context) {
                            Ok(()) => Turn::Wait,
                            Err(error) => self.write_failed(context, &error),
                        };
                    }
                    return Turn::Wait;
                }
                Poll::Ready(Ok(Read::Bytes)) => self.receive(),
                Poll::Ready(Ok(Read::End { clean })) => {
                    let _ = self.receive();
                    self.end_of_input(clean);
                    Err(())
                }
                Poll::Ready(Err(error)) => {
                    let _ = self.receive();
                    self.fail(&error);
                    Err(())
                }
            };
            if received.is_err() {
                // A GOAWAY or alert explains the end to the peer, if it still listens. Behind a full socket may wait a
                // request that the peer has not seen, and that is repeated elsewhere.
                if !self.blocked.get() {
                    let _ = self.write(context);
                }
                self.close();
                return Turn::Close;
            }
            if self.has_output()
                && let Err(error) = self.write(context)
            {
                return self.write_failed(context, &error);
            }
            if self.closing.get() {
                return Turn::Wait;
            }
        }
        Turn::Again
    }

    /// A peer that answers and closes makes our write fail while its answer waits in the receive buffer (FAULTS B06).
    fn write_failed(&self, context: &mut Context<'_>, error: &Error) -> Turn {
        for _ in 0..limits::READS_PER_TURN {
            let read = self.link.borrow_mut().poll_read(context);
            match read {
                Poll::Ready(Ok(Read::Bytes)) if self.receive().is_ok() => {}
                _ => break,
            }
        }
        self.fail(error);
        self.close();
        Turn::Close
    }

    /// Moves plaintext from the link to the protocol and its events to the exchanges.
    fn receive(&self) -> Result<(), ()> {
        let received = match &self.protocol {
            Protocol::Http1(http1) => http1.receive(self),
            Protocol::Http2(http2) => http2.receive(self),
        };
        self.link.borrow_mut().lend_input();
        received
    }

    fn end_of_input(&self, clean: bool) {
        // Out of the pool before its exchanges are told, so that a replay cannot land on it.
        self.close();
        match &self.protocol {
            Protocol::Http1(http1) => http1.end_of_input(clean),
            Protocol::Http2(http2) => http2.end_of_input(self),
        }
    }

    fn fail(&self, error: &Error) {
        // Out of the pool before its exchanges are told, so that a replay cannot land on it.
        self.close();
        match &self.protocol {
            Protocol::Http1(http1) => http1.fail(error),
            Protocol::Http2(http2) => http2.fail(error),
        }
    }

    fn has_output(&self) -> bool {
        if self.link.borrow().unsent() > 0 {
            return true;
        }
        match &self.protocol {
            Protocol::Http1(http1) => http1.has_output(),
            Protocol::Http2(http2) => http2.may_have_output(),
        }
    }

    /// Turns what the protocol has to say into records and hands them to the kernel in as few calls as possible.
    fn write(&self, context: &mut Context<'_>) -> Result<(), Error> {
        // What the socket did not take last time goes first: the buffer never grows behind a slow peer.
        if self.blocked.get() && !self.flush(context)? {
            return Ok(());
        }
        loop {
            let more = {
                let mut link = self.link.borrow_mut();
                match &self.protocol {
                    Protocol::Http1(http1) => http1.produce(&mut link)?,
                    Protocol::Http2(http2) => http2.produce(&mut link)?,
                }
            };
            if !self.flush(context)? || !more {
                return Ok(());
            }
        }
    }

    /// `true` if the kernel took everything.
    fn flush(&self, context: &mut Context<'_>) -> Result<bool, Error> {
        let (flushed, progress) = {
            let mut link = self.link.borrow_mut();
            (link.poll_flush(context), link.take_progress())
        };
        if progress {
            match &self.protocol {
                Protocol::Http1(http1) => http1.request_begun(),
                Protocol::Http2(http2) => http2.requests_begun(),
            }
        }
        self.blocked.set(flushed.is_pending());
        let Poll::Ready(result) = flushed else { return Ok(false) };
        result?;
        match &self.protocol {
            Protocol::Http1(http1) => http1.flushed(),
            Protocol::Http2(http2) => http2.flushed(),
        }
        Ok(true)
    }

    /// Writes the last frames and, where the browser does, TLS close_notify, as far as the socket takes them now. Nothing
    /// behind a full socket: what waits there belongs to exchanges that are over.
    fn say_goodbye(&self, context: &mut Context<'_>) -> Turn {
        if self.blocked.get() {
            return Turn::Close;
        }
        if let Protocol::Http2(http2) = &self.protocol {
            http2.say_goodbye();
        }
        let _ = self.write(context);
        let mut link = self.link.borrow_mut();
        if self.close_notify {
            link.close_notify();
        }
        let _ = link.poll_flush(context);
        Turn::Close
    }

    /// After the task: nobody may be left waiting.
    fn abandon(&self, error: &Error) {
        self.close();
        match &self.protocol {
            Protocol::Http1(http1) => http1.fail(error),
            Protocol::Http2(http2) => http2.fail(error),
        }
    }
}

async fn drive(carrier: Rc<Carrier>, keeper: Rc<dyn Keeper>) {
    let mut panicked = false;
    poll_fn(|context| {
        let turn = catch_unwind(AssertUnwindSafe(|| carrier.poll(context)));
        turn.unwrap_or_else(|_| {
            panicked = true;
            Poll::Ready(())
        })
    })
    .await;
    let error = if panicked { Error::internal(Phase::Send) } else { Error::connection_closed(Phase::Send) };
    let _ = catch_unwind(AssertUnwindSafe(|| carrier.abandon(&error)));
    // The socket closes here even if somebody still holds the connection.
    carrier.link.borrow_mut().shut();
    drop(keeper);
}
