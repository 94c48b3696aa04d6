//! Requests that come while the handshake is under way and join its early data, as Firefox sends them.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use support::client::{fetch, firefox, start};
use support::early::{Recorded, Tee, acceptor, answer, client, get, recorded_of, records, went_early, with_method};
use support::patience::Patient;
use support::peer::Peer;
use support::tls_server::accept;
use wiretwin_engine::ExchangeRequest;

/// Serves HTTP/2 and notes the records of each connection; the second one answers only when the test says so. The
/// receiver tells how many records of early data have come, each time that more bytes have.
fn waiting_peer() -> (Peer, Recorded, Sender<()>, Receiver<usize>) {
    let (recorded, acceptor) = (Recorded::default(), acceptor(&["h2"]));
    let (answer_now, wait) = channel::<()>();
    let (tell, arrived) = channel::<usize>();
    let all = Arc::clone(&recorded);
    let (wait, tell) = (Mutex::new(wait), Mutex::new(tell));
    let peer = Peer::start(move |stream, number| {
        if number == 1 {
            let mut seen = 0;
            let mut flight = vec![0; 64 * 1024];
            while wait.lock().unwrap().try_recv() == Err(TryRecvError::Empty) {
                let length = stream.peek(&mut flight).expect("a flight");
                if length > seen {
                    seen = length;
                    let early = records(&flight[..length]).iter().filter(|(kind, _)| *kind == 23).count();
                    let _ = tell.lock().unwrap().send(early);
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        let copy = Arc::<Mutex<Vec<u8>>>::default();
        if let Some(stream) = accept(&acceptor, Tee(stream, Arc::clone(&copy))) {
            answer(stream, "body");
        }
        let records = records(&copy.lock().unwrap());
        all.lock().unwrap().insert(number, records);
    });
    (peer, recorded, answer_now, arrived)
}

/// Waits until this many records of early data have come.
fn until_early(arrived: &Receiver<usize>, records: usize) {
    while arrived.receive().expect("early data comes") < records {}
}

#[test]
fn requests_that_come_during_the_handshake_go_early_too() {
    for first in ["GET", "POST"] {
        let (peer, recorded, answer_now, arrived) = waiting_peer();
        let transport = client(firefox());
        fetch(&transport, get(peer.port())).expect("answered");
        let pooled = |method| ExchangeRequest { new_connection: false, ..with_method(peer.port(), method) };
        let mut running = vec![start(&transport, pooled(first))];
        until_early(&arrived, 1);
        for late in 2..=3 {
            running.push(start(&transport, pooled("GET")));
            until_early(&arrived, late);
        }
        running.push(start(&transport, pooled("POST")));
        answer_now.send(()).expect("the peer waits");
        for one in running {
            assert_eq!(one.finish().expect("answered").text(), "body");
        }
        transport.close(None);
        // As captured, first a GET: `23:364 23:77 23:77 23:21`, first a POST: `23:87 23:295 23:77 23:21`.
        let seen = recorded_of(&recorded, 1);
        assert_eq!(peer.accepted(), 2);
        assert_eq!((seen[0].0, seen[1]), (22, (20, 1)), "{seen:?}");
        assert_eq!(seen[5], (23, 21), "three records of early data: {seen:?}");
        assert_eq!(seen[2].1 == 87, first == "POST", "{seen:?}");
        assert!(seen[4].1 < 87, "{seen:?}");
    }
}

#[test]
fn late_early_requests_are_sent_again_when_the_server_rejects() {
    let (hold, held) = channel::<()>();
    let (arrived, flight) = channel::<usize>();
    let (held, arrived) = (Mutex::new(held), Mutex::new(arrived));
    let peer = Peer::start(move |stream, number| {
        if number == 1 {
            let mut bytes = vec![0; 64 * 1024];
            let mut early = 0;
            while early < 2 {
                let length = stream.peek(&mut bytes).expect("a flight");
                early = records(&bytes[..length]).iter().filter(|(kind, _)| *kind == 23).count();
                if early == 1 {
                    let _ = arrived.lock().unwrap().send(early);
                }
                std::thread::sleep(Duration::from_millis(1));
            }
            held.lock().unwrap().recv().expect("released");
        }
        // Keys of its own: it cannot know the ticket.
        if let Some(stream) = accept(&acceptor(&["h2"]), Tee(stream, Arc::default())) {
            answer(stream, "body");
        }
    });
    let transport = client(firefox());
    fetch(&transport, get(peer.port())).expect("answered");
    let pooled = || ExchangeRequest { new_connection: false, ..get(peer.port()) };
    let first = start(&transport, pooled());
    until_early(&flight, 1);
    let second = start(&transport, pooled());
    hold.send(()).expect("the peer waits");
    for one in [first, second] {
        let answer = one.finish().expect("answered");
        assert_eq!((answer.text().as_str(), went_early(&answer)), ("body", false));
    }
    assert_eq!(peer.accepted(), 2);
}
