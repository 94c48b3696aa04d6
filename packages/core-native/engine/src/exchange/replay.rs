//! When an exchange that lost its connection may be tried once more.

use std::rc::Rc;

use wiretwin_wire::http1::RequestTimeout;

use super::early::Early;
use super::{Exchange, Place};
use crate::carrier::{Proof, Refusal};
use crate::error::Error;
use crate::limits;
use crate::phase::Phase;
use crate::request::Protocols;

const REQUEST_TIMEOUT: u16 = 408;

/// Why a request has come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// The peer said, or the socket shows, that it did not process the request.
    Unprocessed,
    /// The connection died before any byte of the response. Where it was used before it was the peer's idle timeout, most
    /// likely: only a method whose repetition does no harm is tried again (RFC 9110 9.2.2, RFC 9112 9.3.1).
    IdleClose,
    /// The peer asks for HTTP/1.1: one fallback, unprocessed by definition.
    Http1Required,
    /// Early data went wrong: the server answered 425, or the handshake that carried it was cut. One more attempt
    /// without it; only safe requests travel that way.
    EarlyData,
    /// The server answered 421, and the browser repeats the request: that status says that it was not processed.
    Misdirected,
    /// The server answered 408 on a connection that had idled, and the browser repeats the request.
    RequestTimeout,
    /// Nothing is known.
    Unknown,
}

impl From<Proof> for Lost {
    fn from(proof: Proof) -> Self {
        match proof {
            Proof::Unprocessed => Self::Unprocessed,
            Proof::IdleClose => Self::IdleClose,
            Proof::Http1Required => Self::Http1Required,
            Proof::None => Self::Unknown,
        }
    }
}

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
        let replayable = match lost {
            Lost::Unprocessed | Lost::Http1Required | Lost::Misdirected | Lost::RequestTimeout => true,
            Lost::IdleClose | Lost::EarlyData | Lost::Unknown => false,
        };
        self.receive_failed(error.with_replayable(replayable));
    }

    fn may_replay(&self, lost: Lost) -> bool {
        let protocols = self.protocols();
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        if matches!(state.place, Place::Over) || !self.request.replay || state.answered {
            return false;
        }
        let allowed = match lost {
            Lost::Unprocessed => state.replays < limits::REPLAYS_MAX,
            Lost::IdleClose => {
                matches!(state.place, Place::On { reused: true, .. })
                    && state.replays < limits::REPLAYS_MAX
                    && self.request.is_idempotent()
            }
            Lost::Http1Required => !state.http1_only && (protocols == Protocols::Auto || self.request.web_socket),
            Lost::EarlyData => state.early != Early::Refused,
            Lost::Misdirected => !state.misdirected,
            // Each time costs a connection that had idled, and a new one is not asked again.
            Lost::RequestTimeout => matches!(state.place, Place::On { reused: true, .. }),
            Lost::Unknown => false,
        };
        if !allowed || !state.upload.rewind(&self.request.body) {
            return false;
        }
        match lost {
            Lost::Http1Required => state.http1_only = true,
            Lost::EarlyData => state.early = Early::Refused,
            Lost::Misdirected => state.misdirected = true,
            Lost::RequestTimeout => {}
            Lost::Unprocessed | Lost::IdleClose | Lost::Unknown => state.replays += 1,
        }
        state.place = Place::Nowhere;
        state.was_sent = true;
        true
    }

    /// Whether an answer of `status` is not the caller's.
    pub(super) fn refusal(&self, status: u16) -> Option<Refusal> {
        match status {
            _ if self.is_too_early(status) => Some(Refusal::TooEarly),
            _ if self.is_misdirected(status) => Some(Refusal::Misdirected),
            _ if self.is_stale_timeout(status) => Some(Refusal::Stale),
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

    /// Whether an answer of `status` over HTTP/1.1 is not the caller's: the server has given an idle connection up, and the
    /// browser repeats the request on another one.
    fn is_stale_timeout(&self, status: u16) -> bool {
        let state = self.state.borrow();
        status == REQUEST_TIMEOUT
            && self.pool.shared.tls.profile().http1.request_timeout == RequestTimeout::RetryIfReused
            && self.request.replay
            && !self.request.web_socket
            && !state.answered
            && matches!(&state.place, Place::On { connection, reused: true } if !connection.is_http2())
            && state.upload.can_rewind(&self.request.body)
    }

    /// The server answered 408 to a connection: tries again on another.
    fn refused_stale(self: &Rc<Self>) {
        let error = Error::connection_closed(Phase::Head).with_detail("the server gave the connection up");
        self.lost(error, Lost::RequestTimeout);
    }
}
