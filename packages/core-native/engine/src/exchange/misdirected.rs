//! A request that reached a server which does not serve its host (RFC 9110 15.5.20), mostly over another host's connection.

use std::rc::Rc;

use wiretwin_wire::http2::Misdirected;

use super::Exchange;
use super::attempt::Attempt;
use super::history::{Lost, Misdirection};
use crate::error::{Error, codes};
use crate::phase::Phase;
use crate::pool::Connection;

impl Exchange {
    /// Whether a 421 is not the caller's: the browser repeats the request, once. Not a WebSocket.
    pub(super) fn is_misdirected(&self) -> bool {
        if !self.request.replay || self.request.web_socket {
            return false;
        }
        let retries = match self.pool.shared.tls.profile().http2.misdirected {
            Misdirected::Deliver => false,
            Misdirected::RetryIfShared => !self.connection().is_some_and(|connection| self.is_at_home(&connection)),
            Misdirected::RetryOnOwn | Misdirected::RetryOnNew => true,
        };
        let state = self.state.borrow();
        retries
            && state.history.misdirection == Misdirection::Never
            && matches!(state.attempt, Attempt::Sent(_))
            && state.upload.can_rewind(&self.request.body)
    }

    /// The server answered 421: tries again where the browser would.
    pub(super) fn refused_misdirected(self: &Rc<Self>) {
        let Some(connection) = self.connection() else { return };
        match self.pool.shared.tls.profile().http2.misdirected {
            Misdirected::Deliver => {}
            Misdirected::RetryIfShared => connection.refuse_guests(),
            Misdirected::RetryOnOwn => connection.leave(&self.request.host.to_ascii_lowercase()),
            Misdirected::RetryOnNew => connection.close_after_use(),
        }
        let on_new = self.pool.shared.tls.profile().http2.misdirected == Misdirected::RetryOnNew;
        let error = Error::new(codes::CONNECTION_CLOSED, Phase::Head).with_detail("the request was misdirected");
        self.lost(error, Lost::Misdirected { on_new });
    }

    /// The connection that carries it.
    pub(super) fn connection(&self) -> Option<Rc<Connection>> {
        self.state.borrow().attempt.ride().map(|ride| Rc::clone(&ride.connection))
    }

    /// Whether the connection was opened for the host of the request.
    fn is_at_home(&self, connection: &Connection) -> bool {
        connection.is_for(&self.request.host.to_ascii_lowercase())
    }
}
