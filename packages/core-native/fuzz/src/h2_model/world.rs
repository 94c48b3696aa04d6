//! The caller's side, and what happens.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use wiretwin_wire::head::{Field, RequestHead};
use wiretwin_wire::http2::{Connection, ErrorCode, Event, Http2Limits, Http2Policy, Initiator, Priority, StreamId};

use super::server::Server;
use crate::choices::Choices;
use crate::frames;

/// What is left to happen on a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Open,
    /// The answer is complete; an upload may go on until it is reset.
    Answered,
    /// It was reset, or given up: nothing may be told or written any more.
    Over,
}

pub struct World {
    connection: Connection,
    policy: Arc<Http2Policy>,
    limits: Http2Limits,
    server: Server,
    /// Every stream that was opened.
    fates: BTreeMap<u32, Fate>,
    ids: BTreeMap<u32, StreamId>,
    /// Uploads that take more.
    uploads: BTreeSet<u32>,
    /// Uploads whose caller waits for `SendCapacity`.
    full: BTreeSet<u32>,
    /// Bytes that were told and not taken.
    unread: BTreeMap<u32, usize>,
    pongs: u32,
    closed: bool,
    dead: bool,
}

fn request(method: &'static str, number: u32) -> RequestHead {
    let field = |name: &'static str, value: String| Field { name: name.into(), value: value.into() };
    RequestHead {
        method: method.into(),
        scheme: "https".into(),
        authority: "www.mirror.test".into(),
        target: format!("/{}", number % 5).into(),
        protocol: None,
        // Some that meet again in the table, some that push others out.
        fields: vec![
            field("user-agent", "test".into()),
            field("x-number", "n".repeat(number as usize % 700)),
            field("cookie", format!("a=b; c={}", number % 3)),
        ]
        .into(),
    }
}

impl World {
    pub fn new(policy: Arc<Http2Policy>) -> Self {
        let limits = Http2Limits::default();
        Self {
            connection: Connection::new(Arc::clone(&policy), limits.clone()),
            server: Server::new(&policy),
            policy,
            limits,
            fates: BTreeMap::new(),
            ids: BTreeMap::new(),
            uploads: BTreeSet::new(),
            full: BTreeSet::new(),
            unread: BTreeMap::new(),
            pongs: 0,
            closed: false,
            dead: false,
        }
    }

    pub fn requests(&self) -> usize {
        self.fates.len()
    }

    fn streams(&self, fate: Fate) -> Vec<u32> {
        self.fates.iter().filter(|(_, known)| **known == fate).map(|(id, _)| *id).collect()
    }

    fn write(&mut self) {
        let bytes = std::iter::from_fn(|| self.connection.next_write()).collect::<Vec<_>>().concat();
        for frame in frames::parse(bytes.strip_prefix(frames::PREFACE).unwrap_or(&bytes)) {
            let over = self.fates.get(&frame.stream) == Some(&Fate::Over);
            self.server.arrived(&frame, over);
        }
        self.events();
    }

    fn receive(&mut self, bytes: &[u8], allowed: bool) {
        let result = self.connection.receive(bytes);
        assert!(self.dead || result.is_ok() == allowed, "{result:?}");
        self.dead |= !allowed;
        self.events();
    }

    fn events(&mut self) {
        while let Some(event) = self.connection.next_event() {
            let mut after = Fate::Answered;
            let (id, ends) = match &event {
                Event::Response { id, end_stream, .. } => (*id, *end_stream),
                Event::Informational { id, .. } => (*id, false),
                Event::Trailers { id, .. } => (*id, true),
                Event::Data { id, data, end_stream } => {
                    *self.unread.entry(id.value()).or_default() += data.len();
                    (*id, *end_stream)
                }
                Event::Reset { id, by, processed, .. } => {
                    let written = self.server.seen.contains_key(&id.value());
                    assert!(*processed || !written || *by == Initiator::Remote, "{event:?}: the server has it");
                    after = Fate::Over;
                    (*id, true)
                }
                Event::SendCapacity { id } => {
                    assert!(self.full.remove(&id.value()), "room that nobody waits for");
                    assert_ne!(self.fates[&id.value()], Fate::Over);
                    continue;
                }
                Event::Pong => {
                    self.pongs += 1;
                    continue;
                }
                Event::Settings | Event::GoAway { .. } => continue,
            };
            let before = self.fates[&id.value()];
            // After the end of the answer a reset says that the upload is not wanted, and nothing else is said.
            assert!(before == Fate::Open || before == Fate::Answered && after == Fate::Over, "{event:?} after the end");
            if ends {
                self.fates.insert(id.value(), after);
            }
            if after == Fate::Over {
                self.forget(id.value());
            }
        }
    }

