//! P01, P03: CONNECT dialogues, in whole and byte by byte, and Basic credentials.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod proxy_support;

use proxy_support::{credentials, field, name, outcome};
use wiretwin_wire::http1::{AnswerPolicy, StatusLine};
use wiretwin_wire::proxy::{Dialogue, Progress, basic_authorization};

const CONNECT: &[u8] =
    b"CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\nProxy-Connection: keep-alive\r\nUser-Agent: x\r\n\r\n";

fn connect() -> Dialogue {
    connect_as(AnswerPolicy::default())
}

fn connect_as(answers: AnswerPolicy) -> Dialogue {
    let fields = [field("Host", "a.test:443"), field("Proxy-Connection", "keep-alive"), field("User-Agent", "x")];
    Dialogue::http_connect("a.test:443", &fields, answers).unwrap()
}

#[test]
fn p01_connect_writes_the_callers_fields_and_accepts_200() {
    for answer in [
        "HTTP/1.1 200 Connection established\r\n\r\n",
        "HTTP/1.0 200 OK\r\nProxy-agent: x\r\n\r\n",
        "HTTP/1.1 200\r\n\r\n",
        "HTTP/1.1 200 Fine\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 Fine\r\nContent-Length: five\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9, 8\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ] {
        assert_eq!(outcome(connect, &[(CONNECT, answer.as_bytes())]), Ok(Progress::Established), "{answer:?}");
    }
}

#[test]
fn connect_can_have_the_form_of_either_browser() {
    // Captured from Chromium 156 and Firefox ESR 153 with a loopback proxy; neither sends credentials unasked.
    let chromium = "CONNECT secure.test:443 HTTP/1.1\r\nHost: secure.test:443\r\nProxy-Connection: keep-alive\r\n\
        User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36\r\n\r\n";
    let firefox = "CONNECT secure.test:443 HTTP/1.1\r\n\
        User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0\r\n\
        Proxy-Connection: keep-alive\r\nConnection: keep-alive\r\nHost: secure.test:443\r\n\r\n";
    for captured in [chromium, firefox] {
        let lines = captured.trim_end().split("\r\n").skip(1);
        let fields: Vec<_> = lines.map(|line| line.split_once(": ").unwrap()).map(|(n, v)| field(n, v)).collect();
        let mut dialogue = Dialogue::http_connect("secure.test:443", &fields, AnswerPolicy::default()).unwrap();
        assert_eq!(dialogue.bytes_to_send().unwrap(), captured);
    }
}

#[test]
fn p01_connect_refusals_keep_their_status() {
    for (answer, code, status) in [
        ("407 Proxy Authentication Required", "ERR_PROXY_AUTH_REQUIRED", 407),
        ("201 Created", "ERR_PROXY_REFUSED", 201),
        ("204 No Content", "ERR_PROXY_REFUSED", 204),
        ("299 Odd", "ERR_PROXY_REFUSED", 299),
        ("403 Forbidden", "ERR_PROXY_REFUSED", 403),
        ("502 Bad Gateway", "ERR_PROXY_REFUSED", 502),
        ("302 Found\r\nLocation: http://evil.test/", "ERR_PROXY_REFUSED", 302),
        ("500 X\r\nTransfer-Encoding: chunked", "ERR_PROXY_REFUSED", 500),
    ] {
        let answer = format!("HTTP/1.1 {answer}\r\n\r\n");
        let error = outcome(connect, &[(CONNECT, answer.as_bytes())]).unwrap_err();
        assert_eq!((error.code(), error.status), (code, Some(status)), "{answer:?}");
    }
    let challenge = "HTTP/1.1 407 X\r\nProxy-Authenticate: Basic realm=\"a\"\r\nproxy-authenticate: Negotiate\r\n\r\n";
    let error = outcome(connect, &[(CONNECT, challenge.as_bytes())]).unwrap_err();
    assert_eq!(error.challenges, ["Basic realm=\"a\"", "Negotiate"]);
}

#[test]
fn p01_connect_garbage_floods_and_silence() {
    let big = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(100_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(5_000));
    let interim = "HTTP/1.1 100 Continue\r\n\r\n".repeat(100);
    for (answer, code) in [
        (big.as_str(), "ERR_PROXY_HEAD_TOO_LARGE"),
        (&many, "ERR_PROXY_HEAD_TOO_LARGE"),
        (&interim, "ERR_PROXY_HEAD_TOO_LARGE"),
        ("garbage", "ERR_PROXY_PROTOCOL"),
        ("\x05\x00", "ERR_PROXY_PROTOCOL"),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", "ERR_PROXY_PROTOCOL"),
        ("HTTP/1.1 200 OK\r\nBad: \0\r\n\r\n", "ERR_PROXY_PROTOCOL"),
    ] {
        assert_eq!(outcome(connect, &[(CONNECT, answer.as_bytes())]).unwrap_err().code(), code);
    }
    for partial in ["", "HTTP/1.1 200 OK\r\n"] {
        let mut dialogue = connect();
        dialogue.bytes_to_send().unwrap();
        assert_eq!(dialogue.receive(partial.as_bytes()), Ok(Progress::NeedMore));
        assert_eq!(dialogue.end_of_input().code(), "ERR_PROXY_CLOSED");
    }
}

