//! What recorded browsers do around their requests: windows, dependencies, the frames of a body.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::sync::Arc;

use support::{capture, frames};
use wiretwin_wire::http2::{Connection, Http2Limits, Http2Policy, StreamId};

/// Reads a download in pieces that end at `boundaries`; gives the WINDOW_UPDATE frames in order.
fn download(policy: Arc<Http2Policy>, total: u32, boundaries: &[u32]) -> Vec<(u32, u32)> {
    let mut connection = support::ready(policy);
    let id: StreamId = support::open(&mut connection);
    connection.receive(&frames::ok(id.value(), false)).unwrap();
    let mut updates = Vec::new();
    let (mut received, mut consumed) = (0u32, 0u32);
    let payload = [0u8; 16_384];
    for &boundary in boundaries {
        while received < boundary {
            let size = (total - received).min(16_384);
            connection.receive(&frames::data(id.value(), false, &payload[..size as usize])).unwrap();
            received += size;
        }
        support::drain_events(&mut connection);
        connection.consume(id, (boundary - consumed) as usize);
        consumed = boundary;
        let written = support::drain_frames(&mut connection);
        updates.extend(written.iter().map(|frame| (frame.stream, frame.number())));
    }
    updates
}

/// What each recorded update returned beyond the half that it must exceed.
fn excess(updates: &[(u32, u32)]) -> Vec<(u32, u32)> {
    updates.iter().map(|&(id, by)| (id.min(1), by - if id == 0 { 7_864_320 } else { 3_145_728 })).collect()
}

#[test]
fn chromium_returns_windows_in_the_recorded_steps_whatever_a_read_takes() {
    let recorded = excess(&capture::chromium().flow_control);
    assert!(recorded.iter().all(|&(_, by)| (1..=8_192).contains(&by)), "{recorded:?}");
    for read in [1_000, 65_536, 262_144, 1_000_000] {
        let boundaries: Vec<u32> = (1..=24_000_000 / read).map(|count| count * read).collect();
        let updates = excess(&download(support::chromium(), 24_000_000, &boundaries));
        assert!(updates.iter().all(|&(_, by)| (1..=8_192).contains(&by)), "reads of {read}: {updates:?}");
        let of = |list: &[(u32, u32)], id| list.iter().filter(|update| update.0 == id).count();
        assert_eq!(of(&updates, 1), of(&recorded, 1), "reads of {read}");
        assert_eq!(of(&updates, 0), of(&recorded, 0), "reads of {read}");
    }
}

#[test]
fn firefox_returns_windows_as_recorded_during_a_download() {
    // Recorded: 12451840 with the request, 4194304 on the stream, then 4204149 on the connection, of which 9845 bytes
    // are left over from earlier responses.
    let capture = capture::firefox();
    let recorded: Vec<u32> = capture.flow_control.iter().map(|update| update.1).collect();
    let mut connection = support::ready(support::firefox());
    let earlier = support::open(&mut connection);
    let left_over = recorded[2] - recorded[1];
    connection.receive(&frames::ok(earlier.value(), false)).unwrap();
    connection.receive(&frames::data(earlier.value(), true, &vec![0; left_over as usize])).unwrap();
    connection.consume(earlier, left_over as usize);

    let bulk = connection.open(support::get("/big"), support::PRIORITY, true).unwrap();
    let mut updates: Vec<(u32, u32)> = Vec::new();
    let mut note = |connection: &mut Connection| {
        let written = support::drain_frames(connection);
        let written = written.iter().filter(|frame| frame.kind == frames::WINDOW_UPDATE);
        updates.extend(written.map(|frame| (frame.stream, frame.number())));
    };
    note(&mut connection);
    let id = bulk.value();
    connection.receive(&frames::ok(id, false)).unwrap();
    // A reader that takes a megabyte at a time: the steps are those of the frames all the same.
    for _ in 0..5 {
        for _ in 0..60 {
            connection.receive(&frames::data(id, false, &[0; 16_384])).unwrap();
        }
        support::drain_events(&mut connection);
        connection.consume(bulk, 60 * 16_384);
        note(&mut connection);
    }
    // The connection passes its step one frame before the stream does, because of those left-over bytes: 4194304 is
    // reached at frame 256 by both, and both are returned then, the stream first.
    assert_eq!(updates, [(5, recorded[0]), (5, recorded[1]), (0, recorded[2])]);
}

#[test]
fn chromium_dependencies_follow_the_open_streams_as_recorded() {
    let capture = capture::chromium();
    let page = capture.connections.iter().find(|connection| connection.name.starts_with("sub")).unwrap();
    let mut connection = support::ready(support::chromium());
    // Which responses had ended when a request was sent, as the recorded dependencies imply.
    let ended_before = [(9, 1..=7), (19, 9..=17), (31, 19..=29), (41, 31..=39)];
    for request in page.requests.iter().filter(|request| request.stream <= 41) {
        if let Some((_, ended)) = ended_before.iter().find(|entry| entry.0 == request.stream) {
            for stream in ended.clone().step_by(2) {
                connection.receive(&frames::ok(stream, true)).unwrap();
            }
        }
        if request.stream <= 7 && request.stream > 1 {
            connection.receive(&frames::ok(request.stream - 2, true)).unwrap();
        }
        connection.open(request.head(), request.priority(), true).unwrap();
        let written = support::drain_frames(&mut connection);
        let parent = written[0].number();
        assert_eq!(parent, 0x8000_0000 | request.priority.depends_on, "{}", request.label);
        assert_eq!(u16::from(written[0].payload[4]) + 1, request.priority.weight, "{}", request.label);
    }
}

#[test]
fn bodies_are_cut_to_the_recorded_frames_one_write_each() {
    // A fetch POST of 150000 bytes from each browser: Chromium fills one TLS record with header and payload, Firefox
    // sends 16000 bytes at most (where it sends less: http2_upload_reads.rs).
    for (policy, largest) in [(support::chromium(), 16_375), (support::firefox(), 16_000)] {
        let mut connection = support::ready_with(policy, Http2Limits::default(), &[(4, 1_000_000)]);
        connection.receive(&frames::window_update(0, 1_000_000)).unwrap();
        let id = support::open_upload(&mut connection);
        connection.send_body(id, bytes::Bytes::from(vec![b'x'; 150_000]), true).unwrap();
        let writes = support::drain_writes(&mut connection);
        let sizes: Vec<usize> = writes.iter().map(|write| write.len() - 9).collect();
        assert_eq!((sizes.iter().max(), sizes.iter().sum()), (Some(&largest), 150_000));
        let ends: Vec<_> = writes.iter().map(|write| write[4] & frames::END_STREAM != 0).collect();
        assert_eq!(ends.iter().position(|ends| *ends), Some(writes.len() - 1));
        if largest == 16_375 {
            assert_eq!(sizes, [vec![largest; 9], vec![150_000 - 9 * largest]].concat());
        }
    }
}
