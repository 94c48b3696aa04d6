//! WebSockets in streams of an HTTP/2 connection (RFC 8441) and servers that go wrong there.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::io::Write;
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use boring::ssl::SslStream;
use bytes::Bytes;
use support::client::{
    Running, assert_empty, chrome, eventually, fetch, field, firefox, profile, start, transport_with,
};
use support::h2::{DATA, END_HEADERS, END_STREAM, HEADERS, RST_STREAM, SETTINGS, STATUS_200, Server};
use support::patience::Patient;
use support::peer::{Peer, read_head, wait_for_end};
use support::tls_server::{Authority, accept};
use wiretwin_engine::{
    Error, ExchangeEvent, ExchangeRequest, HttpVersion, PhaseEvent, Scheme, Timeouts, Transport, TrustStore,
};

const WWW: &str = "www.mirror.test";
const ALLOWED: &[(u16, u32)] = &[(8, 1)];
const HTTP_1_1_REQUIRED: u32 = 13;

type Tls = Server<SslStream<TcpStream>>;

/// Answers requests with `x`, gives the stream of each extended CONNECT to `tunnel`, and switches protocols over HTTP/1.1.
fn peer(settings: &'static [(u16, u32)], tunnel: impl Fn(&mut Tls, u32) + Send + Sync + 'static) -> Peer {
    let acceptor = Authority::shared().acceptor(&[WWW], &["h2", "http/1.1"]);
    Peer::start(move |stream, _| {
        let Some(mut stream) = accept(&acceptor, stream) else { return };
        if stream.ssl().selected_alpn_protocol() != Some(b"h2") {
            if read_head(&mut stream).is_some_and(|head| head.contains("Connection: Upgrade")) {
                let _ = stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n");
                read_head(&mut stream);
            }
            return;
        }
        let Some(mut server) = Server::accept(stream, settings) else { return };
        while let Some(frame) = server.next_request() {
            if frame.ends_stream() {
                server.answer(frame.stream, b"x");
            } else {
                tunnel(&mut server, frame.stream);
            }
        }
    })
}

fn transport(browser: String) -> Arc<Transport> {
    transport_with(|options| {
        options.profile = browser;
        options.trust_store = TrustStore::None;
        options.ca = vec![Authority::shared().pem()];
        options.resolve.insert(WWW.into(), vec!["127.0.0.1".parse().expect("literal")]);
    })
}

fn load(transport: &Transport, port: u16) -> usize {
    let answer = fetch(transport, ExchangeRequest::new("GET", Scheme::Https, WWW, port, "/")).expect("answered");
    assert_eq!(answer.text(), "x");
    transport.stats().connections
}

fn socket(transport: &Transport, port: u16) -> Running {
    start(transport, socket_request(port))
}

fn socket_request(port: u16) -> ExchangeRequest {
    let mut request = ExchangeRequest::new("GET", Scheme::Https, WWW, port, "/ws");
    request.upgrade = true;
    request.web_socket = true;
    request.decompress = false;
    request.fields = vec![field("Upgrade", "websocket"), field("Sec-WebSocket-Key", "a2V5")].into();
    request
}

fn both() -> [String; 2] {
    [chrome(), firefox()]
}

fn next_data(running: &Running) -> Bytes {
    running.handle.read(0);
    loop {
        match running.next() {
            ExchangeEvent::Data(data) => return data,
            ExchangeEvent::RequestBodyCapacity { .. } => {}
            other => panic!("expected data, got {other:?}"),
        }
    }
}

/// Reads on until the socket fails.
fn failure(running: &Running) -> Error {
    running.handle.read(0);
    loop {
        match running.next() {
            ExchangeEvent::Data(_) => running.handle.read(0),
            ExchangeEvent::Failed { error, .. } => return error,
            _ => {}
        }
    }
}

