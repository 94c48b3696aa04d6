//! HTTP/2 over real sockets, against scripted frames.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;

use bytes::Bytes;
use support::client::{
    assert_empty, chrome, eventually, fetch, field, firefox, get, start, start_together, transport, transport_with,
};
use support::h2::{DATA, END_HEADERS, END_STREAM, HEADERS, RST_STREAM, SETTINGS, STATUS_200, Server};
use support::peer::Peer;
use wiretwin_engine::{ExchangeRequest, Protocols, RequestBody, limits};

/// HTTP/2 with prior knowledge: the frames are the same with and without TLS.
fn get2(port: u16, target: &str) -> ExchangeRequest {
    let mut request = get(port, target);
    request.protocols = Protocols::Http2;
    request
}

fn serving_peer(body: &'static [u8]) -> Peer {
    Peer::start(move |stream, _| {
        if let Some(mut server) = Server::accept(stream, &[(3, 100)]) {
            server.serve(body);
        }
    })
}

#[test]
fn a_thousand_requests_in_a_row_share_one_connection() {
    let peer = serving_peer(b"hello");
    let transport = transport();
    for round in 0..1000 {
        let answer = fetch(&transport, get2(peer.port(), "/")).expect("answered");
        assert_eq!((answer.status(), answer.text().as_str()), (200, "hello"));
        assert_eq!(answer.info.reused, round > 0);
    }
    assert_eq!(peer.accepted(), 1);
    transport.close(None);
    assert_empty(&transport);
}

#[test]
fn a_thousand_requests_at_once_share_one_connection_and_its_stream_limit() {
    let peer = serving_peer(b"hello");
    let transport = transport();
    let running: Vec<_> = (0..1000).map(|_| start(&transport, get2(peer.port(), "/"))).collect();
    for one in running {
        assert_eq!(one.finish().expect("answered").text(), "hello");
    }
    assert_eq!(peer.accepted(), 1);
}

#[test]
fn h07_requests_above_the_last_stream_of_a_goaway_are_replayed_once() {
    let peer = Peer::start(|stream, number| {
        let Some(mut server) = Server::accept(stream, &[]) else { return };
        if number == 0 {
            server.next_request();
            server.go_away(0, 0);
            while server.next().is_some() {}
            return;
        }
        server.serve(b"second");
    });
    let transport = transport();
    assert_eq!(fetch(&transport, get2(peer.port(), "/")).expect("replayed").text(), "second");
    assert_eq!(peer.accepted(), 2);
}

#[test]
fn h07_a_peer_that_always_goes_away_is_tried_twice_and_no_more() {
    let peer = Peer::start(|stream, _| {
        let Some(mut server) = Server::accept(stream, &[]) else { return };
        server.next_request();
        server.go_away(0, 0);
        while server.next().is_some() {}
    });
    let transport = transport();
    let error = start(&transport, get2(peer.port(), "/")).error();
    assert_eq!(error.code, "ERR_H2_GOAWAY");
    assert!(error.replayable);
    assert_eq!(peer.accepted(), 2);
    assert_empty(&transport);
}

#[test]
fn h07_a_refused_post_is_replayed_with_its_body() {
    let peer = Peer::start(|stream, _| {
        let Some(mut server) = Server::accept(stream, &[]) else { return };
        let first = server.next_request().expect("a request");
        server.reset(first.stream, 7);
        let second = server.next_request().expect("the replay");
        let mut body = Vec::new();
        while let Some(frame) = server.next() {
            if frame.kind == DATA && frame.stream == second.stream {
                body.extend_from_slice(&frame.payload);
                if frame.ends_stream() {
                    server.answer(second.stream, &body);
                }
            }
        }
    });
    let transport = transport();
    let mut request = get2(peer.port(), "/");
    request.method = Bytes::from_static(b"POST");
    request.fields.push(field("Content-Length", "4"));
    request.body = RequestBody::Bytes(Bytes::from_static(b"body"));
    assert_eq!(fetch(&transport, request).expect("replayed").text(), "body");
}

