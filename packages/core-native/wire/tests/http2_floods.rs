//! Peers that flood, bomb or starve (FAULTS H01 to H06): bounded, and ended with the right code.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod support;

use support::frames;
use support::{drain_events, drain_frames, drain_writes, open, ready, ready_with};
use wiretwin_wire::http2::{Connection, ConnectionError, ErrorCode, Event, Http2Limits, Initiator};

/// Feeds the same bytes until the connection gives up, writing answers in between; the number of rounds is bounded.
fn flood(connection: &mut Connection, bytes: &[u8], rounds: usize) -> ConnectionError {
    for _ in 0..rounds {
        if let Err(error) = connection.receive(bytes) {
            let go_away = drain_frames(connection).pop().unwrap();
            assert_eq!(go_away.go_away_code(), error.code.0);
            return error;
        }
        drain_writes(connection);
        while connection.next_event().is_some() {}
    }
    panic!("the flood was never ended");
}

fn resets(events: &[Event]) -> Vec<(ErrorCode, Initiator)> {
    let resets = events.iter().filter_map(|event| match event {
        Event::Reset { code, by, .. } => Some((*code, *by)),
        _ => None,
    });
    resets.collect()
}

#[test]
fn h01_a_continuation_flood_is_ended() {
    for piece in [&b""[..], &[0x88; 1_000], &[0x40; 16_384]] {
        let mut connection = ready(support::chromium());
        open(&mut connection);
        connection.receive(&frames::frame(frames::HEADERS, 0, 1, &[0x88])).unwrap();
        let error = flood(&mut connection, &frames::frame(frames::CONTINUATION, 0, 1, piece), 200);
        assert_eq!(error.code, ErrorCode::ENHANCE_YOUR_CALM);
    }
}

#[test]
fn h01_a_header_list_above_the_limit_ends_only_its_stream() {
    let mut connection = ready(support::chromium());
    let id = open(&mut connection);
    let sibling = open(&mut connection);
    // One entry of 4000 bytes in the table, then named 15000 times: 60 MB when decoded.
    let mut block = vec![0x88, 0x40, 1, b'a', 0x7f, 0xa1, 0x1e];
    block.extend([b'x'; 4_000]);
    block.extend([0xbe; 15_000 - 4_000]);
    connection.receive(&frames::frame(frames::HEADERS, frames::END_HEADERS, 1, &block[..15_000])).unwrap();
    let events = drain_events(&mut connection);
    assert_eq!(resets(&events), [(ErrorCode::ENHANCE_YOUR_CALM, Initiator::Library)]);
    assert_eq!(drain_writes(&mut connection).concat(), frames::reset(id.value(), 11));
    // The table is still in step: the entry can be named.
    connection.receive(&frames::frame(frames::HEADERS, frames::END_HEADERS, 3, &[0x88, 0xbe])).unwrap();
    let events = drain_events(&mut connection);
    assert!(
        matches!(&events[0], Event::Response { id, head, .. } if *id == sibling && head.fields[0].1.len() == 4_000)
    );
}

#[test]
fn h01_a_million_tiny_fields_are_bounded_by_the_list_size() {
    let mut connection = ready(support::chromium());
    open(&mut connection);
    let tiny: Vec<u8> = [0, 1, b'a', 0].repeat(4_096);
    connection.receive(&frames::frame(frames::HEADERS, 0, 1, &[0x88])).unwrap();
    for _ in 0..15 {
        connection.receive(&frames::frame(frames::CONTINUATION, 0, 1, &tiny)).unwrap();
    }
    connection.receive(&frames::frame(frames::CONTINUATION, frames::END_HEADERS, 1, &[])).unwrap();
    assert_eq!(resets(&drain_events(&mut connection)), [(ErrorCode::ENHANCE_YOUR_CALM, Initiator::Library)]);
}

