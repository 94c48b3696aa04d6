//! Certificates that peers have shown, for callers who look at them later, if at all.
//!
//! A connection names its chain by a number, so that no certificate crosses the seam unasked. Equal chains are one: the
//! connections of an origin share the memory and the number, and who has approved a chain has approved it on all of them.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use bytes::Bytes;

use crate::limits;

/// Names a chain in the process; never reused.
pub type ChainId = u64;

/// Stands for the certificates of a connection without TLS, which has none. Numbers begin with 1.
pub const NO_CHAIN: ChainId = 0;

/// What one peer has shown.
#[derive(Debug, PartialEq, Eq)]
pub struct CertificateChain {
    id: ChainId,
    certificates: Vec<Bytes>,
}

impl CertificateChain {
    /// Its number.
    pub fn id(&self) -> ChainId {
        self.id
    }

    /// In DER, the peer's own first; behind what it sent stand the trusted certificates that lead to a root.
    pub fn certificates(&self) -> &[Bytes] {
        &self.certificates
    }

    fn size(&self) -> usize {
        self.certificates.iter().map(Bytes::len).sum()
    }
}

/// The chain of an open connection, or one of those seen last; `None` once it is forgotten.
pub fn find(id: ChainId) -> Option<Arc<CertificateChain>> {
    let store = store().lock().unwrap_or_else(PoisonError::into_inner);
    store.by_id.get(&id)?.upgrade()
}

/// Keeps a chain as long as somebody holds it, and for a while after.
pub(crate) fn keep(certificates: Vec<Vec<u8>>) -> Arc<CertificateChain> {
    let mut store = store().lock().unwrap_or_else(PoisonError::into_inner);
    store.keep(certificates.into_iter().map(Bytes::from).collect())
}

fn store() -> &'static Mutex<Store> {
    static STORE: OnceLock<Mutex<Store>> = OnceLock::new();
    STORE.get_or_init(Mutex::default)
}

#[derive(Default)]
struct Store {
    hasher: RandomState,
    last_id: ChainId,
    by_id: HashMap<ChainId, Weak<CertificateChain>>,
    by_hash: HashMap<u64, Weak<CertificateChain>>,
    /// The chain seen last is the last to go.
    recent: VecDeque<Arc<CertificateChain>>,
    recent_bytes: usize,
    /// Entries of `by_id` at which dead ones are looked for.
    sweep_at: usize,
}

impl Store {
    fn keep(&mut self, certificates: Vec<Bytes>) -> Arc<CertificateChain> {
        let hash = self.hasher.hash_one(&certificates);
        let known = self.by_hash.get(&hash).and_then(Weak::upgrade).filter(|known| known.certificates == certificates);
        let chain = known.unwrap_or_else(|| self.add(hash, certificates));
        self.remember(&chain);
        chain
    }

    fn add(&mut self, hash: u64, certificates: Vec<Bytes>) -> Arc<CertificateChain> {
        self.last_id += 1;
        let chain = Arc::new(CertificateChain { id: self.last_id, certificates });
        if self.by_id.len() >= self.sweep_at {
            self.by_id.retain(|_, chain| chain.strong_count() > 0);
            self.by_hash.retain(|_, chain| chain.strong_count() > 0);
            self.sweep_at = (self.by_id.len() * 2).max(limits::RECENT_CHAINS * 2);
        }
        self.by_id.insert(chain.id, Arc::downgrade(&chain));
        self.by_hash.insert(hash, Arc::downgrade(&chain));
        chain
    }

    fn remember(&mut self, chain: &Arc<CertificateChain>) {
        if let Some(place) = self.recent.iter().rposition(|known| known.id == chain.id) {
            self.recent.remove(place);
        } else {
            self.recent_bytes += chain.size();
        }
        self.recent.push_back(Arc::clone(chain));
        while self.recent.len() > limits::RECENT_CHAINS || self.recent_bytes > limits::RECENT_CHAINS_SIZE {
            let Some(oldest) = self.recent.pop_front() else { return };
            self.recent_bytes -= oldest.size();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain_of(store: &mut Store, number: usize, size: usize) -> Arc<CertificateChain> {
        let mut certificate = number.to_be_bytes().to_vec();
        certificate.resize(size, 0);
        store.keep(vec![Bytes::from(certificate)])
    }

    #[test]
    fn equal_chains_are_one_and_others_have_numbers_of_their_own() {
        let mut store = Store::default();
        let first = chain_of(&mut store, 1, 100);
        assert_eq!(chain_of(&mut store, 1, 100).id(), first.id());
        assert_ne!(chain_of(&mut store, 2, 100).id(), first.id());
        let (one, other) = (Bytes::from_static(b"ab"), Bytes::from_static(b"a"));
        let apart = store.keep(vec![one, Bytes::from_static(b"c")]);
        assert_ne!(store.keep(vec![other, Bytes::from_static(b"bc")]).id(), apart.id());
    }

    #[test]
    fn what_nobody_holds_is_forgotten_and_what_somebody_holds_is_not() {
        let mut store = Store::default();
        let held = chain_of(&mut store, 0, 100);
        let dropped = chain_of(&mut store, 1, 100).id();
        for number in 2..20 * limits::RECENT_CHAINS {
            chain_of(&mut store, number, 100);
        }
        assert!(store.by_id.get(&held.id()).and_then(Weak::upgrade).is_some());
        assert!(store.by_id.get(&dropped).and_then(Weak::upgrade).is_none());
        assert_eq!(store.recent.len(), limits::RECENT_CHAINS);
        assert!(store.by_id.len() <= 4 * limits::RECENT_CHAINS && store.by_hash.len() <= 4 * limits::RECENT_CHAINS);
    }

    #[test]
    fn large_chains_are_bounded_by_their_size() {
        let mut store = Store::default();
        for number in 0..100 {
            chain_of(&mut store, number, 128 * 1024);
            chain_of(&mut store, number, 128 * 1024);
            assert!(store.recent_bytes <= limits::RECENT_CHAINS_SIZE);
            assert_eq!(store.recent_bytes, store.recent.iter().map(|chain| chain.size()).sum::<usize>());
        }
    }
}
