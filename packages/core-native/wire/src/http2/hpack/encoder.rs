//! The HPACK encoder. RFC 7541 leaves representation, name index and Huffman use to the sender; here policy decides.

use std::ops::Range;

use super::encoder_table::{EncoderTable, FieldHash};
use super::static_table::{STATIC_LEN, full_match, name_range};
use super::{DEFAULT_TABLE_SIZE, ENTRY_OVERHEAD, huffman, integer};
use crate::http2::policy::{CookieRule, HpackPolicy, HuffmanRule, NameIndex, Representation, SizeUpdate};

/// First bits and prefix length of the representations (RFC 7541 section 6).
#[derive(Clone, Copy)]
struct Form {
    pattern: u8,
    prefix_bits: u8,
}

const INDEXED: Form = Form { pattern: 0x80, prefix_bits: 7 };
const INCREMENTAL: Form = Form { pattern: 0x40, prefix_bits: 6 };
const WITHOUT_INDEXING: Form = Form { pattern: 0x00, prefix_bits: 4 };
const NEVER_INDEXED: Form = Form { pattern: 0x10, prefix_bits: 4 };
const SIZE_UPDATE: Form = Form { pattern: 0x20, prefix_bits: 5 };

/// Compresses the header blocks of one connection, in the order in which they are written.
pub struct Encoder {
    policy: HpackPolicy,
    table: EncoderTable,
    pending_update: Option<PendingUpdate>,
}

/// Where a table has a field, as an encoding of it left it. A field that is never found or put there has no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http2) enum Place {
    /// Nowhere: encoding it again is work.
    Nowhere,
    /// Index of the static table.
    Static(usize),
    /// Number of the entry of the dynamic table, which leaves it some time.
    Dynamic(u64),
}

/// A table size change that the next block announces.
#[derive(Clone, Copy)]
struct PendingUpdate {
    /// Smallest size since the last block (RFC 7541 4.2), if it must be announced.
    lowest: Option<usize>,
}

impl Encoder {
    /// An encoder with an empty table of the default size, 4096 bytes or the policy's maximum.
    #[must_use]
    pub fn new(policy: HpackPolicy) -> Self {
        let size = usize_of(DEFAULT_TABLE_SIZE.min(policy.max_table_size));
        Self { policy, table: EncoderTable::new(size), pending_update: None }
    }

    /// Applies the peer's SETTINGS_HEADER_TABLE_SIZE; the next block announces it as the policy says.
    pub fn set_peer_table_size(&mut self, setting: u32) {
        let size = usize_of(setting.min(self.policy.max_table_size));
        let before = self.table.max_size();
        if size == before && self.policy.size_update == SizeUpdate::OnChange {
            return;
        }
        let earlier = self.pending_update.and_then(|update| update.lowest);
        let lowest = match self.policy.size_update {
            SizeUpdate::OnChange if size >= before => earlier,
            SizeUpdate::OnChange | SizeUpdate::OnSetting => Some(earlier.map_or(size, |earlier| earlier.min(size))),
        };
        self.pending_update = Some(PendingUpdate { lowest });
        self.table.set_max_size(size);
    }

    /// Starts a header block: writes the dynamic table size updates that are due.
    pub fn begin_block(&mut self, out: &mut Vec<u8>) {
        let Some(update) = self.pending_update.take() else {
            return;
        };
        let size = self.table.max_size();
        if let Some(lowest) = update.lowest.filter(|&lowest| lowest < size) {
            integer::encode(SIZE_UPDATE.pattern, SIZE_UPDATE.prefix_bits, lowest, out);
        }
        integer::encode(SIZE_UPDATE.pattern, SIZE_UPDATE.prefix_bits, size, out);
    }

    /// Writes one field of a request; a `cookie` is crumbled by policy. The name must be lower case.
    pub fn encode(&mut self, name: &[u8], value: &[u8], out: &mut Vec<u8>) {
        if self.crumbles(name) {
            for crumb in crumbs(value) {
                self.encode_field(name, value.get(crumb).unwrap_or_default(), out);
            }
        } else {
            self.encode_field(name, value, out);
        }
    }

    /// Whether a field of this name is sent in `crumbs`.
    pub(in crate::http2) fn crumbles(&self, name: &[u8]) -> bool {
        name == b"cookie" && self.policy.cookie == CookieRule::Crumbs
    }

    /// Writes a field that has this place since it was encoded last; says no if the table has it no more, or has none.
    ///
    /// What it writes is what `encode_field` would: a static entry is found before a dynamic one, no entry is put in while
    /// there is an equal one, and which representation a field has depends on nothing but the field.
    pub(in crate::http2) fn repeat(&self, place: Place, out: &mut Vec<u8>) -> bool {
        let index = match place {
            Place::Nowhere => None,
            Place::Static(index) => Some(index),
            Place::Dynamic(number) => self.table.distance(number).map(dynamic_index),
        };
        if let Some(index) = index {
            integer::encode(INDEXED.pattern, INDEXED.prefix_bits, index, out);
        }
        index.is_some()
    }

