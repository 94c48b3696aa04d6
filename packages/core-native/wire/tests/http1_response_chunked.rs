//! F04: the chunked coding, byte-exact and bounded.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod http1_support;

use http1_support::{Close, Peer};
use wiretwin_wire::http1::{BodyKind, Http1Limits, Retire};

fn chunked(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}")
}

#[test]
fn chunks_are_joined_and_the_connection_stays() {
    for body in [
        "5\r\nhello\r\n0\r\n\r\n",
        "1\r\nh\r\n4\r\nello\r\n0\r\n\r\n",
        "5;name=value;\"quoted\r\nhello\r\n000\r\n\r\n",
        "05 \t\r\nhello\r\n0;last\r\n\r\n",
        "5 \t;a b\r\nhello\r\n0 \r\n\r\n",
        "0000000000000005\r\nhello\r\n0\r\n\r\n",
    ] {
        let read = Peer::says(&chunked(body)).read();
        assert_eq!((read.body.as_slice(), read.ended), (&b"hello"[..], true), "{body:?}");
        assert_eq!((read.body_kind, read.reusable), (Some(BodyKind::Chunked), Some(Ok(()))));
    }
    let read = Peer::says(&chunked("aB\r\n0123456789012345678901234567890123456789\r\n")).read();
    assert_eq!(read.error, None, "upper and lower case digits");
}

#[test]
fn f04_sizes_that_are_no_plain_hex_are_refused() {
    for body in [
        "FFFFFFFFFFFFFFFFF\r\nx",
        "10000000000000005\r\nhello",
        "00000000000000005\r\nhello",
        "-1\r\nx",
        "+5\r\nhello",
        "0x5\r\nhello",
        " 5\r\nhello",
        "\r\nhello",
        ";x\r\nhello",
        "5,\r\nhello",
        "g\r\nhello",
        "5 5\r\nhello",
        "5 x;a\r\nhello",
        "5\u{1}\r\nhello",
    ] {
        assert_eq!(Peer::says(&chunked(body)).error(), "ERR_H1_CHUNK", "{body:?}");
    }
}

#[test]
fn f04_a_size_of_64_bits_does_not_wrap() {
    let read = Peer::says(&chunked("FFFFFFFFFFFFFFFF\r\nhello")).read();
    assert_eq!((read.body.as_slice(), read.ended, read.error), (&b"hello"[..], false, None));
}

#[test]
fn f04_bare_cr_is_refused() {
    for body in ["5\r\rhello\r\n0\r\n\r\n", "5;a\rb\r\nhello\r\n0\r\n\r\n", "0\r\nx: a\rb\r\n\r\n"] {
        assert_eq!(Peer::says(&chunked(body)).error(), "ERR_H1_CHUNK", "{body:?}");
    }
}

#[test]
fn f04_bare_lf_ends_a_line_and_costs_the_connection() {
    for body in [
        "5\nhello\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5;a\nhello\r\n0\r\n\r\n",
        "5\nhello\n0\n\n",
        "5\r\nhello\r\n0\r\n\n",
        "5\r\nhello\r\n0\r\nx: y\n\r\n",
    ] {
        let read = Peer::says(&chunked(body)).read();
        assert_eq!((read.body.as_slice(), read.ended), (&b"hello"[..], true), "{body:?}");
        assert_eq!(read.reusable, Some(Err(Retire::FramingUnclear)), "{body:?}");
    }
}

#[test]
fn f04_missing_crlf_behind_data_and_behind_the_last_chunk() {
    assert_eq!(Peer::says(&chunked("5\r\nhello0\r\n\r\n")).error(), "ERR_H1_CHUNK");
    assert_eq!(Peer::says(&chunked("5\r\nhello!\r\n0\r\n\r\n")).error(), "ERR_H1_CHUNK");
    // Without its final CRLF the next response is read as trailers, and the connection not used again.
    let read = Peer::says(&chunked("0\r\nHTTP/1.1 200 OK\r\nX: y\r\n\r\n")).read();
    assert_eq!((read.ended, read.reusable), (true, Some(Err(Retire::FramingUnclear))));
    assert_eq!(Peer::says(&chunked("0\r\n")).then(Close::Clean).error(), "ERR_BODY_INCOMPLETE");
}

