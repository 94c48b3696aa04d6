//! One attempt to open a connection, and the requests that wait for it.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use bytes::Bytes;

use super::queue::Queue;
use super::{Connection, Origin, Passenger, Pool};
use crate::carrier::{Carried, EarlyStart};
use crate::dial::Attending;
use crate::error::Error;
use crate::link::{Joined, Link, WritesEarly};
use crate::phase::Phase;
use crate::reactor::Stop;
use crate::response::{ConnectionInfo, HttpVersion, PhaseEvent};
use crate::tls::Attempt;

pub(crate) struct Dial {
    /// For one exchange that refuses reuse.
    pub(crate) exclusive: bool,
    phase: Cell<Phase>,
    /// Told to requests that join later.
    events: RefCell<Vec<PhaseEvent>>,
    followers: RefCell<Queue>,
    task: RefCell<Option<Stop>>,
    /// Early data was written: the exchanges whose requests it has.
    early: RefCell<Option<Vec<Rc<dyn Passenger>>>>,
    /// Early data can be written, or could have been.
    early_begun: Cell<bool>,
    joined: Joined,
}

impl Dial {
    pub(crate) fn start(origin: &Rc<Origin>, pool: &Rc<Pool>, exclusive_for: Option<&Rc<dyn Passenger>>) -> Rc<Self> {
        let dial = Rc::new(Self {
            exclusive: exclusive_for.is_some(),
            phase: Cell::new(Phase::Resolve),
            events: RefCell::default(),
            followers: RefCell::new(Queue::new(|seat| &seat.follower)),
            task: RefCell::default(),
            early: RefCell::default(),
            early_begun: Cell::new(false),
            joined: Joined::default(),
        });
        if let Some(exchange) = exclusive_for {
            dial.follow(exchange);
        }
        let task = pool.reactor.spawn(run(Rc::clone(&dial), Rc::clone(origin), Rc::clone(pool)));
        *dial.task.borrow_mut() = Some(task);
        dial
    }

    /// Gives up; the socket closes with the task.
    pub(crate) fn cancel(&self) {
        if let Some(task) = self.task.borrow_mut().take() {
            task.now();
        }
    }

    pub(crate) fn follow(self: &Rc<Self>, exchange: &Rc<dyn Passenger>) {
        self.followers.borrow_mut().push_back(exchange);
        exchange.seat().set_following(Some(self));
        for event in self.events.borrow().iter() {
            exchange.phase_event(event.clone());
        }
        exchange.enter(self.phase.get());
        self.joined.tell();
    }

    /// The exchange has let go of the attempt.
    pub(crate) fn unfollowed(&self, exchange: &dyn Passenger) {
        self.followers.borrow_mut().remove(exchange);
    }

    pub(crate) fn has_followers(&self) -> bool {
        crate::fault::count(crate::fault::Count::Look);
        !self.followers.borrow().is_empty()
    }

    /// The request that caused the attempt, or the oldest that is left.
    pub(crate) fn first(&self) -> Option<Rc<dyn Passenger>> {
        self.followers.borrow().first().cloned()
    }

    pub(crate) fn followers(&self) -> Vec<Rc<dyn Passenger>> {
        self.followers.borrow().iter().cloned().collect()
    }

    /// Whether the request that caused the attempt carries no credentials.
    fn anonymous(&self) -> bool {
        self.first().is_some_and(|first| first.request().anonymous)
    }

    /// An open connection of another host that makes the attempt needless.
    fn connection_to_share(&self, origin: &Origin, pool: &Pool, addresses: &[SocketAddr]) -> Option<Rc<Connection>> {
        if self.exclusive {
            let exchange = self.first()?;
            return pool.connection_for_web_socket(&*exchange, origin, addresses);
        }
        if self.wants_own() {
            return None;
        }
        pool.connection_to_share(&origin.key, addresses, self.anonymous())
    }

    /// What the request that caused the attempt says about its client.
    fn user_agent(&self) -> Option<Bytes> {
        let first = self.first()?;
        let field = first.head().fields.iter().find(|field| field.name.eq_ignore_ascii_case(b"user-agent"));
        field.map(|field| field.value.clone())
    }

    /// Whether the request that caused the attempt was refused on another host's connection.
    fn wants_own(&self) -> bool {
        self.first().is_some_and(|first| first.demand().was_misdirected)
    }

    /// Whether the request that caused the attempt was sent before.
    fn attempt(&self) -> Attempt {
        let repeats = self.first().is_some_and(|first| first.demand().was_sent);
        if repeats { Attempt::Retry } else { Attempt::First }
    }

    /// The exchanges whose requests left as early data; `None` if nothing was written.
    pub(crate) fn early(&self) -> Option<Vec<Rc<dyn Passenger>>> {
        self.early.borrow().clone()
    }

    /// Whether a request has left as early data.
    pub(crate) fn carries_early(&self) -> bool {
        self.early.borrow().as_ref().is_some_and(|early| !early.is_empty())
    }

    /// Starts the protocol in early data, with the requests that may go there, or adds those that joined since. Not
    /// through a proxy: Firefox does not while its CONNECT is in progress.
    fn send_early(
        &self,
        origin: &Origin,
        pool: &Pool,
        link: &mut Link,
        start: &mut Option<EarlyStart>,
    ) -> Result<(), Error> {
        let followers = self.followers();
        let begun = self.early_begun.replace(true);
        let shunned = || followers.iter().any(|exchange| exchange.demand().shuns_early);
        let willing = || -> Vec<Rc<dyn Carried>> {
            let willing = followers.iter().filter(|exchange| exchange.demand().may_go_early);
            willing.map(|exchange| Rc::clone(exchange) as _).collect()
        };
        match start {
            Some(start) => start.add(&willing(), link)?,
            None if begun || pool.shared.options.proxy.is_some() || shunned() => {}
            None => *start = EarlyStart::write(origin.profile(), &willing(), link)?,
        }
        if let Some(start) = start {
            let mut early = self.early.borrow_mut();
            let early = early.get_or_insert_default();
            for exchange in followers.into_iter().filter(|exchange| start.requests.contains(&exchange.id())) {
                origin.claim(&*exchange);
                if early.iter().all(|known| known.id() != exchange.id()) {
                    early.push(exchange);
                }
            }
        }
        Ok(())
    }

