//! How one side of a connection ends: half-close after an upgrade, and connections that died while they idled.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::io::{Read, Write};
use std::net::Shutdown;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use support::client::{assert_empty, fetch, field, get, start, transport, transport_with};
use support::h2::Server;
use support::patience::Patient;
use support::peer::{Peer, read_head};
use support::tls_server::{Authority, accept};
use wiretwin_engine::{
    ExchangeEvent, ExchangeRequest, ExchangeSink, Protocols, RequestBody, Scheme, Transport, TrustStore,
};

const SWITCHING: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

/// Switches, reads to the end of the client's side, and only then answers with what it read.
fn echo_after_end(stream: &mut (impl Read + Write)) {
    read_head(stream).expect("a request");
    stream.write_all(SWITCHING).expect("written");
    let mut all = Vec::new();
    stream.read_to_end(&mut all).expect("the client ends its side properly");
    stream.write_all(&all).expect("the other direction is still open");
}

/// Upgrades, sends, ends its side, and gives what comes back after that.
fn upgraded(transport: &Transport, mut request: ExchangeRequest) -> Vec<u8> {
    request.upgrade = true;
    request.protocols = Protocols::Http1;
    request.fields.push(field("Upgrade", "websocket"));
    let running = start(transport, request);
    assert!(running.head().expect("answered").upgraded);
    running.handle.write(Bytes::from_static(b"last "));
    running.handle.write(Bytes::from_static(b"words"));
    running.handle.end(Vec::new());
    let mut back = Vec::new();
    running.handle.read(0);
    loop {
        match running.next() {
            ExchangeEvent::Data(data) => {
                back.extend_from_slice(&data);
                running.handle.read(0);
            }
            ExchangeEvent::Done { .. } => return back,
            ExchangeEvent::Failed { error, .. } => panic!("{error}"),
            _ => {}
        }
    }
}

#[test]
fn the_end_of_an_upgraded_exchange_closes_one_direction() {
    let peer = Peer::start(|mut stream, _| echo_after_end(&mut stream));
    let transport = transport();
    assert_eq!(upgraded(&transport, get(peer.port(), "/")), b"last words");
    assert_empty(&transport);
}

#[test]
fn the_end_of_an_upgraded_exchange_over_tls_is_a_close_notify() {
    let acceptor = Authority::shared().acceptor(&["127.0.0.1"], &["http/1.1"]);
    let peer = Peer::start(move |stream, _| {
        if let Some(mut stream) = accept(&acceptor, stream) {
            echo_after_end(&mut stream);
            let _ = stream.shutdown();
        }
    });
    let transport = transport_with(|options| {
        options.trust_store = TrustStore::None;
        options.ca = vec![Authority::shared().pem()];
    });
    let request = ExchangeRequest::new("GET", Scheme::Https, "127.0.0.1", peer.port(), "/");
    assert_eq!(upgraded(&transport, request), b"last words");
    assert_empty(&transport);
}

/// Holds the I/O thread at the end of an exchange until it is released.
struct Holding {
    at_end: Sender<()>,
    release: Mutex<Receiver<()>>,
}

impl ExchangeSink for Holding {
    fn on_event(&mut self, event: ExchangeEvent) {
        if matches!(event, ExchangeEvent::Done { .. } | ExchangeEvent::Failed { .. }) {
            let _ = self.at_end.send(());
            let _ = self.release.lock().unwrap().receive();
        }
    }
}

#[test]
fn h07_a_post_that_meets_a_dead_http2_connection_goes_on_a_new_one() {
    for _ in 0..10 {
        let (hang_up, told) = channel::<()>();
        let (gone, closed) = channel::<()>();
        let (told, gone) = (Mutex::new(told), Mutex::new(gone));
        let peer = Peer::start(move |stream, number| {
            let raw = stream.try_clone().expect("a handle");
            let Some(mut server) = Server::accept(stream, &[]) else { return };
            if number > 0 {
                return server.serve(b"second");
            }
            let request = server.next_request().expect("a request");
            server.answer(request.stream, b"first");
            told.lock().unwrap().receive().expect("told to hang up");
            raw.shutdown(Shutdown::Both).expect("closed");
            let _ = gone.lock().unwrap().send(());
        });
        let transport: Arc<Transport> = transport();
        let request = || ExchangeRequest { protocols: Protocols::Http2, ..get(peer.port(), "/") };
        let (at_end, ended) = channel();
        let (release, released) = channel();
        let _first = transport.start(request(), Box::new(Holding { at_end, release: Mutex::new(released) }));
        ended.receive().expect("the first exchange ends");
        // The I/O thread stands still: it learns of the end of the connection and of the POST at the same time.
        hang_up.send(()).expect("the peer waits");
        closed.receive().expect("the peer closed");
        let mut post = request();
        post.method = Bytes::from_static(b"POST");
        post.body = RequestBody::Bytes(Bytes::from_static(b"payload"));
        let running = start(&transport, post);
        release.send(()).expect("the I/O thread waits");
        assert_eq!(running.finish().expect("answered on a new connection").text(), "second");
        assert_eq!(peer.accepted(), 2);
        let again = fetch(&transport, request()).expect("answered");
        assert!(again.info.reused);
    }
}
