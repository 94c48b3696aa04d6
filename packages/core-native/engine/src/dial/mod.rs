//! From a name to a link on which HTTP can be spoken: lookup, TCP, proxy, TLS.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use wiretwin_wire::dns::{Name, Service};

use crate::certificates;
use crate::error::{Error, codes};
use crate::link::{Link, SocketCount, WritesEarly};
use crate::phase::Phase;
use crate::profile::dns::Upgrades;
use crate::reactor::{Reactor, SocketOptions};
use crate::request::{Protocols, Scheme};
use crate::response::{ConnectionInfo, Endpoints, HttpVersion, PhaseEvent, TlsInfo};
use crate::shared::Shared;
use crate::tls::{Attempt, EarlyData, EchOutcome, ServerName, TlsSession};

mod bad_ports;
mod dns;
mod eyeballs;
mod proxy;
mod remembered;
mod resolve;

pub(crate) use dns::{OverHttps, Unanswered};
pub(crate) use proxy::own_fields;
use remembered::Knower;
use resolve::{Found, Resolver};

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
    /// Requests carry no credentials and have connections of their own for that (profile: `http2.anonymousApart`).
    pub(crate) anonymous: bool,
}

impl OriginKey {
    /// What tells tickets of the same host apart.
    pub(crate) fn ticket_scope(&self) -> Cow<'_, [u8]> {
        if !self.anonymous {
            return Cow::Borrowed(&self.partition);
        }
        Cow::Owned([&self.partition[..], b"\0anonymous"].concat())
    }

    /// By whom names are known: what is known of them is shared by more than connections are ([`ExchangeRequest::partition`]).
    fn knows_names(&self) -> Knower {
        self.partition.split(|byte| *byte == b'#').next().unwrap_or_default().into()
    }
}

/// What is known of a host before a connection is opened.
#[derive(Debug, Clone)]
pub(crate) struct Resolved {
    /// Where it, or its proxy, is dialled.
    pub(crate) addresses: Vec<SocketAddr>,
    /// ECHConfigList that hides its name, as it came: nobody has looked at it yet.
    pub(crate) ech: Option<Arc<[u8]>>,
}

/// How a connection shows whom it is for.
struct Showing {
    /// ECHConfigList that hides the name.
    ech: Option<Arc<[u8]>>,
    attempt: Attempt,
    /// Another connection was refused its Encrypted ClientHello.
    rejected: bool,
}

/// Port of https URLs that name none.
const HTTPS_PORT: u16 = 443;

/// Opens the connections of one transport.
pub(crate) struct Dialer {
    reactor: Rc<Reactor>,
    shared: Arc<Shared>,
    resolver: Resolver,
}

/// Who wants a connection and hears how far it is. Asked when the answer is needed: it may change on the way.
pub(crate) trait Attending: WritesEarly {
    /// `phase` begins.
    fn enter(&mut self, phase: Phase);

    /// A phase has ended.
    fn tell(&mut self, event: PhaseEvent);

    /// What the request that causes the attempt says about its client.
    fn user_agent(&self) -> Option<Bytes>;

    /// Whether that request was sent before.
    fn attempt(&self) -> Attempt;

    /// Another connection is needed. Of what was written as early data the peer could read nothing.
    fn begin_again(&mut self);
}

impl Dialer {
    pub(crate) fn new(reactor: &Rc<Reactor>, shared: &Arc<Shared>, over_https: Option<Rc<dyn OverHttps>>) -> Self {
        let resolver = Resolver::new(reactor, shared, over_https);
        Self { reactor: Rc::clone(reactor), shared: Arc::clone(shared), resolver }
    }

    /// Addresses of the origin, or of the proxy if there is one, and what else is known of the origin. Addresses that were
    /// `given` need no lookup. `upgradable`: whoever waits for it would go on to https.
    pub(crate) async fn resolve(
        &self,
        key: &OriginKey,
        given: &[IpAddr],
        upgradable: impl Fn() -> bool,
    ) -> Result<Resolved, Error> {
        let found = match &self.shared.options.proxy {
            Some(proxy) => self.addresses_of(Knower::default(), &proxy.host, proxy.port, &[]).await,
            None if given.is_empty() => return self.resolve_origin(key, upgradable).await,
            None => self.addresses_of(key.knows_names(), &key.host, key.port, given).await,
        };
        let addresses = self.permitted_to_dial(key, found.map_err(|error| self.blame_proxy(error))?)?;
        Ok(Resolved { addresses, ech: self.given_ech(key) })
    }

