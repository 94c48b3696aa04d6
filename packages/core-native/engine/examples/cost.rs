//! Cost of small exchanges on one HTTP/2 connection over TLS: `cargo run --example cost -- <requests> <in flight>`.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::print_stdout)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::sync::mpsc::channel;

use support::client::{chrome, field};
use support::h2::Server;
use support::peer::Peer;
use support::tls_server::{Authority, accept};
use wiretwin_engine::{ExchangeEvent, ExchangeRequest, ExchangeSink, Scheme, Transport, TransportOptions};

struct Sink(std::sync::mpsc::Sender<()>);

impl ExchangeSink for Sink {
    fn on_event(&mut self, event: ExchangeEvent) {
        match event {
            ExchangeEvent::Done { .. } => self.0.send(()).unwrap(),
            ExchangeEvent::Failed { error, .. } => panic!("{error}"),
            _ => {}
        }
    }
}

/// CPU nanoseconds and context switches of the thread with this name.
fn thread_cost(name: &str) -> (u64, u64) {
    for task in std::fs::read_dir("/proc/self/task").unwrap() {
        let path = task.unwrap().path();
        if std::fs::read_to_string(path.join("comm")).unwrap().trim() == name {
            let schedstat = std::fs::read_to_string(path.join("schedstat")).unwrap();
            let status = std::fs::read_to_string(path.join("status")).unwrap();
            let switches = status.lines().filter(|line| line.contains("ctxt_switches"));
            let count = switches.map(|line| line.rsplit('\t').next().unwrap().parse::<u64>().unwrap()).sum();
            return (schedstat.split(' ').next().unwrap().parse().unwrap(), count);
        }
    }
    (0, 0)
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<usize>().unwrap());
    let (total, in_flight) = (arguments.next().unwrap_or(20_000), arguments.next().unwrap_or(1));
    let acceptor = Authority::shared().acceptor(&["127.0.0.1"], &["h2"]);
    let peer = Peer::start(move |stream, _| {
        let Some(stream) = accept(&acceptor, stream) else { return };
        if let Some(mut server) = Server::accept(stream, &[(3, 1000)]) {
            server.serve(&[b'x'; 256]);
        }
    });
    let mut options = TransportOptions::new(chrome());
    options.ca = vec![Authority::shared().pem()];
    let transport = Transport::new(options).unwrap();
    let (sender, done) = channel();
    let names = ["sec-ch-ua", "user-agent", "accept", "accept-encoding", "accept-language", "cookie", "priority"];
    let launch = || {
        let mut request = ExchangeRequest::new("GET", Scheme::Https, "127.0.0.1", peer.port(), "/path/of/something");
        request.fields = names.iter().map(|name| field(name, "a value of a usual length, more or less")).collect();
        transport.start(request, Box::new(Sink(sender.clone())));
    };
    launch();
    done.recv().unwrap();
    let before = thread_cost("wiretwin-io");
    let begun = std::time::Instant::now();
    for _ in 0..in_flight {
        launch();
    }
    for number in 0..total {
        done.recv().unwrap();
        if number + in_flight < total {
            launch();
        }
    }
    let after = thread_cost("wiretwin-io");
    let each = |value: u64| value as f64 / total as f64;
    println!(
        "{total} requests, {in_flight} in flight: wall {:.1} us, I/O thread {:.1} us CPU and {:.2} context switches each",
        begun.elapsed().as_micros() as f64 / total as f64,
        each(after.0 - before.0) / 1000.0,
        each(after.1 - before.1)
    );
}
