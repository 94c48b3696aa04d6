//! Every bound of content decoding, with its reason.
//!
//! They count work, not output: a coding can be made to read, or to hand on to the next, without giving anything.

/// Most codings in a chain, `identity` counted. More is an attack or an accident (B02); undici and curl have the same.
pub const MAX_CODINGS: usize = 5;

/// Bytes of one output buffer. Larger does not decode faster, smaller costs calls.
pub const BUFFER_BYTES: usize = 64 * 1024;

/// A rest of an output buffer below this is not worth another decoder call.
pub const MIN_ROOM_BYTES: usize = 2 * 1024;

/// Bytes that one call of a decoder may read. A block of ten bytes can cost as much as 10 kB of text (it brings its own
/// tables), so a call that may read a whole buffer of them would last for tens of milliseconds.
pub const STEP_INPUT_BYTES: usize = 4 * 1024;

/// Work that each call of a decoder counts beside its bytes: what a gzip member without content costs.
pub const STEP_COST: u64 = 512;

/// What a byte read counts for, where a byte written counts 1: input is where the time goes that output does not show.
pub const INPUT_COST: u64 = 16;

/// Bytes that may pass between the decoders of a chain beyond twice the output. What is coded twice is about as long
/// between the codings as at the end, or shorter; one around padding would else expand a thousandfold in each coding.
pub const INTERMEDIATE_BYTES: u64 = 16 * 1024 * 1024;

/// Bytes that all decoders of a body together may write before [`MAX_EXPANSION`] holds. Generated files (zeros, sparse
/// images) are that small on the wire and legitimate; to expand so much takes less than a second.
pub const FREE_EXPANSION_BYTES: u64 = 256 * 1024 * 1024;

/// Bytes written for each byte from the network, beyond [`FREE_EXPANSION_BYTES`]. gzip and deflate reach 1,032 alone;
/// 10,000 leaves room for text that br and zstd pack better, and lets no kilobyte keep a thread for minutes.
pub const MAX_EXPANSION: u64 = 10_000;
