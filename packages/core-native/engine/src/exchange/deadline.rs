//! Deadlines of one exchange: the total one and that of the current phase.

use std::time::{Duration, Instant};

use super::ExchangeId;
use super::timers::Owner;
use crate::phase::Phase;
use crate::request::Timeouts;
use crate::runtime::Io;

/// At most one entry of the I/O thread's timer. A deadline that moves later leaves the entry alone: when it fires too
/// early it is armed again, so a body that arrives in many pieces costs no timer work.
pub(crate) struct Deadlines {
    owner: Owner,
    limits: Timeouts,
    total: Option<Instant>,
    phase: Option<(Phase, Instant)>,
    /// End of reading on for a body that was given up; not a failure.
    discard: Option<Instant>,
    armed: Option<Instant>,
}

impl Deadlines {
    pub(crate) fn new(id: ExchangeId, limits: Timeouts, started: Instant) -> Self {
        let total = limits.total.and_then(|limit| started.checked_add(limit));
        Self { owner: Owner::Exchange(id), limits, total, phase: None, discard: None, armed: None }
    }

    /// The limit of `phase` starts to run.
    pub(crate) fn phase(&mut self, phase: Phase, now: Instant) {
        let limit = self.limits.of(phase);
        self.phase = limit.and_then(|limit| now.checked_add(limit)).map(|at| (phase, at));
        self.arm();
    }

    /// Only the total limit runs: nobody waits for the peer.
    pub(crate) fn pause(&mut self) {
        self.phase = None;
    }

    /// Starts the limit of `phase` unless it runs already.
    pub(crate) fn phase_if_paused(&mut self, phase: Phase, now: Instant) {
        if self.phase.is_none() {
            self.phase(phase, now);
        }
    }

    /// The body was given up: reading on ends at `at`.
    pub(crate) fn discard_until(&mut self, at: Option<Instant>) {
        self.discard = at;
        self.arm();
    }

    /// Reading on for a body that was given up has lasted long enough.
    pub(crate) fn is_discarded(&self, now: Instant) -> bool {
        self.discard.is_some_and(|at| at <= now)
    }

    /// The limit that has passed, if any; arms the next one otherwise.
    pub(crate) fn expired(&mut self, now: Instant) -> Option<(Phase, Duration)> {
        self.armed = None;
        if self.total.is_some_and(|at| at <= now) {
            return self.limits.total.map(|limit| (Phase::Total, limit));
        }
        if let Some((phase, at)) = self.phase
            && at <= now
        {
            return self.limits.of(phase).map(|limit| (phase, limit));
        }
        self.arm();
        None
    }

    pub(crate) fn disarm(&mut self) {
        if let Some(at) = self.armed.take() {
            Io::with(|io| io.timers.disarm(at, self.owner));
        }
        self.total = None;
        self.phase = None;
        self.discard = None;
    }

    fn arm(&mut self) {
        let phase = self.phase.map(|(_, at)| at);
        let Some(next) = [self.total, phase, self.discard].into_iter().flatten().min() else { return };
        if self.armed.is_some_and(|armed| armed <= next) {
            return;
        }
        if let Some(at) = self.armed {
            Io::with(|io| io.timers.disarm(at, self.owner));
        }
        self.armed = Some(next);
        Io::with(|io| io.timers.arm(next, self.owner));
    }
}
