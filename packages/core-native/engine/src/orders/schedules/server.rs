//! A server of either protocol, as simple as can be: it knows what a server can know.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::{MemorySocket, Numbers, Socket};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const ACK: u8 = 1;
const MAX_CONCURRENT_STREAMS: u8 = 3;
const REFUSED_STREAM: [u8; 4] = [0, 0, 0, 7];

/// One connection.
pub(super) struct Server {
    socket: MemorySocket,
    input: Vec<u8>,
    spoken: Spoken,
    first_limit: u32,
}

enum Spoken {
    /// Nothing that tells.
    Nothing,
    Http1(Http1),
    Http2(Http2),
}

/// A request at a time.
#[derive(Default)]
struct Http1 {
    /// One has arrived in whole and waits for its answer.
    waits: bool,
}

#[derive(Default)]
struct Http2 {
    last: u32,
    open: BTreeMap<u32, Stream>,
    /// Limits that hold: the acknowledged one, and those on their way.
    limits: Vec<u32>,
    gone: bool,
}

#[derive(Debug, Default)]
struct Stream {
    /// The client has ended its side; we have begun, ended ours.
    heard: bool,
    begun: bool,
    said: bool,
    /// Bytes of windows that are still to be given back.
    owed: u32,
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("small").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

fn limit(most: u32) -> Vec<u8> {
    frame(SETTINGS, 0, 0, &[&[0, MAX_CONCURRENT_STREAMS][..], &most.to_be_bytes()].concat())
}

impl Server {
    pub(super) fn new(socket: MemorySocket, first_limit: u32) -> Self {
        Self { socket, input: Vec::new(), spoken: Spoken::Nothing, first_limit }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.socket.has_ended()
    }

    /// For a failure.
    pub(super) fn describe(&self) -> String {
        let input = String::from_utf8_lossy(&self.input);
        match &self.spoken {
            Spoken::Nothing => format!("nothing: {input:?}"),
            Spoken::Http1(http1) => format!("HTTP/1.1, {}: {input:?}", if http1.waits { "asked" } else { "unasked" }),
            Spoken::Http2(http2) => format!("HTTP/2, open: {:?}, gone: {}, {:?}", http2.open, http2.gone, http2.limits),
        }
    }

    /// Whose it is and whether it is HTTP/2, once that is known.
    pub(super) fn kind(&self) -> Option<(SocketAddr, bool)> {
        let (address, _) = self.socket.addresses().ok()?;
        match self.spoken {
            Spoken::Nothing => None,
            Spoken::Http1(_) => Some((address, false)),
            Spoken::Http2(_) => Some((address, true)),
        }
    }

    /// Reads what has come and asserts what a server may expect of it.
    pub(super) fn look(&mut self) {
        self.input.extend(self.socket.take());
        if matches!(self.spoken, Spoken::Nothing) {
            if self.input.starts_with(PREFACE) {
                self.input.drain(..PREFACE.len());
                self.spoken = Spoken::Http2(Http2 { limits: vec![u32::MAX, self.first_limit], ..Http2::default() });
                self.socket.give(&limit(self.first_limit));
            } else if self.input.len() >= PREFACE.len() {
                self.spoken = Spoken::Http1(Http1::default());
            }
        }
        match &mut self.spoken {
            Spoken::Nothing => {}
            Spoken::Http1(http1) => http1.look(&mut self.input),
            Spoken::Http2(http2) => http2.look(&mut self.input, &self.socket),
        }
    }

    /// Does something, right or wrong. `false`: it hangs up.
    pub(super) fn act(&mut self, numbers: &mut Numbers) -> bool {
        self.look();
        if numbers.once(12) {
            return false;
        }
        match &mut self.spoken {
            Spoken::Nothing => true,
            Spoken::Http1(http1) => http1.act(&self.socket, numbers),
            Spoken::Http2(http2) => http2.act(&self.socket, numbers),
        }
    }

    /// Refuses all streams.
    pub(super) fn refuse(&mut self) {
        if let Spoken::Http2(http2) = &mut self.spoken {
            for id in std::mem::take(&mut http2.open).into_keys() {
                self.socket.give(&frame(RST_STREAM, 0, id, &REFUSED_STREAM));
            }
        }
    }

