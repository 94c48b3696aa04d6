//! HTTP/2 on a connection: streams to exchanges and back.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use wiretwin_wire::head::RequestHead;
use wiretwin_wire::http2::{
    Connection as Machine, ErrorCode, Event, Http2Limits, Http2Policy, Initiator, OpenError, Priority, StreamId,
};
use wiretwin_wire::numbers::Numbered;

use super::{Carried, Carrier, Proof, Waited, stored};
use crate::error::{Error, codes};
use crate::limits;
use crate::link::Link;
use crate::phase::Phase;
use crate::reactor::Reactor;
use crate::response::HttpVersion;

mod upload;
mod web_socket;

pub(super) struct Http2 {
    reactor: Rc<Reactor>,
    machine: RefCell<Machine>,
    go_away_on_close: bool,
    /// The client ends its side of a WebSocket's stream.
    ends_tunnels: bool,
    /// WebSockets that wait for the peer's SETTINGS, oldest first.
    awaiting_settings: RefCell<BTreeMap<u64, Rc<dyn Carried>>>,
    /// [`Http2Policy::reset_ended`].
    reset_ended: bool,
    /// [`Http2Policy::empty_body_apart`].
    empty_body_apart: bool,
    /// Streams whose answers a cache has taken by their heads.
    stored: RefCell<Vec<StreamId>>,
    streams: RefCell<Numbered<StreamId, Rc<dyn Carried>>>,
    ids: RefCell<Numbered<u64, StreamId>>,
    /// Exchanges with body bytes or an end that the machine has not got.
    uploading: RefCell<Vec<Rc<dyn Carried>>>,
    /// Exchanges whose request is not written yet.
    sending: RefCell<Vec<(StreamId, Rc<dyn Carried>)>>,
    /// The last stream of which something can have reached the peer.
    begun: Cell<Option<StreamId>>,
    /// Look for a dead socket before the next write: a request could not be replayed after it.
    check_first: Cell<bool>,
    /// Exchanges with news for their caller.
    touched: RefCell<Vec<Rc<dyn Carried>>>,
    /// Something may have queued frames since the last write.
    output: Cell<bool>,
    goodbye: Cell<bool>,
    /// The peer sent GOAWAY.
    going_away: Cell<bool>,
    /// The rule that the peer broke, once that has ended the connection.
    broken: RefCell<Option<String>>,
    /// A silence after which a request is preceded by a PING, as the profile says.
    ping_after: Option<Duration>,
    last_read: Cell<Instant>,
    /// Writing has ended a stream: another one may fit.
    made_room: Cell<bool>,
}

impl Http2 {
    pub(super) fn new(policy: &Arc<Http2Policy>, reactor: &Rc<Reactor>) -> Self {
        Self {
            reactor: Rc::clone(reactor),
            machine: RefCell::new(Machine::new(Arc::clone(policy), Http2Limits::default())),
            go_away_on_close: policy.go_away_on_close,
            ends_tunnels: policy.web_socket.is_none_or(|policy| policy.ends_stream),
            awaiting_settings: RefCell::default(),
            reset_ended: policy.reset_ended,
            empty_body_apart: policy.empty_body_apart,
            stored: RefCell::default(),
            streams: RefCell::default(),
            ids: RefCell::default(),
            uploading: RefCell::default(),
            sending: RefCell::default(),
            begun: Cell::new(None),
            check_first: Cell::new(false),
            touched: RefCell::default(),
            output: Cell::new(true),
            goodbye: Cell::new(false),
            going_away: Cell::new(false),
            broken: RefCell::default(),
            ping_after: policy.ping_before_request_after_idle_ms.map(|limit| Duration::from_millis(limit.into())),
            last_read: Cell::new(reactor.now()),
            made_room: Cell::new(false),
        }
    }

    /// Whether writing has made room for another exchange since this was last asked.
    pub(super) fn takes_more(&self) -> bool {
        self.made_room.take()
    }

