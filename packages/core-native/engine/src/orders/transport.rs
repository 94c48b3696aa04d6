//! A transport: pool, tickets and dial options under one name.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(unix)]
use super::HostedLoop;
use super::inbox::Inbox;
use super::{Command, ExchangeHandle, Order, Runtime, threads};
use crate::error::Error;
use crate::request::{ExchangeRequest, Protocols};
use crate::response::ExchangeSink;
use crate::shared::Shared;
use crate::tls_setup::TlsSetup;
use crate::transport_options::{NameServers, TransportOptions};

static NEXT_TRANSPORT: AtomicU64 = AtomicU64::new(1);

/// Open sockets and running exchanges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransportStats {
    /// Sockets, those being opened included.
    pub connections: usize,
    /// Exchanges that have not ended.
    pub exchanges: usize,
}

fn shared(mut options: TransportOptions, tls: TlsSetup) -> Shared {
    // Parsed and shared now; the text is some 10 kB for each transport.
    options.profile = String::new();
    Shared::new(NEXT_TRANSPORT.fetch_add(1, Ordering::Relaxed), options, tls)
}

/// Options of the connection to a name server: those of the transport without what is for its origins.
fn over_https(options: &TransportOptions) -> Option<TransportOptions> {
    let NameServers::OverHttps(_) = &options.name_servers else { return None };
    Some(TransportOptions {
        identity: None,
        server_name: None,
        https_records: false,
        // The caller has named it; the guard is for names that others choose.
        address_guard: None,
        protocols: Protocols::Auto,
        ..options.clone()
    })
}

/// Pool, session tickets and dial options. Cheap to create: profile and root store are shared by the process.
///
/// Dropping the last reference lets running exchanges end and closes what is idle; [`Transport::close`] stops all.
pub struct Transport {
    shared: Arc<Shared>,
    /// Where its orders are carried out.
    home: Arc<Inbox>,
}

impl Transport {
    /// Checks the options; opens nothing. It is looked after by one of the threads of the process.
    ///
    /// # Errors
    /// `ERR_PROFILE_*` for the profile, `ERR_TLS_*` for certificates and keys, `ERR_INVALID_ARG` for the rest.
    pub fn new(options: TransportOptions) -> Result<Arc<Self>, Error> {
        Self::at(threads::least_used(options.io_threads), options)
    }

    /// The same, of a world of the caller's.
    ///
    /// # Errors
    /// As [`Transport::new`].
    #[cfg(unix)]
    pub fn hosted(options: TransportOptions, host: &HostedLoop) -> Result<Arc<Self>, Error> {
        Self::at(Arc::clone(&host.inbox), options)
    }

    fn at(home: Arc<Inbox>, options: TransportOptions) -> Result<Arc<Self>, Error> {
        let tls = TlsSetup::new(&options)?;
        let over_https = over_https(&options).map(|options| Ok(shared(options.clone(), TlsSetup::new(&options)?)));
        let over_https = over_https.transpose()?;
        home.add_transport();
        Ok(Arc::new(Self { shared: Arc::new(shared(options, tls).asking(over_https)), home }))
    }

    /// Starts an exchange; its events go to `sink` on the I/O thread.
    pub fn start(&self, request: ExchangeRequest, sink: Box<dyn ExchangeSink>) -> ExchangeHandle {
        let (handle, command) = self.start_command(Box::new(request), |_| sink);
        Runtime::submit(vec![command]);
        handle
    }

    /// Makes the order for [`Transport::start`] without sending it; the sink may keep the handle.
    pub fn start_command(
        &self,
        request: Box<ExchangeRequest>,
        sink: impl FnOnce(&ExchangeHandle) -> Box<dyn ExchangeSink>,
    ) -> (ExchangeHandle, Command) {
        let id = Runtime::next_exchange_id();
        let handle = ExchangeHandle { id, home: Arc::clone(&self.home) };
        let transport = Arc::clone(&self.shared);
        let order = Order::Start { transport, id, request, sink: sink(&handle) };
        (handle, self.command(order))
    }

    /// Aborts what runs with `ERR_SESSION_CLOSED` and closes the connections. Idempotent. `done` is called on the I/O
    /// thread once nothing of this transport is open.
    pub fn close(&self, done: Option<Box<dyn FnOnce() + Send>>) {
        Runtime::submit(vec![self.close_command(done)]);
    }

    /// Makes the order for [`Transport::close`] without sending it. From now on the transport takes no exchange.
    pub fn close_command(&self, done: Option<Box<dyn FnOnce() + Send>>) -> Command {
        self.shared.close();
        self.command(Order::CloseTransport { id: self.shared.id, done })
    }

    fn command(&self, order: Order) -> Command {
        Command { home: Arc::clone(&self.home), order }
    }

    /// Whether [`Transport::close`] was called.
    pub fn is_closed(&self) -> bool {
        self.shared.is_closed()
    }

    /// Open sockets and running exchanges.
    pub fn stats(&self) -> TransportStats {
        TransportStats {
            connections: self.shared.connections.load(Ordering::Acquire),
            exchanges: self.shared.exchanges.load(Ordering::Acquire),
        }
    }

    /// TLS session tickets, opaque; secret.
    pub fn export_tickets(&self) -> Vec<u8> {
        self.shared.tls.export_tickets()
    }

    /// Forgets what name servers have said, HTTPS records included. What is open stays.
    pub fn forget_names(&self) {
        self.shared.names_forgotten.fetch_add(1, Ordering::AcqRel);
    }

    /// Takes tickets of an earlier [`Transport::export_tickets`]. What cannot be read is ignored.
    pub fn import_tickets(&self, tickets: &[u8]) {
        self.shared.tls.import_tickets(tickets);
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        self.home.remove_transport();
        if !self.shared.is_closed() {
            Runtime::submit(vec![self.command(Order::ReleaseTransport { id: self.shared.id })]);
        }
    }
}
