//! F01-F03, F06, F10: where a body ends, and when a connection may be used again.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod http1_support;

use http1_support::{Close, Peer};
use wiretwin_wire::http1::{BodyKind, Retire};

fn with_fields(fields: &str, rest: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n{rest}")
}

#[test]
fn f01_lengths_that_differ_or_are_no_numbers_are_refused() {
    for fields in [
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5\r\ncontent-length: 6",
        "Content-Length: 5, 6",
        "Content-Length: 5,",
        "Content-Length: 05, 5",
        "Content-Length: +5",
        "Content-Length: 0x5",
        "Content-Length: 5 5",
        "Content-Length: 5\u{b}",
        "Content-Length: 5.0",
        "Content-Length: 18446744073709551616",
        "Content-Length: 99999999999999999999",
        "Content-Length: 000000000000000000005",
        "Content-Length: 5\r\n 6",
    ] {
        let code = Peer::says(&with_fields(fields, "hello")).error();
        assert_eq!(code, "ERR_H1_FRAMING", "{fields:?}");
    }
}

#[test]
fn f01_a_length_that_says_nothing_is_none() {
    for fields in ["Content-Length:", "Content-Length: -5", "Content-Length: five"] {
        let read = Peer::says(&with_fields(fields, "hello")).then(Close::Clean).read();
        assert_eq!((read.body.as_slice(), read.body_kind), (&b"hello"[..], Some(BodyKind::UntilClose)), "{fields:?}");
        assert_eq!(read.reusable, Some(Err(Retire::FramingUnclear)));
    }
}

#[test]
fn f01_identical_repeats_and_optional_white_space_are_accepted() {
    for fields in
        ["Content-Length: 5, 5", "Content-Length: 5\r\nContent-Length: 5", "content-length:5", "Content-Length: \t 5 "]
    {
        let read = Peer::says(&with_fields(fields, "hello")).read();
        assert_eq!((read.body.as_slice(), read.ended), (&b"hello"[..], true), "{fields:?}");
        assert_eq!(read.reusable, Some(Ok(())), "{fields:?}");
    }
}

#[test]
fn f01_the_largest_length_is_a_length() {
    let read = Peer::says(&with_fields("Content-Length: 18446744073709551615", "x")).read();
    assert_eq!(read.body_kind, Some(BodyKind::Length(u64::MAX)));
    assert_eq!(read.reusable, Some(Err(Retire::BodyUnread)));
}

#[test]
fn f02_chunked_wins_over_length_and_the_connection_is_retired() {
    for fields in [
        "Transfer-Encoding: chunked\r\nContent-Length: 3",
        "Content-Length: 3\r\nTransfer-Encoding: chunked",
        "Content-Length: 3, 4\r\nTransfer-Encoding: chunked",
    ] {
        let read = Peer::says(&with_fields(fields, "5\r\nhello\r\n0\r\n\r\n")).read();
        assert_eq!((read.body.as_slice(), read.ended), (&b"hello"[..], true));
        assert_eq!(read.reusable, Some(Err(Retire::FramingUnclear)));
    }
}

#[test]
fn f03_other_transfer_codings_are_refused() {
    for value in ["gzip", "xchunked", "gzip, chunked", "chunked, gzip", "chunked;q=1", "\"chunked\""] {
        let answer = with_fields(&format!("Transfer-Encoding: {value}"), "5\r\nhello\r\n0\r\n\r\n");
        assert_eq!(Peer::says(&answer).error(), "ERR_H1_FRAMING", "{value:?}");
    }
}

#[test]
fn f03_chunked_said_more_than_once_is_chunked_and_never_reused() {
    for fields in [
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chunked,",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked, identity",
    ] {
        let read = Peer::says(&with_fields(fields, "5\r\nhello\r\n0\r\n\r\n")).read();
        assert_eq!((read.body.as_slice(), read.ended), (&b"hello"[..], true), "{fields:?}");
        assert_eq!(read.reusable, Some(Err(Retire::FramingUnclear)), "{fields:?}");
    }
    let read = Peer::says(&with_fields("Transfer-Encoding:\r\nContent-Length: 2", "ok")).read();
    assert_eq!((read.body.as_slice(), read.reusable), (&b"ok"[..], Some(Err(Retire::FramingUnclear))));
}

