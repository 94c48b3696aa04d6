//! HTTP over TLS over real sockets.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use boring::ssl::SslAcceptor;
use bytes::Bytes;
use support::client::{Answer, Running, assert_empty, chrome, fetch, field, firefox, profile, start, transport_with};
use support::h2::Server;
use support::peer::{Peer, serve};
use support::tls_server::{Authority, accept};
use wiretwin_engine::{ExchangeRequest, Protocols, RequestBody, Scheme, Transport, TransportOptions, TrustStore};

fn trusting(options: &mut TransportOptions) {
    options.trust_store = TrustStore::None;
    options.ca = vec![Authority::shared().pem()];
    options.resolve.insert("www.mirror.test".into(), vec!["127.0.0.1".parse().expect("literal")]);
}

fn trusting_transport() -> Arc<Transport> {
    transport_with(trusting)
}

fn get(port: u16) -> ExchangeRequest {
    ExchangeRequest::new("GET", Scheme::Https, "www.mirror.test", port, "/")
}

fn acceptor(protocols: &[&str]) -> SslAcceptor {
    Authority::shared().acceptor(&["www.mirror.test"], protocols)
}

/// Serves HTTP/2 or HTTP/1.1, whatever the handshake chose.
fn secure_peer(protocols: &'static [&'static str], body: &'static str) -> Peer {
    let acceptor = acceptor(protocols);
    Peer::start(move |stream, _| {
        let Some(mut stream) = accept(&acceptor, stream) else { return };
        if stream.ssl().selected_alpn_protocol() == Some(b"h2") {
            if let Some(mut server) = Server::accept(stream, &[]) {
                server.serve(body.as_bytes());
            }
        } else {
            serve(&mut stream, body);
        }
    })
}

#[test]
fn a_browser_talks_http2_where_it_can() {
    let peer = secure_peer(&["h2", "http/1.1"], "over h2");
    for profile in [chrome(), firefox()] {
        let transport = transport_with(|options| {
            options.profile = profile;
            trusting(options);
        });
        for round in 0..50 {
            let answer = fetch(&transport, get(peer.port())).expect("answered");
            assert_eq!((answer.text().as_str(), answer.info.version.as_str()), ("over h2", "2"));
            assert_eq!(answer.info.reused, round > 0);
            let tls = answer.info.connection.tls.as_ref().expect("TLS");
            assert!(tls.verified);
            assert_eq!((tls.version.as_str(), tls.alpn.as_deref()), ("TLSv1.3", Some("h2")));
        }
    }
    assert_eq!(peer.accepted(), 2);
}

#[test]
fn twenty_thousand_requests_at_once_need_one_connection() {
    for browser in [chrome(), profile("safari/safari_26")] {
        let peer = secure_peer(&["h2"], "x");
        let transport = transport_with(|options| {
            options.profile = browser;
            trusting(options);
        });
        let running: Vec<_> = (0..20_000).map(|_| start(&transport, get(peer.port()))).collect();
        let answers: Vec<_> = running.iter().map(|one| one.finish().expect("answered")).collect();
        let local = |answer: &Answer| answer.info.connection.endpoints.local;
        assert!(answers.iter().all(|answer| answer.text() == "x" && local(answer) == local(&answers[0])));
        transport.close(None);
        assert_empty(&transport);
    }
}

/// How many connections requests at once open before the first handshake is answered. `expected`: what it waits for.
fn opened_at_once(browser: String, protocols: &'static [&'static str], requests: usize, expected: usize) -> usize {
    let acceptor = acceptor(protocols);
    let arrived = Arc::new((Mutex::new(0), Condvar::new()));
    let opened = Arc::clone(&arrived);
    let peer = Peer::start(move |stream, _| {
        let (count, changed) = &*arrived;
        *count.lock().expect("counted") += 1;
        changed.notify_all();
        let all = changed.wait_timeout_while(count.lock().expect("counted"), Duration::from_secs(5), |n| *n < expected);
        drop(all);
        let Some(mut stream) = accept(&acceptor, stream) else { return };
        if stream.ssl().selected_alpn_protocol() == Some(b"h2") {
            if let Some(mut server) = Server::accept(stream, &[]) {
                server.serve(b"x");
            }
        } else {
            serve(&mut stream, "x");
        }
    });
    let transport = transport_with(|options| {
        options.profile = browser;
        trusting(options);
    });
    let running: Vec<_> = (0..requests).map(|_| start(&transport, get(peer.port()))).collect();
    for one in running {
        assert_eq!(one.finish().expect("answered").text(), "x");
    }
    transport.close(None);
    assert_empty(&transport);
    let count = opened.0.lock().expect("counted");
    *count
}