#[test]
fn p01_a_reply_to_connect_may_have_lines_that_are_no_field() {
    let answer = b"HTTP/1.1 200 OK\r\nno colon\r\nX[a]: 1\r\nX : 1\r\n\r\n";
    assert_eq!(outcome(connect, &[(CONNECT, answer)]).unwrap(), Progress::Established);
}

// Live layer `answers`: as Chromium 156 and Firefox 153 differ.
#[test]
fn p01_a_reply_that_breaks_the_grammar_is_read_as_the_profile_says() {
    let strict = AnswerPolicy::default();
    let no_interim = AnswerPolicy { refuse_interim_of_proxy: true, ..strict };
    let any_status = AnswerPolicy { status_line: StatusLine::Any, ..strict };
    let lengths = AnswerPolicy { check_lengths_of_chunked: true, ..strict };
    let says = |answer: &str, policy: AnswerPolicy| {
        let answer = format!("HTTP/1.1 {answer}\r\n\r\n");
        outcome(|| connect_as(policy), &[(CONNECT, answer.as_bytes())]).map_err(|error| error.code())
    };
    let opens = Ok(Progress::Established);
    assert_eq!(says("103 Early Hints\r\n\r\nHTTP/1.1 200 OK", strict), opens);
    assert_eq!(says("103 Early Hints\r\n\r\nHTTP/1.1 200 OK", no_interim), Err("ERR_PROXY_REFUSED"));
    for line in ["200OK", "abc OK"] {
        assert_eq!((says(line, any_status), says(line, strict)), (opens, Err("ERR_PROXY_PROTOCOL")), "{line}");
    }
    let both = "200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\nTransfer-Encoding: chunked";
    assert_eq!((says(both, strict), says(both, lengths)), (opens, Err("ERR_PROXY_PROTOCOL")));
}

#[test]
fn f01_lengths_of_a_reply_to_connect_that_differ_refuse_it() {
    for lengths in ["Content-Length: 5\r\nContent-Length: 6", "Content-Length: 5, 6"] {
        let answer = format!("HTTP/1.1 200 OK\r\n{lengths}\r\n\r\n");
        assert_eq!(outcome(connect, &[(CONNECT, answer.as_bytes())]).unwrap_err().code(), "ERR_PROXY_PROTOCOL");
    }
}

#[test]
fn p01_a_body_behind_200_is_not_taken_for_the_target() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    assert_eq!(outcome(connect, &[(CONNECT, answer)]).unwrap_err().code(), "ERR_PROXY_PROTOCOL");
}

#[test]
fn f11_connect_checks_what_it_writes() {
    for authority in ["", "a b:443", "a\r\nX: y:443", "user@a:443", "a:443/"] {
        assert_eq!(
            Dialogue::http_connect(authority, &[], AnswerPolicy::default()).unwrap_err().code(),
            "ERR_PROXY_TARGET"
        );
    }
    for (name, value) in [("a b", "c"), ("a", "b\r\nc: d"), ("", "x"), ("a\n", "x"), ("a", "\0")] {
        let error = Dialogue::http_connect("a:443", &[field(name, value)], AnswerPolicy::default()).unwrap_err();
        assert_eq!(error.code(), "ERR_INVALID_ARG");
    }
}

#[test]
fn p03_basic_credentials_are_base64_of_the_decoded_text() {
    for (username, password, expected) in [
        ("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ("test", "123\u{a3}", "Basic dGVzdDoxMjPCow=="),
        ("us@r:/%", "", "Basic dXNAcjovJTo="),
        ("", "", "Basic Og=="),
        ("ab", "", "Basic YWI6"),
        ("~~?", "\u{ff}\u{ff}", "Basic fn4/OsO/w78="),
    ] {
        assert_eq!(basic_authorization(username, password), expected);
    }
}

#[test]
fn secrets_do_not_appear_in_debug_output() {
    let secret = credentials("canary-user", "canary-password");
    let dialogue = Dialogue::socks5(&name("a.test"), Some(&secret)).unwrap();
    let fields = [field("Proxy-Authorization", "Basic canary")];
    let http = Dialogue::http_connect("a:443", &fields, AnswerPolicy::default()).unwrap();
    let text = format!("{secret:?} {dialogue:?} {http:?}");
    assert!(!text.contains("canary"), "{text}");
}
