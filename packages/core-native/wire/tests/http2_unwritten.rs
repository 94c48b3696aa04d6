//! Requests that wait to be written: the peer cannot know them, and what ends before its turn is never written.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod support;

use bytes::Bytes;
use support::frames;
use support::{PRIORITY, drain_events, drain_frames, drain_writes, field, open, open_upload, ready};
use wiretwin_wire::http2::hpack::decoder::Decoder;
use wiretwin_wire::http2::{Connection, ErrorCode, Event, Http2Limits, Initiator, OpenError, StreamId};

/// Opens a request and leaves it unwritten.
fn wait(connection: &mut Connection) -> StreamId {
    connection.open(support::request("POST", "/waiting"), PRIORITY, true).expect("the stream opens")
}

/// What ended the stream, and whether the peer can have processed it.
fn end_of(events: &[Event], wanted: StreamId) -> Option<(ErrorCode, Initiator, bool)> {
    events.iter().find_map(|event| match event {
        Event::Reset { id, code, by, processed } if *id == wanted => Some((*code, *by, *processed)),
        _ => None,
    })
}

#[test]
fn c09_a_request_above_the_last_stream_of_a_goaway_is_never_written_and_the_others_go_on() {
    let mut connection = ready(support::chromium());
    let upload = open_upload(&mut connection);
    let waiting = wait(&mut connection);
    connection.receive(&frames::go_away(1, 0)).unwrap();
    let end = end_of(&drain_events(&mut connection), waiting);
    assert_eq!(end, Some((ErrorCode::REFUSED_STREAM, Initiator::Remote, false)));
    connection.send_body(upload, Bytes::from_static(b"body"), false).unwrap();
    connection.send_trailers(upload, &[field("x-sum", "1")]).unwrap();
    let written = drain_frames(&mut connection);
    assert!(written.iter().all(|frame| frame.stream == 1), "{written:?}");
    // It left nothing in the table either: the trailers are read with what the peer has seen.
    let mut decoder = Decoder::new(4_096, 65_536);
    decoder.decode(&written.last().unwrap().payload).expect("the tables are in step");
}

#[test]
fn c09_a_request_is_never_written_after_a_goaway_that_names_no_last_stream_yet() {
    let mut connection = ready(support::firefox());
    let written = open(&mut connection);
    let waiting = wait(&mut connection);
    connection.receive(&frames::go_away(0x7fff_ffff, 0)).unwrap();
    let events = drain_events(&mut connection);
    assert_eq!(end_of(&events, waiting), Some((ErrorCode::REFUSED_STREAM, Initiator::Remote, false)));
    assert_eq!(end_of(&events, written), None);
    assert!(drain_writes(&mut connection).is_empty());
    assert_eq!(connection.open_streams(), 1);
}

#[test]
fn c09_a_request_is_never_written_after_the_end_of_the_input() {
    let mut connection = ready(support::firefox());
    let waiting = wait(&mut connection);
    connection.send_body(waiting, Bytes::new(), true).unwrap_err();
    connection.received_end_of_input();
    let end = end_of(&drain_events(&mut connection), waiting);
    assert_eq!(end, Some((ErrorCode::CANCEL, Initiator::Transport, false)));
    assert!(drain_writes(&mut connection).is_empty());
}

#[test]
fn c09_a_request_is_never_written_after_the_peer_broke_the_connection() {
    let mut connection = ready(support::chromium());
    let written = open(&mut connection);
    let waiting = wait(&mut connection);
    connection.receive(&frames::data(0, false, b"")).unwrap_err();
    let events = drain_events(&mut connection);
    assert_eq!(end_of(&events, written).map(|end| end.2), Some(true));
    assert_eq!(end_of(&events, waiting).map(|end| end.2), Some(false));
    assert!(drain_frames(&mut connection).iter().all(|frame| frame.kind == frames::GOAWAY));
}

#[test]
fn c09_a_request_that_is_given_up_before_its_turn_leaves_no_trace() {
    let mut connection = ready(support::firefox());
    let mut decoder = Decoder::new(4_096, 65_536);
    let waiting = wait(&mut connection);
    connection.reset(waiting, ErrorCode::CANCEL);
    connection.reset_ended(waiting, ErrorCode::CANCEL);
    assert!(drain_writes(&mut connection).is_empty());
    assert_eq!((connection.open_streams(), connection.last_written()), (0, None));
    // The next ones are in step with the peer's table, and a frame for the one that was skipped is late, not wrong.
    for id in [waiting.value() + 2, waiting.value() + 4] {
        connection.open(support::get("/"), PRIORITY, true).unwrap();
        let written = drain_frames(&mut connection);
        assert_eq!((written[0].kind, written[0].stream), (frames::HEADERS, id));
        // Behind the priority block.
        let list = decoder.decode(&written[0].payload[5..]).expect("the tables are in step");
        assert!(list.fields.iter().any(|(name, value)| name == ":path" && value == "/"));
    }
    connection.receive(&frames::window_update(waiting.value(), 1)).unwrap();
    assert_eq!(connection.open_streams(), 2);
}

#[test]
fn the_settings_acknowledgement_waits_for_a_request_that_is_written() {
    let mut connection = Connection::new(support::chromium(), Http2Limits::default());
    drain_writes(&mut connection);
    let waiting = wait(&mut connection);
    connection.receive(&frames::settings(&[])).unwrap();
    connection.reset(waiting, ErrorCode::CANCEL);
    assert!(drain_writes(&mut connection).is_empty());
    connection.open(support::get("/"), PRIORITY, true).unwrap();
    let kinds: Vec<_> = drain_frames(&mut connection).iter().map(|frame| frame.kind).collect();
    assert_eq!(kinds, [frames::HEADERS, frames::SETTINGS]);
}

#[test]
fn h16_frames_for_a_request_that_was_not_written_break_the_connection() {
    let cases = [
        ("HEADERS", frames::ok(3, true)),
        ("interim HEADERS", frames::headers(3, false, &[(":status", "103")])),
        ("DATA", frames::data(3, false, b"x")),
        ("RST_STREAM", frames::reset(3, 7)),
        ("WINDOW_UPDATE", frames::window_update(3, 1)),
    ];
    for (name, input) in cases {
        let mut connection = ready(support::chromium());
        open(&mut connection);
        let waiting = wait(&mut connection);
        let error = connection.receive(&input).expect_err(name);
        assert_eq!(error.code, ErrorCode::PROTOCOL_ERROR, "{name}");
        let end = end_of(&drain_events(&mut connection), waiting);
        assert_eq!(end, Some((ErrorCode::PROTOCOL_ERROR, Initiator::Library, false)), "{name}");
        assert!(drain_frames(&mut connection).iter().all(|frame| frame.kind == frames::GOAWAY), "{name}");
    }
}

#[test]
fn h15_a_connection_without_identifiers_takes_no_request_and_ends_after_its_last() {
    let mut policy = (*support::chromium()).clone();
    policy.first_stream_id = 0x7fff_fffd;
    let mut connection = ready(policy.into());
    open(&mut connection);
    assert!(connection.can_open() && !connection.is_draining());
    let last = open(&mut connection);
    assert_eq!(last.value(), 0x7fff_ffff);
    assert!(!connection.can_open() && connection.is_draining());
    assert_eq!(connection.open(support::get("/"), PRIORITY, true), Err(OpenError::IdentifiersExhausted));
    connection.receive(&frames::ok(0x7fff_ffff, true)).unwrap();
    assert!(matches!(drain_events(&mut connection)[..], [Event::Response { id, .. }] if id == last));
}
