//! Named bounds on everything a peer can make this module hold or repeat.

/// What one response may cost. Every field has a browser or a fault behind it; see each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Http1Limits {
    /// Status line and fields together, in bytes. Default 256 KiB: Chromium's `kMaxHeaderBufSize`.
    pub head_bytes: usize,
    /// Fields in one head. Default 1,000: far above real servers, far below what makes parsing costly (F08).
    pub head_fields: usize,
    /// Informational (1xx) heads before the final one. Default 32: curl and hyper were held open by endless ones (F08).
    pub informational_heads: usize,
    /// Bytes of one chunk-size line, extension included. Default 4 KiB: real extensions are signatures below 200 bytes.
    pub chunk_line_bytes: usize,
    /// Bytes of chunk lines beyond what the data they announce pays for. Default 16 KiB: stops a peer that sends
    /// almost nothing but extensions, without limiting a long body with a short extension on each chunk (F04).
    pub chunk_overhead_bytes: usize,
    /// Trailer section, in bytes. Default 32 KiB.
    pub trailer_bytes: usize,
    /// Fields in the trailer section. Default 100.
    pub trailer_fields: usize,
}

impl Default for Http1Limits {
    fn default() -> Self {
        Self {
            head_bytes: 256 * 1024,
            head_fields: 1_000,
            informational_heads: 32,
            chunk_line_bytes: 4 * 1024,
            chunk_overhead_bytes: 16 * 1024,
            trailer_bytes: 32 * 1024,
            trailer_fields: 100,
        }
    }
}
