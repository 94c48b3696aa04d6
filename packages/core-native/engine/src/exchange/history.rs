//! What an exchange has been through, and what it may do next by that: pure rules over plain facts.

use crate::carrier::Proof;
use crate::limits;

/// State with regard to early data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Early {
    /// Nothing has gone wrong with it.
    #[default]
    Allowed,
    /// The server took the request as early data.
    Accepted,
    /// It went wrong once: never again for this exchange.
    Refused,
}

/// What 421 has led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Misdirection {
    #[default]
    Never,
    /// The request was repeated once.
    Repeated,
    /// The same, on a new connection, which over HTTP/2 serves nothing else.
    RepeatedOnNew,
}

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
    Misdirected {
        /// It is repeated on a new connection.
        on_new: bool,
    },
    /// The server answered 408 on a connection that had idled, and the browser repeats the request.
    RequestTimeout,
    /// The server answered 408, and the browser repeats the request whatever its connection has served.
    TimedOut,
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

impl Lost {
    /// Whether the peer has not processed the request, so that the caller may repeat it where we do not.
    pub(super) fn is_unprocessed(self) -> bool {
        match self {
            Self::Unprocessed
            | Self::Http1Required
            | Self::Misdirected { .. }
            | Self::RequestTimeout
            | Self::TimedOut => true,
            Self::IdleClose | Self::EarlyData | Self::Unknown => false,
        }
    }
}

/// What another attempt depends on besides the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Circumstances {
    /// The request was on a connection that had served another exchange before.
    pub(super) on_reused: bool,
    /// Repeating the method does no harm.
    pub(super) is_idempotent: bool,
    /// The caller allows HTTP/1.1 and HTTP/2.
    pub(super) may_fall_back: bool,
}

/// What earlier attempts have led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct History {
    replays: u8,
    /// It was given to a connection, in vain.
    pub(super) was_sent: bool,
    pub(super) http1_only: bool,
    pub(super) early: Early,
    pub(super) misdirection: Misdirection,
    /// Answers 408.
    timeouts: u8,
}

impl History {
    /// What it is after another attempt is begun; `None` if there is to be none. Nothing of the answer has come, and the
    /// body can be sent again.
    pub(super) fn repeat(self, lost: Lost, circumstances: Circumstances) -> Option<Self> {
        let mut next = Self { was_sent: true, ..self };
        let allowed = match lost {
            Lost::Unprocessed => self.replays < limits::REPLAYS_MAX,
            Lost::IdleClose => {
                circumstances.on_reused && circumstances.is_idempotent && self.replays < limits::REPLAYS_MAX
            }
            Lost::Http1Required => !self.http1_only && circumstances.may_fall_back,
            Lost::EarlyData => self.early != Early::Refused,
            Lost::Misdirected { .. } => self.misdirection == Misdirection::Never,
            // Each time costs a connection that had idled, and a new one is not asked again.
            Lost::RequestTimeout => circumstances.on_reused,
            Lost::TimedOut => self.timeouts < limits::TIMEOUT_REPLAYS_MAX,
            Lost::Unknown => false,
        };
        match lost {
            Lost::Unprocessed | Lost::IdleClose => next.replays += 1,
            Lost::Http1Required => next.http1_only = true,
            Lost::EarlyData => next.early = Early::Refused,
            Lost::Misdirected { on_new: false } => next.misdirection = Misdirection::Repeated,
            Lost::Misdirected { on_new: true } => next.misdirection = Misdirection::RepeatedOnNew,
            Lost::TimedOut => next.timeouts += 1,
            Lost::RequestTimeout | Lost::Unknown => {}
        }
        allowed.then_some(next)
    }

    /// Whether its next connection shall be a new one because of 421.
    pub(super) fn wants_new(self) -> bool {
        self.misdirection == Misdirection::RepeatedOnNew
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: Circumstances = Circumstances { on_reused: true, is_idempotent: true, may_fall_back: true };
    const ALL: [Lost; 8] = [
        Lost::Unprocessed,
        Lost::IdleClose,
        Lost::Http1Required,
        Lost::EarlyData,
        Lost::Misdirected { on_new: false },
        Lost::Misdirected { on_new: true },
        Lost::RequestTimeout,
        Lost::Unknown,
    ];

    #[test]
    fn nothing_is_repeated_without_end_on_new_connections() {
        // Whatever goes wrong in whatever order: each kind once, and both proofs of an unprocessed request share one.
        let fresh = Circumstances { on_reused: false, ..ANY };
        for first in ALL {
            let mut history = History::default();
            let mut attempts = 0;
            for lost in std::iter::once(first).chain(ALL).chain(ALL).chain(ALL) {
                if let Some(next) = history.repeat(lost, fresh) {
                    assert!(next.was_sent);
                    history = next;
                    attempts += 1;
                }
            }
            assert_eq!(attempts, 4, "{first:?}");
        }
    }

    #[test]
    fn a_dead_connection_is_forgiven_only_if_it_was_used_before_and_repeating_does_no_harm() {
        let may = |circumstances| History::default().repeat(Lost::IdleClose, circumstances).is_some();
        assert!(may(ANY));
        assert!(!may(Circumstances { on_reused: false, ..ANY }) && !may(Circumstances { is_idempotent: false, ..ANY }));
        let once = History::default().repeat(Lost::Unprocessed, ANY);
        assert_eq!(once.and_then(|once| once.repeat(Lost::IdleClose, ANY)), None);
    }

    #[test]
    fn a_caller_who_wants_one_protocol_gets_no_other() {
        let fixed = Circumstances { may_fall_back: false, ..ANY };
        assert_eq!(History::default().repeat(Lost::Http1Required, fixed), None);
        assert!(History::default().repeat(Lost::Http1Required, ANY).is_some_and(|next| next.http1_only));
    }

    #[test]
    fn answers_of_408_are_counted() {
        let mut history = History::default();
        let mut repeated = 0;
        while let Some(next) = history.repeat(Lost::TimedOut, Circumstances { on_reused: false, ..ANY }) {
            history = next;
            repeated += 1;
        }
        assert_eq!(repeated, limits::TIMEOUT_REPLAYS_MAX);
    }

    #[test]
    fn misdirection_is_told_apart() {
        let next = |on_new| History::default().repeat(Lost::Misdirected { on_new }, ANY);
        assert_eq!(next(false).map(History::wants_new), Some(false));
        assert_eq!(next(true).map(History::wants_new), Some(true));
    }
}
