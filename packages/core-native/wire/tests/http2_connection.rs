//! Ordinary life of a connection: bodies both ways, interim responses, trailers, windows, settings.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::sync::Arc;

use bytes::Bytes;
use support::frames::{self, Frame};
use support::{PRIORITY, drain_events, drain_frames, drain_writes, field, open, open_upload, ready, ready_with};
use wiretwin_wire::http2::hpack::decoder::Decoder;
use wiretwin_wire::http2::{
    Connection, ErrorCode, Event, Http2Limits, Http2Policy, Initiator, OpenError, Priority, StreamGone, StreamId,
};

fn data_frames(frames: &[Frame]) -> Vec<(u32, usize, bool)> {
    let data = frames.iter().filter(|frame| frame.kind == frames::DATA);
    data.map(|frame| (frame.stream, frame.payload.len(), frame.flags & frames::END_STREAM != 0)).collect()
}

#[test]
fn a_response_arrives_with_interim_head_body_and_trailers() {
    let mut connection = ready(support::chromium());
    let id = open(&mut connection);
    let mut input = frames::headers(1, false, &[(":status", "103"), ("link", "</a>")]);
    input.extend(frames::headers(1, false, &[(":status", "200"), ("content-length", "5"), ("set-cookie", "a=1")]));
    input.extend(frames::data(1, false, b"hello"));
    input.extend(frames::headers(1, true, &[("x-sum", "1")]));
    connection.receive(&input).unwrap();
    let events = drain_events(&mut connection);
    assert!(matches!(&events[0], Event::Informational { head, .. } if head.status == 103));
    assert!(matches!(&events[1], Event::Response { head, end_stream: false, .. }
        if head.status == 200 && head.fields.len() == 2 && head.reason.is_empty()));
    assert_eq!(events[2], Event::Data { id, data: Bytes::from_static(b"hello"), end_stream: false });
    let fields = vec![(Bytes::from_static(b"x-sum"), Bytes::from_static(b"1"))];
    assert_eq!(events[3], Event::Trailers { id, fields });
    assert_eq!(connection.open_streams(), 0);
    assert!(connection.is_idle() && connection.can_open());
}

#[test]
fn a_driver_may_read_into_the_buffer_itself() {
    let mut connection = ready(support::chromium());
    let id = open(&mut connection);
    let mut input = frames::ok(1, false);
    input.extend(frames::data(1, true, &[7; 4_000]));
    let (first, second) = input.split_at(2_000);
    connection.input_buffer().extend_from_slice(first);
    connection.receive_buffered().unwrap();
    connection.input_buffer().extend_from_slice(second);
    connection.receive_buffered().unwrap();
    let events = drain_events(&mut connection);
    assert_eq!(events[1], Event::Data { id, data: Bytes::from(vec![7; 4_000]), end_stream: true });
}

#[test]
fn an_upload_is_cut_to_frames_and_windows() {
    let mut connection = ready_with(support::chromium(), Http2Limits::default(), &[(4, 40_000), (5, 20_000)]);
    let id = open_upload(&mut connection);
    connection.send_body(id, Bytes::from(vec![1; 50_000]), true).unwrap();
    // The policy's frames stay as they are even where the peer takes more.
    let written = drain_frames(&mut connection);
    assert_eq!(data_frames(&written), [(1, 16_375, false), (1, 16_375, false), (1, 7_250, false)]);
    assert_eq!(connection.queued_body(id), 10_000);
    connection.receive(&frames::window_update(1, 100_000)).unwrap();
    // What the window has left of a read is a frame of its own.
    assert_eq!(data_frames(&drain_frames(&mut connection)), [(1, 9_125, false), (1, 875, true)]);
    assert_eq!(connection.queued_body(id), 0);
    assert_eq!(connection.send_body(id, Bytes::new(), true), Err(StreamGone));
}

#[test]
fn small_pieces_of_a_body_share_a_frame_and_capacity_is_announced_once() {
    let limits = Http2Limits { send_low_water: 10, ..Http2Limits::default() };
    let mut connection = ready_with(support::chromium(), limits, &[]);
    let id = open_upload(&mut connection);
    for _ in 0..5 {
        connection.send_body(id, Bytes::from_static(b"abcd"), false).unwrap();
    }
    let written = drain_frames(&mut connection);
    assert_eq!(data_frames(&written), [(1, 20, false)]);
    assert_eq!(drain_events(&mut connection), [Event::SendCapacity { id }]);
    connection.send_body(id, Bytes::from_static(b"e"), false).unwrap();
    connection.send_body(id, Bytes::new(), true).unwrap();
    assert_eq!(data_frames(&drain_frames(&mut connection)), [(1, 1, true)]);
    assert_eq!(drain_events(&mut connection), []);
}

