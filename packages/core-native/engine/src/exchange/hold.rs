//! Exchanges whose callers want to see who the peer is before anything is sent.

use std::rc::Rc;
use std::sync::Arc;

use super::Exchange;
use super::attempt::Attempt;
use crate::certificates::{ChainId, NO_CHAIN};
use crate::pool::Connection;
use crate::response::{ExchangeEvent, PhaseEvent};

/// What the peer of a connection has shown.
fn shown(connection: &Connection) -> ChainId {
    connection.chain().unwrap_or(NO_CHAIN)
}

impl Exchange {
    /// Whether the exchange waits on `connection` first. Who has seen these very certificates is not asked again, for a
    /// replay or on another connection. Without TLS there are none: [`NO_CHAIN`] is confirmed like one.
    pub(super) fn wants_hold(&self, connection: &Connection) -> bool {
        self.request.hold && self.state.borrow().confirmed != Some(shown(connection))
    }

    /// Waits on `connection`. The phase, and with it the limit, stays the one that led there.
    pub(super) fn wait_on(&self, connection: &Rc<Connection>, reused: bool) {
        let info = Arc::clone(&connection.carrier.info);
        let mut state = self.state.borrow_mut();
        state.attempt = Attempt::Held(Rc::clone(connection));
        state.sink.on_event(ExchangeEvent::Phase(PhaseEvent::Held { connection: info, reused }));
    }

    /// The caller trusts the peer that has shown `chain`. A late word about another one counts for nothing.
    pub(crate) fn confirm(self: &Rc<Self>, chain: ChainId) {
        let connection = {
            let mut state = self.state.borrow_mut();
            match &state.attempt {
                Attempt::Held(connection) if shown(connection) == chain => {
                    let connection = Rc::clone(connection);
                    state.attempt = Attempt::Queued(None);
                    state.confirmed = Some(chain);
                    connection
                }
                _ => return,
            }
        };
        if !connection.resume(&(Rc::clone(self) as _)) {
            self.requeue();
            self.pool.submit(&(Rc::clone(self) as _));
            connection.after_hold();
        }
    }
}
