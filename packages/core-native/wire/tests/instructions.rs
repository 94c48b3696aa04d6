//! What `pnpm bench:engine` counts the instructions of (scripts/bench-engine.mjs): the same work a hundred times, after once.
//! As tests they show that the work is done; valgrind counts what happens inside of `counted`.
#![allow(clippy::expect_used)]

mod support;

use std::hint::black_box;
use std::sync::Arc;

use bytes::{Buf, Bytes};
use support::{chromium, drain_writes, field, frames, ready_with};
use wiretwin_wire::head::{Field, RequestHead};
use wiretwin_wire::http1::{Http1Policy, RequestFraming, encode_head};
use wiretwin_wire::http2::hpack::decoder::Decoder;
use wiretwin_wire::http2::hpack::encoder::Encoder;
use wiretwin_wire::http2::{Connection, Event, Http2Limits, Priority};

const ROUNDS: usize = 100;
const PRIORITY: Priority = Priority { weight: 220, exclusive: true, rank: 1, send: true };

/// Found by its name.
#[inline(never)]
fn counted(mut work: impl FnMut(usize)) {
    for round in 0..ROUNDS {
        work(black_box(round));
    }
}

/// The fields of a browser's fetch.
fn fields() -> Vec<Field> {
    include!("fixtures/fetch_fields.rs").map(|(name, value)| field(name, value)).into()
}

fn head() -> RequestHead {
    RequestHead {
        method: Bytes::from_static(b"GET"),
        scheme: Bytes::from_static(b"https"),
        authority: Bytes::from_static(b"www.mirror.test"),
        target: Bytes::from_static(b"/api/items/1"),
        protocol: None,
        fields: fields().into(),
    }
}

fn encode(encoder: &mut Encoder, fields: &[Field], out: &mut Vec<u8>) {
    out.clear();
    encoder.begin_block(out);
    for Field { name, value } in fields {
        encoder.encode(name, value, out);
    }
}

#[test]
fn hpack_encode() {
    let mut encoder = Encoder::new(chromium().hpack.clone());
    let (fields, mut out) = (fields(), Vec::new());
    encode(&mut encoder, &fields, &mut out);
    let first = out.len();
    counted(|_| encode(&mut encoder, &fields, &mut out));
    assert!(out.len() < first / 5, "what repeats is in the table: {} of {first} bytes", out.len());
}

/// As a connection writes the requests of a session: the same list of fields, which is remembered.
#[test]
fn http2_head_repeated() {
    let (mut connection, head, later) = warmed();
    let mut open = || connection.open(Arc::clone(&head), PRIORITY, true).expect("a stream").value();
    let last = (0..ROUNDS).map(|_| open()).last().expect("streams");
    let mut written = Vec::with_capacity(ROUNDS);
    counted(|_| written.extend(connection.next_write()));
    assert_eq!(written.len(), ROUNDS);
    assert!(written.iter().all(|write| write.get(14..) == written[0].get(14..)), "the same block each time");
    connection.receive(&answer(last, &later)).expect("an answer");
}

#[test]
fn hpack_decode() {
    let (mut encoder, mut decoder) = (Encoder::new(chromium().hpack.clone()), Decoder::new(65_536, 262_144));
    let (fields, mut block) = (fields(), Vec::new());
    encode(&mut encoder, &fields, &mut block);
    let all = decoder.decode(&block).expect("a block").fields.len();
    encode(&mut encoder, &fields, &mut block);
    let mut decoded = 0;
    counted(|_| decoded += decoder.decode(&block).expect("a block").fields.len());
    assert_eq!(decoded, all * ROUNDS);
}

fn http1_policy() -> Arc<Http1Policy> {
    let document: serde_json::Value =
        serde_json::from_str(include_str!("fixtures/http1-chromium-156.json")).expect("a fixture");
    serde_json::from_value(document["policy"].clone()).map(Arc::new).expect("a policy")
}

fn write_http1(policy: &Arc<Http1Policy>, head: &RequestHead, out: &mut Vec<u8>) {
    out.clear();
    encode_head(policy, head, RequestFraming::None, out).expect("a head");
}

/// Fields that no request had before.
#[test]
fn http1_head() {
    let (policy, mut out) = (http1_policy(), Vec::new());
    let heads: Vec<_> = (0..ROUNDS).map(|_| head()).collect();
    counted(|round| write_http1(&policy, &heads[round], &mut out));
    assert!(out.starts_with(b"GET /api/items/1 HTTP/1.1\r\nHost: www.mirror.test\r\n"));
}

#[test]
fn http1_head_repeated() {
    let (policy, head, mut out, mut last) = (http1_policy(), head(), Vec::new(), Vec::new());
    write_http1(&policy, &head, &mut last);
    write_http1(&policy, &head, &mut last);
    counted(|_| write_http1(&policy, &head, &mut out));
    assert_eq!(out, last);
}

/// date, server, content-type as literals that are indexed once and named afterwards.
fn answers() -> [Vec<u8>; 2] {
    let first = [&[0x88, 0x5f, 16][..], b"application/json", &[0x61, 29], b"Tue, 01 Sep 2026 00:00:00 GMT"].concat();
    [first, vec![0x88, 0xbf, 0xbe]]
}

fn open(connection: &mut Connection, head: &Arc<RequestHead>) -> u32 {
    let id = connection.open(Arc::clone(head), PRIORITY, true).expect("a stream");
    black_box(drain_writes(connection));
    id.value()
}

fn answer(id: u32, block: &[u8]) -> Vec<u8> {
    [frames::frame(1, 4, id, block), frames::frame(0, 1, id, &[b'x'; 100])].concat()
}

fn take(connection: &mut Connection) -> usize {
    let mut bytes = 0;
    while let Some(event) = connection.next_event() {
        if let Event::Data { id, data, .. } = &event {
            bytes += data.remaining();
            connection.consume(*id, data.remaining());
        }
        black_box(event);
    }
    bytes
}

/// A connection that has had its first answer, the head of its requests, and the block of later answers.
fn warmed() -> (Connection, Arc<RequestHead>, Vec<u8>) {
    // A peer without a limit on streams.
    let mut connection = ready_with(chromium(), Http2Limits::default(), &[(3, u32::MAX)]);
    let head = Arc::new(head());
    let [first, later] = answers();
    let id = open(&mut connection, &head);
    connection.receive(&answer(id, &first)).expect("an answer");
    take(&mut connection);
    (connection, head, later)
}

#[test]
fn http2_frames() {
    let (mut connection, head, later) = warmed();
    let inputs: Vec<_> = (0..ROUNDS).map(|_| answer(open(&mut connection, &head), &later)).collect();
    counted(|round| connection.receive(&inputs[round]).expect("an answer"));
    assert_eq!(take(&mut connection), ROUNDS * 100);
}

#[test]
fn http2_exchange() {
    http2_exchange_beside(0);
}

/// Nothing looks at all streams that are open; there are 256 at most.
#[test]
fn http2_exchange_beside_many() {
    http2_exchange_beside(250);
}

fn http2_exchange_beside(others: usize) {
    let (mut connection, head, later) = warmed();
    for _ in 0..others {
        open(&mut connection, &head);
    }
    let mut bytes = 0;
    counted(|_| {
        let id = open(&mut connection, &head);
        connection.receive(&answer(id, &later)).expect("an answer");
        bytes += take(&mut connection);
    });
    assert_eq!(bytes, ROUNDS * 100);
}
