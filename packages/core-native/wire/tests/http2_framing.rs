//! Frames of a wrong size, kind or place (FAULTS H10, H12).
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod support;

use support::frames;
use support::{drain_events, drain_writes, open, ready};
use wiretwin_wire::http2::{Connection, ErrorCode, Event, Http2Limits, Initiator};

/// What ended the streams of a connection, in order.
fn resets(connection: &mut Connection) -> Vec<(u32, ErrorCode, Initiator, bool)> {
    let resets = drain_events(connection).into_iter().filter_map(|event| match event {
        Event::Reset { id, code, by, processed } => Some((id.value(), code, by, processed)),
        _ => None,
    });
    resets.collect()
}

#[test]
fn h10_frames_of_a_wrong_size_or_place_end_the_connection() {
    let frame_size = ErrorCode::FRAME_SIZE_ERROR;
    let protocol = ErrorCode::PROTOCOL_ERROR;
    let cases = [
        ("large frame, header only", frame_size, vec![0, 64, 1, 0, 0, 0, 0, 0, 1]),
        ("large unknown frame, header only", frame_size, vec![0xff, 0xff, 0xff, 99, 0, 0, 0, 0, 1]),
        ("SETTINGS of 7 bytes", frame_size, frames::frame(frames::SETTINGS, 0, 0, &[0; 7])),
        ("SETTINGS ACK with payload", frame_size, frames::frame(frames::SETTINGS, frames::ACK, 0, &[0; 6])),
        ("SETTINGS on a stream", protocol, frames::frame(frames::SETTINGS, 0, 1, &[])),
        ("PING of 7 bytes", frame_size, frames::frame(frames::PING, 0, 0, &[0; 7])),
        ("PING on a stream", protocol, frames::frame(frames::PING, 0, 1, &[0; 8])),
        ("RST_STREAM of 3 bytes", frame_size, frames::frame(frames::RST_STREAM, 0, 1, &[0; 3])),
        ("RST_STREAM on stream 0", protocol, frames::reset(0, 8)),
        ("RST_STREAM on an idle stream", protocol, frames::reset(9, 8)),
        ("WINDOW_UPDATE of 5 bytes", frame_size, frames::frame(frames::WINDOW_UPDATE, 0, 0, &[0; 5])),
        ("WINDOW_UPDATE on an idle stream", protocol, frames::window_update(9, 1)),
        ("GOAWAY of 7 bytes", frame_size, frames::frame(frames::GOAWAY, 0, 0, &[0; 7])),
        ("GOAWAY on a stream", protocol, frames::frame(frames::GOAWAY, 0, 1, &[0; 8])),
        ("DATA on stream 0", protocol, frames::data(0, false, b"x")),
        ("DATA on an idle stream", protocol, frames::data(9, false, b"x")),
        ("DATA with all padding", protocol, frames::frame(frames::DATA, frames::PADDED, 1, &[5, 0, 0])),
        ("padded DATA without length", protocol, frames::frame(frames::DATA, frames::PADDED, 1, &[])),
        ("HEADERS with all padding", protocol, frames::frame(frames::HEADERS, frames::PADDED, 1, &[9, 0])),
        ("HEADERS cut in its priority", frame_size, frames::frame(frames::HEADERS, 0x24, 1, &[0; 4])),
        ("CONTINUATION alone", protocol, frames::frame(frames::CONTINUATION, 4, 1, &[])),
        ("PRIORITY on stream 0", protocol, frames::frame(frames::PRIORITY, 0, 0, &[0; 5])),
        ("server with push", protocol, frames::settings(&[(2, 1)])),
        ("MAX_FRAME_SIZE too small", protocol, frames::settings(&[(5, 16_383)])),
        ("ENABLE_CONNECT_PROTOCOL of 2", protocol, frames::settings(&[(8, 2)])),
    ];
    for (name, code, bytes) in cases {
        let mut connection = ready(support::chromium());
        open(&mut connection);
        let error = connection.receive(&bytes).expect_err(name);
        assert_eq!(error.code, code, "{name}");
        assert_eq!(drain_writes(&mut connection).concat(), frames::go_away(0, code.0), "{name}");
        assert_eq!(resets(&mut connection), [(1, code, Initiator::Library, true)], "{name}");
    }
}

#[test]
fn h10_a_header_block_must_not_be_interrupted() {
    for bytes in [frames::ping([0; 8], false), frames::frame(frames::CONTINUATION, 4, 3, &[]), frames::ok(1, true)] {
        let mut connection = ready(support::chromium());
        open(&mut connection);
        open(&mut connection);
        connection.receive(&frames::frame(frames::HEADERS, 0, 1, &[0x88])).unwrap();
        assert_eq!(connection.receive(&bytes).unwrap_err().code, ErrorCode::PROTOCOL_ERROR);
    }
}

#[test]
fn h10_unknown_frames_flags_settings_and_reserved_bits_are_ignored() {
    let mut connection = ready(support::chromium());
    open(&mut connection);
    let mut input = frames::frame(99, 255, 0xffff_ffff, b"unknown");
    input.extend(frames::settings(&[(0x1a1a, 5), (9, 9)]));
    input.extend(frames::frame(frames::HEADERS, 0xd2 | frames::END_HEADERS, 0x8000_0001, &[0x88]));
    input.extend(frames::frame(frames::DATA, 0xf6 | frames::END_STREAM, 1, b"body"));
    // A priority loop, and PRIORITY on an idle stream: a server's priorities mean nothing.
    input.extend(frames::frame(frames::PRIORITY, 0, 1, &[0, 0, 0, 1, 0]));
    input.extend(frames::frame(frames::PRIORITY, 0, 9, &[0, 0, 0, 9, 0]));
    connection.receive(&input).unwrap();
    assert!(matches!(drain_events(&mut connection).last(), Some(Event::Data { end_stream: true, .. })));
}

#[test]
fn h10_a_peer_that_is_not_http2_is_named() {
    let mut connection = Connection::new(support::chromium(), Http2Limits::default());
    let error = connection.receive(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap_err();
    assert_eq!((error.code, error.reason), (ErrorCode::PROTOCOL_ERROR, "the peer speaks HTTP/1"));
    let written = drain_writes(&mut connection).concat();
    assert!(written.starts_with(frames::PREFACE) && written.ends_with(&frames::go_away(0, 1)));
    let mut connection = Connection::new(support::chromium(), Http2Limits::default());
    let error = connection.receive(&frames::ping([0; 8], false)).unwrap_err();
    assert_eq!(error.reason, "the peer did not start with SETTINGS");
}

#[test]
fn h12_a_push_although_disabled_ends_the_connection() {
    let mut connection = ready(support::chromium());
    open(&mut connection);
    let promise = frames::frame(frames::PUSH_PROMISE, frames::END_HEADERS, 1, &[0, 0, 0, 2, 0x82, 0x87, 0x84]);
    assert_eq!(connection.receive(&promise).unwrap_err().code, ErrorCode::PROTOCOL_ERROR);
    assert_eq!(drain_writes(&mut connection).concat(), frames::go_away(0, 1));
}
