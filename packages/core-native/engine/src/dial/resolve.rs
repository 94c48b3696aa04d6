//! Name lookup: literals, `localhost`, overrides, cache, then the system or the name servers that were named.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use dns_lookup::{AddrFamily, AddrInfoHints, LookupErrorKind, SockType};
use tokio::sync::{Semaphore, oneshot, watch};
use wiretwin_wire::dns::{Name, RecordType};

use super::dns::{self, Begun, HttpsRecords, OverHttps, Services, Unanswered};
use super::remembered::{Knower, Remembered};
use crate::error::{Error, codes};
use crate::limits;
use crate::phase::Phase;
use crate::profile::dns::RecordUse;
use crate::reactor::Reactor;
use crate::request::Scheme;
use crate::shared::Shared;
use crate::transport_options::{DialTarget, NameServers};

/// Longest host name that is looked up (RFC 1035 2.3.4).
const NAME_MAX: usize = 253;

/// What is said of a name, and how long it may be believed; `None` as long as nothing has been said.
type Answer = Option<Result<(Vec<IpAddr>, Duration), Error>>;

/// A question on its way.
type Question = Pin<Box<dyn Future<Output = Result<(Vec<IpAddr>, Duration), Error>>>>;

/// Where a host is.
#[derive(Default)]
pub(crate) struct Found {
    /// At least one.
    pub(crate) addresses: Vec<SocketAddr>,
    /// HTTPS records by priority; none if the browser asks for none, or they did not come in time.
    pub(crate) services: Services,
}

/// Looked-up names of one transport. Failures are not remembered.
pub(crate) struct Resolver {
    reactor: Rc<Reactor>,
    shared: Arc<Shared>,
    over_https: Option<Rc<dyn OverHttps>>,
    cache: RefCell<Remembered<(Knower, String), Vec<IpAddr>>>,
    /// Names that are being asked for: several connections to one host wait for one answer.
    asked: RefCell<HashMap<(Knower, String), watch::Receiver<Answer>>>,
    /// What may be asked at the same time.
    places: Arc<Semaphore>,
    records: Rc<HttpsRecords>,
    /// [`Shared::names_forgotten`] when it was last looked at.
    forgotten: Cell<usize>,
}

impl Resolver {
    pub(crate) fn new(reactor: &Rc<Reactor>, shared: &Arc<Shared>, over_https: Option<Rc<dyn OverHttps>>) -> Self {
        Self {
            reactor: Rc::clone(reactor),
            shared: Arc::clone(shared),
            over_https,
            cache: RefCell::default(),
            asked: RefCell::default(),
            places: Arc::new(Semaphore::new(limits::LOOKUPS_PER_TRANSPORT)),
            records: HttpsRecords::new(reactor),
            forgotten: Cell::new(0),
        }
    }

    /// Where `host` is, and its HTTPS records if the browser asks for them.
    pub(super) async fn find(&self, knower: Knower, host: &str, port: u16, scheme: Scheme) -> Result<Found, Error> {
        if let Some(addresses) = self.known(host, port)? {
            return Ok(Found { addresses, services: Services::default() });
        }
        let since = self.reactor.now();
        let records = self.record_use();
        let begun = records.and_then(|_| self.begin_records(Rc::clone(&knower), host, port, scheme));
        let addresses = self.addresses(knower, host, port).await?;
        let services = match (begun, records) {
            (Some(begun), Some(records)) => {
                let took = self.reactor.now().saturating_duration_since(since);
                self.records.wait(begun, records.wait, took).await
            }
            _ => Services::default(),
        };
        Ok(Found { addresses, services })
    }

    /// Addresses of `host`, at least one.
    pub(super) async fn lookup(&self, knower: Knower, host: &str, port: u16) -> Result<Vec<SocketAddr>, Error> {
        match self.known(host, port)? {
            Some(addresses) => Ok(addresses),
            None => self.addresses(knower, host, port).await,
        }
    }

    /// What the browser makes of HTTPS records, if it asks for them.
    pub(crate) fn record_use(&self) -> Option<RecordUse> {
        let records = self.shared.tls.profile().dns.records.as_ref().filter(|_| self.shared.options.https_records)?;
        Some(if self.over_https.is_some() { records.over_https } else { records.plain })
    }

    fn forget_if_told(&self) {
        let told = self.shared.names_forgotten.load(Ordering::Acquire);
        if self.forgotten.replace(told) != told {
            self.cache.borrow_mut().clear();
            self.records.forget();
        }
    }

