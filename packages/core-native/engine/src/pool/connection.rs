//! What the pool thinks of a connection: whom it serves, who waits on it, whether it is used again.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::{Rc, Weak};
use std::time::Instant;

use super::decide::{self, Facts};
use super::{Origin, Passenger};
use crate::carrier::{Carrier, EarlyStart, Keeper, Waited};
use crate::certificates::ChainId;
use crate::link::Link;
use crate::reactor::Reactor;
use crate::response::ConnectionInfo;

pub(crate) struct Connection {
    pub(crate) carrier: Rc<Carrier>,
    reactor: Rc<Reactor>,
    own: Weak<Self>,
    /// Opened for one exchange with `new_connection`: never pooled.
    pub(crate) exclusive: bool,
    /// Opened for a request without credentials.
    pub(super) anonymous: bool,
    /// The origin that it was opened for, and behind it the others that it serves.
    pub(super) origins: RefCell<Vec<Weak<Origin>>>,
    /// Exchanges whose requests left before the handshake was complete, until they begin.
    early: RefCell<Vec<u64>>,
    /// Exchanges that wait here for their callers' word. Over HTTP/1.1 the connection is kept for the one.
    held: RefCell<HashSet<u64>>,
    /// Exchanges started so far.
    served: Cell<u64>,
    idle_since: Cell<Option<Instant>>,
    /// Takes no further exchange.
    pub(super) retired: Cell<bool>,
    /// Serves no host but the one that it was opened for.
    pub(super) refuses_guests: Cell<bool>,
}

impl Connection {
    /// Takes over an established link and starts its task. What went as early data is on the link already.
    pub(super) fn start(
        reactor: &Rc<Reactor>,
        origin: &Rc<Origin>,
        (link, info, early): (Link, ConnectionInfo, Option<EarlyStart>),
        exclusive: bool,
        anonymous: bool,
    ) -> Rc<Self> {
        let early_ids = early.as_ref().map(|early| early.requests.clone()).unwrap_or_default();
        let connection = Rc::new_cyclic(|own| Self {
            carrier: Carrier::new(reactor, origin.profile(), link, info, early),
            reactor: Rc::clone(reactor),
            own: own.clone(),
            exclusive,
            anonymous,
            origins: RefCell::new(vec![Rc::downgrade(origin)]),
            early: RefCell::new(early_ids),
            held: RefCell::default(),
            served: Cell::new(0),
            idle_since: Cell::new(Some(reactor.now())),
            retired: Cell::new(false),
            refuses_guests: Cell::new(false),
        });
        connection.carrier.start(Rc::clone(&connection) as Rc<dyn Keeper>);
        connection
    }

    pub(crate) fn is_http2(&self) -> bool {
        self.carrier.is_http2()
    }

    /// What the pool decides by.
    pub(super) fn facts(&self) -> Facts {
        Facts {
            is_http2: self.is_http2(),
            can_start: self.can_start(),
            is_finished: self.is_finished(),
            idle_since: self.idle_since.get(),
            largest_answer: self.carrier.largest_answer(),
        }
    }

    /// Whether another exchange may start now.
    pub(crate) fn can_start(&self) -> bool {
        !self.retired.get() && self.carrier.has_room() && (self.is_http2() || self.held.borrow().is_empty())
    }

    /// Whether it will never take another exchange.
    pub(super) fn is_finished(&self) -> bool {
        self.retired.get() || self.carrier.is_finished()
    }

    /// Whether it has carried so much that it serves requests with and without credentials.
    pub(super) fn is_experienced(&self) -> bool {
        self.served.get() >= decide::EXPERIENCED
    }

    pub(super) fn idle_since(&self) -> Option<Instant> {
        self.idle_since.get()
    }

    /// The certificates of its peer; `None` without TLS.
    pub(crate) fn chain(&self) -> Option<ChainId> {
        self.carrier.info.tls.as_ref().map(|tls| tls.certificates.id())
    }

    /// Whether the request of `exchange` is on this connection before `begin`.
    pub(super) fn has_early(&self, exchange: &dyn Passenger) -> bool {
        self.early.borrow().contains(&exchange.id())
    }

    /// Early requests whose exchanges have ended before `begin`: their responses are for nobody.
    pub(super) fn drop_early(&self) {
        for id in self.early.take() {
            self.carrier.drop_early(id);
        }
    }

