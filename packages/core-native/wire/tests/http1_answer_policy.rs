//! Answers that break the grammar, read as one browser reads them and another does not (live layer `answers`).
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod http1_support;

use http1_support::Peer;
use wiretwin_wire::http1::{AnswerPolicy, StatusLine};

/// Status, reason and fields, or the error.
fn read(answer: &str, policy: AnswerPolicy) -> Result<(u16, String, Vec<String>), &'static str> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let transcript = Peer::says(answer).read_as(policy).read();
    transcript.error.map_or(Ok(()), Err)?;
    let head = transcript.head.unwrap();
    let fields = head.fields.iter().map(|(name, value)| format!("{}={}", text(name), text(value))).collect();
    Ok((head.status, text(&head.reason), fields))
}

fn fields(lines: &str, policy: AnswerPolicy) -> Vec<String> {
    read(&format!("HTTP/1.1 204 No\r\n{lines}\r\n\r\n"), policy).unwrap().2
}

#[test]
fn a_blank_before_the_colon_is_no_part_of_the_name_or_the_line_no_field() {
    let lenient = AnswerPolicy { blank_before_colon: true, ..AnswerPolicy::default() };
    for line in ["X-B : 1", "X-B\t: 1", "X-B \t :1"] {
        let lines = format!("{line}\r\n more\r\nX-A: 1");
        assert_eq!(fields(&lines, lenient), ["X-B=1 more", "X-A=1"], "{line:?}");
        assert_eq!(fields(&lines, AnswerPolicy::default()), ["X-A=1"], "{line:?}");
    }
    for line in ["X B : 1", "\u{1}X-B : 1"] {
        assert_eq!(fields(&format!("X-A: 1\r\n{line}"), lenient), ["X-A=1"], "{line:?}");
    }
}

#[test]
fn f01_a_blank_before_the_colon_of_framing_is_refused_whoever_reads() {
    let lenient = AnswerPolicy { blank_before_colon: true, ..AnswerPolicy::default() };
    for policy in [lenient, AnswerPolicy::default()] {
        for name in ["Content-Length ", "content-length\t", "Transfer-Encoding "] {
            let answer = format!("HTTP/1.1 200 OK\r\n{name}: 2\r\n\r\nhi");
            assert_eq!(read(&answer, policy), Err("ERR_H1_PARSE"), "{name:?}");
        }
    }
}

#[test]
fn folds_are_one_space_or_keep_their_blanks() {
    let keeps = AnswerPolicy { keep_fold_blanks: true, ..AnswerPolicy::default() };
    for (lines, one, kept) in [
        ("X-B: a\r\n\tb", "X-B=a b", "X-B=a\tb"),
        ("X-B: a\r\n b\r\n  c", "X-B=a b c", "X-B=a b  c"),
        ("X-B:\r\n  b", "X-B=b", "X-B=b"),
        ("X-B: a\r\n ", "X-B=a", "X-B=a"),
    ] {
        // A line that is no field sends the head to the other reader, which has to unfold alike.
        for extra in ["", "no field\r\n"] {
            assert_eq!(fields(&format!("{extra}{lines}"), AnswerPolicy::default()), [one], "{lines:?}");
            assert_eq!(fields(&format!("{extra}{lines}"), keeps), [kept], "{lines:?}");
        }
    }
}

#[test]
fn a_status_line_without_a_status_is_guessed_or_refused() {
    let any = AnswerPolicy { status_line: StatusLine::Any, ..AnswerPolicy::default() };
    for (line, status, reason) in [
        ("HTTP/1.1 404Gone", 404, "Gone"),
        ("HTTP/1.1\t404 OK", 200, ""),
        ("HTTP/1.1404 OK", 200, ""),
        ("HTTP/1.1 2000 OK", 2000, "OK"),
        ("HTTP/1.1 abc OK", 200, ""),
        ("HTTP/1.1 ", 200, ""),
        ("HTTP/1.1 OK 404", 200, ""),
        ("HTTP/1.1 +404 OK", 200, ""),
    ] {
        let answer = format!("{line}\r\nContent-Length: 0\r\n\r\n");
        let told = (status, reason.to_owned(), vec!["Content-Length=0".to_owned()]);
        assert_eq!(read(&answer, any), Ok(told), "{line:?}");
        assert_eq!(read(&answer, AnswerPolicy::default()), Err("ERR_H1_PARSE"), "{line:?}");
    }
    for line in ["HTTP/1.1 20000 OK", "HTTP/1.1 99999999999999999999 OK", "HTTP/1.1 20\r0 OK"] {
        let answer = format!("{line}\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(read(&answer, any), Err("ERR_H1_PARSE"), "{line:?}");
    }
}

#[test]
fn the_reason_of_http2_is_shown_or_dropped() {
    let drops = AnswerPolicy { drop_reason_of_http2: true, ..AnswerPolicy::default() };
    for (version, reason) in [("2", ""), ("2.0", ""), ("3.0", "OK"), ("1.1", "OK"), ("20", "OK")] {
        let answer = format!("HTTP/{version} 200 OK\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(read(&answer, drops).unwrap().1, reason, "{version}");
        assert_eq!(read(&answer, AnswerPolicy::default()).unwrap().1, "OK", "{version}");
    }
}

#[test]
fn a_length_that_is_said_twice_is_shown_twice_or_once() {
    let merges = AnswerPolicy { merge_lengths: true, ..AnswerPolicy::default() };
    let answer =
        |second: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: 1\r\ncontent-length: {second}\r\n\r\nhi");
    let both = ["Content-Length=2", "X-A=1", "content-length=2"];
    assert_eq!(read(&answer("2"), AnswerPolicy::default()).unwrap().2, both);
    assert_eq!(read(&answer("2"), merges).unwrap().2, both[..2]);
    for second in ["3", "02", "2, 3"] {
        assert_eq!(read(&answer(second), merges), Err("ERR_H1_FRAMING"), "{second}");
    }
}

#[test]
fn f02_lengths_that_differ_beside_chunked_are_ignored_or_refused() {
    let checks = AnswerPolicy { check_lengths_of_chunked: true, ..AnswerPolicy::default() };
    let answer = |lengths: &str| {
        format!("HTTP/1.1 200 OK\r\n{lengths}\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n")
    };
    for lengths in ["Content-Length: 5\r\nContent-Length: 6", "Content-Length: 5, 6"] {
        assert!(read(&answer(lengths), AnswerPolicy::default()).is_ok(), "{lengths}");
        assert_eq!(read(&answer(lengths), checks), Err("ERR_H1_FRAMING"), "{lengths}");
    }
    assert!(read(&answer("Content-Length: 5"), checks).is_ok());
}
