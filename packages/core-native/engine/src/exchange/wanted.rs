//! What the caller wants of the body now.

use crate::body::Whole;
use crate::response::BodyTarget;

/// At most one thing. All of the rest in one piece is not taken back by a later read, and nothing is wanted of a body that
/// was given up.
pub(super) enum Wanted {
    Nothing,
    /// A piece of at most so many bytes.
    Piece(usize),
    /// All of the rest in one piece: what has come of it.
    Whole(Whole),
    /// It was given up; undecoded bytes that may still be read to keep the connection.
    Discard(u64),
}

impl Wanted {
    pub(super) fn piece(&mut self, max: usize) {
        if matches!(self, Self::Nothing | Self::Piece(_)) {
            *self = Self::Piece(max);
        }
    }

    pub(super) fn whole(&mut self, target: Option<Box<dyn BodyTarget>>) {
        if matches!(self, Self::Nothing | Self::Piece(_)) {
            *self = Self::Whole(Whole::new(target));
        }
    }

    /// Whether somebody waits for bytes to read them.
    pub(super) fn is_reading(&self) -> bool {
        matches!(self, Self::Piece(_) | Self::Whole(_))
    }

    pub(super) fn is_discarding(&self) -> bool {
        matches!(self, Self::Discard(_))
    }
}
