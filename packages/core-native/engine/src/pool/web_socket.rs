//! Which connection carries a WebSocket: one of its own over HTTP/1.1, or a shared one over HTTP/2 (RFC 8441), as the
//! profile's `http2.webSocket` says. What the browsers do was captured: `docs/internals/websocket.md`.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::rc::Rc;

use wiretwin_wire::http2::WebSocketConnection;

use super::decide::{self, WebSocketWay};
use super::queue::Queue;
use super::{Connection, Origin, Passenger, Pool};
use crate::dial::OriginKey;
use crate::request::{ExchangeId, Protocols};

/// Handshakes that wait for each other, by host and port.
#[derive(Default)]
pub(super) struct Handshakes {
    lines: RefCell<HashMap<(String, u16), Line>>,
    /// Whose turn has come.
    due: RefCell<VecDeque<Rc<dyn Passenger>>>,
    /// Somebody sees to `due`.
    advancing: Cell<bool>,
}

/// Whoever sees to what is due has stopped, also by a panic.
struct Advancing<'a>(&'a Cell<bool>);

impl Drop for Advancing<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

struct Line {
    /// The handshake that is not answered yet.
    current: ExchangeId,
    waiting: Queue,
}

impl Handshakes {
    /// Whether it is the turn of `exchange`; otherwise it stands in line.
    fn is_turn(&self, exchange: &Rc<dyn Passenger>) -> bool {
        let mut lines = self.lines.borrow_mut();
        let line = lines
            .entry(line_of(&**exchange))
            .or_insert_with(|| Line { current: exchange.id(), waiting: Queue::new(|seat| &seat.waiting) });
        if line.current != exchange.id() {
            line.waiting.push_back(exchange);
        }
        line.current == exchange.id()
    }

    /// Takes `exchange` out of its line. The one whose turn it is now, if that has changed.
    fn leave(&self, exchange: &dyn Passenger) -> Option<Rc<dyn Passenger>> {
        let mut lines = self.lines.borrow_mut();
        let key = line_of(exchange);
        let line = lines.get_mut(&key)?;
        if line.current != exchange.id() {
            line.waiting.remove(exchange);
            return None;
        }
        let next = line.waiting.pop_front();
        match &next {
            Some(next) => line.current = next.id(),
            None => drop(lines.remove(&key)),
        }
        next
    }
}

fn line_of(exchange: &dyn Passenger) -> (String, u16) {
    (exchange.request().host.to_ascii_lowercase(), exchange.request().port)
}

impl Pool {
    /// The handshake of a WebSocket has been answered, or given up: the next one to the same host may go.
    pub(crate) fn web_socket_answered(self: &Rc<Self>, exchange: &dyn Passenger) {
        if let Some(next) = self.handshakes.leave(exchange)
            // Closing ends the others itself.
            && !self.shared.is_closed()
        {
            self.handshakes.due.borrow_mut().push_back(next);
        }
        // One that cannot be sent comes back here at once: a line of those would go as deep as it is long.
        if self.handshakes.advancing.replace(true) {
            return;
        }
        let _advancing = Advancing(&self.handshakes.advancing);
        loop {
            let next = self.handshakes.due.borrow_mut().pop_front();
            let Some(next) = next else { return };
            if !next.is_over() {
                self.submit_web_socket(&next);
            }
        }
    }

    /// Finds or opens a connection for a WebSocket.
    pub(super) fn submit_web_socket(self: &Rc<Self>, exchange: &Rc<dyn Passenger>) {
        let policy = self.shared.tls.profile().http2.web_socket;
        if decide::waits_for_others(policy, None) && !self.handshakes.is_turn(exchange) {
            return;
        }
        let rule = self.web_socket_rule(&**exchange);
        let origin = rule.map(|_| self.origin_of(&**exchange, exchange.demand().protocols));
        let open = origin.as_ref().and_then(|origin| origin.web_socket_connection());
        let speaks_http1 = origin.as_ref().is_some_and(|origin| origin.speaks_http1());
        let way = decide::web_socket_way(rule, open.as_ref().map(|(_, allows)| *allows), speaks_http1);
        if decide::waits_for_others(policy, Some(way)) && !self.handshakes.is_turn(exchange) {
            return;
        }
        match (way, origin, open) {
            (WebSocketWay::Shared, Some(origin), Some((connection, _))) => origin.submit_to(&connection, exchange),
            (WebSocketWay::LikeOthers, Some(origin), _) => origin.submit(exchange),
            (WebSocketWay::OwnNegotiated, Some(origin), _) => origin.submit_alone(exchange),
            _ => self.origin_of(&**exchange, Protocols::Http1).submit_alone(exchange),
        }
    }

    /// What the profile says about a WebSocket that may go over HTTP/2; `None` if it may not.
    fn web_socket_rule(&self, exchange: &dyn Passenger) -> Option<WebSocketConnection> {
        let policy = self.shared.tls.profile().http2.web_socket;
        decide::web_socket_rule(policy, exchange.request().scheme, exchange.demand().protocols)
    }

    /// An open connection of another host for a WebSocket whose own attempt to connect has found these addresses.
    pub(super) fn connection_for_web_socket(
        &self,
        exchange: &dyn Passenger,
        alone: &Origin,
        addresses: &[SocketAddr],
    ) -> Option<Rc<Connection>> {
        if !exchange.request().web_socket || self.web_socket_rule(exchange) != Some(WebSocketConnection::Open) {
            return None;
        }
        let key = OriginKey { protocols: exchange.demand().protocols, ..alone.key.clone() };
        self.connection_to_share(&key, addresses, exchange.request().anonymous)
            .filter(|connection| connection.carrier.allows_web_sockets() == Some(true) && connection.can_start())
    }
}
