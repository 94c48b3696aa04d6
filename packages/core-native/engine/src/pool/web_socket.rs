//! Which connection carries a WebSocket: one of its own over HTTP/1.1, or a shared one over HTTP/2 (RFC 8441), as the
//! profile's `http2.webSocket` says. What the browsers do was captured: `docs/internals/websocket.md`.

use std::net::SocketAddr;
use std::rc::Rc;

use wiretwin_wire::http2::WebSocketConnection;

use super::{Origin, OriginKey, Pool};
use crate::driver::Connection;
use crate::exchange::Exchange;
use crate::request::{Protocols, Scheme};

impl Pool {
    /// Finds or opens a connection for a WebSocket.
    pub(super) fn submit_web_socket(self: &Rc<Self>, exchange: &Rc<Exchange>) {
        let alone = || self.origin_of(exchange, Protocols::Http1).submit_alone(exchange);
        let Some(rule) = self.web_socket_rule(exchange) else { return alone() };
        let origin = self.origin_of(exchange, exchange.protocols());
        let open = origin.web_socket_connection();
        match (open, rule) {
            (Some((connection, Some(true))), _) | (Some((connection, None)), WebSocketConnection::Negotiated) => {
                origin.submit_to(&connection, exchange);
            }
            (Some(_), _) | (None, WebSocketConnection::Open) => alone(),
            // Firefox still offers HTTP/2 to a server that chose HTTP/1.1 before.
            (None, WebSocketConnection::Negotiated) if origin.speaks_http1() => origin.submit_alone(exchange),
            (None, WebSocketConnection::Negotiated) => origin.submit(exchange),
        }
    }

    /// What the profile says about a WebSocket that may go over HTTP/2; `None` if it may not.
    fn web_socket_rule(&self, exchange: &Exchange) -> Option<WebSocketConnection> {
        let may = exchange.request.scheme == Scheme::Https && exchange.protocols() != Protocols::Http1;
        self.shared.tls.profile().http2.web_socket.filter(|_| may).map(|policy| policy.connection)
    }

    /// An open connection of another host for a WebSocket whose own attempt to connect has found these addresses.
    pub(super) fn connection_for_web_socket(
        &self,
        exchange: &Exchange,
        alone: &Origin,
        addresses: &[SocketAddr],
    ) -> Option<Rc<Connection>> {
        if !exchange.request.web_socket || self.web_socket_rule(exchange) != Some(WebSocketConnection::Open) {
            return None;
        }
        let key = OriginKey { protocols: exchange.protocols(), ..alone.key.clone() };
        self.connection_to_share(&key, addresses, exchange.request.anonymous)
            .filter(|connection| connection.allows_web_sockets() == Some(true) && connection.can_start())
    }
}
