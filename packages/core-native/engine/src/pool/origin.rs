//! One origin: its connections, the requests that wait for one, and the attempts to open more.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::{Duration, Instant};

use wiretwin_wire::http1::Reuses;
use wiretwin_wire::http2::DialsWhileUnknown;

use super::decide::{self, Load};
use super::dial::Dial;
use super::queue::Queue;
use super::{Connection, Passenger, Pool};
use crate::dial::OriginKey;
use crate::error::{Error, codes};
use crate::profile::Profile;
use crate::request::{Protocols, Scheme};
use crate::tls::codes as tls_codes;

pub(crate) struct Origin {
    pub(crate) key: OriginKey,
    pool: Weak<Pool>,
    profile: Arc<Profile>,
    max_http1: usize,
    /// All pooled connections, busy ones too, and those of other hosts that serve this one; newest last.
    connections: RefCell<Vec<Rc<Connection>>>,
    waiting: RefCell<Queue>,
    /// Attempts for all that wait, at most as many as there may be connections.
    dials: RefCell<Vec<Rc<Dial>>>,
    /// Attempts for one exchange each, by their addresses.
    exclusive_dials: RefCell<HashMap<*const Dial, Rc<Dial>>>,
    /// What the last handshake negotiated.
    speaks_http1: Cell<Option<bool>>,
    /// One attempt for each request until that is known.
    dials_for_each: bool,
}

impl Origin {
    pub(crate) fn new(key: OriginKey, pool: &Rc<Pool>) -> Rc<Self> {
        let speaks_http1 = decide::speaks_http1(key.protocols, key.scheme);
        let tls = &pool.shared.tls;
        // Who has a ticket has been there, and a browser remembers what was negotiated then: mostly HTTP/2.
        let dials_for_each = tls.profile().http2.dials_while_unknown == DialsWhileUnknown::Each
            && !tls.has_ticket(&key.host, key.port, &key.ticket_scope());
        Rc::new(Self {
            dials_for_each,
            key,
            pool: Rc::downgrade(pool),
            profile: Arc::clone(pool.shared.tls.profile()),
            max_http1: pool.shared.options.max_http1_connections.max(1),
            connections: RefCell::default(),
            waiting: RefCell::new(Queue::new(|seat| &seat.waiting)),
            dials: RefCell::default(),
            exclusive_dials: RefCell::default(),
            speaks_http1: Cell::new(speaks_http1),
        })
    }

    pub(crate) fn profile(&self) -> &Arc<Profile> {
        &self.profile
    }

    pub(crate) fn pool(&self) -> Option<Rc<Pool>> {
        self.pool.upgrade()
    }

    pub(crate) fn is_unused(&self) -> bool {
        self.connections.borrow().is_empty()
            && self.waiting.borrow().is_empty()
            && self.dials.borrow().is_empty()
            && self.exclusive_dials.borrow().is_empty()
    }

    pub(crate) fn submit(self: &Rc<Self>, exchange: &Rc<dyn Passenger>) {
        if exchange.demand().fresh {
            return self.submit_alone(exchange);
        }
        if self.waiting.borrow().is_empty() {
            if let Some(connection) = self.free_connection() {
                return connection.begin(exchange);
            }
            if let Some(connection) = self.borrowed() {
                return self.submit_to(&connection, exchange);
            }
        }
        exchange.wait_in(self);
        self.waiting.borrow_mut().push_back(exchange);
        if self.free_connection().is_some() {
            return self.pump();
        }
        self.open_missing();
        self.assign(exchange);
    }

    /// Opens a connection that serves this exchange only.
    pub(super) fn submit_alone(self: &Rc<Self>, exchange: &Rc<dyn Passenger>) {
        exchange.wait_in(self);
        self.dial(Some(exchange));
    }

    /// Gives the exchange to one of the connections here, or lets it wait for room there.
    pub(super) fn submit_to(self: &Rc<Self>, connection: &Rc<Connection>, exchange: &Rc<dyn Passenger>) {
        if connection.can_start() {
            return connection.begin(exchange);
        }
        exchange.wait_in(self);
        self.waiting.borrow_mut().push_back(exchange);
    }

    /// The connection for WebSockets and what its peer says about them: one that allows them if there is one.
    pub(super) fn web_socket_connection(&self) -> Option<(Rc<Connection>, Option<bool>)> {
        let connections = self.connections.borrow();
        let open = connections.iter().rev().filter(|connection| decide::carries_all(&connection.facts()));
        let rank = |allows: Option<bool>| allows.map_or(1, |allows| if allows { 0 } else { 2 });
        let known = open.map(|connection| (Rc::clone(connection), connection.carrier.allows_web_sockets()));
        known.min_by_key(|(_, allows)| rank(*allows))
    }

