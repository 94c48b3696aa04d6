//! When an exchange that lost its connection is tried once more.

use std::rc::Rc;

use wiretwin_wire::http1::RequestTimeout;

use super::Exchange;
use super::attempt::Attempt;
use super::history::{Circumstances, Lost};
use crate::carrier::Refusal;
use crate::error::Error;
use crate::phase::Phase;
use crate::request::Protocols;

/// RFC 8470 section 5.2.
const TOO_EARLY: u16 = 425;
/// RFC 9110 15.5.20.
const MISDIRECTED_REQUEST: u16 = 421;
/// RFC 9110 15.5.9.
const REQUEST_TIMEOUT: u16 = 408;

impl Exchange {
    /// The connection is gone or the stream refused. Tries again if that is provably harmless, at most once; fails
    /// with `error` otherwise.
    pub(super) fn lost(self: &Rc<Self>, error: Error, lost: Lost) {
        let connection = self.connection();
        if self.may_replay(lost) {
            // One idle connection was found dead: its siblings are as old, and the one replay must not meet another.
            if let Some(connection) = connection.filter(|_| lost == Lost::IdleClose) {
                connection.close_idle_siblings();
            }
            self.enter(Phase::Queue);
            return self.pool.submit(&(Rc::clone(self) as _));
        }
        self.receive_failed(error.with_replayable(lost.is_unprocessed()));
    }

    /// Begins another attempt if there may be one.
    fn may_replay(&self, lost: Lost) -> bool {
        let protocols = self.protocols();
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        if !self.request.replay || !matches!(state.attempt, Attempt::Queued(_) | Attempt::Held(_) | Attempt::Sent(_)) {
            return false;
        }
        let circumstances = Circumstances {
            on_reused: state.attempt.is_unanswered_reuse(),
            is_idempotent: self.request.is_idempotent(),
            may_fall_back: protocols == Protocols::Auto || self.request.web_socket,
        };
        let Some(next) = state.history.repeat(lost, circumstances) else { return false };
        if !state.upload.rewind(&self.request.body) {
            return false;
        }
        state.history = next;
        state.attempt = Attempt::Queued(None);
        true
    }

    /// Whether an answer of `status` is not the caller's.
    pub(super) fn refusal(&self, status: u16) -> Option<Refusal> {
        match status {
            TOO_EARLY => self.is_too_early().then_some(Refusal::TooEarly),
            MISDIRECTED_REQUEST => self.is_misdirected().then_some(Refusal::Misdirected),
            REQUEST_TIMEOUT => self.is_stale_timeout().then_some(Refusal::Stale),
            _ => None,
        }
    }

    /// The connection has let go of it for such an answer.
    pub(super) fn refused(self: &Rc<Self>, refusal: Refusal) {
        match refusal {
            Refusal::TooEarly => self.refused_early(),
            Refusal::Misdirected => self.refused_misdirected(),
            Refusal::Stale => self.refused_stale(),
        }
    }

    /// Whether a 408 over HTTP/1.1 is not the caller's: the server has given an idle connection up, and the
    /// browser repeats the request on another one.
    fn is_stale_timeout(&self) -> bool {
        let state = self.state.borrow();
        self.pool.shared.tls.profile().http1.request_timeout == RequestTimeout::RetryIfReused
            && self.request.replay
            && !self.request.web_socket
            && state.attempt.is_unanswered_reuse()
            && state.attempt.ride().is_some_and(|ride| !ride.connection.is_http2())
            && state.upload.can_rewind(&self.request.body)
    }

    /// The server answered 408 to a connection: tries again on another.
    fn refused_stale(self: &Rc<Self>) {
        let error = Error::connection_closed(Phase::Head).with_detail("the server gave the connection up");
        self.lost(error, Lost::RequestTimeout);
    }
}
