//! What other threads wake a loop with.
//!
//! On Unix a pipe, because its writer is about to sleep as far as the kernel's scheduler is concerned: the reader is
//! started on the writer's processor, where a context switch is all it costs. An eventfd or a futex, which every
//! runtime's own waker uses, starts it on an idle processor instead, by an interrupt between processors. Measured on two
//! virtual processors, there and back: 6 us CPU by pipe, 30 us by eventfd (docs/internals/performance.md).

pub(super) use imp::Alarm;

#[cfg(unix)]
mod imp {
    use std::io::{self, Read, Write};

    use mio::unix::pipe::{self, Receiver, Sender};
    use mio::{Interest, Registry, Token};

    /// Rings from any thread, and hears it in the loop. One value, so that nobody ever writes to a pipe without a reader.
    pub(in super::super) struct Alarm {
        sender: Sender,
        receiver: Receiver,
    }

    impl Alarm {
        /// Ringing makes `token` ready.
        pub(in super::super) fn new(registry: &Registry, token: Token) -> io::Result<Self> {
            let (sender, mut receiver) = pipe::new()?;
            registry.register(&mut receiver, token, Interest::READABLE)?;
            Ok(Self { sender, receiver })
        }

        /// One ring; several before anybody listens are heard as one.
        pub(in super::super) fn ring(&self) {
            // Full means that it rings already.
            let _ = (&self.sender).write(&[0]);
        }

        /// Takes the ring that made the token ready.
        pub(in super::super) fn heard(&self) {
            // Rare as they are, more of them than these would only be heard twice.
            let _ = (&self.receiver).read(&mut [0; 64]);
        }
    }
}

#[cfg(not(unix))]
mod imp {
    use std::io;

    use mio::{Registry, Token, Waker};

    /// Rings from any thread.
    pub(in super::super) struct Alarm(Waker);

    impl Alarm {
        /// Ringing makes `token` ready.
        pub(in super::super) fn new(registry: &Registry, token: Token) -> io::Result<Self> {
            Waker::new(registry, token).map(Self)
        }

        /// One ring; several before anybody listens are heard as one.
        pub(in super::super) fn ring(&self) {
            let _ = self.0.wake();
        }

        /// Takes the ring that made the token ready.
        pub(in super::super) fn heard(&self) {}
    }
}
