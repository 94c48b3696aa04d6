//! One attempt to open a connection, and the requests that wait for it.

use std::cell::{Cell, RefCell};
use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use tokio::net::TcpStream;
use tokio::task::AbortHandle;

use super::queue::Queue;
use super::{Origin, Pool};
use crate::certificates;
use crate::driver::link::SocketCount;
use crate::driver::{Connection, EarlyStart, Joined, Link};
use crate::error::{Error, codes};
use crate::exchange::Exchange;
use crate::net::eyeballs;
use crate::net::tcp::SocketOptions;
use crate::phase::Phase;
use crate::proxy;
use crate::request::{Protocols, Scheme};
use crate::response::{ConnectionInfo, HttpVersion, PhaseEvent, TlsInfo};
use crate::runtime;
use crate::tls::{Attempt, EarlyData};

pub(crate) struct Dial {
    /// For one exchange that refuses reuse.
    pub(crate) exclusive: bool,
    phase: Cell<Phase>,
    /// Told to requests that join later.
    events: RefCell<Vec<PhaseEvent>>,
    followers: RefCell<Queue>,
    task: RefCell<Option<AbortHandle>>,
    /// Early data was written: the exchanges whose requests it has.
    early: RefCell<Option<Vec<Rc<Exchange>>>>,
    /// Early data can be written, or could have been.
    early_begun: Cell<bool>,
    joined: Joined,
}

impl Dial {
    pub(crate) fn start(origin: &Rc<Origin>, pool: &Rc<Pool>, exclusive_for: Option<&Rc<Exchange>>) -> Rc<Self> {
        let dial = Rc::new(Self {
            exclusive: exclusive_for.is_some(),
            phase: Cell::new(Phase::Resolve),
            events: RefCell::default(),
            followers: RefCell::new(Queue::new(|exchange| &exchange.follower)),
            task: RefCell::default(),
            early: RefCell::default(),
            early_begun: Cell::new(false),
            joined: Joined::default(),
        });
        if let Some(exchange) = exclusive_for {
            dial.follow(exchange);
        }
        let task = tokio::task::spawn_local(run(Rc::clone(&dial), Rc::clone(origin), Rc::clone(pool)));
        *dial.task.borrow_mut() = Some(task.abort_handle());
        dial
    }

    /// Gives up; the socket closes with the task.
    pub(crate) fn cancel(&self) {
        if let Some(task) = self.task.borrow_mut().take() {
            task.abort();
        }
    }

    pub(crate) fn follow(self: &Rc<Self>, exchange: &Rc<Exchange>) {
        self.followers.borrow_mut().push_back(exchange);
        exchange.set_following(Some(self));
        for event in self.events.borrow().iter() {
            exchange.phase_event(event.clone());
        }
        exchange.enter(self.phase.get());
        self.joined.tell();
    }

    /// The exchange has let go of the attempt.
    pub(crate) fn unfollowed(&self, exchange: &Exchange) {
        self.followers.borrow_mut().remove(exchange);
    }

    pub(crate) fn has_followers(&self) -> bool {
        crate::fault::looked();
        !self.followers.borrow().is_empty()
    }

    /// The request that caused the attempt, or the oldest that is left.
    pub(crate) fn first(&self) -> Option<Rc<Exchange>> {
        self.followers.borrow().first().cloned()
    }

    pub(crate) fn followers(&self) -> Vec<Rc<Exchange>> {
        self.followers.borrow().iter().cloned().collect()
    }

    /// Whether the request that caused the attempt carries no credentials.
    fn anonymous(&self) -> bool {
        self.first().is_some_and(|first| first.request.anonymous)
    }

    /// An open connection of another host that makes the attempt needless.
    fn connection_to_share(&self, origin: &Origin, pool: &Pool, addresses: &[SocketAddr]) -> Option<Rc<Connection>> {
        if self.exclusive {
            let exchange = self.first()?;
            return pool.connection_for_web_socket(&exchange, origin, addresses);
        }
        if self.wants_own() {
            return None;
        }
        pool.connection_to_share(&origin.key, addresses, self.anonymous())
    }