#[test]
fn h01_table_size_thrash_and_bad_huffman_end_the_connection() {
    for block in [&[0x20, 0x3f, 0xe1, 0x1f, 0x20, 0x88][..], &[0x00, 0x81, 0xff, 0x00], &[0x88, 0xff, 0xff, 0xff]] {
        let mut connection = ready(support::chromium());
        open(&mut connection);
        let error = connection.receive(&frames::frame(frames::HEADERS, 4, 1, block)).unwrap_err();
        assert_eq!(error.code, ErrorCode::COMPRESSION_ERROR);
        assert_eq!(resets(&drain_events(&mut connection)), [(ErrorCode::COMPRESSION_ERROR, Initiator::Library)]);
        assert_eq!(connection.receive(b"more").unwrap_err(), error, "a failed connection stays failed");
    }
}

#[test]
fn h02_streams_that_a_server_starts_end_the_connection() {
    for stream in [2, 4, 3, 101] {
        let mut connection = ready(support::chromium());
        open(&mut connection);
        let error = connection.receive(&frames::ok(stream, true)).unwrap_err();
        assert_eq!(error.code, ErrorCode::PROTOCOL_ERROR, "stream {stream}");
    }
    // Below Firefox's first stream nothing was ever opened.
    let mut connection = ready(support::firefox());
    open(&mut connection);
    assert_eq!(connection.receive(&frames::ok(1, true)).unwrap_err().code, ErrorCode::PROTOCOL_ERROR);
}

#[test]
fn h02_heads_and_resets_on_closed_streams_run_out_of_credit() {
    let mut connection = ready(support::chromium());
    let id = open(&mut connection);
    connection.reset(id, ErrorCode::CANCEL);
    let mut bytes = frames::ok(1, false);
    bytes.extend(frames::reset(1, 8));
    let error = flood(&mut connection, &bytes, 2_000);
    assert_eq!(error.code, ErrorCode::ENHANCE_YOUR_CALM);
}

#[test]
fn h02_pushed_streams_are_refused_and_counted_when_push_was_not_disabled() {
    let mut policy = (*support::chromium()).clone();
    policy.settings.retain(|setting| setting.0 != 2);
    let mut connection = ready(policy.into());
    open(&mut connection);
    let promise = |stream: u32| {
        let payload = [&stream.to_be_bytes()[..], &[0x82, 0x87, 0x84]].concat();
        frames::frame(frames::PUSH_PROMISE, frames::END_HEADERS, 1, &payload)
    };
    connection.receive(&promise(2)).unwrap();
    assert_eq!(drain_writes(&mut connection).concat(), frames::reset(2, 7));
    connection.receive(&frames::ok(2, false)).unwrap();
    connection.receive(&frames::data(2, true, b"pushed")).unwrap();
    let error = (2..10_000).find_map(|number| {
        drain_writes(&mut connection);
        connection.receive(&promise(number * 2)).err()
    });
    assert_eq!(error.map(|error| error.code), Some(ErrorCode::ENHANCE_YOUR_CALM));
}

#[test]
fn h03_answers_that_nobody_reads_are_capped() {
    // The socket never takes a write: PING answers pile up, then SETTINGS answers, then stream errors.
    for bytes in [frames::ping([0; 8], false), frames::settings(&[])] {
        let mut connection = ready(support::chromium());
        open(&mut connection);
        let outcome = (0..1_100).find_map(|_| connection.receive(&bytes).err());
        assert_eq!(outcome.unwrap().code, ErrorCode::ENHANCE_YOUR_CALM);
        let written = drain_frames(&mut connection);
        assert_eq!(written.len(), 1, "the pile is dropped, GOAWAY is said");
    }
    let limits = Http2Limits { max_queued_answers: 50, ..Http2Limits::default() };
    let mut connection = ready_with(support::chromium(), limits, &[(3, 100)]);
    for _ in 0..100 {
        open(&mut connection);
    }
    let outcome = (0..100u32).find_map(|number| connection.receive(&frames::window_update(number * 2 + 1, 0)).err());
    assert_eq!(outcome.unwrap().code, ErrorCode::ENHANCE_YOUR_CALM);
}