#[test]
fn f03_chunked_in_any_case_is_chunked_and_identity_is_nothing() {
    let read = Peer::says(&with_fields("Transfer-Encoding: \tChunked ", "0\r\n\r\n")).read();
    assert_eq!((read.body_kind, read.reusable), (Some(BodyKind::Chunked), Some(Ok(()))));
    let read = Peer::says(&with_fields("Transfer-Encoding: identity\r\nContent-Length: 2", "ok")).read();
    assert_eq!((read.body.as_slice(), read.ended), (&b"ok"[..], true));
    assert_eq!(read.reusable, Some(Err(Retire::FramingUnclear)));
}

#[test]
fn f03_chunked_from_http_1_0_is_read_and_never_reused() {
    let answer = "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    let read = Peer::says(answer).read();
    assert_eq!((read.body.as_slice(), read.ended), (&b"ok"[..], true));
    assert_eq!(read.reusable, Some(Err(Retire::FramingUnclear)));
}

#[test]
fn f06_bytes_behind_the_response_retire_the_connection() {
    for (method, answer) in [
        (&b"GET"[..], with_fields("Content-Length: 2", "okHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")),
        (b"GET", with_fields("Transfer-Encoding: chunked", "0\r\n\r\n\r\n")),
        (b"GET", with_fields("Content-Length: 0", "\r\n")),
    ] {
        let read = Peer::says(&answer).to(method).read();
        assert!(read.ended && read.error.is_none());
        assert!(!read.leftover.is_empty(), "the forged bytes are left for nobody");
        assert_eq!(read.reusable, Some(Err(Retire::UnsolicitedBytes)));
    }
}

#[test]
fn f10_head_204_and_304_have_no_body_whatever_they_announce() {
    for (method, answer) in [
        (&b"HEAD"[..], with_fields("Content-Length: 5", "")),
        (b"HEAD", with_fields("Transfer-Encoding: chunked", "")),
        (b"HEAD", with_fields("X: y", "")),
        (b"GET", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n".to_owned()),
        (b"GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n".to_owned()),
    ] {
        let read = Peer::says(&answer).to(method).read();
        assert_eq!((read.body_kind, read.ended), (Some(BodyKind::None), true), "{answer}");
        assert_eq!(read.reusable, Some(Ok(())), "{answer}");
        let stray = format!("{answer}hello");
        let read = Peer::says(&stray).to(method).read();
        assert!(read.body.is_empty() && read.ended);
        assert_eq!(read.reusable, Some(Err(Retire::UnsolicitedBytes)));
    }
}

#[test]
fn f10_contradicting_lengths_without_a_body_only_cost_the_connection() {
    let read = Peer::says(&with_fields("Content-Length: 5, 6", "")).to(b"HEAD").read();
    assert_eq!((read.ended, read.reusable), (true, Some(Err(Retire::FramingUnclear))));
}

#[test]
fn f10_other_statuses_do_have_a_body() {
    for status in ["200 OK", "205 Reset Content", "404 Not Found", "999 Odd"] {
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nok");
        let read = Peer::says(&answer).read();
        assert_eq!((read.body.as_slice(), read.reusable), (&b"ok"[..], Some(Ok(()))), "{status}");
    }
}

#[test]
fn persistence_follows_connection_and_version() {
    let reusable = |answer: &str| Peer::says(answer).read().reusable.unwrap();
    let closes = Err(Retire::PeerAskedToClose);
    assert_eq!(reusable("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), Ok(()));
    assert_eq!(reusable("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), closes);
    assert_eq!(reusable("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nconnection: x, CLOSE\r\n\r\n"), closes);
    assert_eq!(reusable("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nProxy-Connection: close\r\n\r\n"), closes);
    assert_eq!(reusable("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: closed\r\n\r\n"), Ok(()));
    assert_eq!(reusable("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"), closes);
    // Where another reader sees 1.0 nobody relies on the connection.
    assert_eq!(reusable("HTTP/1.0* 200 OK\r\nContent-Length: 0\r\n\r\n"), closes);
    assert_eq!(reusable("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n"), Ok(()));
    assert_eq!(
        reusable("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n"),
        closes
    );
}

#[test]
fn without_framing_the_body_runs_to_the_close() {
    let read = Peer::says("HTTP/1.1 200 OK\r\n\r\nall of this").then(Close::Clean).read();
    assert_eq!(read.body_kind, Some(BodyKind::UntilClose));
    assert_eq!((read.body.as_slice(), read.ended), (&b"all of this"[..], true));
    assert_eq!(read.reusable, Some(Err(Retire::FramingUnclear)));
}