fn post2(port: u16, body: RequestBody) -> ExchangeRequest {
    let mut request = get2(port, "/");
    request.method = Bytes::from_static(b"POST");
    request.fields.push(field("Content-Length", "4"));
    request.body = body;
    request
}

#[test]
fn requests_that_have_waited_for_a_connection_begin_as_the_profile_says() {
    // Chromium 156 and Firefox 153: calls of one turn to a new host.
    for (profile, expected) in [
        (chrome(), [[HEADERS, HEADERS, DATA, DATA], [HEADERS, DATA, HEADERS, DATA]]),
        (firefox(), [[HEADERS, DATA, HEADERS, DATA], [HEADERS, DATA, HEADERS, DATA]]),
    ] {
        let (tell, told) = channel();
        let peer = Peer::start(move |stream, _| {
            let Some(mut server) = Server::accept(stream, &[]) else { return };
            loop {
                let mut streams = Vec::new();
                let mut kinds = Vec::new();
                while kinds.len() < 4 {
                    let Some(frame) = server.next() else { return };
                    if frame.kind == HEADERS || frame.kind == DATA {
                        kinds.push(frame.kind);
                        streams.push(frame.stream);
                    }
                }
                let _ = tell.send(kinds);
                streams.sort_unstable();
                streams.dedup();
                for stream in streams {
                    server.answer(stream, b"");
                }
            }
        });
        let transport = transport_with(|options| options.profile = profile);
        for expected in expected {
            let body = || RequestBody::Bytes(Bytes::from_static(b"body"));
            let running = start_together(&transport, vec![post2(peer.port(), body()), post2(peer.port(), body())]);
            for one in running {
                one.finish().expect("answered");
            }
            assert_eq!(told.recv().expect("four frames"), expected);
        }
    }
}

#[test]
fn a_body_that_could_be_given_once_more_is_sent_again_after_a_421() {
    const STATUS_421: &[u8] = &[8, 3, b'4', b'2', b'1'];
    let peer = Peer::start(|stream, _| {
        let Some(mut server) = Server::accept(stream, &[]) else { return };
        let mut refused = false;
        let mut body = Vec::new();
        while let Some(frame) = server.next() {
            if frame.kind == DATA && !frame.payload.is_empty() {
                body.extend_from_slice(&frame.payload);
                server.open_windows(frame.stream, u32::try_from(frame.payload.len()).expect("a frame is short"));
            }
            if !frame.ends_stream() {
                continue;
            }
            if refused {
                server.answer(frame.stream, &body);
            } else {
                server.send(HEADERS, END_HEADERS | END_STREAM, frame.stream, STATUS_421);
            }
            refused = !refused;
            body.clear();
        }
    });
    let transport = transport();
    let start = |repeatable, length| {
        let body = RequestBody::Stream { length: Some(length) };
        let mut request = ExchangeRequest { repeatable, ..post2(peer.port(), body) };
        request.fields = vec![field("Content-Length", &length.to_string())].into();
        start(&transport, request)
    };
    let stream = start(true, 4);
    stream.handle.write(Bytes::from_static(b"bo"));
    stream.handle.write(Bytes::from_static(b"dy"));
    stream.handle.end(Vec::new());
    assert_eq!(stream.finish().expect("repeated").text(), "body");
    let once = start(false, 4);
    once.handle.write(Bytes::from_static(b"body"));
    once.handle.end(Vec::new());
    assert_eq!(once.finish().expect("delivered").status(), 421);
    assert_eq!(fetch(&transport, get2(peer.port(), "/")).expect("answered").status(), 200);
    // What is too long to be kept.
    let length = limits::BODY_KEPT_MAX + 1;
    let long = start(true, length);
    long.handle.write(Bytes::from(vec![b'x'; usize::try_from(length).expect("fits")]));
    long.handle.end(Vec::new());
    assert_eq!(long.finish().expect("delivered").status(), 421);
}

