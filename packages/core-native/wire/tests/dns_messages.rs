//! Questions and answers, names and their compression.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod dns_support;

use dns_support::{ASKED, CNAME, Message, SOA, query, wire};
use wiretwin_wire::dns::{ALIASES_MAX, Answer, DnsError, Edns, Name, PADDING_BLOCK, RecordType, Status, TTL_MAX};

const A: u16 = 1;

#[test]
fn a_question_without_edns_is_what_a_stub_resolver_sends() {
    let bytes = query("Www.Example.org.", RecordType::Https).encode(None);
    let expected = b"\x12\x34\x01\x00\0\x01\0\0\0\0\0\0\x03www\x07example\x03org\0\0\x41\0\x01";
    assert_eq!(bytes, expected);
}

#[test]
fn a_padded_question_says_nothing_of_its_name_by_its_length() {
    let edns = Edns { payload_size: 4096, options: vec![(8, vec![0, 1, 0, 0])], padding: Some(PADDING_BLOCK) };
    let lengths: Vec<_> =
        (1..60).map(|length| query(&"a".repeat(length), RecordType::A).encode(Some(&edns)).len()).collect();
    assert!(lengths.iter().all(|length| *length == 128), "{lengths:?}");
    let long = query(&["a".repeat(60), "b".repeat(60)].join("."), RecordType::A).encode(Some(&edns));
    assert_eq!(long.len(), 256);
    let plain =
        query("a", RecordType::A).encode(Some(&Edns { payload_size: 1232, options: Vec::new(), padding: None }));
    assert_eq!(plain[plain.len() - 11..], [0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn what_is_no_name_is_not_asked_for() {
    let long = [&"a".repeat(63); 4].map(String::as_str).join(".");
    for host in ["", ".", "a..b", ".a", "a b", "a\0b", "b\u{fc}cher", &"a".repeat(64), &long] {
        assert_eq!(Name::of_host(host), None, "{host:?}");
    }
    let longest = [&"a".repeat(63); 3].map(String::as_str).join(".") + "." + &"b".repeat(61);
    assert_eq!(Name::of_host(&longest).expect("253 characters").to_host(), Some(longest));
    let below = Name::of_host("h.test").and_then(|name| name.below("_8443._https")).and_then(|name| name.to_host());
    assert_eq!(below.as_deref(), Some("_8443._https.h.test"));
}

#[test]
fn addresses_are_those_of_the_end_of_the_chain() {
    let asked = query("a.test", RecordType::A);
    let message = Message::to(&asked)
        .record(ASKED, CNAME, 300, &wire("b.test"))
        .record(&wire("stranger.test"), A, 300, &[9, 9, 9, 9])
        .record(&wire("B.TEST"), A, 60, &[10, 0, 0, 1])
        .record(&wire("b.test"), A, 90, &[10, 0, 0, 2])
        .record(&wire("b.test"), A, 90, &[10, 0, 0, 1])
        .bytes();
    let answer = Answer::read(&message, &asked).unwrap();
    assert_eq!(answer.status, Status::Found);
    assert_eq!(answer.addresses.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.1", "10.0.0.2"]);
    assert_eq!((answer.owner.to_host().as_deref(), answer.ttl), (Some("b.test"), 60));
}

#[test]
fn addresses_of_the_other_family_and_of_a_wrong_length_are_none() {
    let asked = query("a.test", RecordType::Aaaa);
    let mut address = [0; 16];
    address[15] = 1;
    let message = Message::to(&asked).record(ASKED, A, 1, &[1, 2, 3, 4]).record(ASKED, 28, u32::MAX, &address).bytes();
    let answer = Answer::read(&message, &asked).unwrap();
    assert_eq!(answer.addresses, ["::1".parse::<std::net::IpAddr>().unwrap()]);
    assert_eq!(answer.ttl, 0, "RFC 2181 8");
    for length in [0, 3, 4, 15, 17] {
        let message = Message::to(&asked).record(ASKED, 28, 1, &vec![0; length]).bytes();
        assert_eq!(Answer::read(&message, &asked), Err(DnsError::Malformed), "{length}");
    }
}

#[test]
fn that_there_is_nothing_is_kept_as_long_as_the_zone_says() {
    let asked = query("a.test", RecordType::A);
    let minimum = |seconds: u32| [&wire("ns.test")[..], &wire("mail.test"), &[0; 16], &seconds.to_be_bytes()].concat();
    let nothing = Message::to(&asked).authority(ASKED, SOA, 900, &minimum(30)).flags(0x8183).bytes();
    let answer = Answer::read(&nothing, &asked).unwrap();
    assert_eq!((answer.status, answer.ttl), (Status::NoSuchName, 30));
    let unsaid = Answer::read(&Message::to(&asked).bytes(), &asked).unwrap();
    assert_eq!((unsaid.status, unsaid.ttl), (Status::Found, 0));
    let years = Message::to(&asked).record(ASKED, A, i32::MAX as u32, &[1, 1, 1, 1]).bytes();
    assert_eq!(Answer::read(&years, &asked).unwrap().ttl, TTL_MAX);
    for code in [2, 5] {
        let failed = Answer::read(&Message::to(&asked).flags(0x8180 | code).bytes(), &asked).unwrap();
        assert_eq!(failed.status, Status::Failed(code as u8));
    }
}

#[test]
fn what_was_not_asked_is_told_from_what_is_broken() {
    let asked = query("a.test", RecordType::A);
    let good = Message::to(&asked).record(ASKED, A, 1, &[1, 1, 1, 1]);
    assert!(Answer::read(&good.bytes(), &asked).is_ok());
    let mut other_id = asked.clone();
    other_id.id ^= 1;
    for other in [&other_id, &query("b.test", RecordType::A), &query("a.test", RecordType::Aaaa)] {
        assert_eq!(Answer::read(&good.bytes(), other), Err(DnsError::NotAsked), "{other:?}");
    }
    for flags in [0x0100, 0x8980, 0xf180] {
        let message = Message::to(&asked).flags(flags).record(ASKED, A, 1, &[1, 1, 1, 1]).bytes();
        assert_eq!(Answer::read(&message, &asked), Err(DnsError::NotAsked), "{flags:x}");
    }
    let bytes = good.bytes();
    for end in 0..bytes.len() {
        assert!(Answer::read(&bytes[..end], &asked).is_err(), "{end}");
    }
    let cut = Message::to(&asked).flags(0x8380).bytes();
    assert!(Answer::read(&cut, &asked).unwrap().truncated);
}

#[test]
fn pointers_lead_back_and_never_in_a_circle() {
    let asked = query("a.test", RecordType::A);
    let read = |owner: &[u8]| Answer::read(&Message::to(&asked).record(owner, A, 1, &[1, 1, 1, 1]).bytes(), &asked);
    // The record begins at 24: its name must not be its own, nor behind it, nor begin with a reserved kind of label.
    for owner in [&[0xc0, 24][..], &[0xc0, 25], &[0xff, 0xff], &[1, b'a', 0xc0, 24, 0], &[0x40, 0], &[0x80, 12]] {
        assert!(read(owner).is_err(), "{owner:?}");
    }
    assert_eq!(read(ASKED).unwrap().addresses.len(), 1);
    // Many names of 255 bytes through one pointer each: read, without harm.
    let label = [&[63][..], &[b'a'; 63]].concat();
    let long = [&label[..], &label, &label, &[61], &[b'b'; 61], &[0]].concat();
    assert!(read(&long).is_ok());
    let longer = [&label[..], &label, &label, &[62], &[b'b'; 62], &[0]].concat();
    assert_eq!(read(&longer), Err(DnsError::Malformed));
}

#[test]
fn limits_hold() {
    let asked = query("n0.test", RecordType::A);
    let chain = |length: usize| {
        let links = (0..length).fold(Message::to(&asked), |message, at| {
            message.record(&wire(&format!("n{at}.test")), CNAME, 1, &wire(&format!("n{}.test", at + 1)))
        });
        Answer::read(&links.record(&wire(&format!("n{length}.test")), A, 1, &[1, 1, 1, 1]).bytes(), &asked)
    };
    assert_eq!(chain(ALIASES_MAX).unwrap().addresses.len(), 1);
    assert_eq!(chain(ALIASES_MAX + 1), Err(DnsError::TooMuch));
    let circle = Message::to(&asked).record(ASKED, CNAME, 1, ASKED).bytes();
    assert_eq!(Answer::read(&circle, &asked), Err(DnsError::TooMuch));
    let many = |count: u16| {
        (0..count)
            .fold(Message::to(&asked), |message, at| message.record(ASKED, A, 1, &[1, 1, (at >> 8) as u8, at as u8]))
    };
    assert_eq!(Answer::read(&many(512).bytes(), &asked).unwrap().addresses.len(), 32);
    assert_eq!(Answer::read(&many(513).bytes(), &asked), Err(DnsError::TooMuch));
}
