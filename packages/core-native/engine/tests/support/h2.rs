//! A frame-level HTTP/2 server: just enough to script a peer byte by byte.

use std::io::{Read, Write};

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;

pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;

/// `:status: 200` of the static table.
pub const STATUS_200: &[u8] = &[0x88];

#[derive(Debug, Clone)]
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

impl Frame {
    pub fn ends_stream(&self) -> bool {
        matches!(self.kind, DATA | HEADERS) && self.flags & END_STREAM != 0
    }
}

/// Server end over any byte stream.
pub struct Server<S> {
    pub stream: S,
}

impl<S: Read + Write> Server<S> {
    /// Takes the preface and sends SETTINGS (`[id, value]`).
    pub fn accept(mut stream: S, settings: &[(u16, u32)]) -> Option<Self> {
        let mut preface = [0; 24];
        stream.read_exact(&mut preface).ok()?;
        assert_eq!(&preface, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        let mut server = Self { stream };
        let payload: Vec<u8> =
            settings.iter().flat_map(|(id, value)| [&id.to_be_bytes()[..], &value.to_be_bytes()].concat()).collect();
        server.send(SETTINGS, 0, 0, &payload);
        Some(server)
    }

    pub fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> bool {
        let frame = encode(kind, flags, stream, payload);
        self.stream.write_all(&frame).and_then(|()| self.stream.flush()).is_ok()
    }

    /// HEADERS with status 200 and DATA, in one write.
    pub fn answer(&mut self, stream: u32, body: &[u8]) -> bool {
        let mut bytes = encode(HEADERS, END_HEADERS, stream, STATUS_200);
        bytes.extend(encode(DATA, END_STREAM, stream, body));
        self.stream.write_all(&bytes).and_then(|()| self.stream.flush()).is_ok()
    }

    pub fn reset(&mut self, stream: u32, code: u32) -> bool {
        self.send(RST_STREAM, 0, stream, &code.to_be_bytes())
    }

    pub fn go_away(&mut self, last: u32, code: u32) -> bool {
        self.send(GOAWAY, 0, 0, &[last.to_be_bytes(), code.to_be_bytes()].concat())
    }

    /// Opens windows by `bytes`, of the connection and of a stream.
    pub fn open_windows(&mut self, stream: u32, bytes: u32) -> bool {
        self.send(WINDOW_UPDATE, 0, 0, &bytes.to_be_bytes())
            && self.send(WINDOW_UPDATE, 0, stream, &bytes.to_be_bytes())
    }

    /// Next frame; SETTINGS and PING are answered on the way.
    pub fn next(&mut self) -> Option<Frame> {
        loop {
            let mut head = [0; 9];
            self.stream.read_exact(&mut head).ok()?;
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
            let mut payload = vec![0; length];
            self.stream.read_exact(&mut payload).ok()?;
            let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]) & 0x7fff_ffff;
            let frame = Frame { kind: head[3], flags: head[4], stream, payload };
            match frame.kind {
                SETTINGS if frame.flags & 1 == 0 => {
                    self.send(SETTINGS, 1, 0, &[]);
                }
                PING if frame.flags & 1 == 0 => {
                    self.send(PING, 1, 0, &frame.payload);
                }
                _ => return Some(frame),
            }
        }
    }

    /// Next HEADERS frame.
    pub fn next_request(&mut self) -> Option<Frame> {
        loop {
            let frame = self.next()?;
            if frame.kind == HEADERS {
                return Some(frame);
            }
        }
    }

    /// Answers every request once it is complete, until the client goes.
    pub fn serve(&mut self, body: &[u8]) {
        while let Some(frame) = self.next() {
            if frame.kind == DATA && !frame.payload.is_empty() {
                let size = u32::try_from(frame.payload.len()).expect("a frame is short");
                self.send(WINDOW_UPDATE, 0, 0, &size.to_be_bytes());
                if !frame.ends_stream() {
                    self.send(WINDOW_UPDATE, 0, frame.stream, &size.to_be_bytes());
                }
            }
            if frame.ends_stream() && !self.answer(frame.stream, body) {
                return;
            }
        }
    }
}

pub fn encode(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a frame is short").to_be_bytes();
    let mut bytes = vec![length[1], length[2], length[3], kind, flags];
    bytes.extend_from_slice(&stream.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}