    /// Whether the last handshake ended with HTTP/1.1.
    pub(super) fn speaks_http1(&self) -> bool {
        self.speaks_http1.get() == Some(true)
    }

    /// An HTTP/2 connection to one of these addresses that was opened here and may serve `host` as well: its verified
    /// certificate names it, and it was opened for requests of the same kind.
    pub(crate) fn connection_for(
        self: &Rc<Self>,
        host: &str,
        addresses: &[SocketAddr],
        anonymous: bool,
    ) -> Option<Rc<Connection>> {
        let connections = self.connections.borrow();
        let fits = |connection: &&Rc<Connection>| {
            decide::carries_all(&connection.facts())
                && !connection.refuses_guests()
                && connection.is_of(self)
                && connection.anonymous == anonymous
                && addresses.contains(&connection.carrier.info.endpoints.remote)
                && connection.carrier.is_valid_for(host)
        };
        connections.iter().rev().find(fits).cloned()
    }

    /// A connection of the same host for requests of the other sort, with or without credentials, that serves both by now.
    fn borrowed(self: &Rc<Self>) -> Option<Rc<Connection>> {
        if !self.profile.http2.anonymous_apart || !self.connections.borrow().is_empty() {
            return None;
        }
        let twin = self.pool()?.origin(&OriginKey { anonymous: !self.key.anonymous, ..self.key.clone() })?;
        let lends =
            |connection: &&Rc<Connection>| decide::carries_all(&connection.facts()) && connection.is_experienced();
        let connection = twin.connections.borrow().iter().rev().find(lends).cloned()?;
        self.share(&connection);
        Some(connection)
    }

    /// From now on a connection that was opened elsewhere serves this origin too.
    fn share(self: &Rc<Self>, connection: &Rc<Connection>) {
        self.speaks_http1.set(Some(false));
        connection.join(self);
        self.connections.borrow_mut().push(Rc::clone(connection));
    }

    fn free_connection(&self) -> Option<Rc<Connection>> {
        let connections = self.connections.borrow();
        let reuses = if self.speaks_http1() { self.profile.http1.reuses } else { Reuses::LastUsed };
        let free = decide::free(connections.iter().map(|connection| connection.facts()), reuses)?;
        connections.get(free).cloned()
    }

    /// Gives free connections to waiting requests, in order, and opens what is missing.
    fn pump(self: &Rc<Self>) {
        loop {
            if self.waiting.borrow().is_empty() {
                return;
            }
            let Some(connection) = self.free_connection() else { break };
            let next = self.waiting.borrow_mut().pop_front();
            let Some(exchange) = next else { return };
            self.unfollow(&*exchange);
            connection.begin_waiting(&exchange);
        }
        self.open_missing();
        self.assign_followers();
    }

    fn open_missing(self: &Rc<Self>) {
        let one_each = self.dials_for_each();
        let dialing = self.dials.borrow().len();
        // What has left as early data waits no more, and its attempt is there for no other where each has one of its own.
        let claimed = if one_each { self.dials.borrow().iter().filter(|dial| dial.carries_early()).count() } else { 0 };
        let open = self.connections.borrow().iter().filter(|connection| !connection.is_finished()).count();
        let load = Load {
            waiting: self.waiting.borrow().len(),
            dialing: dialing - claimed,
            open: open + claimed,
            one_each,
            max_http1: self.max_http1,
        };
        for _ in 0..decide::missing_attempts(load) {
            self.dial(None);
        }
    }

    /// Whether each waiting request has an attempt of its own: over HTTP/1.1, and where the profile says so also before
    /// the first negotiation.
    fn dials_for_each(&self) -> bool {
        self.speaks_http1.get().unwrap_or(self.dials_for_each)
    }

    /// Lets a waiting request report the phases of an attempt. With HTTP/2 all follow the same; else mostly one each, and
    /// the others stay in `queue`. `false` if there is no attempt to follow.
    fn assign(&self, exchange: &Rc<dyn Passenger>) -> bool {
        let one_each = self.dials_for_each();
        let dials = self.dials.borrow();
        let Some(dial) = dials.iter().find(|dial| !one_each || !dial.has_followers()) else {
            return false;
        };
        dial.follow(exchange);
        true
    }

