//! Requests in a row, any of which can leave at any moment: thousands may wait and be given up one by one, so none of them
//! may cost a look at the others (FAULTS C11).

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::exchange::Exchange;

/// The place of an exchange in a queue, kept by the exchange.
#[derive(Debug, Default)]
pub(crate) struct Ticket(Cell<Option<(u64, i64)>>);

/// Which of its tickets an exchange uses in a queue. It is in one queue of each kind at most.
pub(super) type Kind = fn(&Exchange) -> &Ticket;

/// Exchanges in order.
pub(super) struct Queue {
    /// Told from others by this: a ticket for another queue is none for this one.
    number: u64,
    kind: Kind,
    places: BTreeMap<i64, Rc<Exchange>>,
}

thread_local! {
    static QUEUES: Cell<u64> = const { Cell::new(0) };
}

impl Queue {
    pub(super) fn new(kind: Kind) -> Self {
        let number = QUEUES.get();
        QUEUES.set(number + 1);
        Self { number, kind, places: BTreeMap::new() }
    }

    pub(super) fn push_back(&mut self, exchange: &Rc<Exchange>) {
        let last = self.places.last_key_value().map_or(0, |(place, _)| *place);
        self.put(last + 1, exchange);
    }

    pub(super) fn push_front(&mut self, exchange: &Rc<Exchange>) {
        let first = self.places.first_key_value().map_or(0, |(place, _)| *place);
        self.put(first - 1, exchange);
    }

    fn put(&mut self, place: i64, exchange: &Rc<Exchange>) {
        self.remove(exchange);
        (self.kind)(exchange).0.set(Some((self.number, place)));
        self.places.insert(place, Rc::clone(exchange));
    }

    pub(super) fn pop_front(&mut self) -> Option<Rc<Exchange>> {
        let (_, exchange) = self.places.pop_first()?;
        (self.kind)(&exchange).0.take();
        Some(exchange)
    }

    /// `false`: it was not here.
    pub(super) fn remove(&mut self, exchange: &Exchange) -> bool {
        let ticket = &(self.kind)(exchange).0;
        let Some((_, place)) = ticket.get().filter(|(number, _)| *number == self.number) else { return false };
        ticket.take();
        self.places.remove(&place);
        true
    }

    pub(super) fn first(&self) -> Option<&Rc<Exchange>> {
        self.iter().next()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Rc<Exchange>> {
        self.places.values().inspect(|_| crate::fault::looked())
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}
