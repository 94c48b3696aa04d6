//! Answers of name servers: nothing that is read passes a limit, no cut of a message says something else, and what a server
//! that follows the rules says, written with every kind of compression, is read as it was meant.

use std::net::{IpAddr, Ipv4Addr};

use wiretwin_wire::dns::{ALIASES_MAX, Answer, Name, Query, RecordType, SERVICES_MAX, Status, TTL_MAX};

use crate::choices::{Choices, Input};

pub const WORDS: &[&[u8]] = &[
    &[0xc0, 12],
    &[0xc0, 24],
    &[0x81, 0x80],
    b"\x01a\x04test\0",
    &[0, 65, 0, 1],
    &[0, 1, 0, 1],
    &[0, 5, 0, 1],
    &[0, 1, 0, 3, 2, b'h', b'2'],
    &[0, 3, 0, 2, 1, 187],
    &[0, 0, 0, 2, 0, 1],
];

const KINDS: [RecordType; 3] = [RecordType::A, RecordType::Aaaa, RecordType::Https];

/// Any bytes behind a head and a question that fit.
pub fn read(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    let query = Query { id: 7, name: Name::of_host("a.test").expect("a host"), kind: KINDS[usize::from(choice % 3)] };
    let whole;
    let message = if choice & 0x80 == 0 {
        let mut counts = [0; 6];
        counts[..rest.len().min(6)].copy_from_slice(&rest[..rest.len().min(6)]);
        let question = query.encode(None);
        // The number is a small one in most cases, so that records are read to their end.
        let head = [0, 7, 0x81, 0x80 | (counts[0] & 0x0f), 0, 1, counts[1] & 3, counts[2], 0, counts[3] & 7, 0, 0];
        whole = [&head[..], &question[12..], rest.get(6..).unwrap_or_default()].concat();
        &whole[..]
    } else {
        rest
    };
    let Ok(answer) = Answer::read(message, &query) else { return };
    assert!(answer.ttl <= TTL_MAX && answer.addresses.len() <= 32 && answer.services.len() <= SERVICES_MAX);
    assert!(answer.services.is_sorted_by_key(|service| service.priority));
    let is_v4 = |address: &IpAddr| address.is_ipv4() == (query.kind == RecordType::A);
    assert!(answer.addresses.iter().all(is_v4) && (query.kind != RecordType::Https || answer.addresses.is_empty()));
    for service in &answer.services {
        assert!(service.is_compatible && service.alpn.iter().all(|name| (1..256).contains(&name.len())));
        assert!(service.priority > 0 || (service.alpn.is_empty() && service.ech.is_none() && service.port.is_none()));
        if let Some(host) = service.target.to_host() {
            // A host reads back as the same name: nothing in it stands for something else.
            assert_eq!(Name::of_host(&host), Some(service.target.clone()));
        }
    }
    for end in 0..message.len() {
        if let Ok(cut) = Answer::read(&message[..end], &query) {
            // Only what lies behind all that counts may be missing.
            assert_eq!(cut, answer, "cut at {end}");
        }
    }
}

/// A server of its own, which remembers where it has written names.
struct Writer {
    out: Vec<u8>,
    names: Vec<(Vec<Vec<u8>>, usize)>,
}

impl Writer {
    fn name(&mut self, labels: &[Vec<u8>], input: &mut Input<'_>) {
        let begin = self.out.len();
        for (at, label) in labels.iter().enumerate() {
            let known = self.names.iter().find(|(known, place)| known[..] == labels[at..] && *place < 0x4000);
            if let Some((_, place)) = known.filter(|_| input.byte() & 1 == 0) {
                let pointer = 0xc000 | u16::try_from(*place).expect("below 2^14");
                self.out.extend_from_slice(&pointer.to_be_bytes());
                break;
            }
            self.out.push(u8::try_from(label.len()).expect("short"));
            self.out.extend_from_slice(label);
            if at + 1 == labels.len() {
                self.out.push(0);
            }
        }
        let mut offset = begin;
        for at in 0..labels.len() {
            // Each suffix that was written here can be pointed at.
            if offset < self.out.len() && self.out[offset] < 64 {
                self.names.push((labels[at..].to_vec(), offset));
            }
            offset += labels[at].len() + 1;
        }
    }