    fn assign_followers(&self) {
        if self.dials.borrow().is_empty() {
            return;
        }
        for exchange in self.waiting.borrow().iter().filter(|exchange| !exchange.seat().is_following()) {
            if !self.assign(exchange) {
                return;
            }
        }
    }

    /// Lets the exchange follow no attempt any more; the one that it followed.
    fn unfollow(&self, exchange: &dyn Passenger) -> Option<Rc<Dial>> {
        let dial = exchange.seat().take_following()?;
        dial.unfollowed(exchange);
        Some(dial)
    }

    fn dial(self: &Rc<Self>, exclusive_for: Option<&Rc<dyn Passenger>>) {
        let Some(pool) = self.pool() else { return };
        let dial = Dial::start(self, &pool, exclusive_for);
        if dial.exclusive {
            self.exclusive_dials.borrow_mut().insert(Rc::as_ptr(&dial), dial);
        } else {
            self.dials.borrow_mut().push(dial);
        }
    }

    /// The request of a waiting exchange is on its way on the connection of an attempt: no other may take it.
    pub(super) fn claim(&self, exchange: &dyn Passenger) {
        self.waiting.borrow_mut().remove(exchange);
    }

    /// An attempt has succeeded.
    pub(crate) fn dialed(self: &Rc<Self>, dial: &Rc<Dial>, connection: &Rc<Connection>) {
        self.remove_dial(dial);
        if self.key.protocols == Protocols::Auto && self.key.scheme == Scheme::Https {
            self.speaks_http1.set(Some(!connection.is_http2()));
        }
        if dial.exclusive {
            if !connection.exclusive {
                self.connections.borrow_mut().push(Rc::clone(connection));
            }
            match dial.first() {
                Some(exchange) => connection.begin(&exchange),
                None => connection.carrier.close(),
            }
            return;
        }
        self.connections.borrow_mut().push(Rc::clone(connection));
        // Requests that went as early data first, then the one that caused the attempt, if they are still there.
        let early = dial.early().unwrap_or_default();
        let first = dial.followers().into_iter().find(|exchange| exchange.is_waiting());
        for exchange in early.into_iter().chain(first).filter(|exchange| exchange.is_waiting()) {
            // Those of a server that changed its protocol may find no room: they wait again.
            let fits = connection.has_early(&*exchange) || connection.can_start();
            self.claim(&*exchange);
            if fits {
                connection.begin_waiting(&exchange);
            } else {
                self.waiting.borrow_mut().push_front(&exchange);
            }
        }
        connection.drop_early();
        self.pump();
        self.requeue(dial);
        self.cancel_needless();
        self.connection_idle(connection);
    }

    /// An HTTP/2 connection is open: it serves the requests for which other attempts were begun, at once or in turn. Not
    /// those that have left as early data, which wait for nothing but their attempt.
    fn cancel_needless(&self) {
        let open = self.connections.borrow().iter().any(|connection| decide::carries_all(&connection.facts()));
        if !open {
            return;
        }
        let (needed, needless): (Vec<_>, Vec<_>) =
            self.dials.borrow_mut().drain(..).partition(|dial| dial.early().is_some());
        *self.dials.borrow_mut() = needed;
        for dial in needless {
            dial.cancel();
            for exchange in dial.followers() {
                exchange.seat().set_following(None);
            }
            self.requeue(&dial);
        }
    }

    fn cancel_unfollowed(&self) {
        let (followed, unfollowed): (Vec<_>, Vec<_>) =
            self.dials.borrow_mut().drain(..).partition(|dial| dial.has_followers());
        *self.dials.borrow_mut() = followed;
        for dial in unfollowed {
            dial.cancel();
        }
    }

    /// An attempt has found a connection of another host that serves this one.
    pub(crate) fn joined(self: &Rc<Self>, dial: &Rc<Dial>, connection: &Rc<Connection>) {
        self.remove_dial(dial);
        if dial.exclusive {
            // A WebSocket: the connection serves this host for no other request.
            if let Some(exchange) = dial.first() {
                connection.begin(&exchange);
            }
            return;
        }
        self.share(connection);
        self.pump();
        self.requeue(dial);
        self.cancel_needless();
    }

    /// The server says that `connection`, which was opened for another host, does not serve this one.
    pub(crate) fn leave(self: &Rc<Self>, connection: &Rc<Connection>) {
        self.connections.borrow_mut().retain(|known| !Rc::ptr_eq(known, connection));
    }

