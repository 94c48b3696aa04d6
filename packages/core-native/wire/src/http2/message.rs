//! Frames in: header blocks and DATA, which together are responses.

use bytes::{Buf, Bytes, BytesMut};

use super::connection::Connection;
use super::error::{ConnectionError, ErrorCode};
use super::event::{Event, StreamId};
use super::frame::{self, FrameHeader, HEADER_LEN, flag};
use super::receive::{PartialBlock, StreamState, protocol_error};
use super::response::{self, Malformed};
use super::stream::{BodyFault, Receiving, Stream};
use super::unread::Place;
use crate::head::ResponseHead;

/// Bytes of a priority block inside HEADERS, and of the promised stream inside PUSH_PROMISE.
const PRIORITY_LEN: usize = 5;
const PROMISED_LEN: usize = 4;

impl Connection {
    pub(super) fn on_headers(&mut self, header: FrameHeader, payload: &[u8]) -> Result<(), ConnectionError> {
        if self.state_of(header.stream) == StreamState::Idle {
            return Err(protocol_error("HEADERS on a stream that nobody opened"));
        }
        let prefix = if header.has(flag::PRIORITY) { PRIORITY_LEN } else { 0 };
        let fragment = unpadded_after(header, payload, prefix)?;
        self.begin_block(header, header.stream, header.has(flag::END_STREAM), fragment)
    }

    /// Pushes are refused: as a violation if we disabled them, else with RST_STREAM for each.
    pub(super) fn on_push_promise(&mut self, header: FrameHeader, payload: &[u8]) -> Result<(), ConnectionError> {
        if self.policy.setting(2) == Some(0) {
            return Err(protocol_error("PUSH_PROMISE although push is disabled"));
        }
        let fragment = unpadded_after(header, payload, PROMISED_LEN)?;
        let content = frame::without_padding(header, payload).and_then(|range| payload.get(range));
        let promised = content.and_then(frame::leading_u32).unwrap_or_default() & 0x7fff_ffff;
        if !promised.is_multiple_of(2) || promised <= self.last_promised {
            return Err(protocol_error("PUSH_PROMISE with an invalid stream"));
        }
        self.budget.spend(self.limits.costly_frame_cost)?;
        self.last_promised = promised;
        let mut out = Vec::with_capacity(13);
        frame::write_reset(promised, ErrorCode::REFUSED_STREAM.0, &mut out);
        self.output.push_answer(out)?;
        self.begin_block(header, promised, false, fragment)
    }

    fn begin_block(
        &mut self,
        header: FrameHeader,
        stream: u32,
        end_stream: bool,
        fragment: &[u8],
    ) -> Result<(), ConnectionError> {
        if header.has(flag::END_HEADERS) {
            return self.finish_block(stream, end_stream, fragment);
        }
        // CONTINUATION frames name the stream that the first frame was sent on, also after PUSH_PROMISE.
        let carrier = header.stream;
        let block = PartialBlock { carrier, stream, end_stream, continuations: 0, bytes: fragment.to_vec() };
        self.partial_block = Some(block);
        Ok(())
    }

    pub(super) fn on_continuation(&mut self, header: FrameHeader, payload: &[u8]) -> Result<(), ConnectionError> {
        let Some(mut block) = self.partial_block.take() else {
            return Err(protocol_error("CONTINUATION without a header block"));
        };
        block.continuations += 1;
        let size = block.bytes.len() + payload.len();
        if block.continuations > self.limits.max_continuations || size > self.limits.max_header_block {
            let reason = "a header block goes on for too long";
            return Err(ConnectionError { code: ErrorCode::ENHANCE_YOUR_CALM, reason });
        }
        block.bytes.extend_from_slice(payload);
        if header.has(flag::END_HEADERS) {
            return self.finish_block(block.stream, block.end_stream, &block.bytes);
        }
        self.partial_block = Some(block);
        Ok(())
    }

