//! The connection: what its user calls. Frames in are `receive`, frames out `send`.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::budget::Budget;
use super::dependency::OpenRanks;
use super::error::{ConnectionError, ErrorCode, OpenError, StreamGone};
use super::event::{Event, Initiator, Priority, StreamId};
use super::flow::{ReceiveWindow, SendWindow};
use super::frame::{self, PriorityBlock};
use super::hpack::decoder::Decoder;
use super::hpack::encoder::Encoder;
use super::limits::Http2Limits;
use super::output::{Output, Reason, Request};
use super::policy::{Dependency, Http2Policy, PingPayload};
use super::receive::PartialBlock;
use super::repeated::Repeated;
use super::settings::PeerSettings;
use super::stream::{Receiving, RequestKind, Sending, Stream};
use super::upload_reads::Reading;
use super::{request, send};
use crate::head::{Field, RequestHead};
use crate::numbers::Numbered;

/// Highest stream identifier (RFC 9113 5.1.1).
const MAX_STREAM_ID: u32 = 0x7fff_ffff;

/// Header list that is kept at most, whatever a profile announces: a larger one would be another way to fill memory.
const MAX_HEADER_LIST: usize = 1024 * 1024;

/// The client side of one HTTP/2 connection.
///
/// Call order of a driver: `open`, write everything that `next_write` gives, and only then feed input. The first flight
/// then has the layout of the captures whatever the peer's timing.
pub struct Connection {
    pub(super) policy: Arc<Http2Policy>,
    pub(super) limits: Http2Limits,
    pub(super) encoder: Encoder,
    pub(super) repeated: Repeated,
    pub(super) decoder: Decoder,
    /// Size of a header list, as announced.
    pub(super) max_header_list: usize,
    pub(super) input: BytesMut,
    /// Bytes of input that were processed before the frame at hand.
    pub(super) input_offset: u64,
    pub(super) output: Output,
    pub(super) events: VecDeque<Event>,
    pub(super) peer: PeerSettings,
    pub(super) budget: Budget,
    pub(super) interim_budget: Budget,
    pub(super) streams: Numbered<u32, Stream>,
    /// Streams that are open in either direction; one that is only unread is not among them.
    pub(super) open: OpenRanks,
    pub(super) next_id: u32,
    /// Highest stream whose HEADERS were handed out by `next_write`; the peer can have seen no request above it.
    pub(super) last_written: u32,
    pub(super) last_promised: u32,
    pub(super) send_window: SendWindow,
    pub(super) receive_window: ReceiveWindow,
    /// Streams that have something to write, in turn.
    pub(super) ready: VecDeque<u32>,
    /// Stream whose head was written last, and bytes of its body that may follow at once.
    pub(super) following: Option<(u32, u32)>,
    pub(super) partial_block: Option<PartialBlock>,
    pub(super) draining: bool,
    pub(super) failed: Option<ConnectionError>,
    pub(super) pings_in_flight: u32,
    next_ping: u64,
    pub(super) block: Vec<u8>,
}

impl Connection {
    /// Queues the first flight: preface, SETTINGS, WINDOW_UPDATE and PRIORITY frames, as one write.
    #[must_use]
    pub fn new(policy: Arc<Http2Policy>, limits: Http2Limits) -> Self {
        let mut output = Output::new(limits.max_queued_answers);
        output.push(send::first_flight(&policy), Reason::FirstFlight);
        let announced_list = policy.setting(6).and_then(|size| usize::try_from(size).ok());
        let max_header_list = announced_list.unwrap_or(limits.max_header_list).min(MAX_HEADER_LIST);
        Self {
            encoder: Encoder::new(policy.hpack.clone()),
            repeated: Repeated::new(),
            decoder: Decoder::new(policy.setting(1).unwrap_or(super::hpack::DEFAULT_TABLE_SIZE), max_header_list),
            max_header_list,
            input: BytesMut::new(),
            input_offset: 0,
            output,
            events: VecDeque::new(),
            peer: PeerSettings::new(limits.assumed_concurrent_streams),
            budget: Budget::new(&limits),
            interim_budget: Budget::of_interim_heads(&limits),
            streams: Numbered::default(),
            open: OpenRanks::default(),
            next_id: policy.first_stream_id,
            last_written: 0,
            last_promised: 0,
            send_window: SendWindow::new(65_535),
            receive_window: ReceiveWindow::new(policy.connection_window(), policy.flow_control.connection_update_above),
            ready: VecDeque::new(),
            following: None,
            partial_block: None,
            draining: false,
            failed: None,
            pings_in_flight: 0,
            next_ping: 1,
            block: Vec::new(),
            policy,
            limits,
        }
    }

