//! Proxies of every kind, good and bad.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use support::client::{assert_empty, fetch, get, start, transport_with};
use support::peer::{Peer, header, read_head, serve, wait_for_end};
use support::tls_server::{Authority, accept};
use wiretwin_engine::{
    Error, ExchangeRequest, ProxyKind, ProxyOptions, Scheme, Transport, TransportOptions, TrustStore,
};

fn proxy(kind: ProxyKind, port: u16) -> ProxyOptions {
    ProxyOptions { kind, host: "127.0.0.1".into(), port, username: None, password: None, headers: Vec::new() }
}

fn through(options: ProxyOptions) -> Arc<Transport> {
    transport_with(|transport| {
        trust(transport);
        transport.proxy = Some(options);
    })
}

fn trust(options: &mut TransportOptions) {
    options.trust_store = TrustStore::None;
    options.ca = vec![Authority::shared().pem()];
}

/// Copies both ways until one side ends.
fn relay<S: Read + Write>(client: &mut S, client_raw: &TcpStream, target: &TcpStream) {
    let _ = client_raw.set_read_timeout(Some(std::time::Duration::from_millis(1)));
    let _ = target.set_read_timeout(Some(std::time::Duration::from_millis(1)));
    let mut buffer = [0; 16384];
    let mut target = target;
    loop {
        match client.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => target.write_all(&buffer[..count]).expect("the target takes it"),
            Err(error) if would_block(&error) => {}
            Err(_) => return,
        }
        match target.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => client.write_all(&buffer[..count]).expect("the client takes it"),
            Err(error) if would_block(&error) => {}
            Err(_) => return,
        }
    }
}

fn would_block(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
}

fn connect_proxy(client: &mut (impl Read + Write), seen: &Mutex<Vec<String>>) -> Option<TcpStream> {
    let head = read_head(client)?;
    let authority = head.split(' ').nth(1).expect("an authority").to_owned();
    seen.lock().expect("not poisoned").push(head);
    let port = authority.rsplit(':').next().expect("a port").parse::<u16>().expect("a number");
    let target = TcpStream::connect(("127.0.0.1", port)).expect("the target listens");
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").expect("written");
    Some(target)
}

fn socks_proxy(client: &mut TcpStream, seen: &Mutex<Vec<String>>) -> Option<TcpStream> {
    let mut version = [0; 1];
    client.read_exact(&mut version).ok()?;
    let (host, port) = if version[0] == 4 { socks4(client)? } else { socks5(client)? };
    seen.lock().expect("not poisoned").push(host);
    TcpStream::connect(("127.0.0.1", port)).ok()
}

fn socks4(client: &mut TcpStream) -> Option<(String, u16)> {
    let mut head = [0; 7];
    client.read_exact(&mut head).ok()?;
    let mut text = || {
        let mut out = Vec::new();
        let mut byte = [0];
        while client.read_exact(&mut byte).is_ok() && byte[0] != 0 {
            out.push(byte[0]);
        }
        String::from_utf8(out).expect("a name")
    };
    text();
    let address = [head[3], head[4], head[5], head[6]];
    let host = if address[..3] == [0, 0, 0] { text() } else { std::net::Ipv4Addr::from(address).to_string() };
    client.write_all(&[0, 90, 0, 0, 0, 0, 0, 0]).ok()?;
    Some((host, u16::from_be_bytes([head[1], head[2]])))
}

fn socks5(client: &mut TcpStream) -> Option<(String, u16)> {
    let mut count = [0; 1];
    client.read_exact(&mut count).ok()?;
    let mut methods = vec![0; usize::from(count[0])];
    client.read_exact(&mut methods).ok()?;
    client.write_all(&[5, 0]).ok()?;
    let mut head = [0; 4];
    client.read_exact(&mut head).ok()?;
    let host = if head[3] == 3 {
        let mut length = [0; 1];
        client.read_exact(&mut length).ok()?;
        let mut name = vec![0; usize::from(length[0])];
        client.read_exact(&mut name).ok()?;
        String::from_utf8(name).expect("a name")
    } else {
        let mut address = [0; 4];
        client.read_exact(&mut address).ok()?;
        std::net::Ipv4Addr::from(address).to_string()
    };
    let mut port = [0; 2];
    client.read_exact(&mut port).ok()?;
    // In pieces of one byte (FAULTS P02).
    for byte in [5, 0, 0, 1, 0, 0, 0, 0, 0, 0] {
        client.write_all(&[byte]).ok()?;
    }
    Some((host, u16::from_be_bytes(port)))
}