    pub(super) fn can_open(&self) -> bool {
        self.machine.borrow().can_open()
    }

    pub(super) fn is_draining(&self) -> bool {
        self.machine.borrow().is_draining()
    }

    pub(super) fn is_idle(&self) -> bool {
        self.streams.borrow().is_empty() && self.awaiting_settings.borrow().is_empty()
    }

    /// The socket must be read before the next write.
    pub(super) fn wants_check(&self) -> bool {
        self.check_first.take()
    }

    /// Bytes have reached the kernel: the peer may have seen every request that was written so far.
    pub(super) fn requests_begun(&self) {
        self.begun.set(self.machine.borrow().last_written());
    }

    pub(super) fn begin(&self, exchange: &Rc<dyn Carried>, waited: Waited) -> Result<(), Error> {
        if exchange.request().web_socket {
            return self.begin_web_socket(exchange, waited);
        }
        self.open(exchange, exchange.head(), waited)
    }

    fn open(&self, exchange: &Rc<dyn Carried>, head: &Arc<RequestHead>, waited: Waited) -> Result<(), Error> {
        let priority = match exchange.request().priority {
            Some(given) => Priority { weight: given.weight, exclusive: given.exclusive, rank: given.rank, send: true },
            None => Priority { weight: 16, exclusive: false, rank: 0, send: false },
        };
        let is_tunnel = exchange.request().web_socket;
        let is_apart = self.empty_body_apart && matches!(head.method.as_ref(), b"POST" | b"PUT");
        let end_stream = !is_tunnel && !is_apart && exchange.upload().is_done();
        if self.ping_after.is_some_and(|limit| self.reactor.now() - self.last_read.get() > limit) {
            self.machine.borrow_mut().ping();
            // One probe a silence.
            self.last_read.set(self.reactor.now());
        }
        let mut machine = self.machine.borrow_mut();
        let opened = if waited.request {
            machine.open_waiting(Arc::clone(head), priority, end_stream)
        } else {
            machine.open(Arc::clone(head), priority, end_stream)
        };
        drop(machine);
        let id = opened.map_err(|error| open_error(&error))?;
        self.streams.borrow_mut().insert(id, Rc::clone(exchange));
        self.ids.borrow_mut().insert(exchange.id(), id);
        self.sending.borrow_mut().push((id, Rc::clone(exchange)));
        if waited.connection && !exchange.request().is_idempotent() {
            self.check_first.set(true);
        }
        if !end_stream && !is_tunnel {
            self.uploading.borrow_mut().push(Rc::clone(exchange));
        }
        self.output.set(true);
        Ok(())
    }

    pub(super) fn consumed(&self, exchange: u64, bytes: usize) {
        if let Some(id) = self.ids.borrow().get(&exchange) {
            self.machine.borrow_mut().consume(*id, bytes);
            self.output.set(true);
        }
    }

    pub(super) fn upload_ready(&self, exchange: &Rc<dyn Carried>) {
        let mut uploading = self.uploading.borrow_mut();
        if !uploading.iter().any(|known| known.id() == exchange.id()) {
            uploading.push(Rc::clone(exchange));
        }
        self.output.set(true);
    }

    pub(super) fn forget(&self, exchange: u64, complete: bool, held: usize) {
        self.awaiting_settings.borrow_mut().remove(&exchange);
        if complete {
            self.end_upload(exchange);
        }
        let Some(id) = self.ids.borrow_mut().remove(&exchange) else { return };
        self.streams.borrow_mut().remove(&id);
        self.forget_stored(id);
        self.uploading.borrow_mut().retain(|known| known.id() != exchange);
        self.sending.borrow_mut().retain(|(_, known)| known.id() != exchange);
        let mut machine = self.machine.borrow_mut();
        if held > 0 {
            machine.consume(id, held);
        }
        if !complete {
            machine.reset(id, ErrorCode::CANCEL);
        }
        self.output.set(true);
    }

