//! Decoders in a row, driven by who reads the output.

use std::collections::VecDeque;

use bytes::{Buf, Bytes, BytesMut};

use super::brotli::Brotli;
use super::coding::Coding;
use super::dictionary::{Dictionary, Preface};
use super::error::DecodeError;
use super::inflate::{Deflate, Gzip};
use super::limits::{BUFFER_BYTES, MAX_CODINGS, MIN_ROOM_BYTES, STEP_INPUT_BYTES};
use super::work::{Spent, Work};
use super::zstd::Zstd;

/// What one call of a decoder did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Step {
    pub read: usize,
    pub written: usize,
}

enum Codec {
    Gzip(Gzip),
    Deflate(Deflate),
    Brotli(Brotli),
    Zstd(Zstd),
    /// What is in front of a body, and what reads the rest.
    Prefaced(Preface, Box<Codec>),
}

impl Codec {
    fn new(coding: Coding, dictionary: Option<&Dictionary>) -> Result<Self, DecodeError> {
        let missing = DecodeError::new(coding, "the request named no dictionary");
        Ok(match coding {
            Coding::Gzip => Self::Gzip(Gzip::new()),
            Coding::Deflate => Self::Deflate(Deflate::new()),
            Coding::Brotli => Self::Brotli(Brotli::new()),
            Coding::Zstd => Self::Zstd(Zstd::new()?),
            Coding::DictionaryBrotli => {
                let dictionary = dictionary.ok_or(missing)?;
                let codec = Self::Brotli(Brotli::with_dictionary(&dictionary.bytes)?);
                Self::Prefaced(Preface::new(coding, dictionary), Box::new(codec))
            }
            Coding::DictionaryZstd => {
                let dictionary = dictionary.ok_or(missing)?;
                let codec = Self::Zstd(Zstd::with_dictionary(&dictionary.bytes)?);
                Self::Prefaced(Preface::new(coding, dictionary), Box::new(codec))
            }
        })
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, DecodeError> {
        match self {
            Self::Gzip(codec) => codec.step(input, output),
            Self::Deflate(codec) => codec.step(input, output),
            Self::Brotli(codec) => codec.step(input, output),
            Self::Zstd(codec) => codec.step(input, output),
            Self::Prefaced(preface, codec) if preface.is_over() => codec.step(input, output),
            Self::Prefaced(preface, _) => Ok(Step { read: preface.read(input)?, written: 0 }),
        }
    }
}

struct Stage {
    codec: Codec,
    input: Bytes,
    /// Rest of the current output buffer; initialised, so that it is zeroed once an allocation, not once a call.
    room: BytesMut,
}

/// What the network has delivered.
#[derive(Default)]
struct Source {
    queue: VecDeque<Bytes>,
    finished: bool,
}

/// What [`Decoder::pull`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pulled {
    /// Decoded bytes, never empty.
    Data(Bytes),
    /// Nothing more without more input.
    Starved,
    /// The work of this turn is used up; pull again in another.
    Paused,
    /// The body is complete.
    Ended,
}

/// Removes content codings from a body: `push` what arrives, `pull` what is wanted.
pub struct Decoder {
    /// In decoding order: the first reads the network.
    stages: Vec<Stage>,
    source: Source,
    spent: Spent,
    done: bool,
    failure: Option<DecodeError>,
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Decoder").field("stages", &self.stages.len()).field("done", &self.done).finish()
    }
}

impl Decoder {
    /// A decoder for codings in the order of the Content-Encoding field. None at all passes bytes through.
    ///
    /// # Errors
    /// `ERR_DECODE_CHAIN` above [`MAX_CODINGS`]; `ERR_DECODE_ZSTD` if its context cannot be allocated; that of a coding that
    /// needs a dictionary.
    pub fn new(codings: &[Coding]) -> Result<Self, DecodeError> {
        Self::with_dictionary(codings, None)
    }

    /// The same with the dictionary that the request named.
    ///
    /// # Errors
    /// As [`Decoder::new`].
    pub fn with_dictionary(codings: &[Coding], dictionary: Option<&Dictionary>) -> Result<Self, DecodeError> {
        if codings.len() > MAX_CODINGS {
            return Err(DecodeError::chain("more than 5 content codings"));
        }
        let stage = |coding: &Coding| {
            Ok(Stage { codec: Codec::new(*coding, dictionary)?, input: Bytes::new(), room: BytesMut::new() })
        };
        let stages = codings.iter().rev().map(stage).collect::<Result<_, _>>()?;
        Ok(Self { stages, source: Source::default(), spent: Spent::default(), done: false, failure: None })
    }

