//! No socket is connected to what the guard refuses, whatever way leads there.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::io::{Read, Write};
use std::sync::Arc;

use support::client::{fetch, get, transport_with};
use support::peer::{Peer, read_head};
use wiretwin_engine::{
    AddressGuard, Error, ExchangeRequest, ProxyKind, ProxyOptions, Scheme, Transport, TransportOptions,
};

fn site() -> Peer {
    Peer::start(|mut stream, _| {
        while read_head(&mut stream).is_some() {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
        }
    })
}

fn guarded(allow: &[&str], change: impl FnOnce(&mut TransportOptions)) -> Arc<Transport> {
    transport_with(|options| {
        let allow = allow.iter().map(|text| text.parse().unwrap()).collect();
        options.address_guard = Some(AddressGuard { allow, proxies: false });
        change(options);
    })
}

fn to(host: &str, port: u16) -> ExchangeRequest {
    ExchangeRequest::new("GET", Scheme::Http, host, port, "/")
}

fn denied(outcome: Result<support::client::Answer, Error>) {
    let error = outcome.expect_err("denied");
    assert_eq!((error.code, error.phase.as_str(), error.replayable), ("ERR_ADDRESS_DENIED", "connect", false));
    assert!(!error.to_string().contains("127.0.0.1"), "{error}");
}

#[test]
fn literals_names_overrides_and_given_addresses_are_judged_alike() {
    let site = site();
    let port = site.port();
    let transport = guarded(&[], |options| {
        options.resolve.insert("pinned.test".into(), vec!["127.0.0.1".parse().unwrap()]);
        options.resolve.insert("mapped.test".into(), vec!["::ffff:127.0.0.1".parse().unwrap()]);
    });
    // What the system makes of shorter spellings is judged as what it is.
    for host in
        ["127.0.0.1", "::1", "::ffff:127.0.0.1", "localhost", "a.localhost.", "pinned.test", "mapped.test", "127.1"]
    {
        denied(fetch(&transport, to(host, port)));
    }
    let looked_up = ExchangeRequest { addresses: vec!["127.0.0.1".parse().unwrap()], ..to("public.test", port) };
    denied(fetch(&transport, looked_up));
    assert_eq!(site.accepted(), 0);
}

#[test]
fn what_is_allowed_is_dialled_and_what_is_not_is_left_out() {
    let site = site();
    let transport = guarded(&["127.0.0.0/31"], |_| {});
    assert_eq!(fetch(&transport, get(site.port(), "/")).expect("answered").text(), "ok");
    // The first address would answer, too.
    let addresses = ["127.0.0.2", "127.0.0.1"].map(|text| text.parse().unwrap()).to_vec();
    let both = ExchangeRequest { addresses, new_connection: true, ..to("both.test", site.port()) };
    let answer = fetch(&transport, both).expect("answered");
    assert_eq!(answer.info.connection.endpoints.remote.ip().to_string(), "127.0.0.1");
    denied(fetch(&transport, to("127.0.0.2", site.port())));
}

// Other systems have one loopback address.
#[cfg(target_os = "linux")]
#[test]
fn a_name_that_leads_elsewhere_at_the_next_connection_is_judged_again() {
    let site = Peer::start(|mut stream, _| {
        read_head(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok").unwrap();
    });
    let transport = guarded(&["127.0.0.2"], |_| {});
    let rebinding = |address: &str| ExchangeRequest {
        addresses: vec![address.parse().unwrap()],
        ..to("rebinding.test", site.port())
    };
    // The peer listens on one address of the network, so the other one is refused by it: but it was dialled.
    let first = fetch(&transport, rebinding("127.0.0.2")).err().map(|error| error.code);
    assert_eq!(first, Some("ERR_CONNECTION_REFUSED"));
    denied(fetch(&transport, rebinding("127.0.0.1")));
    assert_eq!(site.accepted(), 0);
}

fn proxy(kind: ProxyKind, port: u16) -> impl FnOnce(&mut TransportOptions) {
    move |options| {
        let host = "127.0.0.1".into();
        options.proxy = Some(ProxyOptions { kind, host, port, username: None, password: None, headers: Vec::new() });
        options.resolve.insert("pinned.test".into(), vec!["10.0.0.1".parse().unwrap()]);
    }
}

#[test]
fn what_a_proxy_is_asked_for_is_judged_as_far_as_it_is_known_here() {
    let kinds = [ProxyKind::Http, ProxyKind::Socks4, ProxyKind::Socks4a, ProxyKind::Socks5, ProxyKind::Socks5h];
    for kind in kinds {
        let heard = Arc::<std::sync::Mutex<Vec<u8>>>::default();
        let bytes = Arc::clone(&heard);
        let peer = Peer::start(move |mut stream, _| {
            let mut buffer = [0; 512];
            while let Ok(count @ 1..) = stream.read(&mut buffer) {
                bytes.lock().unwrap().extend_from_slice(&buffer[..count]);
                let _ = stream.write_all(&[5, 0]);
            }
        });
        let transport = guarded(&[], proxy(kind, peer.port()));
        for host in ["127.0.0.1", "169.254.169.254", "localhost", "pinned.test"] {
            denied(fetch(&transport, to(host, 80)));
        }
        let local = matches!(kind, ProxyKind::Socks4 | ProxyKind::Socks5);
        if local {
            let looked_up =
                ExchangeRequest { addresses: vec!["10.0.0.1".parse().unwrap()], ..to("looked-up.test", 80) };
            denied(fetch(&transport, looked_up));
        }
        let heard = String::from_utf8_lossy(&heard.lock().unwrap()).into_owned();
        assert!(!heard.contains("GET") && !heard.contains("CONNECT"), "{kind:?}: {heard}");
    }
}

#[test]
fn the_address_of_a_proxy_is_judged_when_asked() {
    let site = site();
    let transport = guarded(&[], |options| {
        proxy(ProxyKind::Http, site.port())(options);
        options.address_guard = Some(AddressGuard { allow: Vec::new(), proxies: true });
    });
    denied(fetch(&transport, to("public.test", 80)));
    assert_eq!(site.accepted(), 0);
}