    fn known(&self, host: &str, port: u16) -> Result<Option<Vec<SocketAddr>>, Error> {
        self.forget_if_told();
        match known(host, port, &self.shared.options.resolve) {
            Some(sockets) if sockets.is_empty() => Err(not_found("no address was given for this host")),
            known => Ok(known),
        }
    }

    async fn addresses(&self, knower: Knower, host: &str, port: u16) -> Result<Vec<SocketAddr>, Error> {
        let with_port = |addresses: Vec<IpAddr>| addresses.into_iter().map(|one| SocketAddr::new(one, port)).collect();
        if host.is_empty() || host.len() > NAME_MAX || host.contains('\0') {
            return Err(not_found("not a host name"));
        }
        let name = (knower, host.to_owned());
        if let Some(addresses) = self.cached(&name) {
            return Ok(with_port(addresses));
        }
        self.shared(name, |host| self.ask(host)).await.map(with_port)
    }

    /// Waits for the answer to a question that is under way, or asks it. Who stops waiting takes it from nobody.
    async fn shared(&self, name: (Knower, String), ask: impl FnOnce(&str) -> Question) -> Result<Vec<IpAddr>, Error> {
        let mut answer = self.question(&name, ask);
        let answered = answer.wait_for(Option::is_some).await.map(|answer| answer.clone());
        let own = |asked: &watch::Receiver<Answer>| asked.same_channel(&answer);
        let mut asked = self.asked.borrow_mut();
        if asked.get(&name).is_some_and(own) {
            asked.remove(&name);
        }
        drop(asked);
        let (addresses, time) = answered.ok().flatten().ok_or_else(|| Error::internal(Phase::Resolve))??;
        self.cache.borrow_mut().keep(name, addresses.clone(), time, self.reactor.now());
        Ok(addresses)
    }

    fn question(&self, name: &(Knower, String), ask: impl FnOnce(&str) -> Question) -> watch::Receiver<Answer> {
        let mut asked = self.asked.borrow_mut();
        // An answer that is still here had nobody left to take it.
        asked.retain(|_, answer| answer.borrow().is_none());
        if let Some(answer) = asked.get(name) {
            return answer.clone();
        }
        let (sender, answer) = watch::channel(None);
        let (places, asking) = (Arc::clone(&self.places), ask(&name.1));
        self.reactor.spawn(async move {
            let place = places.acquire_owned().await;
            sender.send_replace(Some(asking.await));
            drop(place);
        });
        asked.insert(name.clone(), answer.clone());
        answer
    }

    /// Asks whoever is to be asked for addresses.
    fn ask(&self, host: &str) -> Question {
        let servers = match &self.shared.options.name_servers {
            NameServers::Plain(servers) => Arc::clone(servers),
            NameServers::OverHttps(_) if self.over_https.is_some() => Arc::default(),
            // The name server's own host, too.
            NameServers::System | NameServers::OverHttps(_) => {
                let (name, family) = (host.to_owned(), self.first_family());
                return ask_on_thread(&self.reactor, move || ask_system(&name, family));
            }
        };
        let (reactor, over_https) = (Rc::clone(&self.reactor), self.over_https.clone());
        let policy = Arc::clone(&self.shared.tls.profile().dns);
        let host = host.to_owned();
        Box::pin(async move {
            if let Some(addresses) = around(&reactor).await.hosts(&host) {
                return Ok((addresses.to_vec(), limits::DNS_CACHE_TTL));
            }
            let name = Name::of_host(&host).ok_or_else(|| not_found("not a host name"))?;
            let ask = |kind| ask_servers(&reactor, over_https.as_deref(), &servers, &name, kind);
            let v6 = async {
                let asks = policy.always_asks_ipv6 || reaches_ipv6(&reactor);
                if asks { Some(ask(RecordType::Aaaa).await) } else { None }
            };
            let (v6, v4) = dns::both(v6, ask(RecordType::A)).await;
            joined(v6, v4)
        })
    }

    /// What the system is asked for first: both families, or IPv4 where the browser does not ask for what it cannot reach.
    fn first_family(&self) -> Family {
        let policy = &self.shared.tls.profile().dns;
        let knows = policy.records.is_some() && !policy.always_asks_ipv6;
        if knows && !reaches_ipv6(&self.reactor) { Family::Ipv4 } else { Family::Both }
    }

