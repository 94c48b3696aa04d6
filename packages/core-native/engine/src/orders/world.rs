//! What one thread owns, and the carrying out of orders. A panic ends here.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::Order;
use super::over_https::Carrier;
use crate::error::Error;
use crate::exchange::{Exchange, Exchanges};
use crate::limits;
use crate::phase::Phase;
use crate::pool::Pools;
use crate::reactor::{Called, Owner, Reactor};
use crate::request::{ExchangeId, ExchangeRequest};
use crate::response::{ExchangeEvent, ExchangeSink};
use crate::shared::{Shared, TransportId};
use crate::timing::Timings;

/// Exchanges and pools of one thread, whoever runs its loop.
pub(super) struct World {
    reactor: Rc<Reactor>,
    exchanges: Rc<Exchanges>,
    pools: Rc<Pools>,
}

impl Called for World {
    fn due(&self, owner: Owner, now: Instant) {
        match owner {
            Owner::Exchange(id) => self.on_exchange(id, |exchange| {
                crate::fault::point(crate::fault::Point::Timer);
                exchange.on_deadline(now);
            }),
            Owner::Pool(id) => {
                if let Some(pool) = self.pools.get(id) {
                    contain(|| pool.sweep(now));
                }
            }
        }
    }

    fn resume(&self, exchange: u64) {
        self.on_exchange(exchange, |exchange| exchange.resume());
    }
}

impl World {
    pub(super) fn new(reactor: &Rc<Reactor>) -> Self {
        let exchanges = Exchanges::new(reactor);
        let carrying = Rc::clone(&exchanges);
        let pools = Rc::new_cyclic(|pools: &Weak<Pools>| {
            let pools = Weak::clone(pools);
            Pools::new(move |asking| Carrier::of(asking, &pools, &carrying))
        });
        Self { reactor: Rc::clone(reactor), exchanges, pools }
    }

    /// Runs one order. A panic fails the exchange it was for and nothing else.
    pub(super) fn carry_out(&self, order: Order) {
        match order {
            Order::Start { transport, id, request, sink } => self.start(&transport, id, request, sink),
            Order::Read { id, max } => self.on_exchange(id, |exchange| exchange.read(max)),
            Order::ReadWhole { id, target } => self.on_exchange(id, |exchange| exchange.read_whole(target)),
            Order::Write { id, data } => self.on_exchange(id, |exchange| exchange.write(data)),
            Order::End { id, trailers } => self.on_exchange(id, |exchange| exchange.end(trailers)),
            Order::Discard { id, max } => self.on_exchange(id, |exchange| exchange.discard(max)),
            Order::Confirm { id, chain } => self.on_exchange(id, |exchange| exchange.confirm(chain)),
            Order::Abort { id } => self.on_exchange(id, |exchange| exchange.fail_with(Error::aborted)),
            Order::CloseTransport { id, done } => self.close(id, done),
            Order::ReleaseTransport { id } => {
                if let Some(pool) = self.pools.get(id) {
                    crate::fault::point(crate::fault::Point::Release);
                    pool.release();
                }
            }
        }
    }

    fn start(
        &self,
        transport: &Arc<Shared>,
        id: ExchangeId,
        request: Box<ExchangeRequest>,
        mut sink: Box<dyn ExchangeSink>,
    ) {
        if transport.is_closed() {
            let error = Error::closed(Phase::Queue);
            sink.on_event(ExchangeEvent::Failed { error, timings: Timings::default() });
            return;
        }
        let mut sink = Some(sink);
        let made = catch_unwind(AssertUnwindSafe(|| {
            let pool = self.pools.for_transport(transport, &self.reactor);
            Exchange::new(id, request, &mut sink, pool, &self.exchanges)
        }));
        let Some(exchange) = made.ok().flatten() else {
            if let Some(mut sink) = sink {
                let error = Error::internal(Phase::Queue);
                sink.on_event(ExchangeEvent::Failed { error, timings: Timings::default() });
            }
            return;
        };
        self.exchanges.add(&exchange);
        guard(&exchange, || {
            crate::fault::point(crate::fault::Point::Command);
            exchange.begin();
        });
    }

    fn close(&self, id: TransportId, done: Option<Box<dyn FnOnce() + Send>>) {
        let pool = self.pools.remove(id);
        if let Some(pool) = &pool {
            contain(|| {
                self.exchanges.close_all_of(id);
                pool.close();
            });
        }
        let Some(done) = done else { return };
        let Some(pool) = pool else { return done() };
        let reactor = Rc::clone(&self.reactor);
        self.reactor.spawn(async move {
            // The tasks of its connections end in their next turn: none of them waits for its peer.
            for _ in 0..limits::TURNS_TO_CLOSE {
                if pool.shared.connections.load(Ordering::Acquire) == 0 {
                    break;
                }
                reactor.look_around().await;
            }
            done();
        });
    }

    /// Whether any exchange runs.
    #[cfg(unix)]
    pub(super) fn runs(&self) -> bool {
        self.exchanges.run()
    }

    /// Aborts what runs and closes all connections.
    #[cfg(unix)]
    pub(super) fn close_all(&self) {
        for id in self.pools.ids() {
            self.close(id, None);
        }
    }

    /// Runs what is for one exchange. A panic fails that one.
    fn on_exchange(&self, id: ExchangeId, action: impl FnOnce(&Rc<Exchange>)) {
        if let Some(exchange) = self.exchanges.get(id) {
            guard(&exchange, || action(&exchange));
        }
    }
}

/// Runs what is for no exchange, or sees to its own: a panic ends there.
pub(super) fn contain(action: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(action));
}

