//! State of one request and its response.

use std::collections::VecDeque;

use bytes::Bytes;

use super::error::StreamGone;
use super::flow::{ReceiveWindow, SendWindow};
use super::limits::Http2Limits;
use super::response::Malformed;
use super::unread::{Place, Unread};
use super::upload_reads::Reading;
use crate::head::Field;

/// How far the response has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Receiving {
    /// The final head is still to come.
    Head,
    /// Body, then perhaps trailers.
    Body,
    /// END_STREAM was received.
    Done,
}

/// How far the request has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sending {
    /// More body may be given.
    Open,
    /// The last piece was given and waits to be written.
    Ending,
    /// END_STREAM was written.
    Done,
}

/// What the method says about the response's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RequestKind {
    Plain,
    /// A response never has a body, whatever its `content-length` says (RFC 9110 9.3.2).
    Head,
    /// A 2xx response starts a tunnel; `content-length` means nothing (RFC 9110 9.3.6).
    Connect,
}

/// One open stream, or one whose response is complete but not yet read.
pub(super) struct Stream {
    pub(super) kind: RequestKind,
    pub(super) receiving: Receiving,
    pub(super) sending: Sending,
    pub(super) send_window: SendWindow,
    pub(super) receive_window: ReceiveWindow,
    /// In the round-robin of streams that have something to write.
    pub(super) scheduled: bool,
    pub(super) trailers: Option<Vec<Field>>,
    pub(super) informational: u32,
    /// Where the body's frames are cut.
    pub(super) reading: Option<Reading>,
    /// `Http2Policy::body_buffer`, of a request's body.
    pub(super) buffer: usize,
    /// Bytes that are left of the read under way.
    pub(super) buffered: usize,
    /// Size of all header lists so far.
    pub(super) listed: usize,
    pending: VecDeque<Bytes>,
    pending_len: usize,
    above_low_water: bool,
    unread: Unread,
    /// Body bytes still promised by `content-length`.
    remaining: Option<u64>,
}

impl Stream {
    pub(super) fn new(kind: RequestKind, sending: Sending, send_window: SendWindow, receive: ReceiveWindow) -> Self {
        Self {
            kind,
            receiving: Receiving::Head,
            sending,
            send_window,
            receive_window: receive,
            scheduled: false,
            trailers: None,
            informational: 0,
            reading: None,
            buffer: 0,
            buffered: 0,
            listed: 0,
            pending: VecDeque::new(),
            pending_len: 0,
            above_low_water: false,
            unread: Unread::default(),
            remaining: None,
        }
    }

    /// Both directions have ended: the stream no longer counts against MAX_CONCURRENT_STREAMS.
    pub(super) fn is_closed(&self) -> bool {
        self.receiving == Receiving::Done && self.sending == Sending::Done
    }

    /// Body bytes delivered and not yet counted as consumed.
    pub(super) fn unread(&self) -> u32 {
        self.unread.bytes()
    }

    pub(super) fn pending_len(&self) -> usize {
        self.pending_len
    }

    /// Takes a piece of the request body.
    pub(super) fn queue(&mut self, chunk: Bytes, end: bool, low_water: usize) -> Result<(), StreamGone> {
        if self.sending != Sending::Open {
            return Err(StreamGone);
        }
        self.pending_len += chunk.len();
        if !chunk.is_empty() {
            self.pending.push_back(chunk);
        }
        if end {
            self.sending = Sending::Ending;
        }
        self.above_low_water |= self.pending_len >= low_water;
        Ok(())
    }

    /// Body bytes up to the end of the read under way.
    pub(super) fn left_of_read(&mut self) -> usize {
        if self.buffer == 0 {
            return usize::MAX;
        }
        if self.buffered == 0 {
            self.buffered = self.buffer;
        }
        self.buffered
    }

    /// A frame of `count` body bytes was made. A read that found no more ends there.
    pub(super) fn wrote(&mut self, count: usize) {
        self.buffered = if self.pending_len == 0 { 0 } else { self.buffered.saturating_sub(count) };
    }

    /// Whether a frame could be written if the connection's window allows it.
    pub(super) fn has_work(&self) -> bool {
        if self.pending_len > 0 { self.send_window.available() > 0 } else { self.sending == Sending::Ending }
    }

    /// Moves up to `count` body bytes to `out`. True if the queue fell below the low-water mark.
    pub(super) fn take_body(&mut self, count: usize, low_water: usize, out: &mut Vec<u8>) -> bool {
        let mut left = count.min(self.pending_len);
        self.pending_len -= left;
        self.send_window.spend(left);
        while left > 0 {
            let Some(chunk) = self.pending.front_mut() else {
                break;
            };
            if chunk.len() > left {
                out.extend_from_slice(&chunk.split_to(left));
                break;
            }
            left -= chunk.len();
            out.extend_from_slice(chunk);
            self.pending.pop_front();
        }
        let fell = self.above_low_water && self.pending_len < low_water;
        self.above_low_water &= !fell;
        fell
    }

    /// Fixes the length that the body must have.
    pub(super) fn expect_body(&mut self, status: u16, content_length: Option<u64>) {
        self.receiving = Receiving::Body;
        self.remaining = match self.kind {
            RequestKind::Head => Some(0),
            RequestKind::Connect if (200..300).contains(&status) => None,
            _ if status == 204 || status == 304 => Some(0),
            _ => content_length,
        };
    }

    /// Counts body bytes against `content-length` (RFC 9113 8.1.1).
    pub(super) fn receive_body(&mut self, length: u32, place: Place, limits: &Http2Limits) -> Result<(), BodyFault> {
        if let Some(remaining) = &mut self.remaining {
            *remaining = remaining.checked_sub(u64::from(length)).ok_or(BodyFault::Length)?;
        }
        self.unread.push(length, place);
        let pieces = u32::try_from(self.unread.pieces()).unwrap_or(u32::MAX);
        let average_reached = pieces.saturating_mul(limits.small_frame_average) <= self.unread.bytes();
        if pieces > limits.small_frames_allowed && !average_reached {
            return Err(BodyFault::SmallFrames);
        }
        Ok(())
    }

    /// The response ended; an early end is malformed.
    pub(super) fn finish_receiving(&mut self) -> Result<(), Malformed> {
        self.receiving = Receiving::Done;
        if self.remaining.is_some_and(|remaining| remaining > 0) { Err(Malformed) } else { Ok(()) }
    }

    /// The reader took `bytes`.
    pub(super) fn read(&mut self, bytes: usize) {
        self.unread.read(bytes);
    }

    /// The next piece that counts as consumed.
    pub(super) fn next_counted(&mut self) -> Option<u32> {
        self.unread.next_counted()
    }

    /// Counts consumed bytes on the stream's own window. Nothing is returned once the response is complete.
    pub(super) fn return_window(&mut self, bytes: u32) -> Option<u32> {
        if self.receiving == Receiving::Done {
            return None;
        }
        self.receive_window.consume(bytes)
    }
}

/// Why a DATA frame is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyFault {
    /// More bytes than `content-length` promised, or a body where none may be.
    Length,
    /// Thousands of unread frames with next to nothing in them.
    SmallFrames,
}
