//! A live HTTP/2 connection between a caller that does what it likes and a peer that sends what it likes: frames that are
//! right, frames that are nearly right, and bytes.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use wiretwin_wire::head::{Field, RequestHead};
use wiretwin_wire::http2::{Connection, ErrorCode, Event, Http2Limits, Http2Policy, Priority, StreamId};

use crate::choices::{Choices, Input};
use crate::frames;

static POLICIES: LazyLock<[Arc<Http2Policy>; 2]> = LazyLock::new(|| {
    let read = |text: &str| {
        let mut policy: Http2Policy = serde_json::from_str(text).expect("a policy");
        // So small that what is not given back is missed.
        policy.connection_window_increment = 0;
        policy.flow_control.connection_update_above = 16_384;
        policy.validate().expect("a valid policy");
        Arc::new(policy)
    };
    [
        read(include_str!("../../wire/tests/fixtures/http2_policy_chromium_156.json")),
        read(include_str!("../../wire/tests/fixtures/http2_policy_firefox_153.json")),
    ]
});

/// Steps of one run: enough for every pair of things to meet.
const MAX_STEPS: u32 = 300;

/// Answers that may wait to be written, with room for what we write of our own (limits.rs, `max_queued_answers`).
const MAX_WRITES_A_STEP: usize = 4_000;

/// How far the caller has been told of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Nothing,
    Head,
    End,
    Over,
}

struct Caller {
    connection: Connection,
    told: HashMap<u32, Told>,
    ids: Vec<StreamId>,
    unread: HashMap<u32, usize>,
    events: Vec<Event>,
    written: Vec<u8>,
    resets: HashSet<u32>,
    failed: bool,
    ended: bool,
    /// Bytes of the peer come in two pieces.
    split: bool,
}

fn head(method: &'static str) -> RequestHead {
    RequestHead {
        method: method.into(),
        scheme: "https".into(),
        authority: "fuzz.test".into(),
        target: "/".into(),
        protocol: (method == "CONNECT").then(|| "websocket".into()),
        fields: vec![Field { name: "user-agent".into(), value: "x".into() }].into(),
    }
}

impl Caller {
    fn id(&self, input: &mut Input<'_>) -> Option<StreamId> {
        input.of(&self.ids)
    }

    fn receive(&mut self, bytes: &[u8]) {
        let middle = if self.split { bytes.len() / 2 } else { 0 };
        let (left, right) = bytes.split_at(middle);
        for piece in [left, right] {
            let result = self.connection.receive(piece);
            assert!(!self.failed || result.is_err(), "a connection that failed goes on");
            if result.is_err() && !self.failed {
                self.failed = true;
                assert!(self.connection.is_draining() && self.connection.is_idle() && !self.connection.can_open());
            }
        }
        self.listen();
    }

    fn listen(&mut self) {
        while let Some(event) = self.connection.next_event() {
            let (id, after) = match &event {
                Event::Informational { id, .. } => {
                    assert_eq!(self.told[&id.value()], Told::Nothing, "{event:?}");
                    (id, Told::Nothing)
                }
                Event::Response { id, end_stream, .. } => {
                    assert_eq!(self.told[&id.value()], Told::Nothing, "{event:?}");
                    (id, if *end_stream { Told::End } else { Told::Head })
                }
                Event::Data { id, data, end_stream } => {
                    assert_eq!(self.told[&id.value()], Told::Head, "{event:?}");
                    assert!(*end_stream || !data.is_empty());
                    *self.unread.entry(id.value()).or_default() += data.len();
                    (id, if *end_stream { Told::End } else { Told::Head })
                }
                Event::Trailers { id, .. } => {
                    assert_eq!(self.told[&id.value()], Told::Head, "{event:?}");
                    (id, Told::End)
                }
                Event::Reset { id, .. } => {
                    assert_ne!(self.told[&id.value()], Told::Over, "{event:?}");
                    self.unread.remove(&id.value());
                    (id, Told::Over)
                }
                Event::SendCapacity { id } => {
                    assert_ne!(self.told[&id.value()], Told::Over, "{event:?}");
                    (id, self.told[&id.value()])
                }
                Event::Settings | Event::GoAway { .. } | Event::Pong => {
                    self.events.push(event);
                    continue;
                }
            };
            self.told.insert(id.value(), after);
            self.events.push(event);
        }
        let unread: usize = self.unread.values().sum();
        assert!(unread <= 65_535 + 16_384, "more than the window is held");
    }

