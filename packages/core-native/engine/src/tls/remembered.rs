//! A bounded memory whose keys are hashes of what its answers follow from.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use boring::sha::Sha256;

/// What an answer follows from.
pub(super) type Key = [u8; 32];

/// Makes a [`Key`]: fields are length-prefixed, so that no two lists of them give the same input.
#[derive(Default)]
pub(super) struct KeyMaker(Sha256);

impl KeyMaker {
    pub(super) fn field(&mut self, bytes: &[u8]) {
        self.0.update(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.0.update(bytes);
    }

    pub(super) fn finish(self) -> Key {
        self.0.finish()
    }
}

struct Kept<V> {
    values: HashMap<Key, V>,
    /// Oldest first.
    order: VecDeque<Key>,
}

/// Answers by key; the oldest goes when there are too many.
pub(super) struct Remembered<V> {
    most: usize,
    kept: Mutex<Kept<V>>,
}

impl<V: Clone> Remembered<V> {
    /// Keeps at most `most`.
    pub(super) fn new(most: usize) -> Self {
        Self { most, kept: Mutex::new(Kept { values: HashMap::new(), order: VecDeque::new() }) }
    }

    fn lock(&self) -> MutexGuard<'_, Kept<V>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn find(&self, key: &Key) -> Option<V> {
        self.lock().values.get(key).cloned()
    }

    pub(super) fn keep(&self, key: Key, value: V) {
        let mut kept = self.lock();
        if kept.values.insert(key, value).is_some() {
            return;
        }
        kept.order.push_back(key);
        if kept.order.len() > self.most
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.values.remove(&oldest);
        }
    }

    /// Entries, and places in their order.
    #[cfg(test)]
    pub(super) fn sizes(&self) -> (usize, usize) {
        let kept = self.lock();
        (kept.values.len(), kept.order.len())
    }
}

#[cfg(test)]
mod tests {
    use super::KeyMaker;

    #[test]
    fn fields_do_not_run_into_each_other() {
        let made = |fields: &[&[u8]]| {
            let mut maker = KeyMaker::default();
            fields.iter().for_each(|field| maker.field(field));
            maker.finish()
        };
        assert_ne!(made(&[b"ab", b"c"]), made(&[b"a", b"bc"]));
        assert_ne!(made(&[b"a"]), made(&[b"a", b""]));
    }
}
