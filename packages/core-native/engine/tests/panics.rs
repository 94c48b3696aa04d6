//! FAULTS N04: a panic in the engine fails what it hits and nothing else. Run with `--features fault-injection`.
#![cfg(feature = "fault-injection")]
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use support::client::{assert_empty, eventually, fetch, get, start, transport};
use support::h2::{HEADERS, Server};
use support::peer::{Peer, serve, wait_for_end};
use wiretwin_engine::fault::{self, Point, arm};
use wiretwin_engine::{Protocols, Timeouts, Transport};

/// One test, because the trigger is one for the process.
#[test]
fn n04_a_panic_becomes_err_internal_and_the_transport_stays_usable() {
    let peer = Peer::start(|mut stream, _| serve(&mut stream, "fine"));
    for point in [Point::Command, Point::Dial, Point::Driver] {
        for _ in 0..10 {
            // Nothing else may run into the trap: each round has a transport of its own.
            let transport = transport();
            arm(point);
            assert_eq!(start(&transport, get(peer.port(), "/")).error().code, "ERR_INTERNAL", "{point:?}");
            assert_eq!(fetch(&transport, get(peer.port(), "/")).expect("answered").text(), "fine");
            transport.close(None);
            assert_empty(&transport);
        }
    }
    every_stream_of_a_connection_whose_driver_panics_is_told();
    what_serves_all_exchanges_survives();
}

/// Limits, starts and ends of transports go on after a panic in one of them.
fn what_serves_all_exchanges_survives() {
    let peer = Peer::start(|mut stream, _| serve(&mut stream, "fine"));
    let silent = Peer::start(|mut stream, _| wait_for_end(&mut stream));
    let limit = Duration::from_millis(20);
    let limited = || {
        let mut request = get(silent.port(), "/");
        request.timeouts = Timeouts { total: Some(limit), ..Timeouts::default() };
        request
    };
    let shared = transport();
    arm(Point::Timer);
    assert_eq!(start(&shared, limited()).error().code, "ERR_INTERNAL");
    assert_eq!(start(&shared, limited()).error().code, "ERR_TIMEOUT_TOTAL");
    for point in [Point::Start, Point::Opened] {
        let fresh = transport();
        arm(point);
        let running = start(&fresh, get(peer.port(), "/"));
        assert_eq!(running.error().code, "ERR_INTERNAL", "{point:?}");
        running.assert_silent();
        assert_eq!(fetch(&fresh, get(peer.port(), "/")).expect("answered").text(), "fine");
        fresh.close(None);
        assert_empty(&fresh);
    }
    arm(Point::Release);
    drop(transport_that_was_used(&peer));
    drop(transport_that_was_used(&peer));
    assert_eq!(fetch(&shared, get(peer.port(), "/")).expect("answered").text(), "fine");
    assert!(!fault::is_armed(), "the trap was not passed");
}

fn transport_that_was_used(peer: &Peer) -> Arc<Transport> {
    let used = transport();
    assert_eq!(fetch(&used, get(peer.port(), "/")).expect("answered").text(), "fine");
    used
}

fn every_stream_of_a_connection_whose_driver_panics_is_told() {
    let opened = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&opened);
    let silent = Peer::start(move |stream, _| {
        let Some(mut server) = Server::accept(stream, &[]) else { return };
        while let Some(frame) = server.next() {
            seen.fetch_add(usize::from(frame.kind == HEADERS), Ordering::SeqCst);
        }
    });
    let transport = transport();
    let open = || {
        let mut request = get(silent.port(), "/");
        request.protocols = Protocols::Http2;
        start(&transport, request)
    };
    let running: Vec<_> = (0..49).map(|_| open()).collect();
    eventually("all streams are open", || opened.load(Ordering::SeqCst) == 49);
    arm(Point::Driver);
    // Makes the driver run, if nothing else has: then it finds a connection of its own.
    let last = open();
    for one in &running {
        assert_eq!(one.error().code, "ERR_INTERNAL");
        one.assert_silent();
    }
    last.handle.abort();
    assert!(matches!(last.error().code, "ERR_INTERNAL" | "ERR_ABORTED"));
    transport.close(None);
    assert_empty(&transport);
}