    fn write(&mut self, most: usize) {
        for turn in 0..most {
            assert!(turn < MAX_WRITES_A_STEP, "the peer makes us talk");
            let Some(bytes) = self.connection.next_write() else { break };
            assert!(!bytes.is_empty());
            self.written.extend_from_slice(&bytes);
        }
        self.listen();
    }

    fn act(&mut self, input: &mut Input<'_>) {
        match input.below(12) {
            0 | 1 => {
                let method = input.of(&["GET", "POST", "HEAD", "CONNECT"]).unwrap_or("GET");
                let rank = u8::try_from(input.below(5)).unwrap_or(0);
                let priority = Priority { weight: 256, exclusive: rank == 0, rank, send: rank < 4 };
                let can = self.connection.can_open();
                let opened = self.connection.open(head(method), priority, matches!(method, "GET" | "HEAD"));
                assert!(can || opened.is_err());
                if let Ok(id) = opened {
                    assert!(self.ids.iter().all(|other| other.value() < id.value()), "an identifier twice");
                    self.told.insert(id.value(), Told::Nothing);
                    self.ids.push(id);
                }
            }
            2 | 3 => {
                if let Some(id) = self.id(input) {
                    let size = [0, 1, 1_000, 16_384, 70_000][input.below(5) as usize];
                    let _ = self.connection.send_body(id, Bytes::from(vec![0; size]), input.once_in(2));
                }
            }
            4 => {
                if let Some(id) = self.id(input) {
                    let fields = [Field { name: "x-end".into(), value: "y".into() }];
                    let _ = self.connection.send_trailers(id, &fields);
                }
            }
            5 => {
                if let Some(id) = self.id(input) {
                    let ended = self.told[&id.value()] == Told::End;
                    if ended && input.once_in(2) {
                        self.connection.reset_ended(id, ErrorCode::CANCEL);
                    } else {
                        self.connection.reset(id, ErrorCode::CANCEL);
                        self.told.insert(id.value(), Told::Over);
                        self.unread.remove(&id.value());
                    }
                }
            }
            6 | 7 => {
                if let Some(id) = self.id(input) {
                    let bytes = self.unread.remove(&id.value()).unwrap_or(0);
                    self.connection.consume(id, bytes);
                }
            }
            8 => self.connection.ping(),
            9 => match input.below(4) {
                0 => self.connection.go_away(ErrorCode::NO_ERROR),
                1 => self.connection.close(),
                2 => self.connection.acknowledge_settings(),
                _ => {
                    self.connection.received_end_of_input();
                    self.ended = true;
                    self.listen();
                    assert!(self.connection.is_idle() && self.connection.is_draining());
                }
            },
            _ => self.write(usize::MAX),
        }
    }

    /// A stream that the peer may mean: one of ours, the next, one of its own, none.
    fn stream(&self, input: &mut Input<'_>) -> u32 {
        let last = self.ids.last().map_or(1, |id| id.value());
        match input.below(8) {
            0 => 0,
            1 => last + 2,
            2 => 2,
            3 => input.number(),
            _ => self.id(input).map_or(1, StreamId::value),
        }
    }