#[test]
fn h03_a_stream_is_reset_once_whatever_follows() {
    let mut connection = ready(support::chromium());
    open(&mut connection);
    connection.receive(&frames::window_update(1, 0)).unwrap();
    assert_eq!(drain_frames(&mut connection).len(), 1);
    for _ in 0..100 {
        connection.receive(&frames::window_update(1, 0)).unwrap();
        connection.receive(&frames::data(1, false, &[0; 500])).unwrap();
    }
    assert_eq!(drain_frames(&mut connection), []);
}

#[test]
fn h04_endless_empty_and_padded_frames_are_ended() {
    for bytes in [frames::data(1, false, b""), frames::padded_data(1, false, b"", 255)] {
        let mut connection = ready(support::chromium());
        open(&mut connection);
        connection.receive(&frames::ok(1, false)).unwrap();
        let error = flood(&mut connection, &bytes, 2_000);
        assert_eq!(error.code, ErrorCode::ENHANCE_YOUR_CALM);
    }
}

#[test]
fn h04_one_byte_frames_are_ended_when_nobody_reads_them_and_welcome_when_somebody_does() {
    let mut connection = ready(support::chromium());
    open(&mut connection);
    connection.receive(&frames::ok(1, false)).unwrap();
    let error = flood(&mut connection, &frames::data(1, false, b"x"), 5_000);
    assert_eq!(error.code, ErrorCode::ENHANCE_YOUR_CALM);

    let mut connection = ready(support::chromium());
    let id = open(&mut connection);
    connection.receive(&frames::ok(1, false)).unwrap();
    for _ in 0..50_000 {
        connection.receive(&frames::data(1, false, b"x")).unwrap();
        drain_events(&mut connection);
        connection.consume(id, 1);
    }
}

#[test]
fn h04_settings_ping_and_unknown_floods_are_ended() {
    let floods = [
        frames::settings(&[(4, 65_535)]),
        frames::frame(frames::SETTINGS, frames::ACK, 0, &[]),
        frames::ping([1; 8], false),
        frames::ping([1; 8], true),
        frames::frame(frames::PRIORITY, 0, 5, &[0, 0, 0, 0, 1]),
        frames::frame(200, 0, 0, b"unknown"),
        frames::window_update(0, 1),
    ];
    for bytes in floods {
        let mut connection = ready(support::chromium());
        open(&mut connection);
        let error = flood(&mut connection, &bytes, 10_001);
        assert_eq!(error.code, ErrorCode::ENHANCE_YOUR_CALM);
    }
}

#[test]
fn h04_a_busy_connection_earns_its_control_frames() {
    let mut connection = ready(support::chromium());
    for number in 0..20_000u32 {
        let id = open(&mut connection);
        let mut bytes = frames::ok(number * 2 + 1, false);
        bytes.extend(frames::data(number * 2 + 1, true, b""));
        bytes.extend(frames::ping([0; 8], false));
        connection.receive(&bytes).unwrap();
        assert_eq!(drain_events(&mut connection).len(), 2);
        connection.consume(id, 0);
        drain_writes(&mut connection);
    }
}

/// A table entry of 4,000 bytes, named 64 times: 78 bytes on the wire, 256 kB of head.
fn amplified(connection: &mut Connection) -> Vec<u8> {
    let id = open(connection);
    let mut first = vec![0x88, 0x40, 1, b'a', 0x7f, 0xa1, 0x1e];
    first.extend([b'x'; 4_000]);
    connection
        .receive(&frames::frame(frames::HEADERS, frames::END_HEADERS | frames::END_STREAM, id.value(), &first))
        .unwrap();
    drain_events(connection);
    // `:status: 103` as a literal, then the entry.
    [&[0x08, 3, b'1', b'0', b'3'][..], &[0xbe; 64]].concat()
}