    /// What the request that caused the attempt says about its client.
    fn user_agent(&self) -> Option<Bytes> {
        let first = self.first()?;
        let field = first.head.fields.iter().find(|field| field.name.eq_ignore_ascii_case(b"user-agent"));
        field.map(|field| field.value.clone())
    }

    /// Whether the request that caused the attempt was refused on another host's connection.
    fn wants_own(&self) -> bool {
        self.first().is_some_and(|first| first.was_misdirected())
    }

    /// Whether the request that caused the attempt was sent before.
    fn attempt(&self) -> Attempt {
        let repeats = self.first().is_some_and(|first| first.was_sent());
        if repeats { Attempt::Retry } else { Attempt::First }
    }

    /// The exchanges whose requests left as early data; `None` if nothing was written.
    pub(crate) fn early(&self) -> Option<Vec<Rc<Exchange>>> {
        self.early.borrow().clone()
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
        let shunned = || followers.iter().any(|exchange| exchange.shuns_early());
        match start {
            Some(start) => start.add(&followers, link)?,
            None if begun || pool.shared.options.proxy.is_some() || shunned() => {}
            None => *start = EarlyStart::write(origin.profile(), &followers, link)?,
        }
        if let Some(start) = start {
            for exchange in &start.exchanges {
                origin.claim(exchange);
            }
            *self.early.borrow_mut() = Some(start.exchanges.clone());
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
            if exchange.wants_phases() {
                exchange.phase_event(event.clone());
            }
        }
    }
}

async fn run(dial: Rc<Dial>, origin: Rc<Origin>, pool: Rc<Pool>) {
    let outcome = CatchUnwind(AssertUnwindSafe(Box::pin(establish(&dial, &origin, &pool)))).await;
    let told = std::panic::catch_unwind(AssertUnwindSafe(|| tell_outcome(&dial, &origin, outcome)));
    if told.is_err() {
        runtime::contain(|| origin.dial_failed(&dial, &Error::internal(dial.phase.get())));
    }
}

fn tell_outcome(dial: &Rc<Dial>, origin: &Rc<Origin>, outcome: Result<Result<Outcome, Error>, ()>) {
    crate::fault::point(crate::fault::Point::Opened);
    match outcome {
        Ok(Ok(Outcome::Opened(link, info, early))) => {
            let exclusive = dial.exclusive && dial.first().is_none_or(|first| first.keeps_for_itself(info.version));
            let connection = Connection::start(origin, link, info, exclusive, early, dial.anonymous());
            origin.dialed(dial, &connection);
        }
        Ok(Ok(Outcome::Shared(connection))) => origin.joined(dial, &connection),
        Ok(Err(error)) => origin.dial_failed(dial, &error),
        Err(()) => origin.dial_failed(dial, &Error::internal(dial.phase.get())),
    }
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
    let key = &origin.key;
    let setup = &pool.shared.tls;
    let given = dial.first().map(|first| first.request.addresses.clone()).unwrap_or_default();
    let addresses = resolve(dial, origin, pool, &given).await?;
    if let Some(connection) = dial.connection_to_share(origin, pool, &addresses) {
        return Ok(Outcome::Shared(connection));
    }
    let mut link = connect(dial, pool, &addresses).await?;
    let io_error = |error: std::io::Error| Error::from_io(&error, Phase::Connect);
    let endpoints = link.endpoints().map_err(io_error)?;
    dial.tell(&PhaseEvent::Connect(endpoints));
    if let Some(options) = &pool.shared.options.proxy {
        dial.enter(Phase::Proxy);
        proxy::pass(&mut link, options, pool, key, &given, dial.user_agent().as_ref()).await?;
        dial.tell(&PhaseEvent::Proxy);
    }
    if key.scheme == Scheme::Http {
        let version = if key.protocols == Protocols::Http2 { HttpVersion::Http2 } else { HttpVersion::Http11 };
        return Ok(Outcome::Opened(link, ConnectionInfo { endpoints, tls: None, version }, None));
    }
    dial.enter(Phase::Tls);
    let name = setup.name_for(&key.host);
    let (session, tickets) = setup.session(name, &key.host, key.port, key.protocols, &key.partition, dial.attempt())?;
    let mut early = None;
    let write_early = |link: &mut Link| dial.send_early(origin, pool, link, &mut early);
    link.handshake(session, tickets, Phase::Tls, &dial.joined, write_early).await?;
    let info = link.tls().map(tls_info).ok_or_else(|| Error::internal(Phase::Tls))?;
    let version = negotiated(info.alpn.as_deref(), key.protocols)?;
    let info = Arc::new(info);
    dial.tell(&PhaseEvent::SecureConnect(Arc::clone(&info)));
    let early = early.filter(|early| early.fits(version));
    Ok(Outcome::Opened(link, ConnectionInfo { endpoints, tls: Some(info), version }, early))
}

