//! Connections that serve more than one host (RFC 9113 9.1.1), partitions of the pool, and 421.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use bytes::Bytes;
use support::client::{Answer, assert_empty, chrome, fetch, field, firefox, profile, start, transport_with};
use support::h2::{DATA, END_HEADERS, END_STREAM, HEADERS, Server};
use support::peer::Peer;
use support::tls_server::{Authority, accept};
use wiretwin_engine::{
    ExchangeRequest, ProxyKind, ProxyOptions, RequestBody, Scheme, Transport, TransportOptions, TrustStore,
};

const WWW: &str = "www.mirror.test";
const API: &str = "api.mirror.test";

/// `:status: 421` as a literal without indexing.
const STATUS_421: &[u8] = &[8, 3, b'4', b'2', b'1'];

/// Serves HTTP/2 on all loopback addresses, with a certificate for `hosts`.
fn peer_for(hosts: &'static [&'static str]) -> Peer {
    let acceptor = Authority::shared().acceptor(hosts, &["h2"]);
    Peer::start_on("0.0.0.0:0", move |stream, _| {
        let Some(mut server) = accept(&acceptor, stream).and_then(|stream| Server::accept(stream, &[])) else { return };
        server.serve(b"x");
    })
}

/// Answers 421 to the first `refusals` requests; reports the connection of each request.
fn misdirecting_peer(refusals: usize) -> (Peer, Receiver<usize>) {
    let acceptor = Authority::shared().acceptor(&[WWW, API], &["h2"]);
    let (told, connections) = channel();
    let left = std::sync::Mutex::new((refusals, told));
    let peer = Peer::start(move |stream, number| {
        let Some(mut server) = accept(&acceptor, stream).and_then(|stream| Server::accept(stream, &[])) else { return };
        let mut served = 0;
        while let Some(frame) = server.next() {
            if frame.kind != HEADERS && !(frame.kind == DATA && frame.ends_stream()) || !frame.ends_stream() {
                continue;
            }
            served += 1;
            // The first request of the first connection opens it and is welcome.
            let refuse = {
                let mut left = left.lock().unwrap();
                let _ = left.1.send(number);
                let refuse = left.0 > 0 && (number > 0 || served > 1);
                left.0 -= usize::from(refuse);
                refuse
            };
            let sent = if refuse {
                server.send(HEADERS, END_HEADERS | END_STREAM, frame.stream, STATUS_421)
            } else {
                server.answer(frame.stream, b"x")
            };
            if !sent {
                return;
            }
        }
    });
    (peer, connections)
}

fn addresses(options: &mut TransportOptions, host: &str, address: &str) {
    options.resolve.insert(host.into(), vec![address.parse().expect("literal")]);
}

fn trusting(options: &mut TransportOptions) {
    options.trust_store = TrustStore::None;
    options.ca = vec![Authority::shared().pem()];
    for host in [WWW, API, "a.b.mirror.test"] {
        addresses(options, host, "127.0.0.1");
    }
}

fn with(change: impl FnOnce(&mut TransportOptions)) -> Arc<Transport> {
    transport_with(|options| {
        trusting(options);
        change(options);
    })
}

fn to(host: &str, port: u16) -> ExchangeRequest {
    ExchangeRequest::new("GET", Scheme::Https, host, port, "/")
}

fn get(transport: &Transport, host: &str, port: u16) -> Answer {
    fetch(transport, to(host, port)).expect("answered")
}

/// Connections after one request to each host, one after the other.
fn connections(peer: &Peer, transport: &Transport, hosts: &[&str]) -> usize {
    let before = peer.accepted();
    for host in hosts {
        assert_eq!(get(transport, host, peer.port()).text(), "x");
    }
    peer.accepted() - before
}