    fn frame(&self, input: &mut Input<'_>) -> Vec<u8> {
        let id = self.stream(input);
        let flags = if input.once_in(3) { input.byte() } else { u8::try_from(input.below(2)).unwrap_or(0) };
        let length = usize::from(input.byte());
        let data = |input: &mut Input<'_>| match input.below(3) {
            0 => input.bytes(length).to_vec(),
            1 => vec![0; length],
            _ => vec![0; length * 64],
        };
        match input.below(15) {
            0 | 1 => frames::ok(id, flags & 1 != 0),
            2 => frames::headers(id, flags & 1 != 0, &[(":status", "200"), ("content-length", "1000"), ("a", "b")]),
            3 => frames::headers(id, false, &[(":status", ["100", "103", "101", "099"][usize::from(flags & 3)])]),
            4 => frames::frame(frames::HEADERS, flags | 4, id, input.bytes(length)),
            5 => frames::frame(frames::HEADERS, flags & !4, id, input.bytes(length)),
            6 => frames::frame(frames::CONTINUATION, flags | 4, id, input.bytes(length)),
            7 => frames::data(id, flags & 1 != 0, &data(input)),
            8 => frames::padded_data(id, flags & 1 != 0, &data(input), input.byte()),
            9 => frames::reset(id, input.below(15)),
            10 => {
                let known = [1, 2, 3, 4, 5, 6, 8, 9];
                let value = |input: &mut Input<'_>| match input.below(4) {
                    0 => input.number(),
                    1 => input.below(4),
                    2 => 16_384 + input.below(50_000),
                    _ => 65_535,
                };
                let entries: Vec<(u16, u32)> =
                    (0..input.below(4)).map(|_| (input.of(&known).unwrap_or(1), value(input))).collect();
                frames::settings(&entries)
            }
            11 => frames::window_update(id, if flags & 1 == 0 { input.below(40_000) } else { input.number() }),
            12 => frames::go_away(id, input.below(15)),
            13 => frames::ping([flags; 8], flags & 1 != 0),
            _ => frames::frame(input.byte(), flags, id, &data(input)),
        }
    }
}

fn play(data: &[u8], split: bool) -> Caller {
    let mut input = Input::new(data);
    let policy = Arc::clone(&POLICIES[usize::from(input.byte() & 1)]);
    let mut caller = Caller {
        connection: Connection::new(policy, Http2Limits::default()),
        told: HashMap::new(),
        ids: Vec::new(),
        unread: HashMap::new(),
        events: Vec::new(),
        written: Vec::new(),
        resets: HashSet::new(),
        failed: false,
        ended: false,
        split,
    };
    if input.byte() & 7 != 0 {
        caller.receive(&frames::settings(&[(3, 100), (8, 1)]));
    }
    for _ in 0..MAX_STEPS {
        if input.is_over() {
            break;
        }
        match input.below(8) {
            0..=2 => caller.act(&mut input),
            3..=5 => {
                let frame = caller.frame(&mut input);
                caller.receive(&frame);
            }
            6 => {
                let mut frame = caller.frame(&mut input);
                let at = input.below(u32::try_from(frame.len()).unwrap_or(1).min(64)) as usize;
                frame[at] = input.byte();
                caller.receive(&frame);
            }
            _ => {
                let length = usize::from(input.byte());
                let bytes = input.bytes(length).to_vec();
                caller.receive(&bytes);
            }
        }
    }
    caller
}

pub fn run(data: &[u8]) {
    let mut caller = play(data, false);
    let other = play(data, true);
    assert!(caller.events == other.events && caller.written == other.written, "the cut decides");

    caller.write(usize::MAX);
    let written = frames::parse(caller.written.strip_prefix(frames::PREFACE).expect("the preface"));
    for (at, frame) in written.iter().enumerate() {
        assert!(frame.payload.len() <= 65_535 + 16_384, "a frame above what the peer allows");
        let last = at + 1 == written.len();
        assert!(!caller.failed || !last || frame.kind == frames::GOAWAY, "the last word is not GOAWAY");
        if frame.kind == frames::RST_STREAM {
            caller.resets.insert(frame.stream);
        }
        let after_reset = caller.resets.contains(&frame.stream);
        assert!(!after_reset || frame.kind == frames::RST_STREAM, "{frame:?} after RST_STREAM");
    }
    if caller.failed || caller.ended {
        let open = caller.told.values().filter(|told| matches!(told, Told::Nothing | Told::Head)).count();
        assert_eq!(open, 0, "requests that nobody settles: {:?}", caller.told);
    }
}
