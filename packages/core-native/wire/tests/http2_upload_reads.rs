//! Where Firefox 153 cuts bodies: sizes as its DATA frames had them (docs/internals/http2.md).
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::sync::Arc;

use bytes::Bytes;
use support::frames;
use support::{PRIORITY, drain_frames, field, ready};
use wiretwin_wire::http2::{Connection, Http2Policy};

const DATA: u8 = 0;
const HEADERS: u8 = 1;

/// A connection that has carried a request.
fn used(policy: Arc<Http2Policy>) -> Connection {
    let mut connection = ready(policy);
    connection.open(support::get("/"), PRIORITY, true).expect("the stream opens");
    drain_frames(&mut connection);
    connection
}

/// The lengths of the DATA frames of an upload whose head has `head` bytes as HTTP/1.1 writes it.
fn cut(mut connection: Connection, head: usize, body: usize) -> (Connection, Vec<usize>) {
    let mut request = support::request("POST", "/");
    let rest = |length: usize| length - "POST / HTTP/1.1".len() - "Host: Connection: keep-alive".len() - 4 * 2;
    let name = "x-long";
    let filler = "a".repeat(rest(head) - request.authority.len() - name.len() - 4);
    request.fields = vec![field(name, &filler), field("te", "trailers"), field("Connection", "keep-alive")].into();
    let id = connection.open(request, PRIORITY, false).expect("the stream opens");
    connection.send_body(id, Bytes::from(vec![b'x'; body]), true).expect("the body is taken");
    let lengths = data(&mut connection);
    (connection, lengths)
}

fn data(connection: &mut Connection) -> Vec<usize> {
    drain_frames(connection).iter().filter(|frame| frame.kind == DATA).map(|frame| frame.payload.len()).collect()
}

#[test]
fn a_body_is_cut_where_the_browser_reads() {
    let firefox = |head, body| cut(used(support::firefox()), head, body).1;
    assert_eq!(firefox(480, 1_500), [1_500]);
    assert_eq!(firefox(480, 1_568), [1_568]);
    assert_eq!(firefox(480, 1_700), [1_568, 132]);
    assert_eq!(firefox(465, 3_000), [1_583, 1_417]);
    assert_eq!(firefox(481, 20_000), [1_567, 16_000, 2_433]);
    assert_eq!(firefox(481, 33_000), [1_567, 16_000, 14_720, 713]);
    assert_eq!(firefox(466, 40_000), [1_582, 16_000, 14_720, 1_296, 6_402]);
    assert_eq!(firefox(481, 50_000), [1_567, 16_000, 14_720, 1_296, 16_000, 417]);
    assert_eq!(firefox(1_491, 50_000), [557, 16_000, 14_720, 1_296, 16_000, 1_427]);
    // A head that fills the first read by itself.
    assert_eq!(firefox(2_991, 20_000), [16_000, 4_000]);
    let chromium = cut(used(support::chromium()), 481, 20_000).1;
    assert_eq!(chromium, [16_375, 3_625]);
}

#[test]
fn the_request_that_opens_a_connection_is_read_further_at_once() {
    let firefox = |head, body| cut(ready(support::firefox()), head, body).1;
    assert_eq!(firefox(474, 1_000), [1_000]);
    assert_eq!(firefox(473, 3_000), [3_000]);
    assert_eq!(firefox(474, 20_000), [16_000, 4_000]);
    assert_eq!(firefox(474, 33_000), [16_000, 15_542, 752, 706]);
    assert_eq!(firefox(475, 50_000), [16_000, 15_541, 752, 16_000, 1_707]);

    let (mut connection, lengths) = cut(ready(support::firefox()), 475, 100_000);
    assert_eq!(lengths, [16_000, 15_541, 752, 16_000, 15_264, 1_504, 474]);
    connection.receive(&frames::window_update(0, 34_465)).unwrap();
    connection.receive(&frames::window_update(3, 34_465)).unwrap();
    assert_eq!(data(&mut connection), [16_000, 16_000, 16, 278, 2_171]);
}

#[test]
fn what_waited_for_a_window_is_read_anew() {
    let (mut connection, lengths) = cut(used(support::firefox()), 481, 70_000);
    assert_eq!(lengths, [1_567, 16_000, 14_720, 1_296, 16_000, 15_472, 480]);
    connection.receive(&frames::window_update(0, 33_583)).unwrap();
    connection.receive(&frames::window_update(5, 33_583)).unwrap();
    assert_eq!(data(&mut connection), [4_465]);

    let (mut connection, _) = cut(used(support::firefox()), 482, 100_000);
    connection.receive(&frames::window_update(0, 33_582)).unwrap();
    connection.receive(&frames::window_update(5, 33_582)).unwrap();
    assert_eq!(data(&mut connection), [16_000, 16_000, 16, 271, 1_295]);
}

