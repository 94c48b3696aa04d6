//! Questions.

use super::limits;
use super::name::Name;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordType {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// HTTPS records (RFC 9460).
    Https,
}

impl RecordType {
    /// Its number (IANA).
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::A => 1,
            Self::Aaaa => 28,
            Self::Https => 65,
        }
    }
}

/// What an OPT record says (RFC 6891).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edns {
    /// Bytes of an answer over UDP that are taken.
    pub payload_size: u16,
    /// Options, as number and value, in order.
    pub options: Vec<(u16, Vec<u8>)>,
    /// Size that the query is padded to a multiple of (RFC 7830), behind the options: over https, where it hides the name's length.
    pub padding: Option<u16>,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The number that the answer has to repeat. Random over UDP, 0 over https (RFC 8484 4.1).
    pub id: u16,
    /// Whose records.
    pub name: Name,
    /// Which.
    pub kind: RecordType,
}

/// CLASS IN.
pub(super) const INTERNET: u16 = 1;
/// Recursion desired.
const WANTS_RECURSION: u16 = 0x0100;
/// Number of OPT.
const OPT: u16 = 41;
/// EDNS option Padding (RFC 7830).
const PADDING: u16 = 12;
/// Bytes of an option in front of its value.
const OPTION_HEAD: usize = 4;

impl Query {
    /// The message.
    #[must_use]
    pub fn encode(&self, edns: Option<&Edns>) -> Vec<u8> {
        let mut out = Vec::with_capacity(limits::PADDING_BLOCK.into());
        let additional = u16::from(edns.is_some());
        for number in [self.id, WANTS_RECURSION, 1, 0, 0, additional] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        self.question(&mut out);
        if let Some(edns) = edns {
            write_opt(edns, &mut out);
        }
        out
    }

    /// The question alone, as an answer repeats it.
    fn question(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.name.as_wire());
        out.extend_from_slice(&self.kind.number().to_be_bytes());
        out.extend_from_slice(&INTERNET.to_be_bytes());
    }
}

fn write_opt(edns: &Edns, out: &mut Vec<u8>) {
    out.push(0);
    out.extend_from_slice(&OPT.to_be_bytes());
    out.extend_from_slice(&edns.payload_size.to_be_bytes());
    // Extended RCODE, version and flags: none.
    out.extend_from_slice(&[0; 4]);
    let length_at = out.len();
    out.extend_from_slice(&[0; 2]);
    let option = |number: u16, value: &[u8], out: &mut Vec<u8>| {
        out.extend_from_slice(&number.to_be_bytes());
        out.extend_from_slice(&short(value.len()).to_be_bytes());
        out.extend_from_slice(value);
    };
    for (number, value) in &edns.options {
        option(*number, value, out);
    }
    if let Some(block) = edns.padding {
        let block = usize::from(block.max(1));
        let length = out.len() + OPTION_HEAD;
        option(PADDING, &vec![0; length.next_multiple_of(block) - length], out);
    }
    let length = short(out.len() - length_at - 2).to_be_bytes();
    if let Some(place) = out.get_mut(length_at..length_at + 2) {
        place.copy_from_slice(&length);
    }
}

/// Lengths here are sums of names and of our own constants.
fn short(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}
