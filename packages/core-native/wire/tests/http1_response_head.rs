//! F05, F07-F09, F13: heads, interim responses and the end of the connection.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod http1_support;

use bytes::BytesMut;
use http1_support::{Close, Peer};
use wiretwin_wire::http1::{BodyKind, Http1Limits, Response, Retire, Version};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

#[test]
fn heads_keep_case_order_duplicates_and_raw_bytes() {
    let answer = b"HTTP/1.1 200 Tr\xe8s bien\r\nSet-Cookie: a=1\r\nset-cookie:b=2 \r\nX-Latin: caf\xe9\r\nContent-Length: 0\r\n\r\n";
    let head = Peer::says(answer).read().head.unwrap();
    assert_eq!((head.status, &head.reason[..]), (200, &b"Tr\xe8s bien"[..]));
    let fields: Vec<_> = head.fields.iter().map(|(name, value)| (&name[..], &value[..])).collect();
    let expected: [(&[u8], &[u8]); 4] =
        [(b"Set-Cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"X-Latin", b"caf\xe9"), (b"Content-Length", b"0")];
    assert_eq!(fields, expected);
}

#[test]
fn f05_a_body_shorter_than_its_framing_is_an_error() {
    let length = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for close in [Close::Clean, Close::Cut] {
        for body in ["", "hell"] {
            assert_eq!(Peer::says(&format!("{length}{body}")).then(close).error(), "ERR_BODY_INCOMPLETE");
        }
        for body in ["", "5", "5\r\n", "5\r\nhel", "5\r\nhello", "5\r\nhello\r\n", "0\r\n", "0\r\nx: y\r\n"] {
            assert_eq!(Peer::says(&format!("{chunked}{body}")).then(close).error(), "ERR_BODY_INCOMPLETE", "{body:?}");
        }
    }
}

#[test]
fn f05_progress_says_how_much_is_missing() {
    let mut response = Response::new(b"GET", false, Http1Limits::default());
    let mut input = BytesMut::from("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
    while response.receive(&mut input).unwrap().is_some() {}
    assert_eq!(response.progress(), Some((3, 5)));
}

#[test]
fn f07_garbage_is_refused_at_its_first_bytes() {
    for answer in [
        "SSH-2.0-x",
        "<html>",
        "\0",
        "\u{5}",
        "\r\n\u{5}",
        "http/1.1 200",
        "HTTP/0.9",
        "ICY 200 OK",
        "HTTP 200",
        "12345HTTP/1.1 200",
    ] {
        let transcript = Peer::says(answer).read();
        assert_eq!(transcript.error, Some("ERR_H1_PARSE"), "{answer:?}");
    }
    // HTTP/2 SETTINGS from a server that ignored ALPN (H11).
    assert_eq!(Peer::says(b"\0\0\0\x04\0\0\0\0\0").error(), "ERR_H1_PARSE");
}

#[test]
fn f07_status_lines_that_are_none_are_refused() {
    for line in [
        "HTTP/1.1 1000 High",
        "HTTP/1.1 20x OK",
        "HTTP/1.1 -20 OK",
        "HTTP/1.1 ",
        "HTTP/1.1 200OK",
        "HTTP/1.1 +200 OK",
        "HTTP/1.1 200 O\rK",
        "HTTP/1.1 200 O\0K",
        "HTTP/1.1\t200 OK",
    ] {
        let answer = format!("{line}\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(Peer::says(&answer).error(), "ERR_H1_PARSE", "{line:?}");
    }
}

#[test]
fn f07_a_missing_reason_is_fine() {
    for line in ["HTTP/1.1 200", "HTTP/1.1 200 "] {
        let answer = format!("{line}\r\nContent-Length: 0\r\n\r\n");
        let read = Peer::says(&answer).read();
        let head = read.head.unwrap();
        assert_eq!((head.status, &head.reason[..], read.ended), (200, &b""[..], true), "{line:?}");
    }
}

#[test]
fn f07_status_lines_that_both_browsers_read_are_read() {
    for (line, status, reason) in [
        ("HTTP/1.2 200 OK", 200, "OK"),
        ("HTTP/3.7 200 OK", 200, "OK"),
        ("HTTP/1. 200 OK", 200, "OK"),
        ("HTTP/2 200 OK", 200, "OK"),
        ("HTTP/1.1  200  OK ", 200, "OK"),
        ("HTTP/1.1", 200, "OK"),
        ("HTTP/1.1 20 OK", 20, "OK"),
        ("HTTP/1.1 099 Low", 99, "Low"),
        ("HTTP/1.1 000 Low", 0, "Low"),
        ("HTTP/1.1 200 O\u{1}K", 200, "O\u{1}K"),
        ("\r\n\r\nHTTP/1.1 200 OK", 200, "OK"),
        ("\nHTTP/1.1 200 OK", 200, "OK"),
        ("  HTTP/1.1 200 OK", 200, "OK"),
        ("xxHTTP/1.1 200 OK", 200, "OK"),
    ] {
        let answer = format!("{line}\r\nContent-Length: 2\r\n\r\nok");
        let read = Peer::says(&answer).read();
        let head = read.head.unwrap();
        assert_eq!(
            (head.status, &head.reason[..], &read.body[..]),
            (status, reason.as_bytes(), &b"ok"[..]),
            "{line:?}"
        );
    }
}

#[test]
fn f07_lines_that_are_no_field_are_skipped() {
    for line in [
        "Name : value",
        "Na me: value",
        ": value",
        " : value",
        "no colon",
        "<!DOCTYPE html>",
        "PHP Warning:  it in /var/www on line 3",
        "X[a]: 1",
        "(Name): value",
        " Name: leading space",
        "no colon\r\n : continued",
        "N\u{1}: control",
    ] {
        let answer = format!("HTTP/1.1 200 OK\r\n{line}\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nok");
        let read = Peer::says(&answer).read();
        let head = read.head.unwrap();
        let names: Vec<_> = head.fields.iter().map(|(name, _)| &name[..]).collect();
        assert_eq!((names, &read.body[..]), (vec![&b"X-A"[..], b"Content-Length"], &b"ok"[..]), "{line:?}");
    }
}

#[test]
fn f07_control_bytes_in_a_value_are_its_own() {
    let answer = "HTTP/1.1 200 OK\r\nSet-Cookie: u=a\u{1}b\r\nX: \u{7f}\r\n y\r\nContent-Length: 0\r\n\r\n";
    let head = Peer::says(answer).read().head.unwrap();
    assert_eq!((&head.fields[0].1[..], &head.fields[1].1[..]), (&b"u=a\x01b"[..], &b"\x7f y"[..]));
}

#[test]
fn f07_what_others_take_for_a_line_end_or_for_framing_is_refused() {
    for field in ["Name: a\0b", "Na\0me: value", "Name: a\rb", "Content-Length : 2", "Transfer-Encoding\t: chunked"] {
        let answer = format!("HTTP/1.1 200 OK\r\n{field}\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(Peer::says(&answer).error(), "ERR_H1_PARSE", "{field:?}");
    }
}

#[test]
fn f08_many_fields_are_refused_in_a_head_that_breaks_the_grammar_too() {
    let some = format!("HTTP/1.1 200 OK\r\nno colon\r\n{}\r\n", "a: b\r\n".repeat(1_001));
    assert_eq!(Peer::says(&some).error(), "ERR_HEAD_TOO_LARGE");
}

#[test]
fn f07_obsolete_folds_become_spaces() {
    let answer = "HTTP/1.1 200 OK\r\nX: one\r\n two\r\n\t three\r\nContent-Length: 0\r\n\r\n";
    let head = Peer::says(answer).read().head.unwrap();
    assert_eq!(head.fields[0].1, "one two three");
    let line_feeds = "HTTP/1.1 200 OK\nX: y\nContent-Length: 2\n\nok";
    assert_eq!(Peer::says(line_feeds).read().body, b"ok", "lone LF ends a line of a head");
}

#[test]
fn f07_an_empty_reply_is_told_from_a_cut_head() {
    assert_eq!(Peer::says("").then(Close::Clean).error(), "ERR_H1_NO_RESPONSE");
    assert_eq!(Peer::says("").then(Close::Cut).error(), "ERR_H1_NO_RESPONSE");
    for answer in ["H", "HTTP/1.1 200 OK\r\nX: y\r\n", "HTTP/1.1 100 Continue\r\n\r\n"] {
        assert_eq!(Peer::says(answer).then(Close::Clean).error(), "ERR_H1_HEAD_INCOMPLETE", "{answer:?}");
    }
}

#[test]
fn f08_one_huge_field_ends_at_the_limit() {
    let mut response = Response::new(b"GET", false, Http1Limits::default());
    let mut input = BytesMut::from("HTTP/1.1 200 OK\r\nX: ");
    let mut sent = 0;
    let error = loop {
        input.extend_from_slice(&[b'x'; 4096]);
        sent += 4096;
        match response.receive(&mut input) {
            Ok(event) => assert!(event.is_none()),
            Err(error) => break error,
        }
        assert!(sent < 1 << 20, "no limit");
    };
    assert_eq!(error.code(), "ERR_HEAD_TOO_LARGE");
    assert!(sent <= Http1Limits::default().head_bytes + 4096);
}

#[test]
fn f08_many_small_fields_and_a_complete_oversized_head_are_refused() {
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(100_000));
    assert_eq!(Peer::says(&many).read_cut(&[]).error, Some("ERR_HEAD_TOO_LARGE"));
    let some = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(1_001));
    assert_eq!(Peer::says(&some).error(), "ERR_HEAD_TOO_LARGE");
    let enough = format!("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n{}\r\n", "a: b\r\n".repeat(999));
    assert_eq!(Peer::says(&enough).read().head.unwrap().fields.len(), 1_000);
    let big = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(256 * 1024));
    assert_eq!(Peer::says(&big).read_cut(&[]).error, Some("ERR_HEAD_TOO_LARGE"));
}

#[test]
fn f08_a_head_sent_byte_by_byte_costs_linear_time() {
    // 200 kB in 200,000 reads: with a rescan of the whole buffer per read this takes minutes.
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: {}\r\n\r\n", "x".repeat(200_000));
    let cuts: Vec<usize> = (1..answer.len()).collect();
    assert!(Peer::says(&answer).read_cut(&cuts).ended);
}

#[test]
fn f08_interim_responses_are_counted() {
    let interim = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    let read = Peer::says(&format!("{}{OK}", interim.repeat(32))).read_cut(&[]);
    assert_eq!((read.informational.len(), read.ended), (32, true));
    let read = Peer::says(&interim.repeat(1_000)).read_cut(&[]);
    assert_eq!((read.informational.len(), read.error), (32, Some("ERR_HEAD_TOO_LARGE")));
}

#[test]
fn f09_interim_responses_come_before_the_final_one() {
    let answer = format!(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nContent-Length: 9\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n{OK}"
    );
    let read = Peer::says(&answer).read();
    assert_eq!(read.informational, [100, 103, 102]);
    assert_eq!((read.head.unwrap().status, read.ended, read.reusable), (200, true, Some(Ok(()))));
}

#[test]
fn f09_101_unasked_is_an_error() {
    let answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    assert_eq!(Peer::says(answer).error(), "ERR_H1_UNEXPECTED_UPGRADE");
    let late = format!("HTTP/1.1 100 Continue\r\n\r\n{answer}");
    assert_eq!(Peer::says(&late).error(), "ERR_H1_UNEXPECTED_UPGRADE");
}

#[test]
fn f09_101_asked_for_hands_the_connection_over_with_its_bytes() {
    let answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x02hi";
    let read = Peer::says(answer).upgrading().read();
    assert_eq!((read.head.unwrap().status, read.body_kind), (101, Some(BodyKind::None)));
    assert!(read.upgraded && !read.ended);
    assert_eq!((read.leftover.as_slice(), read.reusable), (&b"\x81\x02hi"[..], Some(Err(Retire::Upgraded))));
    // A refusal is an ordinary response.
    let refused = Peer::says("HTTP/1.1 400 Bad\r\nContent-Length: 2\r\n\r\nno").upgrading().read();
    assert_eq!((refused.body.as_slice(), refused.ended, refused.upgraded), (&b"no"[..], true, false));
}

#[test]
fn f13_end_without_close_notify_harms_only_read_to_close() {
    let length = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    for answer in [length, chunked] {
        let read = Peer::says(answer).then(Close::Cut).read();
        assert_eq!((read.body.as_slice(), read.ended, read.error), (&b"ok"[..], true, None));
    }
    let to_close = "HTTP/1.1 200 OK\r\n\r\nok";
    assert_eq!(Peer::says(to_close).then(Close::Cut).error(), "ERR_BODY_INCOMPLETE");
    assert!(Peer::says(to_close).then(Close::Clean).read().ended);
    let empty = Peer::says("HTTP/1.1 200 OK\r\n\r\n").then(Close::Clean).read();
    assert!(empty.ended && empty.body.is_empty());
}

#[test]
fn a_failed_reader_stays_silent_and_the_version_is_known() {
    let mut response = Response::new(b"GET", false, Http1Limits::default());
    let mut input = BytesMut::from("garbage");
    assert!(response.receive(&mut input).is_err());
    let mut good = BytesMut::from(OK);
    assert_eq!(response.receive(&mut good), Ok(None));
    assert_eq!(good.len(), OK.len(), "nothing is consumed after a failure");
    assert_eq!(response.end_of_input(true), Ok(None));
    let mut response = Response::new(b"GET", false, Http1Limits::default());
    while response.receive(&mut BytesMut::from("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")).unwrap().is_none() {}
    assert_eq!(response.version(), Version::Http10);
}
