//! Flow-control windows: violations, and that nothing is lost (FAULTS H05, H06).
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod support;

use bytes::Bytes;
use support::frames;
use support::{PRIORITY, drain_events, drain_frames, drain_writes, open, open_upload, ready};
use wiretwin_wire::http2::{ErrorCode, Event, Initiator};

fn resets(events: &[Event]) -> Vec<(ErrorCode, Initiator)> {
    let resets = events.iter().filter_map(|event| match event {
        Event::Reset { code, by, .. } => Some((*code, *by)),
        _ => None,
    });
    resets.collect()
}

#[test]
fn h05_data_past_a_window_is_a_flow_control_error() {
    let mut policy = (*support::chromium()).clone();
    policy.settings = vec![(4, 100_000)];
    policy.connection_window_increment = 100_000;
    policy.flow_control.stream_update_above = 50_000;
    policy.flow_control.connection_update_above = 80_000;
    let mut connection = ready(policy.into());
    for _ in 0..2 {
        open(&mut connection);
    }
    connection.receive(&frames::ok(1, false)).unwrap();
    connection.receive(&frames::ok(3, false)).unwrap();
    for _ in 0..6 {
        connection.receive(&frames::data(1, false, &[0; 16_384])).unwrap();
    }
    // 98304 bytes are there; the next frame passes the stream's window.
    connection.receive(&frames::data(1, false, &[0; 16_384])).unwrap();
    assert_eq!(resets(&drain_events(&mut connection)), [(ErrorCode::FLOW_CONTROL_ERROR, Initiator::Library)]);
    // That stream's bytes were returned to the connection; now the sibling fills the connection's window.
    let written = drain_frames(&mut connection);
    assert!(written.contains(&frames::parse(&frames::reset(1, 3))[0]));
    for _ in 0..6 {
        connection.receive(&frames::data(3, false, &[0; 16_384])).unwrap();
    }
    for _ in 0..3 {
        open(&mut connection);
    }
    let error = [5, 7, 9].iter().find_map(|&stream| {
        connection.receive(&frames::ok(stream, false)).unwrap();
        (0..5).find_map(|_| connection.receive(&frames::data(stream, false, &[0; 16_384])).err())
    });
    assert_eq!(error.unwrap().code, ErrorCode::FLOW_CONTROL_ERROR);
}

#[test]
fn h05_window_updates_of_zero_and_overflow() {
    let mut connection = ready(support::chromium());
    open(&mut connection);
    open(&mut connection);
    connection.receive(&frames::window_update(1, 0)).unwrap();
    connection.receive(&frames::window_update(3, 0x7fff_ffff)).unwrap();
    let library = |code| (code, Initiator::Library);
    let expected = [library(ErrorCode::PROTOCOL_ERROR), library(ErrorCode::FLOW_CONTROL_ERROR)];
    assert_eq!(resets(&drain_events(&mut connection)), expected);
    assert_eq!(connection.receive(&frames::window_update(0, 0)).unwrap_err().code, ErrorCode::PROTOCOL_ERROR);
    let mut connection = ready(support::chromium());
    let error = connection.receive(&frames::window_update(0, 0x7fff_ffff)).unwrap_err();
    assert_eq!(error.code, ErrorCode::FLOW_CONTROL_ERROR);
    let mut connection = ready(support::chromium());
    let error = connection.receive(&frames::settings(&[(4, 0x8000_0000)])).unwrap_err();
    assert_eq!(error.code, ErrorCode::FLOW_CONTROL_ERROR);
}

#[test]
fn h05_a_window_that_settings_shrink_below_zero_recovers() {
    let mut connection = ready(support::chromium());
    let id = open_upload(&mut connection);
    connection.send_body(id, Bytes::from(vec![0; 80_000]), true).unwrap();
    let sent: usize = drain_frames(&mut connection).iter().map(|frame| frame.payload.len()).sum();
    assert_eq!(sent, 65_535);
    connection.receive(&frames::window_update(0, 1_000_000)).unwrap();
    connection.receive(&frames::settings(&[(4, 1_000)])).unwrap();
    // The stream's window is -64535 now.
    connection.receive(&frames::window_update(1, 64_535)).unwrap();
    assert!(drain_frames(&mut connection).iter().all(|frame| frame.kind == frames::SETTINGS));
    connection.receive(&frames::window_update(1, 10)).unwrap();
    assert_eq!(drain_frames(&mut connection)[0].payload.len(), 10);
    connection.receive(&frames::settings(&[(4, 65_535)])).unwrap();
    let sent: usize =
        drain_frames(&mut connection).iter().filter(|frame| frame.kind == 0).map(|frame| frame.payload.len()).sum();
    assert_eq!(sent, 80_000 - 65_535 - 10);
}

#[test]
fn h06_cancelled_streams_return_their_window_for_ten_thousand_cycles() {
    for policy in [support::chromium(), support::firefox()] {
        let window = i64::from(policy.connection_window());
        let mut connection = ready(policy);
        let mut left = window;
        for cycle in 0..10_000 {
            let id = connection.open(support::get("/"), PRIORITY, true).unwrap();
            drain_writes(&mut connection);
            connection.receive(&frames::ok(id.value(), false)).unwrap();
            // Unread, padded, cancelled half-way, and more data that was on its way.
            connection.receive(&frames::data(id.value(), false, &[0; 2_000])).unwrap();
            connection.receive(&frames::padded_data(id.value(), false, &[0; 500], 200)).unwrap();
            drain_events(&mut connection);
            connection.consume(id, 700);
            if cycle % 2 == 0 {
                connection.reset(id, ErrorCode::CANCEL);
                connection.reset(id, ErrorCode::CANCEL);
            } else {
                connection.receive(&frames::reset(id.value(), 8)).unwrap();
            }
            connection.consume(id, 1_000_000);
            connection.receive(&frames::data(id.value(), false, &[0; 1_000])).unwrap();
            connection.receive(&frames::data(id.value(), true, b"")).unwrap();
            left -= 2_000 + 701 + 1_000;
            assert!(left > 0, "the connection's window ran out in cycle {cycle}");
            for frame in drain_frames(&mut connection) {
                if frame.kind == frames::WINDOW_UPDATE && frame.stream == 0 {
                    left += i64::from(frame.number());
                }
            }
            drain_events(&mut connection);
            assert_eq!(connection.open_streams(), 0);
        }
        assert!(left > window / 3, "{left} of {window} left");
    }
}

#[test]
fn h06_a_complete_response_returns_its_window_as_it_is_read() {
    let mut connection = ready(support::chromium());
    let mut returned = 0u64;
    for _ in 0..600 {
        let id = open(&mut connection);
        connection.receive(&frames::ok(id.value(), false)).unwrap();
        connection.receive(&frames::data(id.value(), true, &[0; 16_384])).unwrap();
        assert_eq!(connection.open_streams(), 0, "an unread response is no open stream");
        drain_events(&mut connection);
        connection.consume(id, 10_000);
        connection.consume(id, 6_384);
        let written = drain_frames(&mut connection);
        assert!(written.iter().all(|frame| frame.stream == 0), "a complete stream gets no window");
        returned += written.iter().map(|frame| u64::from(frame.number())).sum::<u64>();
    }
    // One step: half of the window and the piece that passed it, in the 481st response.
    assert!((7_864_321..=7_864_320 + 8_192).contains(&returned), "{returned}");
}
