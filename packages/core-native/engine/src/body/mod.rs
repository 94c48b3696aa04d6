//! The response body between the connection and its reader: bounded, decoded on demand.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use wiretwin_wire::content::{Dictionary, Pulled, UnannouncedCodings, Work};
use wiretwin_wire::head::{Field, ResponseHead};
use wiretwin_wire::length;

use crate::error::{Error, codes};
use crate::phase::Phase;

mod decode;
mod upload;
mod whole;

pub(crate) use decode::Decoding;
pub(crate) use upload::Upload;
pub(crate) use whole::Whole;

/// Received bytes that nobody has read. Undecoded: a bomb grows only as fast as its reader reads.
pub(crate) struct Download {
    raw: VecDeque<Bytes>,
    /// Behind `raw`: small pieces, copied together.
    small: BytesMut,
    raw_held: usize,
    raw_ended: bool,
    decoding: Option<Decoding>,
    /// Decoded bytes that did not fit the last piece.
    rest: Bytes,
    delivered: u64,
    limit: Option<u64>,
    trailers: Vec<(Bytes, Bytes)>,
    failure: Option<Error>,
    /// Undecoded length by `content-length`, as long as all of the body is still to be read.
    announced: Option<u64>,
    /// The decoder knows that no more input comes.
    finishing: bool,
    at_end: bool,
    /// What decoding may cost in this turn.
    work: Work,
    /// The turn was over before there was nothing left to decode.
    paused: bool,
}

/// One step of reading.
pub(crate) enum Taken {
    /// A piece, never empty.
    Piece(Bytes),
    /// Nothing here yet.
    Pending,
    /// Decoding goes on in another turn.
    Paused,
    /// The end of the body.
    End,
}

/// One step of reading all of the rest.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Gathered {
    /// What is here was not all taken.
    More,
    /// More has to come.
    Pending,
    /// The end of the body.
    End,
}

impl Download {
    pub(crate) fn new(limit: Option<u64>) -> Self {
        Self {
            raw: VecDeque::new(),
            small: BytesMut::new(),
            raw_held: 0,
            raw_ended: false,
            decoding: None,
            rest: Bytes::new(),
            delivered: 0,
            limit,
            trailers: Vec::new(),
            failure: None,
            announced: None,
            finishing: false,
            at_end: false,
            work: Work::new(0),
            paused: false,
        }
    }

    /// Begins a turn, in which decoding may cost so much.
    pub(crate) fn begin_turn(&mut self, units: u64) {
        self.work = Work::new(units);
        self.paused = false;
    }

    /// Units of the turn that are left, and whether there is more to decode than they allowed.
    pub(crate) fn end_turn(&self) -> (u64, bool) {
        (self.work.left(), self.paused)
    }

    pub(crate) fn is_decoding(&self) -> bool {
        self.decoding.is_some()
    }