    /// Where the origin is by its name.
    async fn resolve_origin(&self, key: &OriginKey, upgradable: impl Fn() -> bool) -> Result<Resolved, Error> {
        let Found { mut addresses, services } =
            self.resolver.find(key.knows_names(), &key.host, key.port, key.scheme).await?;
        if key.scheme == Scheme::Http && self.upgrades(&services) && upgradable() {
            return Err(Error::new(codes::HTTPS_RECORD, Phase::Resolve).with_replayable(false));
        }
        let service = self.service(key, &services);
        if let Some(port) = service.and_then(|service| service.port) {
            addresses.iter_mut().for_each(|address| address.set_port(port));
        }
        let recorded = || service.and_then(|service| service.ech.as_deref()).map(Arc::from);
        Ok(Resolved { addresses: self.permitted_to_dial(key, addresses)?, ech: self.given_ech(key).or_else(recorded) })
    }

    /// ECHConfigList that the caller gave for the origin.
    fn given_ech(&self, key: &OriginKey) -> Option<Arc<[u8]>> {
        resolve::of_host(&self.shared.options.ech.configs, &key.host, key.port).cloned()
    }

    /// Whether records make an http URL an https one.
    fn upgrades(&self, services: &[Service]) -> bool {
        match self.resolver.record_use().map(|records| records.upgrades) {
            None | Some(Upgrades::Never) => false,
            Some(Upgrades::Service) => services.iter().any(|service| service.priority > 0),
            Some(Upgrades::Any) => !services.is_empty(),
        }
    }