    pub(super) fn may_have_output(&self) -> bool {
        self.output.get()
    }

    /// Gives uploads to the machine and its writes to the link, one record each. `true`: stopped because the link is
    /// full, there is more.
    pub(super) fn produce(&self, link: &mut Link) -> Result<bool, Error> {
        self.output.set(false);
        self.feed_uploads();
        let mut machine = self.machine.borrow_mut();
        let was_full = !machine.can_open();
        let mut is_all = false;
        while link.unsent() < limits::WRITE_BUFFER_HIGH {
            let Some(write) = machine.next_write() else {
                is_all = true;
                break;
            };
            link.write(&write)?;
        }
        // The end of an upload behind its answer: its exchange may be over, and nobody else says that there is room.
        if was_full && machine.can_open() {
            self.made_room.set(true);
        }
        drop(machine);
        if !is_all {
            self.output.set(true);
            return Ok(true);
        }
        // Writing made room in the machine for more of the bodies.
        let more = self.uploading.borrow().iter().any(|exchange| self.has_room(exchange));
        self.output.set(more);
        Ok(more)
    }

    /// All that is to be written now in one piece, for one record of early data.
    pub(super) fn take_writes(&self) -> Vec<u8> {
        let mut machine = self.machine.borrow_mut();
        std::iter::from_fn(|| machine.next_write()).flatten().collect()
    }

    /// Everything produced has reached the kernel.
    pub(super) fn flushed(&self) {
        let sending = std::mem::take(&mut *self.sending.borrow_mut());
        for (id, exchange) in sending {
            let waiting = self.machine.borrow().queued_body(id) > 0 || !exchange.upload().is_done();
            if waiting {
                self.sending.borrow_mut().push((id, exchange));
            } else {
                exchange.sent();
            }
        }
    }

    /// Feeds the plaintext that the link holds. `Err`: the connection is over, its exchanges know.
    pub(super) fn receive(&self, carrier: &Carrier) -> Result<(), ()> {
        let result = {
            let mut link = carrier.link.borrow_mut();
            let mut machine = self.machine.borrow_mut();
            let (input, buffer) = (link.input(), machine.input_buffer());
            // The beginning of a frame goes back, so that the rest of it is decrypted to behind it.
            std::mem::swap(input, buffer);
            let result = machine.receive_buffered();
            std::mem::swap(input, machine.input_buffer());
            result
        };
        if self.ping_after.is_some() {
            self.last_read.set(self.reactor.now());
        }
        self.output.set(true);
        let broken = result.err().map(|error| format!("{}: {}", error.code.name(), error.reason));
        // Before the events: the machine resets each stream, and their exchanges shall know why.
        self.broken.borrow_mut().clone_from(&broken);
        self.dispatch(carrier);
        if let Some(text) = broken {
            carrier.close();
            self.fail(&Error::new(codes::H2_PROTOCOL, Phase::Head).with_detail(text).with_replayable(false));
            return Err(());
        }
        if self.is_draining() && self.is_idle() {
            carrier.close();
        }
        Ok(())
    }

    fn dispatch(&self, carrier: &Carrier) {
        let mut freed = false;
        loop {
            let event = self.machine.borrow_mut().next_event();
            let Some(event) = event else { break };
            freed |= self.on_event(carrier, event);
        }
        if freed {
            carrier.tell(|keeper| keeper.freed());
        }
    }

