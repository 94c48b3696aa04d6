//! Receives one exchange's events on the I/O thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use wiretwin_engine::{Error, ExchangeEvent, ExchangeHandle, ExchangeSink, Phase, Timings};

use crate::guard::fault;
use crate::outbox::Outbox;
use crate::protocol::PREFETCH;

/// Encodes events into the outbox of the port that started the exchange.
pub struct PortSink {
    id: u32,
    outbox: Arc<Outbox>,
    handle: ExchangeHandle,
    over: bool,
}

impl PortSink {
    /// A sink for JavaScript's exchange `id`, which is the engine's `handle`.
    pub fn new(id: u32, outbox: Arc<Outbox>, handle: ExchangeHandle) -> Self {
        Self { id, outbox, handle, over: false }
    }

    fn deliver(&mut self, event: ExchangeEvent) {
        let over = matches!(event, ExchangeEvent::Done { .. } | ExchangeEvent::Failed { .. });
        let prefetch = matches!(&event, ExchangeEvent::Head(info) if !info.ended && !info.apart);
        fault("event");
        let id = self.id;
        self.outbox.push(|batch| batch.push(id, event));
        self.over = over;
        if prefetch {
            self.handle.read(PREFETCH);
        }
    }

    fn fail(&mut self) {
        self.over = true;
        let id = self.id;
        let error = Error::internal(Phase::Total);
        self.outbox.push(|batch| batch.failed(id, &error, &Timings::default()));
    }
}

impl ExchangeSink for PortSink {
    fn on_event(&mut self, event: ExchangeEvent) {
        if self.over {
            return;
        }
        if catch_unwind(AssertUnwindSafe(|| self.deliver(event))).is_err() {
            self.fail();
            self.handle.abort();
        }
    }
}

impl Drop for PortSink {
    /// Whatever goes wrong in the engine, JavaScript sees a last event.
    fn drop(&mut self) {
        if !self.over {
            self.over = true;
            let id = self.id;
            let error = Error::internal(Phase::Total);
            self.outbox.push_now(|batch| batch.failed(id, &error, &Timings::default()));
        }
    }
}
