//! The thread-safe end of an exchange.

use std::sync::Arc;

use bytes::Bytes;

use super::inbox::Inbox;
use super::{Command, Order, Runtime};
use crate::certificates::ChainId;
use crate::request::{ExchangeId, TrailerList};
use crate::response::BodyTarget;

/// Orders to one running exchange. Cheap to clone; every method is legal at any time, also after the end.
///
/// Dropping it does not abort: call [`ExchangeHandle::abort`]. The `*_command` forms make an order without sending
/// it, so that the caller can send a batch with one [`Runtime::submit`].
#[derive(Clone)]
pub struct ExchangeHandle {
    pub(super) id: ExchangeId,
    pub(super) home: Arc<Inbox>,
}

impl ExchangeHandle {
    fn command(&self, order: Order) -> Command {
        Command { home: Arc::clone(&self.home), order }
    }

    /// The exchange's number, for logs and maps.
    pub fn id(&self) -> ExchangeId {
        self.id
    }

    /// Asks for the next piece of the body, up to `max` bytes (capped at [`crate::limits::BODY_PIECE_MAX`]; 0 means
    /// the cap). Answered by exactly one `Data`, or by `Done` or `Failed`. One at a time.
    pub fn read(&self, max: usize) {
        Runtime::submit(vec![self.read_command(max)]);
    }

    /// Order for [`ExchangeHandle::read`].
    pub fn read_command(&self, max: usize) -> Command {
        self.command(Order::Read { id: self.id, max })
    }

    /// Asks for all of the rest in one piece; see [`ExchangeHandle::read_whole_command`].
    pub fn read_whole(&self) {
        Runtime::submit(vec![self.read_whole_command(None)]);
    }

    /// Order for all of the rest in one piece. Answered by one `Data` (none if nothing is left) and `Done`, or by
    /// `Failed`; where memory is given, what fits it is written there and told as `Filled` before that. It cannot be taken back by
    /// a later `read`.
    pub fn read_whole_command(&self, target: Option<Box<dyn BodyTarget>>) -> Command {
        self.command(Order::ReadWhole { id: self.id, target })
    }

    /// Sends a piece of a streamed body (or raw bytes after an upgrade). Never blocks; see `RequestBodyCapacity`.
    pub fn write(&self, data: Bytes) {
        Runtime::submit(vec![self.write_command(data)]);
    }

    /// Order for [`ExchangeHandle::write`].
    pub fn write_command(&self, data: Bytes) -> Command {
        self.command(Order::Write { id: self.id, data })
    }

    /// Ends a streamed body.
    pub fn end(&self, trailers: TrailerList) {
        Runtime::submit(vec![self.end_command(trailers)]);
    }

    /// Order for [`ExchangeHandle::end`].
    pub fn end_command(&self, trailers: TrailerList) -> Command {
        self.command(Order::End { id: self.id, trailers })
    }

    /// Gives the rest of the body up: reads on for up to `max` undecoded bytes to keep the connection, else closes
    /// the stream. Ends with `Done` either way.
    pub fn discard(&self, max: u64) {
        Runtime::submit(vec![self.discard_command(max)]);
    }

    /// Order for [`ExchangeHandle::discard`].
    pub fn discard_command(&self, max: u64) -> Command {
        self.command(Order::Discard { id: self.id, max })
    }

    /// Lets a held exchange send its request to a peer with these certificates; no effect if it is not held, or for
    /// others.
    pub fn confirm(&self, chain: ChainId) {
        Runtime::submit(vec![self.confirm_command(chain)]);
    }

    /// Order for [`ExchangeHandle::confirm`].
    pub fn confirm_command(&self, chain: ChainId) -> Command {
        self.command(Order::Confirm { id: self.id, chain })
    }

    /// Stops at once, whatever the phase. Idempotent. `Failed` with `ERR_ABORTED` follows unless already over.
    pub fn abort(&self) {
        Runtime::submit(vec![self.abort_command()]);
    }

    /// Order for [`ExchangeHandle::abort`].
    pub fn abort_command(&self) -> Command {
        self.command(Order::Abort { id: self.id })
    }
}
