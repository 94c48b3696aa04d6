//! Credit against floods. Frames that move nothing forward cost credit; progress earns some back.
//!
//! Credit instead of a rate, because this layer has no clock: a peer that answers requests can send control frames for
//! ever, one that only sends control frames runs dry.

use super::error::{ConnectionError, ErrorCode};
use super::limits::Http2Limits;

/// Credit of one connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    credit: u32,
    full: u32,
    refund: u32,
}

impl Budget {
    /// For frames that move nothing forward.
    pub(super) fn new(limits: &Http2Limits) -> Self {
        Self { credit: limits.control_credit, full: limits.control_credit, refund: limits.control_credit_refund }
    }

    /// For decoded bytes of heads that are no answer.
    pub(super) fn of_interim_heads(limits: &Http2Limits) -> Self {
        Self { credit: limits.interim_credit, full: limits.interim_credit, refund: limits.interim_credit_refund }
    }

    /// Pays for a frame without progress.
    pub(super) fn spend(&mut self, cost: u32) -> Result<(), ConnectionError> {
        self.credit = self.credit.checked_sub(cost).ok_or(ConnectionError {
            code: ErrorCode::ENHANCE_YOUR_CALM,
            reason: "the peer floods the connection with frames that make no progress",
        })?;
        Ok(())
    }

    /// Records progress: a response head, body bytes, or body bytes sent.
    pub(super) fn earn(&mut self) {
        self.credit = self.credit.saturating_add(self.refund).min(self.full);
    }
}
