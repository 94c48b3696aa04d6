//! Exchanges with hosts whose name Encrypted ClientHello hides, against servers with and without keys on real sockets.

#![allow(clippy::expect_used, clippy::unwrap_used)]

#[path = "tls_support/ech_keys.rs"]
mod ech_keys;
mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use boring::ssl::{NameType, SslAcceptor};
use bytes::Bytes;
use ech_keys::EchKeys;
use foreign_types_shared::ForeignTypeRef;
use support::client::{Answer, assert_empty, chrome, eventually, fetch, firefox, profile, start, transport_with};
use support::early::{Tee, acceptor as early_acceptor, answer, records, went_early};
use support::peer::Peer;
use support::tls_server::{Authority, accept};
use wiretwin_engine::tls::{EchOutcome, codes};
use wiretwin_engine::{ExchangeRequest, Phase, RequestBody, Scheme, Transport, TransportOptions, TrustStore};

const HOST: &str = "www.mirror.test";
const COVER: &str = "cover.example";

/// A server for `names` with these keys, if any.
fn acceptor(keys: Option<&EchKeys>, protocols: &[&str], names: &[&str]) -> SslAcceptor {
    let acceptor = Authority::shared().acceptor(names, protocols);
    if let Some(keys) = keys {
        keys.install(acceptor.context().as_ptr());
    }
    acceptor
}

/// The names that its connections show, or hide where they are understood; empty where the client breaks off. A refusal of
/// the server's is told after the handshake.
#[derive(Clone, Default)]
struct Names(Arc<Mutex<Vec<String>>>);

impl Names {
    fn sorted(&self) -> Vec<String> {
        let mut names = self.0.lock().unwrap().clone();
        names.sort();
        names
    }
}

/// Serves each connection by what `of` says for its number.
fn peer(of: impl Fn(usize) -> SslAcceptor + Send + Sync + 'static) -> (Peer, Names) {
    let names = Names::default();
    let seen = names.clone();
    let peer = Peer::start(move |stream, number| {
        let accepted = accept(&of(number), Tee(stream, Arc::default()));
        let name = accepted.as_ref().and_then(|stream| stream.ssl().servername(NameType::HOST_NAME));
        seen.0.lock().unwrap().push(name.unwrap_or_default().to_owned());
        if let Some(stream) = accepted {
            answer(stream, "body");
        }
    });
    (peer, names)
}

fn trusting(options: &mut TransportOptions, list: Vec<u8>) {
    options.trust_store = TrustStore::None;
    options.ca = vec![Authority::shared().pem()];
    options.resolve.insert(HOST.into(), vec!["127.0.0.1".parse().expect("literal")]);
    options.ech.configs.insert(HOST.into(), list.into());
}

fn client(profile: String, list: Vec<u8>) -> Arc<Transport> {
    transport_with(|options| {
        options.profile = profile;
        trusting(options, list);
    })
}

fn get(port: u16) -> ExchangeRequest {
    ExchangeRequest::new("GET", Scheme::Https, HOST, port, "/")
}

fn outcome(answer: &Answer) -> EchOutcome {
    answer.info.connection.tls.as_ref().expect("TLS").ech
}

#[test]
fn the_server_reads_the_name_over_both_protocols() {
    for protocol in ["h2", "http/1.1"] {
        for profile in [chrome(), firefox()] {
            let keys = Arc::new(EchKeys::new(COVER, 0));
            let list = keys.list();
            let shared = acceptor(Some(&keys), &[protocol], &[HOST]);
            let (peer, names) = peer(move |_| shared.clone());
            let transport = client(profile, list);
            for _ in 0..2 {
                let mut request = get(peer.port());
                request.new_connection = true;
                let answer = fetch(&transport, request).expect("answered");
                assert_eq!((answer.text().as_str(), outcome(&answer)), ("body", EchOutcome::Accepted));
            }
            transport.close(None);
            assert_empty(&transport);
            eventually("both have ended", || peer.ended() == 2);
            assert_eq!(names.sorted(), [HOST, HOST]);
        }
    }
}

#[test]
fn new_keys_of_the_server_cost_one_connection_and_no_request() {
    for protocol in ["h2", "http/1.1"] {
        for profile in [chrome(), firefox()] {
            let keys = EchKeys::new(COVER, 0);
            let shared = acceptor(Some(&keys), &[protocol], &[HOST, COVER]);
            let (peer, names) = peer(move |_| shared.clone());
            let transport = client(profile, EchKeys::new(COVER, 0).list());
            let mut request = ExchangeRequest { method: Bytes::from_static(b"POST"), ..get(peer.port()) };
            request.body = RequestBody::Bytes(Bytes::from_static(b"once"));
            let answer = fetch(&transport, request).expect("answered");
            assert_eq!((answer.text().as_str(), outcome(&answer)), ("body", EchOutcome::Accepted));
            // The next request uses the connection.
            assert!(fetch(&transport, get(peer.port())).expect("answered").info.reused);
            transport.close(None);
            assert_empty(&transport);
            eventually("both have ended", || peer.ended() == 2);
            assert_eq!(names.sorted(), [COVER, HOST]);
        }
    }
}

#[test]
fn a_server_without_keys_gets_the_name_after_it_has_proved_itself() {
    for profile in [chrome(), firefox()] {
        let shared = acceptor(None, &["h2"], &[HOST, COVER]);
        let (peer, names) = peer(move |_| shared.clone());
        let transport = client(profile, EchKeys::new(COVER, 0).list());
        let answer = fetch(&transport, get(peer.port())).expect("answered");
        assert_eq!(outcome(&answer), EchOutcome::Rejected);
        transport.close(None);
        assert_empty(&transport);
        eventually("both have ended", || peer.ended() == 2);
        assert_eq!(names.sorted(), [COVER, HOST]);
    }
}

