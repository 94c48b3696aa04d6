//! FAULTS N04: a panic in the engine fails what it hits and nothing else. Run with `--features fault-injection`.
#![cfg(feature = "fault-injection")]
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use support::client::{assert_empty, eventually, fetch, get, start, transport};
use support::h2::{HEADERS, Server};
use support::peer::{Peer, serve};
use wiretwin_engine::Protocols;
use wiretwin_engine::fault::{Point, arm};

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
    let mut running: Vec<_> = (0..49).map(|_| open()).collect();
    eventually("all streams are open", || opened.load(Ordering::SeqCst) == 49);
    arm(Point::Driver);
    running.push(open());
    for one in &running {
        assert_eq!(one.error().code, "ERR_INTERNAL");
        one.assert_silent();
    }
    assert_empty(&transport);
}
