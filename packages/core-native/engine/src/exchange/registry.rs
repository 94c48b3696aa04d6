//! The exchanges that run on one thread.

use std::cell::RefCell;
use std::rc::Rc;

use wiretwin_wire::numbers::Numbered;

use super::Exchange;
use crate::error::Error;
use crate::reactor::Reactor;
use crate::request::ExchangeId;
use crate::shared::TransportId;

/// By number; each takes itself out at its end.
pub(crate) struct Exchanges {
    pub(crate) reactor: Rc<Reactor>,
    running: RefCell<Numbered<ExchangeId, Rc<Exchange>>>,
}

impl Exchanges {
    pub(crate) fn new(reactor: &Rc<Reactor>) -> Rc<Self> {
        Rc::new(Self { reactor: Rc::clone(reactor), running: RefCell::default() })
    }

    pub(crate) fn add(&self, exchange: &Rc<Exchange>) {
        self.running.borrow_mut().insert(exchange.id, Rc::clone(exchange));
    }

    pub(crate) fn get(&self, id: ExchangeId) -> Option<Rc<Exchange>> {
        self.running.borrow().get(&id).cloned()
    }

    /// Whether there are any.
    #[cfg(unix)]
    pub(crate) fn run(&self) -> bool {
        !self.running.borrow().is_empty()
    }

    pub(super) fn remove(&self, id: ExchangeId) {
        // What this may drop comes back here: nothing is borrowed while it goes.
        let ended = self.running.borrow_mut().remove(&id);
        drop(ended);
    }

    /// Aborts all exchanges of a transport.
    pub(crate) fn close_all_of(&self, transport: TransportId) {
        let of_transport = |exchange: &&Rc<Exchange>| exchange.pool.shared.id == transport;
        let exchanges: Vec<_> = self.running.borrow().values().filter(of_transport).cloned().collect();
        for exchange in exchanges {
            exchange.fail_with(Error::closed);
        }
    }
}
