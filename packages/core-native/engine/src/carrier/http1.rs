//! HTTP/1.1 on a connection: one exchange at a time.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use wiretwin_wire::http1::{
    BodyKind, Event, Http1Error, Http1ErrorKind, Http1Limits, Http1Policy, RequestFraming, Response, Version,
    encode_chunk, encode_head, encode_last_chunk,
};

use super::{Carried, Carrier, Proof, Refusal};
use crate::error::{Error, codes};
use crate::limits;
use crate::link::Link;
use crate::phase::Phase;
use crate::request::RequestBody;
use crate::response::HttpVersion;

/// Where the body does not join the head, both go in one write up to this size, as Chromium's HttpStreamParser does (kMaxMergedHeaderAndBodySize).
const MERGED_WRITE_MAX: usize = 1400;

pub(super) struct Http1 {
    policy: Arc<Http1Policy>,
    active: RefCell<Option<Active>>,
    output: Cell<bool>,
    /// Bytes of the longest answer that was read here, head and body.
    largest_answer: Cell<u64>,
}

struct Active {
    exchange: Rc<dyn Carried>,
    reader: Response,
    /// Bytes of the answer so far.
    received: u64,
    /// Encoded head until it is written.
    head: Option<Vec<u8>>,
    chunked: bool,
    /// The last byte of the request was given to the link.
    request_written: bool,
    /// Some of it has reached the kernel.
    request_begun: bool,
    sent_told: bool,
    /// Look at the socket before the first byte: it may be dead, or hold bytes that nobody asked for.
    check_first: bool,
    response_over: bool,
    upgraded: bool,
    touched: bool,
    trailers: Vec<(bytes::Bytes, bytes::Bytes)>,
}

/// What one step of reading found.
enum Step {
    Event(Event),
    Raw(bytes::Bytes),
    NeedMore,
    Unsolicited,
    Broken(Http1Error),
}

impl Http1 {
    pub(super) fn new(policy: Arc<Http1Policy>) -> Self {
        Self { policy, active: RefCell::new(None), output: Cell::new(false), largest_answer: Cell::new(0) }
    }

    pub(super) fn is_free(&self) -> bool {
        self.active.borrow().is_none()
    }

    pub(super) fn largest_answer(&self) -> u64 {
        self.largest_answer.get()
    }

    /// `waited`: the connection has had time to die, and its peer to say something.
    pub(super) fn begin(&self, exchange: &Rc<dyn Carried>, waited: bool) -> Result<(), Error> {
        let framing = framing_of(&**exchange);
        let mut head = Vec::with_capacity(1024);
        encode_head(&self.policy, exchange.head(), framing, &mut head)
            .map_err(|error| Error::new(error.code(), Phase::Send).with_detail(error.to_string()))?;
        let reader = Response::new(&exchange.head().method, exchange.request().upgrade, Http1Limits::default())
            .reading_as(self.policy.answers);
        *self.active.borrow_mut() = Some(Active {
            exchange: Rc::clone(exchange),
            reader,
            received: 0,
            head: Some(head),
            chunked: matches!(framing, RequestFraming::Chunked),
            request_written: false,
            request_begun: false,
            sent_told: false,
            check_first: waited,
            response_over: false,
            upgraded: false,
            touched: false,
            trailers: Vec::new(),
        });
        self.output.set(true);
        Ok(())
    }

    /// The socket must be read before the request is written.
    pub(super) fn wants_check(&self) -> bool {
        self.active.borrow_mut().as_mut().is_some_and(|active| std::mem::take(&mut active.check_first))
    }

    /// An idle connection is read too: that is how its end is seen.
    pub(super) fn wants_read(&self) -> bool {
        self.active.borrow().as_ref().is_none_or(|active| active.exchange.held() < limits::HTTP1_BODY_BUFFER)
    }

    pub(super) fn has_output(&self) -> bool {
        self.output.get()
            || self
                .active
                .borrow()
                .as_ref()
                .is_some_and(|active| active.head.is_some() || !active.exchange.upload().is_empty())
    }

    /// Whether the connection may be kept after its exchange has ended.
    pub(super) fn forget(&self, exchange: u64, complete: bool) -> bool {
        let mut slot = self.active.borrow_mut();
        if slot.as_ref().is_none_or(|active| active.exchange.id() != exchange) {
            return true;
        }
        let Some(active) = slot.take() else { return true };
        self.largest_answer.set(self.largest_answer.get().max(active.received));
        complete && active.request_written && active.response_over && active.reader.reusable(0).is_ok()
    }

