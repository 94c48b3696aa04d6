//! P02, P03: SOCKS dialogues, in whole and byte by byte.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod proxy_support;

use std::net::{Ipv4Addr, Ipv6Addr};

use proxy_support::{credentials, name, outcome};
use wiretwin_wire::proxy::{Credentials, Dialogue, Host, Progress, Target};

const GREETING: &[u8] = &[5, 1, 0];
const GREETING_PASSWORD: &[u8] = &[5, 2, 0, 2];
const CONNECT_A: &[u8] = b"\x05\x01\x00\x03\x06a.test\x01\xbb";
const GRANTED: &[u8] = &[5, 0, 0, 1, 10, 0, 0, 1, 0x1f, 0x90];

fn socks5() -> Dialogue {
    Dialogue::socks5(&name("a.test"), None).unwrap()
}

#[test]
fn p02_socks5_connects_by_name_and_reads_every_reply_form() {
    let v6: Vec<u8> = [&[5, 0, 0, 4][..], &[0; 18]].concat();
    let domain: Vec<u8> = [&[5, 0, 0, 3, 3][..], b"xyz", &[0, 80]].concat();
    let empty_domain: &[u8] = &[5, 0, 0, 3, 0, 0, 80];
    for reply in [GRANTED, &v6, &domain, empty_domain] {
        let steps: &[(&[u8], &[u8])] = &[(GREETING, &[5, 0]), (CONNECT_A, reply)];
        assert_eq!(outcome(socks5, steps), Ok(Progress::Established), "{reply:?}");
    }
}

#[test]
fn p03_socks5_addresses_are_sent_as_addresses() {
    let v4 = || Dialogue::socks5(&Target { host: Host::V4(Ipv4Addr::new(192, 0, 2, 1)), port: 80 }, None).unwrap();
    let request: &[u8] = &[5, 1, 0, 1, 192, 0, 2, 1, 0, 80];
    assert_eq!(outcome(v4, &[(GREETING, &[5, 0]), (request, GRANTED)]), Ok(Progress::Established));
    let v6 = || Dialogue::socks5(&Target { host: Host::V6(Ipv6Addr::LOCALHOST), port: 80 }, None).unwrap();
    let request = [&[5, 1, 0, 4][..], &Ipv6Addr::LOCALHOST.octets(), &[0, 80]].concat();
    assert_eq!(outcome(v6, &[(GREETING, &[5, 0]), (&request, GRANTED)]), Ok(Progress::Established));
}

#[test]
fn p03_socks5_credentials_are_sent_decoded_and_the_password_may_be_empty() {
    for (username, password, request) in [
        ("us@r:/%", "p@:/%", &b"\x01\x07us@r:/%\x05p@:/%"[..]),
        ("user", "", b"\x01\x04user\x00"),
        ("\u{fc}", "\u{e9}", b"\x01\x02\xc3\xbc\x02\xc3\xa9"),
    ] {
        let dialogue = || Dialogue::socks5(&name("a.test"), Some(&credentials(username, password))).unwrap();
        for ok in [&[1, 0][..], &[5, 0]] {
            let steps = [(GREETING_PASSWORD, &[5, 2][..]), (request, ok), (CONNECT_A, GRANTED)];
            assert_eq!(outcome(dialogue, &steps), Ok(Progress::Established));
        }
        // A proxy that knows us otherwise skips the password.
        let steps = [(GREETING_PASSWORD, &[5, 0][..]), (CONNECT_A, GRANTED)];
        assert_eq!(outcome(dialogue, &steps), Ok(Progress::Established));
    }
}

#[test]
fn p02_socks5_methods() {
    let fails = |answer: &[u8], with: Option<&Credentials>| {
        let dialogue = || Dialogue::socks5(&name("a.test"), with).unwrap();
        let greeting = if with.is_some() { GREETING_PASSWORD } else { GREETING };
        outcome(dialogue, &[(greeting, answer)]).unwrap_err().code()
    };
    assert_eq!(fails(&[5, 0xff], None), "ERR_PROXY_AUTH_REQUIRED");
    assert_eq!(fails(&[5, 0xff], Some(&credentials("u", "p"))), "ERR_PROXY_AUTH_REQUIRED");
    assert_eq!(fails(&[5, 2], None), "ERR_PROXY_PROTOCOL", "a method that was not offered");
    assert_eq!(fails(&[5, 1], None), "ERR_PROXY_PROTOCOL");
    assert_eq!(fails(&[4, 0], None), "ERR_PROXY_PROTOCOL", "wrong version");
    assert_eq!(fails(b"HTTP/1.1 400", None), "ERR_PROXY_PROTOCOL", "an HTTP proxy");
}

#[test]
fn p02_socks5_refused_credentials() {
    let dialogue = || Dialogue::socks5(&name("a.test"), Some(&credentials("u", "p"))).unwrap();
    let with = |answer: &'static [u8]| {
        outcome(dialogue, &[(GREETING_PASSWORD, &[5, 2]), (b"\x01\x01u\x01p", answer)]).unwrap_err()
    };
    assert_eq!((with(&[1, 1]).code(), with(&[1, 1]).status), ("ERR_PROXY_AUTH_REFUSED", Some(1)));
    assert_eq!(with(&[7, 0]).code(), "ERR_PROXY_PROTOCOL");
}

