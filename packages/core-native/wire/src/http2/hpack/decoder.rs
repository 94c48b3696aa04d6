//! The HPACK decoder. Every length is checked against the input or a limit before anything is allocated.

use std::fmt;

use bytes::Bytes;

use super::decoder_table::DecoderTable;
use super::static_table::{ENTRIES, STATIC_LEN};
use super::{DEFAULT_TABLE_SIZE, ENTRY_OVERHEAD, huffman, integer};

/// Dynamic table size updates at the start of one block: the lowest and the final size (RFC 7541 4.2).
const MAX_SIZE_UPDATES: u8 = 2;

/// Why a block cannot be decoded. The shared state is lost then: a COMPRESSION_ERROR of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HpackError {
    /// The block ends inside a field.
    Truncated,
    /// An integer is above 32 bits or padded with zeros.
    IntegerOverflow,
    /// No table has this index.
    Index,
    /// EOS or wrong padding inside a Huffman string.
    Huffman,
    /// A table size update above our setting, after a field, or repeated.
    SizeUpdate,
}

impl fmt::Display for HpackError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.reason())
    }
}

impl HpackError {
    /// What the peer did.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Truncated => "a header block ends inside a field",
            Self::IntegerOverflow => "a header block has an integer out of range",
            Self::Index => "a header block names an index that no table has",
            Self::Huffman => "a header block has an invalid Huffman string",
            Self::SizeUpdate => "a header block has an invalid table size update",
        }
    }
}

impl std::error::Error for HpackError {}

/// The fields of one block.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct HeaderList {
    /// Names and values in order. Incomplete if `oversized`.
    pub fields: Vec<(Bytes, Bytes)>,
    /// The list is larger than the limit: it was decoded to keep the table in step, but not kept.
    pub oversized: bool,
    /// Its size in the counting of RFC 7541 4.1, also of what was not kept.
    pub size: usize,
}

impl HeaderList {
    fn push(&mut self, name: Bytes, value: Bytes, limit: usize) {
        self.size = self.size.saturating_add(name.len() + value.len() + ENTRY_OVERHEAD);
        if self.size > limit {
            self.oversized = true;
            self.fields = Vec::new();
        } else {
            self.fields.push((name, value));
        }
    }
}

/// Decodes the header blocks of one connection.
pub struct Decoder {
    table: DecoderTable,
    max_table_size: usize,
    max_list_size: usize,
    scratch: Vec<u8>,
}

impl Decoder {
    /// `announced_table_size` is our SETTINGS_HEADER_TABLE_SIZE; until the peer knows it, 4096 bytes are in force, so
    /// that less is not enforced.
    #[must_use]
    pub fn new(announced_table_size: u32, max_list_size: usize) -> Self {
        let default = usize::try_from(DEFAULT_TABLE_SIZE).unwrap_or_default();
        let announced = usize::try_from(announced_table_size).unwrap_or(default);
        Self {
            table: DecoderTable::new(default),
            max_table_size: announced.max(default),
            max_list_size,
            scratch: Vec::new(),
        }
    }

    /// Decodes one complete block.
    ///
    /// # Errors
    /// See [`HpackError`]; the decoder must not be used afterwards.
    pub fn decode(&mut self, mut block: &[u8]) -> Result<HeaderList, HpackError> {
        let mut list = HeaderList::default();
        let mut updates = 0u8;
        let mut fields_seen = false;
        while let Some((&first, rest)) = block.split_first() {
            block = rest;
            if first & 0xe0 == 0x20 {
                updates += 1;
                if fields_seen || updates > MAX_SIZE_UPDATES {
                    return Err(HpackError::SizeUpdate);
                }
                self.resize(integer::decode(first, 5, &mut block)?)?;
                continue;
            }
            fields_seen = true;
            let (name, value) = self.field(first, &mut block)?;
            list.push(name, value, self.max_list_size);
        }
        Ok(list)
    }

    fn resize(&mut self, size: usize) -> Result<(), HpackError> {
        if size > self.max_table_size {
            return Err(HpackError::SizeUpdate);
        }
        self.table.set_max_size(size);
        Ok(())
    }

