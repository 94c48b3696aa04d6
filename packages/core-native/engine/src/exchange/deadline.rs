//! Deadlines of one exchange: the total one and that of the current phase.

use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::phase::Phase;
use crate::reactor::{Owner, Reactor};
use crate::request::{ExchangeId, Timeouts};

/// At most one entry of the I/O thread's timer, and one as long as anything is to happen (FAULTS C10). A deadline that
/// moves later leaves the entry alone: when it fires too early it is armed again, so a body that arrives in many pieces
/// costs no timer work.
pub(crate) struct Deadlines {
    reactor: Rc<Reactor>,
    owner: Owner,
    limits: Timeouts,
    total: Option<Instant>,
    phase: Option<(Phase, Instant)>,
    /// End of reading on for a body that was given up; not a failure.
    discard: Option<Instant>,
    armed: Option<Instant>,
}

/// What a deadline that fired asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// The limit of a phase has passed.
    Limit(Phase, Duration),
    /// Reading on for a body that was given up has lasted long enough.
    DiscardEnds,
    /// It was moved later.
    Nothing,
}

impl Deadlines {
    pub(crate) fn new(reactor: &Rc<Reactor>, id: ExchangeId, limits: Timeouts, started: Instant) -> Self {
        let total = limits.total.and_then(|limit| started.checked_add(limit));
        Self {
            reactor: Rc::clone(reactor),
            owner: Owner::Exchange(id),
            limits,
            total,
            phase: None,
            discard: None,
            armed: None,
        }
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

    /// The entry has fired and is gone: what is due, and an entry for the rest.
    pub(crate) fn fired(&mut self, now: Instant) -> Due {
        self.armed = None;
        let due = self.take_due(now);
        self.arm();
        due
    }

    /// Takes what is due, so that it is told once.
    fn take_due(&mut self, now: Instant) -> Due {
        if self.discard.take_if(|at| *at <= now).is_some() {
            return Due::DiscardEnds;
        }
        if self.total.take_if(|at| *at <= now).is_some()
            && let Some(limit) = self.limits.total
        {
            return Due::Limit(Phase::Total, limit);
        }
        if let Some((phase, _)) = self.phase.take_if(|(_, at)| *at <= now)
            && let Some(limit) = self.limits.of(phase)
        {
            return Due::Limit(phase, limit);
        }
        Due::Nothing
    }

    pub(crate) fn disarm(&mut self) {
        if let Some(at) = self.armed.take() {
            self.reactor.timers.disarm(at, self.owner);
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
            self.reactor.timers.disarm(at, self.owner);
        }
        self.armed = Some(next);
        self.reactor.timers.arm(next, self.owner);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reactor::simulation::Simulation;

    const LIMIT: Duration = Duration::from_millis(100);

    /// The soonest thing that is to happen.
    fn next(deadlines: &Deadlines) -> Option<Instant> {
        let phase = deadlines.phase.map(|(_, at)| at);
        [deadlines.total, phase, deadlines.discard].into_iter().flatten().min()
    }

    /// As long as anything is to happen, one entry stands, and not later than that.
    fn assert_armed(deadlines: &Deadlines, what: &str) {
        let entries = deadlines.reactor.timers.entries_of(deadlines.owner);
        match next(deadlines) {
            Some(next) => assert!(matches!(entries[..], [at] if at <= next), "{what}: no entry for what is to happen"),
            None => assert!(entries.len() <= 1, "{what}: {} entries", entries.len()),
        }
        assert_eq!(entries.first().copied(), deadlines.armed, "{what}: an entry that is not there is believed in");
    }

    #[test]
    fn c10_whatever_happens_an_entry_stands_for_every_limit() {
        let reactor = Rc::clone(&Simulation::new().reactor);
        let mut seed = 7u32;
        let mut random = |below: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) % below
        };
        for round in 0..2_000 {
            let mut now = reactor.now();
            let mut limit = || Some(LIMIT * random(4)).filter(|limit| !limit.is_zero());
            let limits =
                Timeouts { total: limit(), head: limit(), idle: limit(), queue: limit(), ..Timeouts::default() };
            let mut deadlines = Deadlines::new(&reactor, round, limits, now);
            deadlines.phase(Phase::Queue, now);
            assert_armed(&deadlines, "begin");
            for _ in 0..20 {
                now += LIMIT * random(3) / 4;
                let step = random(6);
                match step {
                    0 => deadlines.phase(Phase::Head, now),
                    1 => deadlines.phase(Phase::Body, now),
                    2 => deadlines.pause(),
                    3 => deadlines.phase_if_paused(Phase::Body, now),
                    4 => deadlines.discard_until(now.checked_add(LIMIT * random(4))),
                    _ => {
                        while reactor.timers.take_due(now).is_some() {
                            let due = deadlines.fired(now);
                            assert_armed(&deadlines, &format!("{due:?}"));
                        }
                        assert!(next(&deadlines).is_none_or(|next| next > now), "something is late");
                    }
                }
                assert_armed(&deadlines, &format!("step {step} of round {round}"));
            }
            deadlines.disarm();
            assert_armed(&deadlines, "the end");
        }
    }
}
