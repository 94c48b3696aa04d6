//! Requests that leave with the ClientHello (0-RTT), as Firefox sends them, against servers on real sockets.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

use boring::ssl::{AlpnError, SslAcceptor};
use boring_sys as ffi;
use bytes::Bytes;
use foreign_types_shared::ForeignTypeRef;
use support::client::{assert_empty, chrome, fetch, firefox, profile, start};
use support::early::{
    HOST, Recorded, Tee, acceptor, answer, client, get, recorded_of, records, resumed, went_early, with_method,
};
use support::h2::{END_HEADERS, HEADERS, RST_STREAM, Server};
use support::patience::Patient;
use support::peer::{Peer, read_head};
use support::tls_server::{Authority, accept};
use wiretwin_engine::{ExchangeEvent, ExchangeRequest, ExchangeSink, RequestBody, Runtime};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";

/// Serves and notes the records of each connection until the client is gone.
fn recording_peer(protocols: &'static [&'static str]) -> (Peer, Recorded) {
    let recorded = Recorded::default();
    let (all, acceptor) = (Arc::clone(&recorded), acceptor(protocols));
    let peer = Peer::start(move |stream, number| {
        let copy = Arc::<Mutex<Vec<u8>>>::default();
        if let Some(stream) = accept(&acceptor, Tee(stream, Arc::clone(&copy))) {
            answer(stream, "body");
        }
        let records = records(&copy.lock().unwrap());
        all.lock().unwrap().insert(number, records);
    });
    (peer, recorded)
}

#[test]
fn firefox_sends_a_get_in_its_first_flight_over_http1() {
    let (peer, recorded) = recording_peer(&["http/1.1"]);
    let transport = client(firefox());
    let first = fetch(&transport, get(peer.port())).expect("answered");
    assert!(!went_early(&first) && !resumed(&first));
    let second = fetch(&transport, get(peer.port())).expect("answered");
    assert!(went_early(&second) && resumed(&second) && second.text() == "body");
    // As captured: hello, change_cipher_spec, the request in one record; then EndOfEarlyData and Finished.
    let seen = recorded_of(&recorded, 1);
    let kinds: Vec<u8> = seen.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds[..5], [22, 20, 23, 23, 23], "{seen:?}");
    assert_eq!((seen[3].1, seen[4].1), (21, 53), "{seen:?}");
    transport.close(None);
    assert_empty(&transport);
}

#[test]
fn firefox_sends_preface_and_headers_in_its_first_flight_over_http2() {
    let (peer, recorded) = recording_peer(&["h2"]);
    let transport = client(firefox());
    for early in [false, true, true] {
        let answer = fetch(&transport, get(peer.port())).expect("answered");
        assert_eq!((went_early(&answer), answer.info.version.as_str()), (early, "2"));
        assert_eq!(answer.text(), "body");
    }
    let seen = recorded_of(&recorded, 1);
    // As captured: preface, SETTINGS, WINDOW_UPDATE and the request (87 bytes without it) share the record.
    assert_eq!((seen[0].0, seen[1], seen[2].0, &seen[3..5]), (22, (20, 1), 23, &[(23, 21), (23, 53)][..]), "{seen:?}");
    assert!(seen[2].1 > 87 + 20, "{seen:?}");
}

#[test]
fn firefox_starts_http2_early_although_a_post_must_wait() {
    let (peer, recorded) = recording_peer(&["h2"]);
    let transport = client(firefox());
    fetch(&transport, get(peer.port())).expect("answered");
    let mut upload = with_method(peer.port(), "POST");
    upload.body = RequestBody::Bytes(Bytes::from_static(b"payload"));
    assert_eq!(fetch(&transport, upload).expect("answered").text(), "body");
    // As captured: 22, 20, 87 bytes of preface, EndOfEarlyData, Finished, and only then HEADERS and DATA.
    let seen = recorded_of(&recorded, 1);
    assert_eq!((seen[0].0, &seen[1..5]), (22, &[(20, 1), (23, 87), (23, 21), (23, 53)][..]), "{seen:?}");
    assert!(seen[5].1 > 26, "{seen:?}");
}

