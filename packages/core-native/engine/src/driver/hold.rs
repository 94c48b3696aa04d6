//! Exchanges that have a connection and wait for their callers to confirm who its peer is.

use std::rc::Rc;
use std::sync::Arc;

use super::Connection;
use crate::certificates::ChainId;
use crate::exchange::Exchange;

impl Connection {
    /// The certificates of its peer; `None` without TLS.
    pub(crate) fn chain(&self) -> Option<ChainId> {
        self.info.tls.as_ref().map(|tls| tls.certificates.id())
    }

    /// Keeps a place for the exchange. Nothing of its request is written.
    pub(super) fn hold(self: &Rc<Self>, exchange: &Rc<Exchange>, reused: bool) {
        self.idle_since.set(None);
        self.held.borrow_mut().insert(exchange.id);
        exchange.wait_on(self, Arc::clone(&self.info), reused);
    }

    /// The caller has confirmed the peer: the exchange goes on. A connection that has ended meanwhile, or is full, is no
    /// reason to fail: nothing was sent, so another one may carry it.
    pub(crate) fn resume(self: &Rc<Self>, exchange: &Rc<Exchange>) {
        self.held.borrow_mut().remove(&exchange.id);
        if self.can_start() {
            return self.begin(exchange);
        }
        exchange.requeue();
        exchange.pool.submit(exchange);
        self.after_hold();
    }

    /// A held exchange has ended.
    pub(crate) fn let_go(self: &Rc<Self>, exchange: &Rc<Exchange>) {
        self.held.borrow_mut().remove(&exchange.id);
        self.after_hold();
    }

    fn after_hold(self: &Rc<Self>) {
        if self.exclusive {
            return self.close();
        }
        self.after_exchange();
    }
}