    /// Takes bytes from the peer, cut anywhere.
    ///
    /// # Errors
    /// The peer broke the connection: a GOAWAY is queued and every open stream is reported as `Event::Reset`.
    pub fn receive(&mut self, input: &[u8]) -> Result<(), ConnectionError> {
        if self.failed.is_none() {
            self.input.extend_from_slice(input);
        }
        self.receive_buffered()
    }

    /// The buffer into which a driver may read directly, to save a copy; follow with `receive_buffered`.
    ///
    /// What it already holds is the start of a frame: append only.
    pub fn input_buffer(&mut self) -> &mut BytesMut {
        &mut self.input
    }

    /// Processes what was appended to `input_buffer`.
    ///
    /// # Errors
    /// As `receive`.
    pub fn receive_buffered(&mut self) -> Result<(), ConnectionError> {
        if let Some(error) = self.failed {
            self.input.clear();
            return Err(error);
        }
        let result = self.process_input();
        if let Err(error) = result {
            self.fail(error);
        }
        result
    }

    /// The next thing learnt, in order; drain after each `receive`, `next_write` and `received_end_of_input`.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Whether `open` would succeed for an ordinary request.
    #[must_use]
    pub fn can_open(&self) -> bool {
        self.check_open().is_ok()
    }

    /// Opens a request and queues it as one write, which is encoded when `next_write` gives it. If the stream ends before,
    /// whatever the reason, nothing of it is written.
    ///
    /// # Errors
    /// See [`OpenError`]; nothing was queued then.
    pub fn open(
        &mut self,
        head: impl Into<Arc<RequestHead>>,
        priority: Priority,
        end_stream: bool,
    ) -> Result<StreamId, OpenError> {
        self.open_with(head.into(), priority, end_stream, self.policy.body_behind_head)
    }

    /// As `open`, for a request that has waited until there was a connection.
    ///
    /// # Errors
    /// As `open`.
    pub fn open_waiting(
        &mut self,
        head: impl Into<Arc<RequestHead>>,
        priority: Priority,
        end_stream: bool,
    ) -> Result<StreamId, OpenError> {
        self.open_with(head.into(), priority, end_stream, self.policy.body_behind_waiting_head)
    }

    fn open_with(
        &mut self,
        head: Arc<RequestHead>,
        priority: Priority,
        end_stream: bool,
        behind: u32,
    ) -> Result<StreamId, OpenError> {
        self.check_open()?;
        if head.protocol.is_some() && !self.peer.enable_connect_protocol {
            return Err(OpenError::ConnectProtocolNotAllowed);
        }
        request::validate(&head)?;
        let id = self.next_id;
        let opens = id == self.policy.first_stream_id;
        self.next_id += 2;
        let kind = match head.method.as_ref() {
            b"HEAD" => RequestKind::Head,
            b"CONNECT" => RequestKind::Connect,
            _ => RequestKind::Plain,
        };
        let window = self.policy.initial_stream_window().saturating_add(self.policy.stream_window_increment);
        let receive = ReceiveWindow::new(window, self.policy.flow_control.stream_update_above);
        let sending = if end_stream { Sending::Done } else { Sending::Open };
        let mut stream = Stream::new(kind, sending, SendWindow::new(self.peer.initial_window), receive);
        if let Some(reads) = self.policy.upload_reads
            && !end_stream
            && kind == RequestKind::Plain
        {
            stream.reading = Some(Reading::after(&head, reads, opens));
        }
        if kind == RequestKind::Plain {
            stream.buffer = usize::try_from(self.policy.body_buffer).unwrap_or(0);
        }
        self.streams.insert(id, stream);
        let block = self.priority_block(priority);
        self.output.push_request(Request { id, head, priority: block, end_stream, behind });
        self.open.insert(id, priority.rank);
        self.budget.earn();
        Ok(StreamId(id))
    }