#[test]
fn requests_that_are_ready_together_go_early_in_records_of_their_own() {
    let (peer, recorded) = recording_peer(&["h2"]);
    let transport = client(firefox());
    fetch(&transport, get(peer.port())).expect("answered");
    let (sender, ended) = channel();
    let mut commands = Vec::new();
    let mut handles = Vec::new();
    for method in ["GET", "POST", "GET", "GET"] {
        let request = ExchangeRequest { new_connection: false, ..with_method(peer.port(), method) };
        let (handle, command) = transport.start_command(Box::new(request), |_| Box::new(Ending(sender.clone())));
        handles.push(handle);
        commands.push(command);
    }
    Runtime::submit(commands);
    for _ in 0..4 {
        assert_eq!(ended.receive(), Ok(true));
    }
    transport.close(None);
    let seen = recorded_of(&recorded, 1);
    assert_eq!(peer.accepted(), 2);
    let end = seen.iter().position(|record| *record == (23, 21)).expect("EndOfEarlyData");
    assert_eq!(end, 5, "three requests before it: {seen:?}");
    assert!(seen[3].1 < seen[2].1 && seen[4].1 <= seen[3].1, "only the first has the preface: {seen:?}");
}

/// Reports the end of an exchange: whether it was a good one.
struct Ending(Sender<bool>);

impl ExchangeSink for Ending {
    fn on_event(&mut self, event: ExchangeEvent) {
        match event {
            ExchangeEvent::Done { .. } => drop(self.0.send(true)),
            ExchangeEvent::Failed { .. } => drop(self.0.send(false)),
            _ => {}
        }
    }
}

#[test]
fn an_unsafe_method_or_a_body_waits_for_the_handshake() {
    let (peer, recorded) = recording_peer(&["http/1.1"]);
    let transport = client(firefox());
    fetch(&transport, get(peer.port())).expect("answered");
    let mut upload = with_method(peer.port(), "POST");
    upload.body = RequestBody::Bytes(Bytes::from_static(b"payload"));
    let mut odd = get(peer.port());
    odd.body = RequestBody::Bytes(Bytes::from_static(b"a body in a GET"));
    let mut once = get(peer.port());
    once.replay = false;
    for request in [upload, with_method(peer.port(), "PUT"), with_method(peer.port(), "DELETE"), odd, once] {
        let answer = fetch(&transport, request).expect("answered");
        assert!(resumed(&answer) && !went_early(&answer));
    }
    // As captured: the offer stays empty, EndOfEarlyData and Finished follow, then the request.
    let seen = recorded_of(&recorded, 1);
    let kinds: Vec<u8> = seen.iter().map(|(kind, _)| *kind).collect();
    assert_eq!((&kinds[..4], seen[2].1, seen[3].1), (&[22, 20, 23, 23][..], 21, 53), "{seen:?}");
    for method in ["HEAD", "OPTIONS"] {
        let request = with_method(peer.port(), method);
        let running = start(&transport, request);
        let head = running.head().expect("answered");
        assert!(head.connection.tls.as_ref().expect("TLS").early_data, "{method}");
    }
}

#[test]
fn chrome_and_profiles_without_early_data_send_none() {
    let (peer, _) = recording_peer(&["h2"]);
    let mut document: serde_json::Value = serde_json::from_str(&profile("firefox/firefox_153")).unwrap();
    document["tls"]["resumption"]["earlyData"] = false.into();
    for profile in [chrome(), document.to_string()] {
        let transport = client(profile);
        for round in 0..2 {
            let answer = fetch(&transport, get(peer.port())).expect("answered");
            assert_eq!((went_early(&answer), resumed(&answer)), (false, round == 1));
        }
    }
}

#[test]
fn a_rejected_request_is_sent_again_once() {
    for protocol in ["h2", "http/1.1"] {
        let protocols: &'static [&'static str] = if protocol == "h2" { &["h2"] } else { &["http/1.1"] };
        // Every connection meets a server with keys of its own: it cannot know the ticket.
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        let peer = Peer::start(move |stream, number| {
            let Some(mut stream) = accept(&acceptor(protocols), stream) else { return };
            if protocols == ["h2"] {
                let Some(mut server) = Server::accept(stream, &[]) else { return };
                while let Some(frame) = server.next_request() {
                    log.lock().unwrap().push(number);
                    server.answer(frame.stream, b"body");
                }
            } else {
                while read_head(&mut stream).is_some() {
                    log.lock().unwrap().push(number);
                    stream.write_all(OK).expect("written");
                }
            }
        });
        let transport = client(firefox());
        for _ in 0..3 {
            let answer = fetch(&transport, get(peer.port())).expect("answered");
            assert!(!went_early(&answer) && !resumed(&answer) && answer.text() == "body");
        }
        assert_eq!(*requests.lock().unwrap(), [0, 1, 2], "{protocol}");
    }
}