#[test]
fn an_empty_body_ends_with_an_empty_data_frame_even_if_no_window_is_left() {
    let mut connection = ready_with(support::firefox(), Http2Limits::default(), &[(4, 0)]);
    let id = open_upload(&mut connection);
    connection.send_body(id, Bytes::new(), true).unwrap();
    assert_eq!(data_frames(&drain_frames(&mut connection)), [(3, 0, true)]);
}

#[test]
fn uploads_take_turns_and_share_the_connection_window() {
    let mut connection = ready_with(support::chromium(), Http2Limits::default(), &[(4, 1_000_000)]);
    let ids = [open_upload(&mut connection), open_upload(&mut connection), open_upload(&mut connection)];
    for id in ids {
        connection.send_body(id, Bytes::from(vec![0; 40_000]), true).unwrap();
    }
    let written = data_frames(&drain_frames(&mut connection));
    assert_eq!(written.iter().map(|frame| frame.0).collect::<Vec<_>>(), [1, 3, 5, 1, 3]);
    assert_eq!(written.iter().map(|frame| frame.1).sum::<usize>(), 65_535);
    connection.receive(&frames::window_update(0, 1_000_000)).unwrap();
    let written = data_frames(&drain_frames(&mut connection));
    assert_eq!(written.iter().map(|frame| frame.1).sum::<usize>(), 120_000 - 65_535);
    assert_eq!(written.iter().filter(|frame| frame.2).count(), 3);
}

#[test]
fn trailers_follow_the_body() {
    let mut connection = ready(support::chromium());
    let id = open_upload(&mut connection);
    connection.send_body(id, Bytes::from_static(b"body"), false).unwrap();
    connection.send_trailers(id, &[field("X-Sum", "1")]).unwrap();
    let written = drain_frames(&mut connection);
    assert_eq!(data_frames(&written), [(1, 4, false)]);
    assert_eq!((written[1].kind, written[1].flags), (frames::HEADERS, frames::END_HEADERS | frames::END_STREAM));
    assert_eq!(connection.send_trailers(id, &[]), Err(StreamGone));
}

#[test]
fn a_head_above_the_frame_size_continues_in_the_same_write() {
    let mut connection = ready(support::firefox());
    let mut head = support::get("/");
    head.fields.push(field("x-large", &"\u{1}".repeat(8_000)));
    connection.open(head.clone(), PRIORITY, true).unwrap();
    let writes = drain_writes(&mut connection);
    assert_eq!(writes.len(), 2, "the head and the SETTINGS ACK");
    let written = frames::parse(&writes[0]);
    let kinds: Vec<(u8, u8)> = written.iter().map(|frame| (frame.kind, frame.flags)).collect();
    assert_eq!(kinds, [(frames::HEADERS, 0x21), (frames::CONTINUATION, 4), (frames::WINDOW_UPDATE, 0)]);
    assert_eq!(written[0].payload.len(), 16_384);
}

#[test]
fn fields_of_http1_are_dropped_and_names_are_lower_cased() {
    let mut connection = ready(support::chromium());
    let mut head = support::get("/");
    for (name, value) in [("Host", "x"), ("Connection", "close"), ("TE", "gzip"), ("X-A", "1"), ("te", "trailers")] {
        head.fields.push(field(name, value));
    }
    connection.open(head.clone(), Priority { send: false, ..PRIORITY }, true).unwrap();
    let written = drain_frames(&mut connection);
    assert_eq!(written[0].flags, frames::END_HEADERS | frames::END_STREAM);
    let list = Decoder::new(4096, 65_536).decode(&written[0].payload).unwrap();
    let names: Vec<&[u8]> = list.fields.iter().skip(4).map(|field| field.0.as_ref()).collect();
    assert_eq!(names, [b"user-agent".as_slice(), b"x-a", b"te"]);
}

#[test]
fn a_head_that_cannot_be_sent_leaves_the_connection_as_it_was() {
    let mut connection = ready(support::chromium());
    for (name, value) in [("a b", "1"), ("", "1"), ("a", "1\r\nb: 2"), (":path", "/"), ("a", "\0")] {
        let mut head = support::get("/");
        head.fields.push(field(name, value));
        assert!(matches!(connection.open(head.clone(), PRIORITY, true), Err(OpenError::InvalidHead(_))), "{name:?}");
    }
    assert_eq!(drain_writes(&mut connection).len(), 0);
    assert_eq!(open(&mut connection).value(), 1);
}

