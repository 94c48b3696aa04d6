//! Thousands of requests wait and are given up one by one. What that costs is counted, not timed: looks at other requests
//! and attempts (feature `fault-injection`). One test, because the count is the process's.

#![allow(clippy::expect_used, clippy::unwrap_used)]
#![cfg(feature = "fault-injection")]

mod support;

use std::sync::Arc;
use std::sync::mpsc::channel;

use support::client::{Running, assert_empty, firefox, get, start, transport, transport_with};
use support::h2::Server;
use support::peer::{Peer, wait_for_end};
use wiretwin_engine::{ExchangeRequest, Protocols, Scheme, Transport, fault};

const WAITING: u64 = 3_000;

/// Looks that one request may cost: at each of six attempts a few, at its start and at its end.
const LOOKS_EACH: u64 = 60;

/// Starts requests of which none is answered, gives them up one by one, and counts.
fn give_up(name: &str, transport: &Arc<Transport>, count: u64, request: impl Fn() -> ExchangeRequest) {
    for newest_first in [false, true] {
        let before = fault::count_of(fault::Count::Look);
        let mut running: Vec<Running> = (0..count).map(|_| start(transport, request())).collect();
        if newest_first {
            running.reverse();
        }
        for one in &running {
            one.handle.abort();
        }
        for one in &running {
            assert_eq!(one.error().code, "ERR_ABORTED", "{name}");
        }
        let looks = fault::count_of(fault::Count::Look) - before;
        assert!(looks <= count * LOOKS_EACH, "{name}: {looks} looks for {count} requests");
    }
}

#[test]
fn c11_giving_up_waiting_requests_costs_the_same_for_each() {
    // No more streams, and no more connections either.
    let (first, taken) = channel();
    let peer = Peer::start(move |stream, _| {
        let mut server = Server::accept(stream, &[(3, 1)]).expect("a preface");
        server.next_request().expect("a request");
        first.send(()).expect("the test waits");
        while server.next().is_some() {}
    });
    let shared = transport();
    let over_http2 = || ExchangeRequest { protocols: Protocols::Http2, ..get(peer.port(), "/") };
    let busy = start(&shared, over_http2());
    taken.recv().expect("it is under way");
    give_up("behind the stream limit", &shared, WAITING, over_http2);
    busy.handle.abort();

    // The handshake is never answered: all follow one attempt, or one each up to six.
    let silent = Peer::start(|mut stream, _| wait_for_end(&mut stream));
    let secure = |protocols| {
        let mut request = get(silent.port(), "/");
        request.scheme = Scheme::Https;
        request.protocols = protocols;
        request
    };
    for protocols in [Protocols::Http2, Protocols::Http1, Protocols::Auto] {
        let shared = transport();
        give_up(&format!("behind handshakes, {protocols:?}"), &shared, WAITING, || secure(protocols));
        shared.close(None);
        assert_empty(&shared);
    }

    // Each with an attempt of its own.
    let shared = transport();
    let alone = || ExchangeRequest { new_connection: true, ..secure(Protocols::Auto) };
    give_up("attempts of their own", &shared, 200, alone);

    // WebSockets of a browser that opens one at a time.
    let shared = transport_with(|options| options.profile = firefox());
    let web_socket = || ExchangeRequest { web_socket: true, upgrade: true, ..secure(Protocols::Auto) };
    give_up("WebSockets in line", &shared, WAITING, web_socket);
    shared.close(None);
    assert_empty(&shared);
}
