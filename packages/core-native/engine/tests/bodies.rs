//! Decoding, limits and uploads that do not go as planned.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use support::client::{assert_empty, eventually, fetch, field, get, start, transport};
use support::h2::Server;
use support::patience::Patient;
use support::peer::{Peer, read_head, serve, wait_for_end};
use wiretwin_engine::{ExchangeEvent, Protocols, RequestBody, Runtime};

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).expect("memory");
    encoder.finish().expect("memory")
}

/// Answers every request with this coding and body.
fn coded(coding: &'static str, body: Vec<u8>) -> Peer {
    Peer::start(move |mut stream, _| {
        while read_head(&mut stream).is_some() {
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n", body.len());
            if stream.write_all(&[head.as_bytes(), &body].concat()).is_err() {
                return;
            }
        }
    })
}

#[test]
fn a_coded_body_is_decoded_unless_the_caller_wants_it_raw() {
    let packed = gzip(b"plain text");
    let peer = coded("gzip", packed.clone());
    let transport = transport();
    let answer = fetch(&transport, get(peer.port(), "/")).expect("answered");
    assert_eq!((answer.text().as_str(), answer.info.decoded.as_slice()), ("plain text", &["gzip"][..]));
    assert!(answer.info.ended);
    let mut request = get(peer.port(), "/");
    request.decompress = false;
    let answer = fetch(&transport, request).expect("answered");
    assert_eq!((answer.body, answer.info.decoded.len()), (packed, 0));
    assert_eq!(peer.accepted(), 1);
}

#[test]
fn b01_a_bomb_expands_only_as_fast_as_it_is_read_and_stops_at_the_limit() {
    let peer = coded("gzip", gzip(&vec![0; 300 * 1024 * 1024]));
    let transport = transport();
    let mut request = get(peer.port(), "/");
    request.max_response_bytes = Some(1024 * 1024);
    let error = start(&transport, request).error();
    assert_eq!((error.code, error.phase.as_str()), ("ERR_BODY_TOO_LARGE", "body"));
    let running = start(&transport, get(peer.port(), "/"));
    running.head().expect("a head");
    running.handle.read(1000);
    match running.next() {
        ExchangeEvent::Data(data) => assert_eq!(data.len(), 1000),
        other => panic!("{other:?}"),
    }
    running.handle.abort();
    assert_eq!(running.error().code, "ERR_ABORTED");
    // Both bodies had arrived whole in their small form, so the connection may serve on.
    assert_eq!(transport.stats().exchanges, 0);
    transport.close(None);
    assert_empty(&transport);
}

#[test]
fn b01_a_bomb_that_is_wanted_whole_can_still_be_given_up() {
    // Small enough to arrive with its head.
    const SIZE: usize = 12 * 1024 * 1024;
    let peer = coded("gzip", gzip(&vec![0; SIZE]));
    let transport = transport();
    let running = start(&transport, get(peer.port(), "/"));
    running.head().expect("a head");
    Runtime::submit(vec![running.handle.read_whole_command(None), running.handle.abort_command()]);
    match running.next() {
        ExchangeEvent::Failed { error, .. } => assert_eq!(error.code, "ERR_ABORTED"),
        _ => panic!("expanded although it was given up"),
    }
    let whole = start(&transport, get(peer.port(), "/"));
    let info = whole.head().expect("a head");
    whole.handle.read_whole();
    match whole.next() {
        ExchangeEvent::Data(data) => assert_eq!(info.body.len() + data.len(), SIZE),
        other => panic!("{other:?}"),
    }
    assert!(matches!(whole.next(), ExchangeEvent::Done { .. }));
    transport.close(None);
    assert_empty(&transport);
}

#[test]
fn b02_a_chain_of_six_codings_is_refused_with_its_head_delivered() {
    let peer = coded("gzip, gzip, gzip, gzip, gzip, gzip", gzip(b"x"));
    let transport = transport();
    let running = start(&transport, get(peer.port(), "/"));
    assert_eq!(running.head().expect("a head").head.status, 200);
    assert_eq!(running.error().code, "ERR_DECODE_CHAIN");
}

