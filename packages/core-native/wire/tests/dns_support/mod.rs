//! Messages of a name server, written by hand.
#![allow(dead_code)]

use wiretwin_wire::dns::{Name, Query, RecordType};

pub const CNAME: u16 = 5;
pub const SOA: u16 = 6;

pub fn query(host: &str, kind: RecordType) -> Query {
    Query { id: 0x1234, name: Name::of_host(host).expect("a host"), kind }
}

pub fn wire(host: &str) -> Vec<u8> {
    Name::of_host(host).expect("a host").as_wire().to_vec()
}

/// An answer to a query, record by record.
pub struct Message {
    pub flags: u16,
    question: Vec<u8>,
    id: u16,
    records: Vec<u8>,
    pub counts: [u16; 2],
}

impl Message {
    pub fn to(query: &Query) -> Self {
        let kind = query.kind.number().to_be_bytes();
        let question = [query.name.as_wire(), &kind, &[0, 1]].concat();
        Self { flags: 0x8180, question, id: query.id, records: Vec::new(), counts: [0; 2] }
    }

    pub fn flags(mut self, flags: u16) -> Self {
        self.flags = flags;
        self
    }

    /// `owner` as on the wire; pointers are fine.
    pub fn record(mut self, owner: &[u8], kind: u16, ttl: u32, data: &[u8]) -> Self {
        self.push(owner, kind, ttl, data);
        self.counts[0] += 1;
        self
    }

    pub fn authority(mut self, owner: &[u8], kind: u16, ttl: u32, data: &[u8]) -> Self {
        self.push(owner, kind, ttl, data);
        self.counts[1] += 1;
        self
    }

    fn push(&mut self, owner: &[u8], kind: u16, ttl: u32, data: &[u8]) {
        let length = u16::try_from(data.len()).expect("short");
        for part in [owner, &kind.to_be_bytes(), &[0, 1], &ttl.to_be_bytes(), &length.to_be_bytes(), data] {
            self.records.extend_from_slice(part);
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for number in [self.id, self.flags, 1, self.counts[0], self.counts[1], 0] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        [out, self.question.clone(), self.records.clone()].concat()
    }
}

/// A pointer to the name of the question.
pub const ASKED: &[u8] = &[0xc0, 12];

/// Data of an HTTPS record.
pub fn service(priority: u16, target: &str, parameters: &[(u16, &[u8])]) -> Vec<u8> {
    let mut data = priority.to_be_bytes().to_vec();
    data.extend(if target == "." { vec![0] } else { wire(target) });
    for (key, value) in parameters {
        data.extend_from_slice(&key.to_be_bytes());
        data.extend_from_slice(&u16::try_from(value.len()).expect("short").to_be_bytes());
        data.extend_from_slice(value);
    }
    data
}
