//! zstd, through the reference C library, which decodes 3 GB a second and has had the most eyes on it.

use bytes::Bytes;
use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer};

use super::chain::Step;
use super::coding::Coding;
use super::error::DecodeError;

/// Largest window: 8 MB, what RFC 9659 lets a `zstd` content coding use and what Chromium allows. A frame that asks
/// for more (up to 2 GB in the format) is refused before anything is allocated (B01).
const WINDOW_LOG_MAX: u32 = 23;

/// Largest window beside a long dictionary: 128 MB (RFC 9842 5).
const DICTIONARY_WINDOW_LOG_MAX: u32 = 27;

/// How a dictionary begins that says how it is to be read (RFC 8878 5).
const DICTIONARY_MAGIC: [u8; 4] = [0x37, 0xa4, 0x30, 0xec];

/// Reads any number of zstd frames.
pub(super) struct Zstd {
    context: DCtx<'static>,
    /// Between frames; also before the first.
    at_boundary: bool,
    coding: Coding,
}

impl Zstd {
    pub(super) fn new() -> Result<Self, DecodeError> {
        Self::reading(Coding::Zstd, WINDOW_LOG_MAX)
    }

    /// Frames with a raw dictionary in front. The library keeps a copy of it as long as the body is read.
    pub(super) fn with_dictionary(dictionary: &Bytes) -> Result<Self, DecodeError> {
        let mut zstd = Self::reading(Coding::DictionaryZstd, window_log_beside(dictionary.len()))?;
        // A byte in front changes no distance, and keeps the library from reading more into a dictionary than its bytes.
        let raw = dictionary.starts_with(&DICTIONARY_MAGIC).then(|| [&[0], &dictionary[..]].concat());
        zstd.context
            .load_dictionary(raw.as_deref().unwrap_or(dictionary))
            .map_err(|_| DecodeError::new(Coding::DictionaryZstd, "no memory for the dictionary"))?;
        Ok(zstd)
    }

    fn reading(coding: Coding, window_log_max: u32) -> Result<Self, DecodeError> {
        let unavailable = DecodeError::new(coding, "no memory for a decoder");
        let mut context = DCtx::try_create().ok_or(unavailable)?;
        context.set_parameter(DParameter::WindowLogMax(window_log_max)).map_err(|_| unavailable)?;
        Ok(Self { context, at_boundary: true, coding })
    }

    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, DecodeError> {
        if input.is_empty() && self.at_boundary {
            return Ok(Step::default());
        }
        let mut source = InBuffer::around(input);
        let mut target = OutBuffer::around(output);
        let hint = self.context.decompress_stream(&mut target, &mut source).map_err(|code| {
            let too_large = zstd_safe::get_error_name(code).contains("too much memory");
            let detail = if too_large { "the window is larger than allowed" } else { "the data is corrupted" };
            DecodeError::new(self.coding, detail)
        })?;
        let step = Step { read: source.pos(), written: target.pos() };
        // 0: a frame is complete and all of it has been written.
        self.at_boundary = hint == 0;
        Ok(step)
    }
}

/// 8 MB, or a quarter more than the dictionary: room for what is compared with it (RFC 9842 5).
fn window_log_beside(dictionary: usize) -> u32 {
    let wanted = dictionary.saturating_add(dictionary / 4).max(1);
    let log = usize::BITS - (wanted - 1).leading_zeros();
    log.clamp(WINDOW_LOG_MAX, DICTIONARY_WINDOW_LOG_MAX)
}
