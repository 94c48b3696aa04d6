//! The encoder's dynamic table, searchable by name and by field.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

use super::ENTRY_OVERHEAD;

/// One field, name and value in one allocation.
struct Entry {
    text: Box<[u8]>,
    name_len: usize,
    name_hash: u64,
    field_hash: u64,
}

impl Entry {
    fn is_name(&self, name: &[u8]) -> bool {
        self.text.get(..self.name_len) == Some(name)
    }

    fn is_value(&self, value: &[u8]) -> bool {
        self.text.get(self.name_len..) == Some(value)
    }

    fn size(&self) -> usize {
        self.text.len() + ENTRY_OVERHEAD
    }
}

/// Hashes of one field, computed once for all look-ups and the insertion.
#[derive(Clone, Copy)]
pub(super) struct FieldHash {
    name: u64,
    field: u64,
}

impl FieldHash {
    pub(super) fn new(name: &[u8], value: &[u8]) -> Self {
        let name = mix(name, 0x9e37_79b9_7f4a_7c15);
        Self { name, field: mix(value, name) }
    }
}

/// A plain multiplicative hash: keys are our own requests, not the peer's.
fn mix(text: &[u8], seed: u64) -> u64 {
    const FACTOR: u64 = 0xff51_afd7_ed55_8ccd;
    let mut hash = seed ^ (text.len() as u64);
    let (words, tail) = text.as_chunks::<8>();
    for word in words {
        hash = (hash ^ u64::from_le_bytes(*word)).wrapping_mul(FACTOR);
        hash ^= hash >> 32;
    }
    // The last eight bytes again, rather than those that are left one by one.
    let last = text.last_chunk::<8>().map(|word| u64::from_le_bytes(*word));
    let last = last.unwrap_or_else(|| tail.iter().fold(0u64, |word, &byte| (word << 8) | u64::from(byte)));
    hash = (hash ^ last).wrapping_mul(FACTOR);
    hash ^ (hash >> 29)
}

/// The map's keys are hashes already.
#[derive(Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 << 8) | u64::from(byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Entries are numbered from 0 in order of insertion; HPACK's index is derived from that.
pub(super) struct EncoderTable {
    /// Newest at the back.
    entries: VecDeque<Entry>,
    /// Field hash to the number of the newest entry with it.
    by_field: HashMap<u64, u64, BuildHasherDefault<Identity>>,
    inserted: u64,
    collisions: u64,
    size: usize,
    max_size: usize,
}

impl EncoderTable {
    pub(super) fn new(max_size: usize) -> Self {
        Self { entries: VecDeque::new(), by_field: HashMap::default(), inserted: 0, collisions: 0, size: 0, max_size }
    }

    pub(super) fn max_size(&self) -> usize {
        self.max_size
    }

    pub(super) fn set_max_size(&mut self, max_size: usize) {
        self.max_size = max_size;
        self.evict_to(max_size);
    }

    /// Number of the entry with this name and value.
    pub(super) fn find_field(&self, hash: FieldHash, name: &[u8], value: &[u8]) -> Option<u64> {
        let number = *self.by_field.get(&hash.field)?;
        let entry = self.entries.get(self.entries.len().checked_sub(self.distance(number)? + 1)?)?;
        (entry.is_name(name) && entry.is_value(value)).then_some(number)
    }

    /// Distance from the newest entry (0) of one that is still there.
    pub(super) fn distance(&self, number: u64) -> Option<usize> {
        let distance = usize::try_from(self.inserted.checked_sub(number + 1)?).ok()?;
        (distance < self.entries.len()).then_some(distance)
    }

    /// How many entries hide an older one with the same hash from `find_field`.
    pub(super) fn collisions(&self) -> u64 {
        self.collisions
    }

    /// Distance of the newest entry with this name.
    pub(super) fn newest_name(&self, hash: FieldHash, name: &[u8]) -> Option<usize> {
        self.entries.iter().rev().position(|entry| entry.name_hash == hash.name && entry.is_name(name))
    }

