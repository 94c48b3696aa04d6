//! The header of a gzip member (RFC 1952 2.3), byte by byte.

const FIXED: [Option<u8>; 3] = [Some(0x1f), Some(0x8b), Some(8)];
const FIXED_LEN: u8 = 10;
const HAS_CHECKSUM: u8 = 2;
const HAS_EXTRA: u8 = 4;
const HAS_NAME: u8 = 8;
const HAS_COMMENT: u8 = 16;
const RESERVED: u8 = 0xe0;

/// Where in the header the reader stands.
#[derive(Debug, Clone, Copy)]
enum Part {
    Fixed(u8),
    ExtraLen(Option<u8>),
    Extra(u16),
    Name,
    Comment,
    Checksum(u8),
}

/// Reads one header; nothing in it says anything about the data.
#[derive(Debug, Clone, Copy)]
pub(super) struct GzipHeader {
    part: Part,
    flags: u8,
}

impl Default for GzipHeader {
    fn default() -> Self {
        Self { part: Part::Fixed(0), flags: 0 }
    }
}

impl GzipHeader {
    /// Takes a byte; `true` if it was the last. `Err`: this is no gzip member.
    pub(super) fn push(&mut self, byte: u8) -> Result<bool, ()> {
        match &mut self.part {
            Part::Fixed(at) => {
                if FIXED.get(usize::from(*at)).copied().flatten().is_some_and(|expected| expected != byte) {
                    return Err(());
                }
                if *at == 3 {
                    if byte & RESERVED != 0 {
                        return Err(());
                    }
                    self.flags = byte;
                }
                *at += 1;
                if *at < FIXED_LEN {
                    return Ok(false);
                }
                return Ok(self.enter(HAS_EXTRA));
            }
            Part::ExtraLen(low @ None) => *low = Some(byte),
            Part::ExtraLen(Some(low)) => {
                let length = u16::from_le_bytes([*low, byte]);
                if length == 0 {
                    return Ok(self.enter(HAS_NAME));
                }
                self.part = Part::Extra(length);
            }
            Part::Extra(left) => {
                *left -= 1;
                if *left == 0 {
                    return Ok(self.enter(HAS_NAME));
                }
            }
            Part::Name if byte == 0 => return Ok(self.enter(HAS_COMMENT)),
            Part::Comment if byte == 0 => return Ok(self.enter(HAS_CHECKSUM)),
            Part::Name | Part::Comment => {}
            Part::Checksum(left) => {
                *left -= 1;
                return Ok(*left == 0);
            }
        }
        Ok(false)
    }

    /// The first part from `flag` on that is there; `true` if there is none.
    fn enter(&mut self, flag: u8) -> bool {
        let parts = [
            (HAS_EXTRA, Part::ExtraLen(None)),
            (HAS_NAME, Part::Name),
            (HAS_COMMENT, Part::Comment),
            (HAS_CHECKSUM, Part::Checksum(2)),
        ];
        let from = parts.iter().position(|(each, _)| *each == flag).unwrap_or_default();
        let next = parts.iter().skip(from).find(|(each, _)| self.flags & each != 0);
        if let Some((_, part)) = next {
            self.part = *part;
        }
        next.is_none()
    }
}
