//! The I/O thread: one per process, fed through one queue, one wake per batch.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;

use crate::alarm::{self, Alarm, Listener, Ringer};
use crate::backlog::{self, Backlog};
use crate::certificates::ChainId;
use crate::error::Error;
use crate::exchange::timers::Timers;
use crate::exchange::{Exchange, ExchangeId, TrailerList};
use crate::limits;
use crate::phase::Phase;
use crate::pool::Pool;
use crate::request::ExchangeRequest;
use crate::response::{ExchangeEvent, ExchangeSink};
use crate::timing::Timings;
use crate::transport::{Shared as TransportShared, TransportId};

/// One order to the I/O thread. Made by [`crate::Transport`] and [`crate::ExchangeHandle`]; carried out in order.
pub struct Command(pub(crate) Order);

pub(crate) enum Order {
    Start {
        transport: Arc<TransportShared>,
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

struct Inbox {
    queue: Mutex<Vec<Command>>,
    /// Silent if the process was out of descriptors when the thread should have started.
    ringer: Option<Ringer>,
}

impl Inbox {
    fn take(&self) -> Vec<Command> {
        std::mem::take(&mut *self.queue.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

static INBOX: OnceLock<Arc<Inbox>> = OnceLock::new();
static NEXT_EXCHANGE: AtomicU64 = AtomicU64::new(1);
static BATCH_END: OnceLock<fn()> = OnceLock::new();

/// The process-wide I/O thread. Starts with the first command and lives as long as the process: it is detached, holds
/// no lock while idle and needs no shutdown, so leaving `main` or `process.exit` at any moment is safe.
#[derive(Debug)]
pub struct Runtime;

impl Runtime {
    /// Hands a batch of commands over with one wake of the I/O thread. Never blocks on I/O.
    pub fn submit(commands: Vec<Command>) {
        if commands.is_empty() {
            return;
        }
        let inbox = INBOX.get_or_init(start_thread);
        let was_empty = {
            let mut queue = inbox.queue.lock().unwrap_or_else(PoisonError::into_inner);
            let was_empty = queue.is_empty();
            if was_empty && queue.capacity() == 0 {
                *queue = commands;
            } else {
                queue.extend(commands);
            }
            was_empty
        };
        // A non-empty queue has a wake-up on its way already.
        if was_empty
            && !wake_from_within()
            && let Some(ringer) = &inbox.ringer
        {
            ringer.ring();
        }
    }

    /// Sets the function that the I/O thread calls at the end of a batch of events: each time it has nothing left to do
    /// and is about to sleep, or after [`limits::TURNS_PER_BATCH`] turns of connections. A sink collects events and hands
    /// them over here. Only the first call counts.
    pub fn on_batch_end(hook: fn()) {
        let _ = BATCH_END.set(hook);
    }

    pub(crate) fn next_exchange_id() -> ExchangeId {
        NEXT_EXCHANGE.fetch_add(1, Ordering::Relaxed)
    }
}

fn start_thread() -> Arc<Inbox> {
    // LIMIT: without descriptors or a thread every exchange stays silent; the process is out of resources anyway.
    let Ok((ringer, alarm)) = alarm::pair() else {
        return Arc::new(Inbox { queue: Mutex::new(Vec::new()), ringer: None });
    };
    let inbox = Arc::new(Inbox { queue: Mutex::new(Vec::new()), ringer: Some(ringer) });
    let for_thread = Arc::clone(&inbox);
    let _ = std::thread::Builder::new().name("wiretwin-io".into()).spawn(move || run(for_thread, alarm));
    inbox
}

thread_local! {
    /// Wakes the task that takes orders; only the I/O thread has one.
    static ORDERS_WAKER: RefCell<Option<Waker>> = const { RefCell::new(None) };
}

/// Wakes the I/O thread for an order of its own (a sink that asks for more while an event is told), which takes no call
/// of the kernel. `false` on any other thread.
fn wake_from_within() -> bool {
    ORDERS_WAKER.with_borrow(|waker| waker.as_ref().map(Waker::wake_by_ref)).is_some()
}

fn run(inbox: Arc<Inbox>, alarm: Alarm) {
    let built = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(limits::LOOKUP_THREADS)
        .thread_name("wiretwin-lookup")
        .on_thread_park(before_sleep)
        .build();
    let Ok(runtime) = built else { return };
    let local = tokio::task::LocalSet::new();
    // A task of its own: those of a set wake each other without the runtime's waker, which is a call of the kernel.
    local.spawn_local(backlog::work_off());
    let orders = local.spawn_local(carry_out_orders(inbox, alarm));
    let _ = runtime.block_on(local.run_until(orders));
}

async fn carry_out_orders(inbox: Arc<Inbox>, alarm: Alarm) {
    let Ok(mut listener) = alarm.listen() else { return };
    while let Ok(batch) = poll_fn(|context| poll_orders(&inbox, &mut listener, context)).await {
        for command in batch {
            contain(|| carry_out(command.0));
        }
    }
}

/// Ready with what has been submitted since the last time. It may be nothing: a ring can come after its orders were taken.
fn poll_orders(
    inbox: &Inbox,
    listener: &mut Listener,
    context: &mut Context<'_>,
) -> Poll<std::io::Result<Vec<Command>>> {
    ORDERS_WAKER.with_borrow_mut(|waker| match waker {
        Some(known) => known.clone_from(context.waker()),
        None => *waker = Some(context.waker().clone()),
    });
    let own = inbox.take();
    if !own.is_empty() {
        return Poll::Ready(Ok(own));
    }
    ready!(listener.poll_heard(context))?;
    Poll::Ready(Ok(inbox.take()))
}

fn before_sleep() {
    Io::with(|io| io.backlog.begin_turn());
    end_batch();
}

/// Hands the events so far over to their sinks.
pub(crate) fn end_batch() {
    Io::with(|io| io.turns.set(0));
    if let Some(hook) = BATCH_END.get() {
        hook();
    }
}

/// A connection has had its turn.
pub(crate) fn turn_ended() {
    let turns = Io::with(|io| {
        io.turns.set(io.turns.get() + 1);
        io.turns.get()
    });
    if turns >= limits::TURNS_PER_BATCH {
        end_batch();
    }
}

/// What the I/O thread owns. All of it is reached through [`Io::with`] from that thread only.
#[derive(Default)]
pub(crate) struct Io {
    pub(crate) exchanges: RefCell<HashMap<ExchangeId, Rc<Exchange>>>,
    pub(crate) pools: RefCell<HashMap<TransportId, Rc<Pool>>>,
    pub(crate) timers: Timers,
    pub(crate) backlog: Backlog,
    /// Turns since the last batch of events ended.
    turns: Cell<u32>,
    /// Reused by every socket read.
    pub(crate) scratch: Cell<Option<Box<[u8]>>>,
}

thread_local! {
    static IO: Io = Io::default();
}

impl Io {
    pub(crate) fn with<R>(f: impl FnOnce(&Self) -> R) -> R {
        IO.with(f)
    }

    pub(crate) fn exchange(id: ExchangeId) -> Option<Rc<Exchange>> {
        IO.with(|io| io.exchanges.borrow().get(&id).cloned())
    }

    fn pool(id: TransportId) -> Option<Rc<Pool>> {
        IO.with(|io| io.pools.borrow().get(&id).cloned())
    }

    fn pool_for(transport: &Arc<TransportShared>) -> Rc<Pool> {
        IO.with(|io| {
            let mut pools = io.pools.borrow_mut();
            Rc::clone(pools.entry(transport.id).or_insert_with(|| Pool::new(Arc::clone(transport))))
        })
    }
}

/// Runs one order. A panic fails the exchange it was for and nothing else.
fn carry_out(order: Order) {
    match order {
        Order::Start { transport, id, request, sink } => start(&transport, id, request, sink),
        Order::Read { id, max } => on_exchange(id, |exchange| exchange.read(max)),
        Order::ReadWhole { id } => on_exchange(id, Exchange::read_whole),
        Order::Write { id, data } => on_exchange(id, |exchange| exchange.write(data)),
        Order::End { id, trailers } => on_exchange(id, |exchange| exchange.end(trailers)),
        Order::Discard { id, max } => on_exchange(id, |exchange| exchange.discard(max)),
        Order::Confirm { id, chain } => on_exchange(id, |exchange| exchange.confirm(chain)),
        Order::Abort { id } => on_exchange(id, |exchange| exchange.fail_with(Error::aborted)),
        Order::CloseTransport { id, done } => close(id, done),
        Order::ReleaseTransport { id } => {
            if let Some(pool) = Io::pool(id) {
                crate::fault::point(crate::fault::Point::Release);
                pool.release();
            }
        }
    }
}

fn start(
    transport: &Arc<TransportShared>,
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
    let made = catch_unwind(AssertUnwindSafe(|| Exchange::new(id, request, &mut sink, Io::pool_for(transport))));
    let Some(exchange) = made.ok().flatten() else {
        if let Some(mut sink) = sink {
            let error = Error::internal(Phase::Queue);
            sink.on_event(ExchangeEvent::Failed { error, timings: Timings::default() });
        }
        return;
    };
    Io::with(|io| io.exchanges.borrow_mut().insert(id, Rc::clone(&exchange)));
    guard(&exchange, || {
        crate::fault::point(crate::fault::Point::Command);
        exchange.begin();
    });
}

fn close(id: TransportId, done: Option<Box<dyn FnOnce() + Send>>) {
    let pool = Io::with(|io| io.pools.borrow_mut().remove(&id));
    if let Some(pool) = &pool {
        contain(|| pool.close());
    }
    let Some(done) = done else { return };
    let Some(pool) = pool else { return done() };
    tokio::task::spawn_local(async move {
        // The tasks of its connections end in their next turn: none of them waits for its peer.
        for _ in 0..limits::TURNS_TO_CLOSE {
            if pool.shared.connections.load(Ordering::Acquire) == 0 {
                break;
            }
            tokio::task::yield_now().await;
        }
        done();
    });
}

/// Runs what is for one exchange. A panic fails that one.
pub(crate) fn on_exchange(id: ExchangeId, action: impl FnOnce(&Rc<Exchange>)) {
    if let Some(exchange) = Io::exchange(id) {
        guard(&exchange, || action(&exchange));
    }
}

/// Runs what is for no exchange, or sees to its own: a panic ends there.
pub(crate) fn contain(action: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(action));
}

fn guard(exchange: &Rc<Exchange>, action: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(action)).is_err() {
        contain(|| exchange.fail_with(Error::internal));
    }
}
