//! The origins that a connection serves: the one it was opened for, and those that joined it (RFC 9113 9.1.1).

use std::rc::{Rc, Weak};

use super::{Connection, Origin};
use crate::carrier::Keeper;

impl Connection {
    /// Whether it was opened for this origin.
    pub(super) fn is_of(&self, origin: &Rc<Origin>) -> bool {
        self.origins.borrow().first().is_some_and(|first| first.as_ptr() == Rc::as_ptr(origin))
    }

    /// From now on it serves `origin` too.
    pub(super) fn join(&self, origin: &Rc<Origin>) {
        let mut origins = self.origins.borrow_mut();
        origins.retain(|known| known.strong_count() > 0 && known.as_ptr() != Rc::as_ptr(origin));
        origins.push(Rc::downgrade(origin));
    }

    /// Whether it was opened for this host, which is in lower case.
    pub(crate) fn is_for(&self, host: &str) -> bool {
        let first = self.origins.borrow().first().and_then(Weak::upgrade);
        first.is_none_or(|origin| origin.key.host == host)
    }

    /// It does not serve `host`, which is in lower case, after all.
    pub(crate) fn leave(&self, host: &str) {
        let Some(own) = self.own() else { return };
        let others: Vec<_> = self.origins.borrow().iter().skip(1).filter_map(Weak::upgrade).collect();
        for origin in others.iter().filter(|origin| origin.key.host == host) {
            self.origins.borrow_mut().retain(|known| known.as_ptr() != Rc::as_ptr(origin));
            origin.leave(&own);
        }
    }

    /// From now on it serves only the host that it was opened for.
    pub(crate) fn refuse_guests(&self) {
        let Some(connection) = self.own() else { return };
        self.refuses_guests.set(true);
        let own = self.origins.borrow().len().min(1);
        let guests = self.origins.borrow_mut().split_off(own);
        for origin in guests.iter().filter_map(Weak::upgrade) {
            origin.leave(&connection);
        }
    }

    pub(super) fn refuses_guests(&self) -> bool {
        self.refuses_guests.get()
    }

    /// Lets running exchanges end and takes no further one.
    pub(super) fn retire(&self) {
        self.retired.set(true);
        self.gone();
    }

    /// The same, and closes after the last of them: now if there is none.
    pub(crate) fn close_after_use(&self) {
        self.retire();
        if self.is_idle() {
            self.carrier.close();
        }
    }

    pub(super) fn each_origin(&self, mut action: impl FnMut(&Rc<Origin>)) {
        // An action may come back here: nothing is borrowed while it runs.
        let first = self.origins.borrow().first().and_then(Weak::upgrade);
        if let Some(origin) = first {
            action(&origin);
        }
        let shared = self.origins.borrow().len() > 1;
        if shared {
            let others: Vec<_> = self.origins.borrow().iter().skip(1).filter_map(Weak::upgrade).collect();
            others.iter().for_each(action);
        }
    }
}
