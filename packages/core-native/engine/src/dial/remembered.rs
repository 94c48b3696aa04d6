//! What has been said of names, for as long as it may be believed.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::limits;

/// Whose knowledge of names it is: empty for nobody's in particular.
pub(in crate::dial) type Knower = Rc<[u8]>;

/// A bounded table. When it is full of what still counts, any of it makes room: whoever has many names can fill it for a day.
pub(in crate::dial) struct Remembered<Name, Said>(HashMap<Name, (Instant, Said)>);

impl<Name, Said> Default for Remembered<Name, Said> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<Name: Eq + Hash + Clone, Said> Remembered<Name, Said> {
    pub(in crate::dial) fn get<Key: Eq + Hash + ?Sized>(&self, name: &Key, now: Instant) -> Option<&Said>
    where
        Name: Borrow<Key>,
    {
        self.0.get(name).filter(|(until, _)| *until > now).map(|(_, said)| said)
    }

    pub(in crate::dial) fn keep(&mut self, name: Name, said: Said, time: Duration, now: Instant) {
        if self.0.len() >= limits::DNS_CACHE_ENTRIES {
            self.0.retain(|_, (until, _)| *until > now);
            let any = self.0.keys().next().filter(|_| self.0.len() >= limits::DNS_CACHE_ENTRIES).cloned();
            any.map(|any| self.0.remove(&any));
        }
        self.0.insert(name, (now + time, said));
    }

    pub(in crate::dial) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_fills_the_table_keeps_nobody_else_out_of_it() {
        let (mut table, now) = (Remembered::default(), Instant::now());
        for name in 0..=limits::DNS_CACHE_ENTRIES {
            table.keep(name, name, Duration::from_secs(86_400), now);
        }
        assert_eq!(table.0.len(), limits::DNS_CACHE_ENTRIES);
        assert_eq!(table.get(&limits::DNS_CACHE_ENTRIES, now), Some(&limits::DNS_CACHE_ENTRIES));
    }
}