    /// `true` if another exchange may fit now.
    fn on_event(&self, carrier: &Carrier, event: Event) -> bool {
        match event {
            Event::Settings => {
                self.settings_arrived(carrier);
                return true;
            }
            Event::Informational { id, head } => {
                if let Some(exchange) = self.exchange(id) {
                    exchange.informational(head);
                }
            }
            Event::Response { id, head, end_stream } => {
                if let Some(exchange) = self.exchange(id) {
                    if let Some(refusal) = exchange.refusal(head.status) {
                        self.let_go(id, end_stream);
                        self.detach(&*exchange);
                        exchange.refused(refusal);
                        return true;
                    }
                    if exchange.request().web_socket && (200..300).contains(&head.status) {
                        exchange.upgrade();
                    }
                    if self.reset_ended && stored::is_left_to_cache(exchange.request(), exchange.head(), &head) {
                        self.stored.borrow_mut().push(id);
                    }
                    exchange.respond(head, HttpVersion::Http2, !end_stream);
                    if end_stream {
                        self.received_end(id, &exchange, Vec::new());
                    }
                    self.touch(&exchange);
                }
                return end_stream;
            }
            Event::Data { id, data, end_stream } => {
                match self.exchange(id) {
                    Some(exchange) => {
                        exchange.received(data);
                        if end_stream {
                            self.received_end(id, &exchange, Vec::new());
                        }
                        self.touch(&exchange);
                    }
                    None => self.machine.borrow_mut().consume(id, data.len()),
                }
                return end_stream;
            }
            Event::Trailers { id, fields } => {
                if let Some(exchange) = self.exchange(id) {
                    self.received_end(id, &exchange, fields);
                    self.touch(&exchange);
                }
                return true;
            }
            Event::SendCapacity { id } => {
                if let Some(exchange) = self.exchange(id) {
                    self.upload_ready(&exchange);
                }
            }
            Event::Reset { id, code, by, processed } => {
                self.on_reset(id, code, by, processed);
                return true;
            }
            Event::GoAway { .. } => {
                self.going_away.set(true);
                // Out of the pool at once: replays of unprocessed requests must not come back here.
                carrier.tell(|keeper| keeper.gone());
            }
            Event::Pong => {}
        }
        false
    }

    /// Nobody will read an answer whose head is here.
    fn let_go(&self, id: StreamId, ended: bool) {
        let mut machine = self.machine.borrow_mut();
        match (ended, self.reset_ended) {
            (false, _) => machine.reset(id, ErrorCode::CANCEL),
            (true, true) => machine.reset_ended(id, ErrorCode::CANCEL),
            (true, false) => {}
        }
    }

    fn received_end(&self, id: StreamId, exchange: &Rc<dyn Carried>, trailers: Vec<(Bytes, Bytes)>) {
        let mut stored = self.stored.borrow_mut();
        if let Some(place) = stored.iter().position(|known| *known == id) {
            stored.swap_remove(place);
            self.machine.borrow_mut().reset_ended(id, ErrorCode::CANCEL);
        }
        exchange.received_end(trailers);
    }

    fn on_reset(&self, id: StreamId, code: ErrorCode, by: Initiator, processed: bool) {
        let Some(exchange) = self.exchange(id) else { return };
        // After the end of the response it only says that the upload is not wanted any more (RFC 9113 8.1).
        if exchange.has_received_end() {
            self.touch(&exchange);
            return;
        }
        let (error, proof) = match (by, code, processed) {
            (_, ErrorCode::HTTP_1_1_REQUIRED, _) => (reset_error(code), Proof::Http1Required),
            (_, ErrorCode::REFUSED_STREAM, false) if !self.going_away.get() => {
                (Error::new(codes::H2_REFUSED, Phase::Head), Proof::Unprocessed)
            }
            (Initiator::Remote, _, false) => (Error::new(codes::H2_GOAWAY, Phase::Head), Proof::Unprocessed),
            (Initiator::Remote, _, true) => (reset_error(code), Proof::None),
            (Initiator::Library, _, _) => {
                let rule = self.broken.borrow().clone().unwrap_or_else(|| code.name().to_owned());
                let proof = if processed { Proof::None } else { Proof::Unprocessed };
                (Error::new(codes::H2_PROTOCOL, Phase::Head).with_detail(rule), proof)
            }
            (Initiator::Transport, _, _) => (Error::connection_closed(Phase::Head), self.proof_of_loss(id)),
        };
        self.detach(&*exchange);
        exchange.lost(error, proof);
    }