const KINDS: [ProxyKind; 6] =
    [ProxyKind::Http, ProxyKind::Https, ProxyKind::Socks4, ProxyKind::Socks4a, ProxyKind::Socks5, ProxyKind::Socks5h];

/// A working proxy of any kind, and what it was asked for.
fn working_proxy(kind: ProxyKind) -> (Peer, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let acceptor = Authority::shared().acceptor(&["127.0.0.1"], &["http/1.1"]);
    let peer = Peer::start(move |mut stream, _| match kind {
        ProxyKind::Http => {
            let Some(target) = connect_proxy(&mut stream, &log) else { return };
            let raw = stream.try_clone().expect("a handle");
            relay(&mut stream, &raw, &target);
        }
        ProxyKind::Https => {
            let raw = stream.try_clone().expect("a handle");
            let Some(mut stream) = accept(&acceptor, stream) else { return };
            let Some(target) = connect_proxy(&mut stream, &log) else { return };
            relay(&mut stream, &raw, &target);
        }
        _ => {
            let Some(target) = socks_proxy(&mut stream, &log) else { return };
            let raw = stream.try_clone().expect("a handle");
            relay(&mut stream, &raw, &target);
        }
    });
    (peer, seen)
}

fn target_peer(trusted: bool) -> Peer {
    let authority = if trusted { Authority::shared() } else { Box::leak(Box::new(Authority::new())) };
    let acceptor = authority.acceptor(&["www.mirror.test"], &["http/1.1"]);
    Peer::start(move |stream, _| {
        if let Some(mut stream) = accept(&acceptor, stream) {
            serve(&mut stream, "behind the proxy");
        }
    })
}

fn target_request(port: u16) -> ExchangeRequest {
    ExchangeRequest::new("GET", Scheme::Https, "www.mirror.test", port, "/")
}

fn with_target(kind: ProxyKind, port: u16) -> Arc<Transport> {
    transport_with(|options| {
        trust(options);
        options.proxy = Some(proxy(kind, port));
        options.resolve.insert("www.mirror.test".into(), vec!["127.0.0.1".parse().expect("literal")]);
    })
}