#[test]
fn it_gives_up_after_the_second_refusal() {
    for profile in [chrome(), firefox()] {
        // Other keys for each connection: what the first one was given is stale on the second.
        let (peer, names) = peer(|_| acceptor(Some(&EchKeys::new(COVER, 0)), &["h2"], &[HOST, COVER]));
        let transport = client(profile, EchKeys::new(COVER, 0).list());
        let error = fetch(&transport, get(peer.port())).unwrap_err();
        assert_eq!((error.code, error.phase, error.replayable), (codes::ECH_REJECTED, Phase::Tls, true));
        transport.close(None);
        assert_empty(&transport);
        eventually("both have ended", || peer.ended() == 2);
        assert_eq!((peer.accepted(), names.sorted()), (2, vec![COVER.to_owned(); 2]));
    }
}

#[test]
fn a_refusal_by_a_stranger_shows_no_name() {
    for keys in [true, false] {
        let (peer, names) = peer(move |_| acceptor(keys.then(|| EchKeys::new(COVER, 0)).as_ref(), &["h2"], &[HOST]));
        let transport = client(chrome(), EchKeys::new(COVER, 0).list());
        let error = fetch(&transport, get(peer.port())).unwrap_err();
        assert_eq!((error.code, error.phase), (codes::ECH_PUBLIC_NAME, Phase::Tls));
        transport.close(None);
        assert_empty(&transport);
        eventually("it has ended", || peer.ended() == 1);
        assert_eq!((peer.accepted(), names.sorted()), (1, vec![String::new()]));
    }
}

#[test]
fn a_list_that_cannot_be_read_fails_before_a_byte_or_is_nothing() {
    let shared = acceptor(None, &["h2"], &[HOST]);
    let bytes = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&bytes);
    let (peer, _) = peer(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        shared.clone()
    });
    let error = fetch(&client(chrome(), vec![1, 2, 3]), get(peer.port())).unwrap_err();
    assert_eq!((error.code, error.phase), (codes::ECH_CONFIG, Phase::Tls));
    let answer = fetch(&client(firefox(), vec![1, 2, 3]), get(peer.port())).expect("answered");
    assert_eq!(outcome(&answer), EchOutcome::Grease);
}

#[test]
fn early_data_that_nobody_could_read_is_sent_once_on_the_next_connection() {
    for protocols in [&["h2"][..], &["http/1.1"]] {
        let (old, new) = (EchKeys::new(COVER, 0), EchKeys::new(COVER, 0));
        let list = old.list();
        let of = |keys: &EchKeys| {
            let acceptor = early_acceptor(protocols);
            keys.install(acceptor.context().as_ptr());
            acceptor
        };
        // The first server's certificate is for the host alone, which is enough as long as it reads the name.
        let first = of(&old);
        let second = acceptor(Some(&new), protocols, &[HOST, COVER]);
        let served = Arc::new(AtomicUsize::new(0));
        let early = Arc::<Mutex<Vec<usize>>>::default();
        let (count, seen) = (Arc::clone(&served), Arc::clone(&early));
        let peer = Peer::start(move |stream, number| {
            let copy = Arc::<Mutex<Vec<u8>>>::default();
            let accepted = accept(if number == 0 { &first } else { &second }, Tee(stream, Arc::clone(&copy)));
            if number == 1 {
                let records = records(&copy.lock().unwrap());
                seen.lock().unwrap().push(records.iter().filter(|(kind, _)| *kind == 23).count());
            }
            if let Some(stream) = accepted {
                if stream.ssl().servername(NameType::HOST_NAME) == Some(HOST) {
                    count.fetch_add(1, Ordering::SeqCst);
                }
                answer(stream, "body");
            }
        });
        let transport = client(firefox(), list);
        let fresh = || ExchangeRequest { new_connection: true, ..get(peer.port()) };
        fetch(&transport, fresh()).expect("answered");
        let running = [start(&transport, fresh()), start(&transport, fresh())];
        for one in running {
            let answer = one.finish().expect("answered");
            assert_eq!((answer.text().as_str(), went_early(&answer)), ("body", false));
            assert_eq!(outcome(&answer), EchOutcome::Accepted);
        }
        transport.close(None);
        assert_empty(&transport);
        eventually("all have ended", || peer.ended() == peer.accepted());
        assert_eq!((peer.accepted(), served.load(Ordering::SeqCst)), (5, 3));
        assert!(early.lock().unwrap()[0] > 1, "a record of early data and the alert");
    }
}

#[test]
fn only_grease_is_sent_where_the_caller_or_the_browser_wants_no_more() {
    let keys = EchKeys::new(COVER, 0);
    let list = keys.list();
    let shared = acceptor(Some(&keys), &["h2"], &[HOST]);
    let (peer, _) = peer(move |_| shared.clone());
    let unwilling = transport_with(|options| {
        trusting(options, list.clone());
        options.ech.only_grease = true;
    });
    assert_eq!(outcome(&fetch(&unwilling, get(peer.port())).expect("answered")), EchOutcome::Grease);
    let safari = client(profile("safari/safari_26"), list);
    assert_eq!(outcome(&fetch(&safari, get(peer.port())).expect("answered")), EchOutcome::None);
}
