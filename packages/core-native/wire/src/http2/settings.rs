//! The peer's SETTINGS (RFC 9113 6.5.2) and their ranges.

use super::error::{ConnectionError, ErrorCode};
use super::frame::DEFAULT_MAX_FRAME_SIZE;

/// What the peer has announced so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct PeerSettings {
    /// The first SETTINGS frame has arrived.
    pub(super) received: bool,
    /// The assumed value stays if the peer names none, as in Chromium.
    pub(super) max_concurrent_streams: u32,
    pub(super) initial_window: u32,
    pub(super) max_frame_size: u32,
    pub(super) enable_connect_protocol: bool,
}

/// What a SETTINGS frame changes outside of [`PeerSettings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    HeaderTableSize(u32),
    /// Every open stream's send window moves by this much (RFC 9113 6.9.2).
    InitialWindow(i64),
}

impl PeerSettings {
    pub(super) fn new(assumed_concurrent_streams: u32) -> Self {
        Self {
            received: false,
            max_concurrent_streams: assumed_concurrent_streams,
            initial_window: 65_535,
            max_frame_size: DEFAULT_MAX_FRAME_SIZE,
            enable_connect_protocol: false,
        }
    }

    /// Applies one entry; unknown identifiers are ignored (RFC 9113 6.5.2).
    pub(super) fn apply(&mut self, id: u16, value: u32) -> Result<Option<Change>, ConnectionError> {
        match id {
            1 => return Ok(Some(Change::HeaderTableSize(value))),
            2 if value != 0 => return Err(violation("a server enabled push")),
            3 => self.max_concurrent_streams = value,
            4 if value > 0x7fff_ffff => {
                let reason = "INITIAL_WINDOW_SIZE is above 2^31-1";
                return Err(ConnectionError { code: ErrorCode::FLOW_CONTROL_ERROR, reason });
            }
            4 => {
                let by = i64::from(value) - i64::from(self.initial_window);
                self.initial_window = value;
                return Ok(Some(Change::InitialWindow(by)));
            }
            5 if !(16_384..=16_777_215).contains(&value) => {
                return Err(violation("MAX_FRAME_SIZE is out of range"));
            }
            5 => self.max_frame_size = value,
            8 if value > 1 || (value == 0 && self.enable_connect_protocol) => {
                return Err(violation("ENABLE_CONNECT_PROTOCOL is out of range or was taken back"));
            }
            8 => self.enable_connect_protocol = value == 1,
            _ => {}
        }
        Ok(None)
    }
}

fn violation(reason: &'static str) -> ConnectionError {
    ConnectionError { code: ErrorCode::PROTOCOL_ERROR, reason }
}
