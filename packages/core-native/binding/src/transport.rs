//! The native half of one transport.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use napi::bindgen_prelude::{ObjectFinalize, Uint8Array};
use napi::{Env, Unknown};
use napi_derive::napi;
use wiretwin_engine::Transport;

use crate::bytes_in::bytes_of;
use crate::guard::{Failure, guard};
use crate::port_state::PortState;
use crate::protocol::TRANSPORT_WEIGHT;

/// Open sockets and running exchanges of a transport.
#[napi(object)]
pub struct TransportCounts {
    /// Sockets, those being opened included.
    pub connections: u32,
    /// Exchanges that have not ended.
    pub exchanges: u32,
}

/// Held by the JavaScript transport. Collecting it closes the engine's transport, so a forgotten `close()` costs time
/// but no sockets for ever (FAULTS C06).
#[napi(custom_finalize)]
pub struct TransportHandle {
    id: u32,
    transport: Arc<Transport>,
    port: Rc<PortState>,
}

impl TransportHandle {
    /// Registers the transport with its port, and its weight with the garbage collector.
    pub fn register(env: Env, id: u32, transport: Arc<Transport>, port: Rc<PortState>) -> Result<Self, Failure> {
        env.adjust_external_memory(TRANSPORT_WEIGHT).map_err(|error| crate::guard::napi_failure(&error))?;
        port.add_transport(id, Arc::clone(&transport));
        Ok(Self { id, transport, port })
    }
}

#[napi]
impl TransportHandle {
    /// Forgets what name servers have said.
    #[napi]
    pub fn forget_names(&self) -> Result<(), Failure> {
        guard("forgetNames", || {
            self.transport.forget_names();
            Ok(())
        })
    }

    /// TLS session tickets, opaque; secret.
    #[napi]
    pub fn export_tickets(&self) -> Result<Uint8Array, Failure> {
        guard("exportTickets", || Ok(Uint8Array::new(self.transport.export_tickets())))
    }

    /// Takes tickets of an earlier export. Trusted bytes only: what a ticket says of its server is believed.
    #[napi]
    pub fn import_tickets(&self, env: Env, tickets: Unknown<'_>) -> Result<(), Failure> {
        guard("importTickets", || {
            self.transport.import_tickets(bytes_of(env, &tickets)?);
            Ok(())
        })
    }

    /// Open sockets and running exchanges.
    #[napi]
    pub fn stats(&self) -> Result<TransportCounts, Failure> {
        guard("stats", || {
            let stats = self.transport.stats();
            let count = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
            Ok(TransportCounts { connections: count(stats.connections), exchanges: count(stats.exchanges) })
        })
    }
}

impl ObjectFinalize for TransportHandle {
    fn finalize(self, env: Env) -> napi::Result<()> {
        let _ = catch_unwind(AssertUnwindSafe(|| {
            self.port.remove_transport(self.id);
            self.transport.close(None);
        }));
        env.adjust_external_memory(-TRANSPORT_WEIGHT).map(drop)
    }
}
