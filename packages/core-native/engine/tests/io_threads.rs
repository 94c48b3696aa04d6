//! Several I/O threads: each transport lives on one of them, with its connections.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, ThreadId};

use support::client::{eventually, get, transport_with};
use support::h2::Server;
use support::patience::Patient;
use support::peer::Peer;
use wiretwin_engine::{ExchangeEvent, ExchangeRequest, ExchangeSink, Protocols, Transport, limits};

/// Says which threads told something, at the end.
struct Threads(HashSet<ThreadId>, Sender<HashSet<ThreadId>>);

impl ExchangeSink for Threads {
    fn on_event(&mut self, event: ExchangeEvent) {
        self.0.insert(thread::current().id());
        if let ExchangeEvent::Done { .. } | ExchangeEvent::Failed { .. } = event {
            let _ = self.1.send(std::mem::take(&mut self.0));
        }
    }
}

/// Runs as many at once, and says where.
fn threads_of(transport: &Transport, request: &ExchangeRequest) -> HashSet<ThreadId> {
    let (sender, receiver) = channel();
    for _ in 0..20 {
        transport.start(request.clone(), Box::new(Threads(HashSet::new(), sender.clone())));
    }
    (0..20).flat_map(|_| receiver.receive().expect("it ends")).collect()
}

fn on_one_of(count: usize) -> Arc<Transport> {
    transport_with(|options| {
        options.io_threads = count;
        options.protocols = Protocols::Http2;
    })
}

/// One test: where a transport goes depends on those that there are in the process.
#[test]
fn a_transport_stays_on_the_thread_that_had_the_fewest() {
    let peer = Peer::start(|stream, _| {
        if let Some(mut server) = Server::accept(stream, &[]) {
            server.serve(b"hello");
        }
    });
    let request = get(peer.port(), "/");
    let mut transports: Vec<_> = (0..6).map(|_| on_one_of(3)).collect();
    let homes: Vec<_> = transports.iter().map(|transport| threads_of(transport, &request)).collect();
    assert!(homes.iter().all(|home| home.len() == 1), "all that a transport does is on one thread: {homes:?}");
    assert_eq!((&homes[..3], homes[..3].iter().flatten().collect::<HashSet<_>>().len()), (&homes[3..], 3));
    assert_eq!(peer.accepted(), 6, "its pool is one: it shares its connection as if there were one thread");
    for (transport, home) in transports.iter().zip(&homes) {
        assert_eq!(threads_of(transport, &request), *home, "and it stays there");
    }

    // Who does not ask for more has the first one.
    let first = on_one_of(1);
    assert_eq!(threads_of(&first, &request), homes[0]);
    drop(transports.drain(1..2));
    let next = on_one_of(3);
    assert_eq!(threads_of(&next, &request), homes[1], "the place of one that has gone is taken");
    let many = on_one_of(limits::IO_THREADS_MAX + 1);
    assert!(!homes.contains(&threads_of(&many, &request)), "a thread that nobody had begins");

    for transport in transports.iter().chain([&first, &next, &many]) {
        let (sender, receiver) = channel();
        transport.close(Some(Box::new(move || {
            let _ = sender.send(());
        })));
        receiver.receive().expect("it closes");
    }
    eventually("all sockets are closed", || peer.ended() == peer.accepted());
}
