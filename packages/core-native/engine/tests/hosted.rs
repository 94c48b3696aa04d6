//! A world that changes between the caller's loop and a thread of its own, and nobody can tell.

#![cfg(unix)]
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::collections::VecDeque;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

use support::client::{eventually, get, options};
use support::h2::Server;
use support::patience::{Patience, Patient};
use support::peer::{Peer, read_head, serve};
use wiretwin_engine::{
    Command, ExchangeEvent, ExchangeHandle, ExchangeRequest, ExchangeSink, HostedLoop, Protocols, Transport, limits,
};

struct Channel(std::sync::mpsc::Sender<ExchangeEvent>);

impl ExchangeSink for Channel {
    fn on_event(&mut self, event: ExchangeEvent) {
        let _ = self.0.send(event);
    }
}

/// What lets a world leave at once, and come back after some calls.
const MUCH: usize = 1000;

/// The caller's side, as the loop of a JavaScript thread would be.
struct Caller {
    host: Arc<HostedLoop>,
    transport: Arc<Transport>,
}

struct Running {
    handle: ExchangeHandle,
    events: Receiver<ExchangeEvent>,
}

impl Caller {
    fn new() -> Self {
        let host = HostedLoop::new().expect("descriptors");
        let transport = Transport::hosted(options(), &host).expect("options are good");
        Self { host, transport }
    }

    fn start(&self, request: ExchangeRequest, running: usize) -> Running {
        let (sender, events) = channel();
        let (handle, command) = self.transport.start_command(Box::new(request), |_| Box::new(Channel(sender)));
        self.submit(vec![command], running);
        Running { handle, events }
    }

    fn submit(&self, commands: Vec<Command>, running: usize) {
        self.host.submit(commands, running);
    }

    fn leave(&self) {
        self.submit(Vec::new(), MUCH);
    }

    /// Drives what is here until an event comes.
    fn next(&self, running: &Running) -> ExchangeEvent {
        let mut patience = Patience::new();
        loop {
            match running.events.try_recv() {
                Ok(event) => return event,
                Err(TryRecvError::Disconnected) => panic!("the sink is gone"),
                Err(TryRecvError::Empty) => {
                    assert!(!patience.is_over(), "an event comes");
                    self.host.turn();
                    thread::yield_now();
                }
            }
        }
    }

    fn status(&self, running: &Running) -> u16 {
        loop {
            match self.next(running) {
                ExchangeEvent::Head(info) => return info.head.status,
                ExchangeEvent::Failed { error, .. } => panic!("{error:?}"),
                _ => {}
            }
        }
    }

    fn done(&self, running: &Running) {
        loop {
            match self.next(running) {
                ExchangeEvent::Done { .. } => return,
                ExchangeEvent::Failed { error, .. } => panic!("{error:?}"),
                _ => {}
            }
        }
    }
}

/// Changes of the host, with exchanges in flight all the time; those that had begun before end after it.
fn change(caller: &Caller, changes: usize, request: impl Fn() -> ExchangeRequest) {
    let mut running = VecDeque::new();
    let (mut seen, mut away) = (0, caller.host.is_away());
    while seen < changes {
        // Much for a moment, then little until the world has come back and has been worth it.
        let calm = if away { limits::SUBMITS_CALM } else { limits::SUBMITS_HERE };
        (0..calm).for_each(|_| caller.submit(Vec::new(), 1));
        running.push_back(caller.start(request(), if away { 1 } else { MUCH }));
        if running.len() > 3 {
            let first = running.pop_front().expect("one");
            assert_eq!(caller.status(&first), 200);
            caller.done(&first);
        }
        if caller.host.is_away() != away {
            away = !away;
            seen += 1;
        }
    }
    for one in running {
        assert_eq!(caller.status(&one), 200);
        caller.done(&one);
    }
}

#[test]
fn ten_thousand_changes_under_load_cost_no_connection_of_http2() {
    let peer = Peer::start(|stream, _| {
        if let Some(mut h2) = Server::accept(stream, &[]) {
            h2.serve(b"hello");
        }
    });
    let caller = Caller::new();
    let port = peer.port();
    change(&caller, 10_000, || {
        let mut request = get(port, "/");
        request.protocols = Protocols::Http2;
        request
    });
    assert_eq!(peer.accepted(), 1);
    assert_eq!(caller.transport.stats().connections, 1);
    caller.host.end();
}

#[test]
fn changes_cost_no_connection_of_http1() {
    let peer = Peer::start(|mut stream, _| serve(&mut stream, "hello"));
    let caller = Caller::new();
    let port = peer.port();
    change(&caller, 1000, || get(port, "/"));
    assert!(peer.accepted() <= 6, "{} connections", peer.accepted());
    caller.host.end();
}

#[test]
fn what_is_pinned_stays_and_what_begins_a_connection_leaves() {
    let peer = Peer::start(|mut stream, _| serve(&mut stream, "hello"));
    let caller = Caller::new();
    let first = caller.start(get(peer.port(), "/"), 1);
    assert!(caller.host.is_away(), "a handshake may follow");
    caller.done(&first);
    let pinned = Caller::new();
    pinned.host.pin();
    let first = pinned.start(get(peer.port(), "/"), MUCH);
    assert!(!pinned.host.is_away());
    pinned.done(&first);
    assert!(!pinned.host.is_away());
    pinned.host.end();
    caller.host.end();
}

