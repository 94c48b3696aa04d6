//! Frames in: everything but header blocks and DATA, and the order frames must keep.

use bytes::{Buf, BytesMut};

use super::connection::Connection;
use super::error::{ConnectionError, ErrorCode};
use super::event::{Event, Initiator, StreamId};
use super::frame::{self, FrameHeader, HEADER_LEN, flag, kind};
use super::policy::SettingsAck;
use super::settings::Change;
use super::stream::Receiving;

/// A header block whose CONTINUATION frames are still to come.
pub(super) struct PartialBlock {
    /// Stream of the frames.
    pub(super) carrier: u32,
    /// Stream the block is about; another one only for a promise.
    pub(super) stream: u32,
    pub(super) end_stream: bool,
    pub(super) continuations: u32,
    pub(super) bytes: Vec<u8>,
}

/// What an identifier in a frame stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StreamState {
    /// Nobody opened it: frames on it break the connection (RFC 9113 5.1).
    Idle,
    /// It counts as open.
    Open,
    /// It was reset or has ended; frames may still be on their way.
    Closed,
}

pub(super) fn protocol_error(reason: &'static str) -> ConnectionError {
    ConnectionError { code: ErrorCode::PROTOCOL_ERROR, reason }
}

fn size_error(reason: &'static str) -> ConnectionError {
    ConnectionError { code: ErrorCode::FRAME_SIZE_ERROR, reason }
}

impl Connection {
    /// Takes every complete frame from the input buffer.
    pub(super) fn process_input(&mut self) -> Result<(), ConnectionError> {
        let mut input = std::mem::take(&mut self.input);
        let result = self.process_frames(&mut input);
        self.input = input;
        result
    }

    fn process_frames(&mut self, input: &mut BytesMut) -> Result<(), ConnectionError> {
        while let Some(header) = FrameHeader::parse(input) {
            self.check_header(header, input)?;
            let length = usize::try_from(header.length).unwrap_or(usize::MAX);
            let Some(frame) = input.get(..HEADER_LEN + length) else {
                break;
            };
            if header.kind == kind::DATA {
                self.on_data(header, input)?;
            } else {
                let payload = frame.get(HEADER_LEN..).unwrap_or_default();
                self.on_frame(header, payload)?;
                input.advance(HEADER_LEN + length);
            }
            self.input_offset = self.input_offset.wrapping_add((HEADER_LEN + length) as u64);
        }
        Ok(())
    }

    /// What can be judged before the payload is there, so that a refused frame is never buffered.
    fn check_header(&self, header: FrameHeader, input: &[u8]) -> Result<(), ConnectionError> {
        if !self.peer.received && (header.kind != kind::SETTINGS || header.has(flag::ACK)) {
            let speaks_http1 = input.starts_with(b"HTTP/1.");
            let reason = if speaks_http1 { "the peer speaks HTTP/1" } else { "the peer did not start with SETTINGS" };
            return Err(protocol_error(reason));
        }
        if header.length > self.policy.max_frame_size() {
            return Err(size_error("a frame is larger than our MAX_FRAME_SIZE"));
        }
        if let Some(block) = &self.partial_block
            && (header.kind != kind::CONTINUATION || header.stream != block.carrier)
        {
            return Err(protocol_error("a header block was interrupted by another frame"));
        }
        Ok(())
    }

    fn on_frame(&mut self, header: FrameHeader, payload: &[u8]) -> Result<(), ConnectionError> {
        match header.kind {
            kind::HEADERS => self.on_headers(header, payload),
            kind::CONTINUATION => self.on_continuation(header, payload),
            kind::PRIORITY => self.on_priority(header, payload),
            kind::RST_STREAM => self.on_reset(header, payload),
            kind::SETTINGS => self.on_settings(header, payload),
            kind::PUSH_PROMISE => self.on_push_promise(header, payload),
            kind::PING => self.on_ping(header, payload),
            kind::GOAWAY => self.on_go_away(header, payload),
            kind::WINDOW_UPDATE => self.on_window_update(header, payload),
            // Unknown types are ignored (RFC 9113 4.1), but not for ever.
            _ => self.budget.spend(1),
        }
    }

    /// As the peer can see it: a request that was not written is a stream that nobody opened.
    pub(super) fn state_of(&self, id: u32) -> StreamState {
        if id > self.last_written && id % 2 == 1 {
            return StreamState::Idle;
        }
        if self.streams.get(&id).is_some_and(|stream| !stream.is_closed()) {
            return StreamState::Open;
        }
        let known = if id % 2 == 1 { id >= self.policy.first_stream_id } else { id != 0 && id <= self.last_promised };
        if known { StreamState::Closed } else { StreamState::Idle }
    }

    /// RFC 7540 priorities are a client's business; a server's mean nothing.
    fn on_priority(&mut self, header: FrameHeader, payload: &[u8]) -> Result<(), ConnectionError> {
        self.budget.spend(1)?;
        if header.stream == 0 {
            return Err(protocol_error("PRIORITY on stream 0"));
        }
        if payload.len() != 5 && self.state_of(header.stream) == StreamState::Open {
            return self.stream_error(header.stream, ErrorCode::FRAME_SIZE_ERROR);
        }
        Ok(())
    }

