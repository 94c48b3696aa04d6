//! What the pool knows of those that want a connection.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use super::queue::Ticket;
use super::{Connection, Dial, Origin};
use crate::carrier::Carried;
use crate::error::Error;
use crate::phase::Phase;
use crate::request::Protocols;
use crate::response::PhaseEvent;

/// One that wants a connection.
pub(crate) trait Passenger: Carried {
    /// The pool's notes.
    fn seat(&self) -> &Seat;

    /// What it wants, after what has happened to it so far.
    fn demand(&self) -> Demand;

    /// It waits in the queue of an origin.
    fn wait_in(&self, origin: &Rc<Origin>);

    fn is_waiting(&self) -> bool;

    fn is_over(&self) -> bool;

    /// Back to waiting; the limit for that goes on if it ran already.
    fn requeue(&self);

    /// A phase of the attempt that it follows has ended.
    fn phase_event(&self, event: PhaseEvent);

    fn fail(&self, error: Error);

    /// Fails with an error made for its phase.
    fn fail_with(&self, make: fn(Phase) -> Error);

    /// The handshake that carried its request was cut.
    fn early_data_failed(self: Rc<Self>, error: Error);

    /// Whether it waits on this connection until its caller has confirmed the peer.
    fn wants_hold(&self, connection: &Connection) -> bool;

    /// It waits on this connection.
    fn held_on(&self, connection: &Rc<Connection>, reused: bool);

    /// The connection is about to carry it.
    fn acquired(&self, connection: &Rc<Connection>, reused: bool);

    /// Its request was on its way before the connection was ready. `accepted`: the server did not make us repeat it.
    fn sent_early(&self, accepted: bool);
}

/// What one wants of its next connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Demand {
    pub(crate) protocols: Protocols,
    /// Only one that has served nothing else.
    pub(crate) fresh: bool,
    /// It repeats a request: such a connection is kept for others over HTTP/1.1 (seen in Firefox after 421).
    pub(crate) shares_http1_later: bool,
    /// An earlier connection failed it.
    pub(crate) was_sent: bool,
    /// It was refused on another host's connection.
    pub(crate) was_misdirected: bool,
    /// Its request may be sent as early data.
    pub(crate) may_go_early: bool,
    /// Its connection shall have no early data at all.
    pub(crate) shuns_early: bool,
}

/// What the pool notes at a passenger.
#[derive(Default)]
pub(crate) struct Seat {
    /// The attempt to connect that reports its phases there.
    following: RefCell<Option<Weak<Dial>>>,
    /// Its place where it waits for a connection or for its turn.
    pub(super) waiting: Ticket,
    /// Its place among those that follow an attempt.
    pub(super) follower: Ticket,
}

impl Seat {
    pub(super) fn is_following(&self) -> bool {
        self.following.borrow().is_some()
    }

    pub(super) fn set_following(&self, dial: Option<&Rc<Dial>>) {
        *self.following.borrow_mut() = dial.map(Rc::downgrade);
    }

    /// Follows no attempt any more; the one that it followed.
    pub(super) fn take_following(&self) -> Option<Rc<Dial>> {
        self.following.take().as_ref().and_then(Weak::upgrade)
    }
}
