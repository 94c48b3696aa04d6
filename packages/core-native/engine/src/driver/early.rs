//! A request that leaves before the handshake is complete (RFC 8446 section 2.3, TLS 1.3 early data).

use std::rc::Rc;
use std::sync::Arc;

use super::http1::Http1;
use super::http2::Http2;
use super::{Link, Protocol};
use crate::error::Error;
use crate::exchange::Exchange;
use crate::profile::Profile;
use crate::response::HttpVersion;

/// The state machine of a connection to be, which has written its first request already.
pub(crate) struct EarlyRequest {
    pub(crate) exchange: Rc<Exchange>,
    pub(super) protocol: Protocol,
    version: HttpVersion,
}

impl EarlyRequest {
    /// Writes what the connection starts with and the request of `exchange` to `link`, whose handshake allows early
    /// data. The protocol is the one of the connection that gave the ticket; BoringSSL offers early data only if the
    /// hello offers that one.
    ///
    /// # Errors
    ///
    /// The head cannot be sent, or the link has failed.
    pub(crate) fn write(profile: &Profile, exchange: &Rc<Exchange>, link: &mut Link) -> Result<Self, Error> {
        let spoken = link.tls().and_then(|tls| tls.early_protocol());
        let (protocol, version) = if spoken == Some(b"h2") {
            let http2 = Http2::new(&profile.http2);
            http2.begin(exchange, false)?;
            while http2.produce(link)? {}
            (Protocol::Http2(Box::new(http2)), HttpVersion::Http2)
        } else {
            let http1 = Http1::new(Arc::clone(&profile.http1));
            http1.begin(exchange, false)?;
            while http1.produce(link)? {}
            (Protocol::Http1(http1), HttpVersion::Http11)
        };
        Ok(Self { exchange: Rc::clone(exchange), protocol, version })
    }

    /// Whether the server, which may have rejected the early data, stayed with the protocol. Then the request is on its
    /// way; otherwise the link has forgotten it.
    pub(crate) fn fits(&self, negotiated: HttpVersion) -> bool {
        self.version == negotiated
    }
}
