//! Profile documents: refused by their key, or everything that is made of them works: hello, HTTP/2, HTTP/1.1.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value, json};
use wiretwin_engine::Field;
use wiretwin_engine::profile::Profile;
use wiretwin_engine::tls::{AlpnPolicy, Roots, TlsContext, TlsOptions, TlsSession, Trust};
use wiretwin_wire::head::RequestHead;
use wiretwin_wire::http1::{RequestFraming, encode_head};
use wiretwin_wire::http2::{Connection, Http2Limits, Priority};

use crate::choices::{Choices, Input};
use crate::frames;

pub const WORDS: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\"",
    b"null",
    b"-1",
    b"1e400",
    b"\"tls\":",
    b"\"http2\":",
    b"\\ud800",
    b"4294967296",
];

const DOCUMENTS: [&str; 4] = [
    include_str!("../../../profiles/data/chrome/chrome_156.json"),
    include_str!("../../../profiles/data/firefox/firefox_153.json"),
    include_str!("../../../profiles/data/okhttp/okhttp_5.json"),
    include_str!("../../../profiles/data/safari/safari_26.json"),
];

const KEYS: [&str; 4] = ["name", "tls", "http2", "http1"];

/// Text and values longer than this are not multiplied again, bytes: what the edits make is to fit into memory.
const REPEATED: usize = 16_384;

fn engine_part(text: &str) -> Value {
    let document: Value = serde_json::from_str(text).expect("a document");
    Value::Object(KEYS.iter().map(|key| ((*key).to_owned(), document[*key].clone())).collect())
}

/// Goes down by choice, and changes what is there.
fn edit(input: &mut Input<'_>, value: &mut Value) {
    let stop = input.once_in(6);
    match value {
        Value::Object(map) if !stop && !map.is_empty() => {
            let position = input.below(u32::try_from(map.len()).unwrap_or(1)) as usize;
            let key = map.keys().nth(position).cloned().unwrap_or_default();
            if input.once_in(12) {
                map.remove(&key);
            } else if let Some(inner) = map.get_mut(&key) {
                edit(input, inner);
            }
        }
        Value::Array(list) if !stop && !list.is_empty() => {
            let position = input.below(u32::try_from(list.len()).unwrap_or(1)) as usize;
            match input.below(8) {
                0 => drop(list.remove(position)),
                1 => list.insert(position, list[position].clone()),
                2 => list.swap(0, position),
                3 if list[position].to_string().len() <= REPEATED => {
                    *list = vec![list[position].clone(); 1 + usize::from(input.byte()) * 4]
                }
                _ => edit(input, &mut list[position]),
            }
        }
        Value::Number(number) if !input.once_in(3) => {
            let number = number.as_i64().unwrap_or(0);
            *value = match input.below(6) {
                0 => json!(number + 1),
                1 => json!(number - 1),
                2 => json!(number ^ 1 << input.below(33)),
                3 => json!([0, 1, 255, 256, 16_384, 65_535, 65_536][input.below(7) as usize]),
                4 => json!([0x7fff_ffff_u32, 0x8000_0000, u32::MAX][input.below(3) as usize]),
                _ => json!(input.number() & 0xffff),
            };
        }
        Value::Bool(bit) if !input.once_in(3) => *bit = !*bit,
        Value::String(text) if !input.once_in(3) => match input.below(5) {
            0 => text.clear(),
            1 => text.push(char::from(input.byte())),
            2 if text.len() <= REPEATED => *text = text.repeat(1 + usize::from(input.byte())),
            3 => *text = String::from_utf8_lossy(input.bytes(8)).into_owned(),
            _ => drop(text.pop()),
        },
        _ => {
            *value = match input.below(9) {
                0 => Value::Null,
                1 => json!(true),
                2 => json!(0),
                3 => json!(-1),
                4 => json!(1.5),
                5 => json!(""),
                6 => json!([]),
                7 => Value::Object(Map::new()),
                _ => json!(u64::MAX),
            };
        }
    }
}

fn head(method: &'static str, protocol: Option<&'static str>) -> RequestHead {
    let field = |name: &'static str, value: &'static str| Field { name: name.into(), value: value.into() };
    RequestHead {
        method: method.into(),
        scheme: "https".into(),
        authority: "www.example.test".into(),
        target: "/a?b=c".into(),
        protocol: protocol.map(Into::into),
        fields: vec![
            field("user-agent", "x"),
            field("accept", "*/*"),
            field("cookie", "a=b; c=d; e=ffffffffffffffffffffffff"),
            field("authorization", "Basic eDp5"),
            field("priority", "u=0, i"),
            field("te", "trailers"),
        ]
        .into(),
    }
}

