//! br, through the Rust port of Google's decoder, which needs no C compiler and has no `unsafe` by default.

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

use super::chain::Step;
use super::coding::Coding;
use super::error::DecodeError;

/// Reads one brotli stream. What follows it is ignored, as in browsers.
pub(super) struct Brotli {
    /// `None` once the stream has ended. Boxed: the state is several kilobytes.
    state: Option<Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>>,
    started: bool,
}

impl Brotli {
    pub(super) fn new() -> Self {
        // `new_strict` refuses the large-window extension, whose windows reach 1 GB; RFC 7932 has 16 MB at most.
        let state =
            BrotliState::new_strict(StandardAlloc::default(), StandardAlloc::default(), StandardAlloc::default());
        Self { state: Some(Box::new(state)), started: false }
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
        let result = BrotliDecompressStream(
            &mut available_in,
            &mut read,
            input,
            &mut available_out,
            &mut written,
            output,
            &mut total,
            state,
        );
        match result {
            BrotliResult::ResultFailure => {
                return Err(DecodeError::new(Coding::Brotli, "the data is corrupted"));
            }
            BrotliResult::ResultSuccess => self.state = None,
            BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => {}
        }
        Ok(Step { read, written })
    }
}