#[test]
fn extended_connect_needs_the_peers_consent() {
    let mut head = support::request("CONNECT", "/socket");
    head.scheme = Bytes::from_static(b"wss");
    head.protocol = Some(Bytes::from_static(b"websocket"));
    let mut connection = ready(support::chromium());
    assert_eq!(connection.open(head.clone(), PRIORITY, false), Err(OpenError::ConnectProtocolNotAllowed));
    connection.receive(&frames::settings(&[(8, 1)])).unwrap();
    assert_eq!(connection.peer_allows_connect_protocol(), Some(true));
    drain_frames(&mut connection);
    let id = connection.open(head.clone(), PRIORITY, false).unwrap();
    drain_frames(&mut connection);
    connection.receive(&frames::headers(1, false, &[(":status", "200"), ("content-length", "0")])).unwrap();
    connection.receive(&frames::data(1, false, b"\x81\x00")).unwrap();
    connection.send_body(id, Bytes::from_static(b"\x81\x80"), false).unwrap();
    assert_eq!(data_frames(&drain_frames(&mut connection)), [(1, 2, false)]);
    assert_eq!(drain_events(&mut connection).len(), 3);
}

/// A tunnel of this policy on stream `id`, answered with 200.
fn tunnel(policy: Arc<Http2Policy>) -> (Connection, StreamId) {
    let mut head = support::request("CONNECT", "/socket");
    head.protocol = Some(Bytes::from_static(b"websocket"));
    let mut connection = support::ready_with(policy, Http2Limits::default(), &[(8, 1)]);
    let id = connection.open(head.clone(), PRIORITY, false).unwrap();
    drain_frames(&mut connection);
    connection.receive(&frames::headers(id.value(), false, &[(":status", "200")])).unwrap();
    (connection, id)
}

#[test]
fn a_tunnel_that_the_peer_has_ended_is_reset_or_left_open() {
    for (policy, expected) in [(support::chromium(), 1), (support::firefox(), 0)] {
        let (mut connection, id) = tunnel(policy);
        connection.receive(&frames::data(id.value(), true, b"\x88\x00")).unwrap();
        drain_frames(&mut connection);
        connection.consume(id, 2);
        connection.reset(id, ErrorCode::CANCEL);
        assert_eq!(drain_frames(&mut connection).len(), expected);
        assert!(connection.is_idle());
    }
}

#[test]
fn a_tunnel_that_the_peer_has_not_ended_is_reset() {
    for policy in [support::chromium(), support::firefox()] {
        let (mut connection, id) = tunnel(policy);
        connection.reset(id, ErrorCode::CANCEL);
        let frames = drain_frames(&mut connection);
        assert_eq!(frames.iter().map(|frame| frame.kind).collect::<Vec<_>>(), [3]);
        assert!(connection.is_idle());
    }
}

#[test]
fn settings_are_acknowledged_at_once_when_the_request_waits_for_them() {
    let mut connection = Connection::new(support::firefox(), Http2Limits::default());
    assert_eq!(connection.peer_allows_connect_protocol(), None);
    drain_frames(&mut connection);
    connection.receive(&frames::settings(&[(8, 1)])).unwrap();
    assert!(drain_frames(&mut connection).is_empty());
    connection.acknowledge_settings();
    let acknowledged = drain_frames(&mut connection);
    assert_eq!(acknowledged.iter().map(|frame| (frame.kind, frame.flags)).collect::<Vec<_>>(), [(4, 1)]);
    open(&mut connection);
    assert!(drain_frames(&mut connection).is_empty());
}

#[test]
fn a_changed_table_size_is_announced_as_each_browser_does() {
    let first_bytes = |policy: Arc<Http2Policy>, settings: &[&[(u16, u32)]]| {
        let mut connection = ready(policy);
        for entries in settings {
            connection.receive(&frames::settings(entries)).unwrap();
        }
        drain_frames(&mut connection);
        connection.open(support::get("/"), PRIORITY, true).unwrap();
        drain_frames(&mut connection)[0].payload[5..].to_vec()
    };
    let update = |size: &[u8], bytes: Vec<u8>| assert_eq!(&bytes[..size.len()], size);
    // The value in force already: Chromium says nothing, Firefox repeats it.
    update(&[0x82], first_bytes(support::chromium(), &[&[(1, 4_096)]]));
    update(&[0x3f, 0xe1, 0x1f, 0x82], first_bytes(support::firefox(), &[&[(1, 4_096)]]));
    update(&[0x20, 0x82], first_bytes(support::chromium(), &[&[(1, 0)]]));
    // Down and up again: the lowest size first (RFC 7541 4.2).
    update(&[0x20, 0x3f, 0xe1, 0x1f, 0x82], first_bytes(support::chromium(), &[&[(1, 0)], &[(1, 4_096)]]));
    update(&[0x20, 0x3f, 0xe1, 0x1f, 0x82], first_bytes(support::firefox(), &[&[(1, 0), (1, 4_096)]]));
    update(&[0x3f, 0xe1, 0xff, 0x03, 0x82], first_bytes(support::chromium(), &[&[(1, u32::MAX)]]));
}

