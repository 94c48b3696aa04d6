//! Timeouts and aborts in every phase.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::io::Write;
use std::net::TcpListener;
use std::time::Duration;

use bytes::Bytes;
use support::client::{Running, assert_empty, eventually, get, start, transport, transport_with};
use support::patience::Patient;
use support::peer::{Peer, read_head, wait_for_end};
use wiretwin_engine::{
    ExchangeEvent, ExchangeRequest, Protocols, ProxyKind, ProxyOptions, RequestBody, Scheme, Timeouts, Transport,
};

const LIMIT: Duration = Duration::from_millis(60);

/// A peer that takes everything and never says a word.
fn silent() -> Peer {
    Peer::start(|mut stream, _| wait_for_end(&mut stream))
}

/// A port whose accept queue is full: SYNs are dropped.
struct BlackHole {
    port: u16,
    _listener: socket2::Socket,
    _filling: Vec<std::net::TcpStream>,
}

fn black_hole() -> BlackHole {
    let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    listener.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a port");
    listener.listen(0).expect("listening");
    let address = listener.local_addr().expect("bound").as_socket().expect("an IP address");
    let mut filling = Vec::new();
    while let Ok(stream) = std::net::TcpStream::connect_timeout(&address, Duration::from_millis(50)) {
        filling.push(stream);
        assert!(filling.len() < 64, "the accept queue never fills");
    }
    BlackHole { port: address.port(), _listener: listener, _filling: filling }
}

fn limited(mut request: ExchangeRequest, timeouts: Timeouts) -> ExchangeRequest {
    request.timeouts = timeouts;
    request
}

fn assert_timeout(running: &Running, code: &str) {
    let error = running.error();
    assert_eq!(error.code, code, "{error}");
    assert_eq!(error.node_code, Some("ETIMEDOUT"));
    assert_eq!(error.limit, Some(LIMIT));
    running.assert_silent();
}

#[test]
fn c02_a_stalled_connect_times_out() {
    let hole = black_hole();
    let transport = transport();
    let timeouts = Timeouts { connect: Some(LIMIT), ..Timeouts::default() };
    assert_timeout(&start(&transport, limited(get(hole.port, "/"), timeouts)), "ERR_TIMEOUT_CONNECT");
    assert_empty(&transport);
}

#[test]
fn c02_a_stalled_tls_handshake_times_out() {
    let peer = silent();
    let transport = transport();
    let timeouts = Timeouts { tls: Some(LIMIT), ..Timeouts::default() };
    let request = ExchangeRequest::new("GET", Scheme::Https, "127.0.0.1", peer.port(), "/");
    assert_timeout(&start(&transport, limited(request, timeouts)), "ERR_TIMEOUT_TLS");
    assert_empty(&transport);
}

#[test]
fn c02_a_stalled_proxy_times_out() {
    let peer = silent();
    for kind in [ProxyKind::Http, ProxyKind::Https, ProxyKind::Socks4a, ProxyKind::Socks5h] {
        let transport = through(kind, peer.port());
        let timeouts = Timeouts { proxy: Some(LIMIT), ..Timeouts::default() };
        let request = ExchangeRequest::new("GET", Scheme::Https, "target.test", 443, "/");
        assert_timeout(&start(&transport, limited(request, timeouts)), "ERR_TIMEOUT_PROXY");
        assert_empty(&transport);
    }
}

fn through(kind: ProxyKind, port: u16) -> std::sync::Arc<Transport> {
    transport_with(|options| {
        let host = "127.0.0.1".into();
        options.proxy = Some(ProxyOptions { kind, host, port, username: None, password: None, headers: Vec::new() });
    })
}

#[test]
fn c02_a_missing_response_head_times_out() {
    let peer = silent();
    let transport = transport();
    for protocols in [Protocols::Http1, Protocols::Http2] {
        let timeouts = Timeouts { head: Some(LIMIT), ..Timeouts::default() };
        let mut request = limited(get(peer.port(), "/"), timeouts);
        request.protocols = protocols;
        assert_timeout(&start(&transport, request), "ERR_TIMEOUT_HEAD");
    }
}

