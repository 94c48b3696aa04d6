//! A connection with open requests takes any bytes from the peer: no panic, bounded answers, and the same events
//! however the bytes are split.
#![no_main]

use std::sync::Arc;

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use wiretwin_wire::head::RequestHead;
use wiretwin_wire::http2::{Connection, Event, Http2Limits, Http2Policy, Priority};

const POLICY: &str = include_str!("../../tests/fixtures/http2_policy_chromium_156.json");

fn connection(policy: &Arc<Http2Policy>) -> Connection {
    let mut connection = Connection::new(policy.clone(), Http2Limits::default());
    for (method, end_stream) in [(&b"GET"[..], true), (b"POST", false), (b"HEAD", true)] {
        let head = RequestHead {
            method: Bytes::from_static(method),
            scheme: Bytes::from_static(b"https"),
            authority: Bytes::from_static(b"fuzz.test"),
            target: Bytes::from_static(b"/"),
            protocol: None,
            fields: Vec::new(),
        };
        let priority = Priority {
            weight: 256,
            exclusive: true,
            rank: 0,
            send: true,
        };
        let id = connection.open(head, priority, end_stream);
        if let (Ok(id), false) = (id, end_stream) {
            let _ = connection.send_body(id, Bytes::from_static(&[0; 70_000]), true);
        }
    }
    connection
}

fn run(policy: &Arc<Http2Policy>, pieces: &[&[u8]]) -> Vec<Event> {
    let mut connection = connection(policy);
    let mut events = Vec::new();
    let mut failed = false;
    for piece in pieces {
        failed |= connection.receive(piece).is_err();
        while let Some(event) = connection.next_event() {
            if let Event::Data { id, data, .. } = &event {
                connection.consume(*id, data.len());
            }
            events.push(event);
        }
    }
    if failed {
        assert!(connection.is_draining() && connection.is_idle());
    }
    while connection.next_write().is_some() {}
    events.retain(|event| !matches!(event, Event::SendCapacity { .. }));
    events
}

fuzz_target!(|input: (Vec<u8>, u8)| {
    let (bytes, at) = input;
    let Ok(policy) = serde_json::from_str::<Http2Policy>(POLICY) else {
        return;
    };
    let policy = Arc::new(policy);
    // Most inputs would die at the missing SETTINGS frame.
    let stream = [&[0, 0, 0, 4, 0, 0, 0, 0, 0][..], &bytes].concat();
    let whole = run(&policy, &[&stream]);
    let (left, right) = stream.split_at(usize::from(at).min(stream.len()));
    assert_eq!(run(&policy, &[left, right]), whole);
});
