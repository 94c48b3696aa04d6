//! Every bound of the HTTP/2 layer, with its reason. A peer that passes one is refused, never buffered.

/// Bounds on what a peer can make this connection hold or do.
///
/// `Default` is what the engine uses; tests tighten single values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http2Limits {
    /// Size of a decoded header list, RFC 7541 4.1 counting (32 bytes are added for each field), where the profile announces
    /// none (SETTINGS_MAX_HEADER_LIST_SIZE). Default 256 KiB, what Chromium announces; also caps the fields at 8192.
    pub max_header_list: usize,
    /// Header lists of one stream together, in units of the limit on one. Default 2: one for the final head, one for
    /// interim heads and trailers. A few bytes can name a large table entry again and again (H14).
    pub max_stream_lists: usize,
    /// Decoded bytes of interim heads, and of blocks that nobody wants, beyond what `interim_credit_refund` earns back.
    /// Default 4 MiB: a hundred requests at once may have 40 kB of hints each.
    pub interim_credit: u32,
    /// Decoded bytes that a final head earns back. Default 128 KiB.
    pub interim_credit_refund: u32,
    /// Compressed bytes of one header block, HEADERS and CONTINUATION together. Default 256 KiB: a block that is larger
    /// than the largest list it may decode to is an attack.
    pub max_header_block: usize,
    /// CONTINUATION frames of one block. Default 128: 256 KiB need 16 at the default frame size, and empty ones cost the
    /// peer nothing (RUSTSEC-2024-0332).
    pub max_continuations: u32,
    /// Interim (1xx) responses of one request. Default 32, as over HTTP/1.1; browsers need one or two (100, 103).
    pub max_informational: u32,
    /// Answers to the peer (ACK, PING ACK, RST_STREAM) that wait to be written. Default 1000: a peer that does not read
    /// while it makes us answer grows our queue (RUSTSEC-2024-0003).
    pub max_queued_answers: usize,
    /// Credit for frames that move nothing forward (PING, SETTINGS, PRIORITY, unknown types, frames on closed streams,
    /// empty DATA). Default 10000; a response head or body bytes earn `control_credit_refund` back.
    pub control_credit: u32,
    /// Credit that one frame with progress earns back. Default 100.
    pub control_credit_refund: u32,
    /// What a SETTINGS frame, or a header block on a closed stream, costs of `control_credit`. Default 10: one is
    /// acknowledged and may touch every stream, the other must be decoded to keep HPACK in step.
    pub costly_frame_cost: u32,
    /// What one empty or fully padded DATA frame costs of `control_credit`. Default 10 (RUSTSEC-2026-0258).
    pub empty_data_cost: u32,
    /// DATA frames of one stream that may lie unread however small they are. Default 4096.
    pub small_frames_allowed: u32,
    /// Beyond `small_frames_allowed`, the bytes an unread frame must hold on average. Default 128: the bookkeeping of
    /// a frame is about that large, so memory stays within twice the window.
    pub small_frame_average: u32,
    /// Streams open at once, whatever the peer allows. Default 256 (Chromium's ceiling).
    pub max_concurrent_streams: u32,
    /// Streams assumed to be allowed before the peer's SETTINGS arrive. Default 100 (RFC 9113 6.5.2 advises not less).
    pub assumed_concurrent_streams: u32,
    /// `Event::SendCapacity` is raised when the queued body of a stream falls below this. Default 64 KiB.
    pub send_low_water: usize,
    /// DATA payloads below this size are copied out, so that they do not keep a whole read buffer alive. Default 16 KiB: a
    /// full frame, and so a quarter of the largest buffer at least, whatever lies between the frames (B10).
    pub copy_below: usize,
}

impl Default for Http2Limits {
    fn default() -> Self {
        Self {
            max_header_list: 262_144,
            max_stream_lists: 2,
            interim_credit: 4 * 1024 * 1024,
            interim_credit_refund: 128 * 1024,
            max_header_block: 262_144,
            max_continuations: 128,
            max_informational: 32,
            max_queued_answers: 1_000,
            control_credit: 10_000,
            control_credit_refund: 100,
            costly_frame_cost: 10,
            empty_data_cost: 10,
            small_frames_allowed: 4_096,
            small_frame_average: 128,
            max_concurrent_streams: 256,
            assumed_concurrent_streams: 100,
            send_low_water: 65_536,
            copy_below: 16_384,
        }
    }
}
