//! The chunked transfer coding (RFC 9112 7.1), read byte-exactly: no sign, no wrap-around, no free padding. A bare LF ends a
//! line, as in browsers, and costs the connection: the next response may begin elsewhere for another reader.

use bytes::{Bytes, BytesMut};

use super::error::{Http1Error, Http1ErrorKind};
use super::lenient;
use super::limits::Http1Limits;

/// Where in the coding the reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// In the hexadecimal size; `digits` seen so far.
    Size {
        digits: usize,
    },
    /// After the size: blanks, which old servers pad it with.
    Padding,
    /// Behind the `;`, not interpreted.
    Extension,
    /// After the CR of the size line.
    SizeLf,
    /// In chunk data.
    Data,
    /// Behind chunk data.
    DataCr,
    DataLf,
    /// In the trailer section; `scanned` bytes of the input hold no end of it.
    Trailers {
        scanned: usize,
    },
    Done,
}

/// What the reader found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Data(Bytes),
    /// The last chunk and the trailer section are complete.
    End(Vec<(Bytes, Bytes)>),
}

/// Reads one chunked body.
#[derive(Debug, Clone)]
pub(super) struct ChunkedReader {
    state: State,
    /// Size of the current chunk while parsing it, then bytes of it still to come.
    remaining: u64,
    line_bytes: u32,
    /// Bytes of size lines that no data has paid for; see `Http1Limits::chunk_overhead_bytes`.
    overhead: usize,
    /// A line ended without CR, or a trailer was no field.
    doubtful: bool,
}

/// Size lines cost at least `1\r\n` and `\r\n`; this much a chunk is free.
const FREE_LINE_BYTES: usize = 16;

impl ChunkedReader {
    pub(super) const fn new() -> Self {
        Self { state: State::Size { digits: 0 }, remaining: 0, line_bytes: 0, overhead: 0, doubtful: false }
    }

    /// The coding could be read another way: the connection is not to be used again.
    pub(super) const fn is_doubtful(&self) -> bool {
        self.doubtful
    }

    /// Takes the next piece from `input`; `None` when more bytes are needed.
    pub(super) fn next(&mut self, input: &mut BytesMut, limits: &Http1Limits) -> Result<Option<Piece>, Http1Error> {
        loop {
            match self.state {
                State::Data => return Ok(self.take_data(input)),
                State::Trailers { scanned } => return self.take_trailers(input, scanned, limits),
                State::Done => return Ok(None),
                _ => {}
            }
            let Some(byte) = input.first().copied() else {
                return Ok(None);
            };
            let _ = input.split_to(1);
            self.step(byte, limits)?;
        }
    }

    /// One byte of a size line or of the CRLF behind data.
    fn step(&mut self, byte: u8, limits: &Http1Limits) -> Result<(), Http1Error> {
        if matches!(self.state, State::Size { .. } | State::Padding | State::Extension) {
            self.line_bytes = self.line_bytes.saturating_add(1);
            if usize::try_from(self.line_bytes).unwrap_or(usize::MAX) > limits.chunk_line_bytes {
                return Err(broken("a chunk-size line passes its limit"));
            }
        }
        self.state = match (self.state, byte) {
            (State::Size { digits }, _) if byte.is_ascii_hexdigit() => self.push_digit(digits, byte)?,
            (State::Size { digits: 0 }, _) => {
                return Err(broken("a chunk size is missing or not hexadecimal"));
            }
            (State::Size { .. } | State::Padding | State::Extension, b'\r') => State::SizeLf,
            (State::Size { .. } | State::Padding, b';') => State::Extension,
            // Browsers accept blanks, and they cannot change the size. `5 5` might: it is a size of another reader.
            (State::Size { .. } | State::Padding, b' ' | b'\t') => State::Padding,
            (State::Extension, b'\t' | 0x20..=0x7e | 0x80..=0xff) => State::Extension,
            (State::Size { .. } | State::Padding | State::Extension, b'\n') => {
                self.doubtful = true;
                self.end_line(limits)?
            }
            (State::SizeLf, b'\n') => self.end_line(limits)?,
            (State::DataCr, b'\r') => State::DataLf,
            (State::DataCr, b'\n') => {
                self.doubtful = true;
                State::Size { digits: 0 }
            }
            (State::DataLf, b'\n') => State::Size { digits: 0 },
            (State::DataCr | State::DataLf, _) => {
                return Err(broken("chunk data is not followed by a line end"));
            }
            _ => return Err(broken("a chunk-size line has an illegal byte")),
        };
        Ok(())
    }