    /// Decodes a complete block, also one that nobody wants: the HPACK table is the connection's.
    fn finish_block(&mut self, id: u32, end_stream: bool, block: &[u8]) -> Result<(), ConnectionError> {
        let list = self
            .decoder
            .decode(block)
            .map_err(|error| ConnectionError { code: ErrorCode::COMPRESSION_ERROR, reason: error.reason() })?;
        let size = u32::try_from(list.size).unwrap_or(u32::MAX);
        if self.state_of(id) != StreamState::Open {
            self.interim_budget.spend(size)?;
            return self.budget.spend(self.limits.costly_frame_cost);
        }
        let Some(stream) = self.streams.get_mut(&id) else {
            return Ok(());
        };
        stream.listed = stream.listed.saturating_add(list.size);
        if list.oversized || stream.listed > self.max_header_list.saturating_mul(self.limits.max_stream_lists) {
            return self.stream_error(id, ErrorCode::ENHANCE_YOUR_CALM);
        }
        let outcome = match stream.receiving {
            Receiving::Head => response::response_head(list.fields, self.policy.answers)
                .and_then(|head| read_head(stream, StreamId(id), head, end_stream, self.limits.max_informational)),
            Receiving::Body => response::regular_fields(list.fields.into_iter(), self.policy.answers)
                .and_then(|fields| read_trailers(stream, StreamId(id), fields, end_stream)),
            Receiving::Done => return self.stream_error(id, ErrorCode::STREAM_CLOSED),
        };
        let Ok(event) = outcome else {
            return self.stream_error(id, ErrorCode::PROTOCOL_ERROR);
        };
        if matches!(event, Event::Informational { .. }) {
            self.interim_budget.spend(size)?;
        } else {
            self.budget.earn();
            self.interim_budget.earn();
        }
        self.events.push_back(event);
        self.settle(id);
        Ok(())
    }

    /// Takes a DATA frame from the front of `input`, which holds it completely.
    pub(super) fn on_data(&mut self, header: FrameHeader, input: &mut BytesMut) -> Result<(), ConnectionError> {
        let state = self.state_of(header.stream);
        if state == StreamState::Idle {
            return Err(protocol_error("DATA on a stream that nobody opened"));
        }
        self.receive_window.receive(header.length).map_err(|_| ConnectionError {
            code: ErrorCode::FLOW_CONTROL_ERROR,
            reason: "DATA exceeds the connection's window",
        })?;
        let content = self.take_content(header, input)?;
        let end_stream = header.has(flag::END_STREAM);
        let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
        if !end_stream && (length == 0 || state == StreamState::Closed && length < self.limits.small_frame_average) {
            self.budget.spend(self.limits.empty_data_cost)?;
        }
        let Some(stream) = self.streams.get_mut(&header.stream).filter(|_| state == StreamState::Open) else {
            self.return_to_connection(header.length);
            return Ok(());
        };
        // Give or take the byte that announces padding.
        let offset = self.input_offset.wrapping_add(HEADER_LEN as u64);
        let place = Place { offset, read_size: self.policy.flow_control.read_size };
        match accept_data(stream, header, (length, place), &self.limits) {
            Ok(()) => {}
            Err(DataFault::Flood) => {
                let reason = "the peer sends DATA frames with next to nothing in them";
                return Err(ConnectionError { code: ErrorCode::ENHANCE_YOUR_CALM, reason });
            }
            Err(DataFault::Stream(code)) => {
                self.return_to_connection(header.length);
                return self.stream_error(header.stream, code);
            }
        }
        self.deliver_data(header, content, end_stream)
    }

    /// Accounts for padding, reports the content and ends the response if this was its last frame.
    fn deliver_data(&mut self, header: FrameHeader, data: Bytes, end_stream: bool) -> Result<(), ConnectionError> {
        let id = header.stream;
        let padding = header.length - u32::try_from(data.len()).unwrap_or(header.length);
        let Some(stream) = self.streams.get_mut(&id) else {
            return Ok(());
        };
        if end_stream && stream.finish_receiving().is_err() {
            self.return_to_connection(padding);
            return self.stream_error(id, ErrorCode::PROTOCOL_ERROR);
        }
        if padding > 0 {
            let update = stream.return_window(padding);
            self.return_to_connection(padding);
            self.write_window_update(id, update);
        }
        if !data.is_empty() {
            self.budget.earn();
        }
        if !data.is_empty() || end_stream {
            self.events.push_back(Event::Data { id: StreamId(id), data, end_stream });
        }
        self.settle(id);
        Ok(())
    }

