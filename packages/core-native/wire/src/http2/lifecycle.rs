//! How streams and the connection end, and where their windows go then.

use bytes::BytesMut;

use super::connection::Connection;
use super::error::{ConnectionError, ErrorCode};
use super::event::{Event, Initiator, StreamId};
use super::frame;
use super::output::Reason;

impl Connection {
    /// Ends the connection because of the peer.
    pub(super) fn fail(&mut self, error: ConnectionError) {
        self.failed = Some(error);
        self.draining = true;
        self.input = BytesMut::new();
        self.partial_block = None;
        self.output.abandon();
        let mut out = Vec::with_capacity(17);
        frame::write_go_away(0, error.code.0, &mut out);
        self.output.push(out, Reason::Own);
        self.fail_streams(|_| true, error.code, Initiator::Library);
    }

    /// Reports and forgets the open streams that `which` selects, oldest first. Requests among them that were not written
    /// never will be.
    pub(super) fn fail_streams(&mut self, which: impl Fn(u32) -> bool, code: ErrorCode, by: Initiator) {
        for id in self.open.ids(which) {
            // Above GOAWAY's last stream the peer vouches for it; otherwise only what was never written is unprocessed.
            let processed = by != Initiator::Remote && id <= self.last_written;
            self.events.push_back(Event::Reset { id: StreamId(id), code, by, processed });
            self.release(id);
        }
    }

    /// Ends a stream because of the peer: RST_STREAM, an event, nothing else.
    pub(super) fn stream_error(&mut self, id: u32, code: ErrorCode) -> Result<(), ConnectionError> {
        self.events.push_back(Event::Reset { id: StreamId(id), code, by: Initiator::Library, processed: true });
        self.release(id);
        let mut out = Vec::with_capacity(13);
        frame::write_reset(id, code.0, &mut out);
        self.output.push_answer(out)
    }

    /// Forgets a stream and gives what it held back to the connection's window.
    pub(super) fn release(&mut self, id: u32) {
        self.open.remove(id);
        if let Some(stream) = self.streams.remove(&id) {
            self.return_to_connection(stream.unread());
        }
    }

    /// Forgets a stream that is closed and read; takes it off the open ones as soon as it is closed.
    pub(super) fn settle(&mut self, id: u32) {
        let Some(stream) = self.streams.get(&id) else {
            return;
        };
        if stream.is_closed() {
            self.open.remove(id);
            if stream.unread() == 0 {
                self.streams.remove(&id);
            }
        }
    }

    /// Counts bytes as consumed on the connection only: padding, and DATA nobody will read.
    pub(super) fn return_to_connection(&mut self, bytes: u32) {
        let increment = self.receive_window.consume(bytes);
        self.write_window_update(0, increment);
    }

    pub(super) fn write_window_update(&mut self, stream: u32, increment: Option<u32>) {
        if let Some(increment) = increment.filter(|_| self.failed.is_none()) {
            let mut out = Vec::with_capacity(13);
            frame::write_window_update(stream, increment, &mut out);
            self.output.push(out, Reason::Own);
        }
    }

    /// Puts a stream into the round-robin if it has something to write.
    pub(super) fn schedule(&mut self, id: u32) {
        if let Some(stream) = self.streams.get_mut(&id)
            && !stream.scheduled
            && stream.has_work()
        {
            stream.scheduled = true;
            self.ready.push_back(id);
        }
    }
}