    /// Gives the head and body bytes to the link. `true`: stopped because the link is full.
    pub(super) fn produce(&self, link: &mut Link) -> Result<bool, Error> {
        self.output.set(false);
        let mut slot = self.active.borrow_mut();
        let Some(active) = slot.as_mut() else { return Ok(false) };
        if let Some(mut head) = active.head.take() {
            let queued = active.exchange.upload().queued();
            let mut room = if active.chunked || queued == 0 {
                0
            } else if self.policy.body_joins_head {
                limits::HTTP1_BODY_WRITE - head.len() % limits::HTTP1_BODY_WRITE
            } else if head.len() + queued <= MERGED_WRITE_MAX {
                queued
            } else {
                0
            };
            let mut upload = active.exchange.upload();
            while room > 0
                && let Some((piece, _)) = upload.take(room)
            {
                room -= piece.len();
                head.extend_from_slice(&piece);
            }
            drop(upload);
            link.write(&head)?;
            // Who took the connection over from another has written already: what comes now is its answer.
            active.check_first = false;
        }
        if active.response_over {
            return Ok(false);
        }
        while link.unsent() < limits::WRITE_BUFFER_HIGH {
            let piece = active.exchange.upload().take(limits::HTTP1_BODY_WRITE);
            let Some((piece, _)) = piece else {
                return active.finish_request(link).map(|()| false);
            };
            active.touched = true;
            if active.chunked && !active.upgraded {
                let mut chunk = Vec::with_capacity(piece.len() + 16);
                encode_chunk(&piece, &mut chunk);
                link.write(&chunk)?;
            } else {
                link.write(&piece)?;
            }
        }
        Ok(true)
    }

    /// Bytes have reached the kernel: from now on the peer may have seen the request.
    pub(super) fn request_begun(&self) {
        if let Some(active) = self.active.borrow_mut().as_mut() {
            active.request_begun |= active.head.is_none();
        }
    }

    pub(super) fn flushed(&self) {
        let told = {
            let mut slot = self.active.borrow_mut();
            let Some(active) = slot.as_mut() else { return };
            if !active.request_written || active.sent_told {
                return;
            }
            active.sent_told = true;
            Rc::clone(&active.exchange)
        };
        told.sent();
    }

    pub(super) fn receive(&self, carrier: &Carrier) -> Result<(), ()> {
        loop {
            match self.step(carrier) {
                Step::NeedMore => return Ok(()),
                Step::Event(event) => {
                    let Some(refusal) = self.refusal(&event) else {
                        self.on_event(event);
                        continue;
                    };
                    carrier.close();
                    if let Some((exchange, _)) = self.detach() {
                        exchange.refused(refusal);
                    }
                    return Ok(());
                }
                Step::Raw(data) => {
                    if let Some(exchange) = self.touch() {
                        exchange.received(data);
                    }
                }
                // Bytes that nobody asked for: a forged next response (FAULTS F06).
                Step::Unsolicited => {
                    carrier.close();
                    self.unsolicited();
                    return Err(());
                }
                Step::Broken(error) => {
                    carrier.close();
                    self.broken(&error);
                    return Err(());
                }
            }
        }
    }

    /// The peer spoke out of turn. A request that was about to be written goes elsewhere, and nothing of it here.
    fn unsolicited(&self) {
        let unbegun = self.active.borrow().as_ref().is_some_and(|active| !active.request_begun);
        if unbegun && let Some((exchange, _)) = self.detach() {
            let error = Error::connection_closed(Phase::Head).with_detail("the peer sent what nobody asked for");
            exchange.lost(error, Proof::Unprocessed);
        }
    }

    fn refusal(&self, event: &Event) -> Option<Refusal> {
        let Event::Head { head, .. } = event else { return None };
        self.active.borrow().as_ref()?.exchange.refusal(head.status)
    }

    fn step(&self, carrier: &Carrier) -> Step {
        let mut link = carrier.link.borrow_mut();
        let input = link.input();
        let mut slot = self.active.borrow_mut();
        match slot.as_mut() {
            None if input.is_empty() => Step::NeedMore,
            None => Step::Unsolicited,
            Some(active) if active.upgraded => {
                if input.is_empty() {
                    Step::NeedMore
                } else {
                    Step::Raw(input.split().freeze())
                }
            }
            // A response before the request: it cannot be the answer.
            Some(active) if !active.request_begun && !input.is_empty() => Step::Unsolicited,
            Some(active) if active.response_over => {
                if input.is_empty() {
                    Step::NeedMore
                } else {
                    Step::Unsolicited
                }
            }
            Some(active) => {
                let before = input.len();
                let read = active.reader.receive(input);
                active.received += before.saturating_sub(input.len()) as u64;
                match read {
                    Ok(Some(event)) => Step::Event(event),
                    Ok(None) => Step::NeedMore,
                    Err(error) => Step::Broken(error),
                }
            }
        }
    }

    fn on_event(&self, event: Event) {
        let Some(exchange) = self.touch() else { return };
        match event {
            Event::Informational(head) => exchange.informational(head),
            Event::Head { head, body } => {
                let version = self.version();
                let upgrading = head.status == 101;
                if upgrading {
                    exchange.upgrade();
                }
                exchange.respond(head, version, body != BodyKind::None);
            }
            Event::Data(data) => exchange.received(data),
            Event::Trailers(fields) => {
                if let Some(active) = self.active.borrow_mut().as_mut() {
                    active.trailers = fields;
                }
            }
            Event::End => {
                let trailers = self.over();
                exchange.received_end(trailers);
            }
            Event::Upgraded => {
                if let Some(active) = self.active.borrow_mut().as_mut() {
                    active.upgraded = true;
                    active.request_written = false;
                }
            }
        }
    }