    fn enter(&self, phase: Phase) {
        self.phase.set(phase);
        for exchange in self.followers.borrow().iter() {
            exchange.enter(phase);
        }
    }

    fn tell(&self, event: &PhaseEvent) {
        self.events.borrow_mut().push(event.clone());
        for exchange in self.followers.borrow().iter() {
            if exchange.request().phases {
                exchange.phase_event(event.clone());
            }
        }
    }
}

async fn run(dial: Rc<Dial>, origin: Rc<Origin>, pool: Rc<Pool>) {
    let outcome = CatchUnwind(AssertUnwindSafe(Box::pin(establish(&dial, &origin, &pool)))).await;
    let told = std::panic::catch_unwind(AssertUnwindSafe(|| tell_outcome(&dial, &origin, &pool, outcome)));
    if told.is_err() {
        let failed = || origin.dial_failed(&dial, &Error::internal(dial.phase.get()));
        let _ = std::panic::catch_unwind(AssertUnwindSafe(failed));
    }
}

fn tell_outcome(dial: &Rc<Dial>, origin: &Rc<Origin>, pool: &Pool, outcome: Result<Result<Outcome, Error>, ()>) {
    crate::fault::point(crate::fault::Point::Opened);
    match outcome {
        Ok(Ok(Outcome::Opened(link, info, early))) => {
            let exclusive =
                dial.exclusive && dial.first().as_ref().is_none_or(|first| keeps_for_itself(&**first, info.version));
            let connection = Connection::start(&pool.reactor, origin, (link, info, early), exclusive, dial.anonymous());
            origin.dialed(dial, &connection);
        }
        Ok(Ok(Outcome::Shared(connection))) => origin.joined(dial, &connection),
        Ok(Err(error)) => origin.dial_failed(dial, &error),
        Err(()) => origin.dial_failed(dial, &Error::internal(dial.phase.get())),
    }
}

/// Whether nothing else may be served by the connection of such a passenger afterwards.
fn keeps_for_itself(first: &dyn Passenger, version: HttpVersion) -> bool {
    !first.demand().shares_http1_later || version == HttpVersion::Http2
}

#[allow(clippy::large_enum_variant, reason = "lives for one return")]
enum Outcome {
    /// A new connection, with what went as early data.
    Opened(Link, ConnectionInfo, Option<EarlyStart>),
    /// One that is open for another host serves this one too.
    Shared(Rc<Connection>),
}

async fn establish(dial: &Dial, origin: &Origin, pool: &Pool) -> Result<Outcome, Error> {
    crate::fault::point(crate::fault::Point::Dial);
    let given = dial.first().map(|first| first.request().addresses.clone()).unwrap_or_default();
    let upgradable = || dial.followers().iter().all(|follower| follower.request().upgradable);
    let host = pool.dialer.resolve(&origin.key, &given, upgradable).await?;
    if let Some(address) = host.addresses.first() {
        dial.tell(&PhaseEvent::Lookup { address: address.ip() });
    }
    if let Some(connection) = dial.connection_to_share(origin, pool, &host.addresses) {
        return Ok(Outcome::Shared(connection));
    }
    let mut attempt = Following { dial, origin, pool, early: None };
    let (link, info) = pool.dialer.open(&origin.key, &host, &given, &mut attempt).await?;
    let early = attempt.early.filter(|early| early.fits(info.version));
    Ok(Outcome::Opened(link, info, early))
}

/// What an attempt to open a connection asks and tells on its way.
struct Following<'a> {
    dial: &'a Dial,
    origin: &'a Origin,
    pool: &'a Pool,
    early: Option<EarlyStart>,
}

impl Attending for Following<'_> {
    fn enter(&mut self, phase: Phase) {
        self.dial.enter(phase);
    }

    fn tell(&mut self, event: PhaseEvent) {
        self.dial.tell(&event);
    }

    fn user_agent(&self) -> Option<Bytes> {
        self.dial.user_agent()
    }

    fn attempt(&self) -> Attempt {
        self.dial.attempt()
    }

    fn begin_again(&mut self) {
        // Those that were written keep their place in front; the next connection begins with them.
        self.early = None;
    }
}

impl WritesEarly for Following<'_> {
    fn joined(&self) -> &Joined {
        &self.dial.joined
    }

    fn write_early(&mut self, link: &mut Link) -> Result<(), Error> {
        self.dial.send_early(self.origin, self.pool, link, &mut self.early)
    }
}

/// Turns a panic of the inner future into `Err(())`.
struct CatchUnwind<F>(AssertUnwindSafe<std::pin::Pin<Box<F>>>);

impl<F: Future> Future for CatchUnwind<F> {
    type Output = Result<F::Output, ()>;

    fn poll(mut self: std::pin::Pin<&mut Self>, context: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
        let inner = &mut self.0.0;
        match std::panic::catch_unwind(AssertUnwindSafe(|| inner.as_mut().poll(context))) {
            Ok(poll) => poll.map(Ok),
            Err(_) => std::task::Poll::Ready(Err(())),
        }
    }
}
