//! gzip and deflate.
//!
//! Backend: flate2 with zlib-rs. It checks gzip headers and CRCs itself, decodes twice as fast as miniz_oxide
//! (docs/internals/http1.md), needs no C compiler and keeps this crate free of `unsafe`.

use flate2::{Decompress, FlushDecompress, Status};

use super::chain::Step;
use super::coding::Coding;
use super::error::DecodeError;

/// Window of 32 KiB, the most the format has.
const WINDOW_BITS: u8 = 15;

/// The two bytes that start a gzip member.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Reads any number of gzip members. What follows the last one and is no member is ignored, as browsers, gzip(1) and
/// Node do: servers pad.
pub(super) struct Gzip {
    state: GzipState,
}

enum GzipState {
    /// Not a byte yet.
    Start,
    Member(Box<Decompress>),
    /// Behind a member.
    Between,
    /// Behind a member, after a 0x1f that may start the next one.
    HalfMagic,
    Ignoring,
}

impl Gzip {
    pub(super) const fn new() -> Self {
        Self { state: GzipState::Start }
    }

    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, DecodeError> {
        match &mut self.state {
            GzipState::Member(member) => {
                let (step, ended) = inflate(member, input, output, Coding::Gzip)?;
                if ended {
                    self.state = GzipState::Between;
                }
                return Ok(step);
            }
            GzipState::Ignoring => {
                return Ok(Step { read: input.len(), written: 0 });
            }
            GzipState::Start | GzipState::Between | GzipState::HalfMagic => {}
        }
        let Some(byte) = input.first() else {
            return Ok(Step::default());
        };
        self.state = match (&self.state, *byte) {
            (GzipState::Start, _) => {
                // Not consumed: the member's own parser judges its first byte.
                self.state = GzipState::Member(Box::new(Decompress::new_gzip(WINDOW_BITS)));
                return self.step(input, output);
            }
            (GzipState::Between, byte) if byte == GZIP_MAGIC[0] => GzipState::HalfMagic,
            (GzipState::HalfMagic, byte) if byte == GZIP_MAGIC[1] => {
                let mut member = Box::new(Decompress::new_gzip(WINDOW_BITS));
                inflate(&mut member, &GZIP_MAGIC, &mut [], Coding::Gzip)?;
                GzipState::Member(member)
            }
            _ => GzipState::Ignoring,
        };
        Ok(Step { read: 1, written: 0 })
    }

    pub(super) fn end(&mut self) -> Result<(), DecodeError> {
        match self.state {
            GzipState::Member(_) => Err(DecodeError::new(Coding::Gzip, "the data is cut off")),
            _ => Ok(()),
        }
    }
}

/// Reads `deflate` as zlib or raw, told apart by the zlib header (RFC 1950 2.2).
pub(super) struct Deflate {
    state: DeflateState,
}

enum DeflateState {
    Start,
    /// The first byte, which alone does not tell the formats apart.
    Sniffing(u8),
    Inflating(Box<Decompress>),
    Ended,
}

impl Deflate {
    pub(super) const fn new() -> Self {
        Self { state: DeflateState::Start }
    }

    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, DecodeError> {
        match &mut self.state {
            DeflateState::Start => {
                let Some(first) = input.first() else {
                    return Ok(Step::default());
                };
                self.state = DeflateState::Sniffing(*first);
                Ok(Step { read: 1, written: 0 })
            }
            DeflateState::Sniffing(first) => {
                let first = *first;
                let Some(second) = input.first() else {
                    return Ok(Step::default());
                };
                let mut decompress = Box::new(Decompress::new(is_zlib_header(first, *second)));
                inflate(&mut decompress, &[first], &mut [], Coding::Deflate)?;
                self.state = DeflateState::Inflating(decompress);
                self.step(input, output)
            }
            DeflateState::Inflating(decompress) => {
                let (step, ended) = inflate(decompress, input, output, Coding::Deflate)?;
                if ended {
                    self.state = DeflateState::Ended;
                }
                Ok(step)
            }
            // Padding behind the stream is ignored, as in browsers.
            DeflateState::Ended => Ok(Step { read: input.len(), written: 0 }),
        }
    }

    pub(super) fn end(&mut self) -> Result<(), DecodeError> {
        match self.state {
            DeflateState::Start | DeflateState::Ended => Ok(()),
            _ => Err(DecodeError::new(Coding::Deflate, "the data is cut off")),
        }
    }
}

/// Method 8 and a header checksum that fits: a raw stream looks like this only if it starts with a stored block
/// whose padding is not zero, which no compressor writes.
const fn is_zlib_header(first: u8, second: u8) -> bool {
    first & 0x0f == 8 && ((first as u16) << 8 | second as u16).is_multiple_of(31)
}

fn inflate(
    decompress: &mut Decompress,
    input: &[u8],
    output: &mut [u8],
    coding: Coding,
) -> Result<(Step, bool), DecodeError> {
    let (read, written) = (decompress.total_in(), decompress.total_out());
    let status = decompress
        .decompress(input, output, FlushDecompress::None)
        .map_err(|_| DecodeError::new(coding, "the data is corrupted"))?;
    let advanced = |now: u64, before: u64| usize::try_from(now - before).unwrap_or(usize::MAX);
    let step = Step { read: advanced(decompress.total_in(), read), written: advanced(decompress.total_out(), written) };
    Ok((step, status == Status::StreamEnd))
}