#[test]
fn b03_what_is_not_coded_is_an_error_and_what_is_cut_is_shown_as_far_as_it_goes() {
    let mut cut = gzip(&[7; 1000]);
    cut.truncate(20);
    let transport = transport();
    let peer = coded("gzip", b"not coded at all".to_vec());
    assert_eq!(start(&transport, get(peer.port(), "/")).error().code, "ERR_DECODE_GZIP");
    let peer = coded("gzip", cut);
    let shown = fetch(&transport, get(peer.port(), "/")).expect("answered").body;
    assert!(shown.len() <= 1000 && shown.iter().all(|byte| *byte == 7));
    let peer = coded("gzip", Vec::new());
    assert_eq!(fetch(&transport, get(peer.port(), "/")).expect("answered").body, b"");
}

#[test]
fn b04_an_unknown_coding_passes_undecoded() {
    let peer = coded("aws-chunked", b"as it is".to_vec());
    let answer = fetch(&transport(), get(peer.port(), "/")).expect("answered");
    assert_eq!((answer.text().as_str(), answer.info.decoded.len()), ("as it is", 0));
}

#[test]
fn b06_an_early_413_is_delivered_while_the_upload_goes_on() {
    let peer = Peer::start(|mut stream, number| {
        if number > 0 {
            return serve(&mut stream, "next");
        }
        read_head(&mut stream);
        stream.write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nlarge").expect("written");
        wait_for_end(&mut stream);
    });
    let transport = transport();
    let mut request = get(peer.port(), "/");
    request.method = Bytes::from_static(b"POST");
    request.body = RequestBody::Stream { length: None };
    let running = start(&transport, request);
    running.handle.write(Bytes::from(vec![0; 100_000]));
    let answer = running.finish().expect("answered");
    assert_eq!((answer.status(), answer.text().as_str()), (413, "large"));
    assert_empty(&transport);
    assert_eq!(fetch(&transport, get(peer.port(), "/")).expect("answered").text(), "next");
}

