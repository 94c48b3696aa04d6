//! One exchange on the I/O thread: its phases, deadlines, bodies and the events it sends.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use bytes::Bytes;
use wiretwin_wire::head::{Field, RequestHead, ResponseHead};
use wiretwin_wire::length;

use early::Early;

use crate::body::{Download, Upload};
use crate::certificates::ChainId;
use crate::dial;
use crate::error::{Error, codes};
use crate::limits;
use crate::phase::Phase;
use crate::pool::{Connection, Origin, Pool, Seat};
use crate::reactor::Reactor;
use crate::request::{ExchangeId, ExchangeRequest, Protocols, RequestBody, TrailerList};
use crate::response::{ExchangeEvent, ExchangeSink, HttpVersion, PhaseEvent};
use crate::timing::Timings;

mod deadline;
mod early;
mod hold;
mod misdirected;
mod passenger;
mod registry;
mod replay;
mod report;

pub(crate) use deadline::{Deadlines, Due};
pub(crate) use registry::Exchanges;
use replay::Lost;

/// Where an exchange is held.
enum Place {
    /// Nowhere: before its start, or between two attempts.
    Nowhere,
    /// In the queue of an origin.
    Waiting(Rc<Origin>),
    /// On a connection that waits for its caller's word.
    Held(Rc<Connection>),
    /// On a connection.
    On { connection: Rc<Connection>, reused: bool },
    /// Ended.
    Over,
}

pub(crate) struct Exchange {
    pub(crate) id: ExchangeId,
    pub(crate) pool: Rc<Pool>,
    exchanges: Rc<Exchanges>,
    pub(crate) request: Box<ExchangeRequest>,
    /// Shared with the connection that will write it.
    pub(crate) head: Arc<RequestHead>,
    started: Instant,
    seat: Seat,
    state: RefCell<State>,
}

struct State {
    sink: Box<dyn ExchangeSink>,
    place: Place,
    phase: Phase,
    timings: Timings,
    deadlines: Deadlines,
    replays: u8,
    http1_only: bool,
    early: Early,
    /// The certificates that its caller has confirmed.
    confirmed: Option<ChainId>,
    /// It was answered 421 once.
    misdirected: bool,
    /// Its next connection shall be a new one, which over HTTP/2 serves nothing else.
    refuses_reuse: bool,
    /// It was given to a connection, in vain.
    was_sent: bool,
    upload: Upload,
    download: Download,
    pending_head: Option<(ResponseHead, HttpVersion)>,
    decoded: Vec<&'static str>,
    /// A response byte arrived: no replay any more.
    answered: bool,
    head_sent: bool,
    upgraded: bool,
    reading: Option<usize>,
    /// All of the rest is wanted in one piece: what has come of it.
    whole: Option<Vec<u8>>,
    /// It goes on in another turn of the thread.
    postponed: bool,
    discarding: Option<u64>,
}

impl Exchange {
    /// Takes `sink` last, so that somebody is left to be told if anything before it panics; `None` without one.
    pub(crate) fn new(
        id: ExchangeId,
        mut request: Box<ExchangeRequest>,
        sink: &mut Option<Box<dyn ExchangeSink>>,
        pool: Rc<Pool>,
        exchanges: &Rc<Exchanges>,
    ) -> Option<Rc<Self>> {
        crate::fault::point(crate::fault::Point::Start);
        let started = exchanges.reactor.now();
        let mut fields = std::mem::take(&mut request.fields);
        if let Some(proxy) = pool.shared.options.proxy.as_ref().filter(|_| pool.forwards(&request)) {
            fields.extend(dial::own_fields(proxy));
        }
        if request.upgrade && !fields.iter().any(|field| field.name.eq_ignore_ascii_case(b"connection")) {
            // Where the caller does not place it, it stands in front, as in Chromium's handshake.
            let value = Bytes::from_static(b"Upgrade");
            fields.insert(0, Field { name: Bytes::from_static(b"Connection"), value });
        }
        let head = RequestHead {
            method: request.method.clone(),
            scheme: Bytes::from_static(request.scheme.as_str().as_bytes()),
            authority: request.authority.clone(),
            target: pool.request_target(&request),
            protocol: None,
            fields,
        };
        let state = State {
            sink: sink.take()?,
            place: Place::Nowhere,
            phase: Phase::Queue,
            timings: Timings::default(),
            deadlines: Deadlines::new(&exchanges.reactor, id, request.timeouts, started),
            replays: 0,
            http1_only: false,
            early: Early::Allowed,
            confirmed: None,
            misdirected: false,
            refuses_reuse: false,
            was_sent: false,
            upload: Upload::new(&request.body),
            download: Download::new(request.max_response_bytes),
            pending_head: None,
            decoded: Vec::new(),
            answered: false,
            head_sent: false,
            upgraded: false,
            reading: None,
            whole: None,
            postponed: false,
            discarding: None,
        };
        pool.shared.exchanges.fetch_add(1, Ordering::AcqRel);
        Some(Rc::new(Self {
            id,
            pool,
            exchanges: Rc::clone(exchanges),
            request,
            head: Arc::new(head),
            started,
            seat: Seat::default(),
            state: RefCell::new(state),
        }))
    }

