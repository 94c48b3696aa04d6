//! The chunked coding: what the reader accepts, an independent strict reader accepts with the same data.
#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use wiretwin_wire::http1::{Event, Http1Limits, Response, encode_chunk, encode_last_chunk};

fn decode(body: &[u8]) -> Option<Vec<u8>> {
    let mut response = Response::new(b"GET", false, Http1Limits::default());
    let mut input = BytesMut::from(&b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"[..]);
    input.extend_from_slice(body);
    let mut out = Vec::new();
    loop {
        match response.receive(&mut input) {
            Ok(Some(Event::Data(data))) => out.extend_from_slice(&data),
            Ok(Some(Event::End)) => return Some(out),
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => return None,
        }
    }
}

fuzz_target!(|data: &[u8]| {
    // Anything: must not panic or hang.
    if let Some(accepted) = decode(data) {
        assert!(accepted.len() < data.len());
    }
    // What the writer makes of it: must come back.
    let mut encoded = Vec::new();
    for piece in data.chunks(1 + data.len() / 3) {
        encode_chunk(piece, &mut encoded);
    }
    let _ = encode_last_chunk(&[], &mut encoded);
    assert_eq!(decode(&encoded).as_deref(), Some(data));
});
