//! Decoders in a row, driven by who reads the output.

use std::collections::VecDeque;

use bytes::{Buf, Bytes, BytesMut};

use super::brotli::Brotli;
use super::coding::{Coding, MAX_CODINGS};
use super::error::DecodeError;
use super::inflate::{Deflate, Gzip};
use super::zstd::Zstd;

/// Bytes of one output buffer. Larger does not decode faster, smaller costs calls.
const BUFFER_BYTES: usize = 64 * 1024;

/// A rest of an output buffer below this is not worth another decoder call.
const MIN_ROOM_BYTES: usize = 2 * 1024;

/// Bytes that may pass between the decoders of a chain without one byte of output. Each coding expands about 1,000
/// times, so five of them around nothing would otherwise keep the thread busy for ever inside one `pull`.
const MAX_SILENT_BYTES: usize = 16 * 1024 * 1024;

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
}

impl Codec {
    fn new(coding: Coding) -> Result<Self, DecodeError> {
        Ok(match coding {
            Coding::Gzip => Self::Gzip(Gzip::new()),
            Coding::Deflate => Self::Deflate(Deflate::new()),
            Coding::Brotli => Self::Brotli(Brotli::new()),
            Coding::Zstd => Self::Zstd(Zstd::new()?),
        })
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, DecodeError> {
        match self {
            Self::Gzip(codec) => codec.step(input, output),
            Self::Deflate(codec) => codec.step(input, output),
            Self::Brotli(codec) => codec.step(input, output),
            Self::Zstd(codec) => codec.step(input, output),
        }
    }

    /// Whether the input may end here. A stream without any byte may: empty stays empty (B03).
    fn end(&mut self) -> Result<(), DecodeError> {
        match self {
            Self::Gzip(codec) => codec.end(),
            Self::Deflate(codec) => codec.end(),
            Self::Brotli(codec) => codec.end(),
            Self::Zstd(codec) => codec.end(),
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
    /// Bytes between decoders since the last output.
    silent: usize,
}

enum Pulled {
    Data(Bytes),
    Starved,
    Ended,
}

/// Removes content codings from a body: `push` what arrives, `pull` what is wanted.
pub struct Decoder {
    /// In decoding order: the first reads the network.
    stages: Vec<Stage>,
    source: Source,
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
    /// `ERR_DECODE_CHAIN` above [`MAX_CODINGS`]; `ERR_DECODE_ZSTD` if its context cannot be allocated.
    pub fn new(codings: &[Coding]) -> Result<Self, DecodeError> {
        if codings.len() > MAX_CODINGS {
            return Err(DecodeError::chain("more than 5 content codings"));
        }
        let stage =
            |coding: &Coding| Ok(Stage { codec: Codec::new(*coding)?, input: Bytes::new(), room: BytesMut::new() });
        let stages = codings.iter().rev().map(stage).collect::<Result<_, _>>()?;
        Ok(Self { stages, source: Source::default(), done: false, failure: None })
    }

    /// Queues encoded bytes without decoding them. The caller keeps [`Decoder::pending_input`] small by pulling first.
    pub fn push(&mut self, input: Bytes) {
        if !input.is_empty() && !self.done && self.failure.is_none() {
            self.source.queue.push_back(input);
        }
    }

    /// Says that no more input will come.
    pub const fn finish(&mut self) {
        self.source.finished = true;
    }

    /// Decodes at most `max_out` bytes (at least one, at most 64 KiB). `None`: more input is needed, or, after
    /// [`Decoder::finish`], the body is complete.
    ///
    /// # Errors
    /// Corrupted or, after `finish`, cut-off data. The same error is returned ever after.
    pub fn pull(&mut self, max_out: usize) -> Result<Option<Bytes>, DecodeError> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        if self.done {
            return Ok(None);
        }
        match pull(&mut self.stages, &mut self.source, max_out.max(1)) {
            Ok(Pulled::Data(data)) => {
                self.source.silent = 0;
                Ok(Some(data))
            }
            Ok(Pulled::Starved) => Ok(None),
            Ok(Pulled::Ended) => {
                self.done = true;
                Ok(None)
            }
            Err(error) => {
                self.failure = Some(error);
                self.source.queue.clear();
                Err(error)
            }
        }
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

/// Output of the last of `stages`; of the network if there are none.
fn pull(stages: &mut [Stage], source: &mut Source, max_out: usize) -> Result<Pulled, DecodeError> {
    let Some((stage, earlier)) = stages.split_last_mut() else {
        return Ok(source.take(max_out));
    };
    loop {
        let step = stage.step(max_out)?;
        if step.written > 0 {
            return Ok(Pulled::Data(stage.room.split_to(step.written).freeze()));
        }
        if step.read > 0 {
            continue;
        }
        if !stage.input.is_empty() {
            return Err(DecodeError::chain("a decoder made no progress"));
        }
        match pull(earlier, source, BUFFER_BYTES)? {
            Pulled::Data(data) => {
                if !earlier.is_empty() {
                    source.silent += data.len();
                    if source.silent > MAX_SILENT_BYTES {
                        return Err(DecodeError::chain("the codings expand without producing anything"));
                    }
                }
                stage.input = data;
            }
            Pulled::Starved => return Ok(Pulled::Starved),
            Pulled::Ended => {
                stage.codec.end()?;
                return Ok(Pulled::Ended);
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
        let step = self.codec.step(&self.input, output)?;
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
