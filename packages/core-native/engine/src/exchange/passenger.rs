//! An exchange as connections and the pool see it.

use std::cell::RefMut;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use wiretwin_wire::head::{RequestHead, ResponseHead};

use super::Exchange;
use super::attempt::Attempt;
use super::history::{Early, Lost, Misdirection};
use crate::body::Upload;
use crate::carrier::{Carried, Proof, Refusal};
use crate::error::{Error, codes};
use crate::phase::Phase;
use crate::pool::{Connection, Demand, Origin, Passenger, Seat};
use crate::request::ExchangeRequest;
use crate::response::{HttpVersion, PhaseEvent};

impl Carried for Exchange {
    fn id(&self) -> u64 {
        self.id
    }

    fn request(&self) -> &ExchangeRequest {
        &self.request
    }

    fn head(&self) -> &Arc<RequestHead> {
        &self.head
    }

    fn upload(&self) -> RefMut<'_, Upload> {
        RefMut::map(self.state.borrow_mut(), |state| &mut state.upload)
    }

    fn held(&self) -> usize {
        self.state.borrow().download.held()
    }

    fn enter(&self, phase: Phase) {
        self.enter(phase);
    }

    fn sent(&self) {
        self.sent();
    }

    fn not_begun(self: Rc<Self>, error: Error) {
        match error.code {
            codes::INVALID_ARG => self.fail(error),
            codes::PROTOCOL_UNAVAILABLE if self.request.web_socket => Carried::lost(self, error, Proof::Http1Required),
            _ => Carried::lost(self, error, Proof::Unprocessed),
        }
    }

    fn refusal(&self, status: u16) -> Option<Refusal> {
        self.refusal(status)
    }

    fn refused(self: Rc<Self>, refusal: Refusal) {
        Self::refused(&self, refusal);
    }

    fn informational(&self, head: ResponseHead) {
        self.informational(head);
    }

    fn upgrade(&self) {
        self.upgrade();
    }

    fn respond(&self, head: ResponseHead, version: HttpVersion, has_body: bool) {
        self.respond(head, version, has_body);
    }

    fn received(&self, data: Bytes) {
        self.received(data);
    }

    fn received_end(&self, trailers: Vec<(Bytes, Bytes)>) {
        self.received_end(trailers);
    }

    fn has_received_end(&self) -> bool {
        self.has_received_end()
    }

    fn receive_failed(&self, error: Error) {
        self.receive_failed(error);
    }

    fn lost(self: Rc<Self>, error: Error, proof: Proof) {
        Self::lost(&self, error, proof.into());
    }

    fn tell_taken(&self) {
        self.tell_taken();
    }

    fn settle(&self) {
        self.settle();
    }
}

impl Passenger for Exchange {
    fn seat(&self) -> &Seat {
        &self.seat
    }

    fn demand(&self) -> Demand {
        let may_go_early = self.may_go_early();
        let protocols = self.protocols();
        let history = self.state.borrow().history;
        let wants_own = self.request.new_connection && !self.request.web_socket;
        Demand {
            protocols,
            fresh: wants_own || history.wants_new(),
            shares_http1_later: history.wants_new() && !self.request.new_connection && !self.request.web_socket,
            was_sent: history.was_sent,
            was_misdirected: history.misdirection != Misdirection::Never,
            may_go_early,
            shuns_early: history.early == Early::Refused,
        }
    }

    fn wait_in(&self, origin: &Rc<Origin>) {
        self.state.borrow_mut().attempt = Attempt::Queued(Some(Rc::clone(origin)));
    }

    fn is_waiting(&self) -> bool {
        matches!(self.state.borrow().attempt, Attempt::Queued(Some(_)))
    }

    fn is_over(&self) -> bool {
        self.is_over()
    }

    fn requeue(&self) {
        self.requeue();
    }

    fn phase_event(&self, event: PhaseEvent) {
        self.phase_event(event);
    }

    fn fail(&self, error: Error) {
        self.fail(error);
    }

    fn fail_with(&self, make: fn(Phase) -> Error) {
        self.fail_with(make);
    }

    fn early_data_failed(self: Rc<Self>, error: Error) {
        Self::lost(&self, error, Lost::EarlyData);
    }

    fn wants_hold(&self, connection: &Connection) -> bool {
        self.wants_hold(connection)
    }

    fn held_on(&self, connection: &Rc<Connection>, reused: bool) {
        self.wait_on(connection, reused);
    }

    fn acquired(&self, connection: &Rc<Connection>, reused: bool) {
        self.acquired(connection, reused);
    }

    fn sent_early(&self, accepted: bool) {
        if accepted {
            self.state.borrow_mut().history.early = Early::Accepted;
        }
    }
}