#[test]
fn c02_an_upload_that_nobody_takes_times_out() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let transport = transport();
    let timeouts = Timeouts { send: Some(LIMIT), ..Timeouts::default() };
    let mut request = limited(get(port, "/"), timeouts);
    request.method = Bytes::from_static(b"POST");
    request.body = RequestBody::Bytes(Bytes::from(vec![0; 64 * 1024 * 1024]));
    assert_timeout(&start(&transport, request), "ERR_TIMEOUT_SEND");
    assert_empty(&transport);
}

#[test]
fn c02_silence_between_body_bytes_times_out_only_while_somebody_reads() {
    let peer = Peer::start(|mut stream, _| {
        read_head(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc").expect("written");
        wait_for_end(&mut stream);
    });
    let transport = transport();
    let timeouts = Timeouts { idle: Some(LIMIT), ..Timeouts::default() };
    let running = start(&transport, limited(get(peer.port(), "/"), timeouts));
    running.head().expect("a head");
    // Nobody reads: the silence is the caller's own.
    assert!(running.events.recv_timeout(LIMIT * 3).is_err());
    running.handle.read(0);
    let error = loop {
        match running.next() {
            ExchangeEvent::Data(_) => running.handle.read(0),
            ExchangeEvent::Failed { error, .. } => break error,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((error.code, error.phase.as_str()), ("ERR_TIMEOUT_IDLE", "body"));
    assert_empty(&transport);
}

#[test]
fn c02_bytes_that_arrive_unread_do_not_start_the_idle_limit() {
    let peer = Peer::start(|mut stream, _| {
        read_head(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc").expect("written");
        std::thread::sleep(LIMIT / 3);
        stream.write_all(b"def").expect("written");
        wait_for_end(&mut stream);
    });
    let transport = transport();
    let timeouts = Timeouts { idle: Some(LIMIT), ..Timeouts::default() };
    let running = start(&transport, limited(get(peer.port(), "/"), timeouts));
    let head = running.head().expect("a head");
    assert!(running.events.recv_timeout(LIMIT * 3).is_err());
    running.handle.read(0);
    match running.next() {
        ExchangeEvent::Data(data) => assert_eq!(head.body.len() + data.len(), 6),
        other => panic!("{other:?}"),
    }
    assert!(matches!(running.next(), ExchangeEvent::Done { .. }), "the end follows without another read");
}

#[test]
fn c10_a_body_given_up_before_its_head_leaves_the_limits_alone() {
    let peer = silent();
    let transport = transport();
    // Later than reading on for a body ends by itself.
    let limit = wiretwin_engine::limits::DISCARD_TIME + Duration::from_millis(200);
    let timeouts = Timeouts { total: Some(limit), ..Timeouts::default() };
    let running = start(&transport, limited(get(peer.port(), "/"), timeouts));
    running.handle.discard(1_000_000);
    let error = running.error();
    assert_eq!((error.code, error.limit), ("ERR_TIMEOUT_TOTAL", Some(limit)));
    running.assert_silent();
    assert_empty(&transport);
}

#[test]
fn c02_a_discarded_body_that_never_ends_times_out() {
    let peer = Peer::start(|mut stream, _| {
        read_head(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc").expect("written");
        wait_for_end(&mut stream);
    });
    let transport = transport();
    let timeouts = Timeouts { idle: Some(LIMIT), ..Timeouts::default() };
    let running = start(&transport, limited(get(peer.port(), "/"), timeouts));
    running.head().expect("a head");
    running.handle.discard(1_000_000);
    assert_eq!(running.error().code, "ERR_TIMEOUT_IDLE");
    assert_empty(&transport);
}

#[test]
fn c03_an_upload_can_be_aborted_while_it_is_written() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let transport = transport();
    for protocols in [Protocols::Http1, Protocols::Http2] {
        let mut request = get(port, "/");
        request.protocols = protocols;
        request.method = Bytes::from_static(b"POST");
        request.body = RequestBody::Stream { length: None };
        let running = start(&transport, request);
        running.handle.write(Bytes::from(vec![0; 16 * 1024 * 1024]));
        assert!(matches!(running.next(), ExchangeEvent::RequestBodyCapacity { taken } if taken > 0));
        running.handle.abort();
        running.handle.write(Bytes::from_static(b"late"));
        running.handle.end(Vec::new());
        let error = loop {
            match running.next() {
                ExchangeEvent::Failed { error, .. } => break error,
                ExchangeEvent::RequestBodyCapacity { .. } => {}
                other => panic!("{other:?}"),
            }
        };
        assert_eq!((error.code, error.phase.as_str()), ("ERR_ABORTED", "send"));
        running.assert_silent();
    }
    transport.close(None);
    assert_empty(&transport);
}

#[test]
fn timings_name_the_phases_that_happened() {
    let peer = Peer::start(|mut stream, _| support::peer::serve(&mut stream, "x"));
    let transport = transport();
    let first = support::client::fetch(&transport, get(peer.port(), "/")).expect("answered").info.timings;
    assert!(first.resolve.is_some() && first.connect.is_some() && first.tls.is_none() && first.proxy.is_none());
    assert!(first.queue <= first.resolve && first.resolve <= first.connect && first.connect <= first.send);
    let second = support::client::fetch(&transport, get(peer.port(), "/")).expect("answered").info.timings;
    assert!(second.queue.is_some() && second.resolve.is_none() && second.connect.is_none());
    assert!(second.send <= second.head);
}

#[test]
fn c02_the_total_limit_fires_although_bytes_drip() {
    let peer = Peer::start(|mut stream, _| {
        read_head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
        while stream.write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    let transport = transport();
    let timeouts = Timeouts { total: Some(LIMIT), idle: Some(Duration::from_secs(30)), ..Timeouts::default() };
    assert_timeout(&start(&transport, limited(get(peer.port(), "/"), timeouts)), "ERR_TIMEOUT_TOTAL");
    assert_empty(&transport);
}

#[test]
fn c02_a_request_that_finds_no_free_connection_times_out_in_the_queue() {
    let peer = silent();
    let transport = transport_with(|options| options.max_http1_connections = 1);
    let blocking = start(&transport, get(peer.port(), "/"));
    eventually("the connection is taken", || peer.accepted() == 1);
    let timeouts = Timeouts { queue: Some(LIMIT), ..Timeouts::default() };
    assert_timeout(&start(&transport, limited(get(peer.port(), "/"), timeouts)), "ERR_TIMEOUT_QUEUE");
    blocking.handle.abort();
    assert_eq!(blocking.error().code, "ERR_ABORTED");
    assert_empty(&transport);
}

#[test]
fn c03_an_abort_works_in_every_phase_and_closes_the_socket() {
    let hole = black_hole();
    let peer = silent();
    let half = Peer::start(|mut stream, _| {
        read_head(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc").expect("written");
        wait_for_end(&mut stream);
    });
    let transport = transport();
    let secure = ExchangeRequest::new("GET", Scheme::Https, "127.0.0.1", peer.port(), "/");
    // Nobody takes this connection, so the upload cannot end before it is aborted.
    let deaf = TcpListener::bind("127.0.0.1:0").expect("a port");
    let mut upload = get(deaf.local_addr().expect("bound").port(), "/");
    upload.method = Bytes::from_static(b"POST");
    upload.body = RequestBody::Bytes(Bytes::from(vec![0; 64 * 1024 * 1024]));
    let cases = [
        ("connect", get(hole.port, "/")),
        ("tls", secure),
        ("send", upload),
        ("head", get(peer.port(), "/")),
        ("body", get(half.port(), "/")),
    ];
    for (phase, mut request) in cases {
        request.phases = true;
        let running = start(&transport, request);
        wait_for_phase(&running, phase);
        running.handle.abort();
        running.handle.abort();
        let error = running.error();
        assert_eq!((error.code, error.phase.as_str()), ("ERR_ABORTED", phase));
        running.handle.abort();
        running.handle.read(0);
        running.assert_silent();
        assert_empty(&transport);
    }
}

/// Returns once the exchange is known to be in `phase`.
fn wait_for_phase(running: &Running, phase: &str) {
    use wiretwin_engine::PhaseEvent as P;
    loop {
        let event = running.next();
        let reached = matches!(
            (&event, phase),
            (ExchangeEvent::Phase(P::Lookup { .. }), "connect")
                | (ExchangeEvent::Phase(P::Connect(_)), "tls")
                | (ExchangeEvent::Phase(P::Acquired { .. }), "send")
                | (ExchangeEvent::Phase(P::Sent), "head")
                | (ExchangeEvent::Head(_), "body")
        );
        if reached {
            return;
        }
        assert!(!matches!(event, ExchangeEvent::Failed { .. }), "{event:?}");
    }
}

#[test]
fn c03_an_abort_in_the_same_batch_as_the_start_settles_once() {
    let peer = silent();
    let transport = transport();
    for _ in 0..1000 {
        let running = start(&transport, get(peer.port(), "/"));
        running.handle.abort();
        assert_eq!(running.error().code, "ERR_ABORTED");
    }
    assert_empty(&transport);
}

#[test]
fn close_fails_what_runs_and_what_comes_later() {
    let peer = silent();
    let transport = transport();
    let running: Vec<_> = (0..20).map(|_| start(&transport, get(peer.port(), "/"))).collect();
    let (sender, done) = std::sync::mpsc::channel();
    transport.close(Some(Box::new(move || sender.send(()).expect("the test waits"))));
    done.receive().expect("closed");
    assert_eq!(transport.stats().connections, 0, "closed means that no socket is left");
    for one in &running {
        assert_eq!(one.error().code, "ERR_SESSION_CLOSED");
    }
    assert_eq!(start(&transport, get(peer.port(), "/")).error().code, "ERR_SESSION_CLOSED");
    assert_empty(&transport);
}

#[test]
fn a_dial_target_with_a_port_leads_there_and_the_peer_sees_the_url() {
    let peer = Peer::start(|mut stream, _| {
        let head = support::peer::read_head(&mut stream).expect("a request");
        let seen = support::peer::header(&head, "host").expect("a host").to_owned();
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{seen}", seen.len());
        stream.write_all(answer.as_bytes()).expect("written");
    });
    let transport = transport_with(|options| {
        let target = format!("127.0.0.1:{}", peer.port()).parse().expect("literal with port");
        options.resolve.insert("www.mirror.test:80".into(), vec![target]);
    });
    let request = ExchangeRequest::new("GET", Scheme::Http, "www.mirror.test", 80, "/");
    assert_eq!(support::client::fetch(&transport, request).expect("answered").text(), "www.mirror.test");
}

#[test]
fn c08_one_good_address_among_bad_ones_wins() {
    let peer = Peer::start(|mut stream, _| support::peer::serve(&mut stream, "here"));
    let transport = transport_with(|options| {
        let addresses = ["::1", "127.0.0.9", "127.0.0.8", "::1", "127.0.0.7", "127.0.0.6", "127.0.0.5", "127.0.0.1"];
        let parsed: Vec<wiretwin_engine::DialTarget> =
            addresses.iter().map(|text| text.parse().expect("literal")).collect();
        options.resolve.insert("many.test".into(), parsed);
    });
    let request = ExchangeRequest::new("GET", Scheme::Http, "many.test", peer.port(), "/");
    assert_eq!(support::client::fetch(&transport, request).expect("answered").text(), "here");
}

#[test]
fn c04_failing_requests_name_their_cause_and_leave_nothing() {
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
    let transport = transport();
    for _ in 0..1000 {
        let error = start(&transport, get(closed, "/")).error();
        assert_eq!((error.code, error.node_code), ("ERR_CONNECTION_REFUSED", Some("ECONNREFUSED")));
        assert!(error.replayable);
    }
    let request = ExchangeRequest::new("GET", Scheme::Http, "no-such-name.invalid", 80, "/");
    let error = start(&transport, request).error();
    assert!(matches!(error.code, "ERR_DNS_NOT_FOUND" | "ERR_DNS_FAILED"), "{error}");
    assert_eq!(error.phase.as_str(), "resolve");
    assert_empty(&transport);
}
