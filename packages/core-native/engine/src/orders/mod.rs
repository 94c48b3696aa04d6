//! The floor that the caller talks to: one queue of orders, one wake per batch, and one I/O thread per process that carries
//! them out.

use std::future::poll_fn;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::thread::{self, ThreadId};

use bytes::Bytes;

use crate::certificates::ChainId;
use crate::reactor::{self, Alarm, Called, Listener, Ringer};
use crate::request::{ExchangeId, ExchangeRequest, TrailerList};
use crate::response::ExchangeSink;
use crate::shared::{Shared, TransportId};

mod handle;
mod transport;
mod world;

pub use handle::ExchangeHandle;
pub use transport::{Transport, TransportStats};
use world::{World, contain};

/// One order to the I/O thread. Made by [`crate::Transport`] and [`crate::ExchangeHandle`]; carried out in order.
pub struct Command(Order);

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
    queue: Mutex<Queue>,
    /// Silent if the process was out of descriptors when the thread should have started.
    ringer: Option<Ringer>,
}

#[derive(Default)]
struct Queue {
    commands: Vec<Command>,
    /// The thread that takes them, and what wakes its task that does. An order of its own (a sink that asks for more while
    /// an event is told) takes no call of the kernel.
    taker: Option<(ThreadId, Waker)>,
}

impl Inbox {
    fn new(ringer: Option<Ringer>) -> Arc<Self> {
        Arc::new(Self { queue: Mutex::default(), ringer })
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, commands: Vec<Command>) {
        let mut queue = self.lock();
        let was_empty = queue.commands.is_empty();
        if was_empty && queue.commands.capacity() == 0 {
            queue.commands = commands;
        } else {
            queue.commands.extend(commands);
        }
        // A non-empty queue has a wake-up on its way already.
        if !was_empty {
            return;
        }
        if let Some((_, waker)) = queue.taker.as_ref().filter(|(thread, _)| *thread == thread::current().id()) {
            return waker.wake_by_ref();
        }
        drop(queue);
        if let Some(ringer) = &self.ringer {
            ringer.ring();
        }
    }

    fn take(&self) -> Vec<Command> {
        std::mem::take(&mut self.lock().commands)
    }

    /// The same; and from now on the task of `context` is woken for orders of its own thread.
    fn take_for(&self, context: &Context<'_>) -> Vec<Command> {
        let mut queue = self.lock();
        match &mut queue.taker {
            Some((_, waker)) => waker.clone_from(context.waker()),
            None => queue.taker = Some((thread::current().id(), context.waker().clone())),
        }
        std::mem::take(&mut queue.commands)
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
        INBOX.get_or_init(start_thread).put(commands);
    }

    /// Sets the function that the I/O thread calls at the end of a batch of events: each time it has nothing left to do
    /// and is about to sleep, or after [`limits::TURNS_PER_BATCH`] turns of connections. A sink collects events and hands
    /// them over here. Only the first call counts.
    pub fn on_batch_end(hook: fn()) {
        let _ = BATCH_END.set(hook);
    }

    fn next_exchange_id() -> ExchangeId {
        NEXT_EXCHANGE.fetch_add(1, Ordering::Relaxed)
    }
}

fn start_thread() -> Arc<Inbox> {
    // LIMIT: without descriptors or a thread every exchange stays silent; the process is out of resources anyway.
    let Ok((ringer, alarm)) = reactor::alarm_pair() else {
        return Inbox::new(None);
    };
    let inbox = Inbox::new(Some(ringer));
    let for_thread = Arc::clone(&inbox);
    let _ = std::thread::Builder::new().name("wiretwin-io".into()).spawn(move || run(for_thread, alarm));
    inbox
}

fn run(inbox: Arc<Inbox>, alarm: Alarm) {
    reactor::run(end_batch, |reactor| {
        let world = Rc::new(World::new(reactor));
        (Rc::clone(&world) as Rc<dyn Called>, Box::pin(carry_out_orders(world, inbox, alarm)))
    });
}

async fn carry_out_orders(world: Rc<World>, inbox: Arc<Inbox>, alarm: Alarm) {
    let Ok(mut listener) = alarm.listen() else { return };
    while let Ok(batch) = poll_fn(|context| poll_orders(&inbox, &mut listener, context)).await {
        for command in batch {
            contain(|| world.carry_out(command.0));
        }
    }
}

/// Ready with what has been submitted since the last time. It may be nothing: a ring can come after its orders were taken.
fn poll_orders(
    inbox: &Inbox,
    listener: &mut Listener,
    context: &mut Context<'_>,
) -> Poll<std::io::Result<Vec<Command>>> {
    let own = inbox.take_for(context);
    if !own.is_empty() {
        return Poll::Ready(Ok(own));
    }
    ready!(listener.poll_heard(context))?;
    Poll::Ready(Ok(inbox.take()))
}

/// Hands the events so far over to their sinks.
fn end_batch() {
    if let Some(hook) = BATCH_END.get() {
        hook();
    }
}
