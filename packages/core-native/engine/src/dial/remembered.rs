//! What has been said of names, for as long as it may be believed.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

use crate::limits;

/// A bounded table; what comes when it is full of what still counts is not kept.
pub(in crate::dial) struct Remembered<Name, Said>(HashMap<Name, (Instant, Said)>);

impl<Name, Said> Default for Remembered<Name, Said> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<Name: Eq + Hash, Said> Remembered<Name, Said> {
    pub(in crate::dial) fn get<Key: Eq + Hash + ?Sized>(&self, name: &Key, now: Instant) -> Option<&Said>
    where
        Name: Borrow<Key>,
    {
        self.0.get(name).filter(|(until, _)| *until > now).map(|(_, said)| said)
    }

    pub(in crate::dial) fn keep(&mut self, name: Name, said: Said, time: Duration, now: Instant) {
        if self.0.len() >= limits::DNS_CACHE_ENTRIES {
            self.0.retain(|_, (until, _)| *until > now);
        }
        if self.0.len() < limits::DNS_CACHE_ENTRIES {
            self.0.insert(name, (now + time, said));
        }
    }

    pub(in crate::dial) fn clear(&mut self) {
        self.0.clear();
    }
}
