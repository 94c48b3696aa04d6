//! The floor that the caller talks to: a queue of orders for each loop, one wake per batch, and the threads of the process or
//! the caller's own loop that carry them out.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::certificates::ChainId;
use crate::request::{ExchangeId, ExchangeRequest, TrailerList};
use crate::response::{BodyTarget, ExchangeSink};
use crate::shared::{Shared, TransportId};

mod handle;
#[cfg(unix)]
mod hosted;
mod inbox;
mod over_https;
#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod schedules;
mod threads;
mod transport;
#[cfg(test)]
#[allow(clippy::expect_used)]
mod universe;
mod world;

pub use handle::ExchangeHandle;
#[cfg(unix)]
pub use hosted::{HostedLoop, Turned};
use inbox::Inbox;
pub use transport::{Transport, TransportStats};

/// One order. Made by [`crate::Transport`] and [`crate::ExchangeHandle`]; carried out in order.
pub struct Command {
    /// Where it is carried out.
    home: Arc<Inbox>,
    order: Order,
}

enum Order {
    Start {
        transport: Arc<Shared>,
        id: ExchangeId,
        request: Box<ExchangeRequest>,
        sink: Box<dyn ExchangeSink>,
    },
    Read {
        id: ExchangeId,
        max: usize,
    },
    ReadWhole {
        id: ExchangeId,
        target: Option<Box<dyn BodyTarget>>,
    },
    Write {
        id: ExchangeId,
        data: Bytes,
    },
    End {
        id: ExchangeId,
        trailers: TrailerList,
    },
    Discard {
        id: ExchangeId,
        max: u64,
    },
    Confirm {
        id: ExchangeId,
        chain: ChainId,
    },
    Abort {
        id: ExchangeId,
    },
    /// Aborts what runs, then closes the connections.
    CloseTransport {
        id: TransportId,
        done: Option<Box<dyn FnOnce() + Send>>,
    },
    /// Nobody can start anything any more: what runs may end.
    ReleaseTransport {
        id: TransportId,
    },
}

static NEXT_EXCHANGE: AtomicU64 = AtomicU64::new(1);
static BATCH_END: OnceLock<fn()> = OnceLock::new();

/// What is process-wide: the I/O threads, one unless a transport asks for more, and the numbers of exchanges.
#[derive(Debug)]
pub struct Runtime;

impl Runtime {
    /// Hands a batch of commands over with one wake of the loop that they are for. Never blocks on I/O.
    pub fn submit(mut commands: Vec<Command>) {
        while let Some(first) = commands.first() {
            let home = Arc::clone(&first.home);
            let others = commands.iter().position(|command| !Arc::ptr_eq(&command.home, &home));
            let rest = others.map(|place| commands.split_off(place)).unwrap_or_default();
            home.put(commands);
            commands = rest;
        }
    }

    /// Sets the function that an I/O thread calls at the end of a batch of events: each time it has nothing left to do
    /// and is about to sleep, or after [`limits::TURNS_PER_BATCH`] turns of connections. A sink collects events and hands
    /// them over here. Only the first call counts.
    pub fn on_batch_end(hook: fn()) {
        let _ = BATCH_END.set(hook);
    }

    fn next_exchange_id() -> ExchangeId {
        NEXT_EXCHANGE.fetch_add(1, Ordering::Relaxed)
    }
}

/// Hands the events so far over to their sinks.
fn end_batch() {
    if let Some(hook) = BATCH_END.get() {
        hook();
    }
}
