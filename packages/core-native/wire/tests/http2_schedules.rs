//! Requests, answers, resets, GOAWAY and ends in any order, the same in every run: what must hold whatever happens.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use support::frames::{self, Frame};
use support::{PRIORITY, drain_events, drain_frames, ready};
use wiretwin_wire::http2::hpack::decoder::Decoder;
use wiretwin_wire::http2::{Connection, ErrorCode, Event, Initiator, StreamId};

const SCHEDULES: u32 = 3_000;
const STEPS: u32 = 60;

struct Random(u32);

impl Random {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) % limit
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        all.get(self.below(u32::try_from(all.len()).unwrap().max(1)) as usize).copied()
    }
}

/// What is left to happen on a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Open,
    /// The answer is complete; an upload may go on until it is reset.
    Answered,
    /// It was reset, or given up: nothing may be told or written any more.
    Over,
}

/// What the server knows of a stream.
#[derive(Debug, Default)]
struct Seen {
    head_sent: bool,
    ended: bool,
    window: i64,
}

/// Both sides of a connection.
struct World {
    connection: Connection,
    /// Every stream that was opened.
    fates: BTreeMap<u32, Fate>,
    ids: BTreeMap<u32, StreamId>,
    /// Bytes that were told and not taken.
    unread: BTreeMap<u32, usize>,
    /// The server's side: streams whose HEADERS have come.
    seen: BTreeMap<u32, Seen>,
    decoder: Decoder,
    /// What the server may send, and the client.
    window: i64,
    client_window: i64,
    /// Streams that the client has reset, and the server; both may, when their frames cross.
    resets: HashSet<u32>,
    server_resets: HashSet<u32>,
    last_headers: u32,
    dead: bool,
}

impl World {
    fn new(connection: Connection, window: i64) -> Self {
        Self {
            connection,
            fates: BTreeMap::new(),
            ids: BTreeMap::new(),
            unread: BTreeMap::new(),
            seen: BTreeMap::new(),
            decoder: Decoder::new(4_096, 65_536),
            window,
            client_window: 65_535,
            resets: HashSet::new(),
            server_resets: HashSet::new(),
            last_headers: 0,
            dead: false,
        }
    }

    fn streams(&self, fate: Fate) -> Vec<u32> {
        self.fates.iter().filter(|(_, known)| **known == fate).map(|(id, _)| *id).collect()
    }

    /// Streams on which the server may still say something.
    fn answerable(&self) -> Vec<u32> {
        self.not_reset().into_iter().filter(|id| !self.seen[id].ended).collect()
    }

    fn not_reset(&self) -> Vec<u32> {
        let open = |id: &u32| !self.resets.contains(id) && !self.server_resets.contains(id);
        self.seen.keys().copied().filter(open).collect()
    }

    fn write(&mut self) {
        for frame in drain_frames(&mut self.connection) {
            self.arrived(&frame);
        }
    }

    /// The server reads a frame of the client.
    fn arrived(&mut self, frame: &Frame) {
        let id = frame.stream;
        let over = self.fates.get(&id) == Some(&Fate::Over);
        match frame.kind {
            frames::HEADERS if !self.seen.contains_key(&id) => {
                assert!(!over, "a request was written after its end was told");
                assert!(id > self.last_headers, "streams begin in order");
                self.last_headers = id;
                self.decoder.decode(&frame.payload[5..]).expect("the tables are in step");
                self.seen.insert(id, Seen { window: 65_535, ..Seen::default() });
            }
            frames::HEADERS => panic!("HEADERS twice"),
            frames::DATA => {
                assert!(!over, "a body was written after its end was told");
                let length = i64::try_from(frame.payload.len()).unwrap();
                let seen = self.seen.get_mut(&id).expect("a body of a stream that nobody opened");
                seen.window -= length;
                self.client_window -= length;
                assert!(seen.window >= 0 && self.client_window >= 0, "more than the windows allow");
            }
            frames::RST_STREAM => {
                assert!(self.seen.contains_key(&id), "RST_STREAM for a stream that the server cannot know");
                assert!(self.resets.insert(id), "reset twice");
            }
            frames::WINDOW_UPDATE if id == 0 => self.window += i64::from(frame.number()),
            frames::WINDOW_UPDATE => assert!(self.seen.contains_key(&id), "a window of nothing"),
            _ => {}
        }
    }

    fn receive(&mut self, bytes: &[u8], allowed: bool) {
        let result = self.connection.receive(bytes);
        assert!(self.dead || result.is_ok() == allowed, "{result:?}");
        self.events();
    }

    fn events(&mut self) {
        for event in drain_events(&mut self.connection) {
            let mut after = Fate::Answered;
            let (id, ends) = match &event {
                Event::Response { id, end_stream, .. } => (*id, *end_stream),
                Event::Data { id, data, end_stream } => {
                    *self.unread.entry(id.value()).or_default() += data.len();
                    (*id, *end_stream)
                }
                Event::Reset { id, by, processed, .. } => {
                    let written = self.seen.contains_key(&id.value());
                    assert!(*processed || !written || *by == Initiator::Remote, "{event:?}: the server has it");
                    after = Fate::Over;
                    (*id, true)
                }
                _ => continue,
            };
            let before = self.fates[&id.value()];
            // After the end of the answer a reset says that the upload is not wanted, and nothing else is said.
            assert!(before == Fate::Open || before == Fate::Answered && after == Fate::Over, "{event:?} after the end");
            if ends {
                self.fates.insert(id.value(), after);
            }
        }
    }