    /// Cuts the content out of the input: shared with the read buffer if large, copied if small.
    fn take_content(&self, header: FrameHeader, input: &mut BytesMut) -> Result<Bytes, ConnectionError> {
        let end = HEADER_LEN + usize::try_from(header.length).unwrap_or(usize::MAX);
        let payload = input.get(HEADER_LEN..end).unwrap_or_default();
        let range = frame::without_padding(header, payload);
        let range = range.ok_or(protocol_error("DATA has more padding than payload"))?;
        if range.len() < self.limits.copy_below {
            let content = Bytes::copy_from_slice(payload.get(range).unwrap_or_default());
            input.advance(end);
            return Ok(content);
        }
        let frame = input.split_to(end).freeze();
        Ok(frame.slice(HEADER_LEN + range.start..HEADER_LEN + range.end))
    }
}

/// Why a DATA frame is not delivered.
enum DataFault {
    Flood,
    Stream(ErrorCode),
}

fn accept_data(
    stream: &mut Stream,
    header: FrameHeader,
    (length, place): (u32, Place),
    limits: &super::limits::Http2Limits,
) -> Result<(), DataFault> {
    match stream.receiving {
        Receiving::Head => return Err(DataFault::Stream(ErrorCode::PROTOCOL_ERROR)),
        Receiving::Done => return Err(DataFault::Stream(ErrorCode::STREAM_CLOSED)),
        Receiving::Body => {}
    }
    if stream.receive_window.receive(header.length).is_err() {
        return Err(DataFault::Stream(ErrorCode::FLOW_CONTROL_ERROR));
    }
    match stream.receive_body(length, place, limits) {
        Ok(()) => Ok(()),
        Err(BodyFault::Length) => Err(DataFault::Stream(ErrorCode::PROTOCOL_ERROR)),
        Err(BodyFault::SmallFrames) => Err(DataFault::Flood),
    }
}

/// The payload without padding and without the `prefix` bytes in front of the block.
fn unpadded_after(header: FrameHeader, payload: &[u8], prefix: usize) -> Result<&[u8], ConnectionError> {
    let range = frame::without_padding(header, payload);
    let range = range.ok_or(protocol_error("a header frame has more padding than payload"))?;
    let content = payload.get(range).unwrap_or_default();
    content.get(prefix..).ok_or(ConnectionError {
        code: ErrorCode::FRAME_SIZE_ERROR,
        reason: "a header frame is too short for its fixed fields",
    })
}

fn read_head(
    stream: &mut Stream,
    id: StreamId,
    head: ResponseHead,
    end_stream: bool,
    max_informational: u32,
) -> Result<Event, Malformed> {
    if (100..200).contains(&head.status) {
        // An interim response cannot end the stream, and HTTP/2 has no 101 (RFC 9113 8.1, 8.6).
        stream.informational += 1;
        if end_stream || head.status == 101 || stream.informational > max_informational {
            return Err(Malformed);
        }
        return Ok(Event::Informational { id, head });
    }
    stream.expect_body(head.status, response::content_length(&head.fields)?);
    if end_stream {
        stream.finish_receiving()?;
    }
    Ok(Event::Response { id, head, end_stream })
}

fn read_trailers(
    stream: &mut Stream,
    id: StreamId,
    fields: Vec<(Bytes, Bytes)>,
    end_stream: bool,
) -> Result<Event, Malformed> {
    if !end_stream {
        return Err(Malformed);
    }
    stream.finish_receiving()?;
    Ok(Event::Trailers { id, fields })
}
