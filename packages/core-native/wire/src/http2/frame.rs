//! Frame layout (RFC 9113 section 4 and 6): parsing of headers and payloads, and writing.

/// What precedes the first SETTINGS frame of a client (RFC 9113 3.4).
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Bytes of a frame header.
pub(super) const HEADER_LEN: usize = 9;

/// MAX_FRAME_SIZE before any SETTINGS.
pub(super) const DEFAULT_MAX_FRAME_SIZE: u32 = 16_384;

/// Frame types.
pub(super) mod kind {
    pub(in super::super) const DATA: u8 = 0;
    pub(in super::super) const HEADERS: u8 = 1;
    pub(in super::super) const PRIORITY: u8 = 2;
    pub(in super::super) const RST_STREAM: u8 = 3;
    pub(in super::super) const SETTINGS: u8 = 4;
    pub(in super::super) const PUSH_PROMISE: u8 = 5;
    pub(in super::super) const PING: u8 = 6;
    pub(in super::super) const GOAWAY: u8 = 7;
    pub(in super::super) const WINDOW_UPDATE: u8 = 8;
    pub(in super::super) const CONTINUATION: u8 = 9;
}

/// Frame flags; which of them a type knows is up to the reader.
pub(super) mod flag {
    pub(in super::super) const ACK: u8 = 0x1;
    pub(in super::super) const END_STREAM: u8 = 0x1;
    pub(in super::super) const END_HEADERS: u8 = 0x4;
    pub(in super::super) const PADDED: u8 = 0x8;
    pub(in super::super) const PRIORITY: u8 = 0x20;
}

/// A frame header; the reserved bit is dropped (RFC 9113 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameHeader {
    pub(super) length: u32,
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) stream: u32,
}

impl FrameHeader {
    /// Reads the header at the front of `input`; `None` if more bytes are needed.
    pub(super) fn parse(input: &[u8]) -> Option<Self> {
        let &[l0, l1, l2, kind, flags, s0, s1, s2, s3] = input.first_chunk::<HEADER_LEN>()?;
        Some(Self {
            length: u32::from_be_bytes([0, l0, l1, l2]),
            kind,
            flags,
            stream: u32::from_be_bytes([s0, s1, s2, s3]) & 0x7fff_ffff,
        })
    }

    pub(super) fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// The big-endian number at the front of `payload`.
pub(super) fn leading_u32(payload: &[u8]) -> Option<u32> {
    payload.first_chunk::<4>().map(|bytes| u32::from_be_bytes(*bytes))
}

/// Range of the content inside a padded payload: `None` if the padding is as long as the payload (RFC 9113 6.1).
pub(super) fn without_padding(header: FrameHeader, payload: &[u8]) -> Option<std::ops::Range<usize>> {
    if !header.has(flag::PADDED) {
        return Some(0..payload.len());
    }
    let padding = usize::from(*payload.first()?);
    let end = payload.len().checked_sub(padding)?;
    (end >= 1).then_some(1..end)
}

/// Appends a frame header. `length` is below 2^24 because every caller splits at the peer's MAX_FRAME_SIZE.
pub(super) fn write_header(length: usize, kind: u8, flags: u8, stream: u32, out: &mut Vec<u8>) {
    let length = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    out.extend_from_slice(&[length[1], length[2], length[3], kind, flags]);
    out.extend_from_slice(&stream.to_be_bytes());
}

/// Appends a WINDOW_UPDATE frame.
pub(super) fn write_window_update(stream: u32, increment: u32, out: &mut Vec<u8>) {
    write_header(4, kind::WINDOW_UPDATE, 0, stream, out);
    out.extend_from_slice(&increment.to_be_bytes());
}

/// Appends a RST_STREAM frame.
pub(super) fn write_reset(stream: u32, code: u32, out: &mut Vec<u8>) {
    write_header(4, kind::RST_STREAM, 0, stream, out);
    out.extend_from_slice(&code.to_be_bytes());
}

/// Appends a GOAWAY frame without debug data.
pub(super) fn write_go_away(last_stream: u32, code: u32, out: &mut Vec<u8>) {
    write_header(8, kind::GOAWAY, 0, 0, out);
    out.extend_from_slice(&last_stream.to_be_bytes());
    out.extend_from_slice(&code.to_be_bytes());
}

/// Appends a PING frame.
pub(super) fn write_ping(payload: [u8; 8], ack: bool, out: &mut Vec<u8>) {
    write_header(8, kind::PING, if ack { flag::ACK } else { 0 }, 0, out);
    out.extend_from_slice(&payload);
}

/// A priority block as HEADERS and PRIORITY carry it.
#[derive(Debug, Clone, Copy)]
pub(super) struct PriorityBlock {
    pub(super) depends_on: u32,
    pub(super) exclusive: bool,
    /// 1 to 256.
    pub(super) weight: u16,
}

impl PriorityBlock {
    /// The five bytes on the wire.
    pub(super) fn to_bytes(self) -> [u8; 5] {
        let [d0, d1, d2, d3] = (self.depends_on | if self.exclusive { 0x8000_0000 } else { 0 }).to_be_bytes();
        let weight = u8::try_from(self.weight.clamp(1, 256) - 1).unwrap_or(u8::MAX);
        [d0, d1, d2, d3, weight]
    }
}

/// Appends a header block as HEADERS and as many CONTINUATION frames as `max_frame` asks for.
pub(super) fn write_header_block(
    stream: u32,
    end_stream: bool,
    priority: Option<PriorityBlock>,
    block: &[u8],
    max_frame: usize,
    out: &mut Vec<u8>,
) {
    let prefix = priority.map(PriorityBlock::to_bytes);
    let prefix = prefix.as_ref().map_or(&[][..], |bytes| &bytes[..]);
    let (first, mut rest) = block.split_at(block.len().min(max_frame - prefix.len()));
    let mut flags = if end_stream { flag::END_STREAM } else { 0 };
    flags |= if priority.is_some() { flag::PRIORITY } else { 0 };
    flags |= if rest.is_empty() { flag::END_HEADERS } else { 0 };
    write_header(prefix.len() + first.len(), kind::HEADERS, flags, stream, out);
    out.extend_from_slice(prefix);
    out.extend_from_slice(first);
    while !rest.is_empty() {
        let (piece, left) = rest.split_at(rest.len().min(max_frame));
        rest = left;
        let flags = if rest.is_empty() { flag::END_HEADERS } else { 0 };
        write_header(piece.len(), kind::CONTINUATION, flags, stream, out);
        out.extend_from_slice(piece);
    }
}