#[test]
fn h07_a_stream_limit_of_zero_and_then_one_is_waited_for() {
    let peer = Peer::start(|stream, _| {
        let Some(mut server) = Server::accept(stream, &[]) else { return };
        // Opened before the client knew the limit.
        let early: Vec<_> = (0..3).map(|_| server.next_request().expect("a request").stream).collect();
        server.send(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 0]);
        for stream in early {
            server.reset(stream, 7);
        }
        server.send(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 1]);
        server.serve(b"x");
    });
    let transport = transport();
    let running: Vec<_> = (0..3).map(|_| start(&transport, get2(peer.port(), "/"))).collect();
    for one in running {
        assert_eq!(one.finish().expect("answered").text(), "x");
    }
    assert_eq!(peer.accepted(), 1);
}

#[test]
fn h07_a_connection_that_goes_away_closes_after_its_last_stream() {
    let peer = Peer::start(|stream, number| {
        let Some(mut server) = Server::accept(stream, &[]) else { return };
        if number > 0 {
            return server.serve(b"second");
        }
        let request = server.next_request().expect("a request");
        server.go_away(request.stream, 0);
        server.answer(request.stream, b"first");
        while server.next().is_some() {}
    });
    let transport = transport();
    assert_eq!(fetch(&transport, get2(peer.port(), "/")).expect("answered").text(), "first");
    assert_empty(&transport);
    assert_eq!(fetch(&transport, get2(peer.port(), "/")).expect("answered").text(), "second");
    assert_eq!(peer.accepted(), 2);
}

#[test]
fn h08_a_response_before_the_end_of_the_upload_is_delivered() {
    let peer = Peer::start(|stream, _| {
        let Some(mut server) = Server::accept(stream, &[]) else { return };
        let request = server.next_request().expect("a request");
        server.answer(request.stream, b"early");
        server.reset(request.stream, 0);
        server.serve(b"next");
    });
    let transport = transport();
    let mut request = get2(peer.port(), "/");
    request.method = Bytes::from_static(b"POST");
    request.body = RequestBody::Stream { length: None };
    let running = start(&transport, request);
    running.handle.write(Bytes::from(vec![0; 1_000_000]));
    assert_eq!(running.finish().expect("answered").text(), "early");
    running.assert_silent();
    assert_eq!(fetch(&transport, get2(peer.port(), "/")).expect("answered").text(), "next");
    assert_eq!(peer.accepted(), 1);
}

#[test]
fn a_reset_stream_is_an_error_and_its_siblings_live() {
    let peer = Peer::start(|stream, _| {
        let Some(mut server) = Server::accept(stream, &[]) else { return };
        let first = server.next_request().expect("a request");
        server.reset(first.stream, 2);
        server.serve(b"fine");
    });
    let transport = transport();
    let first = start(&transport, get2(peer.port(), "/1"));
    let second = start(&transport, get2(peer.port(), "/2"));
    let error = first.error();
    assert_eq!((error.code, error.detail.as_deref()), ("ERR_H2_STREAM_RESET", Some("INTERNAL_ERROR")));
    assert!(!error.replayable);
    assert_eq!(second.finish().expect("answered").text(), "fine");
}

#[test]
fn h09_a_body_cut_by_a_reset_fails_after_its_bytes() {
    let peer = Peer::start(|stream, _| {
        let Some(mut server) = Server::accept(stream, &[]) else { return };
        let first = server.next_request().expect("a request");
        server.send(HEADERS, END_HEADERS, first.stream, STATUS_200);
        server.send(DATA, 0, first.stream, b"part");
        server.reset(first.stream, 2);
        while server.next().is_some() {}
    });
    let transport = transport();
    let error = start(&transport, get2(peer.port(), "/")).error();
    assert_eq!((error.code, error.phase.as_str()), ("ERR_H2_STREAM_RESET", "body"));
}

#[test]
fn h11_a_server_that_speaks_http1_after_choosing_h2_is_a_readable_error() {
    let peer = Peer::start(|mut stream, _| {
        let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        support::peer::wait_for_end(&mut stream);
    });
    let transport = transport();
    let error = start(&transport, get2(peer.port(), "/")).error();
    assert_eq!(error.code, "ERR_H2_PROTOCOL");
    assert!(error.detail.is_some());
    assert_empty(&transport);
}

