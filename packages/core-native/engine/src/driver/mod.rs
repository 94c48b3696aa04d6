//! One task per connection: moves bytes between the socket, TLS and the protocol state machine.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use crate::error::Error;
use crate::exchange::Exchange;
use crate::limits;
use crate::phase::Phase;
use crate::pool::Origin;
use crate::response::{ConnectionInfo, HttpVersion};

mod early;
mod hold;
mod http1;
mod http2;
pub(crate) mod link;
mod sharing;
mod stored;

pub(crate) use early::{EarlyStart, Joined};
use http1::Http1;
use http2::Http2;
pub(crate) use link::Link;
use link::Read;

/// A connection of the pool.
pub(crate) struct Connection {
    pub(crate) info: Arc<ConnectionInfo>,
    /// Opened for one exchange with `new_connection`: never pooled.
    pub(crate) exclusive: bool,
    /// Opened for a request without credentials.
    pub(crate) anonymous: bool,
    /// [`crate::profile::TlsPolicy::close_notify`].
    close_notify: bool,
    /// The origin that it was opened for, and behind it the others that it serves.
    origins: RefCell<Vec<Weak<Origin>>>,
    link: RefCell<Link>,
    protocol: Protocol,
    waker: RefCell<Option<Waker>>,
    /// Exchanges whose requests left before the handshake was complete, until they begin.
    early: RefCell<Vec<u64>>,
    /// Exchanges that wait here for their callers' word. Over HTTP/1.1 the connection is kept for the one.
    held: RefCell<HashSet<u64>>,
    /// Exchanges started so far.
    served: Cell<u64>,
    idle_since: Cell<Option<Instant>>,
    closing: Cell<bool>,
    /// Takes no further exchange.
    retired: Cell<bool>,
    /// Serves no host but the one that it was opened for.
    refuses_guests: Cell<bool>,
    /// The socket takes no more for now.
    blocked: Cell<bool>,
    /// The task is running: what it causes to itself needs no wake-up.
    in_turn: Cell<bool>,
}

enum Protocol {
    Http1(Http1),
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

impl Connection {
    /// Takes over an established link and starts its task. What went as early data is on the link already.
    pub(crate) fn start(
        origin: &Rc<Origin>,
        link: Link,
        info: ConnectionInfo,
        exclusive: bool,
        early: Option<EarlyStart>,
        anonymous: bool,
    ) -> Rc<Self> {
        let profile = origin.profile();
        let early_ids = early.iter().flat_map(|early| early.exchanges.iter().map(|exchange| exchange.id)).collect();
        let protocol = match (early, info.version) {
            (Some(early), _) => early.protocol,
            (None, HttpVersion::Http2) => Protocol::Http2(Box::new(Http2::new(&profile.http2))),
            (None, HttpVersion::Http10 | HttpVersion::Http11) => {
                Protocol::Http1(Http1::new(Arc::clone(&profile.http1)))
            }
        };
        let connection = Rc::new(Self {
            info: Arc::new(info),
            exclusive,
            anonymous,
            close_notify: profile.tls.close_notify,
            origins: RefCell::new(vec![Rc::downgrade(origin)]),
            link: RefCell::new(link),
            protocol,
            waker: RefCell::new(None),
            early: RefCell::new(early_ids),
            held: RefCell::default(),
            served: Cell::new(0),
            idle_since: Cell::new(Some(Instant::now())),
            closing: Cell::new(false),
            retired: Cell::new(false),
            refuses_guests: Cell::new(false),
            blocked: Cell::new(false),
            in_turn: Cell::new(false),
        });
        tokio::task::spawn_local(drive(Rc::clone(&connection)));
        connection
    }

    pub(crate) fn is_http2(&self) -> bool {
        matches!(self.protocol, Protocol::Http2(_))
    }

    /// Whether WebSockets may share it (RFC 8441); `None` while the peer has not said so.
    pub(crate) fn allows_web_sockets(&self) -> Option<bool> {
        match &self.protocol {
            Protocol::Http1(_) => Some(false),
            Protocol::Http2(http2) => http2.allows_web_sockets(),
        }
    }

