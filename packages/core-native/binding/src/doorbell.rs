//! A pipe whose reading end JavaScript's event loop watches.
//!
//! It does what a thread-safe function does for a fifth of the price: the kernel starts the reader of a pipe on the
//! writer's processor, while the eventfd under a thread-safe function interrupts another one (see the engine's `alarm`).

use std::io::{self, Write};

/// The writing end.
pub struct Doorbell {
    writer: io::PipeWriter,
    /// Kept open, so that writing never meets a pipe without a reader, which would raise SIGPIPE.
    _reader: io::PipeReader,
}

impl Doorbell {
    /// A pipe and the descriptor of its reading end, which belongs to the caller. `None` where event loops watch no pipes.
    ///
    /// # Errors
    ///
    /// The process is out of descriptors.
    #[cfg(unix)]
    pub fn new() -> io::Result<Option<(Self, i32)>> {
        use std::os::fd::IntoRawFd;

        let (reader, writer) = io::pipe()?;
        let theirs = reader.try_clone()?.into_raw_fd();
        Ok(Some((Self { writer, _reader: reader }, theirs)))
    }

    /// A pipe and the descriptor of its reading end, which belongs to the caller. `None` where event loops watch no pipes.
    ///
    /// # Errors
    ///
    /// None.
    #[cfg(not(unix))]
    pub fn new() -> io::Result<Option<(Self, i32)>> {
        Ok(None)
    }

    /// Wakes JavaScript. The caller rings again only when JavaScript has answered, so the pipe never fills.
    pub fn ring(&self) {
        // Both ends are ours, so it cannot fail.
        let _ = (&self.writer).write(&[0]);
    }
}
