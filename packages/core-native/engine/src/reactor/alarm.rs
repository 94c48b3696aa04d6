//! What other threads wake the I/O thread with.
//!
//! On Unix a pipe, because its writer is about to sleep as far as the kernel's scheduler is concerned: the reader is
//! started on the writer's processor, where a context switch is all it costs. An eventfd or a futex, which every
//! runtime's own waker uses, starts it on an idle processor instead, by an interrupt between processors. Measured on two
//! virtual processors, there and back: 6 us CPU by pipe, 30 us by eventfd (docs/internals/performance.md).

use std::io;

pub(crate) use imp::{Alarm, Listener, Ringer};

#[cfg(unix)]
mod imp {
    use std::io::{self, Write};
    use std::os::fd::OwnedFd;
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use tokio::io::{AsyncRead, ReadBuf};
    use tokio::net::unix::pipe::Receiver;

    /// Rings from any thread.
    pub(crate) struct Ringer(io::PipeWriter);

    /// Hears the ringing, on the I/O thread. Registered there by `listen`.
    pub(crate) struct Alarm(OwnedFd);

    /// A registered alarm.
    pub(crate) struct Listener(Receiver);

    pub(super) fn pair() -> io::Result<(Ringer, Alarm)> {
        let (reader, writer) = io::pipe()?;
        Ok((Ringer(writer), Alarm(reader.into())))
    }

    impl Ringer {
        /// One ring; several before anybody listens are heard as one. The caller rings only when the last ring was
        /// heard, so the pipe never fills.
        pub(crate) fn ring(&self) {
            // The reader lives as long as the process.
            let _ = (&self.0).write(&[0]);
        }
    }

    impl Alarm {
        /// Must be called inside the runtime that is to be woken.
        pub(crate) fn listen(self) -> io::Result<Listener> {
            Receiver::from_owned_fd(self.0).map(Listener)
        }
    }

    impl Listener {
        /// Ready when somebody has rung since the last time.
        pub(crate) fn poll_heard(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
            let mut bytes = [0; 64];
            let mut buffer = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut self.0).poll_read(context, &mut buffer))?;
            Poll::Ready(Ok(()))
        }
    }
}

#[cfg(not(unix))]
mod imp {
    use std::io;
    use std::pin::Pin;
    use std::sync::Arc;
    use std::task::{Context, Poll};

    use tokio::sync::Notify;
    use tokio::sync::futures::OwnedNotified;

    /// Rings from any thread.
    pub(crate) struct Ringer(Arc<Notify>);

    /// Hears the ringing, on the I/O thread.
    pub(crate) struct Alarm(Arc<Notify>);

    /// A registered alarm.
    pub(crate) struct Listener(Arc<Notify>, Pin<Box<OwnedNotified>>);

    pub(super) fn pair() -> io::Result<(Ringer, Alarm)> {
        let notify = Arc::new(Notify::new());
        Ok((Ringer(Arc::clone(&notify)), Alarm(notify)))
    }

    impl Ringer {
        /// One ring; several before anybody listens are heard as one.
        pub(crate) fn ring(&self) {
            self.0.notify_one();
        }
    }

    impl Alarm {
        /// Must be called inside the runtime that is to be woken.
        pub(crate) fn listen(self) -> io::Result<Listener> {
            let next = Box::pin(Arc::clone(&self.0).notified_owned());
            Ok(Listener(self.0, next))
        }
    }

    impl Listener {
        /// Ready when somebody has rung since the last time.
        pub(crate) fn poll_heard(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
            let heard = self.1.as_mut().poll(context);
            if heard.is_ready() {
                self.1 = Box::pin(Arc::clone(&self.0).notified_owned());
            }
            heard.map(Ok)
        }
    }
}

/// Both ends of a new alarm.
pub(crate) fn pair() -> io::Result<(Ringer, Alarm)> {
    imp::pair()
}
