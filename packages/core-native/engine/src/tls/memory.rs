//! The "socket" that BoringSSL sees: two buffers in memory.

use std::cell::Cell;
use std::io::{self, Read, Write};

/// Room for received bytes: four full records, so that one read of a busy socket feeds several `read` calls.
const INPUT_CAPACITY: usize = 64 * 1024;
/// Longest space for output that is kept for the next who sends: a flight of four full records and what is around them.
const MAX_SPARE_OUTPUT: usize = 80 * 1024;

thread_local! {
    /// Input space that nobody has bytes in. The library takes all it is given, also parts of a record, so connections
    /// of a thread hardly ever need two; one that idles has none. It has only ever held what came over the wire.
    static SPARE_INPUT: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    /// The same for what is to be sent: a connection that has sent everything has none.
    static SPARE_OUTPUT: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Received bytes wait in `input[start..end]`; `input` is initialised in full, so that a socket can read into it.
#[derive(Debug, Default)]
pub(super) struct Memory {
    input: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
    output: Vec<u8>,
    sent: usize,
}

impl Memory {
    /// Space for at least `minimum` more received bytes.
    pub(super) fn input_space(&mut self, minimum: usize) -> &mut [u8] {
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        }
        if self.input.is_empty() {
            self.input = SPARE_INPUT.take();
        }
        if self.input.len() - self.end < minimum {
            self.input.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            let needed = self.end.saturating_add(minimum);
            if self.input.len() < needed {
                self.input.resize(needed.max(INPUT_CAPACITY), 0);
            }
        }
        self.input.get_mut(self.end..).unwrap_or_default()
    }

    /// Declares the first `count` bytes of the last `input_space` as received.
    pub(super) fn input_filled(&mut self, count: usize) {
        self.end = self.end.saturating_add(count).min(self.input.len());
    }

    /// Received bytes that the library has not taken yet.
    pub(super) fn pending_input(&self) -> usize {
        self.end - self.start
    }

    /// Leaves the input space to the next connection that receives, if all bytes were taken.
    pub(super) fn lend_input(&mut self) {
        // A handshake message may have made it longer.
        if self.start == self.end && self.input.len() == INPUT_CAPACITY {
            SPARE_INPUT.set(std::mem::take(&mut self.input));
            self.start = 0;
            self.end = 0;
        }
    }

    pub(super) fn end_input(&mut self) {
        self.ended = true;
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    pub(super) fn output(&self) -> &[u8] {
        self.output.get(self.sent..).unwrap_or_default()
    }

    pub(super) fn consume_output(&mut self, count: usize) {
        self.sent = self.sent.saturating_add(count).min(self.output.len());
        if self.sent == self.output.len() {
            let mut output = std::mem::take(&mut self.output);
            self.sent = 0;
            if (1..=MAX_SPARE_OUTPUT).contains(&output.capacity()) {
                output.clear();
                SPARE_OUTPUT.set(output);
            }
        }
    }

    pub(super) fn take_output(&mut self) -> Vec<u8> {
        let mut taken = std::mem::take(&mut self.output);
        taken.drain(..std::mem::take(&mut self.sent));
        taken
    }

    /// Gives memory back while the connection idles.
    pub(super) fn release(&mut self) {
        if self.start == self.end {
            *self = Self {
                ended: self.ended,
                output: std::mem::take(&mut self.output),
                sent: self.sent,
                ..Self::default()
            };
        }
    }
}

impl Read for Memory {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let waiting = self.input.get(self.start..self.end).unwrap_or_default();
        if waiting.is_empty() && !self.ended {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let count = waiting.len().min(buffer.len());
        if let (Some(target), Some(source)) = (buffer.get_mut(..count), waiting.get(..count)) {
            target.copy_from_slice(source);
        }
        self.start += count;
        Ok(count)
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.output.capacity() == 0 {
            self.output = SPARE_OUTPUT.take();
        }
        self.output.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::*;

    fn receive(memory: &mut Memory, bytes: &[u8]) {
        memory.input_space(bytes.len())[..bytes.len()].copy_from_slice(bytes);
        memory.input_filled(bytes.len());
        memory.lend_input();
    }

    fn take(memory: &mut Memory, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        let taken = memory.read(&mut bytes).expect("bytes wait");
        bytes.truncate(taken);
        memory.lend_input();
        bytes
    }

    #[test]
    fn input_space_goes_from_one_connection_to_the_next_but_never_with_bytes_in_it() {
        let (mut first, mut second) = (Memory::default(), Memory::default());
        receive(&mut first, b"first");
        receive(&mut second, b"second");
        assert_eq!(take(&mut first, 3), b"fir");
        assert_eq!(first.input.len(), INPUT_CAPACITY);
        assert_eq!(take(&mut first, 9), b"st");
        assert!(first.input.is_empty());
        assert_eq!(take(&mut second, 9), b"second");
        receive(&mut first, b"again");
        assert_eq!(take(&mut first, 9), b"again");
    }

    #[test]
    fn output_space_goes_to_the_next_who_sends_once_all_is_sent() {
        let (mut first, mut second) = (Memory::default(), Memory::default());
        let hello = [7; 3_000];
        first.write_all(&hello).expect("memory takes everything");
        first.consume_output(2_999);
        assert_eq!(first.output(), [7]);
        second.write_all(b"other").expect("memory takes everything");
        assert!(second.output.capacity() < hello.len(), "the first one's is in use");
        first.consume_output(1);
        assert_eq!(first.output.capacity(), 0);
        first.write_all(b"again").expect("memory takes everything");
        assert!(first.output.capacity() >= hello.len());
        assert_eq!((first.output(), second.output()), (&b"again"[..], &b"other"[..]));
        first.write_all(&[0; MAX_SPARE_OUTPUT]).expect("memory takes everything");
        first.consume_output(usize::MAX);
        first.write_all(b"short").expect("memory takes everything");
        assert!(first.output.capacity() < MAX_SPARE_OUTPUT, "what one long flight took is not kept");
    }
}
