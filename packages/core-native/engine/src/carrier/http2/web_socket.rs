//! WebSockets in streams of a shared connection (RFC 8441).

use std::rc::Rc;

use bytes::Bytes;
use wiretwin_wire::head::RequestHead;
use wiretwin_wire::http2::OpenError;

use super::{Carried, Carrier, Http2, Waited, open_error};
use crate::error::Error;
use crate::phase::Phase;

impl Http2 {
    /// Whether the peer lets WebSockets in; `None` while its SETTINGS are not here.
    pub(in crate::carrier) fn allows_web_sockets(&self) -> Option<bool> {
        self.machine.borrow().peer_allows_connect_protocol()
    }

    /// Sends the extended CONNECT, or keeps it until the peer's SETTINGS say whether it may be sent.
    pub(super) fn begin_web_socket(&self, exchange: &Rc<dyn Carried>, waited: Waited) -> Result<(), Error> {
        match self.allows_web_sockets() {
            Some(true) => self.open(exchange, &connect_head(exchange.head()).into(), waited),
            Some(false) => Err(open_error(&OpenError::ConnectProtocolNotAllowed)),
            None => {
                // It waits for a stream: the limit of that runs, whatever the peer does.
                exchange.enter(Phase::Queue);
                self.awaiting_settings.borrow_mut().insert(exchange.id(), Rc::clone(exchange));
                Ok(())
            }
        }
    }

    /// Starts the WebSockets that waited for SETTINGS, or sends them elsewhere.
    pub(super) fn settings_arrived(&self, carrier: &Carrier) {
        let awaiting = self.awaiting_settings.take();
        if awaiting.is_empty() {
            return;
        }
        // Firefox 153 does not hold the acknowledgement back for them.
        self.machine.borrow_mut().acknowledge_settings();
        for exchange in awaiting.into_values() {
            exchange.enter(Phase::Send);
            if let Err(error) = self.begin_web_socket(&exchange, Waited::default()) {
                exchange.not_begun(error);
            }
        }
        if self.is_idle() {
            carrier.tell(|keeper| keeper.vacated());
        }
    }
}

/// The handshake of a WebSocket as an extended CONNECT (RFC 8441 5). Its fields are the same, the codec drops those of
/// HTTP/1.1.
fn connect_head(head: &RequestHead) -> RequestHead {
    let method = Bytes::from_static(b"CONNECT");
    RequestHead { method, protocol: Some(Bytes::from_static(b"websocket")), ..head.clone() }
}