    fn step(&mut self, random: &mut Random) {
        match random.below(14) {
            0..=2 if self.connection.can_open() => {
                let ends = random.below(3) > 0;
                let head = support::request(if ends { "GET" } else { "POST" }, "/");
                let id = self.connection.open(head, PRIORITY, ends).expect("there is room");
                self.fates.insert(id.value(), Fate::Open);
                self.ids.insert(id.value(), id);
            }
            3 => {
                if let Some(id) = random.of(&self.streams(Fate::Open)) {
                    let piece = Bytes::from(vec![0; random.below(30_000) as usize]);
                    let _ = self.connection.send_body(self.ids[&id], piece, random.below(2) == 0);
                }
            }
            4 | 5 => self.write(),
            6 => {
                if let Some(id) = random.of(&self.streams(Fate::Open)) {
                    self.connection.reset(self.ids[&id], ErrorCode::CANCEL);
                    self.fates.insert(id, Fate::Over);
                    self.unread.remove(&id);
                }
            }
            7 | 8 => self.answer(random),
            9 => {
                if let Some(id) = random.of(&self.not_reset()) {
                    self.server_resets.insert(id);
                    let code = [0, 7, 8, 2][random.below(4) as usize];
                    self.receive(&frames::reset(id, code), true);
                }
            }
            10 => {
                let more = 1 + random.below(20_000);
                self.client_window += i64::from(more);
                self.receive(&frames::window_update(0, more), true);
            }
            11 if random.below(8) == 0 => self.receive(&frames::go_away(random.below(self.last_headers + 4), 0), true),
            12 if random.below(20) == 0 => {
                self.connection.received_end_of_input();
                self.events();
                self.dead = true;
            }
            13 if random.below(20) == 0 && !self.dead => {
                // For a stream that it cannot know: that breaks the connection.
                self.receive(&frames::ok(self.last_headers + 2, true), false);
                self.dead = true;
            }
            _ => self.consume(random),
        }
    }

    fn answer(&mut self, random: &mut Random) {
        let Some(id) = random.of(&self.answerable()).filter(|_| !self.dead) else { return };
        let ends = random.below(2) == 0;
        let size = random.below(20_000).min(u32::try_from(self.window.max(0)).unwrap_or(0));
        let seen = self.seen.get_mut(&id).unwrap();
        let mut bytes = Vec::new();
        if !std::mem::replace(&mut seen.head_sent, true) {
            bytes.extend(frames::ok(id, false));
        }
        for part in 0..=size / 16_384 {
            let last = part == size / 16_384;
            let length = if last { size % 16_384 } else { 16_384 };
            bytes.extend(frames::data(id, ends && last, &vec![0; length as usize]));
        }
        seen.ended = ends;
        self.window -= i64::from(size);
        self.receive(&bytes, true);
    }

    fn consume(&mut self, random: &mut Random) {
        let waiting: Vec<u32> = self.unread.keys().copied().collect();
        if let Some(id) = random.of(&waiting) {
            let bytes = self.unread.remove(&id).unwrap();
            self.connection.consume(self.ids[&id], bytes);
        }
    }
}

#[test]
fn whatever_the_order_each_request_ends_once_and_nothing_is_written_after_its_end() {
    // A window of the connection so small that what is not given back is missed.
    let mut policy = (*support::chromium()).clone();
    policy.connection_window_increment = 0;
    policy.flow_control.connection_update_above = 16_384;
    policy.validate().unwrap();
    let policy = Arc::new(policy);
    let window = i64::from(policy.connection_window());
    let threshold = i64::from(policy.flow_control.connection_update_above);
    let mut ends = 0;
    for schedule in 0..SCHEDULES {
        let mut random = Random(schedule);
        let mut world = World::new(ready(Arc::clone(&policy)), window);
        for _ in 0..STEPS {
            world.step(&mut random);
        }
        // All is read, and the socket ends: nothing stays open, and nothing is owed to the server.
        while !world.unread.is_empty() {
            world.consume(&mut random);
        }
        let left = [world.streams(Fate::Open), world.streams(Fate::Answered)].concat();
        for id in left {
            world.connection.reset(world.ids[&id], ErrorCode::CANCEL);
            world.fates.insert(id, Fate::Over);
        }
        world.write();
        if !world.dead {
            let owed = window - world.window;
            assert!((0..=threshold).contains(&owed), "schedule {schedule}: {owed} bytes of the window are lost");
        }
        world.connection.received_end_of_input();
        assert!(world.connection.next_event().is_none(), "schedule {schedule}: told after the end");
        assert!(world.connection.is_idle() && drain_frames(&mut world.connection).is_empty(), "schedule {schedule}");
        ends += world.fates.len();
    }
    assert!(ends > 10_000, "{ends} requests: the schedules must reach something");
}
