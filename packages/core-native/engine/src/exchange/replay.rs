//! When an exchange that lost its connection may be tried once more.

use std::rc::Rc;

use wiretwin_wire::http1::RequestTimeout;

use super::early::Early;
use super::{Exchange, Place};
use crate::error::Error;
use crate::limits;
use crate::phase::Phase;
use crate::request::Protocols;

const REQUEST_TIMEOUT: u16 = 408;

/// What is known about a request whose connection or stream went away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// The peer said, or the socket shows, that it did not process the request.
    Unprocessed,
    /// A reused connection died before any byte of the response: the peer's idle timeout, most likely. Only a method
    /// whose repetition does no harm is tried again (RFC 9110 9.2.2, RFC 9112 9.3.1).
    IdleClose,
    /// The peer asks for HTTP/1.1 (RFC 9113 8.1 HTTP_1_1_REQUIRED): one fallback, unprocessed by definition.
    Http1Required,
    /// Early data went wrong: the server answered 425, or the handshake that carried it was cut. One more attempt
    /// without it; only safe requests travel that way.
    EarlyData,
    /// The server answered 421, and the browser repeats the request: that status says that it was not processed.
    Misdirected,
    /// The server answered 408 on a connection that had idled, and the browser repeats the request.
    RequestTimeout,
    /// Nothing.
    None,
}

impl Exchange {
    /// The connection is gone or the stream refused. Tries again if that is provably harmless, at most once; fails
    /// with `error` otherwise.
    pub(crate) fn lost(self: &Rc<Self>, error: Error, proof: Proof) {
        let connection = match &self.state.borrow().place {
            Place::On { connection, .. } => Some(Rc::clone(connection)),
            _ => None,
        };
        if self.may_replay(proof) {
            // One idle connection was found dead: its siblings are as old, and the one replay must not meet another.
            if let Some(connection) = connection.filter(|_| proof == Proof::IdleClose) {
                connection.close_idle_siblings();
            }
            self.enter(Phase::Queue);
            return self.pool.submit(self);
        }
        let replayable = match proof {
            Proof::Unprocessed | Proof::Http1Required | Proof::Misdirected | Proof::RequestTimeout => true,
            Proof::IdleClose | Proof::EarlyData | Proof::None => false,
        };
        self.receive_failed(error.with_replayable(replayable));
    }

    fn may_replay(&self, proof: Proof) -> bool {
        let protocols = self.protocols();
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        if matches!(state.place, Place::Over) || !self.request.replay || state.answered {
            return false;
        }
        let allowed = match proof {
            Proof::Unprocessed => state.replays < limits::REPLAYS_MAX,
            Proof::IdleClose => {
                matches!(state.place, Place::On { reused: true, .. })
                    && state.replays < limits::REPLAYS_MAX
                    && self.is_idempotent()
            }
            Proof::Http1Required => !state.http1_only && (protocols == Protocols::Auto || self.request.web_socket),
            Proof::EarlyData => state.early != Early::Refused,
            Proof::Misdirected => !state.misdirected,
            // Each time costs a connection that had idled, and a new one is not asked again.
            Proof::RequestTimeout => matches!(state.place, Place::On { reused: true, .. }),
            Proof::None => false,
        };
        if !allowed || !state.upload.rewind(&self.request.body) {
            return false;
        }
        match proof {
            Proof::Http1Required => state.http1_only = true,
            Proof::EarlyData => state.early = Early::Refused,
            Proof::Misdirected => state.misdirected = true,
            Proof::RequestTimeout => {}
            Proof::Unprocessed | Proof::IdleClose | Proof::None => state.replays += 1,
        }
        state.place = Place::Nowhere;
        state.was_sent = true;
        true
    }

    /// Whether an answer of `status` over HTTP/1.1 is not the caller's: the server has given an idle connection up, and the
    /// browser repeats the request on another one.
    pub(crate) fn is_stale_timeout(&self, status: u16) -> bool {
        let state = self.state.borrow();
        status == REQUEST_TIMEOUT
            && self.pool.shared.tls.profile().http1.request_timeout == RequestTimeout::RetryIfReused
            && self.request.replay
            && !self.request.web_socket
            && !state.answered
            && matches!(state.place, Place::On { reused: true, .. })
            && state.upload.can_rewind(&self.request.body)
    }

    /// The server answered 408 to a connection: tries again on another.
    pub(crate) fn refused_stale(self: &Rc<Self>) {
        let error = Error::connection_closed(Phase::Head).with_detail("the server gave the connection up");
        self.lost(error, Proof::RequestTimeout);
    }
}