#[test]
fn a_host_of_the_certificate_at_the_same_address_shares_the_connection() {
    let peer = peer_for(&[WWW, API]);
    for browser in [chrome(), firefox(), profile("okhttp/okhttp_5")] {
        let transport = with(|options| options.profile = browser);
        let before = peer.accepted();
        assert!(!get(&transport, WWW, peer.port()).info.reused);
        for host in [API, WWW, API] {
            assert!(get(&transport, host, peer.port()).info.reused);
        }
        assert_eq!(peer.accepted() - before, 1);
        transport.close(None);
        assert_empty(&transport);
    }
}

#[test]
fn a_wildcard_stands_for_one_label() {
    let peer = peer_for(&["*.mirror.test"]);
    assert_eq!(connections(&peer, &with(|_| {}), &[WWW, API]), 1);
    let transport = with(|_| {});
    get(&transport, WWW, peer.port());
    let error = start(&transport, to("a.b.mirror.test", peer.port())).error();
    assert!(error.code.starts_with("ERR_TLS_CERT_"), "{error}");
}

#[test]
fn a_certificate_that_does_not_name_the_host_is_not_for_it() {
    let peer = peer_for(&[WWW]);
    let transport = with(|_| {});
    get(&transport, WWW, peer.port());
    let error = start(&transport, to(API, peer.port())).error();
    assert!(error.code.starts_with("ERR_TLS_CERT_"), "{error}");
    assert_eq!(peer.accepted(), 2);
}

#[test]
fn another_address_has_a_connection_of_its_own() {
    let peer = peer_for(&[WWW, API]);
    assert_eq!(connections(&peer, &with(|options| addresses(options, API, "127.0.0.2")), &[WWW, API]), 2);
    // Addresses that the caller gives count as well.
    let transport = with(|_| {});
    get(&transport, WWW, peer.port());
    let mut request = to(API, peer.port());
    request.addresses = vec!["127.0.0.2".parse::<IpAddr>().unwrap()];
    let answer = fetch(&transport, request).expect("answered");
    assert_eq!(
        (answer.info.reused, answer.info.connection.endpoints.remote.ip().to_string()),
        (false, "127.0.0.2".into())
    );
}

#[test]
fn addresses_of_a_request_are_dialled_instead_of_a_lookup() {
    let peer = peer_for(&["unknown.invalid"]);
    let transport = with(|_| {});
    let mut request = to("unknown.invalid", peer.port());
    request.addresses = vec!["127.0.0.1".parse::<IpAddr>().unwrap()];
    assert_eq!(fetch(&transport, request).expect("answered").text(), "x");
}

#[test]
fn an_unverified_certificate_speaks_for_no_other_host() {
    let peer = peer_for(&[WWW, API]);
    let transport = with(|options| {
        options.ca.clear();
        options.insecure = true;
    });
    assert_eq!(connections(&peer, &transport, &[WWW, API]), 2);
}

#[test]
fn a_profile_that_does_not_coalesce_opens_a_connection() {
    let peer = peer_for(&[WWW, API]);
    assert_eq!(connections(&peer, &with(|options| options.profile = profile("safari/safari_26")), &[WWW, API]), 2);
}

#[test]
fn a_connection_through_a_proxy_is_not_shared() {
    let peer = peer_for(&[WWW, API]);
    let port = peer.port();
    let proxy = Peer::start(move |mut stream, _| {
        support::peer::read_head(&mut stream).expect("CONNECT");
        std::io::Write::write_all(&mut stream, b"HTTP/1.1 200 OK\r\n\r\n").expect("written");
        let upstream = std::net::TcpStream::connect(("127.0.0.1", port)).expect("connected");
        let (mut down, mut up) = (stream.try_clone().expect("a handle"), upstream.try_clone().expect("a handle"));
        std::thread::spawn(move || std::io::copy(&mut up, &mut down));
        let (mut down, mut up) = (stream, upstream);
        let _ = std::io::copy(&mut down, &mut up);
    });
    let transport = with(|options| {
        options.proxy = Some(ProxyOptions {
            kind: ProxyKind::Http,
            host: "127.0.0.1".into(),
            port: proxy.port(),
            username: None,
            password: None,
            headers: Vec::new(),
        });
    });
    assert_eq!(connections(&peer, &transport, &[WWW, API]), 2);
}

