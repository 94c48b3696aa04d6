//! Names: labels, compression, one spelling.

use std::fmt;

use super::error::DnsError;
use super::limits;
use super::reader::Reader;

/// A name in the form of the wire, without compression and in lower case, so that equal names are equal bytes.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Name(Box<[u8]>);

impl Name {
    /// Of a host as URLs spell it: ASCII, labels with dots between them, a dot at the end or none. `None` for what no name
    /// server can be asked: empty labels, too long ones, bytes that URLs do not have in a host.
    #[must_use]
    pub fn of_host(host: &str) -> Option<Self> {
        let host = host.strip_suffix('.').unwrap_or(host);
        let mut wire = Vec::with_capacity(host.len() + 2);
        for label in host.split('.') {
            let length =
                u8::try_from(label.len()).ok().filter(|length| (1..=limits::LABEL_MAX).contains(&(*length).into()))?;
            if !label.bytes().all(|byte| byte.is_ascii_graphic()) {
                return None;
            }
            wire.push(length);
            wire.extend(label.bytes().map(|byte| byte.to_ascii_lowercase()));
        }
        wire.push(0);
        (wire.len() <= limits::NAME_MAX).then(|| Self(wire.into()))
    }

    /// With labels in front, as `_8443._https` stands in front of a host (RFC 9460 9.1).
    #[must_use]
    pub fn below(&self, labels: &str) -> Option<Self> {
        let front = Self::of_host(labels)?;
        let front = front.0.get(..front.0.len() - 1)?;
        (front.len() + self.0.len() <= limits::NAME_MAX).then(|| Self([front, &self.0].concat().into()))
    }

    /// The name that is there, behind which the reader stands then.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DnsError> {
        Self::read_from(reader, true)
    }

    /// The same where pointers are no names (RFC 9460 2.2).
    pub(super) fn read_whole(reader: &mut Reader<'_>) -> Result<Self, DnsError> {
        Self::read_from(reader, false)
    }

    fn read_from(reader: &mut Reader<'_>, compressed: bool) -> Result<Self, DnsError> {
        let mut wire = Vec::new();
        let mut elsewhere: Option<Reader<'_>> = None;
        let mut pointers = 0;
        loop {
            let reader = elsewhere.as_mut().unwrap_or(reader);
            let start = reader.at;
            let length = reader.byte()?;
            match length {
                0 => {
                    wire.push(0);
                    return Ok(Self(wire.into()));
                }
                1..=0x3f => {
                    let label = reader.bytes(length.into())?;
                    wire.push(length);
                    wire.extend(label.iter().map(u8::to_ascii_lowercase));
                    // The end is still to come.
                    if wire.len() >= limits::NAME_MAX {
                        return Err(DnsError::Malformed);
                    }
                }
                0xc0.. if compressed => {
                    let to = usize::from(u16::from_be_bytes([length & 0x3f, reader.byte()?]));
                    pointers += 1;
                    // Only to what came before (RFC 1035 4.1.4), so none leads in a circle.
                    if to >= start || pointers > limits::POINTERS_MAX {
                        return Err(DnsError::Malformed);
                    }
                    let mut target = Reader::new(reader.message);
                    target.at = to;
                    elsewhere = Some(target);
                }
                _ => return Err(DnsError::Malformed),
            }
        }
    }

    /// As on the wire, without compression.
    #[must_use]
    pub fn as_wire(&self) -> &[u8] {
        &self.0
    }

    /// `.`: in an HTTPS record the owner itself, or nobody (RFC 9460 2.5).
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.len() <= 1
    }

    /// As a host of a URL, without a dot at the end. `None` if a label has bytes that no host has.
    #[must_use]
    pub fn to_host(&self) -> Option<String> {
        let mut host = String::with_capacity(self.0.len());
        let mut rest = &*self.0;
        while let Some((length, behind)) = rest.split_first().filter(|(length, _)| **length > 0) {
            let (label, behind) = behind.split_at_checked(usize::from(*length))?;
            if !label.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'.') {
                return None;
            }
            if !host.is_empty() {
                host.push('.');
            }
            host.extend(label.iter().map(|byte| char::from(*byte)));
            rest = behind;
        }
        (!host.is_empty()).then_some(host)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Name({})", self.0.escape_ascii())
    }
}