    /// An attempt has failed: so have the requests that followed it.
    pub(crate) fn dial_failed(self: &Rc<Self>, dial: &Rc<Dial>, error: &Error) {
        self.remove_dial(dial);
        // A server, or something before it, that cannot cope with early data cuts the handshake: once more without.
        let blame_early = dial.early().is_some() && is_cut(error);
        for exchange in dial.followers() {
            if blame_early {
                self.claim(&*exchange);
                exchange.early_data_failed(error.clone());
            } else {
                exchange.fail(error.clone());
            }
        }
        self.pump();
    }

    fn remove_dial(&self, dial: &Rc<Dial>) {
        if dial.exclusive {
            self.exclusive_dials.borrow_mut().remove(&Rc::as_ptr(dial));
        } else {
            self.dials.borrow_mut().retain(|known| !Rc::ptr_eq(known, dial));
        }
        for exchange in dial.followers() {
            exchange.seat().set_following(None);
        }
    }

    /// Requests that followed an attempt and got nothing from it wait in the queue again.
    fn requeue(&self, dial: &Rc<Dial>) {
        for exchange in dial.followers() {
            if exchange.is_waiting() && !exchange.seat().is_following() {
                exchange.requeue();
            }
        }
    }

    /// A waiting request has ended. An attempt that nobody needs any more is given up.
    pub(crate) fn forget(&self, exchange: &dyn Passenger) {
        self.waiting.borrow_mut().remove(exchange);
        let Some(dial) = self.unfollow(exchange) else { return };
        if dial.exclusive {
            self.exclusive_dials.borrow_mut().remove(&Rc::as_ptr(&dial));
            return dial.cancel();
        }
        // Where each has an attempt of its own, this one is free for the next. Else all follow it already.
        if self.dials_for_each() {
            self.assign_followers();
        }
        self.cancel_unfollowed();
    }

    /// A connection may have room.
    pub(crate) fn connection_freed(self: &Rc<Self>, connection: &Rc<Connection>) {
        if connection.is_finished() && !connection.exclusive {
            self.connections.borrow_mut().retain(|known| !Rc::ptr_eq(known, connection));
        }
        if !self.waiting.borrow().is_empty() {
            self.pump();
        }
        self.connection_idle(connection);
    }

    /// A connection takes nothing more.
    pub(crate) fn connection_gone(self: &Rc<Self>, connection: &Rc<Connection>) {
        self.connections.borrow_mut().retain(|known| !Rc::ptr_eq(known, connection));
        if !self.waiting.borrow().is_empty() {
            self.pump();
        }
    }

    fn connection_idle(&self, connection: &Rc<Connection>) {
        if connection.idle_since().is_some()
            && let Some(pool) = self.pool()
        {
            pool.schedule_sweep();
        }
    }

    /// Closes what has been idle since `timeout`; `true` if an idle connection is left.
    pub(crate) fn sweep(&self, now: Instant, timeout: Duration) -> bool {
        let idle: Vec<_> = {
            let connections = self.connections.borrow();
            connections.iter().filter(|connection| connection.idle_since().is_some()).cloned().collect()
        };
        let mut left = false;
        for connection in idle {
            if decide::is_expired(connection.idle_since(), now, timeout) {
                connection.carrier.close();
            } else {
                connection.carrier.release_buffers();
                left = true;
            }
        }
        left
    }

    /// Closes all idle connections: one of them was found dead, the others are as old.
    pub(crate) fn close_idle(&self) {
        let idle: Vec<_> = {
            let connections = self.connections.borrow();
            connections.iter().filter(|connection| connection.idle_since().is_some()).cloned().collect()
        };
        for connection in idle {
            connection.carrier.close();
        }
    }

    pub(crate) fn close(&self) {
        let exclusive: Vec<_> = self.exclusive_dials.borrow_mut().drain().map(|(_, dial)| dial).collect();
        let dials: Vec<_> = self.dials.borrow_mut().drain(..).collect();
        for dial in exclusive.iter().chain(&dials) {
            dial.cancel();
        }
        let connections: Vec<_> = self.connections.borrow().clone();
        for connection in connections {
            connection.carrier.close();
        }
    }
}

/// Whether a handshake ended without a verdict on who the peer is.
fn is_cut(error: &Error) -> bool {
    matches!(error.code, codes::CONNECTION_RESET | codes::CONNECTION_CLOSED | tls_codes::CLOSED | tls_codes::HANDSHAKE)
}