    /// Changes when places that were given out must not be used any more.
    pub(in crate::http2) fn collisions(&self) -> u64 {
        self.table.collisions()
    }

    /// As `encode`, without crumbs.
    pub(in crate::http2) fn encode_field(&mut self, name: &[u8], value: &[u8], out: &mut Vec<u8>) -> Place {
        let hash = FieldHash::new(name, value);
        let range = name_range(name);
        let place = range
            .and_then(|range| full_match(range, value))
            .map(Place::Static)
            .or_else(|| self.table.find_field(hash, name, value).map(Place::Dynamic))
            .unwrap_or(Place::Nowhere);
        let found = match place {
            Place::Nowhere => None,
            Place::Static(index) => Some(index),
            Place::Dynamic(number) => self.table.distance(number).map(dynamic_index),
        };
        let representation = self.representation(name, value);
        match (representation, found) {
            (Representation::Incremental | Representation::IndexedOrLiteral, Some(index)) => {
                integer::encode(INDEXED.pattern, INDEXED.prefix_bits, index, out);
                place
            }
            (Representation::Incremental, None) => {
                let index = self.name_index(hash, range, name);
                if self.may_insert(name, value) {
                    self.literal(INCREMENTAL, index, name, value, out);
                    self.table.insert(hash, name, value).map_or(Place::Nowhere, Place::Dynamic)
                } else {
                    self.literal(WITHOUT_INDEXING, index, name, value, out);
                    Place::Nowhere
                }
            }
            (Representation::IndexedOrLiteral | Representation::Literal, found) => {
                let index = found.or_else(|| self.name_index(hash, range, name));
                self.literal(WITHOUT_INDEXING, index, name, value, out);
                Place::Nowhere
            }
            (Representation::NeverIndexed, found) => {
                let index = found.or_else(|| self.name_index(hash, range, name));
                self.literal(NEVER_INDEXED, index, name, value, out);
                Place::Nowhere
            }
        }
    }

    fn representation(&self, name: &[u8], value: &[u8]) -> Representation {
        self.policy
            .rules
            .iter()
            .find(|rule| {
                rule.name.as_bytes() == name && rule.shorter_than.is_none_or(|limit| value.len() < usize_of(limit))
            })
            .map_or(Representation::Incremental, |rule| rule.representation)
    }

    /// Firefox does not index what would fill half of the table, nor anything into a tiny table.
    fn may_insert(&self, name: &[u8], value: &[u8]) -> bool {
        let table = self.table.max_size();
        let size = name.len() + value.len() + ENTRY_OVERHEAD;
        let fits = self.policy.max_entry_divisor.is_none_or(|divisor| size <= table / usize_of(divisor.max(1)));
        fits && table >= usize_of(self.policy.min_table_size)
    }

    fn name_index(&self, hash: FieldHash, range: Option<(usize, usize)>, name: &[u8]) -> Option<usize> {
        match self.policy.name_index {
            NameIndex::Lowest => {
                range.map(|(first, _)| first).or_else(|| self.table.newest_name(hash, name).map(dynamic_index))
            }
            NameIndex::Highest => {
                self.table.oldest_name(hash, name).map(dynamic_index).or_else(|| range.map(|(_, last)| last))
            }
        }
    }

    fn literal(&self, form: Form, name_index: Option<usize>, name: &[u8], value: &[u8], out: &mut Vec<u8>) {
        integer::encode(form.pattern, form.prefix_bits, name_index.unwrap_or(0), out);
        if name_index.is_none() {
            self.string(name, out);
        }
        self.string(value, out);
    }

    fn string(&self, text: &[u8], out: &mut Vec<u8>) {
        let coded = huffman::encoded_len(text);
        let use_huffman = match self.policy.huffman {
            HuffmanRule::Shorter => coded < text.len(),
            HuffmanRule::Always => true,
            HuffmanRule::Never => false,
        };
        if use_huffman {
            integer::encode(0x80, 7, coded, out);
            huffman::encode(text, out);
        } else {
            integer::encode(0, 7, text.len(), out);
            out.extend_from_slice(text);
        }
    }
}

fn dynamic_index(distance: usize) -> usize {
    STATIC_LEN + 1 + distance
}

/// `u32` to `usize`; lossless on every target that can hold a connection.
fn usize_of(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

/// Where the pairs of a cookie string are: split at `;`, one following space dropped (RFC 9113 8.2.3).
pub(in crate::http2) fn crumbs(value: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    value.split(|&byte| byte == b';').map(move |crumb| {
        let skipped = usize::from(start > 0 && crumb.first() == Some(&b' '));
        let range = start + skipped..start + crumb.len();
        start = range.end + 1;
        range
    })
}
