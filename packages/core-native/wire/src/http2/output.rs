//! Writes that wait for the socket, in order; each is one TLS write.

use std::collections::VecDeque;

use std::sync::Arc;

use bytes::Bytes;

use super::error::{ConnectionError, ErrorCode};
use super::frame::PriorityBlock;
use crate::head::RequestHead;

/// One TLS write.
pub(super) enum Write {
    /// Frames.
    Frames(Bytes),
    /// A request, encoded when its turn comes: a stream that ends before leaves no trace, neither on the wire nor in the
    /// HPACK table.
    Request(Request),
}

/// HEADERS to be.
pub(super) struct Request {
    pub(super) id: u32,
    pub(super) head: Arc<RequestHead>,
    pub(super) priority: Option<PriorityBlock>,
    pub(super) end_stream: bool,
    /// Bytes of its body that may follow at once.
    pub(super) behind: u32,
}

/// What frames are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// Preface, SETTINGS and what belongs to them.
    FirstFlight,
    /// Something the peer made us say; bounded by `Http2Limits::max_queued_answers`.
    Answer,
    /// Anything else: of our own.
    Own,
}

/// The queue of control and HEADERS writes. DATA is made when it is asked for and never waits here.
pub(super) struct Output {
    queue: VecDeque<(Write, Reason)>,
    answers: usize,
    max_answers: usize,
    /// SETTINGS ACKs that must not precede the first HEADERS.
    held_acks: usize,
    headers_written: bool,
}

impl Output {
    pub(super) fn new(max_answers: usize) -> Self {
        Self { queue: VecDeque::new(), answers: 0, max_answers, held_acks: 0, headers_written: false }
    }

    pub(super) fn push(&mut self, bytes: Vec<u8>, reason: Reason) {
        self.queue.push_back((Write::Frames(Bytes::from(bytes)), reason));
    }

    pub(super) fn push_request(&mut self, request: Request) {
        self.queue.push_back((Write::Request(request), Reason::Own));
    }

    /// Queues an answer; a peer that makes us answer without reading is cut off.
    pub(super) fn push_answer(&mut self, bytes: Vec<u8>) -> Result<(), ConnectionError> {
        self.count_answer()?;
        self.push(bytes, Reason::Answer);
        Ok(())
    }

    /// Queues a SETTINGS ACK, or holds it until the first HEADERS are written.
    pub(super) fn push_settings_ack(&mut self, after_first_headers: bool) -> Result<(), ConnectionError> {
        self.count_answer()?;
        if after_first_headers && !self.headers_written {
            self.held_acks += 1;
        } else {
            self.push(SETTINGS_ACK.to_vec(), Reason::Answer);
        }
        Ok(())
    }

    /// Queues the SETTINGS ACKs that wait for the first HEADERS: those wait for something else.
    pub(super) fn release_settings_acks(&mut self) {
        for _ in 0..std::mem::take(&mut self.held_acks) {
            self.push(SETTINGS_ACK.to_vec(), Reason::Answer);
        }
    }

    fn count_answer(&mut self) -> Result<(), ConnectionError> {
        if self.answers >= self.max_answers {
            let reason = "the peer forces answers that it does not read";
            return Err(ConnectionError { code: ErrorCode::ENHANCE_YOUR_CALM, reason });
        }
        self.answers += 1;
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Option<Write> {
        let (write, reason) = self.queue.pop_front()?;
        if reason == Reason::Answer {
            self.answers -= 1;
        }
        Some(write)
    }

    /// A request is written: the SETTINGS ACKs that were held for the first one come next.
    pub(super) fn request_written(&mut self) {
        self.headers_written = true;
        for _ in 0..std::mem::take(&mut self.held_acks) {
            self.queue.push_front((Write::Frames(Bytes::from_static(&SETTINGS_ACK)), Reason::Answer));
        }
    }

    /// Drops everything that waits, except for a first flight that was not written: GOAWAY without it means nothing.
    pub(super) fn abandon(&mut self) {
        self.queue.retain(|(_, reason)| *reason == Reason::FirstFlight);
        self.answers = 0;
        self.held_acks = 0;
    }
}

const SETTINGS_ACK: [u8; 9] = [0, 0, 0, 4, 1, 0, 0, 0, 0];
