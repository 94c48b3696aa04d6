//! Panics on purpose, for the tests of FAULTS N04, and counts for those of B09, C11 and of reads. Empty unless the feature `fault-injection` is on.

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
    /// A limit that has passed.
    Timer = 4,
    /// An exchange being made.
    Start = 5,
    /// A transport that was let go of.
    Release = 6,
    /// A connection that has just been opened.
    Opened = 7,
}

#[cfg(feature = "fault-injection")]
static ARMED: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(0);

/// Makes the next pass through `point` panic, once.
#[cfg(feature = "fault-injection")]
pub fn arm(point: Point) {
    ARMED.store(point as u8, std::sync::atomic::Ordering::SeqCst);
}

/// Whether nothing has passed the point yet.
#[cfg(feature = "fault-injection")]
pub fn is_armed() -> bool {
    ARMED.load(std::sync::atomic::Ordering::SeqCst) != 0
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

#[cfg(feature = "fault-injection")]
static MOST_WORK: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

/// The most units of decoding that the I/O thread has done without looking at its sockets, orders and clocks.
#[cfg(feature = "fault-injection")]
pub fn most_work() -> u64 {
    MOST_WORK.load(std::sync::atomic::Ordering::SeqCst)
}

#[cfg(feature = "fault-injection")]
pub(crate) fn worked(units: u64) {
    MOST_WORK.fetch_max(units, std::sync::atomic::Ordering::SeqCst);
}

#[cfg(not(feature = "fault-injection"))]
#[inline]
pub(crate) fn worked(_units: u64) {}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Count {
    /// Looks of the I/O thread at a request or an attempt in a queue while it was seeing to another one.
    Look = 0,
    /// Calls that asked the system for bytes of a TCP connection.
    Read = 1,
}

#[cfg(feature = "fault-injection")]
static COUNTS: [std::sync::atomic::AtomicU64; 2] = [const { std::sync::atomic::AtomicU64::new(0) }; 2];

/// How many there have been.
#[cfg(feature = "fault-injection")]
pub fn count_of(count: Count) -> u64 {
    COUNTS[count as usize].load(std::sync::atomic::Ordering::SeqCst)
}

#[cfg(feature = "fault-injection")]
pub(crate) fn count(count: Count) {
    COUNTS[count as usize].fetch_add(1, std::sync::atomic::Ordering::SeqCst);
}

#[cfg(not(feature = "fault-injection"))]
#[inline]
pub(crate) fn count(_count: Count) {}
