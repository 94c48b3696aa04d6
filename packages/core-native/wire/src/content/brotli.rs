//! br, through the Rust port of Google's decoder, which needs no C compiler and has no `unsafe` by default.

use brotli_decompressor::{BrotliDecompressStreamWithDictionary, BrotliResult, BrotliState, StandardAlloc};
use bytes::Bytes;

use super::chain::Step;
use super::coding::Coding;
use super::error::DecodeError;

/// Reads one brotli stream. What follows it is ignored, as in browsers.
pub(super) struct Brotli {
    /// `None` once the stream has ended. Boxed: the state is several kilobytes.
    state: Option<Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>>,
    started: bool,
    /// Bytes that copies may reach back into. Lent to each call, shared by all bodies; empty: none.
    dictionary: Bytes,
    coding: Coding,
}

impl Brotli {
    pub(super) fn new() -> Self {
        Self::reading(Coding::Brotli, Bytes::new())
    }

    /// A stream with a raw dictionary in front.
    ///
    /// # Errors
    /// The dictionary is longer than the format can refer to.
    pub(super) fn with_dictionary(dictionary: &Bytes) -> Result<Self, DecodeError> {
        let mut brotli = Self::reading(Coding::DictionaryBrotli, dictionary.clone());
        let attached = brotli.state.as_mut().is_some_and(|state| state.attach_external_dictionary(dictionary.len()));
        if attached {
            Ok(brotli)
        } else {
            Err(DecodeError::new(Coding::DictionaryBrotli, "the dictionary is too long"))
        }
    }

    fn reading(coding: Coding, dictionary: Bytes) -> Self {
        // `new_strict` refuses the large-window extension, whose windows reach 1 GB; RFC 7932 has 16 MB at most.
        let state =
            BrotliState::new_strict(StandardAlloc::default(), StandardAlloc::default(), StandardAlloc::default());
        Self { state: Some(Box::new(state)), started: false, dictionary, coding }
    }

    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, DecodeError> {
        let Some(state) = &mut self.state else {
            return Ok(Step { read: input.len(), written: 0 });
        };
        if input.is_empty() && !self.started {
            return Ok(Step::default());
        }
        self.started = true;
        let (mut available_in, mut read) = (input.len(), 0);
        let (mut available_out, mut written) = (output.len(), 0);
        let mut total = 0;
        let result = BrotliDecompressStreamWithDictionary(
            &mut available_in,
            &mut read,
            input,
            &mut available_out,
            &mut written,
            output,
            &mut total,
            &self.dictionary,
            state,
        );
        match result {
            BrotliResult::ResultFailure => {
                return Err(DecodeError::new(self.coding, "the data is corrupted"));
            }
            BrotliResult::ResultSuccess => self.state = None,
            BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => {}
        }
        Ok(Step { read, written })
    }
}