#[test]
fn bytes_go_both_ways_in_a_stream_and_the_connection_stays() {
    for browser in both() {
        let peer = peer(ALLOWED, |server, stream| {
            server.send(HEADERS, END_HEADERS, stream, STATUS_200);
            while let Some(frame) = server.next().filter(|frame| frame.stream == stream) {
                if frame.kind == RST_STREAM {
                    return;
                }
                if frame.kind == DATA {
                    server.send(DATA, 0, stream, &frame.payload);
                }
            }
        });
        let transport = transport(browser);
        load(&transport, peer.port());
        let socket = socket(&transport, peer.port());
        let info = socket.head().expect("answered");
        assert!(info.upgraded && info.reused);
        assert_eq!((info.head.status, info.version), (200, HttpVersion::Http2));
        socket.handle.write(Bytes::from_static(b"ping"));
        assert_eq!(next_data(&socket), "ping");
        socket.handle.abort();
        assert_eq!(load(&transport, peer.port()), 1);
        transport.close(None);
        assert_empty(&transport);
    }
}

#[test]
fn a_connection_is_chosen_as_each_browser_does() {
    let echo = || peer(ALLOWED, |server, stream| assert!(server.send(HEADERS, END_HEADERS, stream, STATUS_200)));
    for (browser, version) in [
        (chrome(), HttpVersion::Http11),
        (firefox(), HttpVersion::Http2),
        (profile("safari/safari_26"), HttpVersion::Http11),
        (profile("okhttp/okhttp_5"), HttpVersion::Http11),
    ] {
        let peer = echo();
        let transport = transport(browser);
        assert_eq!(socket(&transport, peer.port()).head().expect("answered").version, version);
    }
}

#[test]
fn without_the_peers_consent_it_gets_a_connection_of_its_own() {
    for settings in [&[][..], &[(8, 0)][..]] {
        for browser in both() {
            let peer = peer(settings, |_, _| panic!("an extended CONNECT"));
            let transport = transport(browser);
            let info = socket(&transport, peer.port()).head().expect("answered");
            assert_eq!((info.head.status, info.version), (101, HttpVersion::Http11));
            load(&transport, peer.port());
            let info = socket(&transport, peer.port()).head().expect("answered");
            assert_eq!((info.head.status, info.version), (101, HttpVersion::Http11));
            // The page's connection and the two sockets; Firefox opened the first one for a socket.
            assert_eq!(peer.accepted(), 3);
        }
    }
}

#[test]
fn a_connection_that_turns_a_held_socket_away_does_not_stay_for_ever() {
    let peer = peer(&[], |_, _| panic!("an extended CONNECT"));
    let transport = transport_with(|options| {
        options.profile = firefox();
        options.trust_store = TrustStore::None;
        options.ca = vec![Authority::shared().pem()];
        options.resolve.insert(WWW.into(), vec!["127.0.0.1".parse().expect("literal")]);
        options.idle_timeout = Duration::from_millis(50);
    });
    let socket = start(&transport, ExchangeRequest { hold: true, ..socket_request(peer.port()) });
    let ExchangeEvent::Phase(PhaseEvent::Held { connection, .. }) = socket.next() else { panic!("not held") };
    // SETTINGS have come by the time that this has been served by the same connection.
    assert_eq!(load(&transport, peer.port()), 1);
    socket.handle.confirm(connection.tls.as_ref().expect("TLS").certificates.id());
    assert_eq!(socket.head().expect("answered").version, HttpVersion::Http11);
    eventually("the idle connection is closed", || transport.stats().connections == 1);
}

#[test]
fn w02_a_socket_that_waits_for_settings_in_vain_has_a_limit() {
    let acceptor = Authority::shared().acceptor(&[WWW], &["h2"]);
    let silent = Peer::start(move |stream, _| {
        if let Some(mut stream) = accept(&acceptor, stream) {
            wait_for_end(&mut stream);
        }
    });
    let transport = transport(firefox());
    let limit = Some(Duration::from_millis(60));
    let timeouts = Timeouts { queue: limit, ..Timeouts::default() };
    let error = start(&transport, ExchangeRequest { timeouts, ..socket_request(silent.port()) }).error();
    assert_eq!((error.code, error.limit, error.replayable), ("ERR_TIMEOUT_QUEUE", limit, true));
    transport.close(None);
    assert_empty(&transport);
}

#[test]
fn w02_consent_that_is_taken_back_ends_the_connection() {
    for browser in both() {
        let peer = peer(ALLOWED, |server, stream| {
            server.send(HEADERS, END_HEADERS, stream, STATUS_200);
            server.send(SETTINGS, 0, 0, &[0, 8, 0, 0, 0, 0]);
        });
        let transport = transport(browser);
        load(&transport, peer.port());
        let socket = socket(&transport, peer.port());
        socket.head().expect("answered");
        assert_eq!(failure(&socket).code, "ERR_H2_PROTOCOL");
        transport.close(None);
        assert_empty(&transport);
    }
}

