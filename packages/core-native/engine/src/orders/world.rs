//! What one thread owns, and the carrying out of orders. A panic ends here.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::Order;
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
        Self { reactor: Rc::clone(reactor), exchanges: Exchanges::new(reactor), pools: Rc::default() }
    }

    /// Runs one order. A panic fails the exchange it was for and nothing else.
    pub(super) fn carry_out(&self, order: Order) {
        match order {
            Order::Start { transport, id, request, sink } => self.start(&transport, id, request, sink),
            Order::Read { id, max } => self.on_exchange(id, |exchange| exchange.read(max)),
            Order::ReadWhole { id } => self.on_exchange(id, Exchange::read_whole),
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
