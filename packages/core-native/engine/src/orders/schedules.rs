//! The pool against a caller and servers that do anything in any order, in simulated time: 10,000 schedules, each a number and the
//! same in every run; `WIRETWIN_SCHEDULES=from..to` plays others. What must hold is in docs/internals/fuzzing.md.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;

use super::Order;
use super::universe::Universe;
use crate::limits;
use crate::reactor::Socket;
use crate::reactor::simulation::MemorySocket;
use crate::request::{ExchangeId, ExchangeRequest, Protocols, RequestBody, Scheme, Timeouts};
use crate::response::{ExchangeEvent, ExchangeSink};

mod found;
mod server;

use server::Server;

/// Of CI: seconds.
const SCHEDULES: std::ops::Range<u64> = 0..10_000;
/// What happens in one.
const STEPS: u64 = 60;
/// Rounds in which both sides do what the other waits for. Each ends at least one request, or one attempt of it.
const ROUNDS: u32 = 300;
/// Longer than any limit and any connection that is kept.
const DAY: Duration = Duration::from_secs(86_400);

/// Numbers that are the same for the same seed (SplitMix64).
pub(super) struct Numbers(u64);

impl Numbers {
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    pub(super) fn once(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

/// What an exchange has told.
#[derive(Default)]
struct Told {
    /// The answer, or a piece of its body, has come and more is to be asked for.
    unread: bool,
    taken: u64,
    over: Option<&'static str>,
}

#[derive(Clone, Default)]
struct Ear(Arc<Mutex<Told>>);

impl ExchangeSink for Ear {
    fn on_event(&mut self, event: ExchangeEvent) {
        let mut told = self.0.lock().expect("nobody panics with it");
        assert!(told.over.is_none(), "told something behind {:?}", told.over);
        match event {
            ExchangeEvent::Head(info) => told.unread = !info.ended,
            ExchangeEvent::Data(_) | ExchangeEvent::Filled { .. } => told.unread = true,
            ExchangeEvent::RequestBodyCapacity { taken } => {
                assert!(taken > told.taken, "taken goes back from {} to {taken}", told.taken);
                told.taken = taken;
            }
            ExchangeEvent::Done { .. } => told.over = Some("done"),
            ExchangeEvent::Failed { error, .. } => told.over = Some(error.code),
            ExchangeEvent::Phase(_) | ExchangeEvent::Informational(_) => {}
        }
    }
}

/// A request as its caller sees it.
struct Asked {
    id: ExchangeId,
    ear: Ear,
    /// Bytes given of a body that is still being written.
    given: Option<u64>,
}

impl Asked {
    fn told<T>(&self, look: impl FnOnce(&mut Told) -> T) -> T {
        look(&mut self.ear.0.lock().expect("nobody panics with it"))
    }

    fn is_over(&self) -> bool {
        self.told(|told| told.over.is_some())
    }
}

struct Play {
    numbers: Numbers,
    universe: Universe,
    asked: Vec<Asked>,
    servers: Vec<Server>,
    started: u64,
}

impl Play {
    fn new(number: u64) -> Self {
        let (numbers, universe) = (Numbers(number), Universe::new());
        Self { numbers, universe, asked: Vec::new(), servers: Vec::new(), started: 0 }
    }

    fn order(&self, order: Order) {
        self.universe.world.carry_out(order);
    }

    fn step(&mut self) {
        match self.numbers.below(12) {
            0..=3 => self.ask(),
            4 => self.abort(),
            5 => self.pass(),
            6 => self.write(),
            7 => self.read(),
            _ => self.serve(),
        }
        // Orders and bytes also come together, in one turn.
        if !self.numbers.once(4) {
            self.universe.simulation.settle();
        }
        self.accept();
        self.look();
    }

    fn ask(&mut self) {
        let numbers = &mut self.numbers;
        let host = if numbers.once(4) { "10.0.0.2" } else { "10.0.0.1" };
        let uploads = numbers.once(3);
        let method = if uploads { "POST" } else { "GET" };
        let mut request = ExchangeRequest::new(method, Scheme::Http, host, 80, "/");
        request.protocols = if numbers.once(2) { Protocols::Http2 } else { Protocols::Http1 };
        request.new_connection = numbers.once(15);
        request.replay = !numbers.once(5);
        if uploads {
            request.body = RequestBody::Stream { length: None };
        }
        if numbers.once(4) {
            request.timeouts = Timeouts {
                queue: numbers.once(3).then_some(Duration::from_secs(2)),
                head: numbers.once(3).then_some(Duration::from_secs(3)),
                total: numbers.once(3).then_some(Duration::from_secs(30)),
                ..Timeouts::default()
            };
        }
        self.send(request);
    }

    fn send(&mut self, request: ExchangeRequest) {
        let ear = Ear::default();
        let given = matches!(request.body, RequestBody::Stream { .. }).then_some(0);
        let id = self.universe.start(request, ear.clone());
        self.started += 1;
        self.asked.push(Asked { id, ear, given });
    }

    fn any(&mut self) -> Option<usize> {
        let count = self.asked.len() as u64;
        (count > 0).then(|| self.numbers.below(count) as usize)
    }

    fn abort(&mut self) {
        let Some(index) = self.any() else { return };
        self.order(Order::Abort { id: self.asked[index].id });
    }

    fn pass(&mut self) {
        let time = [1, 300, 3_000, 100_000][self.numbers.below(4) as usize];
        self.universe.pass(Duration::from_millis(time));
    }

    fn read(&mut self) {
        let Some(index) = self.any() else { return };
        self.read_on(index);
    }

    fn read_on(&self, index: usize) {
        let asked = &self.asked[index];
        if asked.told(|told| std::mem::take(&mut told.unread)) {
            self.order(Order::Read { id: asked.id, max: 0 });
        }
    }

    /// A piece of a body, or its end. As the facade does, nobody writes on above what may wait.
    fn write(&mut self) {
        let Some(index) = self.any() else { return };
        let (size, ends) = (1 + self.numbers.below(100_000), self.numbers.once(3));
        let asked = &mut self.asked[index];
        let Some(given) = asked.given else { return };
        if given - asked.told(|told| told.taken) >= limits::UPLOAD_QUEUE_HIGH as u64 {
            return;
        }
        let id = asked.id;
        asked.given = (!ends).then_some(given + size);
        self.order(if ends {
            Order::End { id, trailers: Vec::new() }
        } else {
            Order::Write { id, data: Bytes::from(vec![b'x'; usize::try_from(size).expect("small")]) }
        });
    }

    fn serve(&mut self) {
        let count = self.servers.len() as u64;
        if count == 0 {
            return;
        }
        let index = self.numbers.below(count) as usize;
        if !self.servers[index].act(&mut self.numbers) {
            self.servers.swap_remove(index);
        }
    }

    fn accept(&mut self) {
        while let Some(socket) = self.universe.accept() {
            let limit = [1, 2, 5, 100][self.numbers.below(4) as usize];
            self.servers.push(Server::new(socket, limit));
        }
    }

    /// What must hold at any moment.
    fn look(&mut self) {
        let mut open: BTreeMap<(SocketAddr, bool), usize> = BTreeMap::new();
        self.servers.retain(|server| !server.has_ended());
        for server in &mut self.servers {
            server.look();
            if let Some(key) = server.kind() {
                *open.entry(key).or_default() += 1;
            }
        }
        // Those that want a connection of their own are not held up by others.
        let own = self.asked.len() / 4 + 2;
        for ((address, _), count) in open {
            assert!(count <= limits::HTTP1_CONNECTIONS_PER_ORIGIN + own, "{count} connections to {address}");
        }
        self.asked.retain(|asked| !asked.is_over());
    }

    /// Both sides do what the other waits for: everything ends.
    fn help(&mut self) {
        for round in 0.. {
            self.universe.simulation.settle();
            self.accept();
            self.look();
            if self.asked.is_empty() {
                return;
            }
            let waiting = || self.asked.iter().map(|asked| (asked.id, asked.given, asked.told(|told| told.taken)));
            let servers = || self.servers.iter().map(Server::describe).collect::<Vec<_>>();
            assert!(round < ROUNDS, "these wait for ever: {:?}; {:?}", waiting().collect::<Vec<_>>(), servers());
            for index in 0..self.asked.len() {
                self.read_on(index);
                let asked = &mut self.asked[index];
                // A writer who waits until all is taken, as `drained` of the facade does.
                if asked.given.is_some_and(|given| given == asked.ear.0.lock().expect("not poisoned").taken) {
                    asked.given = None;
                    let id = asked.id;
                    self.order(Order::End { id, trailers: Vec::new() });
                }
            }
            for server in &mut self.servers {
                server.help();
            }
            self.universe.pass(Duration::from_millis(10));
        }
    }
}

fn play(number: u64) -> u64 {
    let mut play = Play::new(number);
    let steps = play.numbers.below(STEPS);
    for _ in 0..steps {
        play.step();
    }
    if play.numbers.once(4) {
        play.order(Order::CloseTransport { id: play.universe.transport.id, done: None });
        play.universe.simulation.settle();
    } else {
        play.help();
        // What is kept is kept for a while, and nothing for ever.
        play.universe.pass(DAY);
    }
    play.accept();
    play.look();
    assert!(play.asked.is_empty(), "not settled: {:?}", play.asked.iter().map(|asked| asked.id).collect::<Vec<_>>());
    let Universe { transport, .. } = &play.universe;
    assert_eq!(transport.exchanges.load(Ordering::Acquire), 0, "exchanges are left");
    assert_eq!(transport.connections.load(Ordering::Acquire), 0, "connections are left");
    play.started
}

fn wanted() -> std::ops::Range<u64> {
    let Ok(text) = std::env::var("WIRETWIN_SCHEDULES") else { return SCHEDULES };
    let (from, to) = text.split_once("..").expect("from..to");
    from.parse().expect("a number")..to.parse().expect("a number")
}

#[test]
fn whatever_the_order_each_request_ends_once_and_nobody_waits_for_ever() {
    let mut started = 0;
    for number in wanted() {
        let played = std::panic::catch_unwind(|| play(number));
        started += played.unwrap_or_else(|_| panic!("schedule {number}"));
    }
    assert!(started > 0);
}