#[test]
fn f04_one_long_extension_is_refused() {
    let body = format!("5;{}\r\nhello\r\n0\r\n\r\n", "x".repeat(16 * 1024));
    assert_eq!(Peer::says(&chunked(&body)).error(), "ERR_H1_CHUNK");
    let endless = format!("5;{}", "x".repeat(Http1Limits::default().chunk_line_bytes));
    assert_eq!(Peer::says(&chunked(&endless)).error(), "ERR_H1_CHUNK");
}

#[test]
fn f04_many_extensions_around_little_data_are_refused() {
    let chunk = format!("1;{}\r\nx\r\n", "x".repeat(1_000));
    let read = Peer::says(&chunked(&chunk.repeat(20))).read();
    assert_eq!(read.error, Some("ERR_H1_CHUNK"));
    assert!(read.body.len() < 20);
}

#[test]
fn f04_a_short_extension_on_each_of_many_chunks_is_fine() {
    let chunk = format!("400;signature={}\r\n{}\r\n", "0".repeat(64), "x".repeat(0x400));
    let body = format!("{}0\r\n\r\n", chunk.repeat(500));
    let read = Peer::says(&chunked(&body)).read_cut(&[]);
    assert_eq!((read.body.len(), read.ended), (500 * 0x400, true));
}

#[test]
fn trailers_are_handed_out_once_complete() {
    let read = Peer::says(&chunked("2\r\nok\r\n0\r\nDigest: abc\r\nx-empty:\r\n\r\n")).read();
    let trailers: Vec<_> = read.trailers.iter().map(|(name, value)| (&name[..], &value[..])).collect();
    assert_eq!(trailers, [(&b"Digest"[..], &b"abc"[..]), (b"x-empty", b"")]);
    assert_eq!((read.ended, read.reusable), (true, Some(Ok(()))));
}

#[test]
fn f08_trailers_are_bounded_in_bytes_and_number() {
    let long = format!("0\r\nx: {}\r\n\r\n", "y".repeat(64 * 1024));
    assert_eq!(Peer::says(&chunked(&long)).error(), "ERR_HEAD_TOO_LARGE");
    let endless = format!("0\r\nx: {}", "y".repeat(64 * 1024));
    assert_eq!(Peer::says(&chunked(&endless)).error(), "ERR_HEAD_TOO_LARGE");
    let many = format!("0\r\n{}\r\n", "a: b\r\n".repeat(101));
    assert_eq!(Peer::says(&chunked(&many)).error(), "ERR_HEAD_TOO_LARGE");
    let enough = format!("0\r\n{}\r\n", "a: b\r\n".repeat(100));
    assert_eq!(Peer::says(&chunked(&enough)).read().trailers.len(), 100);
}

#[test]
fn lines_that_are_no_trailer_are_skipped_and_cost_the_connection() {
    for trailers in ["no colon", "a b: c", "x : y", ": y"] {
        let read = Peer::says(&chunked(&format!("0\r\n{trailers}\r\nt: 1\r\n\r\n"))).read();
        assert_eq!((read.trailers.len(), read.ended), (1, true), "{trailers:?}");
        assert_eq!(read.reusable, Some(Err(Retire::FramingUnclear)), "{trailers:?}");
    }
    assert_eq!(Peer::says(&chunked("0\r\nx: \u{0}\r\n\r\n")).error(), "ERR_H1_CHUNK");
}

#[test]
fn data_shares_the_input_buffer() {
    use bytes::BytesMut;
    use wiretwin_wire::http1::{Event, Response};
    let answer = chunked("400\r\n").into_bytes();
    let mut input = BytesMut::from(answer.as_slice());
    input.extend_from_slice(&[b'x'; 0x400]);
    let place = input.as_ptr() as usize + answer.len();
    let mut response = Response::new(b"GET", false, Http1Limits::default());
    assert!(matches!(response.receive(&mut input), Ok(Some(Event::Head { .. }))));
    let Ok(Some(Event::Data(data))) = response.receive(&mut input) else { panic!("data expected") };
    assert_eq!((data.as_ptr() as usize, data.len()), (place, 0x400));
}
