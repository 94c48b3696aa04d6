//! The bytes of recorded browsers, reproduced.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::sync::Arc;

use support::capture::{self, Capture, CapturedConnection, CapturedRequest, unhex};
use support::frames;
use wiretwin_wire::http2::hpack::decoder::Decoder;
use wiretwin_wire::http2::hpack::encoder::Encoder;
use wiretwin_wire::http2::{Connection, Http2Limits, Http2Policy};

/// The recorded first flight, cut into the TLS records that the recording shows.
fn recorded_writes(capture: &Capture, writes: &[&[usize]]) -> Vec<Vec<u8>> {
    let kind = |name: &str| match name {
        "HEADERS" => frames::HEADERS,
        "SETTINGS" => frames::SETTINGS,
        "WINDOW_UPDATE" => frames::WINDOW_UPDATE,
        other => panic!("unexpected {other}"),
    };
    writes
        .iter()
        .enumerate()
        .map(|(number, indexes)| {
            let mut bytes = if number == 0 { frames::PREFACE.to_vec() } else { Vec::new() };
            for &index in *indexes {
                let recorded = &capture.first_frames[index];
                bytes.extend(frames::frame(
                    kind(&recorded.kind),
                    recorded.flags,
                    recorded.stream,
                    &unhex(&recorded.raw),
                ));
            }
            bytes
        })
        .collect()
}

fn first_writes(policy: Arc<Http2Policy>, capture: &Capture) -> Vec<Vec<u8>> {
    let request = &capture.connections[0].requests[0];
    let mut connection = Connection::new(policy, Http2Limits::default());
    connection.open(request.head(), request.priority(), true).unwrap();
    let mut writes = support::drain_writes(&mut connection);
    connection.receive(&frames::settings(&[(3, 128)])).unwrap();
    writes.extend(support::drain_writes(&mut connection));
    writes.into_iter().map(|write| write.to_vec()).collect()
}

#[test]
fn chromium_first_flight_is_byte_equal_write_by_write() {
    let capture = capture::chromium();
    let expected = recorded_writes(&capture, &[&[0, 1], &[2], &[3]]);
    let writes = first_writes(support::chromium(), &capture);
    assert_eq!(writes, expected);
    // Lengths of the TLS records are 17 bytes (content type and tag) above: 87, 458, 26.
    assert_eq!(writes.iter().map(|write| write.len() + 17).collect::<Vec<_>>(), [87, 458, 26]);
}

#[test]
fn firefox_first_flight_is_byte_equal_write_by_write() {
    let capture = capture::firefox();
    let expected = recorded_writes(&capture, &[&[0, 1], &[2, 3], &[4]]);
    let writes = first_writes(support::firefox(), &capture);
    assert_eq!(writes, expected);
    assert_eq!(writes.iter().map(|write| write.len() + 17).collect::<Vec<_>>(), [87, 316, 26]);
}

#[test]
fn an_early_settings_frame_does_not_move_the_acknowledgement() {
    let capture = capture::firefox();
    let request = &capture.connections[0].requests[0];
    let mut connection = Connection::new(support::firefox(), Http2Limits::default());
    connection.receive(&frames::settings(&[(3, 128)])).unwrap();
    connection.open(request.head(), request.priority(), true).unwrap();
    let writes: Vec<Vec<u8>> = support::drain_writes(&mut connection).iter().map(|write| write.to_vec()).collect();
    assert_eq!(writes, recorded_writes(&capture, &[&[0, 1], &[2, 3], &[4]]));
}

/// Sends the requests of one recorded connection; gives the labels whose header block differs.
fn replay(policy: &Arc<Http2Policy>, recorded: &CapturedConnection) -> Vec<String> {
    let mut connection = support::ready(policy.clone());
    let mut different = Vec::new();
    for request in &recorded.requests {
        connection.open(request.head(), request.priority(), request.end_stream).unwrap();
        let written = support::drain_frames(&mut connection);
        let headers = written.iter().find(|frame| frame.kind == frames::HEADERS).unwrap();
        assert_eq!(headers.stream, request.stream, "{}", request.label);
        let equal = request.hpack.as_ref().is_none_or(|hpack| headers.payload[5..] == unhex(hpack));
        if !equal {
            different.push(request.label.clone());
        }
        connection.receive(&frames::ok(request.stream, true)).unwrap();
        if !request.end_stream {
            connection.receive(&frames::reset(request.stream, 0)).unwrap();
        }
        support::drain_events(&mut connection);
    }
    different
}

/// Blocks that were recorded (a few requests on the connections were sent but not recorded).
fn recorded_blocks(capture: &Capture) -> usize {
    let requests = capture.connections.iter().flat_map(|connection| &connection.requests);
    requests.filter(|request| request.hpack.is_some()).count()
}

#[test]
fn every_chromium_request_is_byte_equal_in_connection_order() {
    let capture = capture::chromium();
    assert_eq!(recorded_blocks(&capture), 96);
    for connection in capture.connections.iter().filter(|connection| !connection.name.starts_with("ws_")) {
        assert_eq!(replay(&support::chromium(), connection), Vec::<String>::new(), "{}", connection.name);
    }
}

#[test]
fn every_firefox_request_is_byte_equal_in_connection_order() {
    let capture = capture::firefox();
    assert_eq!(recorded_blocks(&capture), 96);
    for connection in capture.connections.iter().filter(|connection| !connection.name.starts_with("ws_")) {
        assert_eq!(replay(&support::firefox(), connection), Vec::<String>::new(), "{}", connection.name);
    }
}

