//! What the server knows, and what it may say.

use std::collections::{BTreeMap, HashSet};

use httlib_hpack::Decoder;
use wiretwin_wire::http2::Http2Policy;

use crate::frames::{self, Frame};

/// What the server knows of a stream.
#[derive(Debug, Default)]
pub struct Seen {
    pub head_sent: bool,
    /// The server has sent END_STREAM.
    pub ended: bool,
    /// The client has.
    pub upload_ended: bool,
    /// What the client may send, and the server.
    pub client_window: i64,
    pub window: i64,
}

pub struct Server {
    pub seen: BTreeMap<u32, Seen>,
    decoder: Decoder<'static>,
    /// Table size that the client's encoder was last known to use, and what SETTINGS allow.
    encoder_table: usize,
    table_allowed: usize,
    /// What the server may send on the connection, and the client.
    pub window: i64,
    pub client_window: i64,
    /// Of a stream, as the client announces it.
    stream_window: i64,
    /// As the server announces them.
    pub initial_window: i64,
    pub max_frame: usize,
    pub max_streams: usize,
    /// Streams that the client has reset, and the server; both may, when their frames cross.
    pub resets: HashSet<u32>,
    pub server_resets: HashSet<u32>,
    pub last_headers: u32,
    pub settings_sent: u32,
    pub settings_acked: u32,
    pub pings_sent: u32,
    pub pings_acked: u32,
    pub client_pings: u32,
    pub going_away: bool,
}

impl Server {
    pub fn new(policy: &Http2Policy) -> Self {
        let announced = policy.settings.iter().find(|(id, _)| *id == 4).map_or(65_535, |(_, value)| *value);
        Self {
            seen: BTreeMap::new(),
            decoder: Decoder::with_dynamic_size(4_096),
            encoder_table: 4_096,
            table_allowed: 4_096,
            window: 65_535,
            client_window: 65_535,
            stream_window: i64::from(announced),
            initial_window: 65_535,
            max_frame: 16_384,
            max_streams: 100,
            resets: HashSet::new(),
            server_resets: HashSet::new(),
            last_headers: 0,
            settings_sent: 0,
            settings_acked: 0,
            pings_sent: 0,
            pings_acked: 0,
            client_pings: 0,
            going_away: false,
        }
    }

    pub fn not_reset(&self) -> Vec<u32> {
        let open = |id: &u32| !self.resets.contains(id) && !self.server_resets.contains(id);
        self.seen.keys().copied().filter(open).collect()
    }

    /// Streams on which the server may still answer.
    pub fn answerable(&self) -> Vec<u32> {
        self.not_reset().into_iter().filter(|id| !self.seen[id].ended).collect()
    }

    /// SETTINGS: entries as they are sent, which the client has when this returns.
    pub fn announce(&mut self, entries: &[(u16, u32)]) -> Vec<u8> {
        for (id, value) in entries {
            match id {
                1 => {
                    self.table_allowed = *value as usize;
                    self.decoder.set_max_dynamic_size(*value);
                }
                3 => self.max_streams = *value as usize,
                4 => {
                    let by = i64::from(*value) - self.initial_window;
                    self.initial_window = i64::from(*value);
                    self.seen.values_mut().for_each(|seen| seen.client_window += by);
                }
                5 => self.max_frame = *value as usize,
                _ => {}
            }
        }
        self.settings_sent += 1;
        frames::settings(entries)
    }

    /// Reads a frame of the client. `over`: its caller has been told the end of the stream, or gave it up.
    pub fn arrived(&mut self, frame: &Frame, over: bool) {
        let id = frame.stream;
        match frame.kind {
            frames::HEADERS => self.headers(frame, over),
            frames::DATA => {
                assert!(!over, "a body was written after its end was told");
                assert!(frame.payload.len() <= self.max_frame, "a frame above MAX_FRAME_SIZE");
                let length = i64::try_from(frame.payload.len()).expect("a frame");
                let seen = self.seen.get_mut(&id).expect("a body of a stream that nobody opened");
                assert!(!seen.upload_ended, "a body after its end");
                seen.upload_ended = frame.flags & frames::END_STREAM != 0;
                seen.client_window -= length;
                self.client_window -= length;
                let within = seen.client_window >= 0 && self.client_window >= 0;
                assert!(length == 0 || within, "more than the windows allow");
            }
            frames::RST_STREAM => {
                assert!(self.seen.contains_key(&id), "RST_STREAM for a stream that the server cannot know");
                assert!(self.resets.insert(id), "reset twice");
            }
            frames::WINDOW_UPDATE => {
                let more = i64::from(frame.number());
                assert!(more > 0);
                if id == 0 {
                    self.window += more;
                } else {
                    assert!(!self.resets.contains(&id), "a window of what was reset");
                    self.seen.get_mut(&id).expect("a window of nothing").window += more;
                }
            }
            frames::SETTINGS if frame.flags & frames::ACK != 0 => {
                self.settings_acked += 1;
                assert!(self.settings_acked <= self.settings_sent);
            }
            frames::SETTINGS => {}
            frames::PING if frame.flags & frames::ACK != 0 => {
                self.pings_acked += 1;
                assert!(self.pings_acked <= self.pings_sent);
            }
            frames::PING => self.client_pings += 1,
            frames::GOAWAY | frames::PRIORITY => {}
            _ => panic!("{frame:?}"),
        }
        assert!(self.window <= 0x7fff_ffff);
    }

    fn headers(&mut self, frame: &Frame, over: bool) {
        let id = frame.stream;
        assert!(!over, "a request was written after its end was told");
        assert!(frame.flags & frames::END_HEADERS != 0, "the heads of this test are short");
        let ends = frame.flags & frames::END_STREAM != 0;
        // PRIORITY: five bytes in front.
        let block = &frame.payload[if frame.flags & 0x20 != 0 { 5 } else { 0 }..];
        self.table_updates(block);
        self.decoder.decode(&mut block.to_vec(), &mut Vec::new()).expect("the tables are in step");
        if let Some(seen) = self.seen.get_mut(&id) {
            assert!(ends && !seen.upload_ended, "HEADERS twice");
            assert!(!self.resets.contains(&id), "trailers of what was reset");
            seen.upload_ended = true;
            return;
        }
        assert!(id % 2 == 1 && id > self.last_headers, "streams begin in order");
        self.last_headers = id;
        let seen = Seen {
            client_window: self.initial_window,
            window: self.stream_window,
            upload_ended: ends,
            ..Seen::default()
        };
        self.seen.insert(id, seen);
    }

    /// RFC 7541 4.2: a table that has to be smaller is made smaller in the next block, and never larger than allowed.
    fn table_updates(&mut self, mut block: &[u8]) {
        while let [first, rest @ ..] = block
            && first & 0xe0 == 0x20
        {
            let mut size = usize::from(first & 0x1f);
            block = rest;
            if size == 31 {
                for shift in 0.. {
                    let [byte, rest @ ..] = block else { panic!("a cut size update") };
                    block = rest;
                    size += usize::from(byte & 0x7f) << (7 * shift);
                    if byte & 0x80 == 0 {
                        break;
                    }
                }
            }
            self.encoder_table = size;
        }
        assert!(self.encoder_table <= self.table_allowed, "the encoder's table is larger than allowed");
    }
}
