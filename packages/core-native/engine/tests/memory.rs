//! Bodies far larger than any buffer. One test per process part, run in order, because the process' memory is measured.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use support::client::{Running, assert_empty, fetch, get, start, transport};
use support::h2::{DATA, END_HEADERS, END_STREAM, HEADERS, STATUS_200, Server, WINDOW_UPDATE};
use support::peer::{Peer, read_head};
use wiretwin_engine::{ExchangeEvent, ExchangeRequest, Protocols, RequestBody};

const BODY: u64 = 200 * 1024 * 1024;
/// Kernel socket buffers on loopback, the largest protocol window (6 MB) and the allocator's slack.
const HELD_MAX: u64 = 48 * 1024 * 1024;

/// Resident memory of this process in bytes.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    statm.split(' ').nth(1).expect("a second field").parse::<u64>().expect("a number") * 4096
}

fn http2(port: u16) -> ExchangeRequest {
    let mut request = get(port, "/");
    request.protocols = Protocols::Http2;
    request
}

/// Reads the whole body and returns its length and the highest memory seen.
fn drain(running: &Running) -> (u64, u64) {
    let (mut total, mut highest) = (running.head().expect("a head").body.len() as u64, 0);
    running.handle.read(0);
    loop {
        match running.next() {
            ExchangeEvent::Data(data) => {
                assert!(data.len() <= 256 * 1024);
                total += data.len() as u64;
                highest = highest.max(resident());
                running.handle.read(0);
            }
            ExchangeEvent::Done { .. } => return (total, highest),
            ExchangeEvent::Failed { error, .. } => panic!("{error}"),
            _ => {}
        }
    }
}

/// Sends 200 MB and counts what the kernel took.
fn http1_source(sent: Arc<AtomicU64>) -> Peer {
    Peer::start(move |mut stream, _| {
        read_head(&mut stream);
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {BODY}\r\n\r\n");
        stream.write_all(head.as_bytes()).expect("written");
        let piece = vec![b'd'; 64 * 1024];
        for _ in 0..BODY / 65536 {
            if stream.write_all(&piece).is_err() {
                return;
            }
            sent.fetch_add(65536, Ordering::SeqCst);
        }
        support::peer::wait_for_end(&mut stream);
    })
}

/// The same over HTTP/2, within the client's windows.
fn http2_source(sent: Arc<AtomicU64>) -> Peer {
    Peer::start(move |stream, _| {
        let Some(mut server) = Server::accept(stream, &[]) else { return };
        let (mut stream_window, mut connection_window) = (6_291_456_i64, 65_535_i64);
        let mut left = 0;
        let mut id = 0;
        loop {
            while left > 0 && stream_window >= 16384 && connection_window >= 16384 {
                left -= 16384;
                let flags = if left == 0 { END_STREAM } else { 0 };
                if !server.send(DATA, flags, id, &[b'd'; 16384]) {
                    return;
                }
                sent.fetch_add(16384, Ordering::SeqCst);
                stream_window -= 16384;
                connection_window -= 16384;
            }
            let Some(frame) = server.next() else { return };
            match frame.kind {
                HEADERS => {
                    id = frame.stream;
                    left = BODY as i64;
                    stream_window = 6_291_456;
                    server.send(HEADERS, END_HEADERS, id, STATUS_200);
                }
                WINDOW_UPDATE => {
                    let size = i64::from(u32::from_be_bytes(frame.payload[..4].try_into().expect("four bytes")));
                    if frame.stream == 0 {
                        connection_window += size;
                    } else if frame.stream == id {
                        stream_window += size;
                    }
                }
                _ => {}
            }
        }
    })
}

