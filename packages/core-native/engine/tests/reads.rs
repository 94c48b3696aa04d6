//! What a request asks of the system is counted, not timed (feature `fault-injection`). One test, because the count is the
//! process's.
#![cfg(feature = "fault-injection")]
#![allow(clippy::expect_used)]

mod support;

use support::client::{Running, assert_empty, get, start, transport};
use support::peer::{Peer, serve};
use wiretwin_engine::fault;

const REQUESTS: u64 = 300;

#[test]
fn a_connection_that_is_taken_over_is_read_once_for_an_answer() {
    let peer = Peer::start(|mut stream, _| serve(&mut stream, "hello"));
    let transport = transport();
    let running: Vec<Running> = (0..REQUESTS).map(|_| start(&transport, get(peer.port(), "/"))).collect();
    for one in &running {
        assert_eq!(one.finish().expect("answered").text(), "hello");
    }
    // One for each, and those of connections that were not taken over at once.
    let reads = fault::count_of(fault::Count::Read);
    assert!((REQUESTS..REQUESTS * 3 / 2).contains(&reads), "{reads} reads for {REQUESTS} requests");
    transport.close(None);
    assert_empty(&transport);
}