    fn short(&mut self, number: u16) {
        self.out.extend_from_slice(&number.to_be_bytes());
    }

    fn record(
        &mut self,
        owner: &[Vec<u8>],
        kind: u16,
        ttl: u32,
        input: &mut Input<'_>,
        data: impl FnOnce(&mut Self, &mut Input<'_>),
    ) {
        self.name(owner, input);
        self.short(kind);
        self.short(1);
        self.out.extend_from_slice(&ttl.to_be_bytes());
        let at = self.out.len();
        self.short(0);
        data(self, input);
        let length = u16::try_from(self.out.len() - at - 2).expect("short");
        self.out[at..at + 2].copy_from_slice(&length.to_be_bytes());
    }
}

fn labels(input: &mut Input<'_>) -> Vec<Vec<u8>> {
    const LABELS: [&str; 6] = ["a", "b", "test", "www", "xn--bcher-kva", "_8443"];
    (0..=input.below(4)).map(|_| input.of(&LABELS).unwrap_or("a").as_bytes().to_vec()).collect()
}

fn host(labels: &[Vec<u8>]) -> String {
    labels.iter().map(|label| String::from_utf8_lossy(label).into_owned()).collect::<Vec<_>>().join(".")
}

/// A chain of aliases and what is at its end.
pub fn model(data: &[u8]) {
    let mut input = Input::new(data);
    let wants_addresses = input.byte() & 1 == 0;
    let kind = if wants_addresses { RecordType::A } else { RecordType::Https };
    let mut chain = vec![labels(&mut input)];
    for _ in 0..input.below(5) {
        let next = labels(&mut input);
        if !chain.contains(&next) {
            chain.push(next);
        }
    }
    assert!(chain.len() <= ALIASES_MAX);
    let query = Query { id: 9, name: Name::of_host(&host(&chain[0])).expect("a host"), kind };
    let mut writer = Writer { out: vec![0, 9, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0], names: Vec::new() };
    writer.name(&chain[0].clone(), &mut input);
    writer.short(kind.number());
    writer.short(1);
    let mut count = 0_u8;
    let mut ttl = u32::MAX;
    for pair in chain.windows(2) {
        let own = input.number() & 0x7fff_ffff;
        ttl = ttl.min(own);
        writer.record(&pair[0], 5, own, &mut input, |writer, input| writer.name(&pair[1], input));
        count += 1;
    }
    let end = chain.last().expect("one at least").clone();
    let mut addresses: Vec<IpAddr> = Vec::new();
    let mut priorities = Vec::new();
    for _ in 0..input.below(6) {
        let own = input.number() & 0x7fff_ffff;
        ttl = ttl.min(own);
        if wants_addresses {
            let address = Ipv4Addr::from(input.number());
            writer.record(&end, 1, own, &mut input, |writer, _| writer.out.extend_from_slice(&address.octets()));
            if !addresses.contains(&address.into()) {
                addresses.push(address.into());
            }
        } else {
            let priority = 1 + u16::from(input.byte());
            let port = u16::from(input.byte());
            writer.record(&end, 65, own, &mut input, |writer, _| {
                writer.short(priority);
                writer.out.extend_from_slice(b"\0\0\x01\0\x03\x02h2\0\x03\0\x02");
                writer.short(port);
            });
            priorities.push((priority, port));
        }
        count += 1;
    }
    writer.out[7] = count;
    let answer = Answer::read(&writer.out, &query).expect("it follows the rules");
    priorities.sort_by_key(|(priority, _)| *priority);
    let read: Vec<_> = answer.services.iter().map(|one| (one.priority, one.port.unwrap_or(0))).collect();
    assert_eq!((answer.status, &answer.addresses, read), (Status::Found, &addresses, priorities.clone()));
    assert_eq!(answer.owner.to_host(), Some(host(&end)));
    let is_empty = addresses.is_empty() && priorities.is_empty();
    assert_eq!(answer.ttl, if is_empty { 0 } else { ttl.min(TTL_MAX) });
}