#[test]
fn w02_data_in_front_of_the_answer_resets_the_stream_only() {
    for browser in both() {
        let peer = peer(ALLOWED, |server, stream| {
            server.send(DATA, 0, stream, b"early");
            server.send(HEADERS, END_HEADERS, stream, STATUS_200);
        });
        let transport = transport(browser);
        load(&transport, peer.port());
        assert_eq!(socket(&transport, peer.port()).error().code, "ERR_H2_PROTOCOL");
        assert_eq!(load(&transport, peer.port()), 1);
    }
}

#[test]
fn w02_a_101_in_a_stream_resets_it() {
    for browser in both() {
        let peer = peer(ALLOWED, |server, stream| {
            server.send(HEADERS, END_HEADERS, stream, &[8, 3, b'1', b'0', b'1']);
        });
        let transport = transport(browser);
        load(&transport, peer.port());
        assert_eq!(socket(&transport, peer.port()).error().code, "ERR_H2_PROTOCOL");
        assert_eq!(load(&transport, peer.port()), 1);
    }
}

#[test]
fn w02_a_reset_in_the_middle_fails_the_socket_only() {
    for browser in both() {
        let peer = peer(ALLOWED, |server, stream| {
            server.send(HEADERS, END_HEADERS, stream, STATUS_200);
            server.send(DATA, 0, stream, b"\x81\x01a");
            server.reset(stream, 8);
        });
        let transport = transport(browser);
        load(&transport, peer.port());
        let socket = socket(&transport, peer.port());
        socket.head().expect("answered");
        assert_eq!(failure(&socket).code, "ERR_H2_STREAM_RESET");
        assert_eq!(load(&transport, peer.port()), 1);
    }
}

#[test]
fn w02_more_than_the_window_resets_the_stream() {
    let (told, refused) = channel();
    let peer = peer(ALLOWED, move |server, stream| {
        server.send(HEADERS, END_HEADERS, stream, STATUS_200);
        // Chromium's window of 6 MiB, and one frame more.
        for _ in 0..=384 {
            server.send(DATA, 0, stream, &[0; 16_384]);
        }
        let frame = std::iter::from_fn(|| server.next()).find(|frame| frame.kind == RST_STREAM);
        let _ = told.send(frame.map(|frame| frame.payload));
    });
    let transport = transport(chrome());
    load(&transport, peer.port());
    let socket = socket(&transport, peer.port());
    socket.head().expect("answered");
    // Nothing is read before the peer was told: FLOW_CONTROL_ERROR.
    assert_eq!(refused.receive().expect("a frame"), Some(vec![0, 0, 0, 3]));
    assert_eq!(failure(&socket).code, "ERR_H2_PROTOCOL");
    assert_eq!(load(&transport, peer.port()), 1);
}

#[test]
fn a_server_that_wants_http1_gets_it() {
    let peer = peer(ALLOWED, |server, stream| assert!(server.reset(stream, HTTP_1_1_REQUIRED)));
    let transport = transport(chrome());
    load(&transport, peer.port());
    let info = socket(&transport, peer.port()).head().expect("answered");
    assert_eq!((info.head.status, info.version), (101, HttpVersion::Http11));
}

#[test]
fn a_full_connection_is_waited_for() {
    for browser in both() {
        let peer = peer(&[(3, 1), (8, 1)], |server, stream| {
            server.send(HEADERS, END_HEADERS, stream, STATUS_200);
            while let Some(frame) = server.next() {
                if frame.stream == stream && frame.kind == DATA {
                    server.send(DATA, END_STREAM, stream, b"");
                }
                if frame.kind == RST_STREAM || frame.ends_stream() {
                    return;
                }
            }
        });
        let transport = transport(browser);
        load(&transport, peer.port());
        let first = socket(&transport, peer.port());
        first.head().expect("answered");
        let second = socket(&transport, peer.port());
        first.handle.abort();
        assert_eq!(second.head().expect("answered").version, HttpVersion::Http2);
        assert_eq!(peer.accepted(), 1);
    }
}

