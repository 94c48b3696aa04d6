//! What the I/O thread and the caller share of a transport.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::tls_setup::TlsSetup;
use crate::transport_options::TransportOptions;

pub(crate) type TransportId = u64;

/// Options, tickets and counters of one transport.
pub(crate) struct Shared {
    pub(crate) id: TransportId,
    pub(crate) options: TransportOptions,
    pub(crate) tls: TlsSetup,
    pub(crate) connections: Arc<AtomicUsize>,
    pub(crate) exchanges: AtomicUsize,
    /// How often what is known of names was to be forgotten.
    pub(crate) names_forgotten: AtomicUsize,
    /// What its name server is asked with, if it is asked over https.
    pub(crate) over_https: Option<Arc<Shared>>,
    closed: AtomicBool,
}

impl Shared {
    pub(crate) fn new(id: TransportId, options: TransportOptions, tls: TlsSetup) -> Self {
        Self {
            id,
            options,
            tls,
            connections: Arc::default(),
            exchanges: AtomicUsize::new(0),
            names_forgotten: AtomicUsize::new(0),
            over_https: None,
            closed: AtomicBool::new(false),
        }
    }

    /// With what its name server is asked with.
    pub(crate) fn asking(mut self, over_https: Option<Self>) -> Self {
        self.over_https = over_https.map(Arc::new);
        self
    }

    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}