#[test]
fn p03_each_proxy_kind_tunnels_and_resolves_where_it_should() {
    let target = target_peer(true);
    for kind in KINDS {
        let (peer, seen) = working_proxy(kind);
        let transport = with_target(kind, peer.port());
        for round in 0..3 {
            let answer = fetch(&transport, target_request(target.port())).expect("answered");
            assert_eq!((answer.text().as_str(), answer.info.reused), ("behind the proxy", round > 0), "{kind:?}");
            assert_eq!(answer.info.connection.endpoints.remote.port(), peer.port());
        }
        let asked = seen.lock().expect("not poisoned")[0].clone();
        match kind {
            ProxyKind::Socks4 | ProxyKind::Socks5 => assert_eq!(asked, "127.0.0.1"),
            ProxyKind::Socks4a | ProxyKind::Socks5h => assert_eq!(asked, "www.mirror.test"),
            ProxyKind::Http | ProxyKind::Https => {
                let authority = format!("www.mirror.test:{}", target.port());
                assert!(
                    asked.starts_with(&format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n")),
                    "{asked}"
                );
            }
        }
        transport.close(None);
        assert_empty(&transport);
    }
}

#[test]
fn t02_the_verdict_on_a_certificate_is_the_same_behind_every_proxy() {
    let target = target_peer(false);
    for kind in KINDS {
        let (peer, _) = working_proxy(kind);
        let transport = with_target(kind, peer.port());
        let error = start(&transport, target_request(target.port())).error();
        assert!(error.code.starts_with("ERR_TLS_CERT_"), "{kind:?}: {error}");
        assert_eq!(error.phase.as_str(), "tls");
        let careless = transport_with(|options| {
            trust(options);
            options.insecure = true;
            options.proxy = Some(proxy(kind, peer.port()));
            options.resolve.insert("www.mirror.test".into(), vec!["127.0.0.1".parse().expect("literal")]);
        });
        let answer = fetch(&careless, target_request(target.port())).expect("answered");
        assert!(!answer.info.connection.tls.as_ref().expect("TLS").verified);
    }
}

#[test]
fn plain_http_goes_to_the_proxy_in_absolute_form_with_its_credentials() {
    let seen = Arc::new(Mutex::new(String::new()));
    let log = Arc::clone(&seen);
    let peer = Peer::start(move |mut stream, _| {
        let head = read_head(&mut stream).expect("a request");
        *log.lock().expect("not poisoned") = head;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").expect("written");
        wait_for_end(&mut stream);
    });
    let mut options = proxy(ProxyKind::Http, peer.port());
    options.username = Some("user".into());
    options.password = Some("p:w".into());
    let transport = through(options);
    let request = ExchangeRequest::new("GET", Scheme::Http, "origin.test", 8080, "/path?q");
    assert_eq!(fetch(&transport, request).expect("answered").text(), "ok");
    let head = seen.lock().expect("not poisoned").clone();
    assert!(head.starts_with("GET http://origin.test:8080/path?q HTTP/1.1\r\nHost: origin.test:8080\r\n"), "{head}");
    assert_eq!(header(&head, "proxy-authorization"), Some("Basic dXNlcjpwOnc="));
}

#[test]
fn p03_a_plain_upgrade_is_tunnelled_as_by_browsers() {
    let target = Peer::start(|mut stream, _| {
        let head = read_head(&mut stream).expect("a request");
        assert!(head.starts_with("GET /live HTTP/1.1\r\n"), "{head}");
        assert_eq!(header(&head, "proxy-authorization"), None, "the tunnel's credentials stay with the proxy");
        let answer = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n";
        stream.write_all(answer).expect("written");
        wait_for_end(&mut stream);
    });
    for kind in [ProxyKind::Http, ProxyKind::Https] {
        let (peer, seen) = working_proxy(kind);
        let transport = transport_with(|options| {
            trust(options);
            options.proxy = Some(ProxyOptions { username: Some("user".into()), ..proxy(kind, peer.port()) });
        });
        let mut request = ExchangeRequest::new("GET", Scheme::Http, "127.0.0.1", target.port(), "/live");
        request.upgrade = true;
        request.fields.push(support::client::field("Upgrade", "test"));
        let running = start(&transport, request);
        assert!(running.head().expect("answered").upgraded);
        running.handle.abort();
        assert_eq!(seen.lock().expect("not poisoned").len(), 1, "one CONNECT");
    }
}

/// What a request fails with when the proxy answers CONNECT like this and closes.
fn refused_by(answer: &'static [u8]) -> (Error, Peer) {
    let peer = Peer::start(move |mut stream, _| {
        let head = read_head(&mut stream).unwrap_or_default();
        assert!(!head.contains("canary"), "a field of the request went to the proxy");
        let _ = stream.write_all(answer);
        if answer.is_empty() {
            return;
        }
        wait_for_end(&mut stream);
    });
    let transport = through(proxy(ProxyKind::Http, peer.port()));
    let mut request = target_request(443);
    request.fields.push(support::client::field("authorization", "canary"));
    let error = start(&transport, request).error();
    assert_empty(&transport);
    (error, peer)
}

#[test]
fn p01_a_refused_connect_is_an_error_with_its_status_and_never_a_direct_connection() {
    let cases: [(&'static [u8], &str, Option<u16>); 7] = [
        (
            b"HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n",
            "ERR_PROXY_AUTH_REQUIRED",
            Some(407),
        ),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "ERR_PROXY_REFUSED", Some(403)),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nsad", "ERR_PROXY_REFUSED", Some(502)),
        (b"HTTP/1.1 302 Found\r\nLocation: http://evil/\r\nContent-Length: 0\r\n\r\n", "ERR_PROXY_REFUSED", Some(302)),
        (b"HTTP/1.1 200 OK\r\n\r\nunasked bytes", "ERR_PROXY_PROTOCOL", None),
        (b"SSH-2.0-garbage\r\n\r\n", "ERR_PROXY_PROTOCOL", None),
        (b"", "ERR_PROXY_CLOSED", None),
    ];
    for (answer, code, status) in cases {
        let (error, peer) = refused_by(answer);
        assert_eq!((error.code, error.phase.as_str()), (code, "proxy"), "{error}");
        assert_eq!(error.proxy_status, status, "{error}");
        assert!(error.replayable);
        assert_eq!(peer.accepted(), 1);
    }
}

#[test]
fn p02_bad_socks5_replies_are_specific_errors() {
    let cases: [(&'static [u8], &str); 6] = [
        (&[4, 0], "ERR_PROXY_PROTOCOL"),
        (&[5, 0xff], "ERR_PROXY_AUTH_REQUIRED"),
        (&[5, 0, 5, 1, 0, 1, 0, 0, 0, 0, 0, 0], "ERR_PROXY_REFUSED"),
        (&[5, 0, 5, 2, 0, 1, 0, 0, 0, 0, 0, 0], "ERR_PROXY_REFUSED"),
        (&[5, 0, 5, 4, 0, 1, 0, 0, 0, 0, 0, 0], "ERR_PROXY_UNREACHABLE"),
        (&[5, 0, 5], "ERR_PROXY_CLOSED"),
    ];
    for (reply, code) in cases {
        let peer = Peer::start(move |mut stream, _| {
            let mut greeting = [0; 3];
            let _ = stream.read_exact(&mut greeting);
            let (method, rest) = reply.split_at(2);
            let _ = stream.write_all(method);
            if !rest.is_empty() {
                let mut request = [0; 7];
                let _ = stream.read_exact(&mut request);
                let _ = stream.write_all(rest);
            }
            let _ = stream.shutdown(std::net::Shutdown::Write);
            wait_for_end(&mut stream);
        });
        let transport = through(proxy(ProxyKind::Socks5h, peer.port()));
        let error = start(&transport, target_request(443)).error();
        assert_eq!((error.code, error.phase.as_str()), (code, "proxy"), "{reply:?}: {error}");
        assert_empty(&transport);
    }
}

#[test]
fn p02_a_name_that_is_too_long_is_refused_and_not_resolved_here() {
    let peer = Peer::start(|mut stream, _| wait_for_end(&mut stream));
    let transport = through(proxy(ProxyKind::Socks5h, peer.port()));
    let request = ExchangeRequest::new("GET", Scheme::Https, &"x".repeat(256), 443, "/");
    assert_eq!(start(&transport, request).error().code, "ERR_PROXY_TARGET");
}

#[test]
fn p04_alternating_transports_leave_by_their_own_proxy() {
    let make = |name: &'static str| Peer::start(move |mut stream, _| serve(&mut stream, name));
    let (first, second) = (make("A"), make("B"));
    let transports = [through(proxy(ProxyKind::Http, first.port())), through(proxy(ProxyKind::Http, second.port()))];
    for round in 0..20 {
        let request = ExchangeRequest::new("GET", Scheme::Http, "origin.test", 80, "/");
        let answer = fetch(&transports[round % 2], request).expect("answered");
        assert_eq!(answer.text(), if round % 2 == 0 { "A" } else { "B" });
    }
    assert_eq!((first.accepted(), second.accepted()), (1, 1));
}

#[test]
fn p04_a_proxy_that_is_gone_is_an_error_and_not_a_direct_connection() {
    let origin = Peer::start(|mut stream, _| serve(&mut stream, "direct"));
    let gone = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
    for kind in KINDS {
        let transport = through(proxy(kind, gone));
        let error = start(&transport, get(origin.port(), "/")).error();
        assert_eq!((error.code, error.node_code), ("ERR_PROXY_CONNECTION", Some("ECONNREFUSED")), "{kind:?}");
    }
    assert_eq!(origin.accepted(), 0);
}