    /// Sends the heads of all answers.
    pub(super) fn begin_early(&mut self) {
        if let Spoken::Http2(http2) = &mut self.spoken {
            for id in http2.open.keys().copied().collect::<Vec<_>>() {
                http2.head(id, &self.socket);
            }
        }
    }

    /// Answers all streams, whether or not their uploads have ended.
    pub(super) fn answer_early(&mut self) {
        if let Spoken::Http2(http2) = &mut self.spoken {
            for id in http2.open.keys().copied().collect::<Vec<_>>() {
                http2.answer(id, &self.socket);
            }
        }
    }

    /// Does what the client waits for.
    pub(super) fn help(&mut self) {
        self.look();
        match &mut self.spoken {
            Spoken::Nothing => {}
            Spoken::Http1(http1) => http1.answer(&self.socket),
            Spoken::Http2(http2) => http2.help(&self.socket),
        }
    }
}

impl Http1 {
    fn look(&mut self, input: &mut Vec<u8>) {
        if self.waits {
            assert!(input.is_empty(), "a second request before the first is answered");
            return;
        }
        let Some(head) = input.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return };
        let end = if input.starts_with(b"POST") {
            let last = b"0\r\n\r\n";
            let Some(at) = input[head + 4..].windows(last.len()).position(|bytes| bytes == last) else { return };
            head + 4 + at + last.len()
        } else {
            head + 4
        };
        assert_eq!(end, input.len(), "more than one request");
        input.clear();
        self.waits = true;
    }

