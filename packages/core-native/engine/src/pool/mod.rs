//! Connections of one transport, by origin.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use wiretwin_wire::http2::Coalescing;

use crate::driver::Connection;
use crate::error::{Error, codes};
use crate::exchange::Exchange;
use crate::exchange::timers::Owner;
use crate::limits;
use crate::net::resolve::{self, Resolver};
use crate::phase::Phase;
use crate::request::{ExchangeRequest, Protocols, Scheme};
use crate::runtime::Io;
use crate::transport::Shared;
use crate::transport_options::ProxyKind;

mod dial;
mod origin;
mod queue;
mod web_socket;

pub(crate) use dial::Dial;
pub(crate) use origin::Origin;
pub(crate) use queue::Ticket;

/// What tells connections of one transport apart. Everything else that must match before reuse (profile, proxy with its
/// credentials, trust, identity, local address, session) is the same for the whole transport: DESIGN.md "Pool key".
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct OriginKey {
    /// [`ExchangeRequest::partition`].
    pub(crate) partition: Bytes,
    pub(crate) scheme: Scheme,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) protocols: Protocols,
    /// Requests go to an HTTP proxy in absolute form; a tunnel to the same host is another connection.
    pub(crate) forwarded: bool,
}

pub(crate) struct Pool {
    pub(crate) shared: Arc<Shared>,
    pub(crate) resolver: Resolver,
    origins: RefCell<HashMap<OriginKey, Rc<Origin>>>,
    handshakes: web_socket::Handshakes,
    /// When the next look for idle connections is due.
    sweep_at: Cell<Option<Instant>>,
    /// The transport was dropped: ends with its last exchange.
    released: Cell<bool>,
}

impl Pool {
    pub(crate) fn new(shared: Arc<Shared>) -> Rc<Self> {
        Rc::new(Self {
            shared,
            resolver: Resolver::default(),
            origins: RefCell::default(),
            handshakes: web_socket::Handshakes::default(),
            sweep_at: Cell::new(None),
            released: Cell::new(false),
        })
    }

    /// Request target: absolute through a forward proxy (RFC 9112 3.2.2), else path and query.
    pub(crate) fn request_target(&self, request: &ExchangeRequest) -> Bytes {
        if !self.forwards(request) {
            return request.target.clone();
        }
        let mut target = Vec::with_capacity(request.authority.len() + request.target.len() + 8);
        target.extend_from_slice(b"http://");
        target.extend_from_slice(&request.authority);
        target.extend_from_slice(&request.target);
        Bytes::from(target)
    }

    /// Whether this request is forwarded by an HTTP proxy instead of tunnelled. An upgrade never is: what follows the
    /// 101 is not HTTP any more, so browsers open a tunnel for `ws:` too (RFC 6455 4.1).
    pub(crate) fn forwards(&self, request: &ExchangeRequest) -> bool {
        let proxy = self.shared.options.proxy.as_ref();
        request.scheme == Scheme::Http
            && !request.upgrade
            && proxy.is_some_and(|proxy| matches!(proxy.kind, ProxyKind::Http | ProxyKind::Https))
    }

    /// Finds or opens a connection for the exchange.
    pub(crate) fn submit(self: &Rc<Self>, exchange: &Rc<Exchange>) {
        if self.shared.is_closed() {
            return exchange.fail_with(Error::closed);
        }
        if exchange.request.web_socket {
            return self.submit_web_socket(exchange);
        }
        self.origin_of(exchange, exchange.protocols()).submit(exchange);
    }

    /// The origin of an exchange that may use these protocols.
    fn origin_of(self: &Rc<Self>, exchange: &Exchange, protocols: Protocols) -> Rc<Origin> {
        let key = OriginKey {
            partition: exchange.request.partition.clone(),
            scheme: exchange.request.scheme,
            host: exchange.request.host.to_ascii_lowercase(),
            port: exchange.request.port,
            protocols,
            forwarded: self.forwards(&exchange.request),
        };
        let mut origins = self.origins.borrow_mut();
        if origins.len() >= limits::IDLE_ORIGINS && !origins.contains_key(&key) {
            origins.retain(|_, origin| !origin.is_unused());
        }
        let entry = origins.entry(key);
        let key = entry.key().clone();
        Rc::clone(entry.or_insert_with(|| Origin::new(key, self)))
    }

    /// Addresses of a host: those that the caller of an exchange gave, else what a lookup finds.
    pub(crate) async fn addresses_of(&self, host: &str, port: u16, given: &[IpAddr]) -> Result<Vec<SocketAddr>, Error> {
        if given.is_empty() {
            return self.resolver.lookup(host, port, &self.shared.options.resolve).await;
        }
        Ok(given.iter().map(|address| SocketAddr::new(*address, port)).collect())
    }

