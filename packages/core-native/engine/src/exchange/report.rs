//! What an exchange receives and tells its caller.

use std::sync::Arc;

use bytes::Bytes;
use wiretwin_wire::head::ResponseHead;

use super::attempt::{FinalHead, Ride};
use super::wanted::Wanted;
use super::{Exchange, State};
use crate::body::{Gathered, Taken};
use crate::error::{Error, codes};
use crate::limits;
use crate::phase::Phase;
use crate::request::RequestBody;
use crate::response::{ExchangeEvent, HttpVersion, ResponseInfo};

impl Exchange {
    pub(super) fn informational(&self, head: ResponseHead) {
        let mut state = self.state.borrow_mut();
        state.attempt.answer_begins();
        if self.request.informational && !state.attempt.is_over() {
            state.sink.on_event(ExchangeEvent::Informational(head));
        }
    }

    /// The final head. It is reported by [`Exchange::settle`], with what came with it.
    pub(super) fn respond(&self, head: ResponseHead, version: HttpVersion, has_body: bool) {
        let failure = {
            let mut state = self.state.borrow_mut();
            let rule = self.pool.shared.tls.profile().http1.answers.unannounced_codings;
            let decodes = self.request.decompress && has_body;
            let begun = state.download.begin(
                &head,
                decodes.then_some((&self.head.fields, rule)),
                self.request.dictionary.as_deref(),
            );
            let (decoded, failure) = match begun {
                Ok(decoded) => (decoded, None),
                Err(error) => (Vec::new(), Some(error)),
            };
            state.attempt.answered(FinalHead { head, version, decoded });
            state.upload.answered();
            failure
        };
        let now = self.now();
        self.enter_at(Phase::Body, now);
        if self.request.web_socket {
            self.pool.web_socket_answered(self);
        }
        let mut state = self.state.borrow_mut();
        // A head may come before the request is sent; its own phase has ended all the same.
        state.timings.mark(Phase::Head, now - self.started);
        if let Some(error) = failure {
            state.download.fail(error);
        }
    }

    /// A 101: from here on bytes are raw in both directions.
    pub(super) fn upgrade(&self) {
        let mut state = self.state.borrow_mut();
        state.attempt.upgrade();
        state.upload.reopen();
    }

    pub(super) fn received(&self, data: Bytes) {
        let mut state = self.state.borrow_mut();
        state.download.push(data);
        // Silence counts only while somebody waits for bytes.
        if state.phase == Phase::Body && !matches!(state.wanted, Wanted::Nothing) {
            state.deadlines.phase(Phase::Body, self.now());
        }
    }

    pub(super) fn received_end(&self, trailers: Vec<(Bytes, Bytes)>) {
        self.state.borrow_mut().download.end(trailers);
    }

    pub(super) fn has_received_end(&self) -> bool {
        self.state.borrow().download.is_received()
    }

    /// The response cannot be completed; what arrived can still be read.
    pub(super) fn receive_failed(&self, mut error: Error) {
        let head_known = {
            let mut state = self.state.borrow_mut();
            let known = state.attempt.has_head();
            if known {
                if error.code == codes::CONNECTION_CLOSED {
                    error.code = codes::BODY_INCOMPLETE;
                    error.detail = Some("the connection ended before the body".to_owned());
                }
                state.download.fail(error.clone().in_phase(Phase::Body).with_replayable(false));
            }
            known
        };
        if head_known {
            self.settle();
        } else {
            let phase = self.state.borrow().phase;
            self.fail(error.in_phase(phase));
        }
    }

    /// Tells the caller how much of the upload has been taken.
    pub(super) fn tell_taken(&self) {
        let mut state = self.state.borrow_mut();
        let streams = matches!(self.request.body, RequestBody::Stream { .. }) || state.attempt.is_upgraded();
        if state.attempt.is_over() || !streams {
            return;
        }
        if let Some(taken) = state.upload.news() {
            state.sink.on_event(ExchangeEvent::RequestBodyCapacity { taken });
        }
    }

    /// Reports what can be reported: the head with the body that came with it, an answer to a pending read, the end.
    /// Called once at the end of a connection's turn, so that one event carries all that arrived.
    pub(super) fn settle(&self) {
        let mut freed = 0;
        let outcome = self.step(&mut freed);
        if freed > 0 {
            let connection = self.connection();
            if let Some(connection) = connection {
                connection.carrier.consumed(self.id, freed);
            }
        }
        match outcome {
            Ok(false) => {}
            Ok(true) => self.done(),
            Err(error) => self.fail(error),
        }
    }