/// Text in the heads that a connection has reported.
fn text_of(events: &[Event]) -> usize {
    let heads = events.iter().filter_map(|event| match event {
        Event::Informational { head, .. } | Event::Response { head, .. } => Some(&head.fields),
        Event::Trailers { fields, .. } => Some(fields),
        _ => None,
    });
    heads.flatten().map(|(name, value)| name.len() + value.len()).sum()
}

#[test]
fn h14_interim_heads_of_a_stream_have_a_budget_of_decoded_bytes() {
    for profile in [support::chromium(), support::firefox()] {
        let mut connection = ready(profile);
        let block = amplified(&mut connection);
        let id = open(&mut connection);
        for _ in 0..4 {
            connection.receive(&frames::frame(frames::HEADERS, frames::END_HEADERS, id.value(), &block)).unwrap();
        }
        let events = drain_events(&mut connection);
        assert_eq!(resets(&events), [(ErrorCode::ENHANCE_YOUR_CALM, Initiator::Library)]);
        assert!(text_of(&events) <= 512 * 1024, "{} bytes", text_of(&events));
    }
}

#[test]
fn h14_trailers_and_the_final_head_are_in_the_budget_too() {
    let mut connection = ready(support::chromium());
    let entry = amplified(&mut connection)[5..].to_vec();
    let id = open(&mut connection);
    let interim = [&[0x08, 3, b'1', b'0', b'3'][..], &entry].concat();
    let last = [&[0x88][..], &entry].concat();
    for block in [interim, last] {
        connection.receive(&frames::frame(frames::HEADERS, frames::END_HEADERS, id.value(), &block)).unwrap();
    }
    connection
        .receive(&frames::frame(frames::HEADERS, frames::END_HEADERS | frames::END_STREAM, id.value(), &entry))
        .unwrap();
    assert_eq!(resets(&drain_events(&mut connection)), [(ErrorCode::ENHANCE_YOUR_CALM, Initiator::Library)]);
}

#[test]
fn h14_interim_heads_of_a_connection_have_a_budget_of_decoded_bytes() {
    let mut connection = ready(support::chromium());
    let block = amplified(&mut connection);
    let mut text = 0;
    for _ in 0..64 {
        let id = open(&mut connection);
        let received = connection.receive(&frames::frame(frames::HEADERS, frames::END_HEADERS, id.value(), &block));
        text += text_of(&drain_events(&mut connection));
        assert!(text <= 5 * 1024 * 1024, "{text} bytes");
        if let Err(error) = received {
            assert_eq!(error.code, ErrorCode::ENHANCE_YOUR_CALM);
            return;
        }
        connection.reset(id, ErrorCode::CANCEL);
    }
    panic!("never ended");
}

#[test]
fn h14_heads_that_nobody_wants_cost_what_they_decode_to() {
    let mut connection = ready(support::chromium());
    let block = amplified(&mut connection);
    let id = open(&mut connection);
    connection.reset(id, ErrorCode::CANCEL);
    let error = flood(&mut connection, &frames::frame(frames::HEADERS, frames::END_HEADERS, id.value(), &block), 50);
    assert_eq!(error.code, ErrorCode::ENHANCE_YOUR_CALM);
}

#[test]
fn h14_hints_of_many_requests_at_once_pass() {
    let mut connection = ready_with(support::chromium(), Http2Limits::default(), &[(3, 200)]);
    let hint = frames::block(&[(":status", "103"), ("link", &"x".repeat(8_000))]);
    for _ in 0..100 {
        let id = open(&mut connection);
        connection.receive(&frames::frame(frames::HEADERS, frames::END_HEADERS, id.value(), &hint)).unwrap();
        let flags = frames::END_HEADERS | frames::END_STREAM;
        connection.receive(&frames::frame(frames::HEADERS, flags, id.value(), &[0x88])).unwrap();
        assert!(resets(&drain_events(&mut connection)).is_empty());
    }
}
