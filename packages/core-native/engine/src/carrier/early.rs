//! Requests that leave before the handshake is complete (RFC 8446 section 2.3, TLS 1.3 early data).

use std::rc::Rc;
use std::sync::Arc;

use super::http1::Http1;
use super::http2::Http2;
use super::{Carried, Protocol, Waited};
use crate::error::Error;
use crate::link::Link;
use crate::profile::Profile;
use crate::response::HttpVersion;

/// Requests of one connection that may leave early. They share 14 kB, a page starts with a handful.
const EARLY_REQUESTS_MAX: usize = 16;

/// The state machine of a connection to be, which has written its start and perhaps requests already.
pub(crate) struct EarlyStart {
    /// The requests that it has.
    pub(crate) requests: Vec<u64>,
    pub(super) protocol: Protocol,
    version: HttpVersion,
}

impl EarlyStart {
    /// Writes what the connection starts with, and those of the `willing` requests that fit, to `link`, whose
    /// handshake allows early data. The protocol is the one of the connection that gave the ticket; BoringSSL offers
    /// early data only if the hello offers that one. `None` if there is nothing to write.
    ///
    /// As Firefox 153 does it: over HTTP/2 preface, SETTINGS, WINDOW_UPDATE and the first request share a record, every
    /// further request has its own; the preface goes even if no request may.
    ///
    /// # Errors
    ///
    /// The link has failed.
    pub(crate) fn write(
        profile: &Profile,
        willing: &[Rc<dyn Carried>],
        link: &mut Link,
    ) -> Result<Option<Self>, Error> {
        if link.tls().and_then(|tls| tls.early_protocol()) == Some(b"h2") {
            let protocol = Protocol::Http2(Box::new(Http2::new(&profile.http2, link.reactor())));
            let mut start = Self { requests: Vec::new(), protocol, version: HttpVersion::Http2 };
            start.add(willing, link)?;
            return Ok(Some(start));
        }
        let http1 = Box::new(Http1::new(Arc::clone(&profile.http1)));
        for exchange in willing {
            if http1.begin(exchange, false).is_ok() {
                while http1.produce(link)? {}
                let requests = vec![exchange.id()];
                return Ok(Some(Self { requests, protocol: Protocol::Http1(http1), version: HttpVersion::Http11 }));
            }
        }
        Ok(None)
    }

    /// Writes those of the `willing` requests that it has not, over HTTP/2 each in a record of its own: Firefox
    /// does so until the handshake is complete. Over HTTP/1.1 the connection is taken.
    ///
    /// # Errors
    ///
    /// The link has failed.
    pub(crate) fn add(&mut self, willing: &[Rc<dyn Carried>], link: &mut Link) -> Result<(), Error> {
        let Protocol::Http2(http2) = &self.protocol else { return Ok(()) };
        for exchange in willing {
            let goes = !self.requests.contains(&exchange.id());
            let fits = self.requests.len() < EARLY_REQUESTS_MAX && http2.can_open();
            // A head that cannot be sent fails its exchange later, when the connection is ready.
            if goes && fits && http2.begin(exchange, Waited::default()).is_ok() {
                link.write(&http2.take_writes())?;
                self.requests.push(exchange.id());
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