    fn reactor(&self) -> &Reactor {
        &self.exchanges.reactor
    }

    fn now(&self) -> Instant {
        self.reactor().now()
    }

    /// Asks the pool for a connection.
    pub(crate) fn begin(self: &Rc<Self>) {
        self.enter(Phase::Queue);
        if !self.has_honest_length() {
            let error = Error::new(codes::INVALID_ARG, Phase::Queue);
            return self.fail(error.with_detail("content-length is not the length of the body"));
        }
        self.pool.submit(&(Rc::clone(self) as _));
    }

    /// At most one content-length, and it says how long the body is (FAULTS F12).
    fn has_honest_length(&self) -> bool {
        let mut lengths = self.head.fields.iter().filter(|field| field.name.eq_ignore_ascii_case(b"content-length"));
        let Some(given) = lengths.next() else { return true };
        let actual = match &self.request.body {
            RequestBody::None => Some(0),
            RequestBody::Bytes(bytes) => Some(bytes.len() as u64),
            RequestBody::Stream { length } => *length,
        };
        actual.is_some_and(|actual| length::says(&given.value, actual)) && lengths.next().is_none()
    }

    /// Protocols that this attempt may use.
    fn protocols(&self) -> Protocols {
        if self.state.borrow().http1_only {
            return Protocols::Http1;
        }
        match self.request.protocols {
            _ if self.request.web_socket => self.pool.shared.options.protocols,
            Protocols::Auto => self.pool.shared.options.protocols,
            chosen => chosen,
        }
    }

    fn is_over(&self) -> bool {
        matches!(self.state.borrow().place, Place::Over)
    }

    // ---- before the connection -------------------------------------------------------------------------------

    /// Back to waiting for a connection; the limit for that goes on if it ran already.
    pub(super) fn requeue(&self) {
        if self.state.borrow().phase != Phase::Queue {
            self.enter(Phase::Queue);
        }
    }

    /// Moves on to `phase`; the one before has ended now.
    fn enter(&self, phase: Phase) {
        let now = self.now();
        let mut state = self.state.borrow_mut();
        if matches!(state.place, Place::Over) {
            return;
        }
        if phase != state.phase {
            let ended = state.phase;
            state.timings.mark(ended, now - self.started);
            state.phase = phase;
        }
        state.deadlines.phase(phase, now);
    }

    fn phase_event(&self, event: PhaseEvent) {
        let mut state = self.state.borrow_mut();
        if self.request.phases && !matches!(state.place, Place::Over) {
            state.sink.on_event(ExchangeEvent::Phase(event));
        }
    }

    // ---- on a connection -------------------------------------------------------------------------------------

    fn acquired(&self, connection: &Rc<Connection>, reused: bool) {
        self.state.borrow_mut().place = Place::On { connection: Rc::clone(connection), reused };
        self.enter(Phase::Send);
        if self.request.phases {
            self.phase_event(PhaseEvent::Acquired { connection: Arc::clone(&connection.carrier.info), reused });
        }
    }

    /// The last byte of the request has left.
    fn sent(&self) {
        if self.state.borrow().phase != Phase::Send {
            return;
        }
        self.enter(Phase::Head);
        self.phase_event(PhaseEvent::Sent);
    }

