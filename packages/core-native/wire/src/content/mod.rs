//! Streaming decoders for Content-Encoding: gzip, deflate, br, zstd, with a dictionary dcb and dcz, alone or chained.
//!
//! Output is pulled, never pushed: a bomb (B01) expands only as fast as somebody reads it, and memory stays at one
//! output buffer a coding plus the window of the format. Each pull has a budget of work (B09): what a coding reads or hands
//! on without giving anything counts as well.

mod brotli;
mod chain;
mod coding;
mod dictionary;
mod error;
mod gzip_header;
mod inflate;
pub mod limits;
mod work;
mod zstd;

pub use chain::{Decoder, Pulled};
pub use coding::{Announced, Coding, Codings, UnannouncedCodings, parse_content_encoding};
pub use dictionary::{Dictionary, HASH_LEN};
pub use error::{DecodeError, DecodeErrorKind};
pub use work::Work;
