//! Bytes of a message, one behind the other.

use super::error::DnsError;

/// Where one is in a message, or in a part of it that ends earlier.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    /// The whole message: pointers lead anywhere in front.
    pub(super) message: &'a [u8],
    pub(super) at: usize,
    end: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self { message, at: 0, end: message.len() }
    }

    pub(super) fn is_over(&self) -> bool {
        self.at >= self.end
    }

    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], DnsError> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.end).ok_or(DnsError::Malformed)?;
        let bytes = self.message.get(self.at..end).ok_or(DnsError::Malformed)?;
        self.at = end;
        Ok(bytes)
    }

    /// All that is left.
    pub(super) fn rest(&mut self) -> Result<&'a [u8], DnsError> {
        self.bytes(self.end.saturating_sub(self.at))
    }

    pub(super) fn array<const COUNT: usize>(&mut self) -> Result<[u8; COUNT], DnsError> {
        self.bytes(COUNT)?.try_into().map_err(|_| DnsError::Malformed)
    }

    pub(super) fn byte(&mut self) -> Result<u8, DnsError> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn short(&mut self) -> Result<u16, DnsError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn long(&mut self) -> Result<u32, DnsError> {
        self.array().map(u32::from_be_bytes)
    }

    /// The next `count` bytes as a part of their own, which is then behind.
    pub(super) fn part(&mut self, count: usize) -> Result<Self, DnsError> {
        let at = self.at;
        self.bytes(count)?;
        Ok(Self { message: self.message, at, end: self.at })
    }
}
