//! The data of an HTTPS record (RFC 9460).

use std::net::{Ipv4Addr, Ipv6Addr};

use bytes::Bytes;

use super::error::DnsError;
use super::limits;
use super::name::Name;
use super::reader::Reader;

/// Keys that a client of HTTP knows (RFC 9460 14.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
#[allow(missing_docs)]
pub enum ServiceKey {
    Mandatory = 0,
    Alpn = 1,
    NoDefaultAlpn = 2,
    Port = 3,
    Ipv4Hint = 4,
    Ech = 5,
    Ipv6Hint = 6,
}

impl ServiceKey {
    const ALL: [Self; 7] =
        [Self::Mandatory, Self::Alpn, Self::NoDefaultAlpn, Self::Port, Self::Ipv4Hint, Self::Ech, Self::Ipv6Hint];

    fn of(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|key| *key as u16 == number)
    }
}

/// One HTTPS record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// 0: the owner is another name for [`Self::target`] (AliasMode). Else lower ones are preferred.
    pub priority: u16,
    /// Who serves; the root is the owner itself.
    pub target: Name,
    /// Protocols by their ALPN names, in order.
    pub alpn: Vec<Bytes>,
    /// HTTP/1.1 is not among them unless it is named.
    pub no_default_alpn: bool,
    /// Port, if not that of the URL.
    pub port: Option<u16>,
    /// Addresses to begin with while those of [`Self::target`] are asked for.
    pub ipv4_hint: Vec<Ipv4Addr>,
    /// The same.
    pub ipv6_hint: Vec<Ipv6Addr>,
    /// `ECHConfigList`, not looked into.
    pub ech: Option<Bytes>,
    /// All that it says must be understood is (RFC 9460 8). One where it is not is not used.
    pub is_compatible: bool,
}

impl Service {
    /// Reads a record's data. Every rule of RFC 9460 2.2 counts: keys ascend and are there once, values are of their form.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DnsError> {
        let mut service = Self::without_parameters(reader.short()?, Name::read_whole(reader)?);
        let mut keys: Vec<u16> = Vec::new();
        let mut mandatory = Vec::new();
        while !reader.is_over() {
            let key = reader.short()?;
            if keys.last().is_some_and(|last| *last >= key) {
                return Err(DnsError::Malformed);
            }
            keys.push(key);
            let length = reader.short()?;
            let mut value = reader.part(length.into())?;
            match ServiceKey::of(key) {
                Some(ServiceKey::Mandatory) => mandatory = read_mandatory(&mut value)?,
                Some(key) => service.take(key, &mut value)?,
                None => {}
            }
        }
        // In AliasMode parameters say nothing (RFC 9460 2.4.2).
        if service.priority == 0 {
            return Ok(Self::without_parameters(service.priority, service.target));
        }
        let there = |key: &u16| keys.binary_search(key).is_ok();
        if !mandatory.iter().all(there) || (service.no_default_alpn && service.alpn.is_empty()) {
            return Err(DnsError::Malformed);
        }
        service.is_compatible = mandatory.iter().all(|key| ServiceKey::of(*key).is_some());
        Ok(service)
    }

    fn without_parameters(priority: u16, target: Name) -> Self {
        Self {
            priority,
            target,
            alpn: Vec::new(),
            no_default_alpn: false,
            port: None,
            ipv4_hint: Vec::new(),
            ipv6_hint: Vec::new(),
            ech: None,
            is_compatible: true,
        }
    }

    fn take(&mut self, key: ServiceKey, value: &mut Reader<'_>) -> Result<(), DnsError> {
        match key {
            ServiceKey::Mandatory => {}
            ServiceKey::Alpn => self.alpn = read_protocols(value)?,
            ServiceKey::NoDefaultAlpn => self.no_default_alpn = true,
            ServiceKey::Port => self.port = Some(value.short()?),
            ServiceKey::Ipv4Hint => self.ipv4_hint = read_hints(value, Ipv4Addr::from)?,
            ServiceKey::Ipv6Hint => self.ipv6_hint = read_hints(value, Ipv6Addr::from)?,
            ServiceKey::Ech => self.ech = Some(Bytes::copy_from_slice(value.rest()?)).filter(|list| !list.is_empty()),
        }
        if value.is_over() { Ok(()) } else { Err(DnsError::Malformed) }
    }

    /// Whether it can be used for a protocol (RFC 9460 7.1.2).
    #[must_use]
    pub fn serves(&self, protocol: &[u8]) -> bool {
        self.alpn.iter().any(|one| one == protocol) || (protocol == b"http/1.1" && !self.no_default_alpn)
    }
}

/// Keys that must be known: ascending, at least one, not itself (RFC 9460 8).
fn read_mandatory(value: &mut Reader<'_>) -> Result<Vec<u16>, DnsError> {
    let mut keys = Vec::new();
    while !value.is_over() {
        let key = value.short()?;
        if key <= keys.last().copied().unwrap_or(0) {
            return Err(DnsError::Malformed);
        }
        keys.push(key);
    }
    if keys.is_empty() { Err(DnsError::Malformed) } else { Ok(keys) }
}

fn read_protocols(value: &mut Reader<'_>) -> Result<Vec<Bytes>, DnsError> {
    let mut protocols = Vec::new();
    while !value.is_over() {
        let length = value.byte()?;
        let name = value.bytes(length.into())?;
        if name.is_empty() {
            return Err(DnsError::Malformed);
        }
        if protocols.len() < limits::PROTOCOLS_MAX {
            protocols.push(Bytes::copy_from_slice(name));
        }
    }
    if protocols.is_empty() { Err(DnsError::Malformed) } else { Ok(protocols) }
}

fn read_hints<const COUNT: usize, Address>(
    value: &mut Reader<'_>,
    of: impl Fn([u8; COUNT]) -> Address,
) -> Result<Vec<Address>, DnsError> {
    let mut addresses = Vec::new();
    while !value.is_over() {
        let address = of(value.array()?);
        if addresses.len() < limits::ADDRESSES_MAX {
            addresses.push(address);
        }
    }
    if addresses.is_empty() { Err(DnsError::Malformed) } else { Ok(addresses) }
}
