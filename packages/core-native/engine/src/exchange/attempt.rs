//! The attempt under way.

use std::rc::Rc;

use wiretwin_wire::head::ResponseHead;

use crate::pool::{Connection, Origin};
use crate::response::HttpVersion;

/// How far it is.
pub(super) enum Attempt {
    /// Before a connection: nowhere yet, or in the queue of an origin.
    Queued(Option<Rc<Origin>>),
    /// On a connection that waits for its caller's word.
    Held(Rc<Connection>),
    /// Its request is on the way.
    Sent(Ride),
    /// An answer has begun: there is no other attempt any more.
    Answered(Ride, Answer),
    /// The same, and bytes are raw in both directions.
    Upgraded(Ride, Answer),
    /// The exchange has ended.
    Over,
}

/// The connection that carries it.
#[derive(Clone)]
pub(super) struct Ride {
    pub(super) connection: Rc<Connection>,
    /// It had served another exchange before.
    pub(super) reused: bool,
}

/// How much of the answer's head is here.
pub(super) enum Answer {
    /// Only answers before the final one.
    Interim,
    /// The final head, which the caller is told with what came with it.
    Head(FinalHead),
    /// The caller knows it.
    Told,
}

pub(super) struct FinalHead {
    pub(super) head: ResponseHead,
    pub(super) version: HttpVersion,
    /// Content codings that are removed.
    pub(super) decoded: Vec<&'static str>,
}

impl Attempt {
    pub(super) fn is_over(&self) -> bool {
        matches!(self, Self::Over)
    }

    pub(super) fn is_upgraded(&self) -> bool {
        matches!(self, Self::Upgraded(..))
    }

    pub(super) fn ride(&self) -> Option<&Ride> {
        match self {
            Self::Sent(ride) | Self::Answered(ride, _) | Self::Upgraded(ride, _) => Some(ride),
            Self::Queued(_) | Self::Held(_) | Self::Over => None,
        }
    }

    /// Whether its request is on a connection that had served another exchange before, and no answer has begun.
    pub(super) fn is_unanswered_reuse(&self) -> bool {
        matches!(self, Self::Sent(Ride { reused: true, .. }))
    }

    /// An answer has begun.
    pub(super) fn answer_begins(&mut self) {
        if let Self::Sent(ride) = self {
            *self = Self::Answered(ride.clone(), Answer::Interim);
        }
    }

    /// From here on bytes are raw.
    pub(super) fn upgrade(&mut self) {
        if let Self::Sent(ride) | Self::Answered(ride, _) = self {
            *self = Self::Upgraded(ride.clone(), Answer::Interim);
        }
    }

    /// The final head is here.
    pub(super) fn answered(&mut self, head: FinalHead) {
        self.answer_begins();
        if let Self::Answered(_, answer) | Self::Upgraded(_, answer) = self {
            *answer = Answer::Head(head);
        }
    }

    fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Answered(_, answer) | Self::Upgraded(_, answer) => Some(answer),
            _ => None,
        }
    }

    /// Whether the final head is here.
    pub(super) fn has_head(&self) -> bool {
        matches!(self.answer(), Some(Answer::Head(_) | Answer::Told))
    }

    /// Whether the caller knows the final head.
    pub(super) fn has_told(&self) -> bool {
        matches!(self.answer(), Some(Answer::Told))
    }

    /// Takes a final head that the caller does not know yet: it is told now.
    pub(super) fn take_head(&mut self) -> Option<(FinalHead, Ride)> {
        let (Self::Answered(ride, answer) | Self::Upgraded(ride, answer)) = self else { return None };
        if !matches!(answer, Answer::Head(_)) {
            return None;
        }
        match std::mem::replace(answer, Answer::Told) {
            Answer::Head(head) => Some((head, ride.clone())),
            Answer::Interim | Answer::Told => None,
        }
    }
}