    /// Sets decoding up from the head; returns the codings that will be removed.
    ///
    /// `request`: the fields of the request and what is done with codings that they did not announce, if it is to decode;
    /// `dictionary`: what it named.
    pub(crate) fn begin(
        &mut self,
        head: &ResponseHead,
        request: Option<(&[Field], UnannouncedCodings)>,
        dictionary: Option<&Dictionary>,
    ) -> Result<Vec<&'static str>, Error> {
        self.announced = announced_length(head);
        let Some((fields, rule)) = request else {
            return Ok(Vec::new());
        };
        let Some((decoding, names)) = Decoding::for_head(head, fields, rule, dictionary)? else {
            return Ok(Vec::new());
        };
        self.decoding = Some(decoding);
        Ok(names)
    }

    pub(crate) fn push(&mut self, data: Bytes) {
        if data.is_empty() {
            return;
        }
        let waits = self.raw_held > 0;
        self.raw_held += data.len();
        // The first piece is likely to be read at once, as it is.
        if !waits || data.len() >= crate::limits::BODY_COPY_BELOW {
            self.close_small();
            self.raw.push_back(data);
            return;
        }
        if self.small.len() + data.len() > crate::limits::BODY_COPY_BUFFER {
            self.close_small();
        }
        self.small.extend_from_slice(&data);
    }

    fn close_small(&mut self) {
        if !self.small.is_empty() {
            self.raw.push_back(std::mem::take(&mut self.small).freeze());
        }
    }

    fn next_raw(&mut self) -> Option<Bytes> {
        if self.raw.is_empty() {
            self.close_small();
        }
        let chunk = self.raw.pop_front()?;
        self.raw_held -= chunk.len();
        Some(chunk)
    }

    pub(crate) fn end(&mut self, trailers: Vec<(Bytes, Bytes)>) {
        self.raw_ended = true;
        self.trailers = trailers;
    }

    /// The peer failed: what is here may still be read, then comes the failure.
    pub(crate) fn fail(&mut self, error: Error) {
        if !self.raw_ended {
            self.failure = Some(error);
        }
    }

    /// The body is long and most of it has not come: what is here had better wait for the rest.
    pub(crate) fn is_worth_waiting(&self) -> bool {
        !self.raw_ended && self.announced.is_some_and(|length| length > crate::limits::BODY_APART_FROM_HEAD)
    }

    /// The length of all of the body, as far as the peer has said it and nothing is decoded.
    pub(crate) fn announced(&self) -> Option<u64> {
        self.announced.filter(|_| self.decoding.is_none())
    }

    /// A size for the memory that will hold the rest.
    fn whole_capacity(&self) -> usize {
        let announced = self.announced().and_then(|length| usize::try_from(length).ok());
        announced.unwrap_or_default().min(crate::limits::BODY_WHOLE_RESERVE)
    }

    /// Undecoded bytes held.
    pub(crate) fn held(&self) -> usize {
        self.raw_held
    }

    pub(crate) fn is_received(&self) -> bool {
        self.raw_ended
    }

    pub(crate) fn take_trailers(&mut self) -> Vec<(Bytes, Bytes)> {
        std::mem::take(&mut self.trailers)
    }

    /// Drops what is held; returns how much that was.
    pub(crate) fn drop_held(&mut self) -> usize {
        self.raw.clear();
        self.small = BytesMut::new();
        self.rest = Bytes::new();
        self.paused = false;
        std::mem::take(&mut self.raw_held)
    }

    /// The next piece of up to `max` bytes; adds to `freed` the undecoded bytes that left the buffer.
    pub(crate) fn take(&mut self, max: usize, freed: &mut usize) -> Result<Taken, Error> {
        let piece = self.collect(max, freed)?;
        if !piece.is_empty() {
            self.count_delivered(piece.len())?;
            return Ok(Taken::Piece(piece));
        }
        if self.paused {
            return Ok(Taken::Paused);
        }
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        Ok(if self.at_end { Taken::End } else { Taken::Pending })
    }

    /// Appends what is here to `whole`, a bounded part at a time: a bomb must not keep others, or its end, waiting.
    pub(crate) fn take_whole(&mut self, whole: &mut Whole, freed: &mut usize) -> Result<Gathered, Error> {
        if whole.len() == 0 {
            whole.reserve(self.whole_capacity());
        }
        let stop = whole.len() + crate::limits::BODY_WHOLE_STEP;
        while let Some(chunk) = self.next_chunk(crate::limits::BODY_PIECE_MAX, freed)? {
            self.count_delivered(chunk.len())?;
            whole.push(&chunk);
            if whole.len() >= stop {
                return Ok(Gathered::More);
            }
        }
        if self.paused {
            return Ok(Gathered::More);
        }
        match self.failure.take() {
            Some(failure) => Err(failure),
            None if self.at_end => Ok(Gathered::End),
            None => Ok(Gathered::Pending),
        }
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Whether nothing is left to read, found out without reading: the end need not be asked for.
    pub(crate) fn probe_end(&mut self, freed: &mut usize) -> Result<bool, Error> {
        if self.rest.is_empty() && self.raw_held == 0 && !self.paused {
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            if self.raw_ended && !self.at_end {
                self.refill(crate::limits::BODY_WITH_HEAD_MAX, freed)?;
            }
        }
        Ok(self.at_end && self.rest.is_empty())
    }

    fn count_delivered(&mut self, size: usize) -> Result<(), Error> {
        self.delivered += size as u64;
        if self.limit.is_some_and(|limit| self.delivered > limit) {
            return Err(Error::new(codes::BODY_TOO_LARGE, Phase::Body).with_replayable(false));
        }
        Ok(())
    }

    fn collect(&mut self, max: usize, freed: &mut usize) -> Result<Bytes, Error> {
        let Some(first) = self.next_chunk(max, freed)? else { return Ok(Bytes::new()) };
        if first.len() >= max {
            return Ok(first);
        }
        let Some(second) = self.next_chunk(max - first.len(), freed)? else { return Ok(first) };
        let mut joined = BytesMut::with_capacity(max.min(first.len() + self.raw_held + second.len()));
        joined.extend_from_slice(&first);
        joined.extend_from_slice(&second);
        while joined.len() < max {
            let Some(chunk) = self.next_chunk(max - joined.len(), freed)? else { break };
            joined.extend_from_slice(&chunk);
        }
        Ok(joined.freeze())
    }

    fn next_chunk(&mut self, max: usize, freed: &mut usize) -> Result<Option<Bytes>, Error> {
        if self.rest.is_empty() {
            self.refill(max, freed)?;
        }
        if self.rest.is_empty() {
            return Ok(None);
        }
        let size = self.rest.len().min(max);
        Ok(Some(self.rest.split_to(size)))
    }

    fn refill(&mut self, max: usize, freed: &mut usize) -> Result<(), Error> {
        if self.decoding.is_none() {
            match self.next_raw() {
                Some(chunk) => {
                    *freed += chunk.len();
                    self.rest = chunk;
                }
                None => self.at_end = self.raw_ended,
            }
            return Ok(());
        }
        while let Some(decoding) = &mut self.decoding {
            match decoding.pull(max, &mut self.work)? {
                Pulled::Data(chunk) => {
                    self.rest = chunk;
                    break;
                }
                Pulled::Paused => {
                    self.paused = true;
                    break;
                }
                Pulled::Starved | Pulled::Ended => {}
            }
            let next = self.next_raw();
            let Some(decoding) = &mut self.decoding else { break };
            match next {
                Some(chunk) => {
                    *freed += chunk.len();
                    decoding.push(chunk);
                }
                None if self.raw_ended && !self.finishing => {
                    decoding.finish();
                    self.finishing = true;
                }
                None => {
                    self.at_end = self.finishing;
                    break;
                }
            }
        }
        Ok(())
    }
}

/// What the head says of the length; a wish only, the protocols check it themselves.
fn announced_length(head: &ResponseHead) -> Option<u64> {
    length::announced(&head.fields).ok().flatten()
}
