//! Answers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::error::DnsError;
use super::limits;
use super::name::Name;
use super::query::{INTERNET, Query, RecordType};
use super::reader::Reader;
use super::service::Service;

/// What a server says of the question as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The name is there, with records of this kind or without.
    Found,
    /// There is no such name (NXDOMAIN).
    NoSuchName,
    /// The server cannot say (SERVFAIL, REFUSED and others): another one may.
    Failed(u8),
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Of the question as a whole.
    pub status: Status,
    /// It did not fit: to be asked again over TCP.
    pub truncated: bool,
    /// Addresses, in order; of a question for addresses.
    pub addresses: Vec<IpAddr>,
    /// HTTPS records by priority, those that cannot be used left out; of a question for them.
    pub services: Vec<Service>,
    /// The name that the records are of: the end of the chain of aliases.
    pub owner: Name,
    /// Seconds that all of it may be kept, also that there is nothing (RFC 2308). 0: only once.
    pub ttl: u32,
}

/// An answer, not a question.
const IS_ANSWER: u16 = 0x8000;
const OPERATION: u16 = 0x7800;
const TRUNCATED: u16 = 0x0200;
const CODE: u16 = 0x000f;
const CNAME: u16 = 5;
const SOA: u16 = 6;

struct Record<'a> {
    owner: Name,
    kind: u16,
    ttl: u32,
    data: Reader<'a>,
}

impl Answer {
    /// Reads the answer to a question.
    ///
    /// # Errors
    /// The message is malformed, passes a limit, or answers something else.
    pub fn read(message: &[u8], query: &Query) -> Result<Self, DnsError> {
        let mut reader = Reader::new(message);
        let (id, flags) = (reader.short()?, reader.short()?);
        let [questions, answers, authorities] = [reader.short()?, reader.short()?, reader.short()?];
        reader.short()?;
        if id != query.id || flags & IS_ANSWER == 0 || flags & OPERATION != 0 || questions != 1 {
            return Err(DnsError::NotAsked);
        }
        let name = Name::read(&mut reader)?;
        if name != query.name || (reader.short()?, reader.short()?) != (query.kind.number(), INTERNET) {
            return Err(DnsError::NotAsked);
        }
        let mut answer = Self {
            status: match flags & CODE {
                0 => Status::Found,
                3 => Status::NoSuchName,
                // Four bits, so the cast loses nothing.
                code => Status::Failed(code as u8),
            },
            truncated: flags & TRUNCATED != 0,
            addresses: Vec::new(),
            services: Vec::new(),
            owner: name,
            ttl: 0,
        };
        // What did not fit is asked for again; what is there of it may end in the middle of a record.
        if answer.truncated || matches!(answer.status, Status::Failed(_)) {
            return Ok(answer);
        }
        let records = read_records(&mut reader, answers)?;
        let mut ttl = answer.follow(&records)?;
        ttl = ttl.min(match query.kind {
            RecordType::A | RecordType::Aaaa => answer.take_addresses(&records, query.kind)?,
            RecordType::Https => answer.take_services(&records),
        });
        if answer.addresses.is_empty() && answer.services.is_empty() {
            ttl = ttl.min(time_without(&mut reader, authorities)?);
        }
        answer.ttl = ttl.min(limits::TTL_MAX);
        Ok(answer)
    }

    /// Follows names that lead to another one. The shortest time of theirs.
    fn follow(&mut self, records: &[Record<'_>]) -> Result<u32, DnsError> {
        let mut ttl = u32::MAX;
        for _ in 0..=limits::ALIASES_MAX {
            let Some(alias) = records.iter().find(|record| record.kind == CNAME && record.owner == self.owner) else {
                return Ok(ttl);
            };
            let mut data = alias.data;
            self.owner = Name::read(&mut data)?;
            ttl = ttl.min(alias.ttl);
        }
        Err(DnsError::TooMuch)
    }

    fn take_addresses(&mut self, records: &[Record<'_>], kind: RecordType) -> Result<u32, DnsError> {
        let mut ttl = u32::MAX;
        for record in self.own(records, kind) {
            let mut data = record.data;
            let address = match kind {
                RecordType::Aaaa => IpAddr::from(Ipv6Addr::from(data.array::<16>()?)),
                RecordType::A | RecordType::Https => IpAddr::from(Ipv4Addr::from(data.array::<4>()?)),
            };
            if !data.is_over() {
                return Err(DnsError::Malformed);
            }
            ttl = ttl.min(record.ttl);
            if self.addresses.len() < limits::ADDRESSES_MAX && !self.addresses.contains(&address) {
                self.addresses.push(address);
            }
        }
        Ok(ttl)
    }

    /// One that cannot be read spoils all of them (RFC 9460 2.2).
    fn take_services(&mut self, records: &[Record<'_>]) -> u32 {
        let mut ttl = u32::MAX;
        let mut services = Vec::new();
        for record in self.own(records, RecordType::Https) {
            ttl = ttl.min(record.ttl);
            match Service::read(&mut { record.data }) {
                Ok(service) if service.is_compatible => services.push(service),
                Ok(_) => {}
                Err(_) => return ttl,
            }
        }
        // Where there is an alias, the others say nothing (RFC 9460 2.4.1).
        if services.iter().any(|service| service.priority == 0) {
            services.retain(|service| service.priority == 0);
        }
        services.sort_by_key(|service| service.priority);
        services.truncate(limits::SERVICES_MAX);
        self.services = services;
        ttl
    }

    /// Records of this kind that are of the name at the end of the chain.
    fn own<'a, 'b>(&self, records: &'b [Record<'a>], kind: RecordType) -> Vec<&'b Record<'a>> {
        records.iter().filter(|record| record.kind == kind.number() && record.owner == self.owner).collect()
    }
}

/// The next `count` records; of another class they are left out.
fn read_records<'a>(reader: &mut Reader<'a>, count: u16) -> Result<Vec<Record<'a>>, DnsError> {
    if usize::from(count) > limits::RECORDS_MAX {
        return Err(DnsError::TooMuch);
    }
    let mut records = Vec::new();
    for _ in 0..count {
        let owner = Name::read(reader)?;
        let (kind, class, ttl) = (reader.short()?, reader.short()?, reader.long()?);
        let length = reader.short()?;
        let data = reader.part(length.into())?;
        // The highest bit means 0 (RFC 2181 8).
        let ttl = if ttl > i32::MAX as u32 { 0 } else { ttl };
        if class == INTERNET {
            records.push(Record { owner, kind, ttl, data });
        }
    }
    Ok(records)
}

/// How long it may be believed that there is nothing: as the zone's SOA says (RFC 2308 5), else not at all.
fn time_without(reader: &mut Reader<'_>, authorities: u16) -> Result<u32, DnsError> {
    let records = read_records(reader, authorities)?;
    let Some(soa) = records.iter().find(|record| record.kind == SOA) else { return Ok(0) };
    let mut data = soa.data;
    Name::read(&mut data)?;
    Name::read(&mut data)?;
    // Serial, refresh, retry, expire.
    data.bytes(16)?;
    Ok(soa.ttl.min(data.long()?))
}