    /// What the caller of a stream that is over no longer does.
    fn forget(&mut self, id: u32) {
        self.uploads.remove(&id);
        self.full.remove(&id);
        self.unread.remove(&id);
    }

    fn open(&mut self, choices: &mut impl Choices) {
        let method = choices.of(&["GET", "GET", "HEAD", "POST", "POST"]).unwrap_or("GET");
        let ends = method != "POST";
        let rank = u8::try_from(choices.below(5)).unwrap_or(0);
        let priority = Priority { weight: 256, exclusive: rank == 0, rank, send: rank < 4 };
        let number = choices.below(2_000);
        let open = self.connection.open_streams();
        let can = self.connection.can_open();
        let Ok(id) = self.connection.open(request(method, number), priority, ends) else {
            let full = open >= self.server.max_streams.min(self.limits.max_concurrent_streams as usize);
            assert!(!can && (full || self.dead || self.closed || self.server.going_away), "refused without a reason");
            return;
        };
        assert!(can && open < self.server.max_streams, "more streams than allowed");
        assert!(self.fates.insert(id.value(), Fate::Open).is_none(), "an identifier twice");
        self.ids.insert(id.value(), id);
        if !ends {
            self.uploads.insert(id.value());
        }
    }

    fn upload(&mut self, choices: &mut impl Choices) {
        let uploads: Vec<u32> = self.uploads.iter().copied().collect();
        let Some(id) = choices.of(&uploads) else { return };
        let (stream, ends) = (self.ids[&id], choices.once_in(2));
        if choices.once_in(5) {
            let fields = [Field { name: "x-trailer".into(), value: "y".into() }];
            self.connection.send_trailers(stream, &fields).expect("it takes trailers");
            self.uploads.remove(&id);
        } else {
            let size = [0, 1, choices.below(30_000), 70_000][choices.below(4) as usize];
            self.connection.send_body(stream, Bytes::from(vec![0; size as usize]), ends).expect("it takes a body");
            if ends {
                self.uploads.remove(&id);
                assert!(self.connection.send_body(stream, Bytes::from_static(b"x"), false).is_err(), "after the end");
            }
        }
        if self.connection.queued_body(stream) >= self.limits.send_low_water {
            self.full.insert(id);
        }
    }

    fn give_up(&mut self, id: u32) {
        self.connection.reset(self.ids[&id], ErrorCode::CANCEL);
        self.fates.insert(id, Fate::Over);
        self.forget(id);
        assert!(self.connection.send_body(self.ids[&id], Bytes::from_static(b"x"), true).is_err());
    }

    fn settings(&mut self, choices: &mut impl Choices) {
        let mut entries = Vec::new();
        for _ in 0..choices.below(4) {
            entries.push(match choices.below(4) {
                0 => (1, [0, 32, 100, 4_096, 8_192, 100_000][choices.below(6) as usize]),
                1 => (3, [0, 1, 3, 100][choices.below(4) as usize]),
                2 => (4, [0, 1, 1_000, 65_535, 100_000][choices.below(5) as usize]),
                _ => (5, [16_384, 16_385, 65_536][choices.below(3) as usize]),
            });
        }
        let bytes = self.server.announce(&entries);
        self.receive(&bytes, true);
    }

