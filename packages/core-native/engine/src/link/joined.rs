//! Requests that join a handshake which has begun.

use std::cell::{Cell, RefCell};
use std::task::{Context, Poll, Waker};

use super::Link;
use crate::error::Error;

/// Who has requests that may leave as early data.
pub(crate) trait WritesEarly {
    /// Tells of requests that come while the handshake runs.
    fn joined(&self) -> &Joined;

    /// Writes what may leave: see [`Link::handshake`].
    fn write_early(&mut self, link: &mut Link) -> Result<(), Error>;
}

/// Nobody has.
#[derive(Default)]
pub(crate) struct NoEarlyData(Joined);

impl WritesEarly for NoEarlyData {
    fn joined(&self) -> &Joined {
        &self.0
    }

    fn write_early(&mut self, _: &mut Link) -> Result<(), Error> {
        Ok(())
    }
}

/// Tells a handshake that has begun of requests that joined it.
#[derive(Debug, Default)]
pub(crate) struct Joined {
    news: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Joined {
    /// Somebody has joined.
    pub(crate) fn tell(&self) {
        self.news.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Ready once for everybody who has joined since it was ready.
    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<()> {
        if self.news.take() {
            return Poll::Ready(());
        }
        *self.waker.borrow_mut() = Some(context.waker().clone());
        Poll::Pending
    }
}
