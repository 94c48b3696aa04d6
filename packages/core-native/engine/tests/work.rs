//! B09: work that a peer asks for by the byte. Counted in units of work, because time says nothing on a busy machine.
#![cfg(feature = "fault-injection")]
#![allow(clippy::expect_used, clippy::panic)]

mod support;

use std::io::Write;

use support::client::{Running, assert_empty, fetch, get, start, transport};
use support::h2::{DATA, END_HEADERS, HEADERS, Server, encode};
use support::peer::{Peer, read_head, serve};
use wiretwin_engine::{ExchangeEvent, ExchangeRequest, Protocols, fault, limits};
use wiretwin_wire::content::limits::{INPUT_COST, STEP_COST, STEP_INPUT_BYTES};

/// A turn may be passed by one exchange, and that one by a step.
fn assert_turns_are_short() {
    let step = STEP_COST + STEP_INPUT_BYTES as u64 * INPUT_COST + 64 * 1024;
    let most = fault::most_work();
    assert!(most > 0 && most <= 2 * limits::DECODE_TURN + step, "{most} units in one turn");
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(data).expect("memory");
    encoder.finish().expect("memory")
}

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(data).expect("memory");
    encoder.finish().expect("memory")
}

fn brotli(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 5, lgwin: 18, ..Default::default() };
    brotli::BrotliCompress(&mut &data[..], &mut out, &parameters).expect("memory");
    out
}

fn zstd(data: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(data, 3).expect("memory")
}

/// 20 times a megabyte of members without content, one byte behind each.
fn padding() -> Vec<u8> {
    let empty = gzip(b"");
    let mut block = empty.repeat(1_000_000 / empty.len());
    block.extend(gzip(b"x"));
    block.repeat(20)
}

/// Serves a coded body over both protocols, and says `hello` at `/hello`.
fn coded(coding: &'static str, body: Vec<u8>, two: bool) -> Peer {
    Peer::start(move |mut stream, _| {
        if !two {
            while read_head(&mut stream).is_some() {
                let head =
                    format!("HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n", body.len());
                if stream.write_all(&[head.as_bytes(), &body].concat()).is_err() {
                    return;
                }
            }
            return;
        }
        let Some(mut server) = Server::accept(stream, &[(3, 100)]) else { return };
        while let Some(request) = server.next_request() {
            // Literal fields without indexing; 26 of the static table is content-encoding.
            let mut block = vec![0x88, 0x0f, 11, u8::try_from(coding.len()).expect("short")];
            block.extend(coding.as_bytes());
            let mut bytes = encode(HEADERS, END_HEADERS, request.stream, &block);
            for piece in body.chunks(16_000) {
                bytes.extend(encode(DATA, 0, request.stream, piece));
            }
            bytes.extend(encode(DATA, 1, request.stream, b""));
            if server.stream.write_all(&bytes).is_err() {
                return;
            }
        }
    })
}

fn request(port: u16, two: bool) -> ExchangeRequest {
    let mut request = get(port, "/");
    if two {
        request.protocols = Protocols::Http2;
    }
    request
}

/// All of the body in one piece, or why not.
fn whole(running: &Running) -> Result<usize, &'static str> {
    let mut size = running.head().map_err(|error| error.code)?.body.len();
    running.handle.read_whole();
    loop {
        match running.next() {
            ExchangeEvent::Data(data) => size += data.len(),
            ExchangeEvent::Done { .. } => return Ok(size),
            ExchangeEvent::Failed { error, .. } => return Err(error.code),
            _ => {}
        }
    }
}

#[test]
fn b09_nested_codings_end_at_their_limit_whatever_reads_them() {
    let inner = padding();
    let bodies: [(&str, Vec<u8>); 5] = [
        ("gzip, gzip, gzip", gzip(&gzip(&inner))),
        ("gzip, br", brotli(&inner)),
        ("gzip, zstd", zstd(&inner)),
        ("gzip, deflate", zlib(&inner)),
        ("gzip, zstd, br", brotli(&zstd(&inner))),
    ];
    let transport = transport();
    for (coding, body) in bodies {
        for two in [false, true] {
            let peer = coded(coding, body.clone(), two);
            let error = start(&transport, request(peer.port(), two)).error();
            assert_eq!((error.code, error.phase.as_str()), ("ERR_DECODE_LIMIT", "body"), "{coding}");
            let running = start(&transport, request(peer.port(), two));
            assert_eq!(whole(&running), Err("ERR_DECODE_LIMIT"), "{coding}");
        }
    }
    assert_turns_are_short();
    transport.close(None);
    assert_empty(&transport);
}

#[test]
fn b09_many_streams_share_the_turns_of_the_thread() {
    const SIZE: usize = 3_000_000;
    for (coding, body) in
        [("gzip", gzip(&vec![7; SIZE])), ("br", brotli(&vec![7; SIZE])), ("zstd", zstd(&vec![7; SIZE]))]
    {
        let peer = coded(coding, body, true);
        let transport = transport();
        let running: Vec<_> = (0..40).map(|_| start(&transport, request(peer.port(), true))).collect();
        for (number, one) in running.iter().enumerate() {
            if number % 2 == 0 {
                assert_eq!(whole(one), Ok(SIZE), "{coding}");
            } else {
                assert_eq!(one.finish().expect("answered").body.len(), SIZE, "{coding}");
            }
        }
        assert_eq!(peer.accepted(), 1);
    }
    assert_turns_are_short();
}

#[test]
fn b09_others_are_served_and_heard_while_a_body_without_an_end_is_decoded() {
    let members = gzip(b"").repeat(10_000);
    let endless = Peer::start(move |mut stream, _| {
        if read_head(&mut stream).is_some() {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n");
            while stream.write_all(&members).is_ok() {}
        }
    });
    let calm = Peer::start(|mut stream, _| serve(&mut stream, "hello"));
    let (busy, other) = (transport(), transport());
    let streamed = start(&busy, get(endless.port(), "/"));
    let gathered = start(&busy, get(endless.port(), "/"));
    let mut limited = get(endless.port(), "/");
    limited.timeouts.total = Some(std::time::Duration::from_millis(300));
    let limited = start(&busy, limited);
    for (running, is_whole) in [(&streamed, false), (&gathered, true), (&limited, true)] {
        running.head().expect("a head");
        if is_whole { running.handle.read_whole() } else { running.handle.read(0) }
    }
    for _ in 0..20 {
        assert_eq!(fetch(&other, get(calm.port(), "/")).expect("answered").text(), "hello");
    }
    for running in [&streamed, &gathered] {
        running.handle.abort();
        assert_eq!(running.error().code, "ERR_ABORTED");
    }
    assert_eq!(limited.error().code, "ERR_TIMEOUT_TOTAL");
    assert_turns_are_short();
    busy.close(None);
    assert_empty(&busy);
}
