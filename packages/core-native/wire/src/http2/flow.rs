//! Flow-control windows (RFC 9113 6.9).

/// Largest window; a peer that makes one larger breaks the protocol (RFC 9113 6.9.1).
const MAX_WINDOW: i64 = 0x7fff_ffff;

/// A window was exceeded or overflowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WindowViolation;

/// Bytes we may send. Negative after the peer shrank its initial window (RFC 9113 6.9.2).
#[derive(Debug, Clone, Copy)]
pub(super) struct SendWindow(i64);

impl SendWindow {
    pub(super) fn new(initial: u32) -> Self {
        Self(i64::from(initial))
    }

    /// Bytes that may be sent now; 0 if the window is used up or negative.
    pub(super) fn available(self) -> usize {
        usize::try_from(self.0).unwrap_or(0)
    }

    pub(super) fn spend(&mut self, bytes: usize) {
        self.0 -= i64::try_from(bytes).unwrap_or(i64::MAX);
    }

    /// Applies a WINDOW_UPDATE or a changed initial window.
    pub(super) fn change(&mut self, by: i64) -> Result<(), WindowViolation> {
        let window = self.0 + by;
        if window > MAX_WINDOW {
            return Err(WindowViolation);
        }
        self.0 = window;
        Ok(())
    }
}

/// Bytes the peer may send, and what has been consumed but not yet returned.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReceiveWindow {
    available: i64,
    unreturned: u32,
    return_above: u32,
}

impl ReceiveWindow {
    pub(super) fn new(initial: u32, return_above: u32) -> Self {
        Self { available: i64::from(initial), unreturned: 0, return_above }
    }

    /// Counts a DATA frame, padding included.
    pub(super) fn receive(&mut self, bytes: u32) -> Result<(), WindowViolation> {
        self.available -= i64::from(bytes);
        if self.available < 0 { Err(WindowViolation) } else { Ok(()) }
    }

    /// Counts consumed bytes; gives the increment of the WINDOW_UPDATE that is due, if any.
    pub(super) fn consume(&mut self, bytes: u32) -> Option<u32> {
        self.unreturned = self.unreturned.saturating_add(bytes);
        if self.unreturned <= self.return_above {
            return None;
        }
        let increment = std::mem::take(&mut self.unreturned);
        self.available += i64::from(increment);
        Some(increment)
    }
}

#[cfg(test)]
mod tests {
    use super::{ReceiveWindow, SendWindow, WindowViolation};

    #[test]
    fn a_window_is_returned_when_the_threshold_is_exceeded() {
        let mut window = ReceiveWindow::new(100, 50);
        assert_eq!(window.receive(100), Ok(()));
        assert_eq!(window.consume(50), None);
        assert_eq!(window.consume(1), Some(51));
        assert_eq!(window.receive(51), Ok(()));
        assert_eq!(window.receive(1), Err(WindowViolation));
    }

    #[test]
    fn h05_a_send_window_may_be_negative_but_not_overflow() {
        let mut window = SendWindow::new(10);
        assert_eq!(window.change(-20), Ok(()));
        assert_eq!(window.available(), 0);
        assert_eq!(window.change(11), Ok(()));
        assert_eq!(window.available(), 1);
        assert_eq!(window.change(0x7fff_ffff), Err(WindowViolation));
    }
}