    /// Begins to ask for the HTTPS records of a host, if it is one that has a name server.
    fn begin_records(&self, knower: Knower, host: &str, port: u16, scheme: Scheme) -> Option<Begun> {
        let own = Name::of_host(host).filter(|_| is_public(host))?;
        let default = if scheme == Scheme::Http { 80 } else { 443 };
        // RFC 9460 9.1.
        let name = if port == default { Some(own) } else { own.below(&format!("_{port}._https")) }?;
        let (reactor, over_https, shared) = (&self.reactor, &self.over_https, &self.shared);
        Some(self.records.begin((knower, name), |name| {
            let (reactor, over_https, shared) = (Rc::clone(reactor), over_https.clone(), Arc::clone(shared));
            let host = host.to_owned();
            Box::pin(async move {
                let around = around(&reactor).await;
                let servers = match &shared.options.name_servers {
                    NameServers::System => around.servers.clone(),
                    NameServers::Plain(servers) => Arc::clone(servers),
                    NameServers::OverHttps(_) => Arc::default(),
                };
                if around.hosts(&host).is_some() {
                    return Err(Unanswered::Silence);
                }
                ask_servers(&reactor, over_https.as_deref(), &servers, &name, RecordType::Https).await
            })
        }))
    }

    fn cached(&self, name: &(Knower, String)) -> Option<Vec<IpAddr>> {
        self.cache.borrow().get(name, self.reactor.now()).cloned()
    }
}

/// Whether a name is one that name servers of the system are asked for beside it: not one of this network (RFC 6762), nor one that
/// needs a network of its own (RFC 7686), nor one that the system completes.
fn is_public(host: &str) -> bool {
    let name = host.trim_end_matches('.');
    let last = name.rsplit_once('.').map(|(_, last)| last);
    last.is_some_and(|last| !["local", "onion", "alt"].iter().any(|other| last.eq_ignore_ascii_case(other)))
}

/// Asks over https if there is a carrier, else the servers.
async fn ask_servers(
    reactor: &Rc<Reactor>,
    over_https: Option<&dyn OverHttps>,
    servers: &[SocketAddr],
    name: &Name,
    kind: RecordType,
) -> Result<dns::Said, Unanswered> {
    match over_https {
        Some(carrier) => dns::ask_over_https(carrier, name, kind).await,
        None => dns::ask(reactor, servers, name, kind).await,
    }
}

/// What files of the system say, read on a thread that may wait for the disk.
async fn around(reactor: &Rc<Reactor>) -> dns::Around {
    let (sender, around) = oneshot::channel();
    reactor.work(move || {
        let _ = sender.send(dns::look_around());
    });
    around.await.unwrap_or_default()
}

/// Whether this machine has a way to the IPv6 internet: nothing is sent, the system is only asked for a route.
fn reaches_ipv6(reactor: &Reactor) -> bool {
    reactor.datagrams(SocketAddr::new(limits::IPV6_PROBE.into(), limits::DNS_PORT), 0).is_ok()
}

/// Addresses of both kinds, IPv6 first; an answer without any and a failure are one or the other.
fn joined(
    v6: Option<Result<dns::Said, Unanswered>>,
    v4: Result<dns::Said, Unanswered>,
) -> Result<(Vec<IpAddr>, Duration), Error> {
    let (mut addresses, mut time, mut failure) = (Vec::new(), u32::MAX, None);
    for answer in v6.into_iter().chain([v4]) {
        match answer {
            Ok(answer) if answer.addresses.is_empty() => {}
            Ok(answer) => {
                time = time.min(answer.ttl);
                addresses.extend(answer.addresses);
            }
            Err(unanswered) => failure = Some(unanswered),
        }
    }
    addresses.truncate(limits::ADDRESSES_MAX);
    match (addresses.is_empty(), failure) {
        (false, _) => Ok((addresses, Duration::from_secs(time.into()))),
        (true, None) => Err(not_found("the name has no address")),
        (true, Some(Unanswered::Silence)) => Err(failed("EAI_AGAIN", "the name servers did not answer")),
        (true, Some(Unanswered::Refused)) => Err(failed("EAI_FAIL", "the name server failed")),
        (true, Some(Unanswered::Unreadable(error))) => Err(failed("EAI_FAIL", &error.to_string())),
    }
}

/// Addresses that need no lookup: overrides first, then literals, then the loopback names (RFC 6761 6.3).
pub(super) fn known(host: &str, port: u16, overrides: &HashMap<String, Vec<DialTarget>>) -> Option<Vec<SocketAddr>> {
    if let Some(addresses) = of_host(overrides, host, port) {
        let socket = |target: &DialTarget| SocketAddr::new(target.address, target.port.unwrap_or(port));
        return Some(addresses.iter().map(socket).collect());
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        return Some(vec![SocketAddr::new(address, port)]);
    }
    let name = host.trim_end_matches('.');
    let tail = name.get(name.len().saturating_sub(10)..).unwrap_or_default();
    if name.eq_ignore_ascii_case("localhost") || tail.eq_ignore_ascii_case(".localhost") {
        let loopback: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        return Some(loopback.map(|address| SocketAddr::new(address, port)).to_vec());
    }
    None
}

