//! HPACK (RFC 7541): an encoder whose every free choice is policy, and a bounded decoder.

pub mod decoder;
mod decoder_table;
pub mod encoder;
mod encoder_table;
pub mod huffman;
mod integer;
mod static_table;

/// Bytes that a table entry counts besides name and value (RFC 7541 4.1).
pub const ENTRY_OVERHEAD: usize = 32;

/// Dynamic table size before any SETTINGS (RFC 9113 6.5.2).
pub const DEFAULT_TABLE_SIZE: u32 = 4096;
