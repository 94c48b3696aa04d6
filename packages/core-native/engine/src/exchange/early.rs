//! Which requests may leave as early data, and what happens if that goes wrong.

use std::rc::Rc;

use super::Exchange;
use super::attempt::Attempt;
use super::history::{Early, Lost};
use crate::error::{Error, codes};
use crate::phase::Phase;
use crate::request::RequestBody;

impl Exchange {
    /// Whether the request may be sent as early data, which an attacker can replay: a safe method (RFC 9110 9.2.1, the
    /// rule of Firefox's `nsHttpTransaction::Do0RTT`), nothing to upload, no upgrade, replays are allowed, and nobody
    /// wants to see who the peer is first.
    pub(super) fn may_go_early(&self) -> bool {
        matches!(&self.request.method[..], b"GET" | b"HEAD" | b"OPTIONS" | b"TRACE")
            && matches!(self.request.body, RequestBody::None)
            && !self.request.upgrade
            && self.request.replay
            && !self.request.hold
            && self.state.borrow().history.early == Early::Allowed
            && !self.is_over()
    }

    /// Whether a 425 says that the request must be repeated outside of early data (RFC 8470).
    pub(super) fn is_too_early(&self) -> bool {
        let state = self.state.borrow();
        state.history.early == Early::Accepted && matches!(state.attempt, Attempt::Sent(_))
    }

    /// The server answered 425: tries again without early data.
    pub(super) fn refused_early(self: &Rc<Self>) {
        let error = Error::new(codes::CONNECTION_CLOSED, Phase::Head).with_detail("the server refused early data");
        self.lost(error, Lost::EarlyData);
    }
}
