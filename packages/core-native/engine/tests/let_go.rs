//! Answers that a browser lets go of as it reads their head (a redirect that its cache keeps, a 304 that it asked for, a
//! 421 or 408 that it repeats), and how it closes a connection.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

use boring::ssl::ErrorCode;
use support::client::{chrome, eventually, fetch, field, firefox, get, profile, start, transport_with};
use support::h2::{DATA, END_HEADERS, END_STREAM, HEADERS, RST_STREAM, Server};
use support::peer::{Peer, read_head, wait_for_end};
use support::tls_server::{Authority, accept};
use wiretwin_engine::{ExchangeRequest, Scheme, Transport, TrustStore};

const HOST: &str = "www.mirror.test";

/// Literals without indexing: a three-digit `:status`, `location` and `cache-control` of the static table.
fn head(status: &str, location: Option<&str>, cache_control: Option<&str>) -> Vec<u8> {
    let field = |index: &[u8], value: &str| [index, &[u8::try_from(value.len()).unwrap()], value.as_bytes()].concat();
    let location = location.map(|value| field(&[0x0f, 31], value)).unwrap_or_default();
    let cache_control = cache_control.map(|value| field(&[0x0f, 9], value)).unwrap_or_default();
    [field(&[8], status), location, cache_control].concat()
}