    fn on_reset(&mut self, header: FrameHeader, payload: &[u8]) -> Result<(), ConnectionError> {
        let code = frame::leading_u32(payload).filter(|_| payload.len() == 4);
        let code = ErrorCode(code.ok_or(size_error("RST_STREAM is not 4 bytes"))?);
        match self.state_of(header.stream) {
            StreamState::Idle => return Err(protocol_error("RST_STREAM on an idle stream")),
            StreamState::Closed => return self.budget.spend(1),
            StreamState::Open => {}
        }
        let id = header.stream;
        // Once a response has begun, the peer did process the request, whatever it says.
        let untouched = self.streams.get(&id).is_some_and(|stream| stream.receiving == Receiving::Head);
        let processed = !(untouched && code == ErrorCode::REFUSED_STREAM);
        self.events.push_back(Event::Reset { id: StreamId(id), code, by: Initiator::Remote, processed });
        self.release(id);
        Ok(())
    }

    fn on_settings(&mut self, header: FrameHeader, payload: &[u8]) -> Result<(), ConnectionError> {
        if header.stream != 0 {
            return Err(protocol_error("SETTINGS on a stream"));
        }
        if header.has(flag::ACK) {
            self.budget.spend(1)?;
            return if payload.is_empty() { Ok(()) } else { Err(size_error("SETTINGS ACK has a payload")) };
        }
        if !payload.len().is_multiple_of(6) {
            return Err(size_error("SETTINGS is not a multiple of 6 bytes"));
        }
        self.budget.spend(self.limits.costly_frame_cost)?;
        self.apply_settings(payload)?;
        self.peer.received = true;
        let after_first_headers = self.policy.settings_ack == SettingsAck::AfterFirstHeaders;
        self.output.push_settings_ack(after_first_headers)?;
        self.events.push_back(Event::Settings);
        Ok(())
    }

    fn apply_settings(&mut self, payload: &[u8]) -> Result<(), ConnectionError> {
        // One frame can name the window thousands of times: the streams are touched once, with the sum.
        let mut window_change = 0i64;
        for entry in payload.chunks_exact(6) {
            let &[i0, i1, v0, v1, v2, v3] = entry else {
                continue;
            };
            match self.peer.apply(u16::from_be_bytes([i0, i1]), u32::from_be_bytes([v0, v1, v2, v3]))? {
                Some(Change::HeaderTableSize(size)) => self.encoder.set_peer_table_size(size),
                Some(Change::InitialWindow(by)) => window_change += by,
                None => {}
            }
        }
        if window_change != 0 {
            let ids: Vec<u32> = self.open.ids(|_| true);
            for id in ids {
                let Some(stream) = self.streams.get_mut(&id) else {
                    continue;
                };
                stream.send_window.change(window_change).map_err(|_| ConnectionError {
                    code: ErrorCode::FLOW_CONTROL_ERROR,
                    reason: "INITIAL_WINDOW_SIZE overflows a stream's window",
                })?;
                self.schedule(id);
            }
        }
        Ok(())
    }

    fn on_ping(&mut self, header: FrameHeader, payload: &[u8]) -> Result<(), ConnectionError> {
        if header.stream != 0 {
            return Err(protocol_error("PING on a stream"));
        }
        let Ok(payload) = <[u8; 8]>::try_from(payload) else {
            return Err(size_error("PING is not 8 bytes"));
        };
        self.budget.spend(1)?;
        if !header.has(flag::ACK) {
            let mut out = Vec::with_capacity(17);
            frame::write_ping(payload, true, &mut out);
            return self.output.push_answer(out);
        }
        if let Some(left) = self.pings_in_flight.checked_sub(1) {
            self.pings_in_flight = left;
            self.events.push_back(Event::Pong);
        }
        Ok(())
    }

    fn on_go_away(&mut self, header: FrameHeader, payload: &[u8]) -> Result<(), ConnectionError> {
        if header.stream != 0 {
            return Err(protocol_error("GOAWAY on a stream"));
        }
        let last = frame::leading_u32(payload).map(|last| last & 0x7fff_ffff);
        let code = payload.get(4..).and_then(frame::leading_u32);
        let (Some(last_stream_id), Some(code)) = (last, code) else {
            return Err(size_error("GOAWAY is shorter than 8 bytes"));
        };
        self.budget.spend(1)?;
        self.draining = true;
        self.events.push_back(Event::GoAway { last_stream_id, code: ErrorCode(code) });
        // What was not written would be a new stream, whatever the peer would still take (RFC 9113 6.8).
        let last_written = self.last_written;
        let never_processed = |id| id > last_stream_id || id > last_written;
        self.fail_streams(never_processed, ErrorCode::REFUSED_STREAM, Initiator::Remote);
        Ok(())
    }

    fn on_window_update(&mut self, header: FrameHeader, payload: &[u8]) -> Result<(), ConnectionError> {
        let increment = frame::leading_u32(payload).filter(|_| payload.len() == 4);
        let increment = increment.ok_or(size_error("WINDOW_UPDATE is not 4 bytes"))? & 0x7fff_ffff;
        self.budget.spend(1)?;
        if header.stream == 0 {
            if increment == 0 {
                return Err(protocol_error("WINDOW_UPDATE of 0 on the connection"));
            }
            return self.send_window.change(i64::from(increment)).map_err(|_| ConnectionError {
                code: ErrorCode::FLOW_CONTROL_ERROR,
                reason: "WINDOW_UPDATE overflows the connection's window",
            });
        }
        match self.state_of(header.stream) {
            StreamState::Idle => return Err(protocol_error("WINDOW_UPDATE on an idle stream")),
            StreamState::Closed => return Ok(()),
            StreamState::Open => {}
        }
        if increment == 0 {
            return self.stream_error(header.stream, ErrorCode::PROTOCOL_ERROR);
        }
        let Some(stream) = self.streams.get_mut(&header.stream) else {
            return Ok(());
        };
        if stream.send_window.change(i64::from(increment)).is_err() {
            return self.stream_error(header.stream, ErrorCode::FLOW_CONTROL_ERROR);
        }
        self.schedule(header.stream);
        Ok(())
    }
}