#[test]
fn pings_are_answered_and_asked() {
    let mut connection = ready(support::chromium());
    connection.receive(&frames::ping(*b"whatever", false)).unwrap();
    connection.ping();
    connection.ping();
    let written = drain_writes(&mut connection).concat();
    let mut expected = frames::ping(*b"whatever", true);
    expected.extend(frames::ping(1u64.to_be_bytes(), false));
    expected.extend(frames::ping(3u64.to_be_bytes(), false));
    assert_eq!(written, expected);
    connection.receive(&frames::ping(1u64.to_be_bytes(), true)).unwrap();
    assert_eq!(drain_events(&mut connection), [Event::Pong]);
}

#[test]
fn an_orderly_close_follows_the_policy() {
    let mut connection = ready(support::firefox());
    connection.close();
    connection.close();
    assert_eq!(drain_writes(&mut connection).concat(), frames::go_away(0, 0));
    assert_eq!(connection.open(support::get("/"), PRIORITY, true), Err(OpenError::Draining));
    let mut connection = ready(support::chromium());
    connection.close();
    assert!(drain_writes(&mut connection).is_empty() && connection.is_draining());
}

#[test]
fn the_end_of_input_fails_open_streams_and_vouches_for_unwritten_ones() {
    let mut connection = ready(support::chromium());
    let written = open(&mut connection);
    let waiting = connection.open(support::get("/"), PRIORITY, true).unwrap();
    connection.received_end_of_input();
    let reset = |id, processed| Event::Reset { id, code: ErrorCode::CANCEL, by: Initiator::Transport, processed };
    assert_eq!(drain_events(&mut connection), [reset(written, true), reset(waiting, false)]);
    assert!(connection.is_draining() && connection.is_idle());
}

#[test]
fn idle_priority_frames_of_a_policy_are_part_of_the_first_flight() {
    let mut policy = (*support::firefox()).clone();
    policy.priority_frames =
        serde_json::from_str(r#"[{"stream":3,"dependsOn":0,"weight":201,"exclusive":false}]"#).unwrap();
    policy.settings.push((0x0a0a, 7));
    policy.dependency = serde_json::from_str(r#""priority-frame-of-rank""#).unwrap();
    policy.first_stream_id = 15;
    let mut connection = Connection::new(Arc::new(policy), Http2Limits::default());
    let written = drain_frames(&mut connection);
    assert_eq!(written[0].payload[24..], [0x0a, 0x0a, 0, 0, 0, 7]);
    assert_eq!((written[2].kind, written[2].stream), (frames::PRIORITY, 3));
    assert_eq!(written[2].payload, [0, 0, 0, 0, 200]);
    for (rank, parent) in [(0, 3), (1, 0)] {
        let priority = Priority { rank, exclusive: false, ..PRIORITY };
        connection.open(support::get("/"), priority, true).unwrap();
        let headers = drain_frames(&mut connection);
        let expected = [0, 0, 0, parent, 255];
        assert_eq!(headers[0].payload[..5], expected, "rank {rank}");
    }
}

#[test]
fn an_ended_stream_can_still_be_reset_and_no_other() {
    let mut connection = ready(support::chromium());
    let ended = open(&mut connection);
    connection.receive(&frames::ok(1, true)).unwrap();
    drain_writes(&mut connection);
    connection.reset(ended, ErrorCode::CANCEL);
    assert!(drain_writes(&mut connection).is_empty());
    connection.reset_ended(ended, ErrorCode::CANCEL);
    assert_eq!(drain_writes(&mut connection).concat(), [0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8]);
    let running = open(&mut connection);
    drain_writes(&mut connection);
    connection.reset_ended(running, ErrorCode::CANCEL);
    assert!(drain_writes(&mut connection).is_empty());
    assert!(!connection.is_idle() && connection.can_open());
}