    fn push_digit(&mut self, digits: usize, byte: u8) -> Result<State, Http1Error> {
        let value = u64::from(char::from(byte).to_digit(16).unwrap_or(0));
        // 16 digits fill a u64; more are either an overflow or padding that hides one.
        if digits == 16 {
            return Err(broken("a chunk size has more than 16 digits"));
        }
        self.remaining = (self.remaining << 4) | value;
        Ok(State::Size { digits: digits + 1 })
    }

    fn end_line(&mut self, limits: &Http1Limits) -> Result<State, Http1Error> {
        let paid = usize::try_from(self.remaining).unwrap_or(usize::MAX).saturating_add(FREE_LINE_BYTES);
        let line = usize::try_from(self.line_bytes).unwrap_or(usize::MAX);
        self.overhead = self.overhead.saturating_add(line).saturating_sub(paid);
        self.line_bytes = 0;
        if self.overhead > limits.chunk_overhead_bytes {
            return Err(broken("chunk extensions outweigh the data"));
        }
        Ok(if self.remaining == 0 { State::Trailers { scanned: 0 } } else { State::Data })
    }

    fn take_data(&mut self, input: &mut BytesMut) -> Option<Piece> {
        let available = usize::try_from(self.remaining).unwrap_or(usize::MAX).min(input.len());
        if available == 0 {
            return None;
        }
        self.remaining -= available as u64;
        if self.remaining == 0 {
            self.state = State::DataCr;
        }
        Some(Piece::Data(input.split_to(available).freeze()))
    }

    fn take_trailers(
        &mut self,
        input: &mut BytesMut,
        scanned: usize,
        limits: &Http1Limits,
    ) -> Result<Option<Piece>, Http1Error> {
        let Some(end) = find_trailer_end(input, scanned) else {
            if input.len() > limits.trailer_bytes {
                return Err(trailers_too_large());
            }
            // The last three bytes may be the start of the end.
            self.state = State::Trailers { scanned: input.len().saturating_sub(3) };
            return Ok(None);
        };
        if end > limits.trailer_bytes {
            return Err(trailers_too_large());
        }
        let raw = input.split_to(end).freeze();
        self.state = State::Done;
        let fields = parse_trailers(&raw, limits)?;
        let lines = memchr::memchr_iter(b'\n', &raw).count();
        self.doubtful |= lines != fields.len() + 1 || memchr::memmem::find_iter(&raw, b"\r\n").count() != lines;
        Ok(Some(Piece::End(fields)))
    }
}

fn broken(detail: &'static str) -> Http1Error {
    Http1Error::new(Http1ErrorKind::Chunk, detail)
}

fn trailers_too_large() -> Http1Error {
    Http1Error::new(Http1ErrorKind::HeadTooLarge, "the trailer section passes its limit")
}

/// Index after the empty line that ends the trailers.
fn find_trailer_end(input: &[u8], scanned: usize) -> Option<usize> {
    match input {
        [b'\r', b'\n', ..] => return Some(2),
        [b'\n', ..] => return Some(1),
        _ => {}
    }
    let mut from = scanned;
    while let Some(offset) = input.get(from..).and_then(|rest| memchr::memchr(b'\n', rest)) {
        let newline = from + offset;
        match input.get(newline + 1..) {
            Some([b'\r', b'\n', ..]) => return Some(newline + 3),
            Some([b'\n', ..]) => return Some(newline + 2),
            _ => from = newline + 1,
        }
    }
    None
}

fn parse_trailers(raw: &Bytes, limits: &Http1Limits) -> Result<Vec<(Bytes, Bytes)>, Http1Error> {
    let lines = memchr::memchr_iter(b'\n', raw).count();
    let mut headers = vec![httparse::EMPTY_HEADER; lines.min(limits.trailer_fields)];
    match httparse::parse_headers(raw, &mut headers) {
        Ok(httparse::Status::Complete((used, fields))) if used == raw.len() => {
            Ok(fields.iter().map(|field| (raw.slice_ref(field.name.as_bytes()), raw.slice_ref(field.value))).collect())
        }
        Err(httparse::Error::TooManyHeaders) => Err(trailers_too_large()),
        // Lines that are no field are skipped, as in a head.
        _ => lenient::trailers(raw, limits.trailer_fields).map_err(|error| match error.kind {
            Http1ErrorKind::HeadTooLarge => trailers_too_large(),
            _ => broken(error.detail),
        }),
    }
}
