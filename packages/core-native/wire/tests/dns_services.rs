//! HTTPS records (RFC 9460).
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod dns_support;

use dns_support::{ASKED, Message, query, service, wire};
use wiretwin_wire::dns::{Answer, RecordType, SERVICES_MAX, Service};

const HTTPS: u16 = 65;
const H2: &[u8] = b"\x02h2";

fn services(records: &[Vec<u8>]) -> Vec<Service> {
    let asked = query("a.test", RecordType::Https);
    let message = records.iter().fold(Message::to(&asked), |message, data| message.record(ASKED, HTTPS, 60, data));
    Answer::read(&message.bytes(), &asked).unwrap().services
}

#[test]
fn a_record_says_protocols_port_addresses_and_keys() {
    let parameters: &[(u16, &[u8])] = &[
        (1, b"\x02h2\x02h3"),
        (2, b""),
        (3, b"\x20\xfb"),
        (4, &[10, 0, 0, 1, 10, 0, 0, 2]),
        (5, b"\x00\x04\xfe\x0d\x00\x00"),
        (6, &[0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
        (0xff00, b"private"),
    ];
    let read = services(&[service(1, "b.test", parameters)]);
    let [one] = &read[..] else { panic!("{read:?}") };
    assert_eq!((one.priority, one.target.to_host().as_deref()), (1, Some("b.test")));
    assert_eq!(one.alpn, [&b"h2"[..], b"h3"]);
    assert!(one.no_default_alpn && one.serves(b"h3") && !one.serves(b"http/1.1"));
    assert_eq!(one.port, Some(8443));
    assert_eq!(one.ipv4_hint.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.1", "10.0.0.2"]);
    assert_eq!(one.ipv6_hint.iter().map(ToString::to_string).collect::<Vec<_>>(), ["fd00::1"]);
    assert_eq!(one.ech.as_deref(), Some(&b"\x00\x04\xfe\x0d\x00\x00"[..]));
}

#[test]
fn lower_priorities_come_first_and_an_alias_stands_alone() {
    let own = |priority| service(priority, ".", &[(1, H2)]);
    let order: Vec<_> = services(&[own(9), own(1), own(4)]).iter().map(|one| one.priority).collect();
    assert_eq!(order, [1, 4, 9]);
    let alias = services(&[own(1), service(0, "b.test", &[(3, &[1, 187])]), own(2)]);
    let [alias] = &alias[..] else { panic!("{alias:?}") };
    assert_eq!((alias.priority, alias.port, alias.target.to_host().as_deref()), (0, None, Some("b.test")));
    let many: Vec<_> = (1..100).map(own).collect();
    assert_eq!(services(&many).len(), SERVICES_MAX);
}

#[test]
fn one_that_cannot_be_read_spoils_all_and_one_that_is_too_new_only_itself() {
    let good = service(2, ".", &[(1, H2)]);
    let wrong: &[&[(u16, &[u8])]] = &[
        &[(3, &[1, 187]), (1, H2)],
        &[(1, H2), (1, H2)],
        &[(1, b"")],
        &[(1, b"\x03h2")],
        &[(1, b"\x00")],
        &[(2, b"")],
        &[(1, H2), (2, b"x")],
        &[(3, b"\x01")],
        &[(3, b"\x01\xbb\x00")],
        &[(4, b"")],
        &[(4, &[1, 2, 3])],
        &[(6, &[0; 15])],
        &[(0, b"")],
        &[(0, &[0, 0])],
        &[(0, &[0, 3])],
        &[(0, &[0, 3, 0, 1]), (1, H2), (3, &[1, 187])],
        &[(0, &[0]), (1, H2)],
    ];
    for parameters in wrong {
        assert_eq!(services(&[good.clone(), service(1, ".", parameters)]), [], "{parameters:?}");
    }
    for cut in
        [&b"\x00"[..], b"\x00\x01", b"\x00\x01\x01a", b"\x00\x01\x00\x00\x01", b"\x00\x01\x00\x00\x01\x00\x09\x02h2"]
    {
        assert_eq!(services(&[good.clone(), cut.to_vec()]), [], "{cut:?}");
    }
    // The target is never compressed.
    assert_eq!(services(&[b"\x00\x01\xc0\x0c".to_vec()]), []);
    let too_new = service(1, ".", &[(0, &[0x77, 0x77]), (1, H2), (0x7777, b"")]);
    assert_eq!(services(&[too_new, good.clone()]).iter().map(|one| one.priority).collect::<Vec<_>>(), [2]);
    let known = service(1, ".", &[(0, &[0, 1, 0, 3]), (1, H2), (3, &[1, 187])]);
    assert_eq!(services(&[known, good]).len(), 2);
}

#[test]
fn without_ech_there_is_none_and_records_are_the_owners() {
    let [one] = &services(&[service(1, ".", &[(5, b"")])])[..] else { panic!() };
    assert!(one.ech.is_none() && one.target.is_root() && one.serves(b"http/1.1") && !one.serves(b"h2"));
    let asked = query("a.test", RecordType::Https);
    let message = Message::to(&asked)
        .record(ASKED, 5, 20, &wire("b.test"))
        .record(ASKED, HTTPS, 60, &service(1, "wrong.test", &[]))
        .record(&wire("b.test"), HTTPS, 60, &service(1, ".", &[]));
    let answer = Answer::read(&message.bytes(), &asked).unwrap();
    assert_eq!((answer.services.len(), answer.ttl, answer.owner.to_host().as_deref()), (1, 20, Some("b.test")));
}