#[test]
fn a_retried_hello_sends_the_request_after_the_handshake() {
    let retrying = acceptor(&["h2"]);
    // SAFETY: the context is alive and nothing uses it yet; the list is copied.
    unsafe { ffi::SSL_CTX_set1_group_ids(retrying.context().as_ptr(), [24_u16].as_ptr(), 1) };
    let peer = Peer::start(move |stream, _| {
        if let Some(stream) = accept(&retrying, Tee(stream, Arc::default())) {
            answer(stream, "body");
        }
    });
    let transport = client(firefox());
    for round in 0..3 {
        let answer = fetch(&transport, get(peer.port())).expect("answered");
        let tls = answer.info.connection.tls.clone().expect("TLS");
        assert_eq!((answer.text().as_str(), tls.early_data, tls.group.as_deref()), ("body", false, Some("P-384")));
        assert_eq!(tls.resumed, round > 0);
    }
}

#[test]
fn a_server_that_changes_its_protocol_gets_the_request_in_the_new_one() {
    let plain = Arc::new(AtomicBool::new(false));
    let (switch, mut builder) = (Arc::clone(&plain), boring_acceptor_builder());
    builder.set_alpn_select_callback(move |_, offered| {
        let wanted: &[u8] = if switch.load(Ordering::SeqCst) { b"http/1.1" } else { b"h2" };
        let at = offered.windows(wanted.len()).position(|part| part == wanted).ok_or(AlpnError::NOACK)?;
        offered.get(at..at + wanted.len()).ok_or(AlpnError::NOACK)
    });
    let acceptor = builder.build();
    let peer = Peer::start(move |stream, _| {
        if let Some(stream) = accept(&acceptor, Tee(stream, Arc::default())) {
            answer(stream, "body");
        }
    });
    let transport = client(firefox());
    let mut seen = Vec::new();
    for change in [false, true, true, false, false] {
        plain.store(change, Ordering::SeqCst);
        let answer = fetch(&transport, get(peer.port())).expect("answered");
        assert_eq!(answer.text(), "body");
        seen.push((answer.info.version.as_str(), went_early(&answer)));
    }
    assert_eq!(seen, [("2", false), ("1.1", false), ("1.1", true), ("2", false), ("2", true)]);
}

#[test]
fn an_attempt_that_carries_a_request_goes_on_beside_one_that_turns_out_to_be_http2() {
    let plain = acceptor(&["http/1.1"]);
    let modern = acceptor(&["h2"]);
    let ((written, both), (done, first)) = (channel(), channel());
    let (written, both, done, first) = (Mutex::new(written), Mutex::new(both), Mutex::new(done), Mutex::new(first));
    let peer = Peer::start(move |stream, number| {
        match number {
            1 => both.lock().unwrap().receive().expect("a second attempt"),
            2 => {
                stream.peek(&mut [0]).expect("a hello");
                written.lock().unwrap().send(()).expect("the first attempt waits");
                first.lock().unwrap().receive().expect("the first attempt is through");
            }
            _ => {}
        }
        let acceptor = if number == 0 { &plain } else { &modern };
        let Some(stream) = accept(acceptor, Tee(stream, Arc::default())) else { return };
        if number == 1 {
            let _ = done.lock().unwrap().send(());
        }
        answer(stream, "body");
    });
    let transport = client(firefox());
    fetch(&transport, get(peer.port())).expect("answered");
    let pooled = || ExchangeRequest { new_connection: false, ..get(peer.port()) };
    let both: Vec<_> = (0..2).map(|_| start(&transport, pooled())).collect();
    for running in both {
        assert_eq!(running.finish().expect("answered").text(), "body");
    }
    transport.close(None);
    assert_empty(&transport);
}

fn boring_acceptor_builder() -> boring::ssl::SslAcceptorBuilder {
    let pair = Authority::shared().pair(&[HOST]);
    let mut builder = SslAcceptor::mozilla_intermediate_v5(boring::ssl::SslMethod::tls()).unwrap();
    builder.set_certificate(&pair.0).unwrap();
    builder.set_private_key(&pair.1).unwrap();
    // SAFETY: the context is alive and not shared yet.
    unsafe { ffi::SSL_CTX_set_early_data_enabled(builder.as_ptr(), 1) };
    builder
}

