//! The whole engine in simulated time, for tests: its peers are sockets in memory.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::Order;
use super::world::World;
use crate::reactor::Called;
use crate::reactor::simulation::{MemorySocket, Simulation};
use crate::request::{ExchangeId, ExchangeRequest};
use crate::response::ExchangeSink;
use crate::shared::Shared;
use crate::tls_setup::TlsSetup;
use crate::transport_options::TransportOptions;

/// One world with one transport.
pub(super) struct Universe {
    pub(super) simulation: Simulation,
    pub(super) world: Rc<World>,
    pub(super) transport: Arc<Shared>,
    next: ExchangeId,
}

impl Universe {
    pub(super) fn new() -> Self {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../profiles/data/chrome/chrome_156.json");
        let document: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(file).expect("a profile")).expect("JSON");
        let part = ["name", "tls", "http2", "http1"].map(|key| (key.to_owned(), document[key].clone()));
        Self::with(&serde_json::Value::Object(part.into_iter().collect()).to_string())
    }

    /// One that speaks as this part of a profile says.
    pub(super) fn with(profile: &str) -> Self {
        let options = TransportOptions::new(profile.to_owned());
        let tls = TlsSetup::new(&options).expect("the options are good");
        let simulation = Simulation::new();
        let world = Rc::new(World::new(&simulation.reactor));
        simulation.serve(&(Rc::clone(&world) as Rc<dyn Called>));
        Self { simulation, world, transport: Arc::new(Shared::new(1, options, tls)), next: 1 }
    }

    /// Orders a request; nothing of it happens before `settle` or `pass`.
    pub(super) fn start(&mut self, request: ExchangeRequest, sink: impl ExchangeSink + 'static) -> ExchangeId {
        let (id, transport) = (self.next, Arc::clone(&self.transport));
        self.next += 1;
        self.world.carry_out(Order::Start { transport, id, request: Box::new(request), sink: Box::new(sink) });
        id
    }

    pub(super) fn pass(&self, time: Duration) {
        self.simulation.advance(time, &*self.world);
    }

    pub(super) fn accept(&self) -> Option<MemorySocket> {
        self.simulation.accept()
    }
}