#[test]
fn b06_a_413_followed_by_a_reset_is_still_delivered() {
    let peer = Peer::start(|mut stream, _| {
        read_head(&mut stream);
        stream
            .write_all(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 5\r\n\r\nlarge")
            .expect("written");
        // Closing with unread bytes in the receive buffer makes the kernel send RST.
    });
    let transport = transport();
    for _ in 0..20 {
        let mut request = get(peer.port(), "/");
        request.method = Bytes::from_static(b"POST");
        request.fields.push(field("Content-Length", "300000"));
        request.body = RequestBody::Bytes(Bytes::from(vec![0; 300_000]));
        // The kernel may drop what it had received when the RST comes first: then it is a reset, never a hang.
        match fetch(&transport, request) {
            Ok(answer) => assert_eq!((answer.status(), answer.text().as_str()), (413, "large")),
            Err(error) => assert_eq!(error.code, "ERR_CONNECTION_RESET", "{error}"),
        }
    }
    assert_empty(&transport);
}

#[test]
fn b06_a_streamed_body_of_the_wrong_length_is_refused() {
    let peer = Peer::start(|mut stream, _| wait_for_end(&mut stream));
    let transport = transport();
    for (given, ends) in [(6, false), (4, true)] {
        let mut request = get(peer.port(), "/");
        request.method = Bytes::from_static(b"POST");
        request.fields.push(field("Content-Length", "5"));
        request.body = RequestBody::Stream { length: Some(5) };
        let running = start(&transport, request);
        running.handle.write(Bytes::from(vec![0; given]));
        if ends {
            running.handle.end(Vec::new());
        }
        assert_eq!(running.error().code, "ERR_UPLOAD_LENGTH");
    }
    assert_empty(&transport);
}

#[test]
fn f12_a_content_length_that_is_not_the_body_is_refused() {
    let peer = Peer::start(|mut stream, _| wait_for_end(&mut stream));
    let transport = transport();
    for protocols in [wiretwin_engine::Protocols::Http1, wiretwin_engine::Protocols::Http2] {
        let mut request = get(peer.port(), "/");
        request.protocols = protocols;
        request.method = Bytes::from_static(b"POST");
        request.fields.push(field("content-length", "7"));
        request.body = RequestBody::Bytes(Bytes::from_static(b"12345"));
        assert_eq!(start(&transport, request).error().code, "ERR_INVALID_ARG");
    }
}

/// Half of a body of 100,000 bytes with this much announced; the rest once the test lets it go.
fn halves(announced: usize, go: std::sync::mpsc::Receiver<()>) -> Peer {
    let go = std::sync::Mutex::new(go);
    Peer::start(move |mut stream, _| {
        read_head(&mut stream);
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {announced}\r\n\r\n");
        stream.write_all(&[head.as_bytes(), &[b'a'; 50_000]].concat()).expect("a reader");
        go.lock().expect("one connection").recv().expect("the test goes on");
        stream.write_all(&[b'b'; 50_000]).expect("a reader");
    })
}

#[test]
fn a_long_body_that_is_wanted_whole_comes_in_one_piece() {
    let (let_go, go) = std::sync::mpsc::channel();
    let peer = halves(100_000, go);
    let running = start(&transport(), get(peer.port(), "/"));
    let head = running.head().expect("a head");
    assert!(head.apart && head.body.is_empty() && !head.ended);
    running.handle.read_whole();
    let_go.send(()).expect("the peer waits");
    match running.next() {
        ExchangeEvent::Data(data) => assert_eq!((data.len(), data[49_999], data[50_000]), (100_000, b'a', b'b')),
        other => panic!("{other:?}"),
    }
    assert!(matches!(running.next(), ExchangeEvent::Done { .. }));
}

#[test]
fn a_body_that_is_wanted_whole_and_ends_early_fails_without_a_piece() {
    let (let_go, go) = std::sync::mpsc::channel();
    let peer = halves(200_000, go);
    let running = start(&transport(), get(peer.port(), "/"));
    running.head().expect("a head");
    running.handle.read_whole();
    let_go.send(()).expect("the peer waits");
    match running.next() {
        ExchangeEvent::Failed { error, .. } => assert_eq!(error.code, "ERR_BODY_INCOMPLETE"),
        other => panic!("{other:?}"),
    }
}

/// A connection that becomes free is given to whoever waits for it in the turn that frees it, and written to in that turn
/// again: behind the place where callers are told what was taken.
#[test]
fn c08_an_upload_that_waited_for_a_connection_is_told_what_was_taken() {
    const CONNECTIONS: usize = 6;
    for (protocols, requests) in [(Protocols::Http1, CONNECTIONS), (Protocols::Http2, 1)] {
        let (answer, awaited) = channel();
        let (awaited, begun) = (Mutex::new(awaited), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&begun);
        let peer = Peer::start(move |mut stream, number| {
            if protocols == Protocols::Http2 {
                let Some(mut server) = Server::accept(stream, &[(3, 1)]) else { return };
                let Some(first) = server.next_request() else { return };
                count.fetch_add(1, Ordering::SeqCst);
                awaited.lock().unwrap().receive().expect("told to answer");
                server.answer(first.stream, b"first");
                while server.next().is_some() {}
                return;
            }
            read_head(&mut stream).expect("a request");
            count.fetch_add(1, Ordering::SeqCst);
            if number == 0 {
                awaited.lock().unwrap().receive().expect("told to answer");
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst").expect("written");
            }
            wait_for_end(&mut stream);
        });
        let transport = transport();
        let get_this = |method: &'static [u8]| {
            let mut request = get(peer.port(), "/");
            (request.method, request.protocols) = (Bytes::from_static(method), protocols);
            request
        };
        let first: Vec<_> = (0..requests).map(|_| start(&transport, get_this(b"GET"))).collect();
        eventually("all connections carry a request", || begun.load(Ordering::SeqCst) == requests);
        let mut request = get_this(b"POST");
        request.body = RequestBody::Stream { length: None };
        let running = start(&transport, request);
        running.handle.write(Bytes::from(vec![0; 1_000]));
        answer.send(()).expect("the peer listens");
        let taken = loop {
            if let ExchangeEvent::RequestBodyCapacity { taken } = running.next() {
                break taken;
            }
        };
        assert_eq!(taken, 1_000);
        drop(first);
        transport.close(None);
        assert_empty(&transport);
    }
}
