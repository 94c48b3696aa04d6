//! The request body on its way to a connection.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::error::{Error, codes};
use crate::limits;
use crate::phase::Phase;
use crate::request::{RequestBody, TrailerList};

/// Body bytes that the caller gave and the connection has not taken.
#[derive(Debug, Default)]
pub(crate) struct Upload {
    queue: VecDeque<Bytes>,
    queued: usize,
    /// Taken by the connection so far.
    taken: u64,
    /// Announced length of a streamed body.
    expected: Option<u64>,
    given: u64,
    ended: bool,
    trailers: TrailerList,
    /// Bytes taken since the caller was told.
    untold: bool,
    /// All that the caller gave of a streamed body that may be sent once more.
    kept: Option<Vec<Bytes>>,
}

impl Upload {
    /// `repeatable`: [`crate::ExchangeRequest::repeatable`].
    pub(crate) fn new(body: &RequestBody, repeatable: bool) -> Self {
        let mut upload = Self::default();
        match body {
            RequestBody::None => upload.ended = true,
            RequestBody::Bytes(bytes) => {
                upload.given = bytes.len() as u64;
                upload.queued = bytes.len();
                if !bytes.is_empty() {
                    upload.queue.push_back(bytes.clone());
                }
                upload.ended = true;
            }
            RequestBody::Stream { length } => {
                upload.expected = *length;
                let is_kept = repeatable && length.is_some_and(|length| length <= limits::BODY_KEPT_MAX);
                upload.kept = is_kept.then(Vec::new);
            }
        }
        upload
    }

    /// Takes a piece from the caller.
    pub(crate) fn push(&mut self, data: Bytes) -> Result<(), Error> {
        if self.ended || data.is_empty() {
            return Ok(());
        }
        self.given += data.len() as u64;
        if self.expected.is_some_and(|expected| self.given > expected) {
            return Err(wrong_length("more bytes than content-length"));
        }
        self.queued += data.len();
        if let Some(kept) = &mut self.kept {
            kept.push(data.clone());
        }
        self.queue.push_back(data);
        Ok(())
    }

    /// The caller has no more.
    pub(crate) fn end(&mut self, trailers: TrailerList) -> Result<(), Error> {
        if self.ended {
            return Ok(());
        }
        if self.expected.is_some_and(|expected| self.given != expected) {
            return Err(wrong_length("fewer bytes than content-length"));
        }
        self.ended = true;
        self.trailers = trailers;
        Ok(())
    }

    /// Next piece of at most `max` bytes and whether it is the last of the body.
    pub(crate) fn take(&mut self, max: usize) -> Option<(Bytes, bool)> {
        let front = self.queue.front_mut()?;
        let piece = if front.len() > max { front.split_to(max) } else { self.queue.pop_front()? };
        self.queued -= piece.len();
        self.taken += piece.len() as u64;
        self.untold = true;
        Some((piece, self.queue.is_empty() && self.ended))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(crate) fn queued(&self) -> usize {
        self.queued
    }

    /// Everything was given and taken.
    pub(crate) fn is_done(&self) -> bool {
        self.ended && self.queue.is_empty()
    }

    pub(crate) fn has_trailers(&self) -> bool {
        !self.trailers.is_empty()
    }

    pub(crate) fn take_trailers(&mut self) -> TrailerList {
        std::mem::take(&mut self.trailers)
    }

    /// Bytes taken in all, if the caller does not know yet.
    pub(crate) fn news(&mut self) -> Option<u64> {
        std::mem::take(&mut self.untold).then_some(self.taken)
    }

    /// Whether `rewind` would succeed.
    pub(crate) fn can_rewind(&self, body: &RequestBody) -> bool {
        !matches!(body, RequestBody::Stream { .. }) || self.taken == 0 || self.kept.is_some()
    }

    /// Puts the body back to its beginning for a replay; `false` if a streamed body has lost bytes already.
    pub(crate) fn rewind(&mut self, body: &RequestBody) -> bool {
        match body {
            RequestBody::Stream { .. } if self.taken == 0 => true,
            RequestBody::Stream { .. } => {
                let Some(kept) = &self.kept else { return false };
                self.queue = kept.iter().cloned().collect();
                self.queued = kept.iter().map(Bytes::len).sum();
                self.taken = 0;
                self.untold = false;
                true
            }
            RequestBody::None | RequestBody::Bytes(_) => {
                *self = Self::new(body, false);
                true
            }
        }
    }

    /// The answer is there: the request will not be repeated.
    pub(crate) fn answered(&mut self) {
        self.kept = None;
    }

    /// After an upgrade there is no length and no end but the stream's.
    pub(crate) fn reopen(&mut self) {
        self.expected = None;
        self.ended = false;
    }
}

fn wrong_length(detail: &str) -> Error {
    Error::new(codes::UPLOAD_LENGTH, Phase::Send).with_detail(detail).with_replayable(false)
}