    fn field(&mut self, first: u8, block: &mut &[u8]) -> Result<(Bytes, Bytes), HpackError> {
        if first & 0x80 != 0 {
            return self.entry(integer::decode(first, 7, block)?);
        }
        let incremental = first & 0x40 != 0;
        let prefix_bits = if incremental { 6 } else { 4 };
        let index = integer::decode(first, prefix_bits, block)?;
        let name = if index == 0 { self.string(block)? } else { self.entry(index)?.0 };
        let value = self.string(block)?;
        if incremental {
            self.table.insert(name.clone(), value.clone());
        }
        Ok((name, value))
    }

    fn entry(&self, index: usize) -> Result<(Bytes, Bytes), HpackError> {
        if let Some(position) = index.checked_sub(STATIC_LEN + 1) {
            return self.table.get(position).cloned().ok_or(HpackError::Index);
        }
        let position = index.checked_sub(1).ok_or(HpackError::Index)?;
        let (name, value) = ENTRIES.get(position).ok_or(HpackError::Index)?;
        Ok((Bytes::from_static(name.as_bytes()), Bytes::from_static(value.as_bytes())))
    }

    fn string(&mut self, block: &mut &[u8]) -> Result<Bytes, HpackError> {
        let (&first, rest) = block.split_first().ok_or(HpackError::Truncated)?;
        *block = rest;
        let length = integer::decode(first, 7, block)?;
        let (text, rest) = block.split_at_checked(length).ok_or(HpackError::Truncated)?;
        *block = rest;
        if first & 0x80 == 0 {
            return Ok(Bytes::copy_from_slice(text));
        }
        self.scratch.clear();
        huffman::decode(text, &mut self.scratch)?;
        Ok(Bytes::copy_from_slice(&self.scratch))
    }
}

#[cfg(test)]
mod tests {
    use super::{Decoder, HpackError};

    fn decoder() -> Decoder {
        Decoder::new(4096, 16_384)
    }

    #[test]
    fn the_rfc_example_is_decoded() {
        // RFC 7541 C.4.1
        let block =
            [0x82, 0x86, 0x84, 0x41, 0x8c, 0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff];
        let list = decoder().decode(&block).unwrap_or_default();
        let names: Vec<&[u8]> = list.fields.iter().map(|field| field.0.as_ref()).collect();
        assert_eq!(names, [b":method".as_slice(), b":scheme", b":path", b":authority"]);
        assert_eq!(list.fields.last().map(|field| field.1.as_ref()), Some(b"www.example.com".as_slice()));
    }

    #[test]
    fn h01_table_size_thrash_is_refused() {
        assert_eq!(decoder().decode(&[0x20, 0x3f, 0xe1, 0x1f, 0x20]), Err(HpackError::SizeUpdate));
        assert_eq!(decoder().decode(&[0x82, 0x20]), Err(HpackError::SizeUpdate));
        // 4097 is above what was announced.
        assert_eq!(decoder().decode(&[0x3f, 0xe2, 0x1f]), Err(HpackError::SizeUpdate));
        assert!(decoder().decode(&[0x20, 0x3f, 0xe1, 0x1f, 0x82]).is_ok());
    }

    #[test]
    fn bad_indexes_and_cut_strings_are_refused() {
        assert_eq!(decoder().decode(&[0x80]), Err(HpackError::Index));
        assert_eq!(decoder().decode(&[0xbe]), Err(HpackError::Index));
        assert_eq!(decoder().decode(&[0x40, 0x05, b'a']), Err(HpackError::Truncated));
        assert_eq!(decoder().decode(&[0x40, 0x7f, 0xff, 0xff, 0xff, 0xff, 0x0f]), Err(HpackError::IntegerOverflow));
    }

    #[test]
    fn h01_an_oversized_list_keeps_the_table_in_step() {
        let mut decoder = Decoder::new(4096, 100);
        let mut block = vec![0x40, 1, b'a', 1, b'b'];
        block.extend([0xbe; 1_000]);
        let list = decoder.decode(&block).unwrap_or_default();
        assert!(list.oversized && list.fields.is_empty());
        assert_eq!(decoder.decode(&[0xbe]).map(|list| list.fields.len()), Ok(1));
    }
}
