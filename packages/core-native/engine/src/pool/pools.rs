//! The pools of one thread, by transport.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::Pool;
use crate::reactor::Reactor;
use crate::shared::{Shared, TransportId};

/// A pool begins with the first exchange of its transport and takes itself out when it was released and nothing runs.
#[derive(Default)]
pub(crate) struct Pools(RefCell<HashMap<TransportId, Rc<Pool>>>);

impl Pools {
    pub(crate) fn get(&self, id: TransportId) -> Option<Rc<Pool>> {
        self.0.borrow().get(&id).cloned()
    }

    pub(crate) fn for_transport(self: &Rc<Self>, transport: &Arc<Shared>, reactor: &Rc<Reactor>) -> Rc<Pool> {
        let mut pools = self.0.borrow_mut();
        let new = || Pool::new(Arc::clone(transport), reactor, self);
        Rc::clone(pools.entry(transport.id).or_insert_with(new))
    }

    #[cfg(unix)]
    pub(crate) fn ids(&self) -> Vec<TransportId> {
        self.0.borrow().keys().copied().collect()
    }

    pub(crate) fn remove(&self, id: TransportId) -> Option<Rc<Pool>> {
        self.0.borrow_mut().remove(&id)
    }
}