    /// Those that a socket may be connected to: of the origin, or of its proxy. What a proxy is asked for is judged here as
    /// far as no lookup is needed, and by [`Self::permitted`] where it is looked up here.
    pub(crate) fn permitted_to_dial(
        &self,
        key: &OriginKey,
        addresses: Vec<SocketAddr>,
    ) -> Result<Vec<SocketAddr>, Error> {
        let Shared { options, .. } = &*self.shared;
        match (&options.address_guard, &options.proxy) {
            (Some(guard), Some(_)) => {
                if let Some(asked) = resolve::known(&key.host, key.port, &options.resolve) {
                    self.permitted(asked)?;
                }
                if guard.proxies { self.permitted(addresses) } else { Ok(addresses) }
            }
            _ => self.permitted(addresses),
        }
    }

    /// The addresses that the guard lets pass, at least one.
    pub(crate) fn permitted(&self, mut addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Error> {
        let Some(guard) = &self.shared.options.address_guard else { return Ok(addresses) };
        addresses.retain(|address| guard.permits(address.ip()));
        if addresses.is_empty() {
            // Which address it was is nobody's business who asks for a stranger.
            let denied = Error::new(codes::ADDRESS_DENIED, Phase::Connect).with_replayable(false);
            return Err(denied.with_detail("the host has no address that denyPrivateAddresses lets pass"));
        }
        Ok(addresses)
    }

    /// An open connection of another host that may serve the origin of `key`, which has these addresses (RFC 9113 9.1.1). Not
    /// through a proxy: who the peer of the tunnel is, is the proxy's word. Not after a client certificate either.
    pub(crate) fn connection_to_share(
        &self,
        key: &OriginKey,
        addresses: &[SocketAddr],
        anonymous: bool,
    ) -> Option<Rc<Connection>> {
        let allowed = self.shared.tls.profile().http2.coalescing == Coalescing::SameAddress
            && key.scheme == Scheme::Https
            && key.protocols != Protocols::Http1
            && self.shared.options.proxy.is_none()
            && !self.shared.tls.is_for_one_host();
        if !allowed {
            return None;
        }
        let origins = self.origins.borrow();
        let alike = |other: &&Rc<Origin>| {
            let other = &other.key;
            (&other.partition, other.scheme, other.port, other.protocols)
                == (&key.partition, key.scheme, key.port, key.protocols)
        };
        origins.values().filter(alike).find_map(|other| other.connection_for(&key.host, addresses, anonymous))
    }

    /// A connection has become idle: makes sure that somebody looks at it in time.
    pub(crate) fn schedule_sweep(&self) {
        if self.sweep_at.get().is_some() {
            return;
        }
        // Looking four times per timeout keeps a connection at most a quarter longer than asked.
        let pause = (self.shared.options.idle_timeout / 4).max(Duration::from_millis(10));
        let at = Instant::now() + pause;
        self.sweep_at.set(Some(at));
        Io::with(|io| io.timers.arm(at, Owner::Pool(self.shared.id)));
    }

    /// Closes what has been idle for too long.
    pub(crate) fn sweep(&self, now: Instant) {
        self.sweep_at.set(None);
        let origins: Vec<_> = self.origins.borrow().values().cloned().collect();
        let mut idle_left = false;
        for origin in origins {
            idle_left |= origin.sweep(now, self.shared.options.idle_timeout);
        }
        if idle_left {
            self.schedule_sweep();
        }
    }

    /// Aborts everything.
    pub(crate) fn close(&self) {
        let mine: Vec<_> = Io::with(|io| {
            let exchanges = io.exchanges.borrow();
            exchanges.values().filter(|exchange| exchange.pool.shared.id == self.shared.id).cloned().collect()
        });
        for exchange in mine {
            exchange.fail_with(Error::closed);
        }
        self.close_connections();
    }

    fn close_connections(&self) {
        let origins: Vec<_> = self.origins.borrow_mut().drain().map(|(_, origin)| origin).collect();
        for origin in origins {
            origin.close();
        }
        if let Some(at) = self.sweep_at.take() {
            Io::with(|io| io.timers.disarm(at, Owner::Pool(self.shared.id)));
        }
    }

    /// The transport is gone: ends when nothing runs any more.
    pub(crate) fn release(&self) {
        self.released.set(true);
        self.exchange_ended();
    }

    pub(crate) fn exchange_ended(&self) {
        let running = self.shared.exchanges.load(std::sync::atomic::Ordering::Acquire);
        if self.released.get() && running == 0 {
            self.close_connections();
            Io::with(|io| io.pools.borrow_mut().remove(&self.shared.id));
        }
    }
}