    /// The turn that it was postponed to.
    pub(crate) fn resume(&self) {
        self.state.borrow_mut().postponed = false;
        self.settle();
    }

    /// `Ok(true)`: the exchange has reached its end.
    fn step(&self, freed: &mut usize) -> Result<bool, Error> {
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        if state.attempt.is_over() {
            return Ok(false);
        }
        // To give a body up takes no decoding.
        if state.wanted.is_discarding() && state.attempt.has_told() || !state.download.is_decoding() {
            return self.report(state, freed);
        }
        if state.postponed {
            return Ok(false);
        }
        if !self.reactor().may_decode() {
            self.postpone(state);
            return Ok(false);
        }
        state.download.begin_turn(limits::DECODE_TURN);
        let outcome = self.report(state, freed);
        let (left, paused) = state.download.end_turn();
        self.reactor().spend(limits::DECODE_TURN - left);
        if paused && matches!(outcome, Ok(false)) {
            self.postpone(state);
        }
        outcome
    }

    fn postpone(&self, state: &mut State) {
        if !std::mem::replace(&mut state.postponed, true) {
            self.reactor().postpone(self.id);
        }
    }

    fn report(&self, state: &mut State, freed: &mut usize) -> Result<bool, Error> {
        if let Some((head, ride)) = state.attempt.take_head() {
            self.report_head(state, head, &ride, freed)?;
        }
        if !state.attempt.has_told() {
            return Ok(false);
        }
        match &mut state.wanted {
            Wanted::Nothing => {}
            Wanted::Discard(left) => {
                let dropped = state.download.drop_held();
                *freed += dropped;
                // A limit that is used up waits for nothing more; 0 gives the body up at once.
                let over_limit = dropped as u64 > *left || *left == 0;
                *left = left.saturating_sub(dropped as u64);
                if !over_limit && !state.download.is_received() && !state.download.has_failed() {
                    state.deadlines.phase_if_paused(Phase::Body, self.now());
                    return Ok(false);
                }
                return Ok(true);
            }
            Wanted::Whole(_) if state.postponed => return Ok(false),
            Wanted::Whole(whole) => {
                let gathered = state.download.take_whole(whole, freed)?;
                match gathered {
                    Gathered::More => {
                        state.deadlines.phase(Phase::Body, self.now());
                        self.postpone(state);
                    }
                    Gathered::Pending => state.deadlines.phase_if_paused(Phase::Body, self.now()),
                    Gathered::End => whole.take().for_each(|event| state.sink.on_event(event)),
                }
                return Ok(gathered == Gathered::End);
            }
            Wanted::Piece(max) => match state.download.take(*max, freed)? {
                Taken::Piece(piece) => {
                    state.wanted = Wanted::Nothing;
                    state.deadlines.pause();
                    state.sink.on_event(ExchangeEvent::Data(piece));
                }
                Taken::Pending => {
                    state.deadlines.phase_if_paused(Phase::Body, self.now());
                    return Ok(false);
                }
                // The peer is not silent, we are slow.
                Taken::Paused => {
                    state.deadlines.phase(Phase::Body, self.now());
                    return Ok(false);
                }
                Taken::End => return Ok(true),
            },
        }
        state.download.probe_end(freed)
    }

    fn report_head(
        &self,
        state: &mut State,
        FinalHead { head, version, decoded }: FinalHead,
        Ride { connection, reused }: &Ride,
        freed: &mut usize,
    ) -> Result<(), Error> {
        let upgraded = state.attempt.is_upgraded();
        let mut failure = None;
        let mut body = Bytes::new();
        let apart = !upgraded && state.download.is_worth_waiting();
        let length = if apart { state.download.announced() } else { None };
        if !upgraded && !apart {
            match state.download.take(limits::BODY_WITH_HEAD_MAX, freed) {
                Ok(Taken::Piece(piece)) => body = piece,
                Ok(_) => {}
                Err(error) => failure = Some(error),
            }
        }
        let ended = failure.is_none()
            && state.download.probe_end(freed).unwrap_or_else(|error| {
                failure = Some(error);
                false
            });
        if !state.wanted.is_reading() {
            state.deadlines.pause();
        }
        let info = ResponseInfo {
            head,
            version,
            connection: Arc::clone(&connection.carrier.info),
            reused: *reused,
            timings: state.timings,
            decoded,
            body,
            ended,
            apart,
            length,
            upgraded,
        };
        state.sink.on_event(ExchangeEvent::Head(Box::new(info)));
        failure.map_or(Ok(()), Err)
    }
}
