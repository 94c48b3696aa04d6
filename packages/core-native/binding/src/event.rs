//! Engine events to packed events.

use bytes::Bytes;
use wiretwin_engine::{Error, ExchangeEvent, ResponseInfo, Timings};

use crate::event_text;
use crate::guard::fault;
use crate::protocol::{INLINE_MAX, SEPARATE, event, head_flag};

/// Events on their way to JavaScript.
#[derive(Default)]
pub struct Batch {
    /// Packed events, one behind the other.
    pub packed: Vec<u8>,
    /// Bodies too large for `packed`, in the order of their events.
    pub bodies: Vec<Bytes>,
    /// Exchanges that have ended, by JavaScript's number.
    pub finished: Vec<u32>,
    /// Number of events.
    pub events: usize,
    /// Lengths of `packed` and `bodies` after the last whole event: what lies behind was cut off by a panic.
    whole: (usize, usize),
}

impl Batch {
    /// Empties the batch and keeps its memory, unless a burst made it large.
    pub fn clear(&mut self) {
        const KEPT: usize = 256 * 1024;
        if self.packed.capacity() > KEPT {
            self.packed = Vec::new();
        }
        self.packed.clear();
        self.bodies.clear();
        self.finished.clear();
        self.events = 0;
        self.whole = (0, 0);
    }

    /// Removes an event that a panic has cut off.
    pub fn roll_back(&mut self) {
        self.packed.truncate(self.whole.0);
        self.bodies.truncate(self.whole.1);
    }

    /// Counts what has been appended as one more event.
    fn commit(&mut self) {
        self.events += 1;
        self.whole = (self.packed.len(), self.bodies.len());
    }

    /// Appends one event of exchange `id`.
    pub fn push(&mut self, id: u32, what: ExchangeEvent) {
        self.roll_back();
        match what {
            ExchangeEvent::Head(info) => self.head(id, *info),
            ExchangeEvent::Data(data) => {
                self.begin(event::DATA, id);
                self.body(data);
            }
            ExchangeEvent::Done { trailers, timings } => {
                self.begin(event::END, id);
                self.text(|out| event_text::end(out, &trailers, &timings));
                self.finished.push(id);
            }
            ExchangeEvent::Failed { error, timings } => return self.failed(id, &error, &timings),
            ExchangeEvent::Informational(head) => {
                self.begin(event::INFORMATIONAL, id);
                self.packed.extend_from_slice(&head.status.to_le_bytes());
                self.text(|out| event_text::fields(out, &head.fields));
            }
            ExchangeEvent::Phase(phase) => {
                self.begin(event::PHASE, id);
                self.text(|out| event_text::phase(out, &phase));
            }
            ExchangeEvent::Filled { bytes } => {
                self.begin(event::FILLED, id);
                // No array has more bytes than a number counts exactly.
                self.packed.extend_from_slice(&(bytes as f64).to_le_bytes());
            }
            ExchangeEvent::RequestBodyCapacity { taken } => {
                self.begin(event::WRITABLE, id);
                // A JavaScript number: exact up to 2^53 bytes.
                self.packed.extend_from_slice(&(taken as f64).to_le_bytes());
            }
        }
        self.commit();
    }

    /// Appends the failure that ends exchange `id`.
    pub fn failed(&mut self, id: u32, error: &Error, timings: &Timings) {
        self.roll_back();
        self.begin(event::FAILED, id);
        self.text(|out| event_text::failure(out, error, timings));
        self.finished.push(id);
        self.commit();
    }

    /// Appends "transport `id` is closed".
    pub fn closed(&mut self, id: u32) {
        self.roll_back();
        self.begin(event::CLOSED, id);
        self.commit();
    }

    fn head(&mut self, id: u32, info: ResponseInfo) {
        self.begin(event::HEAD, id);
        fault("encode");
        self.packed.extend_from_slice(&info.head.status.to_le_bytes());
        self.packed.push(event_text::version_number(info.version));
        let reused = if info.reused { head_flag::REUSED } else { 0 };
        let ended = if info.ended { head_flag::ENDED } else { 0 };
        let apart = if info.apart { head_flag::APART } else { 0 };
        self.packed.push(reused | ended | apart);
        if info.apart {
            // 0: nobody knows. No array that JavaScript makes has more bytes than a number counts exactly.
            self.packed.extend_from_slice(&(info.length.unwrap_or_default() as f64).to_le_bytes());
        }
        self.text(|out| event_text::head(out, &info));
        self.body(info.body);
    }

    fn begin(&mut self, kind: u8, id: u32) {
        self.packed.push(kind);
        self.packed.extend_from_slice(&id.to_le_bytes());
    }

    /// A length, then the text that `write` appends.
    fn text(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let at = self.packed.len();
        self.packed.extend_from_slice(&[0; 4]);
        write(&mut self.packed);
        // Texts are heads and trailers, bounded by the wire crate's limits far below 4 GB.
        let length = u32::try_from(self.packed.len() - at - 4).unwrap_or(u32::MAX);
        if let Some(slot) = self.packed.get_mut(at..at + 4) {
            slot.copy_from_slice(&length.to_le_bytes());
        }
    }

    fn body(&mut self, data: Bytes) {
        match u32::try_from(data.len()) {
            Ok(length) if data.len() <= INLINE_MAX => {
                self.packed.extend_from_slice(&length.to_le_bytes());
                self.packed.extend_from_slice(&data);
            }
            _ => {
                self.packed.extend_from_slice(&SEPARATE.to_le_bytes());
                self.bodies.push(data);
            }
        }
    }
}
