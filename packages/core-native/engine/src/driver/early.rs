//! Requests that leave before the handshake is complete (RFC 8446 section 2.3, TLS 1.3 early data).

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::http1::Http1;
use super::http2::Http2;
use super::{Link, Protocol};
use crate::error::Error;
use crate::exchange::Exchange;
use crate::profile::Profile;
use crate::response::HttpVersion;

/// Requests of one connection that may leave early. They share 14 kB, a page starts with a handful.
const EARLY_REQUESTS_MAX: usize = 16;

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

/// The state machine of a connection to be, which has written its start and perhaps requests already.
pub(crate) struct EarlyStart {
    pub(crate) exchanges: Vec<Rc<Exchange>>,
    pub(super) protocol: Protocol,
    version: HttpVersion,
}

impl EarlyStart {
    /// Writes what the connection starts with, and those of the `waiting` requests that may go, to `link`, whose
    /// handshake allows early data. The protocol is the one of the connection that gave the ticket; BoringSSL offers
    /// early data only if the hello offers that one. `None` if there is nothing to write.
    ///
    /// As Firefox 153 does it: over HTTP/2 preface, SETTINGS, WINDOW_UPDATE and the first request share a record, every
    /// further request has its own; the preface goes even if no request may.
    ///
    /// # Errors
    ///
    /// The link has failed.
    pub(crate) fn write(profile: &Profile, waiting: &[Rc<Exchange>], link: &mut Link) -> Result<Option<Self>, Error> {
        if link.tls().and_then(|tls| tls.early_protocol()) == Some(b"h2") {
            let protocol = Protocol::Http2(Box::new(Http2::new(&profile.http2)));
            let mut start = Self { exchanges: Vec::new(), protocol, version: HttpVersion::Http2 };
            start.add(waiting, link)?;
            return Ok(Some(start));
        }
        let http1 = Http1::new(Arc::clone(&profile.http1));
        for exchange in waiting.iter().filter(|exchange| exchange.may_go_early()) {
            if http1.begin(exchange, false).is_ok() {
                while http1.produce(link)? {}
                let exchanges = vec![Rc::clone(exchange)];
                return Ok(Some(Self { exchanges, protocol: Protocol::Http1(http1), version: HttpVersion::Http11 }));
            }
        }
        Ok(None)
    }

    /// Writes those of the `waiting` requests that may go and have not, over HTTP/2 each in a record of its own: Firefox
    /// does so until the handshake is complete. Over HTTP/1.1 the connection is taken.
    ///
    /// # Errors
    ///
    /// The link has failed.
    pub(crate) fn add(&mut self, waiting: &[Rc<Exchange>], link: &mut Link) -> Result<(), Error> {
        let Protocol::Http2(http2) = &self.protocol else { return Ok(()) };
        for exchange in waiting {
            let goes = exchange.may_go_early() && !self.exchanges.iter().any(|known| known.id == exchange.id);
            let fits = self.exchanges.len() < EARLY_REQUESTS_MAX && http2.can_open();
            // A head that cannot be sent fails its exchange later, when the connection is ready.
            if goes && fits && http2.begin(exchange, false).is_ok() {
                link.write(&http2.take_writes())?;
                self.exchanges.push(Rc::clone(exchange));
            }
        }
        link.write(&http2.take_writes())
    }

    /// Whether the server, which may have rejected the early data, stayed with the protocol. Then the requests are on
    /// their way; otherwise the link has forgotten them.
    pub(crate) fn fits(&self, negotiated: HttpVersion) -> bool {
        self.version == negotiated
    }
}
