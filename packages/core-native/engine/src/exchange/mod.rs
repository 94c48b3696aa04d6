//! One exchange on the I/O thread: its phases, deadlines, bodies and the events it sends.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use bytes::Bytes;
use wiretwin_wire::head::{Field, RequestHead};
use wiretwin_wire::length;

use attempt::{Attempt, Ride};

use crate::body::{Download, Upload};
use crate::certificates::ChainId;
use crate::dial;
use crate::error::{Error, codes};
use crate::limits;
use crate::phase::Phase;
use crate::pool::{Connection, Pool, Seat};
use crate::reactor::Reactor;
use crate::request::{ExchangeId, ExchangeRequest, Protocols, RequestBody, TrailerList};
use crate::response::{BodyTarget, ExchangeEvent, ExchangeSink, PhaseEvent};
use crate::timing::Timings;

mod attempt;
mod deadline;
mod early;
mod history;
mod hold;
mod misdirected;
mod passenger;
mod registry;
mod replay;
mod report;
mod wanted;

pub(crate) use deadline::{Deadlines, Due};
use history::History;
pub(crate) use registry::Exchanges;
use wanted::Wanted;

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
    attempt: Attempt,
    history: History,
    /// The certificates that its caller has confirmed.
    confirmed: Option<ChainId>,
    phase: Phase,
    /// When the phase began.
    since: Instant,
    timings: Timings,
    deadlines: Deadlines,
    upload: Upload,
    download: Download,
    wanted: Wanted,
    /// It goes on in another turn of the thread.
    postponed: bool,
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
            fields.push_front(Field { name: Bytes::from_static(b"Connection"), value });
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
            attempt: Attempt::Queued(None),
            history: History::default(),
            confirmed: None,
            phase: Phase::Queue,
            since: started,
            timings: Timings::default(),
            deadlines: Deadlines::new(&exchanges.reactor, id, request.timeouts, started),
            upload: Upload::new(&request.body, request.repeatable),
            download: Download::new(request.max_response_bytes),
            wanted: Wanted::Nothing,
            postponed: false,
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
        self.enter_at(Phase::Queue, self.started);
        if !self.has_honest_length() {
            let error = Error::new(codes::INVALID_ARG, Phase::Queue);
            return self.fail(error.with_detail("content-length is not the length of the body"));
        }
        self.pool.submit(&(Rc::clone(self) as _));
    }

    /// At most one content-length, and it says how long the body is (FAULTS F12).
    fn has_honest_length(&self) -> bool {
        if !self.head.fields.names_length() {
            return true;
        }
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
        if self.state.borrow().history.http1_only {
            return Protocols::Http1;
        }
        match self.request.protocols {
            _ if self.request.web_socket => self.pool.shared.options.protocols,
            Protocols::Auto => self.pool.shared.options.protocols,
            chosen => chosen,
        }
    }

    fn is_over(&self) -> bool {
        self.state.borrow().attempt.is_over()
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
        self.enter_at(phase, self.now());
    }

    fn enter_at(&self, phase: Phase, now: Instant) {
        let mut state = self.state.borrow_mut();
        if state.attempt.is_over() {
            return;
        }
        if phase != state.phase {
            let ended = state.phase;
            state.timings.mark(ended, now - self.started);
            state.phase = phase;
            state.since = now;
        }
        state.deadlines.phase(phase, now);
    }

    fn phase_event(&self, event: PhaseEvent) {
        let mut state = self.state.borrow_mut();
        if self.request.phases && !state.attempt.is_over() {
            state.sink.on_event(ExchangeEvent::Phase(event));
        }
    }

    // ---- on a connection -------------------------------------------------------------------------------------

    fn acquired(&self, connection: &Rc<Connection>, reused: bool) {
        self.state.borrow_mut().attempt = Attempt::Sent(Ride { connection: Rc::clone(connection), reused });
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
        self.state.borrow_mut().wanted.piece(max);
        self.settle();
    }

    pub(crate) fn read_whole(self: &Rc<Self>, target: Option<Box<dyn BodyTarget>>) {
        self.state.borrow_mut().wanted.whole(target);
        self.settle();
    }

    pub(crate) fn discard(self: &Rc<Self>, max: u64) {
        {
            let mut state = self.state.borrow_mut();
            state.wanted = Wanted::Discard(max);
            if max > 0 && !state.attempt.is_over() {
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
        if let Some(ride) = state.attempt.ride() {
            ride.connection.carrier.upload_ready(&(Rc::clone(self) as _));
        }
    }

    pub(crate) fn on_deadline(self: &Rc<Self>, now: Instant) {
        let (due, during) = {
            let mut state = self.state.borrow_mut();
            let due = state.deadlines.fired(now);
            if due == Due::DiscardEnds {
                state.wanted = Wanted::Discard(0);
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
        let (attempt, complete, held, timings, trailers) = {
            let mut state = self.state.borrow_mut();
            let attempt = std::mem::replace(&mut state.attempt, Attempt::Over);
            if attempt.is_over() {
                return;
            }
            state.deadlines.disarm();
            state.timings.mark(Phase::Total, self.now() - self.started);
            // A WebSocket's stream stays open in our direction until it is abandoned, also one that was refused.
            let complete = state.download.is_received()
                && state.upload.is_done()
                && !attempt.is_upgraded()
                && !self.request.web_socket;
            let held = state.download.drop_held();
            (attempt, complete, held, state.timings, state.download.take_trailers())
        };
        self.pool.shared.exchanges.fetch_sub(1, Ordering::AcqRel);
        self.exchanges.remove(self.id);
        match &attempt {
            Attempt::Queued(Some(origin)) => origin.forget(self),
            Attempt::Held(connection) => connection.let_go(self.id),
            Attempt::Queued(None) | Attempt::Over => {}
            Attempt::Sent(ride) | Attempt::Answered(ride, _) | Attempt::Upgraded(ride, _) => {
                ride.connection.forget(self.id, complete, held);
            }
        }
        self.state.borrow_mut().sink.on_event(event(timings, trailers));
        if self.request.web_socket {
            self.pool.web_socket_answered(self);
        }
        self.pool.exchange_ended();
    }
}
