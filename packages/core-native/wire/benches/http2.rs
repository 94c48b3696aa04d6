//! CPU time of the HTTP/2 layer for one small request and response, without sockets and TLS.
//!
//! `cargo bench -p wiretwin-wire --bench http2`. Prints nanoseconds; asserts nothing, machines differ.
#![allow(clippy::expect_used, clippy::print_stdout)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use bytes::{Buf, Bytes};
use wiretwin_wire::head::{Field, RequestHead};
use wiretwin_wire::http2::{Connection, Event, Http2Limits, Http2Policy, Priority};

const ROUNDS: u32 = 200_000;

/// The fields of a browser's fetch.
const FIELDS: [(&str, &str); 13] = include!("../tests/fixtures/fetch_fields.rs");

fn main() {
    for (name, document) in [
        ("chromium_156", include_str!("../tests/fixtures/http2_policy_chromium_156.json")),
        ("firefox_153", include_str!("../tests/fixtures/http2_policy_firefox_153.json")),
    ] {
        let policy: Http2Policy = serde_json::from_str(document).expect("a policy");
        println!("{name}: {} ns for a request and a response of 100 bytes", small_exchanges(Arc::new(policy.clone())));
        println!("{name}: {} MB/s of response body", download(Arc::new(policy)));
    }
}

fn head() -> RequestHead {
    let fields = FIELDS.iter().chain(&[("x-request-id", "1")]).map(|(name, value)| Field {
        name: Bytes::from_static(name.as_bytes()),
        value: Bytes::from_static(value.as_bytes()),
    });
    RequestHead {
        method: Bytes::from_static(b"GET"),
        scheme: Bytes::from_static(b"https"),
        authority: Bytes::from_static(b"www.mirror.test"),
        target: Bytes::from_static(b"/api/items/1"),
        protocol: None,
        fields: fields.collect(),
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8], out: &mut Vec<u8>) {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    out.extend_from_slice(&[length[1], length[2], length[3], kind, flags]);
    out.extend_from_slice(&stream.to_be_bytes());
    out.extend_from_slice(payload);
}

fn connection(policy: Arc<Http2Policy>) -> Connection {
    let mut connection = Connection::new(policy, Http2Limits::default());
    connection.receive(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).expect("SETTINGS");
    connection
}

fn open(connection: &mut Connection, head: &Arc<RequestHead>) -> u32 {
    let priority = Priority { weight: 220, exclusive: true, rank: 1, send: true };
    let id = connection.open(Arc::clone(head), priority, true).expect("a stream");
    while let Some(write) = connection.next_write() {
        black_box(write);
    }
    id.value()
}

fn small_exchanges(policy: Arc<Http2Policy>) -> u128 {
    let mut connection = connection(policy);
    let head = Arc::new(head());
    let mut input = Vec::new();
    // date, server, content-type as literals that are indexed once and named afterwards.
    let first = [&[0x88, 0x5f, 16][..], b"application/json", &[0x61, 29], b"Tue, 01 Sep 2026 00:00:00 GMT"].concat();
    let later = [0x88, 0xbf, 0xbe];
    let start = Instant::now();
    for round in 0..ROUNDS {
        let id = open(&mut connection, &head);
        input.clear();
        frame(1, 4, id, if round == 0 { &first } else { &later }, &mut input);
        frame(0, 1, id, &[b'x'; 100], &mut input);
        connection.receive(&input).expect("a response");
        consume(&mut connection);
    }
    start.elapsed().as_nanos() / u128::from(ROUNDS)
}

fn consume(connection: &mut Connection) {
    while let Some(event) = connection.next_event() {
        if let Event::Data { id, data, .. } = &event {
            connection.consume(*id, data.remaining());
        }
        black_box(event);
    }
}

fn download(policy: Arc<Http2Policy>) -> u128 {
    const FRAMES: u32 = 40_000;
    let mut connection = connection(policy);
    let id = open(&mut connection, &Arc::new(head()));
    let mut input = Vec::new();
    frame(1, 4, id, &[0x88], &mut input);
    connection.receive(&input).expect("a head");
    let mut piece = Vec::new();
    for _ in 0..4 {
        frame(0, 0, id, &[b'x'; 16_384], &mut piece);
    }
    let start = Instant::now();
    for _ in 0..FRAMES / 4 {
        connection.receive(&piece).expect("a body");
        consume(&mut connection);
        while let Some(write) = connection.next_write() {
            black_box(write);
        }
    }
    u128::from(FRAMES) * 16_384 / start.elapsed().as_micros().max(1)
}