#[test]
fn who_soon_has_to_leave_again_comes_back_later_each_time() {
    let caller = Caller::new();
    let mut waited = Vec::new();
    for _ in 0..4 {
        caller.leave();
        let mut calm = 0;
        eventually("it comes back", || {
            caller.submit(Vec::new(), 1);
            calm += 1;
            !caller.host.is_away()
        });
        waited.push(calm);
    }
    assert!(waited.is_sorted() && waited[3] > waited[0] * 4, "{waited:?}");
    // Once it has been worth it, it is as at first.
    (0..=limits::SUBMITS_HERE).for_each(|_| caller.submit(Vec::new(), 1));
    caller.leave();
    (1..limits::SUBMITS_CALM).for_each(|_| caller.submit(Vec::new(), 1));
    assert!(caller.host.is_away());
    eventually("it comes back", || {
        caller.submit(Vec::new(), 1);
        !caller.host.is_away()
    });
    caller.host.end();
}

#[test]
fn who_does_not_look_for_a_while_is_relieved() {
    let answers = Arc::new(AtomicBool::new(false));
    let may_answer = Arc::clone(&answers);
    let peer = Peer::start(move |mut stream, _| {
        while read_head(&mut stream).is_some() {
            eventually("the answer may go", || may_answer.load(Ordering::SeqCst));
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let caller = Caller::new();
    // A connection, and the world back here.
    answers.store(true, Ordering::SeqCst);
    caller.done(&caller.start(get(peer.port(), "/"), 1));
    eventually("it comes back", || {
        caller.submit(Vec::new(), 1);
        !caller.host.is_away()
    });
    answers.store(false, Ordering::SeqCst);
    let waits = caller.start(get(peer.port(), "/"), 1);
    assert!(!caller.host.is_away());
    answers.store(true, Ordering::SeqCst);
    // Nobody drives it from here any more.
    let head = loop {
        match waits.events.receive().expect("the thread has looked") {
            ExchangeEvent::Head(info) => break info,
            ExchangeEvent::Failed { error, .. } => panic!("{error:?}"),
            _ => {}
        }
    };
    assert_eq!(head.head.status, 200);
    // The turn that told is over a moment later.
    eventually("the thread goes on", || caller.host.is_away());
    caller.host.end();
}

#[test]
fn the_end_of_a_transport_wakes_no_thread() {
    let peer = Peer::start(|mut stream, _| serve(&mut stream, "hello"));
    let caller = Caller::new();
    let own = thread::current().id();
    let mut used = 0;
    // The thread may be having a turn just then, which is when it is left to it.
    eventually("it ends where it was asked for", || {
        let transport = Transport::hosted(options(), &caller.host).expect("options are good");
        let mut one = Caller { host: Arc::clone(&caller.host), transport };
        let request = one.start(get(peer.port(), "/"), 1);
        one.done(&request);
        assert!(caller.host.is_away(), "a connection was begun");
        assert_eq!(one.transport.stats().connections, 1);
        used += 1;
        let (sender, ended) = channel();
        let done = Box::new(move || sender.send(thread::current().id()).unwrap_or_default());
        let close = one.transport.close_command(Some(done));
        caller.leave();
        caller.submit(vec![close], 1);
        let here = ended.try_recv().is_ok_and(|thread| thread == own);
        assert!(!here || one.transport.stats().connections == 0, "and then nothing is open");
        one.transport = Arc::clone(&caller.transport);
        here
    });
    eventually("all connections are closed", || peer.ended() == used);
    caller.host.end();
}

#[test]
fn limits_pass_wherever_it_is() {
    let peer = Peer::start(|mut stream, _| {
        let _ = read_head(&mut stream);
        support::peer::wait_for_end(&mut stream);
    });
    let caller = Caller::new();
    caller.host.pin();
    let mut request = get(peer.port(), "/");
    request.timeouts.head = Some(Duration::from_millis(50));
    let here = caller.start(request, 1);
    let mut patience = Patience::new();
    // As a timer would: not before the world has said that something is due.
    let due = loop {
        assert!(!patience.is_over());
        if let Some(due) = caller.host.turn().due {
            break due;
        }
        thread::yield_now();
    };
    thread::sleep(due.saturating_duration_since(Instant::now()));
    loop {
        match caller.next(&here) {
            ExchangeEvent::Failed { error, .. } => {
                assert_eq!(error.code, "ERR_TIMEOUT_HEAD");
                break;
            }
            _ => continue,
        }
    }
    caller.host.end();
}

#[test]
fn the_end_of_a_world_aborts_what_runs_and_closes_its_connections() {
    for away in [false, true] {
        let peer = Peer::start(|mut stream, _| {
            let _ = read_head(&mut stream);
            support::peer::wait_for_end(&mut stream);
        });
        let caller = Caller::new();
        if !away {
            caller.host.pin();
        }
        let running = caller.start(get(peer.port(), "/"), 1);
        eventually("the request has gone out", || {
            caller.host.turn();
            peer.accepted() == 1
        });
        caller.host.end();
        match running.events.receive().expect("a last event") {
            ExchangeEvent::Failed { error, .. } => assert_eq!(error.code, "ERR_SESSION_CLOSED"),
            other => panic!("{other:?}"),
        }
        eventually("the connection is closed", || peer.ended() == 1);
        // Orders that come too late are for nobody.
        caller.submit(vec![running.handle.abort_command()], 1);
        caller.leave();
        caller.transport.close(None);
    }
}