    /// Whether another exchange may start now.
    pub(crate) fn can_start(&self) -> bool {
        !self.closing.get()
            && !self.retired.get()
            && match &self.protocol {
                Protocol::Http1(http1) => http1.is_free() && self.held.borrow().is_empty(),
                Protocol::Http2(http2) => http2.can_open(),
            }
    }

    /// Whether it will never take another exchange.
    pub(crate) fn is_finished(&self) -> bool {
        self.closing.get()
            || self.retired.get()
            || match &self.protocol {
                Protocol::Http1(_) => false,
                Protocol::Http2(http2) => http2.is_draining(),
            }
    }

    pub(crate) fn idle_since(&self) -> Option<Instant> {
        self.idle_since.get()
    }

    /// Whether the request of `exchange` is on this connection before `begin`.
    pub(crate) fn has_early(&self, exchange: &Rc<Exchange>) -> bool {
        self.early.borrow().contains(&exchange.id)
    }

    /// Early requests whose exchanges have ended before `begin`: their responses are for nobody.
    pub(crate) fn drop_early(self: &Rc<Self>) {
        for id in self.early.take() {
            match &self.protocol {
                Protocol::Http1(_) => self.close(),
                Protocol::Http2(http2) => http2.forget(id, false, 0),
            }
            self.wake();
        }
    }

    /// Starts an exchange; `can_start` must hold, or the request is an early one. A head that cannot be sent fails the
    /// exchange only.
    pub(crate) fn begin(self: &Rc<Self>, exchange: &Rc<Exchange>) {
        let reused = self.served.get() > 0;
        // It has been open for a while, used or not: it may be dead, or hold what nobody asked for.
        let waited = self.waker.borrow().is_some();
        if exchange.wants_hold(self) {
            return self.hold(exchange, reused);
        }
        self.served.set(self.served.get() + 1);
        self.idle_since.set(None);
        exchange.acquired(self, reused);
        if exchange.request.web_socket && !self.is_http2() && !self.exclusive {
            // It will be a tunnel: no other exchange, and not one of the connections that the pool may open.
            self.retire();
        }
        let begun = match &self.protocol {
            _ if self.has_early(exchange) => {
                self.early.borrow_mut().retain(|id| *id != exchange.id);
                exchange.sent_early(self.info.tls.as_ref().is_some_and(|tls| tls.early_data));
                Ok(())
            }
            Protocol::Http1(http1) => http1.begin(exchange, waited),
            Protocol::Http2(http2) => http2.begin(exchange, waited),
        };
        self.wake();
        if let Err(error) = begun {
            exchange.not_begun(error);
            // One that has gone elsewhere does not come back to say that it has left.
            if self.is_idle() && self.idle_since.get().is_none() {
                self.after_exchange();
            }
        }
    }

    /// The reader took `bytes` of undecoded body.
    pub(crate) fn consumed(&self, id: u64, bytes: usize) {
        if let Protocol::Http2(http2) = &self.protocol {
            http2.consumed(id, bytes);
        }
        self.wake();
    }

    /// The caller gave more of its body, or ended it.
    pub(crate) fn upload_ready(&self, exchange: &Rc<Exchange>) {
        if let Protocol::Http2(http2) = &self.protocol {
            http2.upload_ready(exchange);
        }
        self.wake();
    }

    /// The exchange has ended. `complete`: both bodies went through; `held` undecoded bytes were never read.
    pub(crate) fn forget(self: &Rc<Self>, exchange: &Rc<Exchange>, complete: bool, held: usize) {
        let keep = match &self.protocol {
            // A request behind one that waits for the socket could not be told from it.
            Protocol::Http1(http1) => http1.forget(exchange, complete) && !self.blocked.get(),
            Protocol::Http2(http2) => {
                http2.forget(exchange.id, complete, held);
                true
            }
        };
        if !keep || self.exclusive {
            return self.close();
        }
        self.after_exchange();
        self.wake();
    }

    /// Whether no exchange is on it, nor waits for it.
    fn is_idle(&self) -> bool {
        let nothing_runs = match &self.protocol {
            Protocol::Http1(http1) => http1.is_free(),
            Protocol::Http2(http2) => http2.is_idle(),
        };
        nothing_runs && self.held.borrow().is_empty()
    }

