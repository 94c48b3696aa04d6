//! All of the rest of a body, in one piece.

use bytes::Bytes;

use crate::response::{BodyTarget, ExchangeEvent};

/// What has come of a body that is wanted whole.
#[derive(Default)]
pub(crate) struct Whole {
    /// Memory of the caller's, and how much of it is written.
    target: Option<Box<dyn BodyTarget>>,
    written: usize,
    /// What there is no such memory for.
    bytes: Vec<u8>,
}

impl Whole {
    pub(crate) fn new(target: Option<Box<dyn BodyTarget>>) -> Self {
        Self { target, ..Self::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.written + self.bytes.len()
    }

    /// Sets memory aside, if the caller has given none.
    pub(crate) fn reserve(&mut self, capacity: usize) {
        if self.target.is_none() {
            self.bytes.reserve_exact(capacity);
        }
    }

    pub(crate) fn push(&mut self, chunk: &[u8]) {
        // In order: behind what did not fit nothing is written to the target any more.
        if self.bytes.is_empty()
            && let Some(target) = &mut self.target
            && target.write(self.written, chunk)
        {
            self.written += chunk.len();
        } else {
            self.bytes.extend_from_slice(chunk);
        }
    }

    /// The events that hand it over, in order.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = ExchangeEvent> + use<> {
        let written = std::mem::take(&mut self.written);
        let filled = (written > 0).then_some(ExchangeEvent::Filled { bytes: written });
        let rest = Bytes::from(std::mem::take(&mut self.bytes));
        let data = (!rest.is_empty()).then_some(ExchangeEvent::Data(rest));
        self.target = None;
        filled.into_iter().chain(data)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    struct Memory(Arc<Mutex<Vec<u8>>>, usize);

    impl BodyTarget for Memory {
        fn write(&mut self, offset: usize, bytes: &[u8]) -> bool {
            let Ok(mut memory) = self.0.lock() else { return false };
            let fits = offset == memory.len() && offset + bytes.len() <= self.1;
            if fits {
                memory.extend_from_slice(bytes);
            }
            fits
        }
    }

    fn told(whole: &mut Whole) -> Vec<String> {
        let text = |event| match event {
            ExchangeEvent::Filled { bytes } => format!("filled {bytes}"),
            ExchangeEvent::Data(data) => format!("data {}", String::from_utf8_lossy(&data)),
            _ => String::new(),
        };
        whole.take().map(text).collect()
    }

    #[test]
    fn what_fits_is_written_to_the_target_and_the_rest_follows() {
        let memory = Arc::<Mutex<Vec<u8>>>::default();
        let mut whole = Whole::new(Some(Box::new(Memory(Arc::clone(&memory), 6))));
        for chunk in [b"abc", b"def", b"ghi", b"jkl"] {
            whole.push(chunk);
        }
        assert_eq!(whole.len(), 12);
        assert_eq!(told(&mut whole), ["filled 6", "data ghijkl"]);
        assert_eq!(memory.lock().map(|memory| memory.clone()).unwrap_or_default(), b"abcdef");
    }

    #[test]
    fn without_a_target_it_is_one_piece_and_nothing_is_no_event() {
        let mut whole = Whole::new(None);
        assert_eq!(told(&mut whole), Vec::<String>::new());
        whole.push(b"ab");
        whole.push(b"c");
        assert_eq!(told(&mut whole), ["data abc"]);
    }
}
