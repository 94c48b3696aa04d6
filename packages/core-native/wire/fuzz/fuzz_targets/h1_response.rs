//! One response in arbitrary pieces: no panic, no endless loop, the same outcome as in one piece.
#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use wiretwin_wire::http1::{Event, Http1Limits, Response};

fn read(
    method: &[u8],
    upgrade: bool,
    clean: bool,
    bytes: &[u8],
    piece: usize,
) -> (Vec<u8>, Option<&'static str>, bool) {
    let mut response = Response::new(method, upgrade, Http1Limits::default());
    let (mut input, mut body, mut error, mut ended) = (BytesMut::new(), Vec::new(), None, false);
    for piece in bytes.chunks(piece) {
        input.extend_from_slice(piece);
        loop {
            match response.receive(&mut input) {
                Ok(Some(Event::Data(data))) => body.extend_from_slice(&data),
                Ok(Some(Event::End | Event::Upgraded)) => ended = true,
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(failure) => error = Some(failure.code()),
            }
        }
    }
    match response.end_of_input(clean) {
        Ok(Some(_)) => ended = true,
        Ok(None) => {}
        Err(failure) => error = Some(failure.code()),
    }
    if error.is_some() {
        assert!(response.reusable(input.len()).is_err());
        body.clear();
    }
    (body, error, ended)
}

fuzz_target!(|data: &[u8]| {
    let Some((flags, bytes)) = data.split_first() else {
        return;
    };
    let method: &[u8] = if flags & 1 == 0 { b"GET" } else { b"HEAD" };
    let run = |piece| read(method, flags & 2 != 0, flags & 4 != 0, bytes, piece);
    assert_eq!(run(usize::MAX), run(1 + usize::from(flags >> 3)));
});
