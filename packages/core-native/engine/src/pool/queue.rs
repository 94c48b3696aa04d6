//! Requests in a row, any of which can leave at any moment: thousands may wait and be given up one by one, so none of them
//! may cost a look at the others (FAULTS C11).

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Passenger, Seat};

/// The place of an exchange in a queue, kept by the exchange.
#[derive(Debug, Default)]
pub(super) struct Ticket(Cell<Option<(u64, i64)>>);

/// Which of its tickets an exchange uses in a queue. It is in one queue of each kind at most.
pub(super) type Kind = fn(&Seat) -> &Ticket;

/// Exchanges in order.
pub(super) struct Queue {
    /// Told from others by this: a ticket for another queue is none for this one.
    number: u64,
    kind: Kind,
    places: BTreeMap<i64, Rc<dyn Passenger>>,
}

static QUEUES: AtomicU64 = AtomicU64::new(0);

impl Queue {
    pub(super) fn new(kind: Kind) -> Self {
        Self { number: QUEUES.fetch_add(1, Ordering::Relaxed), kind, places: BTreeMap::new() }
    }

    pub(super) fn push_back(&mut self, exchange: &Rc<dyn Passenger>) {
        let last = self.places.last_key_value().map_or(0, |(place, _)| *place);
        self.put(last + 1, exchange);
    }

    pub(super) fn push_front(&mut self, exchange: &Rc<dyn Passenger>) {
        let first = self.places.first_key_value().map_or(0, |(place, _)| *place);
        self.put(first - 1, exchange);
    }

    fn put(&mut self, place: i64, exchange: &Rc<dyn Passenger>) {
        self.remove(&**exchange);
        (self.kind)(exchange.seat()).0.set(Some((self.number, place)));
        self.places.insert(place, Rc::clone(exchange));
    }

    pub(super) fn pop_front(&mut self) -> Option<Rc<dyn Passenger>> {
        let (_, exchange) = self.places.pop_first()?;
        (self.kind)(exchange.seat()).0.take();
        Some(exchange)
    }

    /// `false`: it was not here.
    pub(super) fn remove(&mut self, exchange: &dyn Passenger) -> bool {
        let ticket = &(self.kind)(exchange.seat()).0;
        let Some((_, place)) = ticket.get().filter(|(number, _)| *number == self.number) else { return false };
        ticket.take();
        self.places.remove(&place);
        true
    }

    pub(super) fn first(&self) -> Option<&Rc<dyn Passenger>> {
        self.iter().next()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Rc<dyn Passenger>> {
        self.places.values().inspect(|_| crate::fault::count(crate::fault::Count::Look))
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}