    fn after_exchange(self: &Rc<Self>) {
        let idle = self.is_idle();
        if idle && self.is_finished() {
            return self.close();
        }
        if idle {
            self.idle_since.set(Some(Instant::now()));
        }
        self.each_origin(|origin| origin.connection_freed(self));
    }

    /// Ends the connection: what may still be written is written, nothing more is read.
    pub(crate) fn close(self: &Rc<Self>) {
        if self.closing.replace(true) {
            return;
        }
        self.each_origin(|origin| origin.connection_gone(self));
        self.wake();
    }

    /// Gives memory back while nothing runs.
    pub(crate) fn release_buffers(&self) {
        self.link.borrow_mut().release_buffers();
    }

    /// Closes the idle connections of the same origins.
    pub(crate) fn close_idle_siblings(&self) {
        self.each_origin(|origin| origin.close_idle());
    }

    fn wake(&self) {
        if self.in_turn.get() {
            return;
        }
        if let Some(waker) = self.waker.borrow().as_ref() {
            waker.wake_by_ref();
        }
    }

    // ---- the task --------------------------------------------------------------------------------------------

    fn poll(self: &Rc<Self>, context: &mut Context<'_>) -> Poll<()> {
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
        crate::runtime::turn_ended();
        match turn {
            Turn::Wait | Turn::Full => Poll::Pending,
            Turn::Again => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Turn::Close => Poll::Ready(()),
        }
    }

    fn turn(self: &Rc<Self>, context: &mut Context<'_>) -> Turn {
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
        if turn == Turn::Full && self.wants_read() {
            turn = Turn::Again;
        }
        turn
    }

    fn wants_read(&self) -> bool {
        match &self.protocol {
            Protocol::Http1(http1) => http1.wants_read(),
            Protocol::Http2(_) => true,
        }
    }

    fn exchange_bytes(self: &Rc<Self>, context: &mut Context<'_>) -> Turn {
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
    fn write_failed(self: &Rc<Self>, context: &mut Context<'_>, error: &Error) -> Turn {
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
    fn receive(self: &Rc<Self>) -> Result<(), ()> {
        match &self.protocol {
            Protocol::Http1(http1) => http1.receive(self),
            Protocol::Http2(http2) => http2.receive(self),
        }
    }

    fn end_of_input(self: &Rc<Self>, clean: bool) {
        self.closing_for_input();
        match &self.protocol {
            Protocol::Http1(http1) => http1.end_of_input(self, clean),
            Protocol::Http2(http2) => http2.end_of_input(self),
        }
    }

    fn fail(self: &Rc<Self>, error: &Error) {
        self.closing_for_input();
        match &self.protocol {
            Protocol::Http1(http1) => http1.fail(error),
            Protocol::Http2(http2) => http2.fail(error),
        }
    }

    /// Takes the connection out of the pool before its exchanges are told, so that a replay cannot land on it.
    fn closing_for_input(self: &Rc<Self>) {
        self.close();
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
    fn write(self: &Rc<Self>, context: &mut Context<'_>) -> Result<(), Error> {
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
    fn say_goodbye(self: &Rc<Self>, context: &mut Context<'_>) -> Turn {
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
    fn abandon(self: &Rc<Self>, error: &Error) {
        self.close();
        match &self.protocol {
            Protocol::Http1(http1) => http1.fail(error),
            Protocol::Http2(http2) => http2.fail(error),
        }
    }
}

async fn drive(connection: Rc<Connection>) {
    let mut panicked = false;
    poll_fn(|context| {
        let turn = catch_unwind(AssertUnwindSafe(|| connection.poll(context)));
        turn.unwrap_or_else(|_| {
            panicked = true;
            Poll::Ready(())
        })
    })
    .await;
    let error = if panicked { Error::internal(Phase::Send) } else { Error::connection_closed(Phase::Send) };
    let _ = catch_unwind(AssertUnwindSafe(|| connection.abandon(&error)));
    // The socket closes here even if somebody still holds the connection.
    connection.link.borrow_mut().shut();
}
