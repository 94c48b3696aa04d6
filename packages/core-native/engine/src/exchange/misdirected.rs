//! A request that reached a server which does not serve its host (RFC 9110 15.5.20), mostly over another host's connection.

use std::rc::Rc;

use wiretwin_wire::http2::Misdirected;

use super::{Exchange, Proof};
use crate::driver::Connection;
use crate::error::{Error, codes};
use crate::phase::Phase;

const MISDIRECTED_REQUEST: u16 = 421;

impl Exchange {
    /// Whether an answer of `status` is not the caller's: the browser repeats the request, once. Not a WebSocket.
    pub(crate) fn is_misdirected(&self, status: u16, connection: &Connection) -> bool {
        if status != MISDIRECTED_REQUEST || !self.request.replay || self.request.web_socket {
            return false;
        }
        let retries = match self.pool.shared.tls.profile().http2.misdirected {
            Misdirected::Deliver => false,
            Misdirected::RetryIfShared => !self.is_at_home(connection),
            Misdirected::RetryOnOwn | Misdirected::RetryOnNew => true,
        };
        let state = self.state.borrow();
        retries && !state.misdirected && !state.answered && state.upload.can_rewind(&self.request.body)
    }

    /// Whether it was answered 421 and is repeated now.
    pub(crate) fn was_misdirected(&self) -> bool {
        self.state.borrow().misdirected
    }

    /// The server answered 421: tries again where the browser would.
    pub(crate) fn refused_misdirected(self: &Rc<Self>, connection: &Rc<Connection>) {
        match self.pool.shared.tls.profile().http2.misdirected {
            Misdirected::Deliver => {}
            Misdirected::RetryIfShared => connection.refuse_guests(),
            Misdirected::RetryOnOwn => connection.leave(&self.request.host.to_ascii_lowercase()),
            Misdirected::RetryOnNew => {
                self.state.borrow_mut().refuses_reuse = true;
                connection.close_after_use();
            }
        }
        let error = Error::new(codes::CONNECTION_CLOSED, Phase::Head).with_detail("the request was misdirected");
        self.lost(error, Proof::Misdirected);
    }

    /// Whether the connection was opened for the host of the request.
    fn is_at_home(&self, connection: &Connection) -> bool {
        connection.is_for(&self.request.host.to_ascii_lowercase())
    }
}