    /// Distance of the oldest entry with this name.
    pub(super) fn oldest_name(&self, hash: FieldHash, name: &[u8]) -> Option<usize> {
        let position = self.entries.iter().position(|entry| entry.name_hash == hash.name && entry.is_name(name))?;
        Some(self.entries.len() - 1 - position)
    }

    /// Adds a field and says its number; one that is larger than the whole table empties it (RFC 7541 4.4).
    pub(super) fn insert(&mut self, hash: FieldHash, name: &[u8], value: &[u8]) -> Option<u64> {
        let size = name.len() + value.len() + ENTRY_OVERHEAD;
        self.evict_to(self.max_size.saturating_sub(size));
        if size > self.max_size {
            return None;
        }
        let mut text = Vec::with_capacity(name.len() + value.len());
        text.extend_from_slice(name);
        text.extend_from_slice(value);
        self.entries.push_back(Entry {
            text: text.into_boxed_slice(),
            name_len: name.len(),
            name_hash: hash.name,
            field_hash: hash.field,
        });
        if self.by_field.insert(hash.field, self.inserted).is_some() {
            self.collisions += 1;
        }
        self.inserted += 1;
        self.size += size;
        Some(self.inserted - 1)
    }

    fn evict_to(&mut self, target: usize) {
        while self.size > target {
            let oldest = self.inserted - self.entries.len() as u64;
            let Some(entry) = self.entries.pop_front() else {
                return;
            };
            self.size -= entry.size();
            if self.by_field.get(&entry.field_hash) == Some(&oldest) {
                self.by_field.remove(&entry.field_hash);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{EncoderTable, FieldHash};

    fn insert(table: &mut EncoderTable, name: &[u8], value: &[u8]) {
        table.insert(FieldHash::new(name, value), name, value);
    }

    fn find(table: &EncoderTable, name: &[u8], value: &[u8]) -> Option<usize> {
        table.find_field(FieldHash::new(name, value), name, value).and_then(|number| table.distance(number))
    }

    #[test]
    fn entries_are_found_by_distance_and_leave_in_order() {
        let mut table = EncoderTable::new(3 * 34);
        for value in [b"1", b"2", b"3"] {
            insert(&mut table, b"a", value);
        }
        assert_eq!(find(&table, b"a", b"1"), Some(2));
        insert(&mut table, b"a", b"4");
        assert_eq!(find(&table, b"a", b"1"), None);
        assert_eq!(find(&table, b"a", b"2"), Some(2));
        assert_eq!(table.newest_name(FieldHash::new(b"a", b""), b"a"), Some(0));
        assert_eq!(table.oldest_name(FieldHash::new(b"a", b""), b"a"), Some(2));
        assert_eq!(table.oldest_name(FieldHash::new(b"b", b""), b"b"), None);
    }

    #[test]
    fn fields_of_one_hash_are_told_apart_and_counted() {
        let mut table = EncoderTable::new(3 * 34);
        let hash = FieldHash::new(b"a", b"1");
        assert_eq!(table.insert(hash, b"a", b"1"), Some(0));
        assert_eq!((table.find_field(hash, b"a", b"1"), table.collisions()), (Some(0), 0));
        assert_eq!(table.insert(hash, b"b", b"2"), Some(1));
        assert_eq!((table.find_field(hash, b"a", b"1"), table.distance(0)), (None, Some(1)), "hidden, and still there");
        assert_eq!((table.find_field(hash, b"b", b"2"), table.collisions()), (Some(1), 1));
        assert_eq!((table.distance(2), table.distance(u64::MAX - 1)), (None, None));
    }

    #[test]
    fn an_entry_above_the_table_size_empties_it() {
        let mut table = EncoderTable::new(64);
        insert(&mut table, b"a", b"1");
        insert(&mut table, b"b", &[b'x'; 64]);
        assert_eq!(find(&table, b"a", b"1"), None);
        assert_eq!(table.size, 0);
    }
}