    fn over(&self) -> Vec<(bytes::Bytes, bytes::Bytes)> {
        let mut slot = self.active.borrow_mut();
        let Some(active) = slot.as_mut() else { return Vec::new() };
        active.response_over = true;
        std::mem::take(&mut active.trailers)
    }

    fn version(&self) -> HttpVersion {
        match self.active.borrow().as_ref().map(|active| active.reader.version()) {
            Some(Version::Http10) => HttpVersion::Http10,
            _ => HttpVersion::Http11,
        }
    }

    pub(super) fn end_of_input(&self, clean: bool) {
        loop {
            let ended = {
                let mut slot = self.active.borrow_mut();
                let Some(active) = slot.as_mut() else { return };
                if active.upgraded { Ok(Some(Event::End)) } else { active.reader.end_of_input(clean) }
            };
            match ended {
                Ok(Some(event)) => {
                    let over = matches!(event, Event::End);
                    self.on_event(event);
                    if over {
                        break;
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    self.broken(&error);
                    break;
                }
            }
        }
    }

    fn broken(&self, error: &Http1Error) {
        let Some((exchange, begun)) = self.detach() else { return };
        if error.kind == Http1ErrorKind::NoResponse {
            let proof = if begun { Proof::IdleClose } else { Proof::Unprocessed };
            return exchange.lost(Error::connection_closed(Phase::Head), proof);
        }
        let node_code = match error.kind {
            Http1ErrorKind::BodyIncomplete | Http1ErrorKind::HeadIncomplete => "ECONNRESET",
            Http1ErrorKind::HeadTooLarge => "HPE_HEADER_OVERFLOW",
            Http1ErrorKind::Chunk => "HPE_INVALID_CHUNK_SIZE",
            _ => "HPE_INVALID_CONSTANT",
        };
        let failure = Error::new(error.code(), Phase::Head).with_detail(error.detail).with_node_code(node_code);
        exchange.receive_failed(failure.with_replayable(false));
    }

    /// The socket failed under the exchange.
    pub(super) fn fail(&self, error: &Error) {
        let over = self
            .active
            .borrow()
            .as_ref()
            .filter(|active| active.response_over)
            .map(|active| Rc::clone(&active.exchange));
        if let Some(exchange) = over {
            return exchange.settle();
        }
        let Some((exchange, begun)) = self.detach() else { return };
        let proof = match error.code {
            codes::INTERNAL => Proof::None,
            _ if !begun => Proof::Unprocessed,
            codes::CONNECTION_RESET | codes::CONNECTION_CLOSED => Proof::IdleClose,
            _ => Proof::None,
        };
        exchange.lost(error.clone(), proof);
    }

    /// Somebody is to be told of what happened since the last `settle`.
    pub(super) fn has_news(&self) -> bool {
        self.active.borrow().as_ref().is_some_and(|active| active.touched)
    }

    pub(super) fn settle(&self) {
        let touched = {
            let mut slot = self.active.borrow_mut();
            let Some(active) = slot.as_mut() else { return };
            if !std::mem::take(&mut active.touched) {
                return;
            }
            Rc::clone(&active.exchange)
        };
        touched.tell_taken();
        touched.settle();
    }

    /// Takes the exchange off the connection, so that it is told of one loss only; and whether its request had begun.
    fn detach(&self) -> Option<(Rc<dyn Carried>, bool)> {
        self.active.borrow_mut().take().map(|active| (active.exchange, active.request_begun))
    }

    fn touch(&self) -> Option<Rc<dyn Carried>> {
        let mut slot = self.active.borrow_mut();
        let active = slot.as_mut()?;
        active.touched = true;
        Some(Rc::clone(&active.exchange))
    }
}

impl Active {
    /// Writes what ends the body, once the caller has given all of it.
    fn finish_request(&mut self, link: &mut Link) -> Result<(), Error> {
        if self.request_written || !self.exchange.upload().is_done() {
            return Ok(());
        }
        self.request_written = true;
        if self.upgraded {
            link.end_output();
        } else if self.chunked {
            let trailers = self.exchange.upload().take_trailers();
            let mut last = Vec::new();
            encode_last_chunk(&trailers, &mut last)
                .map_err(|error| Error::new(error.code(), Phase::Send).with_detail(error.to_string()))?;
            link.write(&last)?;
        }
        Ok(())
    }
}

fn framing_of(exchange: &dyn Carried) -> RequestFraming {
    match &exchange.request().body {
        // A content-length of 0 without a body is how browsers send an empty POST.
        RequestBody::None => {
            let named = exchange.head().fields.iter().any(|field| field.name.eq_ignore_ascii_case(b"content-length"));
            if named { RequestFraming::Length(0) } else { RequestFraming::None }
        }
        RequestBody::Bytes(bytes) => RequestFraming::Length(bytes.len() as u64),
        RequestBody::Stream { length: Some(length) } => RequestFraming::Length(*length),
        RequestBody::Stream { length: None } => RequestFraming::Chunked,
    }
}