    fn answer(&mut self, socket: &MemorySocket) {
        if std::mem::take(&mut self.waits) {
            socket.give(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        }
    }

    fn act(&mut self, socket: &MemorySocket, numbers: &mut Numbers) -> bool {
        match numbers.below(8) {
            0 if self.waits => {
                socket.give(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
                return false;
            }
            1 if self.waits => {
                self.waits = false;
                socket.give(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
                return false;
            }
            2 if self.waits => socket.give(b"HTTP/1.1 103 Early Hints\r\n\r\n"),
            3 if numbers.once(4) => {
                socket.give(b"what nobody asked for\r\n\r\n");
                return false;
            }
            4 if self.waits => {
                self.waits = false;
                socket.give(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                return false;
            }
            _ => self.answer(socket),
        }
        true
    }
}

impl Http2 {
    fn look(&mut self, input: &mut Vec<u8>, socket: &MemorySocket) {
        while let Some(&[high, middle, low, kind, flags, a, b, c, d]) = input.first_chunk::<9>() {
            let length = u32::from_be_bytes([0, high, middle, low]) as usize;
            if input.len() < 9 + length {
                return;
            }
            let id = u32::from_be_bytes([a, b, c, d]);
            self.hear(kind, flags, id, u32::try_from(length).expect("three bytes"), socket);
            input.drain(..9 + length);
        }
    }

    fn hear(&mut self, kind: u8, flags: u8, id: u32, length: u32, socket: &MemorySocket) {
        let ends = flags & END_STREAM != 0;
        match kind {
            HEADERS if id > self.last => {
                assert_eq!(id % 2, 1, "stream {id}");
                let most = self.limits.iter().max().copied().unwrap_or(u32::MAX);
                assert!(self.open.len() < most as usize, "stream {id} above the limit of {most}");
                self.last = id;
                self.open.insert(id, Stream { heard: ends, ..Stream::default() });
            }
            HEADERS => {
                let stream = self.open.get(&id);
                assert!(stream.is_none_or(|stream| !stream.heard && ends), "stream {id} is used twice");
                self.end(id, ends, socket);
            }
            DATA => {
                if let Some(stream) = self.open.get_mut(&id) {
                    assert!(!stream.heard, "DATA behind the end of {id}");
                    stream.owed += length;
                } else if length > 0 {
                    // Of a stream that we have reset: the connection's window is to be given back all the same.
                    socket.give(&frame(WINDOW_UPDATE, 0, 0, &length.to_be_bytes()));
                }
                self.end(id, ends, socket);
            }
            RST_STREAM => {
                if let Some(stream) = self.open.remove(&id) {
                    give_back(&stream, 0, socket);
                }
            }
            SETTINGS if flags & ACK != 0 => {
                assert!(self.limits.len() > 1, "an acknowledgement of nothing");
                self.limits.remove(0);
            }
            SETTINGS => socket.give(&frame(SETTINGS, ACK, 0, &[])),
            PING if flags & ACK == 0 => socket.give(&frame(PING, ACK, 0, &[0; 8])),
            _ => {}
        }
    }

    /// The client may have ended its side; a stream whose both sides have is none any more.
    fn end(&mut self, id: u32, ends: bool, socket: &MemorySocket) {
        let Some(stream) = self.open.get_mut(&id) else { return };
        stream.heard |= ends;
        if stream.heard && stream.said {
            give_back(stream, 0, socket);
            self.open.remove(&id);
        }
    }

    fn any(&self, numbers: &mut Numbers) -> Option<u32> {
        let count = self.open.len() as u64;
        (count > 0).then(|| self.open.keys().nth(numbers.below(count) as usize).copied())?
    }

    fn act(&mut self, socket: &MemorySocket, numbers: &mut Numbers) -> bool {
        let Some(id) = self.any(numbers) else { return self.act_apart(socket, numbers) };
        match numbers.below(10) {
            0 => {
                socket.give(&frame(RST_STREAM, 0, id, &[0, 0, 0, [2, 7, 8, 0][numbers.below(4) as usize]]));
                if let Some(stream) = self.open.remove(&id) {
                    give_back(&stream, 0, socket);
                }
            }
            1 => self.head(id, socket),
            2 => self.give_windows(socket),
            3 | 4 => return self.act_apart(socket, numbers),
            _ => self.answer(id, socket),
        }
        true
    }

    /// What is of no stream.
    fn act_apart(&mut self, socket: &MemorySocket, numbers: &mut Numbers) -> bool {
        match numbers.below(6) {
            0 => {
                let most = [1, 3, 50][numbers.below(3) as usize];
                self.limits.push(most);
                socket.give(&limit(most));
            }
            1 if !self.gone => {
                self.gone = true;
                let last = if numbers.once(3) { 0 } else { self.last };
                socket.give(&frame(GOAWAY, 0, 0, &[&last.to_be_bytes()[..], &[0; 4]].concat()));
                // The rest was not processed, and nobody is to wait for it here.
                let kept = self.open.split_off(&(last + 1));
                kept.values().for_each(|stream| give_back(stream, 0, socket));
            }
            2 => socket.give(&frame(PING, 0, 0, &[7; 8])),
            3 if numbers.once(4) => {
                socket.give(&frame(DATA, 0, 0, b"of no stream"));
                return false;
            }
            4 => self.give_windows(socket),
            _ => {}
        }
        true
    }

    fn head(&mut self, id: u32, socket: &MemorySocket) {
        if let Some(stream) = self.open.get_mut(&id)
            && !std::mem::replace(&mut stream.begun, true)
        {
            socket.give(&frame(HEADERS, END_HEADERS, id, &[0x88]));
        }
    }

    fn answer(&mut self, id: u32, socket: &MemorySocket) {
        self.head(id, socket);
        let Some(stream) = self.open.get_mut(&id) else { return };
        if !std::mem::replace(&mut stream.said, true) {
            socket.give(&frame(DATA, END_STREAM, id, b"hello"));
        }
        self.end(id, false, socket);
    }

    fn give_windows(&mut self, socket: &MemorySocket) {
        for (id, stream) in &mut self.open {
            give_back(stream, *id, socket);
            stream.owed = 0;
        }
    }

    fn help(&mut self, socket: &MemorySocket) {
        self.give_windows(socket);
        // Uploads first: what is answered before its end may be given up.
        let heard: Vec<u32> = self.open.iter().filter(|(_, stream)| stream.heard).map(|(id, _)| *id).collect();
        for id in heard {
            self.answer(id, socket);
        }
    }
}

/// Windows of the connection and, unless it is over (0), of the stream.
fn give_back(stream: &Stream, id: u32, socket: &MemorySocket) {
    if stream.owed == 0 {
        return;
    }
    socket.give(&frame(WINDOW_UPDATE, 0, 0, &stream.owed.to_be_bytes()));
    if id != 0 && !stream.heard {
        socket.give(&frame(WINDOW_UPDATE, 0, id, &stream.owed.to_be_bytes()));
    }
}