    fn check_open(&self) -> Result<(), OpenError> {
        if self.draining || self.failed.is_some() {
            return Err(OpenError::Draining);
        }
        if self.next_id > MAX_STREAM_ID {
            return Err(OpenError::IdentifiersExhausted);
        }
        let allowed = self.peer.max_concurrent_streams.min(self.limits.max_concurrent_streams);
        if usize::try_from(allowed).is_ok_and(|allowed| self.open.len() >= allowed) {
            return Err(OpenError::TooManyStreams);
        }
        Ok(())
    }

    /// What HEADERS of a new stream say about its priority, if anything.
    fn priority_block(&self, priority: Priority) -> Option<PriorityBlock> {
        let wanted = priority.send && self.policy.dependency != Dependency::None;
        let idle_parent = self.policy.parent_of_rank(priority.rank);
        wanted.then(|| PriorityBlock {
            depends_on: idle_parent.unwrap_or_else(|| self.open.parent(self.policy.dependency, priority.rank)),
            exclusive: priority.exclusive,
            weight: priority.weight,
        })
    }

    /// Queues a piece of the request body; `end_stream` closes it.
    ///
    /// # Errors
    /// The stream takes no more body: it was reset or has ended.
    pub fn send_body(&mut self, id: StreamId, chunk: Bytes, end_stream: bool) -> Result<(), StreamGone> {
        let stream = self.streams.get_mut(&id.0).ok_or(StreamGone)?;
        stream.queue(chunk, end_stream, self.limits.send_low_water)?;
        self.schedule(id.0);
        Ok(())
    }

    /// Ends the request body with trailer fields.
    ///
    /// # Errors
    /// As `send_body`; also if a field cannot be sent.
    pub fn send_trailers(&mut self, id: StreamId, fields: &[Field]) -> Result<(), StreamGone> {
        request::validate_fields(fields).map_err(|_| StreamGone)?;
        let stream = self.streams.get_mut(&id.0).ok_or(StreamGone)?;
        stream.queue(Bytes::new(), true, self.limits.send_low_water)?;
        stream.trailers = Some(fields.to_vec());
        self.schedule(id.0);
        Ok(())
    }

    /// Body bytes that were accepted and not yet handed to `next_write`; 0 for a stream that is gone.
    #[must_use]
    pub fn queued_body(&self, id: StreamId) -> usize {
        self.streams.get(&id.0).map_or(0, Stream::pending_len)
    }

    /// The reader took `bytes` of the body: windows are returned by policy, in steps of the browser's own reads. Safe for streams that are gone.
    pub fn consume(&mut self, id: StreamId, bytes: usize) {
        let Some(stream) = self.streams.get_mut(&id.0) else {
            return;
        };
        stream.read(bytes);
        while let Some((piece, stream_update)) = self.next_counted(id) {
            let connection_update = self.receive_window.consume(piece);
            let updates = if self.policy.flow_control.connection_first {
                [(0, connection_update), (id.0, stream_update)]
            } else {
                [(id.0, stream_update), (0, connection_update)]
            };
            for (stream, increment) in updates {
                self.write_window_update(stream, increment);
            }
        }
        self.settle(id.0);
    }

    /// The next piece of body that counts as consumed, with the update of the stream's window that it makes due.
    fn next_counted(&mut self, id: StreamId) -> Option<(u32, Option<u32>)> {
        let stream = self.streams.get_mut(&id.0)?;
        let piece = stream.next_counted()?;
        Some((piece, stream.return_window(piece)))
    }