fn guard(exchange: &Rc<Exchange>, action: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(action)).is_err() {
        contain(|| exchange.fail_with(Error::internal));
    }
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use super::super::universe::Universe;
    use super::*;
    use crate::request::{Scheme, Timeouts};

    /// What an exchange has told, in words.
    #[derive(Clone, Default)]
    struct Told(Arc<Mutex<Vec<String>>>);

    impl ExchangeSink for Told {
        fn on_event(&mut self, event: ExchangeEvent) {
            let text = match event {
                ExchangeEvent::Head(info) => format!("{} {}", info.head.status, String::from_utf8_lossy(&info.body)),
                ExchangeEvent::Failed { error, .. } => format!("{} in {}", error.code, error.phase.as_str()),
                ExchangeEvent::Done { .. } => "done".to_owned(),
                _ => return,
            };
            if let Ok(mut told) = self.0.lock() {
                told.push(text);
            }
        }
    }

    impl Told {
        fn all(&self) -> Vec<String> {
            self.0.lock().map(|told| told.clone()).unwrap_or_default()
        }
    }

    impl Universe {
        fn get(&mut self, timeouts: Timeouts) -> Told {
            let told = Told::default();
            let mut request = ExchangeRequest::new("GET", Scheme::Http, "10.0.0.1", 80, "/");
            request.timeouts = timeouts;
            self.start(request, told.clone());
            self.simulation.settle();
            told
        }
    }

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_request_goes_out_and_its_answer_comes_back_and_the_connection_serves_the_next() {
        let mut universe = Universe::new();
        let told = universe.get(Timeouts::default());
        let peer = universe.accept().expect("a socket was opened");
        assert!(peer.take().starts_with(b"GET / HTTP/1.1\r\nHost: 10.0.0.1\r\n"));
        peer.give(ANSWER);
        universe.simulation.settle();
        assert_eq!(told.all(), ["200 hello", "done"]);
        let again = universe.get(Timeouts::default());
        assert!(universe.accept().is_none(), "the open connection is used");
        assert!(peer.take().starts_with(b"GET / HTTP/1.1\r\n"));
        peer.give(ANSWER);
        universe.simulation.settle();
        assert_eq!(again.all(), ["200 hello", "done"]);
        assert!(!peer.has_ended());
        // Longer than an idle connection is kept.
        universe.pass(HOUR);
        assert!(peer.has_ended());
        assert_eq!(universe.transport.connections.load(Ordering::Acquire), 0);
    }

    #[test]
    fn limits_pass_in_simulated_time() {
        let mut universe = Universe::new();
        let limited = universe.get(Timeouts { head: Some(HOUR), total: Some(HOUR * 24), ..Timeouts::default() });
        let patient = universe.get(Timeouts { total: Some(HOUR * 24), ..Timeouts::default() });
        universe.pass(HOUR - Duration::from_millis(1));
        assert!(limited.all().is_empty());
        universe.pass(Duration::from_millis(1));
        assert_eq!(limited.all(), ["ERR_TIMEOUT_HEAD in head"]);
        assert!(patient.all().is_empty());
        universe.pass(HOUR * 23);
        assert_eq!(patient.all(), ["ERR_TIMEOUT_TOTAL in total"]);
        assert_eq!(universe.transport.exchanges.load(Ordering::Acquire), 0);
    }

    #[test]
    fn a_thousand_requests_share_the_connections_that_an_origin_may_have() {
        let mut universe = Universe::new();
        let told: Vec<_> = (0..1000).map(|_| universe.get(Timeouts::default())).collect();
        let peers: Vec<_> = std::iter::from_fn(|| universe.accept()).collect();
        assert_eq!(peers.len(), limits::HTTP1_CONNECTIONS_PER_ORIGIN);
        for _ in 0..1000 {
            for peer in peers.iter().filter(|peer| !peer.take().is_empty()) {
                peer.give(ANSWER);
            }
            universe.simulation.settle();
        }
        assert!(told.iter().all(|told| told.all() == ["200 hello", "done"]));
        assert!(universe.accept().is_none());
    }
    /// Found by its name: `pnpm bench:engine` counts the instructions inside.
    #[inline(never)]
    fn counted(mut work: impl FnMut()) {
        for _ in 0..100 {
            work();
        }
    }

    #[test]
    fn whole_exchange() {
        let mut universe = Universe::new();
        universe.get(Timeouts::default());
        let peer = universe.accept().expect("a socket was opened");
        peer.give(ANSWER);
        universe.simulation.settle();
        let mut answered = 0;
        counted(|| {
            let told = universe.get(Timeouts::default());
            peer.take();
            peer.give(ANSWER);
            universe.simulation.settle();
            answered += told.all().len();
        });
        assert_eq!(answered, 200, "a head and an end each");
    }

    /// The same beside many that wait for one of the six connections: nothing looks at all of them.
    fn exchange_beside(waiting: usize) {
        let mut universe = Universe::new();
        for _ in 0..waiting {
            universe.get(Timeouts::default());
        }
        let peers: Vec<_> = std::iter::from_fn(|| universe.accept()).collect();
        assert_eq!(peers.len(), 6, "as many as browsers have");
        let (mut round, mut asked) = (0, 0);
        counted(|| {
            universe.get(Timeouts::default());
            let peer = &peers[round % peers.len()];
            asked += usize::from(!peer.take().is_empty());
            peer.give(ANSWER);
            universe.simulation.settle();
            round += 1;
        });
        assert_eq!(asked, 100, "one of those that wait each time");
    }

    #[test]
    fn exchange_beside_ten() {
        exchange_beside(10);
    }

    #[test]
    fn exchange_beside_five_thousand() {
        exchange_beside(5_000);
    }
}