#[test]
fn requests_at_once_open_as_many_connections_as_the_browser() {
    let browsers = [chrome(), firefox()];
    for protocols in [&["h2"][..], &["http/1.1"]] {
        for browser in &browsers {
            for (requests, expected) in [(1, 1), (2, 2), (6, 6), (10, 6)] {
                assert_eq!(opened_at_once(browser.clone(), protocols, requests, expected), expected);
            }
        }
    }
    assert_eq!(opened_at_once(profile("safari/safari_26"), &["h2"], 10, 1), 1);
}

#[test]
fn requests_at_once_to_a_known_server_wait_for_one_connection() {
    let peer = secure_peer(&["h2"], "x");
    let first = trusting_transport();
    assert_eq!(fetch(&first, get(peer.port())).expect("answered").text(), "x");
    let tickets = first.export_tickets();
    let transport = trusting_transport();
    transport.import_tickets(&tickets);
    let before = peer.accepted();
    let running: Vec<_> = (0..10).map(|_| start(&transport, get(peer.port()))).collect();
    for one in running {
        assert_eq!(one.finish().expect("answered").text(), "x");
    }
    assert_eq!(peer.accepted() - before, 1);
}

#[test]
fn requests_that_waited_for_the_handshake_fan_out_over_http1() {
    let peer = secure_peer(&["http/1.1"], "x");
    let transport = trusting_transport();
    let running: Vec<_> = (0..50).map(|_| start(&transport, get(peer.port()))).collect();
    for one in running {
        assert_eq!(one.finish().expect("answered").info.version.as_str(), "1.1");
    }
    assert!((2..=6).contains(&peer.accepted()), "{} connections", peer.accepted());
}

#[test]
fn a_post_over_tls_arrives_whole() {
    let peer = secure_peer(&["h2", "http/1.1"], "got it");
    let transport = trusting_transport();
    for protocols in [Protocols::Http2, Protocols::Http1] {
        let mut request = get(peer.port());
        request.protocols = protocols;
        request.method = Bytes::from_static(b"POST");
        request.fields.push(field("Content-Length", "100000"));
        request.body = RequestBody::Bytes(Bytes::from(vec![b'u'; 100_000]));
        assert_eq!(fetch(&transport, request).expect("answered").text(), "got it");
    }
}

#[test]
fn h11_no_alpn_answer_means_http1_and_http2_only_is_refused() {
    let peer = secure_peer(&[], "plain old");
    let transport = trusting_transport();
    assert_eq!(fetch(&transport, get(peer.port())).expect("answered").text(), "plain old");
    let mut request = get(peer.port());
    request.protocols = Protocols::Http2;
    assert_eq!(start(&transport, request).error().code, "ERR_PROTOCOL_UNAVAILABLE");
}

#[test]
fn h11_http_1_1_required_falls_back_once() {
    let acceptor = acceptor(&["h2", "http/1.1"]);
    let peer = Peer::start(move |stream, _| {
        let Some(mut stream) = accept(&acceptor, stream) else { return };
        if stream.ssl().selected_alpn_protocol() == Some(b"h2") {
            let Some(mut server) = Server::accept(stream, &[]) else { return };
            let request = server.next_request().expect("a request");
            server.reset(request.stream, 13);
            while server.next().is_some() {}
        } else {
            serve(&mut stream, "over http/1.1");
        }
    });
    let transport = trusting_transport();
    let answer = fetch(&transport, get(peer.port())).expect("answered");
    assert_eq!((answer.text().as_str(), answer.info.version.as_str()), ("over http/1.1", "1.1"));
    assert_eq!(peer.accepted(), 2);
}

