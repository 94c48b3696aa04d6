//! When an exchange that lost its connection is tried once more.

use std::rc::Rc;

use wiretwin_wire::http1::RequestTimeout;

use super::Exchange;
use super::attempt::Attempt;
use super::history::{Circumstances, Lost};
use crate::carrier::Refusal;
use crate::error::Error;
use crate::limits;
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
            REQUEST_TIMEOUT => self.timeout_refusal(),
            _ => None,
        }
    }

    /// The connection has let go of it for such an answer.
    pub(super) fn refused(self: &Rc<Self>, refusal: Refusal) {
        match refusal {
            Refusal::TooEarly => self.refused_early(),
            Refusal::Misdirected => self.refused_misdirected(),
            Refusal::Stale => self.refused_stale(),
            Refusal::TimedOut => self.refused_timed_out(),
        }
    }

    /// Whether a 408 is not the caller's: the server has given a connection up, and the browser repeats the request on
    /// another one.
    fn timeout_refusal(&self) -> Option<Refusal> {
        let profile = self.pool.shared.tls.profile();
        let state = self.state.borrow();
        let Attempt::Sent(ride) = &state.attempt else { return None };
        if !self.request.replay || self.request.web_socket {
            return None;
        }
        let refusal = if ride.connection.is_http2() {
            profile.http2.repeat_timeouts.then_some(Refusal::TimedOut)
        } else {
            match profile.http1.request_timeout {
                RequestTimeout::Deliver => None,
                RequestTimeout::RetryIfReused => ride.reused.then_some(Refusal::Stale),
                RequestTimeout::RetryIfSlow => {
                    // Counted from the last byte of the request; what answers before it is quick.
                    let is_slow = state.phase == Phase::Head
                        && self.now().saturating_duration_since(state.since) > limits::TIMEOUT_IS_SLOW_AFTER;
                    if !is_slow {
                        ride.connection.close_after_use();
                    }
                    is_slow.then_some(Refusal::TimedOut)
                }
            }
        };
        refusal.filter(|_| state.upload.can_rewind(&self.request.body))
    }

    /// The server answered 408, and that is no answer: tries again on a connection that has not.
    fn refused_timed_out(self: &Rc<Self>) {
        if let Some(connection) = self.connection() {
            connection.close_after_use();
        }
        let error = Error::connection_closed(Phase::Head).with_detail("the server answers 408 each time");
        self.lost(error, Lost::TimedOut);
    }

    /// The server answered 408 to a connection: tries again on another.
    fn refused_stale(self: &Rc<Self>) {
        let error = Error::connection_closed(Phase::Head).with_detail("the server gave the connection up");
        self.lost(error, Lost::RequestTimeout);
    }
}
