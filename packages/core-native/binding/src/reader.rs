//! Reads packed commands. Every read is checked, although the writer is our own TypeScript.

use std::ffi::CStr;
use std::ops::Range;

use bytes::{Buf, Bytes};
use wiretwin_engine::error::codes;

use crate::guard::{Failure, failure};

/// A position in packed commands.
#[derive(Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the beginning.
    pub fn new(packed: &'a [u8]) -> Self {
        Self { rest: packed }
    }

    /// Nothing is left.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next `length` bytes.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], Failure> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, Failure> {
        self.array::<1>().map(|[value]| value)
    }

    /// Two bytes, little endian.
    pub fn u16(&mut self) -> Result<u16, Failure> {
        self.array().map(u16::from_le_bytes)
    }

    /// Four bytes, little endian.
    pub fn u32(&mut self) -> Result<u32, Failure> {
        self.array().map(u32::from_le_bytes)
    }

    /// A JavaScript number.
    pub fn f64(&mut self) -> Result<f64, Failure> {
        self.array().map(f64::from_le_bytes)
    }

    /// A JavaScript number that is a count; fractions are cut, what is negative or not a number is 0.
    pub fn count(&mut self) -> Result<u64, Failure> {
        // A saturating cast: the writer has checked the range, and no value is out of bounds for the engine.
        self.f64().map(|value| value as u64)
    }

    /// Length-prefixed text.
    pub fn text(&mut self) -> Result<Bytes, Failure> {
        self.borrowed_text().map(Bytes::copy_from_slice)
    }

    /// The same where it lies.
    pub fn borrowed_text(&mut self) -> Result<&'a [u8], Failure> {
        let length = self.u32()?;
        self.take(size(length))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Failure> {
        self.take(N)?.try_into().map_err(|_| malformed())
    }
}

/// A length as the platform counts; saturates where that is smaller.
pub fn size(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

/// Where the parts of a text are in it.
type Places<const N: usize> = [Range<usize>; N];

/// Where the first `N` NUL-joined parts of `text` are, and what stands behind the separator after them, if there is one.
pub fn split_parts<const N: usize>(text: &[u8]) -> Result<(Places<N>, Option<&[u8]>), Failure> {
    let mut places = [const { 0..0 }; N];
    let mut start = 0;
    for place in &mut places {
        // None is behind the end of a part that no separator follows.
        let rest = text.get(start..).ok_or_else(malformed)?;
        let end = start + first_nul(rest).unwrap_or(rest.len());
        *place = start..end;
        start = end + 1;
    }
    Ok((places, text.get(start..)))
}

/// A word at a time, which `position` is not.
fn first_nul(bytes: &[u8]) -> Option<usize> {
    CStr::from_bytes_until_nul(bytes).ok().map(CStr::count_bytes)
}

/// Splits NUL-joined text without copying.
pub struct Parts {
    rest: Option<Bytes>,
}

impl Parts {
    /// Parts of `text`; an empty text has one empty part.
    pub fn new(text: Bytes) -> Self {
        Self { rest: Some(text) }
    }

    /// The next part, which has to be there.
    pub fn required(&mut self) -> Result<Bytes, Failure> {
        self.next().ok_or_else(malformed)
    }
}

impl Iterator for Parts {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let mut rest = self.rest.take()?;
        let Some(end) = first_nul(&rest) else {
            return Some(rest);
        };
        // One count of the shared memory a part, where splitting would take two.
        let part = rest.slice(..end);
        // The separator as well.
        rest.advance(end + 1);
        self.rest = Some(rest);
        Some(part)
    }
}

/// The packed commands are not what this version writes: a bug or two mixed versions.
pub fn malformed() -> Failure {
    failure(codes::INTERNAL, "malformed command")
}