    fn forget_stored(&self, id: StreamId) {
        self.stored.borrow_mut().retain(|known| *known != id);
    }

    /// What the loss of the socket proves about a request.
    fn proof_of_loss(&self, id: StreamId) -> Proof {
        if Some(id) > self.begun.get() { Proof::Unprocessed } else { Proof::IdleClose }
    }

    fn detach(&self, exchange: &dyn Carried) {
        if let Some(id) = self.ids.borrow_mut().remove(&exchange.id()) {
            self.streams.borrow_mut().remove(&id);
            self.forget_stored(id);
        }
        self.uploading.borrow_mut().retain(|known| known.id() != exchange.id());
        self.sending.borrow_mut().retain(|(_, known)| known.id() != exchange.id());
    }

    pub(super) fn end_of_input(&self, carrier: &Carrier) {
        self.machine.borrow_mut().received_end_of_input();
        self.dispatch(carrier);
        self.fail(&Error::connection_closed(Phase::Head));
    }

    /// The connection is lost: tells every exchange that is still on it.
    pub(super) fn fail(&self, error: &Error) {
        // What the machine has not written yet never will be.
        self.machine.borrow_mut().received_end_of_input();
        let exchanges: Vec<_> = self.streams.borrow_mut().drain().collect();
        let awaiting = self.awaiting_settings.take();
        self.ids.borrow_mut().clear();
        self.uploading.borrow_mut().clear();
        self.sending.borrow_mut().clear();
        for (id, exchange) in exchanges {
            if exchange.has_received_end() {
                exchange.settle();
            } else {
                let proof = if is_socket_loss(error) { self.proof_of_loss(id) } else { Proof::None };
                exchange.lost(error.clone(), proof);
            }
        }
        for exchange in awaiting.into_values() {
            let proof = if is_socket_loss(error) { Proof::Unprocessed } else { Proof::None };
            exchange.lost(error.clone(), proof);
        }
    }

    /// Somebody is to be told of what happened since the last `settle`.
    pub(super) fn has_news(&self) -> bool {
        !self.touched.borrow().is_empty()
    }

    /// Tells callers what this turn brought.
    pub(super) fn settle(&self) {
        let touched = std::mem::take(&mut *self.touched.borrow_mut());
        for exchange in touched {
            exchange.tell_taken();
            exchange.settle();
        }
    }

    pub(super) fn say_goodbye(&self) {
        if !self.goodbye.replace(true) && self.go_away_on_close {
            self.machine.borrow_mut().go_away(ErrorCode::NO_ERROR);
        }
    }

    fn exchange(&self, id: StreamId) -> Option<Rc<dyn Carried>> {
        self.streams.borrow().get(&id).cloned()
    }

    fn touch(&self, exchange: &Rc<dyn Carried>) {
        let mut touched = self.touched.borrow_mut();
        if touched.last().is_none_or(|last| last.id() != exchange.id()) {
            touched.push(Rc::clone(exchange));
        }
    }
}

fn is_socket_loss(error: &Error) -> bool {
    matches!(error.code, codes::CONNECTION_RESET | codes::CONNECTION_CLOSED)
}

fn reset_error(code: ErrorCode) -> Error {
    let node_code = if code == ErrorCode::NO_ERROR { "ECONNRESET" } else { "ERR_HTTP2_STREAM_ERROR" };
    Error::new(codes::H2_STREAM_RESET, Phase::Head).with_detail(code.name()).with_node_code(node_code)
}

fn open_error(error: &OpenError) -> Error {
    match error {
        OpenError::InvalidHead(reason) => Error::new(codes::INVALID_ARG, Phase::Send).with_detail(*reason),
        OpenError::ConnectProtocolNotAllowed => Error::new(codes::PROTOCOL_UNAVAILABLE, Phase::Send),
        OpenError::Draining | OpenError::TooManyStreams | OpenError::IdentifiersExhausted => {
            Error::new(codes::H2_GOAWAY, Phase::Queue)
        }
    }
}