/// Gives `first` (its head, whether it ends there, its body) to the first request and 200 to the others. Tells the kinds
/// of frames of the first stream and the number of each request.
fn peer(first: (Vec<u8>, Option<&'static [u8]>)) -> (Peer, Receiver<String>) {
    let acceptor = Authority::shared().acceptor(&[HOST], &["h2"]);
    let (told, seen) = channel();
    let told = std::sync::Mutex::new((told, false));
    let peer = Peer::start(move |stream, number| {
        let Some(mut server) = accept(&acceptor, stream).and_then(|stream| Server::accept(stream, &[])) else { return };
        while let Some(frame) = server.next() {
            let mut state = told.lock().unwrap();
            match frame.kind {
                HEADERS => {
                    let _ = state.0.send(format!("request {number}"));
                    if std::mem::replace(&mut state.1, true) {
                        server.answer(frame.stream, b"x");
                        continue;
                    }
                    let end = if first.1.is_none() { END_STREAM } else { 0 };
                    server.send(HEADERS, END_HEADERS | end, frame.stream, &first.0);
                    if let Some(body) = first.1 {
                        server.send(DATA, END_STREAM, frame.stream, body);
                    }
                }
                RST_STREAM => {
                    assert_eq!(frame.payload, 8_u32.to_be_bytes());
                    let _ = state.0.send(format!("reset {}", frame.stream));
                }
                _ => {}
            }
        }
    });
    (peer, seen)
}

fn trusting(browser: String) -> Arc<Transport> {
    transport_with(|options| {
        options.profile = browser;
        options.trust_store = TrustStore::None;
        options.ca = vec![Authority::shared().pem()];
        options.resolve.insert(HOST.into(), vec!["127.0.0.1".parse().unwrap()]);
    })
}

fn request(port: u16, storable: bool) -> ExchangeRequest {
    let mut request = ExchangeRequest::new("GET", Scheme::Https, HOST, port, "/");
    request.storable = storable;
    request
}

/// What the peer saw of two requests, one after the other; the first gets `answer`.
fn seen(browser: &str, storable: bool, answer: (Vec<u8>, Option<&'static [u8]>)) -> Vec<String> {
    seen_with(browser, storable, &[], answer)
}

/// The same with fields of the request.
fn seen_with(
    browser: &str,
    storable: bool,
    fields: &[(&'static str, &'static str)],
    answer: (Vec<u8>, Option<&'static [u8]>),
) -> Vec<String> {
    let (peer, seen) = peer(answer);
    let transport = trusting(profile(browser));
    for _ in 0..2 {
        let mut request = request(peer.port(), storable);
        request.fields = fields.iter().map(|(name, value)| field(name, value)).collect();
        fetch(&transport, request).expect("answered");
    }
    seen.try_iter().collect()
}

const CHROME: &str = "chrome/chrome_156";
const FIREFOX: &str = "firefox/firefox_153";

#[test]
fn a_redirect_that_the_cache_keeps_is_reset_before_the_next_request() {
    let redirect = |cache_control, body| (head("302", Some("/b"), cache_control), body);
    let reset = ["request 0", "reset 1", "request 0"];
    let plain = ["request 0", "request 0"];
    assert_eq!(seen(CHROME, true, redirect(None, None)), reset);
    assert_eq!(seen(CHROME, true, redirect(Some("max-age=0"), Some(b"moved"))), reset);
    assert_eq!(seen(CHROME, true, redirect(Some("no-store"), None)), plain);
    assert_eq!(seen(CHROME, false, redirect(None, None)), plain);
    assert_eq!(seen(FIREFOX, true, redirect(None, None)), plain);
    assert_eq!(seen(CHROME, true, (head("200", Some("/b"), None), None)), plain);
}

#[test]
fn a_304_that_the_cache_asked_for_is_reset_before_the_next_request() {
    let answer = || (head("304", None, None), None);
    let reset = ["request 0", "reset 1", "request 0"];
    let plain = ["request 0", "request 0"];
    assert_eq!(seen_with(CHROME, true, &[("if-none-match", "\"v1\"")], answer()), reset);
    assert_eq!(seen_with(CHROME, true, &[("If-Modified-Since", "Sun, 30 Nov 2025 00:00:00 GMT")], answer()), reset);
    // A condition of the page's own: its cache takes no part.
    assert_eq!(seen_with(CHROME, false, &[("if-none-match", "\"v1\"")], answer()), plain);
    assert_eq!(seen(CHROME, true, answer()), plain);
    assert_eq!(seen_with(FIREFOX, true, &[("if-none-match", "\"v1\"")], answer()), plain);
    assert_eq!(seen_with(CHROME, true, &[("if-none-match", "\"v1\"")], (head("200", None, None), None)), plain);
}

#[test]
fn a_421_that_is_repeated_is_reset_where_the_browser_does() {
    let answer = || (head("421", None, None), None);
    assert_eq!(seen(CHROME, true, answer()), ["request 0", "reset 1", "request 0", "request 0"]);
    assert_eq!(seen(FIREFOX, true, answer()), ["request 0", "request 1", "request 2"]);
}

/// Answers 421 to the first `refusals` requests over HTTP/1.1; tells the connection of each request.
fn http1_peer(refusals: usize) -> (Peer, Receiver<usize>) {
    let (told, seen) = channel();
    let state = std::sync::Mutex::new((told, refusals));
    let peer = Peer::start(move |mut stream, number| {
        while read_head(&mut stream).is_some() {
            let refuse = {
                let mut state = state.lock().unwrap();
                let _ = state.0.send(number);
                let refuse = state.1 > 0;
                state.1 -= usize::from(refuse);
                refuse
            };
            let answer: &[u8] = if refuse {
                b"HTTP/1.1 421 Misdirected Request\r\nContent-Length: 0\r\n\r\n"
            } else {
                b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"
            };
            if stream.write_all(answer).is_err() {
                return;
            }
        }
    });
    (peer, seen)
}

#[test]
fn a_421_over_http1_closes_the_connection_and_is_repeated_once() {
    // Both browsers keep the connection of the repetition.
    for (browser, connections) in [
        (chrome(), vec![0, 1, 1]),
        (firefox(), vec![0, 1, 1]),
        (profile("okhttp/okhttp_5"), vec![0, 0]),
        (profile("safari/safari_26"), vec![0, 0]),
    ] {
        let (peer, seen) = http1_peer(1);
        let transport = transport_with(|options| options.profile = browser);
        for _ in 0..2 {
            fetch(&transport, get(peer.port(), "/")).expect("answered");
        }
        assert_eq!(seen.try_iter().collect::<Vec<_>>(), connections);
    }
    let (peer, seen) = http1_peer(9);
    let transport = transport_with(|options| options.profile = chrome());
    assert_eq!(fetch(&transport, get(peer.port(), "/")).expect("delivered").status(), 421);
    assert_eq!(seen.try_iter().collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn firefox_repeats_a_421_over_http1_on_a_new_connection_although_another_is_free() {
    for (browser, opens) in [(chrome(), false), (firefox(), true)] {
        let (told, seen) = channel();
        let told = std::sync::Mutex::new(told);
        let (both, refused) = (Barrier::new(2), AtomicBool::new(false));
        let peer = Peer::start(move |mut stream, number| {
            while let Some(head) = read_head(&mut stream) {
                let _ = told.lock().unwrap().send(number);
                if head.starts_with("GET /together") {
                    both.wait();
                }
                let refuse = head.starts_with("GET /moved") && !refused.swap(true, Ordering::AcqRel);
                let status = if refuse { "421 No" } else { "200 OK" };
                let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
                if stream.write_all(answer.as_bytes()).is_err() {
                    return;
                }
            }
        });
        let transport = transport_with(|options| options.profile = browser);
        let together: Vec<_> = (0..2).map(|_| start(&transport, get(peer.port(), "/together"))).collect();
        for one in together {
            one.finish().expect("answered");
        }
        fetch(&transport, get(peer.port(), "/moved")).expect("answered");
        let used: Vec<_> = seen.try_iter().skip(2).collect();
        assert_eq!(used[1], if opens { 2 } else { 1 - used[0] }, "{used:?}");
    }
}

/// Whether close_notify precedes the end of a connection over HTTP/1.1 that the client closes.
fn says_goodbye(browser: String) -> bool {
    let acceptor = Authority::shared().acceptor(&[HOST], &["http/1.1"]);
    let (told, ended) = channel();
    let told = std::sync::Mutex::new(told);
    let peer = Peer::start(move |stream, _| {
        let Some(mut stream) = accept(&acceptor, stream) else { return };
        read_head(&mut stream).expect("a request");
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx").expect("written");
        let end = stream.ssl_read(&mut [0]).expect_err("no second request");
        let _ = told.lock().unwrap().send(end.code() == ErrorCode::ZERO_RETURN);
    });
    let transport = trusting(browser);
    fetch(&transport, request(peer.port(), false)).expect("answered");
    transport.close(None);
    ended.recv().expect("the connection has ended")
}

#[test]
fn a_connection_closes_with_an_alert_where_the_browser_sends_one() {
    assert!(!says_goodbye(chrome()));
    assert!(says_goodbye(firefox()));
}

#[test]
fn a_retired_connection_closes_when_its_last_exchange_has_ended() {
    let acceptor = Authority::shared().acceptor(&[HOST], &["h2"]);
    let peer = Peer::start(move |stream, number| {
        let Some(mut server) = accept(&acceptor, stream).and_then(|stream| Server::accept(stream, &[])) else { return };
        if number > 0 {
            return server.serve(b"x");
        }
        let Some(refused) = server.next_request() else { return };
        server.send(HEADERS, END_HEADERS | END_STREAM, refused.stream, &head("421", None, None));
        wait_for_end(&mut server.stream);
    });
    let transport = trusting(firefox());
    assert_eq!(fetch(&transport, request(peer.port(), false)).expect("answered").status(), 200);
    eventually("the connection that answered 421 has ended", || peer.ended() > 0);
}

/// Answers 408 to the first `refusals` requests over HTTP/1.1, after `delay`; tells the connection of each request.
fn slow_peer(refusals: usize, delay: Duration) -> (Peer, Receiver<usize>) {
    let (told, seen) = channel();
    let state = Mutex::new((told, refusals));
    let peer = Peer::start(move |mut stream, number| {
        while read_head(&mut stream).is_some() {
            let answer: &[u8] = if tell(&state, number) {
                std::thread::sleep(delay);
                b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 4\r\n\r\nlate"
            } else {
                b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"
            };
            if stream.write_all(answer).is_err() {
                return;
            }
        }
    });
    (peer, seen)
}

/// Tells the connection of a request; whether it is one of the first that are refused.
fn tell(state: &Mutex<(Sender<usize>, usize)>, connection: usize) -> bool {
    let mut state = state.lock().unwrap();
    let _ = state.0.send(connection);
    let refuse = state.1 > 0;
    state.1 -= usize::from(refuse);
    refuse
}

// Firefox 153: fetch() with GET and POST, on new connections and used ones, 408 after 0, 20 and 1500 ms.
#[test]
fn a_408_over_http1_that_is_late_is_repeated_and_a_quick_one_ends_its_connection() {
    for (delay, statuses, connections) in
        [(Duration::ZERO, [408, 200], vec![0, 1]), (Duration::from_secs(2), [200, 200], vec![0, 1, 1])]
    {
        let (peer, seen) = slow_peer(1, delay);
        let transport = transport_with(|options| options.profile = firefox());
        let told = [(); 2].map(|()| fetch(&transport, get(peer.port(), "/")).expect("answered").status());
        assert_eq!((told, seen.try_iter().collect::<Vec<_>>()), (statuses, connections));
    }
}

/// The same over HTTP/2, at once.
fn timing_out_peer(refusals: usize) -> (Peer, Receiver<usize>) {
    let acceptor = Authority::shared().acceptor(&[HOST], &["h2"]);
    let (told, seen) = channel();
    let state = Mutex::new((told, refusals));
    let peer = Peer::start(move |stream, number| {
        let Some(mut server) = accept(&acceptor, stream).and_then(|stream| Server::accept(stream, &[])) else { return };
        while let Some(request) = server.next_request() {
            if tell(&state, number) {
                server.send(HEADERS, END_HEADERS | END_STREAM, request.stream, &head("408", None, None));
            } else {
                server.answer(request.stream, b"x");
            }
        }
    });
    (peer, seen)
}

// Firefox 153: the same calls; ten requests, then an error.
#[test]
fn a_408_over_http2_is_repeated_on_another_connection_where_the_browser_does() {
    let (peer, seen) = timing_out_peer(1);
    let transport = trusting(firefox());
    for _ in 0..2 {
        assert_eq!(fetch(&transport, request(peer.port(), false)).expect("answered").status(), 200);
    }
    assert_eq!(seen.try_iter().collect::<Vec<_>>(), [0, 1, 1]);
    let (peer, seen) = timing_out_peer(1000);
    let Err(error) = fetch(&trusting(firefox()), request(peer.port(), false)) else { panic!("no answer") };
    assert_eq!((error.code, seen.try_iter().count()), ("ERR_CONNECTION_CLOSED", 10));
    let (peer, seen) = timing_out_peer(1);
    assert_eq!(fetch(&trusting(chrome()), request(peer.port(), false)).expect("answered").status(), 408);
    assert_eq!(seen.try_iter().count(), 1);
}
