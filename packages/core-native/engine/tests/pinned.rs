//! B10: what an unread body holds, in memory and not in payload. One test, because the process' memory is measured.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used)]

mod support;

use std::io::Write;

use support::client::{eventually, fetch, get, start, transport};
use support::h2::{DATA, END_HEADERS, HEADERS, STATUS_200, Server, encode};
use support::peer::{Peer, read_head};
use wiretwin_engine::{ExchangeRequest, Protocols};

/// Resident memory of this process in bytes.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    statm.split(' ').nth(1).expect("a second field").parse::<u64>().expect("a number") * 4096
}

/// Bodies of 200,000 chunks of one byte, which fit the buffer of a connection.
fn bodies_in_tiny_chunks() -> u64 {
    let peer = Peer::start(|mut stream, _| {
        read_head(&mut stream);
        let mut answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        answer.extend(b"1\r\nx\r\n".repeat(200_000));
        answer.extend(b"0\r\n\r\n");
        stream.write_all(&answer).expect("written");
    });
    let transport = transport();
    let before = resident();
    let running: Vec<_> = (0..6).map(|_| start(&transport, get(peer.port(), "/"))).collect();
    for one in &running {
        one.head().expect("a head");
    }
    // Each ends once all of it is here.
    eventually("all bodies are received", || transport.stats().connections == 0);
    let held = resident().saturating_sub(before);
    for one in running {
        one.handle.abort();
    }
    held
}

/// A window of small DATA frames, each in a read buffer full of frames that mean nothing.
fn data_between_unknown_frames() -> u64 {
    let peer = Peer::start(|stream, _| {
        let Some(mut server) = Server::accept(stream, &[]) else { return };
        let Some(request) = server.next_request() else { return };
        server.send(HEADERS, END_HEADERS, request.stream, STATUS_200);
        let mut round = encode(DATA, 0, request.stream, &[b'x'; 1_100]);
        for _ in 0..4 {
            round.extend(encode(0xfe, 0, 0, &[0; 15_500]));
        }
        for _ in 0..5_500 {
            if server.stream.write_all(&round).is_err() {
                return;
            }
        }
        while let Some(request) = server.next_request() {
            server.answer(request.stream, b"behind it");
        }
    });
    let request = || ExchangeRequest { protocols: Protocols::Http2, ..get(peer.port(), "/") };
    let transport = transport();
    let before = resident();
    let unread = start(&transport, request());
    unread.head().expect("a head");
    assert_eq!(fetch(&transport, request()).expect("answered").text(), "behind it");
    assert_eq!(peer.accepted(), 1);
    let held = resident().saturating_sub(before);
    unread.handle.abort();
    held
}

#[test]
fn b10_unread_bodies_hold_little_more_than_their_bytes() {
    // 1.2 MB of payload.
    let held = bodies_in_tiny_chunks();
    assert!(held < 16 * 1024 * 1024, "{} kB for chunks of one byte", held / 1024);
    // 6 MB of payload.
    let held = data_between_unknown_frames();
    assert!(held < 32 * 1024 * 1024, "{} kB for DATA between unknown frames", held / 1024);
}
