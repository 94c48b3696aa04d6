//! The pools of one thread, by transport.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use wiretwin_wire::numbers::Numbered;

use super::Pool;
use crate::dial::OverHttps;
use crate::reactor::Reactor;
use crate::shared::{Shared, TransportId};

/// A pool begins with the first exchange of its transport and takes itself out when it was released and nothing runs.
pub(crate) struct Pools {
    all: RefCell<Numbered<TransportId, Rc<Pool>>>,
    carrier: Box<CarrierOf>,
}

/// What carries the questions of a transport that asks its name server over https.
type CarrierOf = dyn Fn(&Shared) -> Option<Rc<dyn OverHttps>>;

impl Pools {
    pub(crate) fn new(carrier: impl Fn(&Shared) -> Option<Rc<dyn OverHttps>> + 'static) -> Self {
        Self { all: RefCell::default(), carrier: Box::new(carrier) }
    }

    pub(crate) fn get(&self, id: TransportId) -> Option<Rc<Pool>> {
        self.all.borrow().get(&id).cloned()
    }

    pub(crate) fn for_transport(self: &Rc<Self>, transport: &Arc<Shared>, reactor: &Rc<Reactor>) -> Rc<Pool> {
        let mut pools = self.all.borrow_mut();
        let new = || Pool::new(Arc::clone(transport), reactor, self, (self.carrier)(transport));
        Rc::clone(pools.entry(transport.id).or_insert_with(new))
    }

    #[cfg(unix)]
    pub(crate) fn ids(&self) -> Vec<TransportId> {
        self.all.borrow().keys().copied().collect()
    }

    pub(crate) fn remove(&self, id: TransportId) -> Option<Rc<Pool>> {
        self.all.borrow_mut().remove(&id)
    }
}