/// Asks where it may block.
fn ask_on_thread(reactor: &Rc<Reactor>, ask: impl FnOnce() -> Result<Vec<IpAddr>, Error> + Send + 'static) -> Question {
    let reactor = Rc::clone(reactor);
    Box::pin(async move {
        let (sender, answer) = oneshot::channel();
        reactor.work(move || {
            let _ = sender.send(ask());
        });
        let addresses = answer.await.map_err(|_| Error::internal(Phase::Resolve))??;
        Ok((addresses, limits::DNS_CACHE_TTL))
    })
}

/// What the caller gave for a host and port, or for the host.
pub(super) fn of_host<'a, T>(given: &'a HashMap<String, T>, host: &str, port: u16) -> Option<&'a T> {
    if given.is_empty() {
        return None;
    }
    let name = host.to_ascii_lowercase();
    let name_and_port = if host.contains(':') { format!("[{name}]:{port}") } else { format!("{name}:{port}") };
    given.get(&name_and_port).or_else(|| given.get(&name))
}

/// Kinds of addresses that the system is asked for.
#[derive(Clone, Copy)]
enum Family {
    Both,
    Ipv4,
}

/// What has IPv6 addresses only may be in this network, without a way to the internet: they are asked for where there are no others.
fn ask_system(host: &str, family: Family) -> Result<Vec<IpAddr>, Error> {
    match family {
        Family::Ipv4 => match ask_system_for(host, AddrFamily::Inet.into()) {
            Err(error) if error.code == codes::DNS_NOT_FOUND => ask_system_for(host, 0),
            found => found,
        },
        Family::Both => ask_system_for(host, 0),
    }
}

/// `family` is the system's number; 0: any.
fn ask_system_for(host: &str, family: i32) -> Result<Vec<IpAddr>, Error> {
    let hints = AddrInfoHints { socktype: SockType::Stream.into(), address: family, ..AddrInfoHints::default() };
    let found = dns_lookup::getaddrinfo(Some(host), None, Some(hints)).map_err(|error| match error.kind() {
        LookupErrorKind::NoName | LookupErrorKind::NoData => not_found("the name has no address"),
        LookupErrorKind::Again => failed("EAI_AGAIN", "the name servers did not answer"),
        LookupErrorKind::Fail => failed("EAI_FAIL", "the name server failed"),
        _ => failed("EAI_FAIL", "the lookup failed"),
    })?;
    let mut addresses = Vec::new();
    for entry in found.flatten() {
        let address = entry.sockaddr.ip();
        if !addresses.contains(&address) {
            addresses.push(address);
        }
        if addresses.len() == limits::ADDRESSES_MAX {
            break;
        }
    }
    if addresses.is_empty() { Err(not_found("the name has no address")) } else { Ok(addresses) }
}

fn not_found(detail: &str) -> Error {
    Error::new(codes::DNS_NOT_FOUND, Phase::Resolve).with_node_code("ENOTFOUND").with_detail(detail)
}

