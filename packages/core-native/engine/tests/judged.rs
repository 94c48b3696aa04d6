//! A connection that ends, refuses or forges while a request is about to be written to it: the peer's word is in the kernel
//! before the order to send is carried out. Nothing of the request may reach it (FAULTS C09, F14, H16).

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use support::client::{Answer, Running, field, get, start, transport};
use support::h2::{self, Server};
use support::peer::{Peer, read_head, serve};
use wiretwin_engine::{Error, ExchangeEvent, ExchangeRequest, ExchangeSink, Protocols, RequestBody, Transport};

/// Starts another request on the I/O thread when the first has ended, once the peer has had its say.
struct Next {
    transport: Arc<Transport>,
    request: Option<ExchangeRequest>,
    ask: Sender<()>,
    said: Receiver<()>,
    running: Sender<Running>,
}

impl ExchangeSink for Next {
    fn on_event(&mut self, event: ExchangeEvent) {
        if matches!(event, ExchangeEvent::Done { .. })
            && let Some(request) = self.request.take()
        {
            self.ask.send(()).expect("the peer waits");
            self.said.recv().expect("the peer has written");
            let _ = self.running.send(start(&self.transport, request));
        }
    }
}

/// What came of the second request, and all that reached the connection that was judged after its last word.
struct Outcome {
    answer: Result<Answer, Error>,
    written_after: Vec<u8>,
    connections: usize,
}

/// A first request is answered; then `say` speaks on its connection; then the request that `second` makes is sent.
/// Further connections are served.
fn judge(
    protocols: Protocols,
    second: impl Fn(u16) -> ExchangeRequest,
    say: impl Fn(&mut TcpStream) + Send + Sync + 'static,
) -> Outcome {
    let (ask, asked) = channel();
    let (told, said) = channel();
    let (rest, written_after) = channel();
    let ends = Mutex::new((asked, told, rest));
    let peer = Peer::start(move |mut stream, number| {
        let http2 = protocols == Protocols::Http2;
        if number > 0 {
            match http2 {
                true => Server::accept(stream, &[]).expect("a preface").serve(b"second"),
                false => serve(&mut stream, "second"),
            }
            return;
        }
        if http2 {
            let mut server = Server::accept(stream, &[]).expect("a preface");
            let first = server.next_request().expect("a request");
            server.answer(first.stream, b"first");
            stream = server.stream;
        } else {
            read_head(&mut stream);
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst").expect("written");
        }
        let ends = ends.lock().expect("only here");
        ends.0.recv().expect("the client has the answer");
        say(&mut stream);
        ends.1.send(()).expect("the client waits");
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        ends.2.send(rest).expect("the test waits");
    });
    let transport = transport();
    let (sender, running) = channel();
    let request = |mut request: ExchangeRequest| {
        request.protocols = protocols;
        request
    };
    let next = Next {
        transport: Arc::clone(&transport),
        request: Some(request(second(peer.port()))),
        ask,
        said,
        running: sender,
    };
    let _first = transport.start(request(get(peer.port(), "/first")), Box::new(next));
    let answer = running.recv().expect("sent").finish();
    Outcome {
        answer,
        written_after: written_after.recv().expect("the judged one closes"),
        connections: peer.accepted(),
    }
}

fn post(port: u16) -> ExchangeRequest {
    let mut request = get(port, "/second");
    request.method = Bytes::from_static(b"POST");
    request.fields.push(field("Content-Length", "4"));
    request.body = RequestBody::Bytes(Bytes::from_static(b"body"));
    request
}

fn assert_sent_once(name: &str, outcome: &Outcome) {
    let answer = outcome.answer.as_ref().unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(answer.text(), "second", "{name}");
    assert_eq!(outcome.connections, 2, "{name}");
}

/// Kinds and streams of the frames with which the client went on.
fn frames(mut bytes: &[u8]) -> Vec<(u8, u32)> {
    let mut found = Vec::new();
    while let Some((head, rest)) = bytes.split_at_checked(9) {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        found.push((head[3], u32::from_be_bytes([head[5], head[6], head[7], head[8]])));
        bytes = &rest[length..];
    }
    found
}

type Say = fn(&mut TcpStream);

fn end(stream: &mut TcpStream) {
    stream.shutdown(Shutdown::Write).expect("half closed");
}

#[test]
fn c09_a_post_is_not_written_to_a_connection_whose_peer_has_ended_gone_away_or_refused() {
    let cases: [(&str, Say); 5] = [
        ("end of input", end),
        // The first of two, of a server that goes away gracefully: nothing new may begin (RFC 9113 6.8).
        ("GOAWAY without a last stream", |stream| {
            stream.write_all(&h2::encode(h2::GOAWAY, 0, 0, &[0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0])).expect("written");
        }),
        ("GOAWAY", |stream| {
            stream.write_all(&h2::encode(h2::GOAWAY, 0, 0, &[0, 0, 0, 1, 0, 0, 0, 0])).expect("written");
        }),
        ("GOAWAY and end", |stream| {
            stream.write_all(&h2::encode(h2::GOAWAY, 0, 0, &[0, 0, 0, 1, 0, 0, 0, 0])).expect("written");
            end(stream);
        }),
        // Of a stream that it cannot know yet: that breaks the connection (H16), and still proves that nothing was sent.
        ("REFUSED_STREAM", |stream| {
            stream.write_all(&h2::encode(h2::RST_STREAM, 0, 3, &[0, 0, 0, 7])).expect("written");
        }),
    ];
    for (name, say) in cases {
        let outcome = judge(Protocols::Http2, post, say);
        assert_sent_once(name, &outcome);
        let written = frames(&outcome.written_after);
        assert!(!written.iter().any(|(kind, stream)| *stream == 3 || *kind == h2::DATA), "{name}: {written:?}");
    }
}

#[test]
fn h16_an_answer_to_a_request_that_was_not_written_breaks_the_connection() {
    let outcome = judge(Protocols::Http2, post, |stream| {
        let mut forged = h2::encode(h2::HEADERS, h2::END_HEADERS, 3, h2::STATUS_200);
        forged.extend(h2::encode(h2::DATA, h2::END_STREAM, 3, b"forged"));
        stream.write_all(&forged).expect("written");
    });
    assert_sent_once("an answer", &outcome);
    assert_eq!(frames(&outcome.written_after), [(h2::SETTINGS, 0), (h2::GOAWAY, 0)]);
}

#[test]
fn c09_a_request_over_http1_is_not_written_to_a_connection_whose_peer_has_ended() {
    for request in [post, |port| get(port, "/second")] {
        let outcome = judge(Protocols::Http1, request, end);
        assert_sent_once("end of input", &outcome);
        assert_eq!(String::from_utf8_lossy(&outcome.written_after), "");
    }
}

#[test]
fn f14_a_request_is_not_written_behind_bytes_that_nobody_asked_for() {
    for request in [post, |port| get(port, "/second")] {
        let outcome = judge(Protocols::Http1, request, |stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged").expect("written");
        });
        assert_sent_once("a forged answer", &outcome);
        assert_eq!(String::from_utf8_lossy(&outcome.written_after), "");
    }
}