#[test]
fn p02_socks5_reply_codes_are_told_apart() {
    let expected = [
        (1, "ERR_PROXY_REFUSED"),
        (2, "ERR_PROXY_REFUSED"),
        (3, "ERR_PROXY_UNREACHABLE"),
        (4, "ERR_PROXY_UNREACHABLE"),
        (5, "ERR_PROXY_UNREACHABLE"),
        (6, "ERR_PROXY_UNREACHABLE"),
        (7, "ERR_PROXY_REFUSED"),
        (8, "ERR_PROXY_REFUSED"),
        (9, "ERR_PROXY_PROTOCOL"),
        (255, "ERR_PROXY_PROTOCOL"),
    ];
    let mut details = Vec::new();
    for (reply, code) in expected {
        // Also without an address, as some proxies answer before they close.
        for answer in [&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0][..], &[5, reply]] {
            let error = outcome(socks5, &[(GREETING, &[5, 0]), (CONNECT_A, answer)]).unwrap_err();
            assert_eq!((error.code(), error.status), (code, Some(u16::from(reply))));
            details.push(error.detail);
        }
    }
    details.dedup();
    assert_eq!(details.len(), 9, "each known code has its own words");
}

#[test]
fn p02_socks5_malformed_and_short_replies() {
    for answer in [&[4, 0][..], &[5, 0, 0, 2], &[5, 0, 0, 0]] {
        let error = outcome(socks5, &[(GREETING, &[5, 0]), (CONNECT_A, answer)]).unwrap_err();
        assert_eq!(error.code(), "ERR_PROXY_PROTOCOL", "{answer:?}");
    }
    for len in 0..GRANTED.len() {
        let mut dialogue = socks5();
        dialogue.bytes_to_send().unwrap();
        dialogue.receive(&[5, 0]).unwrap();
        dialogue.bytes_to_send().unwrap();
        assert_eq!(dialogue.receive(&GRANTED[..len]), Ok(Progress::NeedMore));
        assert_eq!(dialogue.end_of_input().code(), "ERR_PROXY_CLOSED");
    }
}

#[test]
fn p02_socks5_bytes_behind_or_ahead_of_a_reply_are_refused() {
    let mut early = socks5();
    early.bytes_to_send().unwrap();
    let both = [&[5, 0][..], GRANTED].concat();
    assert_eq!(early.receive(&both).unwrap_err().code(), "ERR_PROXY_PROTOCOL", "an answer before the question");
    let behind = [GRANTED, b"x"].concat();
    let error = outcome(socks5, &[(GREETING, &[5, 0]), (CONNECT_A, &behind)]).unwrap_err();
    assert_eq!(error.code(), "ERR_PROXY_PROTOCOL");
}

#[test]
fn p02_names_that_do_not_fit_are_refused_before_a_byte_is_sent() {
    let longest = "a".repeat(255);
    assert!(Dialogue::socks5(&name(&longest), None).is_ok());
    for bad in ["a".repeat(256), "a".repeat(70_000), String::new(), "a\0b".into(), "a b".into(), "\u{e9}.test".into()] {
        assert_eq!(Dialogue::socks5(&name(&bad), None).unwrap_err().code(), "ERR_PROXY_TARGET");
        assert_eq!(Dialogue::socks4(&name(&bad), "").unwrap_err().code(), "ERR_PROXY_TARGET");
    }
    for (username, password) in
        [("a".repeat(256), String::new()), ("a".into(), "b".repeat(256)), (String::new(), "b".into())]
    {
        let error = Dialogue::socks5(&name("a.test"), Some(&credentials(&username, &password))).unwrap_err();
        assert_eq!(error.code(), "ERR_INVALID_ARG");
    }
}

#[test]
fn p02_socks4_and_4a() {
    let v4 = || Dialogue::socks4(&Target { host: Host::V4(Ipv4Addr::new(192, 0, 2, 1)), port: 80 }, "me").unwrap();
    let request: &[u8] = b"\x04\x01\x00\x50\xc0\x00\x02\x01me\x00";
    assert_eq!(outcome(v4, &[(request, &[0, 90, 0, 0, 0, 0, 0, 0])]), Ok(Progress::Established));
    for (reply, code) in [
        (91, "ERR_PROXY_REFUSED"),
        (92, "ERR_PROXY_AUTH_REFUSED"),
        (93, "ERR_PROXY_AUTH_REFUSED"),
        (0, "ERR_PROXY_PROTOCOL"),
    ] {
        let error = outcome(v4, &[(request, &[0, reply, 0, 0, 0, 0, 0, 0])]).unwrap_err();
        assert_eq!((error.code(), error.status), (code, Some(u16::from(reply))));
    }
    assert_eq!(outcome(v4, &[(request, &[5, 90, 0, 0, 0, 0, 0, 0])]).unwrap_err().code(), "ERR_PROXY_PROTOCOL");
    assert_eq!(outcome(v4, &[(request, &[0, 90, 0, 0, 0, 0, 0, 0, 1])]).unwrap_err().code(), "ERR_PROXY_PROTOCOL");

    let by_name = || Dialogue::socks4(&name("a.test"), "").unwrap();
    let request: &[u8] = b"\x04\x01\x01\xbb\x00\x00\x00\x01\x00a.test\x00";
    assert_eq!(outcome(by_name, &[(request, &[0, 90, 1, 2, 3, 4, 5, 6])]), Ok(Progress::Established));
    let v6 = Target { host: Host::V6(Ipv6Addr::LOCALHOST), port: 80 };
    assert_eq!(Dialogue::socks4(&v6, "").unwrap_err().code(), "ERR_PROXY_TARGET");
    assert_eq!(Dialogue::socks4(&name("a.test"), "m\0e").unwrap_err().code(), "ERR_INVALID_ARG");
}