#[test]
fn the_shipped_profiles_produce_the_captures_too() {
    for (document, capture) in [
        (include_str!("../../../profiles/data/chrome/chrome_156.json"), capture::chromium()),
        (include_str!("../../../profiles/data/firefox/firefox_153.json"), capture::firefox()),
    ] {
        let document: serde_json::Value = serde_json::from_str(document).unwrap();
        let policy = support::policy(&document["http2"].to_string());
        for connection in capture.connections.iter().filter(|connection| !connection.name.starts_with("ws_")) {
            assert_eq!(replay(&policy, connection), Vec::<String>::new(), "{}", connection.name);
        }
    }
}

/// The indexes that a block uses, with the field each stands for; name-only uses have no value.
fn table_uses(request: &CapturedRequest) -> Vec<(usize, String, Option<String>)> {
    let block = unhex(request.hpack.as_ref().unwrap());
    let mut rest = block.as_slice();
    let mut uses = Vec::new();
    let mut inserted = 0;
    for (name, value) in &request.headers {
        let first = rest[0];
        let (indexed, incremental) = (first & 0x80 != 0, first & 0xc0 == 0x40);
        let index = integer(
            if indexed {
                7
            } else if incremental {
                6
            } else {
                4
            },
            &mut rest,
        );
        if index > 61 + inserted {
            uses.push((index - inserted, name.clone(), indexed.then(|| value.clone())));
        }
        if !indexed {
            if index == 0 {
                skip_string(&mut rest);
            }
            skip_string(&mut rest);
        }
        inserted += usize::from(incremental);
    }
    uses
}

fn integer(prefix: u8, rest: &mut &[u8]) -> usize {
    let mask = (1usize << prefix) - 1;
    let mut value = usize::from(rest[0]) & mask;
    *rest = &rest[1..];
    let mut shift = 0;
    while value >= mask {
        let byte = usize::from(rest[0]);
        *rest = &rest[1..];
        value += (byte & 127) << shift;
        shift += 7;
        if byte & 128 == 0 {
            break;
        }
    }
    value
}

fn skip_string(rest: &mut &[u8]) {
    let length = integer(7, rest);
    *rest = &rest[length..];
}

/// The WebSocket requests come from a connection whose other requests were not recorded. Their blocks tell which entries
/// the table had where: a table with those entries, and fillers elsewhere, must give the same bytes.
fn assert_equal_on_a_restored_table(policy: &Http2Policy, request: &CapturedRequest) {
    let uses = table_uses(request);
    let deepest = uses.iter().map(|entry| entry.0).max().unwrap();
    let mut encoder = Encoder::new(policy.hpack.clone());
    let mut scratch = Vec::new();
    for index in (62..=deepest).rev() {
        match uses.iter().find(|entry| entry.0 == index) {
            Some((_, name, value)) => {
                encoder.encode(name.as_bytes(), value.as_deref().unwrap_or("-").as_bytes(), &mut scratch);
            }
            None => encoder.encode(format!("f{index}").as_bytes(), b"", &mut scratch),
        }
    }
    let mut block = Vec::new();
    for (name, value) in &request.headers {
        encoder.encode(name.as_bytes(), value.as_bytes(), &mut block);
    }
    assert_eq!(block, unhex(request.hpack.as_ref().unwrap()), "{}", request.label);
}

#[test]
fn websocket_requests_over_http2_are_byte_equal() {
    for (policy, capture) in [(support::chromium(), capture::chromium()), (support::firefox(), capture::firefox())] {
        let websocket = capture.connections.iter().find(|connection| connection.name.starts_with("ws_")).unwrap();
        assert_eq!(websocket.requests.len(), 2);
        for request in &websocket.requests {
            assert_equal_on_a_restored_table(&policy, request);
        }
    }
}

#[test]
fn extended_connect_keeps_the_recorded_order_of_fields() {
    for (policy, capture) in [(support::chromium(), capture::chromium()), (support::firefox(), capture::firefox())] {
        let websocket = capture.connections.iter().find(|connection| connection.name.starts_with("ws_")).unwrap();
        let request = &websocket.requests[1];
        let mut connection = support::ready_with(policy, Http2Limits::default(), &[(8, 1)]);
        connection.open(request.head(), request.priority(), false).unwrap();
        let written = support::drain_frames(&mut connection);
        let list = Decoder::new(4096, 65_536).decode(&written[0].payload[5..]).unwrap();
        let fields: Vec<(String, String)> = list
            .fields
            .iter()
            .map(|(name, value)| {
                (String::from_utf8_lossy(name).into_owned(), String::from_utf8_lossy(value).into_owned())
            })
            .collect();
        assert_eq!(fields, request.headers);
    }
}

#[test]
fn firefox_never_indexes_credentials_and_does_not_index_what_fills_half_of_the_table() {
    // Recorded on Firefox 153: `authorization` as N(i23), a field of 2500 bytes as L(nh).
    let mut encoder = Encoder::new(support::firefox().hpack.clone());
    let mut block = Vec::new();
    encoder.encode(b"authorization", b"Basic abc", &mut block);
    assert_eq!(block[..2], [0x1f, 0x08]);
    block.clear();
    encoder.encode(b"x-big", &[b'y'; 2_500], &mut block);
    assert_eq!(block[0], 0x00);
    block.clear();
    encoder.encode(b"x-big", &[b'y'; 2_000], &mut block);
    assert_eq!(block[0], 0x40);
}