#[test]
fn a_request_without_credentials_shares_only_with_its_like_across_hosts() {
    let peer = peer_for(&[WWW, API]);
    let transport = with(|_| {});
    get(&transport, WWW, peer.port());
    let mut anonymous = to(API, peer.port());
    anonymous.anonymous = true;
    assert!(!fetch(&transport, anonymous.clone()).expect("answered").info.reused);
    anonymous.host = WWW.into();
    assert!(fetch(&transport, anonymous).expect("answered").info.reused);
    assert_eq!(peer.accepted(), 2);
}

/// The local port of the connection that carried each request: host, and whether it carries no credentials.
fn carried(transport: &Transport, port: u16, requests: &[(&str, bool)]) -> Vec<u16> {
    let carry = |(host, anonymous): &(&str, bool)| {
        let mut request = to(host, port);
        request.anonymous = *anonymous;
        fetch(transport, request).expect("answered").info.connection.endpoints.local.port()
    };
    let ports: Vec<_> = requests.iter().map(carry).collect();
    // As numbers in the order of their first use.
    let mut known: Vec<u16> = Vec::new();
    ports
        .into_iter()
        .map(|port| {
            let place = known.iter().position(|each| *each == port).unwrap_or_else(|| {
                known.push(port);
                known.len() - 1
            });
            u16::try_from(place).expect("few") + 1
        })
        .collect()
}

#[test]
fn with_and_without_credentials_share_a_connection_that_has_carried_two_requests() {
    let peer = peer_for(&[WWW, API]);
    let seen = |requests: &[(&str, bool)]| carried(&with(|options| options.profile = firefox()), peer.port(), requests);
    let (page, bare) = ((WWW, false), (WWW, true));
    assert_eq!(seen(&[page, bare, page, bare]), [1, 2, 1, 2]);
    assert_eq!(seen(&[page, page, bare, bare]), [1, 1, 1, 1]);
    assert_eq!(seen(&[bare, page]), [1, 2]);
    assert_eq!(seen(&[bare, bare, page]), [1, 1, 1]);
    // The host's own comes first, then another host's of the same sort.
    assert_eq!(seen(&[page, (API, true), (API, false)]), [1, 2, 1]);
    assert_eq!(seen(&[page, (API, true), (API, true), (API, false)]), [1, 2, 2, 2]);
    assert_eq!(seen(&[page, (API, true), bare]), [1, 2, 2]);
    assert_eq!(seen(&[page, (API, true), bare, bare, page]), [1, 2, 2, 2, 1]);
    assert_eq!(seen(&[(API, true), bare, page]), [1, 1, 1]);
    // Another browser's pool says so with partitions.
    assert_eq!(carried(&with(|_| {}), peer.port(), &[page, bare]), [1, 1]);
}

#[test]
fn with_and_without_credentials_share_no_ticket_and_nothing_over_http1() {
    let peer = peer_for(&[WWW]);
    let transport = with(|options| options.profile = firefox());
    for anonymous in [false, true] {
        let mut request = to(WWW, peer.port());
        request.anonymous = anonymous;
        let answer = fetch(&transport, request).expect("answered");
        assert!(!answer.info.connection.tls.as_ref().expect("TLS").resumed && !answer.info.reused);
    }
    let plain = Peer::start(|mut stream, _| {
        while support::peer::read_head(&mut stream).is_some() {
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
            if std::io::Write::write_all(&mut stream, answer).is_err() {
                return;
            }
        }
    });
    let transport = with(|options| options.profile = firefox());
    let reused = [false, false, true, true].map(|anonymous| {
        let mut request = ExchangeRequest::new("GET", Scheme::Http, WWW, plain.port(), "/");
        request.anonymous = anonymous;
        fetch(&transport, request).expect("answered").info.reused
    });
    assert_eq!(reused, [false, true, false, true]);
}

