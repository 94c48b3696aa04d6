//! Panics on purpose, for the tests of FAULTS N04. Empty unless the feature `fault-injection` is on.

/// Places that can be told to panic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Point {
    /// A command being carried out.
    Command = 1,
    /// A connection being opened.
    Dial = 2,
    /// A connection's driver.
    Driver = 3,
}

#[cfg(feature = "fault-injection")]
static ARMED: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(0);

/// Makes the next pass through `point` panic, once.
#[cfg(feature = "fault-injection")]
pub fn arm(point: Point) {
    ARMED.store(point as u8, std::sync::atomic::Ordering::SeqCst);
}

#[cfg(feature = "fault-injection")]
#[allow(clippy::panic)]
pub(crate) fn point(point: Point) {
    use std::sync::atomic::Ordering;
    if ARMED.compare_exchange(point as u8, 0, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
        panic!("injected by a test");
    }
}

#[cfg(not(feature = "fault-injection"))]
#[inline]
pub(crate) fn point(_point: Point) {}