fn until_quiet(sent: &AtomicU64) -> u64 {
    let mut before = u64::MAX;
    loop {
        let now = sent.load(Ordering::SeqCst);
        if now == before {
            return now;
        }
        before = now;
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn b05_a_reader_that_stops_holds_no_more_than_the_windows(source: Peer, request: ExchangeRequest, sent: &AtomicU64) {
    let transport = transport();
    let before = resident();
    let running = start(&transport, request);
    let head = running.head().expect("a head");
    assert!(!head.ended);
    let taken = until_quiet(sent);
    assert!(taken < HELD_MAX, "the peer could send {taken} bytes to a reader that does not read");
    // The head was taken above: go on with the body.
    let (mut total, mut highest) = (head.body.len() as u64, resident());
    running.handle.read(0);
    loop {
        match running.next() {
            ExchangeEvent::Data(data) => {
                total += data.len() as u64;
                highest = highest.max(resident());
                running.handle.read(0);
            }
            ExchangeEvent::Done { .. } => break,
            ExchangeEvent::Failed { error, .. } => panic!("{error}"),
            _ => {}
        }
    }
    assert_eq!(total, BODY);
    assert!(highest.saturating_sub(before) < HELD_MAX, "{} bytes more than before", highest - before);
    transport.close(None);
    assert_empty(&transport);
    drop(source);
}

fn upload(request: &mut ExchangeRequest) {
    request.method = Bytes::from_static(b"POST");
    request.body = RequestBody::Stream { length: None };
}

/// Writes 200 MB as fast as the engine takes them.
fn feed(running: &Running) -> u64 {
    let piece = Bytes::from(vec![b'u'; 64 * 1024]);
    let (mut written, mut taken, mut highest) = (0_u64, 0_u64, 0);
    while written < BODY {
        while written < BODY && written - taken < 512 * 1024 {
            running.handle.write(piece.clone());
            written += piece.len() as u64;
        }
        match running.next() {
            ExchangeEvent::RequestBodyCapacity { taken: now } => {
                assert!(now > taken && now <= written);
                taken = now;
            }
            other => panic!("{other:?}"),
        }
        highest = highest.max(resident());
    }
    running.handle.end(Vec::new());
    highest
}

fn an_upload_is_bounded(mut request: ExchangeRequest) {
    upload(&mut request);
    let transport = transport();
    let before = resident();
    let running = start(&transport, request);
    let highest = feed(&running);
    assert!(highest.saturating_sub(before) < HELD_MAX, "{} bytes more than before", highest - before);
    assert_eq!(running.finish().expect("answered").text(), BODY.to_string());
}

fn counting_http1() -> Peer {
    Peer::start(|mut stream, _| {
        read_head(&mut stream);
        // Chunks of 16 kB as the client makes them; the last one is `0`.
        let (mut total, mut buffer) = (0_u64, vec![0; 65536]);
        let mut reader = std::io::BufReader::new(stream.try_clone().expect("a handle"));
        loop {
            let mut line = String::new();
            std::io::BufRead::read_line(&mut reader, &mut line).expect("a chunk line");
            let size = usize::from_str_radix(line.trim(), 16).expect("a size");
            reader.read_exact(&mut buffer[..size + 2]).expect("a chunk");
            if size == 0 {
                break;
            }
            total += size as u64;
        }
        let text = total.to_string();
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}", text.len());
        stream.write_all(answer.as_bytes()).expect("written");
    })
}

fn counting_http2() -> Peer {
    Peer::start(|stream, _| {
        let Some(mut server) = Server::accept(stream, &[]) else { return };
        let mut total = 0_u64;
        while let Some(frame) = server.next() {
            if frame.kind == DATA {
                total += frame.payload.len() as u64;
                if frame.ends_stream() {
                    server.answer(frame.stream, total.to_string().as_bytes());
                } else {
                    let size = u32::try_from(frame.payload.len()).expect("short");
                    server.open_windows(frame.stream, size);
                }
            }
        }
    })
}

fn b08_ten_thousand_unread_bodies_leave_nothing() {
    let peer = Peer::start(|mut stream, _| {
        while read_head(&mut stream).is_some() {
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", 100_000, "b".repeat(100_000));
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    });
    let transport = transport();
    let before = resident();
    for number in 0..10_000_u32 {
        let running = start(&transport, get(peer.port(), "/"));
        running.head().expect("a head");
        // Half of them are read on to save the connection, the others are over the limit and closed.
        running.handle.discard(if number % 2 == 0 { 1_000_000 } else { 10 });
        loop {
            match running.next() {
                ExchangeEvent::Done { .. } => break,
                ExchangeEvent::Failed { error, .. } => panic!("{error}"),
                _ => {}
            }
        }
    }
    assert!(peer.accepted() < 6_000, "{} connections", peer.accepted());
    transport.close(None);
    assert_empty(&transport);
    assert!(resident().saturating_sub(before) < HELD_MAX);
}

/// Failing requests and abandoned transports cost nothing that stays.
fn c04_c06_failures_and_short_lived_transports_leave_nothing() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
    let peer = Peer::start(|mut stream, _| support::peer::serve(&mut stream, "once"));
    let round = |count: usize| {
        let failing = transport();
        for _ in 0..count {
            assert_eq!(start(&failing, get(closed, "/")).error().code, "ERR_CONNECTION_REFUSED");
        }
        for _ in 0..count / 10 {
            let short = transport();
            assert_eq!(fetch(&short, get(peer.port(), "/")).expect("answered").text(), "once");
        }
    };
    round(2_000);
    let before = resident();
    round(20_000);
    let grown = resident().saturating_sub(before);
    assert!(grown < 4 * 1024 * 1024, "{grown} bytes more after 20,000 failures and 2,000 transports");
    support::client::eventually("the sockets of dropped transports are closed", || peer.ended() == peer.accepted());
}

/// One test, because the parts share the process whose memory they measure.
#[test]
fn b05_b08_bodies_do_not_pile_up() {
    let sent = Arc::new(AtomicU64::new(0));
    let peer = http1_source(Arc::clone(&sent));
    let request = get(peer.port(), "/");
    b05_a_reader_that_stops_holds_no_more_than_the_windows(peer, request, &sent);

    let sent = Arc::new(AtomicU64::new(0));
    let peer = http2_source(Arc::clone(&sent));
    let request = http2(peer.port());
    b05_a_reader_that_stops_holds_no_more_than_the_windows(peer, request, &sent);

    let peer = http2_source(Arc::default());
    let transport = transport();
    let (total, _) = drain(&start(&transport, http2(peer.port())));
    assert_eq!(total, BODY);

    let peer = counting_http1();
    an_upload_is_bounded(get(peer.port(), "/"));
    let peer = counting_http2();
    an_upload_is_bounded(http2(peer.port()));

    b08_ten_thousand_unread_bodies_leave_nothing();
    c04_c06_failures_and_short_lived_transports_leave_nothing();
    let peer = Peer::start(|mut stream, _| support::peer::serve(&mut stream, "still fine"));
    assert_eq!(fetch(&transport, get(peer.port(), "/")).expect("answered").text(), "still fine");
}
