//! Where the input is cut must not matter, whatever the input.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod support;

use support::frames;
use support::{PRIORITY, drain_events, drain_writes};
use wiretwin_wire::http2::{Connection, Event, Http2Limits};

/// Everything a peer can say in one go, on several streams.
fn conversation() -> Vec<u8> {
    let mut input = frames::settings(&[(3, 10), (4, 70_000), (77, 1)]);
    input.extend(frames::ping(*b"12345678", false));
    input.extend(frames::headers(1, false, &[(":status", "200"), ("content-type", "text/plain")]));
    input.extend(frames::data(1, false, &[1; 3_000]));
    input.extend(frames::frame(frames::HEADERS, 0, 3, &frames::block(&[(":status", "404")])));
    input.extend(frames::frame(frames::CONTINUATION, frames::END_HEADERS, 3, &frames::block(&[("a", "b")])));
    input.extend(frames::padded_data(1, true, &[2; 100], 20));
    input.extend(frames::frame(99, 255, 7, b"unknown"));
    input.extend(frames::window_update(0, 5));
    input.extend(frames::data(3, true, b"x"));
    input.extend(frames::reset(5, 8));
    input.extend(frames::go_away(5, 0));
    input
}

fn converse(pieces: &[&[u8]]) -> (Vec<Event>, Vec<u8>) {
    let mut connection = Connection::new(support::chromium(), Http2Limits::default());
    for path in ["/a", "/b", "/c"] {
        connection.open(support::get(path), PRIORITY, true).unwrap();
    }
    let mut written = drain_writes(&mut connection).concat();
    let mut events = Vec::new();
    for piece in pieces {
        connection.receive(piece).unwrap();
        events.extend(drain_events(&mut connection));
    }
    written.extend(drain_writes(&mut connection).concat());
    (events, written)
}

#[test]
fn input_may_be_split_anywhere() {
    let input = conversation();
    let whole = converse(&[&input]);
    assert_eq!(whole.0.len(), 8, "{:?}", whole.0);
    let bytes: Vec<&[u8]> = input.chunks(1).collect();
    assert_eq!(converse(&bytes), whole);
    for at in 0..input.len() {
        let (left, right) = input.split_at(at);
        assert_eq!(converse(&[left, right]), whole, "split at {at}");
    }
    // A fixed generator: pieces of many sizes, the same in every run.
    let mut seed = 12_345u32;
    for _ in 0..200 {
        let mut pieces = Vec::new();
        let mut rest = input.as_slice();
        while !rest.is_empty() {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (piece, left) = rest.split_at((seed >> 20) as usize % rest.len().min(900) + 1);
            pieces.push(piece);
            rest = left;
        }
        assert_eq!(converse(&pieces), whole);
    }
}

#[test]
fn damaged_input_never_panics_and_never_depends_on_where_it_was_split() {
    let run = |pieces: &[&[u8]]| {
        let mut connection = Connection::new(support::chromium(), Http2Limits::default());
        for path in ["/a", "/b", "/c"] {
            connection.open(support::get(path), PRIORITY, true).unwrap();
        }
        drain_writes(&mut connection);
        let mut outcome = Ok(());
        for piece in pieces {
            outcome = connection.receive(piece);
        }
        let events = drain_events(&mut connection);
        (outcome, events, drain_writes(&mut connection).concat())
    };
    let input = conversation();
    let mut seed = 99u32;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as usize % below
    };
    let mut refused = 0;
    for _ in 0..5_000 {
        let mut damaged = input.clone();
        for _ in 0..=next(3) {
            let at = next(damaged.len());
            // Headers are where it hurts: most of the input is body.
            let at = if next(4) == 0 { at } else { at % 120 };
            damaged[at] = u8::try_from(next(256)).unwrap();
        }
        let whole = run(&[&damaged]);
        refused += usize::from(whole.0.is_err());
        let (left, right) = damaged.split_at(next(damaged.len()));
        assert_eq!(run(&[left, right]), whole);
    }
    assert!(refused > 1_000, "{refused} refused: the damage must reach the checks");
}
