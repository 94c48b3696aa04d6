//! A request that repeats the fields of an earlier one has the bytes of one that does not: what a connection remembers is
//! not seen on the wire.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::sync::Arc;

use bytes::Bytes;
use support::{PRIORITY, chromium, drain_writes, field, firefox, frames, ready, ready_with};
use wiretwin_wire::head::{Fields, RequestHead};
use wiretwin_wire::http2::{Connection, ErrorCode, Http2Limits, Http2Policy};

/// Numbers that look random and are the same each time (Knuth's MMIX).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    fn text(&mut self) -> String {
        let length = self.of(&[0, 1, 5, 19, 20, 60, 900, 2_100]);
        (0..length).map(|_| self.of(&['a', 'b', ';', ' ', '=', '1'])).collect()
    }
}

const NAMES: [&str; 16] = [
    "accept-encoding",
    "Accept-Encoding",
    "cookie",
    "Cookie",
    "authorization",
    "User-Agent",
    "x-a",
    "X-B",
    "x-c",
    "te",
    "Host",
    "Connection",
    "content-length",
    "accept",
    "priority",
    "referer",
];

fn fields(numbers: &mut Numbers) -> Fields {
    let value = |numbers: &mut Numbers| match numbers.below(3) {
        0 => numbers.of(&["gzip, deflate", "", "trailers", "a=1; b=2", "a=1; b=2; a=1;", "x"]).to_owned(),
        _ => numbers.text(),
    };
    let count = numbers.below(9);
    (0..count).map(|_| field(numbers.of(&NAMES), &value(numbers))).collect()
}

/// The same head, made of nothing that an earlier one had.
fn fresh(head: &RequestHead) -> RequestHead {
    RequestHead { fields: head.fields.to_vec().into(), ..head.clone() }
}

fn heads(numbers: &mut Numbers) -> Vec<RequestHead> {
    let lists: Vec<Fields> = (0..6).map(|_| fields(numbers)).collect();
    let bytes = |text: &str| Bytes::copy_from_slice(text.as_bytes());
    let head = |numbers: &mut Numbers| RequestHead {
        method: bytes(numbers.of(&["GET", "GET", "POST", "CONNECT", "x"])),
        scheme: bytes(numbers.of(&["https", "https", "http", "wss"])),
        authority: bytes(&numbers.of(&["a.test", "b.test:8443", ""]).repeat(numbers.of(&[1, 1, 1, 100]))),
        target: bytes(numbers.of(&["/", "/index.html", "/a", "/b?c"])),
        protocol: numbers.of(&[None, None, None, Some("websocket")]).map(bytes),
        fields: numbers.of(&lists),
    };
    (0..12).map(|_| head(numbers)).collect()
}

fn write(connection: &mut Connection, head: RequestHead) -> Vec<Bytes> {
    let id = connection.open(head, PRIORITY, true).unwrap();
    let written = drain_writes(connection);
    connection.reset(id, ErrorCode::CANCEL);
    drain_writes(connection);
    written
}

fn same_bytes(policy: &Arc<Http2Policy>, seed: u64) {
    let numbers = &mut Numbers(seed);
    let open = || ready_with(Arc::clone(policy), Http2Limits::default(), &[(8, 1)]);
    let (mut remembers, mut forgets) = (open(), open());
    let heads = heads(numbers);
    for round in 0..60 {
        if numbers.below(8) == 0 {
            let size = numbers.of(&[0, 40, 127, 128, 300, 1_000, 4_096, 4_096, 65_536]);
            for connection in [&mut remembers, &mut forgets] {
                connection.receive(&frames::settings(&[(1, size)])).unwrap();
            }
        }
        let head = match numbers.below(8) {
            // A request of its own: its fields push those of others down, or out.
            0 => RequestHead { fields: fields(numbers), ..numbers.of(&heads) },
            _ => numbers.of(&heads),
        };
        let without = write(&mut forgets, fresh(&head));
        assert_eq!(write(&mut remembers, head), without, "seed {seed}, request {round}");
    }
}

#[test]
fn what_is_remembered_is_not_seen() {
    let whole = {
        let mut policy = Http2Policy::clone(&chromium());
        policy.hpack.cookie = serde_json::from_str("\"whole\"").unwrap();
        Arc::new(policy)
    };
    for policy in [chromium(), firefox(), whole] {
        for seed in 0..150 {
            same_bytes(&policy, seed);
        }
    }
}

#[test]
fn a_list_with_too_many_crumbs_is_not_kept() {
    let cookie: String = (0..300).map(|number| format!("a{number}=1; ")).collect();
    let head = RequestHead { fields: vec![field("cookie", &cookie)].into(), ..support::get("/") };
    let (mut remembers, mut forgets) = (ready(chromium()), ready(chromium()));
    for _ in 0..4 {
        assert_eq!(write(&mut remembers, head.clone()), write(&mut forgets, fresh(&head)));
    }
}

#[test]
fn fields_that_were_changed_are_other_fields() {
    let mut head = support::get("/");
    let (mut remembers, mut forgets) = (ready(chromium()), ready(chromium()));
    for round in 0..9 {
        assert_eq!(write(&mut remembers, head.clone()), write(&mut forgets, fresh(&head)));
        if round % 3 == 2 {
            head.fields.push(field("x-more", &round.to_string()));
        }
    }
}
