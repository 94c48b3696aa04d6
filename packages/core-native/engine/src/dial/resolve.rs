//! Name lookup: literals, `localhost`, overrides, cache, then the system.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use dns_lookup::{AddrInfoHints, LookupErrorKind, SockType};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::error::{Error, codes};
use crate::limits;
use crate::phase::Phase;
use crate::reactor::Reactor;
use crate::transport_options::DialTarget;

/// Longest host name that is looked up (RFC 1035 2.3.4).
const NAME_MAX: usize = 253;

/// What the system says of a name; `None` as long as it has not said anything.
type Answer = Option<Result<Vec<IpAddr>, Error>>;

/// Looked-up names of one transport. Failures are not remembered.
pub(crate) struct Resolver {
    reactor: Rc<Reactor>,
    cache: RefCell<HashMap<String, (Instant, Vec<IpAddr>)>>,
    /// Names that the system is being asked for: several connections to one host wait for one answer.
    asked: RefCell<HashMap<String, watch::Receiver<Answer>>>,
    /// What it may ask at the same time.
    threads: Arc<Semaphore>,
}

impl Resolver {
    pub(crate) fn new(reactor: &Rc<Reactor>) -> Self {
        let threads = Arc::new(Semaphore::new(limits::LOOKUPS_PER_TRANSPORT));
        Self { reactor: Rc::clone(reactor), cache: RefCell::default(), asked: RefCell::default(), threads }
    }

    /// Addresses of `host`, at least one.
    pub(crate) async fn lookup(
        &self,
        host: &str,
        port: u16,
        overrides: &HashMap<String, Vec<DialTarget>>,
    ) -> Result<Vec<SocketAddr>, Error> {
        if let Some(sockets) = known(host, port, overrides) {
            return if sockets.is_empty() { Err(not_found("no address was given for this host")) } else { Ok(sockets) };
        }
        let with_port = |addresses: Vec<IpAddr>| addresses.into_iter().map(|one| SocketAddr::new(one, port)).collect();
        if let Some(addresses) = self.cached(host) {
            return Ok(with_port(addresses));
        }
        if host.is_empty() || host.len() > NAME_MAX || host.contains('\0') {
            return Err(not_found("not a host name"));
        }
        self.shared(host, ask_system).await.map(with_port)
    }

    /// Waits for the answer to a question that is under way, or asks it. Who stops waiting takes it from nobody.
    async fn shared(
        &self,
        host: &str,
        ask: impl FnOnce(&str) -> Result<Vec<IpAddr>, Error> + Send + 'static,
    ) -> Result<Vec<IpAddr>, Error> {
        let mut answer = self.question(host, ask);
        let answered = answer.wait_for(Option::is_some).await.map(|answer| answer.clone());
        let own = |asked: &watch::Receiver<Answer>| asked.same_channel(&answer);
        let mut asked = self.asked.borrow_mut();
        if asked.get(host).is_some_and(own) {
            asked.remove(host);
        }
        drop(asked);
        let addresses = answered.ok().flatten().ok_or_else(|| Error::internal(Phase::Resolve))??;
        self.remember(host, &addresses);
        Ok(addresses)
    }

    fn question(
        &self,
        host: &str,
        ask: impl FnOnce(&str) -> Result<Vec<IpAddr>, Error> + Send + 'static,
    ) -> watch::Receiver<Answer> {
        let mut asked = self.asked.borrow_mut();
        // An answer that is still here had nobody left to take it.
        asked.retain(|_, answer| answer.borrow().is_none());
        if let Some(answer) = asked.get(host) {
            return answer.clone();
        }
        let (sender, answer) = watch::channel(None);
        let name = host.to_owned();
        let ask = move || sender.send_replace(Some(ask(&name)));
        match Arc::clone(&self.threads).try_acquire_owned() {
            Ok(thread) => ask_on(&self.reactor, thread, ask),
            Err(_) => {
                let (threads, reactor) = (Arc::clone(&self.threads), Rc::clone(&self.reactor));
                self.reactor.spawn(async move {
                    if let Ok(thread) = threads.acquire_owned().await {
                        ask_on(&reactor, thread, ask);
                    }
                });
            }
        }
        asked.insert(host.to_owned(), answer.clone());
        answer
    }

    fn cached(&self, host: &str) -> Option<Vec<IpAddr>> {
        let cache = self.cache.borrow();
        let (until, addresses) = cache.get(host)?;
        (*until > self.reactor.now()).then(|| addresses.clone())
    }

