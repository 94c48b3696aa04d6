//! Body bytes on their way from the peer to the reader, in the steps in which a browser gives their window back.

use std::collections::VecDeque;

/// Where in the browser's reads a frame's content began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Bytes of the connection's input before it.
    pub(super) offset: u64,
    /// See `FlowControlPolicy::read_size`.
    pub(super) read_size: Option<u32>,
}

/// Body bytes that were delivered and are not yet counted as consumed.
///
/// A piece counts when its last byte was read, however many bytes one read of the caller takes: the increments of window
/// updates then have the granularity of the browser's own reads.
#[derive(Debug, Default)]
pub(super) struct Unread {
    pieces: VecDeque<u32>,
    bytes: u32,
    /// Bytes of the first pieces that the reader has already.
    taken: u32,
}

impl Unread {
    /// Bytes not yet counted.
    pub(super) fn bytes(&self) -> u32 {
        self.bytes
    }

    /// Pieces not yet counted: at least one a frame.
    pub(super) fn pieces(&self) -> usize {
        self.pieces.len()
    }

    /// Adds a frame's content.
    pub(super) fn push(&mut self, length: u32, place: Place) {
        if length == 0 {
            return;
        }
        self.bytes = self.bytes.saturating_add(length);
        let Some(read_size) = place.read_size.filter(|&size| size > 0) else {
            return self.pieces.push_back(length);
        };
        let in_read = u32::try_from(place.offset % u64::from(read_size)).unwrap_or(0);
        let mut room = read_size - in_read;
        let mut left = length;
        while left > 0 {
            let piece = left.min(room);
            self.pieces.push_back(piece);
            left -= piece;
            room = read_size;
        }
    }

    /// The reader took `bytes`; what that completes comes from `next_counted`.
    pub(super) fn read(&mut self, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.taken = self.taken.saturating_add(bytes).min(self.bytes);
    }

    /// The next piece that was read to its end.
    pub(super) fn next_counted(&mut self) -> Option<u32> {
        let piece = *self.pieces.front().filter(|&&piece| piece <= self.taken)?;
        self.pieces.pop_front();
        self.taken -= piece;
        self.bytes -= piece;
        Some(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Unread};

    fn counted(unread: &mut Unread) -> Vec<u32> {
        std::iter::from_fn(|| unread.next_counted()).collect()
    }

    #[test]
    fn whole_frames_count_once_their_last_byte_was_read() {
        let mut unread = Unread::default();
        let frames = Place { offset: 9, read_size: None };
        unread.push(100, frames);
        unread.push(50, frames);
        unread.read(99);
        assert_eq!(counted(&mut unread), [0u32; 0]);
        unread.read(2);
        assert_eq!(counted(&mut unread), [100]);
        assert_eq!((unread.bytes(), unread.pieces()), (50, 1));
        // More than there is counts as all there is.
        unread.read(usize::MAX);
        assert_eq!(counted(&mut unread), [50]);
        unread.push(7, frames);
        assert_eq!(counted(&mut unread), [0u32; 0]);
    }

    #[test]
    fn reads_of_the_browser_cut_frames_at_places_of_the_whole_input() {
        let mut unread = Unread::default();
        unread.push(16_384, Place { offset: 8_192 * 5 + 9, read_size: Some(8_192) });
        unread.push(10, Place { offset: 8_192 * 7 + 18, read_size: Some(8_192) });
        unread.read(16_394);
        assert_eq!(counted(&mut unread), [8_183, 8_192, 9, 10]);
    }
}
