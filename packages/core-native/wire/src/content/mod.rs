//! Streaming decoders for Content-Encoding: gzip, deflate, br, zstd, alone or chained.
//!
//! Output is pulled, never pushed: a bomb (B01) expands only as fast as somebody reads it, and memory stays at one
//! output buffer a coding plus the window of the format.

mod brotli;
mod chain;
mod coding;
mod error;
mod inflate;
mod zstd;

pub use chain::Decoder;
pub use coding::{Coding, Codings, MAX_CODINGS, parse_content_encoding};
pub use error::{DecodeError, DecodeErrorKind};