/// Addresses of the origin, or of the proxy if there is one.
async fn resolve(dial: &Dial, origin: &Origin, pool: &Pool, given: &[IpAddr]) -> Result<Vec<SocketAddr>, Error> {
    let found = match &pool.shared.options.proxy {
        Some(proxy) => pool.addresses_of(&proxy.host, proxy.port, &[]).await,
        None => pool.addresses_of(&origin.key.host, origin.key.port, given).await,
    };
    let addresses = pool.permitted_to_dial(&origin.key, found.map_err(|error| blame_proxy(error, pool))?)?;
    if let Some(address) = addresses.first() {
        dial.tell(&PhaseEvent::Lookup { address: address.ip() });
    }
    Ok(addresses)
}

/// TCP to the origin, or to the proxy if there is one: never past it.
async fn connect(dial: &Dial, pool: &Pool, addresses: &[SocketAddr]) -> Result<Link, Error> {
    dial.enter(Phase::Connect);
    let count = SocketCount::new(&pool.shared);
    let transport = &pool.shared.options;
    let options = SocketOptions { local: transport.local_address, hop_limit: transport.hop_limit };
    let connected: std::io::Result<TcpStream> = eyeballs::connect(addresses, options).await;
    let socket = connected.map_err(|error| blame_proxy(Error::from_io(&error, Phase::Connect), pool))?;
    Ok(Link::new(socket, count))
}

fn blame_proxy(mut failure: Error, pool: &Pool) -> Error {
    if pool.shared.options.proxy.is_some() {
        failure.code = codes::PROXY_CONNECTION;
    }
    failure
}

/// What the server chose, if this exchange may use it. No answer means HTTP/1.1 (RFC 7301; FAULTS H11).
fn negotiated(alpn: Option<&str>, protocols: Protocols) -> Result<HttpVersion, Error> {
    match (alpn, protocols) {
        (Some("h2"), Protocols::Auto | Protocols::Http2) => Ok(HttpVersion::Http2),
        (None | Some("http/1.1"), Protocols::Auto | Protocols::Http1) => Ok(HttpVersion::Http11),
        _ => Err(Error::new(codes::PROTOCOL_UNAVAILABLE, Phase::Tls)
            .with_detail("the server did not choose a protocol that the request allows")),
    }
}

fn tls_info(session: &crate::tls::TlsSession) -> TlsInfo {
    let info = session.info();
    TlsInfo {
        version: info.version.to_owned(),
        cipher: info.cipher,
        group: info.group.map(str::to_owned),
        alpn: info.alpn.map(|name| String::from_utf8_lossy(&name).into_owned()),
        resumed: info.resumed,
        early_data: info.early_data == EarlyData::Accepted,
        verified: info.verified,
        certificates: certificates::keep(session.peer_certificates()),
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