    /// Abandons a stream. Idempotent; everything the peer sent or still sends on it is returned to the connection. A
    /// request that was not written yet never will be.
    pub fn reset(&mut self, id: StreamId, code: ErrorCode) {
        let Some(stream) = self.streams.get(&id.0) else {
            return;
        };
        let ends_tunnels = self.policy.web_socket.is_none_or(|policy| policy.ends_stream);
        let is_left_open = stream.kind == RequestKind::Connect && stream.receiving == Receiving::Done && !ends_tunnels;
        if self.is_written(id) && !stream.is_closed() && !is_left_open && self.failed.is_none() {
            let mut out = Vec::with_capacity(16);
            frame::write_reset(id.0, code.0, &mut out);
            self.output.push(out, Reason::Own);
        }
        self.release(id.0);
    }

    /// RST_STREAM for a stream that both sides have ended, which RFC 9113 5.1 lets a peer ignore. Nothing for a stream
    /// that was never written or is still open: see [`Self::reset`].
    pub fn reset_ended(&mut self, id: StreamId, code: ErrorCode) {
        let open = self.streams.get(&id.0).is_some_and(|stream| !stream.is_closed());
        if self.failed.is_none() && !open && self.is_written(id) {
            let mut out = Vec::with_capacity(16);
            frame::write_reset(id.0, code.0, &mut out);
            self.output.push(out, Reason::Own);
        }
    }

    /// Queues GOAWAY and opens no further streams; open ones go on.
    pub fn go_away(&mut self, code: ErrorCode) {
        if self.failed.is_none() {
            self.draining = true;
            let mut out = Vec::with_capacity(17);
            // The last stream that the peer opened: none, push is refused.
            frame::write_go_away(0, code.0, &mut out);
            self.output.push(out, Reason::Own);
        }
    }

    /// Ends the connection in an orderly way: GOAWAY(0, NO_ERROR) if the browser sends one, and no further streams.
    pub fn close(&mut self) {
        if self.policy.go_away_on_close && !self.draining {
            self.go_away(ErrorCode::NO_ERROR);
        }
        self.draining = true;
    }

    /// Queues a PING; `Event::Pong` follows when it is answered.
    pub fn ping(&mut self) {
        if self.failed.is_some() {
            return;
        }
        let payload = match self.policy.ping_payload {
            PingPayload::Zero => [0; 8],
            PingPayload::OddCounter => self.next_ping.to_be_bytes(),
        };
        self.next_ping += 2;
        self.pings_in_flight += 1;
        let mut out = Vec::with_capacity(17);
        frame::write_ping(payload, false, &mut out);
        self.output.push(out, Reason::Own);
    }

    /// The last stream whose HEADERS `next_write` has given, if any: the peer can know of none above it.
    #[must_use]
    pub fn last_written(&self) -> Option<StreamId> {
        Some(StreamId(self.last_written)).filter(|id| id.0 > 0)
    }

    fn is_written(&self, id: StreamId) -> bool {
        id.0 <= self.last_written
    }

    /// Streams that count against MAX_CONCURRENT_STREAMS.
    #[must_use]
    pub fn open_streams(&self) -> usize {
        self.open.len()
    }

    /// No stream is open.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.open.len() == 0
    }

    /// No stream may be opened any more: GOAWAY was sent or received, the input ended, the connection failed, or its
    /// identifiers are used up.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining || self.failed.is_some() || self.next_id > MAX_STREAM_ID
    }

    /// Whether the peer lets WebSockets in: it has sent SETTINGS_ENABLE_CONNECT_PROTOCOL = 1 (RFC 8441). `None` while
    /// its SETTINGS are not here.
    #[must_use]
    pub fn peer_allows_connect_protocol(&self) -> Option<bool> {
        self.peer.received.then_some(self.peer.enable_connect_protocol)
    }

    /// Acknowledges SETTINGS at once although no HEADERS were sent: the first request waits for something else.
    pub fn acknowledge_settings(&mut self) {
        self.output.release_settings_acks();
    }

    /// The policy this connection speaks by.
    #[must_use]
    pub fn policy(&self) -> &Http2Policy {
        &self.policy
    }

    /// The socket's input ended, or the socket failed: everything open fails. Requests that were never written are
    /// reported as unprocessed, and never will be written.
    pub fn received_end_of_input(&mut self) {
        self.draining = true;
        self.fail_streams(|_| true, ErrorCode::CANCEL, Initiator::Transport);
    }
}