    /// Starts an exchange; `can_start` must hold, or the request is an early one. A head that cannot be sent fails the
    /// exchange only.
    pub(super) fn begin(self: &Rc<Self>, exchange: &Rc<dyn Passenger>) {
        self.start_exchange(exchange, false);
    }

    /// As [`Connection::begin`], for one that has waited for a connection, as others may have that begin with it.
    pub(super) fn begin_waiting(self: &Rc<Self>, exchange: &Rc<dyn Passenger>) {
        self.start_exchange(exchange, true);
    }

    fn start_exchange(self: &Rc<Self>, exchange: &Rc<dyn Passenger>, request_waited: bool) {
        let reused = self.served.get() > 0;
        let waited = Waited { connection: self.carrier.has_waited(), request: request_waited };
        if exchange.wants_hold(self) {
            // Keeps a place for it. Nothing of its request is written.
            self.idle_since.set(None);
            self.held.borrow_mut().insert(exchange.id());
            return exchange.held_on(self, reused);
        }
        self.served.set(self.served.get() + 1);
        self.idle_since.set(None);
        exchange.acquired(self, reused);
        if exchange.request().web_socket && !self.is_http2() && !self.exclusive {
            // It will be a tunnel: no other exchange, and not one of the connections that the pool may open.
            self.retire();
        }
        let begun = if self.has_early(&**exchange) {
            self.early.borrow_mut().retain(|id| *id != exchange.id());
            exchange.sent_early(self.carrier.info.tls.as_ref().is_some_and(|tls| tls.early_data));
            Ok(())
        } else {
            self.carrier.begin(&(Rc::clone(exchange) as _), waited)
        };
        self.carrier.wake();
        if let Err(error) = begun {
            Rc::clone(exchange).not_begun(error);
            // One that has gone elsewhere does not come back to say that it has left.
            if self.is_idle() && self.idle_since.get().is_none() {
                self.vacated();
            }
        }
    }

    /// The caller has confirmed the peer of a held exchange, which goes on. `false`: the connection has ended meanwhile or
    /// is full, which is no reason to fail. Nothing was sent, so another one may carry it; then [`Connection::after_hold`].
    pub(crate) fn resume(self: &Rc<Self>, exchange: &Rc<dyn Passenger>) -> bool {
        self.held.borrow_mut().remove(&exchange.id());
        let goes_on = self.can_start();
        if goes_on {
            self.begin(exchange);
        }
        goes_on
    }

    /// A held exchange has ended.
    pub(crate) fn let_go(&self, exchange: u64) {
        self.held.borrow_mut().remove(&exchange);
        self.after_hold();
    }

    /// A held exchange has left.
    pub(crate) fn after_hold(&self) {
        self.vacated();
    }

    /// The exchange has ended: [`Carrier::forget`].
    pub(crate) fn forget(&self, exchange: u64, complete: bool, held: usize) {
        if !self.carrier.forget(exchange, complete, held) || self.exclusive {
            return self.carrier.close();
        }
        self.vacated();
        self.carrier.wake();
    }

    /// Whether no exchange is on it, nor waits for it.
    pub(super) fn is_idle(&self) -> bool {
        self.carrier.is_idle() && self.held.borrow().is_empty()
    }

    /// Closes the idle connections of the same origins.
    pub(crate) fn close_idle_siblings(&self) {
        self.each_origin(|origin| origin.close_idle());
    }

    /// Itself; `None` while it is dropped.
    pub(super) fn own(&self) -> Option<Rc<Self>> {
        self.own.upgrade()
    }
}

impl Keeper for Connection {
    fn freed(&self) {
        // Its only exchange may have gone elsewhere, and does not come back to say that it has left.
        if self.is_idle() && self.idle_since.get().is_none() {
            return self.vacated();
        }
        if let Some(own) = self.own() {
            self.each_origin(|origin| origin.connection_freed(&own));
        }
    }

    fn gone(&self) {
        if let Some(own) = self.own() {
            self.each_origin(|origin| origin.connection_gone(&own));
        }
    }

    fn vacated(&self) {
        let idle = self.is_idle();
        if idle && (self.exclusive || self.is_finished()) {
            return self.carrier.close();
        }
        if idle {
            self.idle_since.set(Some(self.reactor.now()));
        }
        self.freed();
    }
}
