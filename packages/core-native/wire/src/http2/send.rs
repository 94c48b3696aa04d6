//! Frames out: the first flight, and DATA and trailers in turn.

use bytes::Bytes;

use super::connection::Connection;
use super::event::{Event, StreamId};
use super::frame::{self, PriorityBlock, flag, kind};
use super::output::{Request, Write};
use super::policy::Http2Policy;
use super::request;
use super::stream::{Sending, Stream};
use super::upload_reads::Reading;

/// Header blocks are split here even if the peer allows larger frames: every peer must accept this size.
pub(super) const HEADERS_SPLIT: usize = 16_384;

/// Preface, SETTINGS, WINDOW_UPDATE, PRIORITY: one write in both captures (record of 87 bytes).
pub(super) fn first_flight(policy: &Http2Policy) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    out.extend_from_slice(frame::PREFACE);
    frame::write_header(policy.settings.len() * 6, kind::SETTINGS, 0, 0, &mut out);
    for (id, value) in &policy.settings {
        out.extend_from_slice(&id.to_be_bytes());
        out.extend_from_slice(&value.to_be_bytes());
    }
    if policy.connection_window_increment > 0 {
        frame::write_window_update(0, policy.connection_window_increment, &mut out);
    }
    for priority in &policy.priority_frames {
        frame::write_header(5, kind::PRIORITY, 0, priority.stream, &mut out);
        let block =
            PriorityBlock { depends_on: priority.depends_on, exclusive: priority.exclusive, weight: priority.weight };
        out.extend_from_slice(&block.to_bytes());
    }
    out
}

impl Connection {
    /// The next TLS write, one record if it fits; `None` when nothing may be sent now.
    ///
    /// Control frames and heads come first, in order. DATA frames follow one at a time, streams taking turns. With
    /// `body_behind_head`, for a request that has waited `body_behind_waiting_head`, a body that is there follows its head
    /// before the next one, so far.
    pub fn next_write(&mut self) -> Option<Bytes> {
        if let Some(data) = self.behind_head() {
            return Some(data);
        }
        while let Some(write) = self.output.pop() {
            match write {
                Write::Frames(bytes) => return Some(bytes),
                Write::Request(request) if self.streams.contains_key(&request.id) => {
                    self.following = Some((request.id, request.behind));
                    return Some(self.write_request(&request));
                }
                // The stream has ended: nothing of it may reach the peer any more.
                Write::Request(_) => {}
            }
        }
        self.next_data()
    }

    /// HEADERS and the stream's WINDOW_UPDATE share a write (Firefox capture: one record of 316 bytes).
    fn write_request(&mut self, request: &Request) -> Bytes {
        self.last_written = request.id;
        self.output.request_written();
        self.block.clear();
        request::encode(&self.policy, &request.head, &mut self.encoder, &mut self.repeated, &mut self.block);
        let mut out = Vec::with_capacity(self.block.len() + 32);
        frame::write_header_block(
            request.id,
            request.end_stream,
            request.priority,
            &self.block,
            HEADERS_SPLIT,
            &mut out,
        );
        if self.policy.stream_window_increment > 0 {
            frame::write_window_update(request.id, self.policy.stream_window_increment, &mut out);
        }
        Bytes::from(out)
    }

    /// What goes out behind the head that was written last.
    fn behind_head(&mut self) -> Option<Bytes> {
        let (id, left) = self.following.take()?;
        let stream = self.streams.get(&id)?;
        if left == 0 || !stream.has_work() || (stream.pending_len() > 0 && self.send_window.available() == 0) {
            return None;
        }
        let before = stream.pending_len();
        let bytes = self.write_stream(id);
        let after = self.streams.get(&id).map_or(0, Stream::pending_len);
        let written = u32::try_from(before.saturating_sub(after)).unwrap_or(u32::MAX);
        self.following = Some((id, left.saturating_sub(written)));
        self.schedule(id);
        self.settle(id);
        bytes
    }

    fn next_data(&mut self) -> Option<Bytes> {
        for _ in 0..self.ready.len() {
            let id = self.ready.pop_front()?;
            let Some(stream) = self.streams.get_mut(&id) else {
                continue;
            };
            stream.scheduled = false;
            if !stream.has_work() {
                // The peer shrank the window; WINDOW_UPDATE or SETTINGS schedule it again.
                continue;
            }
            if stream.pending_len() > 0 && self.send_window.available() == 0 {
                stream.scheduled = true;
                self.ready.push_back(id);
                continue;
            }
            let bytes = self.write_stream(id);
            self.schedule(id);
            self.settle(id);
            return bytes;
        }
        None
    }

    /// One DATA frame, or the trailers.
    fn write_stream(&mut self, id: u32) -> Option<Bytes> {
        let stream = self.streams.get_mut(&id)?;
        if stream.pending_len() == 0
            && let Some(trailers) = stream.trailers.take()
        {
            stream.sending = Sending::Done;
            let mut block = Vec::new();
            self.encoder.begin_block(&mut block);
            request::encode_fields(&trailers, &mut self.encoder, &mut block);
            let mut out = Vec::with_capacity(block.len() + frame::HEADER_LEN);
            frame::write_header_block(id, true, None, &block, HEADERS_SPLIT, &mut out);
            return Some(Bytes::from(out));
        }
        let largest = self.peer.max_frame_size.min(self.policy.max_data_frame);
        let room = stream.reading.as_ref().map_or(usize::MAX, Reading::room).min(stream.left_of_read());
        let wanted = stream.pending_len().min(usize::try_from(largest).unwrap_or(usize::MAX)).min(room);
        let count = wanted.min(stream.send_window.available()).min(self.send_window.available());
        if let Some(reading) = &mut stream.reading {
            reading.wrote(count, count < wanted);
        }
        let ends = stream.sending == Sending::Ending && count == stream.pending_len() && stream.trailers.is_none();
        let mut out = Vec::with_capacity(frame::HEADER_LEN + count);
        frame::write_header(count, kind::DATA, if ends { flag::END_STREAM } else { 0 }, id, &mut out);
        let fell = stream.take_body(count, self.limits.send_low_water, &mut out);
        stream.wrote(count);
        self.send_window.spend(count);
        if ends {
            stream.sending = Sending::Done;
        }
        if count > 0 {
            self.budget.earn();
        }
        if fell {
            self.events.push_back(Event::SendCapacity { id: StreamId(id) });
        }
        Some(Bytes::from(out))
    }
}