    fn remember(&self, host: &str, addresses: &[IpAddr]) {
        let now = self.reactor.now();
        let mut cache = self.cache.borrow_mut();
        if cache.len() >= limits::DNS_CACHE_ENTRIES {
            cache.retain(|_, (until, _)| *until > now);
        }
        if cache.len() < limits::DNS_CACHE_ENTRIES {
            cache.insert(host.to_owned(), (now + limits::DNS_CACHE_TTL, addresses.to_vec()));
        }
    }
}

/// Addresses that need no lookup: overrides first, then literals, then the loopback names (RFC 6761 6.3).
pub(super) fn known(host: &str, port: u16, overrides: &HashMap<String, Vec<DialTarget>>) -> Option<Vec<SocketAddr>> {
    if !overrides.is_empty() {
        let name = host.to_ascii_lowercase();
        let name_and_port = if host.contains(':') { format!("[{name}]:{port}") } else { format!("{name}:{port}") };
        if let Some(addresses) = overrides.get(&name_and_port).or_else(|| overrides.get(&name)) {
            let socket = |target: &DialTarget| SocketAddr::new(target.address, target.port.unwrap_or(port));
            return Some(addresses.iter().map(socket).collect());
        }
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

/// Asks on a thread, which is free for the next question then.
fn ask_on(reactor: &Reactor, thread: OwnedSemaphorePermit, ask: impl FnOnce() -> Answer + Send + 'static) {
    reactor.work(move || {
        ask();
        drop(thread);
    });
}

fn ask_system(host: &str) -> Result<Vec<IpAddr>, Error> {
    let hints = AddrInfoHints { socktype: SockType::Stream.into(), ..AddrInfoHints::default() };
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

    use super::*;
    use crate::reactor::{self, Called, Owner};

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

    async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
        poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
    }

    /// A system that answers when it is let, and says each time that it was asked.
    fn system(
        asked: &mpsc::Sender<()>,
        go: mpsc::Receiver<Result<Vec<IpAddr>, Error>>,
    ) -> impl FnOnce(&str) -> Result<Vec<IpAddr>, Error> + Send + 'static {
        let asked = asked.clone();
        move |_| {
            asked.send(()).expect("the test listens");
            go.recv().expect("the test answers")
        }
    }

    #[test]
    fn connections_to_one_host_share_a_lookup_and_its_failure() {
        run(|reactor| async move {
            let resolver = Resolver::new(&reactor);
            for answer in [Err(not_found("none")), Ok(vec![IpAddr::from([10, 0, 0, 1])])] {
                let (asked, questions) = mpsc::channel();
                let (answers, go) = mpsc::channel();
                let mut first = pin!(resolver.shared("name", system(&asked, go)));
                let mut second = pin!(resolver.shared("name", system(&asked, mpsc::channel().1)));
                // Both have asked before the system answers: a future asks when it is polled first.
                assert!(poll_once(first.as_mut()).await.is_pending() && poll_once(second.as_mut()).await.is_pending());
                answers.send(answer.clone()).expect("it is waited for");
                assert!(first.await == answer && second.await == answer);
                drop(asked);
                assert_eq!(questions.iter().count(), 1);
            }
            assert_eq!(resolver.cached("name"), Some(vec![IpAddr::from([10, 0, 0, 1])]));
        });
    }

    #[test]
    fn names_whose_servers_hang_keep_no_other_transport_waiting() {
        run(|reactor| async move {
            let (asked, questions) = mpsc::channel();
            let hanging = Resolver::new(&reactor);
            let mut held = Vec::new();
            for number in 0..=limits::LOOKUPS_PER_TRANSPORT {
                let (answers, go) = mpsc::channel();
                held.push((answers, hanging.question(&format!("hangs-{number}"), system(&asked, go))));
            }
            let (answers, go) = mpsc::channel();
            answers.send(Ok(vec![IpAddr::from([10, 0, 0, 3])])).expect("kept");
            let other = Resolver::new(&reactor).shared("other", system(&asked, go)).await;
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
            let resolver = Resolver::new(&reactor);
            let (asked, questions) = mpsc::channel();
            let (answers, go) = mpsc::channel();
            let mut given_up = resolver.question("name", system(&asked, go));
            answers.send(Err(not_found("gone"))).expect("it is asked");
            given_up.wait_for(Option::is_some).await.expect("an answer");
            let (answers, go) = mpsc::channel();
            answers.send(Ok(vec![IpAddr::from([10, 0, 0, 2])])).expect("kept");
            let later = resolver.shared("name", system(&asked, go)).await;
            assert!(later == Ok(vec![IpAddr::from([10, 0, 0, 2])]));
            drop(asked);
            assert_eq!(questions.iter().count(), 2);
        });
    }
}