/// Kind, stream and length of what is written, in order.
fn order(connection: Connection, bodies: &[usize]) -> Vec<(u8, u32, usize)> {
    order_of(connection, bodies, false)
}

/// `waited`: for the connection.
fn order_of(mut connection: Connection, bodies: &[usize], waited: bool) -> Vec<(u8, u32, usize)> {
    for (index, body) in bodies.iter().enumerate() {
        let head = support::request("POST", "/");
        let opened = if waited {
            connection.open_waiting(head, PRIORITY, index == 0)
        } else {
            connection.open(head, PRIORITY, index == 0)
        };
        let id = opened.expect("the stream opens");
        if index > 0 {
            connection.send_body(id, Bytes::from(vec![b'x'; *body]), true).expect("the body is taken");
        }
    }
    let length = |kind, payload: usize| if kind == DATA { payload } else { 0 };
    let frames = drain_frames(&mut connection);
    let written = frames.iter().filter(|frame| frame.kind == DATA || frame.kind == HEADERS);
    written.map(|frame| (frame.kind, frame.stream, length(frame.kind, frame.payload.len()))).collect()
}

#[test]
fn a_body_follows_its_head() {
    // Firefox 153, three calls in one turn of a page (3 of 3).
    let firefox = order(ready(support::firefox()), &[0, 1, 3_000, 0]);
    let head = |stream| (HEADERS, stream, 0);
    let first = firefox[4].2;
    assert_eq!(
        firefox,
        [head(3), head(5), (DATA, 5, 1), head(7), (DATA, 7, first), (DATA, 7, 3_000 - first), head(9), (DATA, 9, 0)]
    );
    // A long one lets others in after a buffer of it.
    let long = order(ready(support::firefox()), &[0, 60_000, 1]);
    let second = long.iter().position(|frame| *frame == head(7)).expect("the head of the second body");
    let before: usize = long[..second].iter().map(|frame| frame.2).sum();
    assert!((32_768..48_768).contains(&before), "{before}");
    // Chromium 156, two calls in one turn of a page (36 of 36).
    let chromium = order(ready(support::chromium()), &[0, 1, 3_000]);
    assert_eq!(chromium, [head(1), head(3), (DATA, 3, 1), head(5), (DATA, 5, 3_000)]);
}

#[test]
fn the_heads_of_those_that_have_waited_go_first_where_the_profile_says_so() {
    let head = |stream| (HEADERS, stream, 0);
    // Chromium 156, calls of one turn to a new host: bodies take turns frame by frame.
    let chromium = order_of(ready(support::chromium()), &[0, 20_000, 1, 20_000], true);
    let bodies =
        [(3, 16_375), (5, 1), (7, 16_375), (3, 3_625), (7, 3_625)].map(|(stream, length)| (DATA, stream, length));
    assert_eq!(chromium, [&[head(1), head(3), head(5), head(7)][..], &bodies].concat());
    // Firefox 153 sends them as ever.
    let firefox = order_of(ready(support::firefox()), &[0, 1, 1], true);
    assert_eq!(firefox, [head(3), head(5), (DATA, 5, 1), head(7), (DATA, 7, 1)]);
}

#[test]
fn a_read_of_a_body_ends_a_frame_also_behind_a_window() {
    // Chromium 156: 100,000 bytes to a peer that gives back what it has read, 3 of 3; 40,000 where a stream may have 10,000.
    let (mut connection, lengths) = cut(ready(support::chromium()), 481, 100_000);
    assert_eq!(lengths, [16_375, 16_375, 16_375, 16_375, 35]);
    for stream in [0, 1] {
        connection.receive(&frames::window_update(stream, 65_535)).unwrap();
    }
    assert_eq!(data(&mut connection), [16_340, 16_375, 1_750]);
    let mut connection = ready(support::chromium());
    connection.receive(&frames::settings(&[(4, 10_000)])).unwrap();
    drain_frames(&mut connection);
    let (mut connection, lengths) = cut(connection, 481, 40_000);
    assert_eq!(lengths, [10_000]);
    connection.receive(&frames::window_update(1, 10_000)).unwrap();
    assert_eq!(data(&mut connection), [6_375, 3_625]);
    connection.receive(&frames::window_update(1, 20_000)).unwrap();
    assert_eq!(data(&mut connection), [12_750, 7_250]);
}

#[test]
fn a_read_that_finds_no_more_ends_there() {
    let mut connection = ready(support::chromium());
    let id = connection.open(support::request("POST", "/"), PRIORITY, false).expect("the stream opens");
    for ends in [false, false, true] {
        connection.send_body(id, Bytes::from(vec![b'x'; 10_000]), ends).expect("the body is taken");
        assert_eq!(data(&mut connection), [10_000]);
    }
}