#[test]
fn c03_an_aborted_stream_is_reset_and_its_siblings_are_unharmed() {
    let resets = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&resets);
    let peer = Peer::start(move |stream, _| {
        let Some(mut server) = Server::accept(stream, &[]) else { return };
        let mut requests = Vec::new();
        while let Some(frame) = server.next() {
            match frame.kind {
                HEADERS => requests.push(frame.stream),
                RST_STREAM => {
                    assert_eq!(frame.payload, 8_u32.to_be_bytes());
                    if seen.fetch_add(1, Ordering::SeqCst) == 49 {
                        for stream in requests.drain(..) {
                            server.answer(stream, b"alive");
                        }
                    }
                }
                _ => {}
            }
        }
    });
    let transport = transport();
    let doomed: Vec<_> = (0..50).map(|_| start(&transport, get2(peer.port(), "/doomed"))).collect();
    let sibling = start(&transport, get2(peer.port(), "/sibling"));
    for one in &doomed {
        one.handle.abort();
        one.handle.abort();
    }
    for one in &doomed {
        assert_eq!(one.error().code, "ERR_ABORTED");
        one.handle.abort();
        one.assert_silent();
    }
    // Those aborted before their HEADERS left need no reset; give the peer its count with new ones.
    while resets.load(Ordering::SeqCst) < 50 {
        let more = start(&transport, get2(peer.port(), "/more"));
        let before = resets.load(Ordering::SeqCst);
        // A reset that was still on its way may complete the count: then the peer has answered everybody.
        let counted = || resets.load(Ordering::SeqCst) >= 50;
        eventually("the stream is open", || transport.stats().exchanges >= 2 || counted());
        more.handle.abort();
        match more.finish() {
            Ok(answer) => assert!(counted() && answer.text() == "alive"),
            Err(error) => assert_eq!(error.code, "ERR_ABORTED"),
        }
        if before == resets.load(Ordering::SeqCst) {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }
    assert_eq!(sibling.finish().expect("answered").text(), "alive");
    assert_eq!(peer.accepted(), 1);
}

#[test]
fn h06_ten_thousand_cancelled_downloads_do_not_stall_the_connection() {
    let peer = Peer::start(|stream, _| {
        let Some(mut server) = Server::accept(stream, &[]) else { return };
        while let Some(frame) = server.next() {
            if frame.kind != HEADERS {
                continue;
            }
            server.send(HEADERS, END_HEADERS, frame.stream, STATUS_200);
            server.send(DATA, 0, frame.stream, &[7; 8192]);
            if frame.payload.len() > 4000 {
                server.send(DATA, END_STREAM, frame.stream, b"end");
            }
        }
    });
    let transport = transport();
    for _ in 0..10_000 {
        let running = start(&transport, get2(peer.port(), "/"));
        running.head().expect("a head");
        running.handle.abort();
        assert_eq!(running.error().code, "ERR_ABORTED");
    }
    let mut last = get2(peer.port(), "/");
    last.fields.push(field("x-long", &"~".repeat(8000)));
    let answer = fetch(&transport, last).expect("answered");
    assert_eq!(answer.body.len(), 8195);
    assert_eq!(peer.accepted(), 1);
}

#[test]
fn a_batch_of_events_ends_while_the_thread_is_busy_and_when_it_sleeps() {
    static BATCHES: AtomicUsize = AtomicUsize::new(0);
    wiretwin_engine::Runtime::on_batch_end(|| {
        BATCHES.fetch_add(1, Ordering::SeqCst);
    });
    let peer = serving_peer(b"hello");
    let transport = transport();
    for _ in 0..10 {
        let before = BATCHES.load(Ordering::SeqCst);
        fetch(&transport, get2(peer.port(), "/")).expect("answered");
        eventually("the batch has ended", || BATCHES.load(Ordering::SeqCst) > before);
    }
}