#[test]
fn partitions_share_neither_connections_nor_tickets() {
    let peer = peer_for(&[WWW, API]);
    let transport = with(|_| {});
    let mut seen = Vec::new();
    for (partition, host) in [("a", WWW), ("a", API), ("b", WWW), ("b", API), ("a", WWW)] {
        let mut request = to(host, peer.port());
        request.partition = Bytes::from_static(partition.as_bytes());
        let answer = fetch(&transport, request).expect("answered");
        assert!(!answer.info.connection.tls.as_ref().expect("TLS").resumed);
        seen.push(answer.info.reused);
    }
    assert_eq!(seen, [false, true, false, true, true]);
    let mut request = to(WWW, peer.port());
    request.new_connection = true;
    request.partition = Bytes::from_static(b"a");
    assert!(fetch(&transport, request).expect("answered").info.connection.tls.as_ref().expect("TLS").resumed);
}

#[test]
fn both_hosts_leave_a_connection_that_ends() {
    let acceptor = Authority::shared().acceptor(&[WWW, API], &["h2"]);
    let peer = Peer::start(move |stream, number| {
        let Some(mut server) = accept(&acceptor, stream).and_then(|stream| Server::accept(stream, &[])) else { return };
        if number > 0 {
            return server.serve(b"x");
        }
        for _ in 0..2 {
            let request = server.next_request().expect("a request");
            server.answer(request.stream, b"x");
        }
        let request = server.next_request().expect("a third request");
        server.go_away(request.stream - 2, 0);
        while server.next().is_some() {}
    });
    let transport = with(|_| {});
    assert_eq!(connections(&peer, &transport, &[WWW, API, API, WWW]), 2);
}

#[test]
fn a_421_over_a_shared_connection_is_retried_once_on_its_own() {
    let (peer, seen) = misdirecting_peer(1);
    let transport = with(|_| {});
    for host in [WWW, API, API, WWW] {
        assert_eq!(get(&transport, host, peer.port()).status(), 200);
    }
    assert_eq!(seen.try_iter().collect::<Vec<_>>(), [0, 0, 1, 1, 0]);
    let (peer, seen) = misdirecting_peer(9);
    let transport = with(|_| {});
    let answers = [WWW, API].map(|host| get(&transport, host, peer.port()).status());
    assert_eq!((answers, seen.try_iter().collect::<Vec<_>>()), ([200, 421], vec![0, 0, 1]));
}

#[test]
fn a_421_on_the_hosts_own_connection_follows_the_profile() {
    for (browser, places) in [
        (chrome(), vec![0, 0, 0, 0]),
        (firefox(), vec![0, 0, 1, 2]),
        (profile("okhttp/okhttp_5"), vec![0, 0, 0]),
        (profile("safari/safari_26"), vec![0, 0, 0]),
    ] {
        let (peer, seen) = misdirecting_peer(1);
        let transport = with(|options| options.profile = browser);
        for _ in 0..3 {
            get(&transport, WWW, peer.port());
        }
        assert_eq!(seen.try_iter().collect::<Vec<_>>(), places);
    }
}

#[test]
fn a_421_is_retried_with_its_body_unless_a_stream_has_lost_bytes_or_replays_are_off() {
    let post = |port, body| {
        let mut request = to(API, port);
        request.method = Bytes::from_static(b"POST");
        request.fields.push(field("Content-Length", "4"));
        request.body = body;
        request
    };
    let (peer, _seen) = misdirecting_peer(3);
    let transport = with(|_| {});
    get(&transport, WWW, peer.port());
    let stream = start(&transport, post(peer.port(), RequestBody::Stream { length: Some(4) }));
    stream.handle.write(Bytes::from_static(b"body"));
    stream.handle.end(Vec::new());
    assert_eq!(stream.finish().expect("delivered").status(), 421);
    let mut request = post(peer.port(), RequestBody::Bytes(Bytes::from_static(b"body")));
    request.replay = false;
    assert_eq!(fetch(&transport, request.clone()).expect("delivered").status(), 421);
    request.replay = true;
    assert_eq!(fetch(&transport, request).expect("retried").status(), 200);
}