/// A connection of the profile's: requests, an upload, a download, an end.
fn speak_http2(profile: &Profile) {
    let mut connection = Connection::new(Arc::clone(&profile.http2), Http2Limits::default());
    let mut ids = Vec::new();
    for (rank, method) in ["GET", "POST", "HEAD"].into_iter().enumerate() {
        let rank = u8::try_from(rank).unwrap_or(0);
        let priority = Priority { weight: 256, exclusive: rank == 1, rank, send: true };
        ids.extend(connection.open(head(method, None), priority, method != "POST"));
    }
    while let Some(bytes) = connection.next_write() {
        assert!(!bytes.is_empty());
    }
    let mut input = frames::settings(&[(1, 100), (4, 70_000), (5, 32_768), (8, 1)]);
    for id in &ids {
        input.extend(frames::ok(id.value(), false));
        input.extend(frames::data(id.value(), false, &[0; 1_000]));
    }
    let failed = connection.receive(&input).is_err();
    for id in ids {
        connection.consume(id, 1_000);
        let _ = connection.send_body(id, Bytes::from_static(&[0; 100_000]), true);
    }
    let priority = Priority { weight: 1, exclusive: false, rank: 4, send: true };
    let _ = connection.open(head("CONNECT", Some("websocket")), priority, false);
    let mut written = 0;
    while let Some(bytes) = connection.next_write() {
        written += bytes.len();
        assert!(!bytes.is_empty() && written < 1 << 20);
    }
    connection.ping();
    connection.close();
    while connection.next_write().is_some() {}
    // Frames of 1,000 bytes are within every legal MAX_FRAME_SIZE, but windows may be smaller.
    assert!(!failed || connection.is_idle());
}

fn speak_tls(profile: &Profile) {
    let trust = Trust { roots: Roots::None, extra_ca: Vec::new(), insecure: true };
    let options = TlsOptions { policy: Arc::clone(&profile.tls), trust, identity: None, key_log: None };
    // What the library refuses is an error of the transport, before a byte is sent.
    let Ok(context) = TlsContext::load(&options) else { return };
    for alpn in [AlpnPolicy::Profile, AlpnPolicy::Http1Only] {
        let Ok(mut session) = TlsSession::new(&context, "www.example.test", alpn, None) else { continue };
        if session.handshake().is_ok() {
            let hello = session.take_output();
            assert!(hello.first() == Some(&22), "something else than a handshake record");
        }
    }
}

fn speak_http1(profile: &Profile) {
    for framing in [RequestFraming::None, RequestFraming::Length(5), RequestFraming::Chunked] {
        let mut out = Vec::new();
        if encode_head(&profile.http1, &head("POST", None), framing, &mut out).is_err() {
            assert!(out.is_empty());
            continue;
        }
        assert!(out.starts_with(b"POST /a?b=c HTTP/1.1\r\n") && out.ends_with(b"\r\n\r\n"));
        let text = String::from_utf8_lossy(&out).to_ascii_lowercase();
        let count = |name: &str| text.lines().filter(|line| line.starts_with(name)).count();
        assert_eq!(count("host:"), 1, "{text}");
        assert_eq!(text.matches("\r\n\r\n").count(), 1, "{text}");
        assert!(count("content-length:") + count("transfer-encoding:") <= 1, "{text}");
        assert_eq!(count("content-length:"), usize::from(framing == RequestFraming::Length(5)), "{text}");
        assert_eq!(count("transfer-encoding:"), usize::from(framing == RequestFraming::Chunked), "{text}");
    }
}

fn parse(text: &str) {
    match Profile::parse(text) {
        Err(error) => assert!(!error.reason.is_empty(), "{error:?}"),
        Ok(profile) => {
            speak_http1(&profile);
            speak_http2(&profile);
            speak_tls(&profile);
        }
    }
}

/// A shipped document with some values changed.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let mut document = engine_part(DOCUMENTS[input.below(4) as usize]);
    for _ in 0..=input.below(4) {
        // Below the root, where nothing but four keys can be.
        let key = KEYS[1 + input.below(3) as usize];
        if let Some(part) = document.get_mut(key) {
            edit(&mut input, part);
        }
    }
    parse(&document.to_string());
}

/// Any text.
pub fn run_text(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        parse(text);
    }
}
