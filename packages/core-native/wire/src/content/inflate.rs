//! gzip and deflate.
//!
//! Backend: flate2 with zlib-rs. It decodes twice as fast as miniz_oxide (docs/internals/http1.md), needs no C compiler and
//! keeps this crate free of `unsafe`. Of gzip only raw deflate is left to it: browsers read neither checksum nor length
//! behind the data, and a body without them, or with wrong ones, is whole to them. zlib's checksum may be missing, not wrong.

use flate2::{Decompress, FlushDecompress, Status};

use super::chain::Step;
use super::coding::Coding;
use super::error::DecodeError;
use super::gzip_header::GzipHeader;

/// Checksum and length behind a gzip member.
const GZIP_TRAILER_LEN: u8 = 8;

/// Reads any number of gzip members. What follows the last one and is no member is ignored, as browsers, gzip(1) and
/// Node do: servers pad.
pub(super) struct Gzip {
    state: GzipState,
}

enum GzipState {
    /// Not a byte yet.
    Start,
    Header(GzipHeader),
    Member(Box<Decompress>),
    /// So many bytes of the trailer are to come.
    Trailer(u8),
    /// Behind a member, and perhaps in the header of another: an error there is padding.
    Between(GzipHeader),
    Ignoring,
}

impl Gzip {
    pub(super) const fn new() -> Self {
        Self { state: GzipState::Start }
    }

    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, DecodeError> {
        let mut read = 0;
        loop {
            let rest = input.get(read..).unwrap_or_default();
            match &mut self.state {
                GzipState::Member(member) => {
                    let (step, ended) = inflate(member, rest, output, Coding::Gzip)?;
                    if ended {
                        self.state = GzipState::Trailer(GZIP_TRAILER_LEN);
                    }
                    return Ok(Step { read: read + step.read, written: step.written });
                }
                GzipState::Ignoring => return Ok(Step { read: input.len(), written: 0 }),
                _ => {}
            }
            let Some(&byte) = rest.first() else { return Ok(Step { read, written: 0 }) };
            read += 1;
            let corrupted = || DecodeError::new(Coding::Gzip, "the data is corrupted");
            match &mut self.state {
                GzipState::Start => {
                    let mut header = GzipHeader::default();
                    header.push(byte).map_err(|()| corrupted())?;
                    self.state = GzipState::Header(header);
                }
                GzipState::Header(header) => {
                    if header.push(byte).map_err(|()| corrupted())? {
                        self.state = member();
                    }
                }
                GzipState::Trailer(left) => {
                    *left -= 1;
                    if *left == 0 {
                        self.state = GzipState::Between(GzipHeader::default());
                        // A member is a step of its own, which the budget of work counts.
                        return Ok(Step { read, written: 0 });
                    }
                }
                GzipState::Between(header) => match header.push(byte) {
                    Ok(true) => self.state = member(),
                    Ok(false) => {}
                    Err(()) => self.state = GzipState::Ignoring,
                },
                GzipState::Member(_) | GzipState::Ignoring => {}
            }
        }
    }
}

fn member() -> GzipState {
    GzipState::Member(Box::new(Decompress::new(false)))
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
