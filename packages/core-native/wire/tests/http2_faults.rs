//! Broken, refusing and early peers (FAULTS H07 to H10, H12): the right error, for the right stream only.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::sync::Arc;

use bytes::Bytes;
use support::frames;
use support::{PRIORITY, drain_events, drain_frames, drain_writes, open, open_upload, ready, ready_with};
use wiretwin_wire::http2::{
    Connection, ErrorCode, Event, Http2AnswerPolicy, Http2Limits, Http2Policy, Initiator, OpenError, StreamGone,
};

/// What ended the streams of a connection, in order.
fn resets(connection: &mut Connection) -> Vec<(u32, ErrorCode, Initiator, bool)> {
    let resets = drain_events(connection).into_iter().filter_map(|event| match event {
        Event::Reset { id, code, by, processed } => Some((id.value(), code, by, processed)),
        _ => None,
    });
    resets.collect()
}

/// Opens a victim and a sibling, feeds the victim's frames, and shows that only the victim ends, with `code`.
fn assert_only_the_stream_ends(name: &str, code: ErrorCode, input: &[Vec<u8>]) {
    // Read as all browsers read alike; what single ones let pass is their own (`http2.answers`).
    let policy = Http2Policy { answers: Http2AnswerPolicy::default(), ..(*support::chromium()).clone() };
    let mut connection = ready(Arc::new(policy));
    open(&mut connection);
    let sibling = open(&mut connection);
    connection.receive(&input.concat()).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(resets(&mut connection), [(1, code, Initiator::Library, true)], "{name}");
    assert_eq!(drain_writes(&mut connection).concat(), frames::reset(1, code.0), "{name}");
    connection.receive(&frames::ok(sibling.value(), true)).unwrap();
    assert!(matches!(connection.next_event(), Some(Event::Response { id, .. }) if id == sibling), "{name}");
}

#[test]
fn h07_go_away_of_zero_marks_everything_as_unprocessed() {
    let mut connection = ready(support::chromium());
    open(&mut connection);
    open(&mut connection);
    connection.receive(&frames::go_away(0, 0)).unwrap();
    assert_eq!(connection.next_event(), Some(Event::GoAway { last_stream_id: 0, code: ErrorCode::NO_ERROR }));
    let refused = |id| (id, ErrorCode::REFUSED_STREAM, Initiator::Remote, false);
    assert_eq!(resets(&mut connection), [refused(1), refused(3)]);
    assert!(connection.is_idle() && connection.is_draining());
    assert_eq!(connection.open(support::get("/"), PRIORITY, true), Err(OpenError::Draining));
}

#[test]
fn h07_go_away_mid_flight_lets_processed_streams_finish() {
    let mut connection = ready(support::chromium());
    open(&mut connection);
    open(&mut connection);
    let mut input = frames::go_away(1, 0);
    input.extend(frames::go_away(1, 0));
    input.extend(frames::ok(1, false));
    input.extend(frames::data(1, true, b"done"));
    input.extend(frames::ok(3, true));
    connection.receive(&input).unwrap();
    let events = drain_events(&mut connection);
    let ended = events.iter().filter(|event| matches!(event, Event::Reset { .. })).count();
    assert_eq!(ended, 1);
    assert!(matches!(events.last(), Some(Event::Data { end_stream: true, .. })));
}

#[test]
fn h07_refused_stream_is_unprocessed_unless_a_response_had_begun() {
    let mut connection = ready(support::chromium());
    open(&mut connection);
    open(&mut connection);
    open(&mut connection);
    let mut input = frames::reset(1, 7);
    input.extend(frames::ok(3, false));
    input.extend(frames::reset(3, 7));
    input.extend(frames::reset(5, 2));
    connection.receive(&input).unwrap();
    let remote = |id, code, processed| (id, code, Initiator::Remote, processed);
    let expected = [
        remote(1, ErrorCode::REFUSED_STREAM, false),
        remote(3, ErrorCode::REFUSED_STREAM, true),
        remote(5, ErrorCode::INTERNAL_ERROR, true),
    ];
    assert_eq!(resets(&mut connection), expected);
    assert!(drain_writes(&mut connection).is_empty());
    assert!(connection.can_open());
}