#[test]
fn a_connection_lost_before_settings_fails_or_repeats_the_handshake() {
    let acceptor = Authority::shared().acceptor(&[WWW], &["h2"]);
    let peer = Peer::start(move |stream, _| drop(accept(&acceptor, stream)));
    let transport = transport(firefox());
    let error = socket(&transport, peer.port()).error();
    assert!(matches!(error.code, "ERR_CONNECTION_CLOSED" | "ERR_CONNECTION_RESET"), "{error}");
    assert_empty(&transport);
}

/// Switches protocols on each connection; on the first one only after a word on the channel. Tells what happened, in order.
fn hesitant_peer() -> (Peer, Sender<()>, Receiver<&'static str>) {
    let acceptor = Authority::shared().acceptor(&[WWW], &["http/1.1"]);
    let (go, gone) = channel();
    let (told, events) = channel();
    let (gone, told) = (Mutex::new(gone), Mutex::new(told));
    let peer = Peer::start(move |stream, number| {
        let tell = |event| told.lock().unwrap().send(event).unwrap_or_default();
        tell("connected");
        let Some(mut stream) = accept(&acceptor, stream) else { return };
        read_head(&mut stream);
        if number == 0 {
            let waited = gone.lock().unwrap().receive();
            waited.expect("a word");
            tell("answered");
        }
        let _ = stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n");
        read_head(&mut stream);
    });
    (peer, go, events)
}

#[test]
fn handshakes_to_one_host_wait_for_each_other() {
    let other = Peer::start(|mut stream, _| {
        read_head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    for (browser, order) in [
        (chrome(), ["connected", "answered", "connected"]),
        (firefox(), ["connected", "answered", "connected"]),
        (profile("okhttp/okhttp_5"), ["connected", "connected", "answered"]),
    ] {
        let (peer, go, events) = hesitant_peer();
        let transport = transport(browser);
        let first = socket(&transport, peer.port());
        let second = socket(&transport, peer.port());
        let mut seen = vec![events.receive().expect("the first connection")];
        if order[1] == "connected" {
            seen.push(events.receive().expect("the second connection"));
        }
        // Longer on its way than a second connection would be.
        fetch(&transport, support::client::get(other.port(), "/")).expect("answered");
        go.send(()).expect("the peer waits");
        first.head().expect("answered");
        second.head().expect("answered");
        seen.extend(events.try_iter());
        assert_eq!(seen, order);
    }
}

#[test]
fn a_handshake_that_is_given_up_lets_the_next_one_go() {
    for browser in both() {
        let (peer, go, events) = hesitant_peer();
        let transport = transport(browser);
        let waiting: Vec<_> = (0..3).map(|_| socket(&transport, peer.port())).collect();
        events.receive().expect("the first connection");
        // Out of the line, out of its turn, and the last one is left.
        waiting[1].handle.abort();
        waiting[0].handle.abort();
        go.send(()).expect("the peer waits");
        assert_eq!(waiting[2].head().expect("answered").head.status, 101);
        transport.close(None);
        assert_empty(&transport);
    }
}

#[test]
fn closing_ends_a_line_of_any_length() {
    for browser in both() {
        let (peer, go, events) = hesitant_peer();
        let transport = transport(browser);
        let waiting: Vec<_> = (0..2000).map(|_| socket(&transport, peer.port())).collect();
        events.receive().expect("the first connection");
        transport.close(None);
        for each in &waiting {
            assert_eq!(each.error().code, "ERR_SESSION_CLOSED");
        }
        assert_empty(&transport);
        let _ = go.send(());
    }
}

#[test]
fn a_line_of_sockets_that_cannot_be_sent_ends_however_long_it_is() {
    let (go, gone) = channel();
    let gone = Mutex::new(gone);
    let peer = peer(ALLOWED, move |server, stream| {
        let _ = gone.lock().unwrap().receive();
        server.send(HEADERS, END_HEADERS, stream, STATUS_200);
    });
    let transport = transport(firefox());
    load(&transport, peer.port());
    let first = socket(&transport, peer.port());
    let bad: Vec<_> = (0..5000)
        .map(|_| {
            let mut request = socket_request(peer.port());
            request.fields.push(field("x", "a\nb"));
            start(&transport, request)
        })
        .collect();
    go.send(()).expect("the peer waits");
    assert_eq!(first.head().expect("answered").head.status, 200);
    for each in &bad {
        assert_eq!(each.error().code, "ERR_INVALID_ARG");
    }
}