    // ---- orders of the caller --------------------------------------------------------------------------------

    pub(crate) fn read(self: &Rc<Self>, max: usize) {
        let max = if max == 0 { limits::BODY_PIECE_MAX } else { max.min(limits::BODY_PIECE_MAX) };
        self.state.borrow_mut().reading = Some(max);
        self.settle();
    }

    pub(crate) fn read_whole(self: &Rc<Self>) {
        {
            let mut state = self.state.borrow_mut();
            state.reading = Some(limits::BODY_PIECE_MAX);
            state.whole.get_or_insert_default();
        }
        self.settle();
    }

    pub(crate) fn discard(self: &Rc<Self>, max: u64) {
        {
            let mut state = self.state.borrow_mut();
            state.discarding = Some(max);
            if max > 0 && !matches!(state.place, Place::Over) {
                state.deadlines.discard_until(self.now().checked_add(limits::DISCARD_TIME));
            }
        }
        self.settle();
    }

    pub(crate) fn write(self: &Rc<Self>, data: Bytes) {
        let pushed = self.state.borrow_mut().upload.push(data);
        self.after_upload(pushed);
    }

    pub(crate) fn end(self: &Rc<Self>, trailers: TrailerList) {
        let ended = self.state.borrow_mut().upload.end(trailers);
        self.after_upload(ended);
    }

    fn after_upload(self: &Rc<Self>, result: Result<(), Error>) {
        if let Err(error) = result {
            return self.fail(error);
        }
        let state = self.state.borrow();
        if let Place::On { connection, .. } = &state.place {
            connection.carrier.upload_ready(&(Rc::clone(self) as _));
        }
    }

    pub(crate) fn on_deadline(self: &Rc<Self>, now: Instant) {
        let (due, during) = {
            let mut state = self.state.borrow_mut();
            let due = state.deadlines.fired(now);
            if due == Due::DiscardEnds {
                state.discarding = Some(0);
            }
            (due, state.phase)
        };
        match due {
            Due::Limit(phase, limit) => self.fail(Error::timeout(phase, during, limit)),
            // Before the head there is nothing to give up yet: it ends with the head, or by a limit.
            Due::DiscardEnds => self.settle(),
            Due::Nothing => {}
        }
    }

    // ---- the end ---------------------------------------------------------------------------------------------

    /// Fails with an error made for the current phase.
    pub(crate) fn fail_with(&self, make: impl FnOnce(Phase) -> Error) {
        let phase = self.state.borrow().phase;
        self.fail(make(phase));
    }

    pub(crate) fn fail(&self, error: Error) {
        self.finish(|timings, _| ExchangeEvent::Failed { error, timings });
    }

    fn done(&self) {
        self.finish(|timings, trailers| ExchangeEvent::Done { trailers, timings });
    }

    fn finish(&self, event: impl FnOnce(Timings, Vec<(Bytes, Bytes)>) -> ExchangeEvent) {
        let (place, complete, held, timings, trailers) = {
            let mut state = self.state.borrow_mut();
            let place = std::mem::replace(&mut state.place, Place::Over);
            if matches!(place, Place::Over) {
                return;
            }
            state.deadlines.disarm();
            state.timings.mark(Phase::Total, self.now() - self.started);
            // A WebSocket's stream stays open in our direction until it is abandoned, also one that was refused.
            let complete =
                state.download.is_received() && state.upload.is_done() && !state.upgraded && !self.request.web_socket;
            let held = state.download.drop_held();
            (place, complete, held, state.timings, state.download.take_trailers())
        };
        self.pool.shared.exchanges.fetch_sub(1, Ordering::AcqRel);
        self.exchanges.remove(self.id);
        match place {
            Place::Waiting(origin) => origin.forget(self),
            Place::On { connection, .. } => connection.forget(self.id, complete, held),
            Place::Held(connection) => connection.let_go(self.id),
            Place::Nowhere | Place::Over => {}
        }
        self.state.borrow_mut().sink.on_event(event(timings, trailers));
        if self.request.web_socket {
            self.pool.web_socket_answered(self);
        }
        self.pool.exchange_ended();
    }
}
