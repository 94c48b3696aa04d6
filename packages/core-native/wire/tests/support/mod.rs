//! A scripted peer for HTTP/2 tests: raw frames in, frames of the connection out, and the recorded browsers.
#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::expect_used)]

pub mod capture;
pub mod frames;

use std::sync::Arc;

use bytes::Bytes;
use wiretwin_wire::head::{Field, RequestHead};
use wiretwin_wire::http2::{Connection, Event, Http2Limits, Http2Policy, Priority, StreamId};

use frames::{Frame, PREFACE};

pub const PRIORITY: Priority = Priority { weight: 256, exclusive: true, rank: 0, send: true };

pub fn chromium() -> Arc<Http2Policy> {
    policy(include_str!("../fixtures/http2_policy_chromium_156.json"))
}

pub fn firefox() -> Arc<Http2Policy> {
    policy(include_str!("../fixtures/http2_policy_firefox_153.json"))
}

pub fn policy(json: &str) -> Arc<Http2Policy> {
    let policy: Http2Policy = serde_json::from_str(json).expect("a policy document");
    policy.validate().expect("a valid policy");
    Arc::new(policy)
}

/// A connection after both sides' SETTINGS: the first flight is written, nothing is queued.
pub fn ready(policy: Arc<Http2Policy>) -> Connection {
    ready_with(policy, Http2Limits::default(), &[])
}

pub fn ready_with(policy: Arc<Http2Policy>, limits: Http2Limits, settings: &[(u16, u32)]) -> Connection {
    let mut connection = Connection::new(policy, limits);
    connection.receive(&frames::settings(settings)).expect("SETTINGS are accepted");
    assert_eq!(connection.next_event(), Some(Event::Settings));
    drain_writes(&mut connection);
    connection
}

pub fn get(path: &str) -> RequestHead {
    request("GET", path)
}

pub fn request(method: &str, path: &str) -> RequestHead {
    RequestHead {
        method: Bytes::copy_from_slice(method.as_bytes()),
        scheme: Bytes::from_static(b"https"),
        authority: Bytes::from_static(b"www.mirror.test"),
        target: Bytes::copy_from_slice(path.as_bytes()),
        protocol: None,
        fields: vec![field("user-agent", "test")].into(),
    }
}

pub fn field(name: &str, value: &str) -> Field {
    Field { name: Bytes::copy_from_slice(name.as_bytes()), value: Bytes::copy_from_slice(value.as_bytes()) }
}

/// Opens a GET and writes it.
pub fn open(connection: &mut Connection) -> StreamId {
    let id = connection.open(get("/"), PRIORITY, true).expect("the stream opens");
    drain_writes(connection);
    id
}

/// Opens a POST whose body is still to come, and writes its head.
pub fn open_upload(connection: &mut Connection) -> StreamId {
    let id = connection.open(request("POST", "/"), PRIORITY, false).expect("the stream opens");
    drain_writes(connection);
    id
}

/// Every write that waits, one after the other.
pub fn drain_writes(connection: &mut Connection) -> Vec<Bytes> {
    std::iter::from_fn(|| connection.next_write()).collect()
}

/// Every frame that waits, the preface skipped.
pub fn drain_frames(connection: &mut Connection) -> Vec<Frame> {
    let bytes = drain_writes(connection).concat();
    frames::parse(bytes.strip_prefix(PREFACE).unwrap_or(&bytes))
}

pub fn drain_events(connection: &mut Connection) -> Vec<Event> {
    std::iter::from_fn(|| connection.next_event()).collect()
}