fn failed(node_code: &'static str, detail: &str) -> Error {
    Error::new(codes::DNS_FAILED, Phase::Resolve).with_node_code(node_code).with_detail(detail)
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use std::cell::Cell;
    use std::future::poll_fn;
    use std::pin::{Pin, pin};
    use std::sync::mpsc;
    use std::task::Poll;
    use std::time::Instant;

    use super::*;
    use crate::reactor::{self, Called, Owner};
    use crate::tls_setup::TlsSetup;
    use crate::transport_options::TransportOptions;

    struct Nobody;

    impl Called for Nobody {
        fn due(&self, _: Owner, _: Instant) {}

        fn resume(&self, _: u64) {}
    }

    /// Runs a test on a loop of its own.
    fn run<F: Future<Output = ()> + 'static>(test: impl FnOnce(Rc<Reactor>) -> F) {
        let ended = Rc::new(Cell::new(false));
        let ran = reactor::run(
            || {},
            |reactor| {
                let (test, ended) = (test(Rc::clone(reactor)), Rc::clone(&ended));
                let task = async move {
                    test.await;
                    ended.set(true);
                };
                (Rc::new(Nobody), Box::pin(task))
            },
        );
        assert!(ran.is_ok() && ended.get(), "it has panicked");
    }

    fn resolver(reactor: &Rc<Reactor>) -> Resolver {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../profiles/data/chrome/chrome_156.json");
        let document: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(file).expect("a profile")).expect("JSON");
        let part = ["name", "tls", "http2", "http1"].map(|key| (key.to_owned(), document[key].clone()));
        let options = TransportOptions::new(serde_json::Value::Object(part.into_iter().collect()).to_string());
        let tls = TlsSetup::new(&options).expect("the options are good");
        Resolver::new(reactor, &Arc::new(Shared::new(1, options, tls)), None)
    }

    fn of_nobody(name: &str) -> (Knower, String) {
        (Knower::default(), name.to_owned())
    }

    async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
        poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
    }

    /// A system that answers when it is let, and says each time that it was asked.
    fn system(
        reactor: &Rc<Reactor>,
        asked: &mpsc::Sender<()>,
        go: mpsc::Receiver<Result<Vec<IpAddr>, Error>>,
    ) -> impl FnOnce(&str) -> Question + use<> {
        let (asked, reactor) = (asked.clone(), Rc::clone(reactor));
        move |_| {
            ask_on_thread(&reactor, move || {
                asked.send(()).expect("the test listens");
                go.recv().expect("the test answers")
            })
        }
    }

    #[test]
    fn connections_to_one_host_share_a_lookup_and_its_failure() {
        run(|reactor| async move {
            let resolver = resolver(&reactor);
            for answer in [Err(not_found("none")), Ok(vec![IpAddr::from([10, 0, 0, 1])])] {
                let (asked, questions) = mpsc::channel();
                let (answers, go) = mpsc::channel();
                let mut first = pin!(resolver.shared(of_nobody("name"), system(&reactor, &asked, go)));
                let mut second = pin!(resolver.shared(of_nobody("name"), system(&reactor, &asked, mpsc::channel().1)));
                // Both have asked before the system answers: a future asks when it is polled first.
                assert!(poll_once(first.as_mut()).await.is_pending() && poll_once(second.as_mut()).await.is_pending());
                answers.send(answer.clone()).expect("it is waited for");
                assert!(first.await == answer && second.await == answer);
                drop(asked);
                assert_eq!(questions.iter().count(), 1);
            }
            assert_eq!(resolver.cached(&of_nobody("name")), Some(vec![IpAddr::from([10, 0, 0, 1])]));
        });
    }

    #[test]
    fn names_whose_servers_hang_keep_no_other_transport_waiting() {
        run(|reactor| async move {
            let (asked, questions) = mpsc::channel();
            let hanging = resolver(&reactor);
            let mut held = Vec::new();
            for number in 0..=limits::LOOKUPS_PER_TRANSPORT {
                let (answers, go) = mpsc::channel();
                held.push((
                    answers,
                    hanging.question(&of_nobody(&format!("hangs-{number}")), system(&reactor, &asked, go)),
                ));
            }
            let (answers, go) = mpsc::channel();
            answers.send(Ok(vec![IpAddr::from([10, 0, 0, 3])])).expect("kept");
            let other = resolver(&reactor).shared(of_nobody("other"), system(&reactor, &asked, go)).await;
            assert!(other == Ok(vec![IpAddr::from([10, 0, 0, 3])]));
            // All but the last of those that hang were asked, and that one when there is room.
            let (last, mut waiting) = held.pop().expect("one more than fits");
            let (first, mut answered) = held.swap_remove(0);
            assert_eq!(questions.iter().take(limits::LOOKUPS_PER_TRANSPORT + 1).count(), held.len() + 2);
            assert!(questions.try_recv().is_err());
            last.send(Err(not_found("gone"))).expect("kept");
            first.send(Err(not_found("gone"))).expect("it is asked");
            answered.wait_for(Option::is_some).await.expect("an answer");
            waiting.wait_for(Option::is_some).await.expect("an answer");
            for (answers, _) in held {
                answers.send(Err(not_found("gone"))).expect("it is asked");
            }
        });
    }

    #[test]
    fn an_answer_that_nobody_waited_for_is_not_taken_for_a_later_one() {
        run(|reactor| async move {
            let resolver = resolver(&reactor);
            let (asked, questions) = mpsc::channel();
            let (answers, go) = mpsc::channel();
            let mut given_up = resolver.question(&of_nobody("name"), system(&reactor, &asked, go));
            answers.send(Err(not_found("gone"))).expect("it is asked");
            given_up.wait_for(Option::is_some).await.expect("an answer");
            let (answers, go) = mpsc::channel();
            answers.send(Ok(vec![IpAddr::from([10, 0, 0, 2])])).expect("kept");
            let later = resolver.shared(of_nobody("name"), system(&reactor, &asked, go)).await;
            assert!(later == Ok(vec![IpAddr::from([10, 0, 0, 2])]));
            drop(asked);
            assert_eq!(questions.iter().count(), 2);
        });
    }
}
