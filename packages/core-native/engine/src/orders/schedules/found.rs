//! What schedules have found, each by itself.

use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::{DAY, Play, Server};
use crate::orders::Order;
use crate::request::{ExchangeRequest, Protocols, RequestBody, Scheme};

fn request(method: &'static str) -> ExchangeRequest {
    let mut request = ExchangeRequest::new(method, Scheme::Http, "10.0.0.1", 80, "/");
    request.protocols = Protocols::Http2;
    request
}

/// The next connection, whose server allows one stream.
fn accept(play: &mut Play) -> Server {
    play.universe.simulation.settle();
    let mut server = Server::new(play.universe.accept().expect("a connection"), 1);
    server.look();
    play.universe.simulation.settle();
    server.look();
    server
}

#[test]
fn a_connection_of_its_own_that_refuses_its_request_is_closed() {
    for new_connection in [true, false] {
        let mut play = Play::new(0);
        play.send(ExchangeRequest { new_connection, ..request("GET") });
        let mut refusing = accept(&mut play);
        refusing.refuse();
        play.universe.simulation.settle();
        let again = if new_connection { &mut accept(&mut play) } else { &mut refusing };
        again.help();
        play.universe.simulation.settle();
        assert!(play.asked.iter().all(super::Asked::is_over), "its request was repeated");
        play.universe.pass(DAY);
        assert!(refusing.has_ended(), "of its own: {new_connection}");
        assert_eq!(play.universe.transport.connections.load(Ordering::Acquire), 0);
    }
}

#[test]
fn a_request_that_waits_for_a_stream_gets_the_one_whose_upload_ends_behind_its_answer() {
    let mut play = Play::new(0);
    play.send(ExchangeRequest { body: RequestBody::Stream { length: None }, ..request("POST") });
    let mut server = accept(&mut play);
    play.send(request("GET"));
    let id = play.asked[0].id;
    // More than the windows of a server that has given none back.
    play.order(Order::Write { id, data: Bytes::from(vec![b'x'; 100_000]) });
    play.order(Order::End { id, trailers: Vec::new() });
    play.universe.simulation.settle();
    server.look();
    server.answer_early();
    play.universe.simulation.settle();
    for _ in 0..3 {
        server.help();
        play.universe.simulation.settle();
    }
    assert!(play.asked.iter().all(super::Asked::is_over), "the GET has had its turn");
}

#[test]
fn an_upload_that_ends_in_the_turn_in_which_its_exchange_is_over_ends_for_the_server_too() {
    for size in [0, 1_000] {
        let mut play = Play::new(0);
        play.send(ExchangeRequest { body: RequestBody::Stream { length: None }, ..request("POST") });
        let mut server = accept(&mut play);
        play.send(request("GET"));
        let id = play.asked[0].id;
        play.order(Order::Write { id, data: Bytes::from(vec![b'x'; size]) });
        play.universe.simulation.settle();
        server.look();
        server.begin_early();
        play.universe.simulation.settle();
        server.answer_early();
        play.universe.simulation.settle();
        // Nothing is written between the end of the body and that of the exchange, which has all of its answer by now.
        play.order(Order::End { id, trailers: Vec::new() });
        play.read_on(0);
        play.universe.simulation.settle();
        for _ in 0..3 {
            server.help();
            play.universe.simulation.settle();
        }
        assert!(play.asked.iter().all(super::Asked::is_over), "the GET has had its turn, behind {size} bytes");
    }
}
