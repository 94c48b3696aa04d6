//! Connections of one transport, by origin.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use self::decide::SharingRules;
use crate::dial::{Dialer, OriginKey, OverHttps};
use crate::error::Error;
use crate::limits;
use crate::reactor::{Owner, Reactor};
use crate::request::{ExchangeRequest, Protocols, Scheme};
use crate::shared::Shared;
use crate::transport_options::ProxyKind;

mod connection;
mod decide;
mod dial;
mod origin;
mod passenger;
mod pools;
mod queue;
mod sharing;
mod web_socket;

pub(crate) use connection::Connection;
use dial::Dial;
pub(crate) use origin::Origin;
pub(crate) use passenger::{Demand, Passenger, Seat};
pub(crate) use pools::Pools;

pub(crate) struct Pool {
    pub(crate) shared: Arc<Shared>,
    pub(crate) reactor: Rc<Reactor>,
    pools: Weak<Pools>,
    dialer: Dialer,
    origins: RefCell<HashMap<OriginKey, Rc<Origin>>>,
    /// Of the last request, one of those: who goes to the same place is not asked for all that tells places apart.
    last_origin: RefCell<Weak<Origin>>,
    handshakes: web_socket::Handshakes,
    /// When the next look for idle connections is due.
    sweep_at: Cell<Option<Instant>>,
    /// The transport was dropped: ends with its last exchange.
    released: Cell<bool>,
}

impl Pool {
    fn new(
        shared: Arc<Shared>,
        reactor: &Rc<Reactor>,
        pools: &Rc<Pools>,
        over_https: Option<Rc<dyn OverHttps>>,
    ) -> Rc<Self> {
        Rc::new(Self {
            dialer: Dialer::new(reactor, &shared, over_https),
            shared,
            reactor: Rc::clone(reactor),
            pools: Rc::downgrade(pools),
            origins: RefCell::default(),
            last_origin: RefCell::default(),
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
    pub(crate) fn submit(self: &Rc<Self>, exchange: &Rc<dyn Passenger>) {
        if self.shared.is_closed() {
            return exchange.fail_with(Error::closed);
        }
        if exchange.request().web_socket {
            return self.submit_web_socket(exchange);
        }
        self.origin_of(&**exchange, exchange.demand().protocols).submit(exchange);
    }

    /// The origin of an exchange that may use these protocols.
    fn origin_of(self: &Rc<Self>, exchange: &dyn Passenger, protocols: Protocols) -> Rc<Origin> {
        let request = exchange.request();
        let forwarded = self.forwards(request);
        let anonymous = request.anonymous && self.shared.tls.profile().http2.anonymous_apart;
        let last = self.last_origin.borrow().upgrade();
        let is_it = |OriginKey { partition, scheme, host, port, .. }: &OriginKey| {
            (*partition == request.partition && host.eq_ignore_ascii_case(&request.host))
                && (*scheme, *port) == (request.scheme, request.port)
        };
        let is_way =
            |key: &OriginKey| key.protocols == protocols && key.forwarded == forwarded && key.anonymous == anonymous;
        if let Some(origin) = last.filter(|origin| is_it(&origin.key) && is_way(&origin.key)) {
            return origin;
        }
        let key = OriginKey {
            partition: request.partition.clone(),
            scheme: request.scheme,
            host: request.host.to_ascii_lowercase(),
            port: request.port,
            protocols,
            forwarded,
            anonymous,
        };
        let mut origins = self.origins.borrow_mut();
        if origins.len() >= limits::IDLE_ORIGINS && !origins.contains_key(&key) {
            origins.retain(|_, origin| !origin.is_unused());
        }
        let entry = origins.entry(key);
        let key = entry.key().clone();
        let origin = Rc::clone(entry.or_insert_with(|| Origin::new(key, self)));
        *self.last_origin.borrow_mut() = Rc::downgrade(&origin);
        origin
    }

    /// An origin that has been asked for.
    fn origin(&self, key: &OriginKey) -> Option<Rc<Origin>> {
        self.origins.borrow().get(key).cloned()
    }

    /// An open connection of another host that may serve the origin of `key`, which has these addresses.
    pub(crate) fn connection_to_share(
        &self,
        key: &OriginKey,
        addresses: &[SocketAddr],
        anonymous: bool,
    ) -> Option<Rc<Connection>> {
        let rules = SharingRules {
            coalescing: self.shared.tls.profile().http2.coalescing,
            has_proxy: self.shared.options.proxy.is_some(),
            is_for_one_host: self.shared.tls.is_for_one_host(),
        };
        if !decide::may_be_guest(key, rules) {
            return None;
        }
        let origins = self.origins.borrow();
        let alike = |other: &&Rc<Origin>| decide::are_alike(&other.key, key);
        origins.values().filter(alike).find_map(|other| other.connection_for(&key.host, addresses, anonymous))
    }

    /// A connection has become idle: makes sure that somebody looks at it in time.
    pub(crate) fn schedule_sweep(&self) {
        if self.sweep_at.get().is_some() {
            return;
        }
        // Looking four times per timeout keeps a connection at most a quarter longer than asked.
        let pause = (self.shared.options.idle_timeout / 4).max(Duration::from_millis(10));
        let at = self.reactor.now() + pause;
        self.sweep_at.set(Some(at));
        self.reactor.timers.arm(at, Owner::Pool(self.shared.id));
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

    /// Closes all connections and gives all attempts up.
    pub(crate) fn close(&self) {
        self.last_origin.take();
        let origins: Vec<_> = self.origins.borrow_mut().drain().map(|(_, origin)| origin).collect();
        for origin in origins {
            origin.close();
        }
        // Nobody is left who would ask.
        let over_https = self.shared.over_https.as_ref();
        if let Some(asked) = over_https.and_then(|asked| self.pools.upgrade()?.remove(asked.id)) {
            asked.close();
        }
        if let Some(at) = self.sweep_at.take() {
            self.reactor.timers.disarm(at, Owner::Pool(self.shared.id));
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
            self.close();
            if let Some(pools) = self.pools.upgrade() {
                drop(pools.remove(self.shared.id));
            }
        }
    }
}