#[test]
fn h07_no_stream_is_opened_beyond_what_the_peer_allows() {
    let mut connection = ready_with(support::chromium(), Http2Limits::default(), &[(3, 0)]);
    assert!(!connection.can_open());
    assert_eq!(connection.open(support::get("/"), PRIORITY, true), Err(OpenError::TooManyStreams));
    connection.receive(&frames::settings(&[(3, 1)])).unwrap();
    assert_eq!(connection.next_event(), Some(Event::Settings));
    open(&mut connection);
    assert!(!connection.can_open());
    connection.receive(&frames::ok(1, true)).unwrap();
    assert!(connection.can_open());
    // Lowered below what is open: what is open goes on.
    open(&mut connection);
    connection.receive(&frames::settings(&[(3, 0)])).unwrap();
    assert_eq!(connection.open_streams(), 1);
}

#[test]
fn h08_an_early_answer_is_delivered_and_ends_the_upload_quietly() {
    let mut connection = ready(support::chromium());
    let id = open_upload(&mut connection);
    connection.send_body(id, Bytes::from(vec![0; 200_000]), false).unwrap();
    drain_writes(&mut connection);
    let mut input = frames::headers(1, false, &[(":status", "413"), ("content-length", "3")]);
    input.extend(frames::data(1, true, b"big"));
    connection.receive(&input).unwrap();
    let events = drain_events(&mut connection);
    assert!(matches!(&events[0], Event::Response { head, .. } if head.status == 413));
    assert!(matches!(&events[1], Event::Data { end_stream: true, .. }));
    assert_eq!(connection.open_streams(), 1, "the upload is still open");
    connection.receive(&frames::reset(1, 0)).unwrap();
    assert_eq!(resets(&mut connection), [(1, ErrorCode::NO_ERROR, Initiator::Remote, true)]);
    assert_eq!(connection.send_body(id, Bytes::from_static(b"more"), true), Err(StreamGone));
    connection.receive(&frames::window_update(0, 1_000_000)).unwrap();
    assert!(drain_writes(&mut connection).is_empty(), "nothing more is sent, not even RST_STREAM");
}

#[test]
fn h08_an_early_answer_without_a_reset_lets_the_upload_end() {
    let mut connection = ready(support::chromium());
    let id = open_upload(&mut connection);
    connection.receive(&frames::ok(1, true)).unwrap();
    connection.send_body(id, Bytes::from_static(b"rest"), true).unwrap();
    assert_eq!(drain_frames(&mut connection)[0].flags, frames::END_STREAM);
    assert!(connection.is_idle());
}

#[test]
fn h09_bodies_must_have_their_content_length() {
    let head = |length: &str| frames::headers(1, false, &[(":status", "200"), ("content-length", length)]);
    let protocol_error = ErrorCode::PROTOCOL_ERROR;
    assert_only_the_stream_ends("short", protocol_error, &[head("5"), frames::data(1, true, b"four")]);
    assert_only_the_stream_ends("long", protocol_error, &[head("3"), frames::data(1, false, b"four")]);
    assert_only_the_stream_ends(
        "no body",
        protocol_error,
        &[frames::headers(1, true, &[(":status", "200"), ("content-length", "1")])],
    );
    let trailers = frames::headers(1, true, &[("a", "b")]);
    assert_only_the_stream_ends("short before trailers", protocol_error, &[head("5"), trailers]);
    assert_only_the_stream_ends("two lengths", protocol_error, &[head("5, 6")]);
    let no_content = frames::headers(1, false, &[(":status", "204")]);
    assert_only_the_stream_ends("body of a 204", protocol_error, &[no_content, frames::data(1, false, b"x")]);
}

#[test]
fn h09_heads_and_not_modified_may_promise_a_length_without_a_body() {
    let mut connection = ready(support::chromium());
    connection.open(support::request("HEAD", "/"), PRIORITY, true).unwrap();
    open(&mut connection);
    connection.receive(&frames::headers(1, true, &[(":status", "200"), ("content-length", "500")])).unwrap();
    connection.receive(&frames::headers(3, true, &[(":status", "304"), ("content-length", "500")])).unwrap();
    assert_eq!(resets(&mut connection), []);
    connection.open(support::request("HEAD", "/"), PRIORITY, true).unwrap();
    drain_writes(&mut connection);
    connection.receive(&frames::ok(5, false)).unwrap();
    connection.receive(&frames::data(5, true, b"body")).unwrap();
    assert_eq!(resets(&mut connection), [(5, ErrorCode::PROTOCOL_ERROR, Initiator::Library, true)]);
}