    /// Queues encoded bytes without decoding them. The caller keeps [`Decoder::pending_input`] small by pulling first.
    pub fn push(&mut self, input: Bytes) {
        if !input.is_empty() && !self.done && self.failure.is_none() {
            self.spent.receive(input.len());
            self.source.queue.push_back(input);
        }
    }

    /// Says that no more input will come.
    pub const fn finish(&mut self) {
        self.source.finished = true;
    }

    /// Decodes at most `max_out` bytes (at least one, at most 64 KiB), within what `work` still allows: the last call of
    /// a decoder may pass it by one step.
    ///
    /// # Errors
    /// Corrupted data; `ERR_DECODE_LIMIT` for a body that expands beyond reason.
    /// The same error is returned ever after.
    pub fn pull(&mut self, max_out: usize, work: &mut Work) -> Result<Pulled, DecodeError> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        if self.done {
            return Ok(Pulled::Ended);
        }
        let mut turn = Turn { source: &mut self.source, spent: &mut self.spent, work };
        let pulled = turn.pull(&mut self.stages, max_out.max(1));
        match &pulled {
            Ok(Pulled::Data(data)) => self.spent.deliver(data.len()),
            Ok(Pulled::Ended) => self.done = true,
            Ok(Pulled::Starved | Pulled::Paused) => {}
            Err(error) => {
                self.failure = Some(*error);
                self.source.queue.clear();
            }
        }
        pulled
    }

    /// The body is complete and all of it has been pulled.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.done
    }

    /// Encoded bytes pushed and not yet decoded.
    #[must_use]
    pub fn pending_input(&self) -> usize {
        let queued: usize = self.source.queue.iter().map(Bytes::len).sum();
        queued + self.stages.first().map_or(0, |stage| stage.input.len())
    }
}

/// One call of [`Decoder::pull`].
struct Turn<'a> {
    source: &'a mut Source,
    spent: &'a mut Spent,
    work: &'a mut Work,
}

impl Turn<'_> {
    /// Output of the last of `stages`; of the network if there are none. All that it has begun is kept in the stages, so
    /// that it may stop anywhere and go on in another turn.
    fn pull(&mut self, stages: &mut [Stage], max_out: usize) -> Result<Pulled, DecodeError> {
        let Some((stage, earlier)) = stages.split_last_mut() else {
            return Ok(self.source.take(max_out));
        };
        loop {
            if self.work.is_used_up() {
                return Ok(Pulled::Paused);
            }
            let step = stage.step(max_out)?;
            self.work.spend(step);
            self.spent.write(step.written)?;
            if step.written > 0 {
                return Ok(Pulled::Data(stage.room.split_to(step.written).freeze()));
            }
            if step.read > 0 {
                continue;
            }
            if !stage.input.is_empty() {
                return Err(DecodeError::chain("a decoder made no progress"));
            }
            match self.pull(earlier, BUFFER_BYTES)? {
                Pulled::Data(data) => {
                    if !earlier.is_empty() {
                        self.spent.hand_on(data.len())?;
                    }
                    stage.input = data;
                }
                // What is cut off is shown as far as it goes, as in browsers: the message's own framing says whether it is
                // complete, and that has been read.
                other => return Ok(other),
            }
        }
    }
}

impl Stage {
    fn step(&mut self, max_out: usize) -> Result<Step, DecodeError> {
        if self.room.len() < MIN_ROOM_BYTES.min(max_out) {
            self.room = BytesMut::zeroed(BUFFER_BYTES);
        }
        let limit = max_out.min(self.room.len());
        let output = self.room.get_mut(..limit).unwrap_or_default();
        let input = self.input.get(..STEP_INPUT_BYTES).unwrap_or(&self.input);
        let step = self.codec.step(input, output)?;
        self.input.advance(step.read.min(self.input.len()));
        Ok(step)
    }
}

impl Source {
    fn take(&mut self, max: usize) -> Pulled {
        match self.queue.front_mut() {
            Some(front) if front.len() > max => Pulled::Data(front.split_to(max)),
            Some(_) => self.queue.pop_front().map_or(Pulled::Starved, Pulled::Data),
            None if self.finished => Pulled::Ended,
            None => Pulled::Starved,
        }
    }
}
