//! Requests that leave before the handshake is complete (RFC 8446 section 2.3, TLS 1.3 early data).

use std::rc::Rc;
use std::sync::Arc;

use super::http1::Http1;
use super::http2::Http2;
use super::{Link, Protocol};
use crate::error::Error;
use crate::exchange::Exchange;
use crate::profile::Profile;
use crate::response::HttpVersion;

/// Requests of one connection that may leave early. They share 14 kB, a page starts with a handful.
const EARLY_REQUESTS_MAX: usize = 16;

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
        let safe = waiting.iter().filter(|exchange| exchange.may_go_early());
        if link.tls().and_then(|tls| tls.early_protocol()) == Some(b"h2") {
            let http2 = Http2::new(&profile.http2);
            let mut exchanges = Vec::new();
            // A head that cannot be sent fails its exchange later, when the connection is ready.
            for exchange in safe.take(EARLY_REQUESTS_MAX) {
                if http2.can_open() && http2.begin(exchange, false).is_ok() {
                    link.write(&http2.take_writes())?;
                    exchanges.push(Rc::clone(exchange));
                }
            }
            link.write(&http2.take_writes())?;
            return Ok(Some(Self {
                exchanges,
                protocol: Protocol::Http2(Box::new(http2)),
                version: HttpVersion::Http2,
            }));
        }
        let http1 = Http1::new(Arc::clone(&profile.http1));
        for exchange in safe {
            if http1.begin(exchange, false).is_ok() {
                while http1.produce(link)? {}
                let exchanges = vec![Rc::clone(exchange)];
                return Ok(Some(Self { exchanges, protocol: Protocol::Http1(http1), version: HttpVersion::Http11 }));
            }
        }
        Ok(None)
    }

    /// Whether the server, which may have rejected the early data, stayed with the protocol. Then the requests are on
    /// their way; otherwise the link has forgotten them.
    pub(crate) fn fits(&self, negotiated: HttpVersion) -> bool {
        self.version == negotiated
    }
}
