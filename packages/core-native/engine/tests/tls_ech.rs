//! Length of the GREASE ECH payload where it follows the hello, against what Firefox 153.7 sent.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod tls_support;

use tls_support::certificates::ca;
use tls_support::hello::Hello;
use tls_support::tickets::{self, AES_128, AES_256};
use tls_support::{context, session};
use wiretwin_engine::tls::{AlpnPolicy, Ticket, TlsSession};

fn ticket(suite: u16, length: usize) -> Ticket {
    tickets::ticket(session(&context("firefox_153", &ca().pem()), None), suite, length)
}

fn hello(name: &str, alpn: AlpnPolicy, ticket: Option<Ticket>) -> Hello {
    let mut client = TlsSession::new(&context("firefox_153", &ca().pem()), name, alpn, ticket).unwrap();
    client.handshake().unwrap();
    Hello::from_flight(&client.take_output())
}

/// A host name of `length` characters.
fn name(length: usize) -> String {
    let mut name: String = (1..=length).map(|at| if at % 50 == 0 { '.' } else { 'a' }).collect();
    if name.ends_with('.') {
        name.replace_range(length - 1.., "a");
    }
    name
}

#[test]
fn firefox_pads_as_if_there_were_an_inner_hello() {
    // Firefox ESR 153.7.0 towards a Go server whose tickets had the given lengths.
    for (host, length, payload) in [
        (name(20), None, 239),
        (name(100), None, 239),
        (name(104), None, 239),
        (name(105), None, 271),
        (name(150), None, 303),
        (name(220), None, 367),
        (name(253), None, 399),
        ("127.0.0.1".to_owned(), None, 239),
        ("[::1]".to_owned(), None, 239),
        (name(12), Some(16), 303),
        (name(20), Some(21), 303),
        (name(20), Some(22), 335),
        (name(100), Some(21), 303),
        (name(100), Some(22), 335),
        (name(101), Some(20), 303),
        (name(104), Some(21), 335),
        (name(130), Some(200), 527),
        (name(15), Some(240), 527),
        (name(104), Some(300), 591),
        (name(150), Some(500), 847),
        ("127.0.0.1".to_owned(), Some(103), 367),
        ("127.0.0.1".to_owned(), Some(104), 399),
        ("[::1]".to_owned(), Some(97), 367),
        ("[::1]".to_owned(), Some(98), 399),
    ] {
        let offered = length.map(|length| ticket(AES_128, length));
        let hello = hello(&host, AlpnPolicy::Profile, offered);
        assert_eq!(hello.has(41), length.is_some());
        assert_eq!(hello.ech().2, payload, "{host} {length:?}");
    }
}

#[test]
fn a_longer_binder_counts() {
    // Firefox towards Node, which picks AES-256: www.mirror.test, also for a WebSocket, whose hello has no
    // compress_certificate.
    let hello = |alpn| hello("www.mirror.test", alpn, Some(ticket(AES_256, 240)));
    assert_eq!(hello(AlpnPolicy::Profile).ech().2, 559);
    let websocket = hello(AlpnPolicy::Http1Only);
    assert!(!websocket.has(27));
    assert_eq!(websocket.ech().2, 559);
}

#[test]
fn chromium_draws_whatever_the_hello_holds() {
    let context = context("chrome_156", &ca().pem());
    for host in ["127.0.0.1", &name(253)] {
        let mut client = TlsSession::new(&context, host, AlpnPolicy::Profile, None).unwrap();
        client.handshake().unwrap();
        assert!([144, 176, 208, 240].contains(&Hello::from_flight(&client.take_output()).ech().2));
    }
}