#[test]
fn h09_malformed_heads_end_only_their_stream() {
    let lists: [(&str, &[(&str, &str)]); 14] = [
        ("empty", &[]),
        ("no status", &[("a", "b")]),
        ("late status", &[("a", "b"), (":status", "200")]),
        ("two statuses", &[(":status", "200"), (":status", "200")]),
        ("four digits", &[(":status", "2000")]),
        ("no digits", &[(":status", "abc")]),
        ("switching protocols", &[(":status", "101")]),
        ("request pseudo-header", &[(":status", "200"), (":path", "/")]),
        ("unknown pseudo-header", &[(":status", "200"), (":x", "/")]),
        ("upper case", &[(":status", "200"), ("Server", "x")]),
        ("transfer-encoding", &[(":status", "200"), ("transfer-encoding", "chunked")]),
        ("empty name", &[(":status", "200"), ("", "x")]),
        ("blank in a name", &[(":status", "200"), ("a b", "x")]),
        ("line break", &[(":status", "200"), ("a", "x\r\nset-cookie: y")]),
    ];
    for (name, fields) in lists {
        assert_only_the_stream_ends(name, ErrorCode::PROTOCOL_ERROR, &[frames::headers(1, false, fields)]);
    }
}

#[test]
fn h09_what_browsers_show_is_shown() {
    for (fields, status, kept) in [
        (&[(":status", "200"), ("connection", "close"), ("upgrade", "h2c"), ("a", "b")][..], 200, 1),
        (&[(":status", "200"), ("keep-alive", "1"), ("proxy-connection", "x"), ("te", "y")], 200, 0),
        (&[(":status", "20"), ("a", "b")], 20, 1),
        (&[(":status", "200"), ("content-length", "five")], 200, 1),
        (&[(":status", "200"), ("content-length", "-5")], 200, 1),
        (&[(":status", "200"), ("content-length", "")], 200, 1),
    ] {
        let mut connection = ready(support::chromium());
        open(&mut connection);
        connection.receive(&frames::headers(1, false, fields)).unwrap();
        connection.receive(&frames::data(1, true, b"body")).unwrap();
        let Some(Event::Response { head, .. }) = connection.next_event() else { panic!("no head: {fields:?}") };
        assert_eq!((head.status, head.fields.len()), (status, kept), "{fields:?}");
        assert!(matches!(connection.next_event(), Some(Event::Data { end_stream: true, .. })), "{fields:?}");
    }
}

#[test]
fn h09_frames_out_of_place_end_only_their_stream() {
    let protocol_error = ErrorCode::PROTOCOL_ERROR;
    assert_only_the_stream_ends("body before head", protocol_error, &[frames::data(1, false, b"x")]);
    let second = frames::headers(1, false, &[("a", "b")]);
    assert_only_the_stream_ends("trailers without end", protocol_error, &[frames::ok(1, false), second]);
    let status = frames::headers(1, true, &[(":status", "200")]);
    assert_only_the_stream_ends("status in trailers", protocol_error, &[frames::ok(1, false), status]);
    let interim = frames::headers(1, true, &[(":status", "103")]);
    assert_only_the_stream_ends("interim with end", protocol_error, &[interim]);
    let interim = vec![frames::headers(1, false, &[(":status", "100")]); 65];
    assert_only_the_stream_ends("endless interim heads", protocol_error, &interim);
}

#[test]
fn h09_frames_after_the_end_of_a_response_end_only_their_stream() {
    for late in [frames::headers(1, true, &[("a", "b")]), frames::data(1, true, b"late")] {
        let mut connection = ready(support::chromium());
        open_upload(&mut connection);
        open(&mut connection);
        connection.receive(&frames::ok(1, true)).unwrap();
        drain_events(&mut connection);
        connection.receive(&late).unwrap();
        assert_eq!(resets(&mut connection), [(1, ErrorCode::STREAM_CLOSED, Initiator::Library, true)]);
        assert_eq!(connection.open_streams(), 1);
    }
    // On a stream that both sides have ended they are dropped.
    let mut connection = ready(support::chromium());
    open(&mut connection);
    connection.receive(&frames::ok(1, true)).unwrap();
    drain_events(&mut connection);
    connection.receive(&frames::ok(1, true)).unwrap();
    connection.receive(&frames::data(1, true, b"late")).unwrap();
    assert_eq!(drain_events(&mut connection), []);
    assert!(drain_writes(&mut connection).is_empty());
}