#[test]
fn a_425_is_answered_with_one_repetition_after_the_handshake() {
    for protocols in [&["h2"][..], &["http/1.1"]] {
        let acceptor = acceptor(protocols);
        let statuses = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&statuses);
        let http2 = protocols == ["h2"];
        let peer = Peer::start(move |stream, number| {
            let Some(mut stream) = accept(&acceptor, stream) else { return };
            if http2 {
                let Some(mut server) = Server::accept(stream, &[]) else { return };
                let mut refused = false;
                while let Some(frame) = server.next_request() {
                    let early = number == 1 && !refused;
                    log.lock().unwrap().push((number, if early { 425 } else { 200 }));
                    if early {
                        refused = true;
                        // A literal :status (RFC 7541 6.2.2), and a body that nobody wants.
                        server.send(HEADERS, END_HEADERS, frame.stream, b"\x08\x03425");
                    } else {
                        server.answer(frame.stream, b"body");
                    }
                }
            } else {
                while read_head(&mut stream).is_some() {
                    let early = number == 1;
                    log.lock().unwrap().push((number, if early { 425 } else { 200 }));
                    let refusal = b"HTTP/1.1 425 Too Early\r\nContent-Length: 3\r\n\r\nno!";
                    let _ = stream.write_all(if early { refusal } else { OK });
                }
            }
        });
        let transport = client(firefox());
        fetch(&transport, get(peer.port())).expect("answered");
        let pooled = ExchangeRequest { new_connection: false, ..get(peer.port()) };
        let second = fetch(&transport, pooled).expect("answered");
        assert_eq!((second.status(), second.text().as_str()), (200, "body"));
        if !http2 {
            assert!(!went_early(&second), "the repetition has a handshake of its own");
        }
        let expected = if http2 { 1 } else { 2 };
        assert_eq!(*statuses.lock().unwrap(), [(0, 200), (1, 425), (expected, 200)], "{protocols:?}");
    }
}

#[test]
fn a_425_without_early_data_is_an_ordinary_response() {
    let acceptor = acceptor(&["http/1.1"]);
    let peer = Peer::start(move |stream, _| {
        let Some(mut stream) = accept(&acceptor, stream) else { return };
        while read_head(&mut stream).is_some() {
            let _ = stream.write_all(b"HTTP/1.1 425 Too Early\r\nContent-Length: 3\r\n\r\nno!");
        }
    });
    let answer = fetch(&client(firefox()), get(peer.port())).expect("answered");
    assert_eq!((answer.status(), answer.text().as_str()), (425, "no!"));
    assert_eq!(peer.accepted(), 1);
}

#[test]
fn a_handshake_cut_because_of_early_data_is_tried_once_without() {
    let acceptor = acceptor(&["h2"]);
    let peer = Peer::start(move |mut stream, number| {
        if number == 1 {
            // A box that knows no early data: it reads the flight and hangs up.
            let mut flight = [0; 16 * 1024];
            let _ = stream.read(&mut flight);
            return;
        }
        if let Some(stream) = accept(&acceptor, Tee(stream, Arc::default())) {
            answer(stream, "body");
        }
    });
    let transport = client(firefox());
    for early in [false, false] {
        let answer = fetch(&transport, get(peer.port())).expect("answered");
        assert_eq!((went_early(&answer), answer.text().as_str()), (early, "body"));
    }
    assert_eq!(peer.accepted(), 3);
    transport.close(None);
    assert_empty(&transport);
}

#[test]
fn an_early_request_that_was_aborted_is_reset_and_its_neighbour_goes_on() {
    let acceptor = acceptor(&["h2"]);
    let (hold, held) = channel::<()>();
    let (said, told) = channel::<u8>();
    let (arrived, flight) = channel::<()>();
    let (held, said, arrived) = (Mutex::new(held), Mutex::new(said), Mutex::new(arrived));
    let peer = Peer::start(move |stream, number| {
        if number == 1 {
            // Hello and early data come in one write.
            stream.peek(&mut [0]).expect("the first flight");
            arrived.lock().unwrap().send(()).expect("the test waits");
            held.lock().unwrap().recv().expect("released");
        }
        let Some(stream) = accept(&acceptor, stream) else { return };
        let Some(mut server) = Server::accept(stream, &[]) else { return };
        let mut early = None;
        while let Some(frame) = server.next() {
            if number == 1 && early.is_none() && frame.kind == HEADERS {
                early = Some(frame.stream);
            } else if Some(frame.stream) == early && frame.kind == RST_STREAM {
                let _ = said.lock().unwrap().send(RST_STREAM);
            } else if frame.ends_stream() && Some(frame.stream) != early {
                server.answer(frame.stream, b"body");
            }
        }
    });
    let transport = client(firefox());
    fetch(&transport, get(peer.port())).expect("answered");
    let early = ExchangeRequest { new_connection: false, ..get(peer.port()) };
    let late = ExchangeRequest { new_connection: false, ..with_method(peer.port(), "POST") };
    let (early, late) = (start(&transport, early), start(&transport, late));
    flight.receive().expect("the first flight");
    early.handle.abort();
    assert_eq!(early.error().code, "ERR_ABORTED");
    hold.send(()).expect("the peer waits");
    assert_eq!(late.finish().expect("answered").text(), "body");
    assert_eq!(told.receive(), Ok(RST_STREAM));
    transport.close(None);
    assert_empty(&transport);
}
