//! Memory that received bytes land in.

use std::cell::RefCell;
use std::collections::VecDeque;

use bytes::BytesMut;

use crate::limits;

/// Memory of one thread, used again as soon as nobody has bytes in it any more. The allocator would give it back to the system
/// meanwhile, which hands it out anew page by page.
#[derive(Default)]
pub(super) struct Landings {
    /// What is free for sure, and then the oldest first: it is likely to be free first.
    used: RefCell<VecDeque<BytesMut>>,
}

impl Landings {
    /// Makes room for `count` more bytes behind those in `input`, which may move for it.
    pub(super) fn make_room(&self, input: &mut BytesMut, count: usize) {
        // Emptied by its readers meanwhile, it need not move.
        if input.capacity() > 0 && input.try_reclaim(count) {
            return;
        }
        let size = input.len().saturating_add(count).max(limits::LANDING_SIZE);
        let mut room = self.take(size);
        room.extend_from_slice(input);
        self.keep(std::mem::replace(input, room));
    }

    fn take(&self, size: usize) -> BytesMut {
        let mut used = self.used.borrow_mut();
        let free = used.iter_mut().position(|memory| memory.try_reclaim(size));
        let known = free.and_then(|index| used.remove(index));
        known.unwrap_or_else(|| BytesMut::with_capacity(size))
    }

    /// Remembers memory. Readers may have bytes in it still.
    fn keep(&self, mut memory: BytesMut) {
        let mut used = self.used.borrow_mut();
        if memory.capacity() > 0 && used.len() < limits::LANDINGS_KEPT {
            memory.clear();
            used.push_back(memory);
        }
    }

    /// Takes the memory of `input` over if nobody has bytes in it: a connection that idles holds none. It is the next to be used,
    /// while it is in the processor's cache.
    pub(super) fn lend(&self, input: &mut BytesMut) {
        if input.capacity() == 0 || !input.is_empty() || !input.try_reclaim(limits::LANDING_SIZE) {
            return;
        }
        let memory = std::mem::take(input);
        let mut used = self.used.borrow_mut();
        if used.len() < limits::LANDINGS_KEPT {
            used.push_front(memory);
        }
    }

    /// Gives everything back.
    pub(super) fn release(&self) {
        self.used.take();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn landed(landings: &Landings, input: &mut BytesMut, bytes: &[u8]) -> *const u8 {
        landings.make_room(input, bytes.len());
        input.extend_from_slice(bytes);
        input.as_ptr()
    }

    #[test]
    fn memory_is_used_again_once_nobody_has_bytes_in_it() {
        let (landings, mut input) = (Landings::default(), BytesMut::new());
        let full = vec![7; limits::LANDING_SIZE - 1];
        let first = landed(&landings, &mut input, &full);
        let read = input.split().freeze();
        let second = landed(&landings, &mut input, &full);
        assert_ne!(first, second, "somebody has bytes in it");
        let unread = input.split();
        assert_eq!(read, full);
        drop(read);
        let _other = BytesMut::with_capacity(limits::LANDING_SIZE);
        assert_eq!(landed(&landings, &mut input, &full), first);
        assert_eq!((&input, &unread), (&full.as_slice().into(), &full.as_slice().into()));
    }

    #[test]
    fn what_is_not_read_yet_moves_along() {
        let (landings, mut input) = (Landings::default(), BytesMut::new());
        landed(&landings, &mut input, b"abc");
        landed(&landings, &mut input, &vec![b'd'; limits::LANDING_SIZE]);
        assert_eq!(input.get(..5), Some(b"abcdd".as_slice()));
        assert_eq!(input.len(), limits::LANDING_SIZE + 3);
    }

    #[test]
    fn memory_of_who_waits_for_nothing_goes_to_the_next_who_receives() {
        let (landings, mut first, mut second) = (Landings::default(), BytesMut::new(), BytesMut::new());
        let memory = landed(&landings, &mut first, b"answer");
        landings.lend(&mut first);
        assert_eq!(first, "answer", "bytes that wait stay");
        let read = first.split().freeze();
        landings.lend(&mut first);
        assert!(first.capacity() > 0, "somebody has bytes in it: what is left of it is for the next");
        drop(read);
        landings.lend(&mut first);
        assert_eq!(first.capacity(), 0);
        assert_eq!(landed(&landings, &mut second, b"other"), memory);
        assert_ne!(landed(&landings, &mut first, b"again"), memory);
        assert_eq!(second, "other");
    }

    #[test]
    fn only_so_much_is_kept_and_all_of_it_is_given_back() {
        let (landings, mut input) = (Landings::default(), BytesMut::new());
        let mut read = Vec::new();
        for _ in 0..2 * limits::LANDINGS_KEPT {
            landed(&landings, &mut input, &vec![0; limits::LANDING_SIZE - 1]);
            read.push(input.split().freeze());
        }
        assert_eq!(landings.used.borrow().len(), limits::LANDINGS_KEPT);
        landings.release();
        assert!(landings.used.borrow().is_empty());
    }
}