    /// Something of an answer, within the windows.
    fn answer(&mut self, choices: &mut impl Choices) {
        let Some(id) = choices.of(&self.server.answerable()) else { return };
        let ends = choices.once_in(2);
        let seen = self.server.seen.get_mut(&id).expect("known");
        let mut bytes = Vec::new();
        if !seen.head_sent && choices.once_in(4) {
            bytes.extend(frames::headers(id, false, &[(":status", "103"), ("link", "a")]));
        }
        if !std::mem::replace(&mut seen.head_sent, true) {
            bytes.extend(frames::ok(id, false));
        }
        let padding = u8::try_from(choices.below(3) * 100).unwrap_or(0);
        let room = seen.window.min(self.server.window).max(0);
        // The length byte and the padding count too.
        let overhead = i64::from(padding) + 1;
        let mut left = i64::from(choices.below(20_000)).min(room - overhead);
        while left > 0 {
            let length = left.min(16_000);
            left -= length + overhead;
            seen.window -= length + overhead;
            self.server.window -= length + overhead;
            bytes.extend(frames::padded_data(id, false, &vec![0; usize::try_from(length).unwrap_or(0)], padding));
        }
        if ends {
            seen.ended = true;
            match choices.below(2) {
                0 => bytes.extend(frames::data(id, true, &[])),
                _ => bytes.extend(frames::headers(id, true, &[("x-trailer", "y")])),
            }
        }
        self.receive(&bytes, true);
    }

    /// An answer that breaks a rule of its stream: the connection lives.
    fn malformed(&mut self, choices: &mut impl Choices) {
        let Some(id) = choices.of(&self.server.answerable()) else { return };
        let seen = self.server.seen.get_mut(&id).expect("known");
        seen.ended = true;
        let bytes = match choices.below(3) {
            0 => frames::headers(id, false, &[(":status", "200"), ("Upper", "x")]),
            1 => frames::window_update(id, 0),
            _ => frames::headers(id, false, &[]),
        };
        // After a head it is trailers without an end, which is as wrong; on a stream whose two sides have ended it is late.
        self.receive(&bytes, true);
    }

    fn consume(&mut self, choices: &mut impl Choices) {
        let waiting: Vec<u32> = self.unread.keys().copied().collect();
        let Some(id) = choices.of(&waiting) else { return };
        let all = self.unread.remove(&id).unwrap_or(0);
        let taken = if choices.once_in(3) { all / 2 } else { all };
        if taken < all {
            self.unread.insert(id, all - taken);
        }
        self.connection.consume(self.ids[&id], taken);
    }

    pub fn step(&mut self, choices: &mut impl Choices) {
        // Before its SETTINGS a server says nothing; requests may be written (early data).
        let speaks = self.server.settings_sent > 0 && !self.dead;
        match choices.below(20) {
            0..=3 => self.open(choices),
            4 | 5 => self.upload(choices),
            6 | 7 => self.write(),
            8 => {
                let given_up = [self.streams(Fate::Open), self.streams(Fate::Answered)].concat();
                if let Some(id) = choices.of(&given_up) {
                    self.give_up(id);
                }
            }
            9..=11 if speaks => self.answer(choices),
            12 if speaks => {
                if let Some(id) = choices.of(&self.server.not_reset()) {
                    self.server.server_resets.insert(id);
                    let code = [0, 7, 8, 2][choices.below(4) as usize];
                    self.receive(&frames::reset(id, code), true);
                }
            }
            13 if speaks => {
                let more = 1 + choices.below(20_000);
                match choices.of(&self.server.not_reset()).filter(|_| choices.once_in(2)) {
                    Some(id) => {
                        self.server.seen.get_mut(&id).expect("known").client_window += i64::from(more);
                        self.receive(&frames::window_update(id, more), true);
                    }
                    None => {
                        self.server.client_window += i64::from(more);
                        self.receive(&frames::window_update(0, more), true);
                    }
                }
            }
            14 if !self.dead => self.settings(choices),
            15 if speaks => match choices.below(16) {
                0 => {
                    self.server.going_away = true;
                    let last = choices.below(self.server.last_headers + 4);
                    self.receive(&frames::go_away(last, 0), true);
                    // What it does not vouch for, and what it cannot know, goes elsewhere at once.
                    let kept =
                        self.streams(Fate::Open).into_iter().all(|id| id <= last && self.server.seen.contains_key(&id));
                    assert!(kept, "a request waits for who went away");
                }
                1 => {
                    self.connection.close();
                    self.closed = true;
                }
                2 => {
                    self.connection.received_end_of_input();
                    self.dead = true;
                    self.events();
                }
                // For a stream that it cannot know: that breaks the connection.
                3 => self.receive(&frames::ok(self.server.last_headers + 2, true), false),
                _ => {
                    self.server.pings_sent += 1;
                    self.receive(&frames::ping([7; 8], false), true);
                }
            },
            16 if speaks && choices.once_in(4) => self.malformed(choices),
            17 if !self.dead => self.connection.ping(),
            _ => self.consume(choices),
        }
    }

