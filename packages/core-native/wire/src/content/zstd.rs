//! zstd, through the reference C library, which decodes 3 GB a second and has had the most eyes on it.

use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer};

use super::chain::Step;
use super::coding::Coding;
use super::error::DecodeError;

/// Largest window: 8 MB, what RFC 9659 lets a `zstd` content coding use and what Chromium allows. A frame that asks
/// for more (up to 2 GB in the format) is refused before anything is allocated (B01).
const WINDOW_LOG_MAX: u32 = 23;

/// Reads any number of zstd frames.
pub(super) struct Zstd {
    context: DCtx<'static>,
    /// Between frames; also before the first.
    at_boundary: bool,
}

impl Zstd {
    pub(super) fn new() -> Result<Self, DecodeError> {
        let unavailable = DecodeError::new(Coding::Zstd, "no memory for a decoder");
        let mut context = DCtx::try_create().ok_or(unavailable)?;
        context.set_parameter(DParameter::WindowLogMax(WINDOW_LOG_MAX)).map_err(|_| unavailable)?;
        Ok(Self { context, at_boundary: true })
    }

    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, DecodeError> {
        if input.is_empty() && self.at_boundary {
            return Ok(Step::default());
        }
        let mut source = InBuffer::around(input);
        let mut target = OutBuffer::around(output);
        let hint = self.context.decompress_stream(&mut target, &mut source).map_err(|code| {
            let too_large = zstd_safe::get_error_name(code).contains("too much memory");
            let detail = if too_large { "the window is larger than 8 MB" } else { "the data is corrupted" };
            DecodeError::new(Coding::Zstd, detail)
        })?;
        let step = Step { read: source.pos(), written: target.pos() };
        // 0: a frame is complete and all of it has been written.
        self.at_boundary = hint == 0;
        Ok(step)
    }
}