    /// The HTTPS record that a connection to the origin goes by: the first of its own that names a protocol which is spoken here.
    fn service<'a>(&self, key: &OriginKey, services: &'a [Service]) -> Option<&'a Service> {
        let policy = self.shared.tls.profile().dns.records.as_ref().filter(|_| key.scheme == Scheme::Https)?;
        let own = Name::of_host(&key.host)?;
        services.iter().find(|service| {
            // The owner is the host with its port in front unless that is the scheme's own (RFC 9460 9.1).
            let is_own = service.target == own || (service.target.is_root() && key.port == HTTPS_PORT);
            let elsewhere = service.port.filter(|port| *port != key.port);
            let fits = elsewhere.is_none_or(|port| policy.follows_port && !bad_ports::is_bad(port));
            service.priority > 0 && is_own && fits && (service.serves(b"h2") || service.serves(b"http/1.1"))
        })
    }

    /// Opens a connection to one of the addresses of `host`. Where the server refuses Encrypted ClientHello a second one,
    /// with the configurations that it gives instead, or with none (RFC 9849 section 6.1.6). Both browsers do so once.
    pub(crate) async fn open(
        &self,
        key: &OriginKey,
        host: &Resolved,
        given: &[IpAddr],
        attending: &mut impl Attending,
    ) -> Result<(Link, ConnectionInfo), Error> {
        let ech = host.ech.clone().filter(|_| !self.shared.options.ech.only_grease);
        let mut showing = Showing { ech, attempt: attending.attempt(), rejected: false };
        loop {
            let (mut link, endpoints) = self.reach(key, &host.addresses, given, attending).await?;
            if key.scheme == Scheme::Http {
                let version = if key.protocols == Protocols::Http2 { HttpVersion::Http2 } else { HttpVersion::Http11 };
                return Ok((link, ConnectionInfo { endpoints, tls: None, version }));
            }
            let failure = match self.secure(&mut link, key, &showing, attending).await {
                Ok((tls, version)) => return Ok((link, ConnectionInfo { endpoints, tls: Some(tls), version })),
                Err(failure) => failure,
            };
            let retry = link.tls().and_then(TlsSession::ech_retry_configs).filter(|_| !showing.rejected);
            let Some(retry) = retry else { return Err(failure) };
            let ech = (!retry.is_empty()).then(|| retry.into());
            showing = Showing { ech, attempt: Attempt::Retry, rejected: true };
            attending.begin_again();
        }
    }

    /// A link on which the origin can be spoken to, or its proxy if requests are forwarded.
    async fn reach(
        &self,
        key: &OriginKey,
        addresses: &[SocketAddr],
        given: &[IpAddr],
        attending: &mut impl Attending,
    ) -> Result<(Link, Endpoints), Error> {
        attending.enter(Phase::Connect);
        let mut link = self.connect(addresses).await?;
        let io_error = |error: std::io::Error| Error::from_io(&error, Phase::Connect);
        let endpoints = link.endpoints().map_err(io_error)?;
        attending.tell(PhaseEvent::Connect(endpoints));
        if let Some(options) = &self.shared.options.proxy {
            attending.enter(Phase::Proxy);
            proxy::pass(self, &mut link, options, key, given, attending.user_agent().as_ref()).await?;
            attending.tell(PhaseEvent::Proxy);
        }
        Ok((link, endpoints))
    }

    /// TLS with the origin.
    async fn secure(
        &self,
        link: &mut Link,
        key: &OriginKey,
        showing: &Showing,
        attending: &mut impl Attending,
    ) -> Result<(Arc<TlsInfo>, HttpVersion), Error> {
        attending.enter(Phase::Tls);
        let setup = &self.shared.tls;
        let name = setup.name_for(&key.host);
        // The configurations are of the host, not of a name that is shown in its place.
        let ech = showing.ech.as_deref().filter(|_| name.verified == key.host);
        let name = ServerName { ech, ..name };
        let (session, tickets) =
            setup.session(name, &key.host, key.port, key.protocols, &key.ticket_scope(), showing.attempt)?;
        link.handshake(session, tickets, Phase::Tls, attending).await?;
        let mut info = link.tls().map(tls_info).ok_or_else(|| Error::internal(Phase::Tls))?;
        if showing.rejected && info.ech != EchOutcome::Accepted {
            info.ech = EchOutcome::Rejected;
        }
        let version = negotiated(info.alpn.as_deref(), key.protocols)?;
        let info = Arc::new(info);
        attending.tell(PhaseEvent::SecureConnect(Arc::clone(&info)));
        Ok((info, version))
    }

    /// Addresses of a host: those that the caller of an exchange gave, else what a lookup finds.
    async fn addresses_of(
        &self,
        knower: Knower,
        host: &str,
        port: u16,
        given: &[IpAddr],
    ) -> Result<Vec<SocketAddr>, Error> {
        if given.is_empty() {
            return self.resolver.lookup(knower, host, port).await;
        }
        Ok(given.iter().map(|address| SocketAddr::new(*address, port)).collect())
    }

    /// Those that a socket may be connected to: of the origin, or of its proxy. What a proxy is asked for is judged here as
    /// far as no lookup is needed, and by [`Self::permitted`] where it is looked up here.
    fn permitted_to_dial(&self, key: &OriginKey, addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Error> {
        let options = &self.shared.options;
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
    fn permitted(&self, mut addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Error> {
        let Some(guard) = &self.shared.options.address_guard else { return Ok(addresses) };
        addresses.retain(|address| guard.permits(address.ip()));
        if addresses.is_empty() {
            // Which address it was is nobody's business who asks for a stranger.
            let denied = Error::new(codes::ADDRESS_DENIED, Phase::Connect).with_replayable(false);
            return Err(denied.with_detail("the host has no address that denyPrivateAddresses lets pass"));
        }
        Ok(addresses)
    }

    /// TCP to the origin, or to the proxy if there is one: never past it.
    async fn connect(&self, addresses: &[SocketAddr]) -> Result<Link, Error> {
        let count = SocketCount::new(&self.shared.connections);
        let transport = &self.shared.options;
        let options = SocketOptions { local: transport.local_address, hop_limit: transport.hop_limit };
        let connected = eyeballs::connect(&self.reactor, addresses, options).await;
        let socket = connected.map_err(|error| self.blame_proxy(Error::from_io(&error, Phase::Connect)))?;
        Ok(Link::new(&self.reactor, socket, count))
    }

    fn blame_proxy(&self, mut failure: Error) -> Error {
        if self.shared.options.proxy.is_some() {
            failure.code = codes::PROXY_CONNECTION;
        }
        failure
    }
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

fn tls_info(session: &TlsSession) -> TlsInfo {
    let info = session.info();
    TlsInfo {
        version: info.version.to_owned(),
        cipher: info.cipher,
        group: info.group.map(str::to_owned),
        alpn: info.alpn.map(|name| String::from_utf8_lossy(&name).into_owned()),
        resumed: info.resumed,
        early_data: info.early_data == EarlyData::Accepted,
        verified: info.verified,
        ech: info.ech,
        certificates: certificates::keep(session.peer_certificates()),
    }
}