    /// Both sides do what is needed: then everything that was asked is answered, and nothing is left.
    pub fn end_in_peace(&mut self, choices: &mut impl Choices) {
        if self.dead {
            return;
        }
        for id in std::mem::take(&mut self.uploads) {
            self.connection.send_body(self.ids[&id], Bytes::new(), true).expect("it takes an end");
        }
        let settings = self.server.announce(&[(4, 1_000_000), (3, 100)]);
        self.receive(&settings, true);
        let more = 10_000_000;
        self.server.client_window += i64::from(more);
        self.receive(&frames::window_update(0, more), true);
        self.write();
        let answered = self.streams(Fate::Open);
        for id in &answered {
            assert!(self.server.seen[id].upload_ended, "an upload that does not come to its end");
        }
        for id in self.server.answerable() {
            let seen = self.server.seen.get_mut(&id).expect("known");
            seen.ended = true;
            let head = if seen.head_sent { Vec::new() } else { frames::ok(id, false) };
            self.receive(&[head, frames::data(id, true, &[])].concat(), true);
        }
        while !self.unread.is_empty() {
            self.consume(choices);
        }
        self.write();
        assert!(self.full.is_empty(), "nobody tells that there is room: {:?}", self.full);
        for id in answered {
            // A server that ended or broke an answer that its client does not know as such waits for a reset.
            assert_ne!(self.fates[&id], Fate::Open, "stream {id} waits for ever");
        }
        assert!(self.connection.is_idle(), "{} streams are still open", self.connection.open_streams());
        if self.server.last_headers > 0 {
            assert_eq!(self.server.settings_acked, self.server.settings_sent);
        }
        assert_eq!(self.server.pings_acked, self.server.pings_sent);
        for _ in 0..self.server.client_pings {
            self.receive(&frames::ping([0; 8], true), true);
        }
        assert_eq!(self.pongs, self.server.client_pings);
    }

    /// All is read or given up, and the socket ends: nothing stays open, and nothing is owed to the server.
    pub fn end(&mut self) {
        for (id, bytes) in std::mem::take(&mut self.unread) {
            self.connection.consume(self.ids[&id], bytes);
        }
        self.write();
        if !self.dead {
            let announced = self.policy.initial_stream_window() + self.policy.stream_window_increment;
            for id in self.server.answerable() {
                let seen = &self.server.seen[&id];
                let lost = i64::from(announced) - seen.window;
                let known = self.fates[&id] == Fate::Open && seen.head_sent;
                let threshold = i64::from(self.policy.flow_control.stream_update_above);
                assert!(!known || (0..=threshold).contains(&lost), "{lost} bytes of a stream's window are lost");
            }
        }
        for id in [self.streams(Fate::Open), self.streams(Fate::Answered)].concat() {
            self.give_up(id);
        }
        self.write();
        if !self.dead {
            let owed = i64::from(self.policy.connection_window()) - self.server.window;
            let threshold = i64::from(self.policy.flow_control.connection_update_above);
            assert!((0..=threshold).contains(&owed), "{owed} bytes of the connection's window are lost");
        }
        self.connection.received_end_of_input();
        assert!(self.connection.next_event().is_none(), "told after the end");
        assert!(self.connection.is_idle() && self.connection.next_write().is_none());
    }
}
