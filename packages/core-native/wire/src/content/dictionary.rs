//! Dictionaries that an earlier answer has left, and what is in front of a body that needs one (RFC 9842).

use bytes::Bytes;

use super::coding::Coding;
use super::error::DecodeError;

/// Length of SHA-256.
pub const HASH_LEN: usize = 32;

/// In front of `dcb` (RFC 9842 4).
const DCB_MAGIC: &[u8] = &[0xff, 0x44, 0x43, 0x42];

/// In front of `dcz`: the head of a zstd frame that is skipped, 32 bytes long (RFC 9842 5).
const DCZ_MAGIC: &[u8] = &[0x5e, 0x2a, 0x4d, 0x18, 0x20, 0, 0, 0];

/// What a body may refer to.
#[derive(Clone, PartialEq, Eq)]
pub struct Dictionary {
    /// SHA-256 of the bytes: how the server says which one it has used.
    pub hash: [u8; HASH_LEN],
    /// Shared by all that use it.
    pub bytes: Bytes,
}

impl std::fmt::Debug for Dictionary {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Dictionary").field("length", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// Compares what is in front of a body with what has to be there.
pub(super) struct Preface {
    coding: Coding,
    magic: &'static [u8],
    hash: [u8; HASH_LEN],
    /// Bytes that have come.
    at: usize,
}

impl Preface {
    pub(super) const fn new(coding: Coding, dictionary: &Dictionary) -> Self {
        let magic = if matches!(coding, Coding::DictionaryBrotli) { DCB_MAGIC } else { DCZ_MAGIC };
        Self { coding, magic, hash: dictionary.hash, at: 0 }
    }

    /// All of it has come.
    pub(super) const fn is_over(&self) -> bool {
        self.at >= self.magic.len() + HASH_LEN
    }

    /// Takes what is its own of `input`; returns how many bytes that were.
    pub(super) fn read(&mut self, input: &[u8]) -> Result<usize, DecodeError> {
        let expected = self.magic.iter().chain(&self.hash).skip(self.at);
        let mut read = 0;
        for (byte, wanted) in input.iter().zip(expected) {
            if byte != wanted {
                let in_magic = self.at + read < self.magic.len();
                let detail = if in_magic { "the data is corrupted" } else { "it was made with another dictionary" };
                return Err(DecodeError::new(self.coding, detail));
            }
            read += 1;
        }
        self.at += read;
        Ok(read)
    }
}