#[test]
fn c08_an_untrusted_certificate_is_reported_although_another_address_refused() {
    let peer = secure_peer(&["h2"], "secret");
    let transport = transport_with(|options| {
        options.trust_store = TrustStore::None;
        let addresses = ["::1", "127.0.0.1"].map(|text| text.parse().expect("literal"));
        options.resolve.insert("www.mirror.test".into(), addresses.to_vec());
    });
    let error = start(&transport, get(peer.port())).error();
    assert!(error.code.starts_with("ERR_TLS_CERT_"), "{error}");
    assert_eq!(error.phase.as_str(), "tls");
    assert!(error.replayable);
    assert_empty(&transport);
}

#[test]
fn c07_insecure_is_accepted_and_shown_and_does_not_leak_into_another_transport() {
    let peer = secure_peer(&["h2"], "x");
    let careless = transport_with(|options| {
        trusting(options);
        options.ca.clear();
        options.insecure = true;
    });
    let answer = fetch(&careless, get(peer.port())).expect("answered");
    assert!(!answer.info.connection.tls.as_ref().expect("TLS").verified);
    let careful = transport_with(|options| {
        trusting(options);
        options.ca.clear();
    });
    assert!(start(&careful, get(peer.port())).error().code.starts_with("ERR_TLS_CERT_"));
}

#[test]
fn a_second_connection_resumes_the_session() {
    let peer = secure_peer(&["h2"], "x");
    let transport = trusting_transport();
    let mut resumed = Vec::new();
    for _ in 0..3 {
        let mut request = get(peer.port());
        request.new_connection = true;
        let answer = fetch(&transport, request).expect("answered");
        resumed.push(answer.info.connection.tls.as_ref().expect("TLS").resumed);
    }
    assert_eq!(resumed, [false, true, true]);
    let tickets = transport.export_tickets();
    let other = trusting_transport();
    other.import_tickets(&tickets);
    let answer = fetch(&other, get(peer.port())).expect("answered");
    assert!(answer.info.connection.tls.as_ref().expect("TLS").resumed);
}

#[test]
fn f13_tls_that_ends_without_close_notify_cuts_only_bodies_without_a_length() {
    let acceptor = acceptor(&["http/1.1"]);
    let peer = Peer::start(move |stream, number| {
        let raw = stream.try_clone().expect("a handle");
        let Some(mut stream) = accept(&acceptor, stream) else { return };
        support::peer::read_head(&mut stream);
        let answer: &[u8] = match number {
            0 => b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
            1 => b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
            _ => b"HTTP/1.1 200 OK\r\n\r\nbody",
        };
        std::io::Write::write_all(&mut stream, answer).expect("written");
        if number == 3 {
            let _ = stream.shutdown();
        }
        let _ = raw.shutdown(std::net::Shutdown::Both);
    });
    let transport = trusting_transport();
    let run = || -> Running { start(&transport, get(peer.port())) };
    assert_eq!(run().finish().expect("a length is enough").text(), "body");
    assert_eq!(run().finish().expect("chunks are enough").text(), "body");
    assert_eq!(run().error().code, "ERR_BODY_INCOMPLETE");
    assert_eq!(run().finish().expect("close_notify ends it").text(), "body");
}

#[test]
fn t04_a_peer_that_hangs_up_or_speaks_plain_http_is_a_clear_error() {
    let peer = Peer::start(|mut stream, number| {
        if number > 0 {
            let mut hello = [0; 512];
            let _ = std::io::Read::read(&mut stream, &mut hello);
            let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n");
            support::peer::wait_for_end(&mut stream);
        }
    });
    let transport = trusting_transport();
    for _ in 0..2 {
        let error = start(&transport, get(peer.port())).error();
        assert_eq!(error.phase.as_str(), "tls", "{error}");
    }
    assert_empty(&transport);
}
