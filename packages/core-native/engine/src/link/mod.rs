//! A socket under zero, one or two layers of TLS (two: an origin behind an https proxy).

use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use bytes::BytesMut;

use crate::error::Error;
use crate::limits;
use crate::phase::Phase;
use crate::reactor::{Reactor, Socket};
use crate::response::Endpoints;
use crate::tls::{Progress, ReadOutcome, TicketPlace, TlsSession};

mod joined;

pub(crate) use joined::{Joined, NoEarlyData, WritesEarly};

/// Reads after which nobody looks for session tickets any more; servers send them right after the handshake.
const READS_WITH_TICKETS: u32 = 16;

/// Counts a socket for as long as it lives.
pub(crate) struct SocketCount(Arc<AtomicUsize>);

impl SocketCount {
    pub(crate) fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(count))
    }
}

impl Drop for SocketCount {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// What a read brought.
#[derive(Debug)]
pub(crate) enum Read {
    /// There may be new plaintext in [`Link::input`].
    Bytes,
    /// The peer has ended. `clean`: it said so (close_notify, or FIN without TLS).
    End { clean: bool },
}

pub(crate) struct Link {
    reactor: Rc<Reactor>,
    /// `None` once shut.
    socket: Option<(Box<dyn Socket>, SocketCount)>,
    /// Nearest to the socket first.
    layers: Vec<TlsSession>,
    /// Received plaintext.
    plain: BytesMut,
    /// Plaintext to send when there is no TLS.
    out: Vec<u8>,
    out_sent: usize,
    ended: Option<bool>,
    failure: Option<Error>,
    /// Plaintext that came with the handshake has not been reported.
    unreported: bool,
    /// The next read does not wait for the kernel's notice.
    asks_kernel: bool,
    /// Where the tickets of the innermost layer go.
    tickets: Option<TicketPlace>,
    reads: u32,
    /// Bytes have reached the kernel since somebody asked.
    progress: bool,
    /// Our side ends when everything is sent.
    ending: bool,
}

impl Link {
    pub(crate) fn new(reactor: &Rc<Reactor>, socket: Box<dyn Socket>, count: SocketCount) -> Self {
        Self {
            reactor: Rc::clone(reactor),
            socket: Some((socket, count)),
            layers: Vec::new(),
            plain: BytesMut::new(),
            out: Vec::new(),
            out_sent: 0,
            ended: None,
            failure: None,
            unreported: false,
            asks_kernel: false,
            tickets: None,
            reads: 0,
            progress: false,
            ending: false,
        }
    }

    pub(crate) fn reactor(&self) -> &Rc<Reactor> {
        &self.reactor
    }

    pub(crate) fn endpoints(&self) -> io::Result<Endpoints> {
        let (socket, _) = self.socket.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        let (remote, local) = socket.addresses()?;
        Ok(Endpoints { remote, local })
    }

    /// Received plaintext; the protocol takes from its front.
    pub(crate) fn input(&mut self) -> &mut BytesMut {
        &mut self.plain
    }

    /// Innermost TLS layer.
    pub(crate) fn tls(&self) -> Option<&TlsSession> {
        self.layers.last()
    }

    /// The protocol has taken what it can: if that was all, the memory is for who receives next.
    pub(crate) fn lend_input(&mut self) {
        self.reactor.lend_landing(&mut self.plain);
    }

    /// Gives memory back while the connection idles.
    pub(crate) fn release_buffers(&mut self) {
        for layer in &mut self.layers {
            layer.release_buffers();
        }
        if self.plain.is_empty() {
            self.plain = BytesMut::new();
            self.reactor.release_landings();
        }
        if self.unsent() == 0 {
            self.out = Vec::new();
            self.out_sent = 0;
        }
    }

    /// Closes the socket.
    pub(crate) fn shut(&mut self) {
        self.socket = None;
        self.plain = BytesMut::new();
        self.layers.clear();
    }

    // ---- writing ---------------------------------------------------------------------------------------------

    /// Queues `bytes` as one TLS record if they fit one.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match self.layers.last_mut() {
            None => self.out.extend_from_slice(bytes),
            Some(top) => top.write(bytes).map_err(|error| Error::from_tls(error, Phase::Send))?,
        }
        self.sink_output()
    }

    /// Bytes that wait for the socket.
    pub(crate) fn unsent(&self) -> usize {
        match self.layers.first() {
            None => self.out.len() - self.out_sent,
            Some(bottom) => bottom.output().len(),
        }
    }

    /// Moves the inner layer's records into the outer layer.
    fn sink_output(&mut self) -> Result<(), Error> {
        if let [bottom, top] = self.layers.as_mut_slice() {
            let records = top.take_output();
            bottom.write(&records).map_err(|error| Error::from_tls(error, Phase::Send))?;
        }
        Ok(())
    }

    pub(crate) fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let Some((socket, _)) = self.socket.as_mut() else { return Poll::Ready(Ok(())) };
        loop {
            let bytes = match self.layers.first() {
                None => self.out.get(self.out_sent..).unwrap_or_default(),
                Some(bottom) => bottom.output(),
            };
            if bytes.is_empty() {
                if self.ending {
                    // A FIN that cannot be sent any more says nothing that the reader will not see.
                    let _ = ready!(socket.poll_shutdown(context));
                    self.ending = false;
                }
                return Poll::Ready(Ok(()));
            }
            let written = ready!(socket.poll_write(context, bytes));
            let count = match written {
                Ok(0) => return Poll::Ready(Err(Error::connection_closed(Phase::Send))),
                Ok(count) => count,
                Err(error) => return Poll::Ready(Err(Error::from_io(&error, Phase::Send))),
            };
            self.progress = true;
            match self.layers.first_mut() {
                None => {
                    self.out_sent += count;
                    if self.out_sent == self.out.len() {
                        self.out.clear();
                        self.out_sent = 0;
                    }
                }
                Some(bottom) => bottom.consume_output(count),
            }
        }
    }

    /// Whether bytes have reached the kernel since the last call, also by a flush that failed later.
    pub(crate) fn take_progress(&mut self) -> bool {
        std::mem::take(&mut self.progress)
    }

    pub(crate) async fn flush(&mut self) -> Result<(), Error> {
        poll_fn(|context| self.poll_flush(context)).await
    }

    /// Queues the end of our side.
    pub(crate) fn close_notify(&mut self) {
        if let Some(top) = self.layers.last_mut() {
            top.close_notify();
            let _ = self.sink_output();
        }
    }

    /// Queues the end of our side and, after it, of the socket's: the peer can still send (half-close).
    pub(crate) fn end_output(&mut self) {
        self.close_notify();
        self.ending = true;
    }

    // ---- reading ---------------------------------------------------------------------------------------------

    /// Reads from the socket once and decrypts what came.
    pub(crate) fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<Result<Read, Error>> {
        if std::mem::take(&mut self.unreported) {
            return Poll::Ready(Ok(Read::Bytes));
        }
        if let Some(error) = self.failure.take() {
            return Poll::Ready(Err(error));
        }
        if let Some(clean) = self.ended {
            return Poll::Ready(Ok(Read::End { clean }));
        }
        let count = match ready!(self.poll_fill(context)) {
            Ok(count) => count,
            Err(error) => return Poll::Ready(Err(Error::from_io(&error, Phase::Head))),
        };
        if count == 0 {
            match self.layers.first_mut() {
                None => self.ended = Some(true),
                Some(bottom) => bottom.feed_end(),
            }
        }
        let before = self.plain.len();
        self.lift();
        if self.plain.len() == before {
            if let Some(error) = self.failure.take() {
                return Poll::Ready(Err(error));
            }
            if let Some(clean) = self.ended {
                return Poll::Ready(Ok(Read::End { clean }));
            }
        }
        Poll::Ready(Ok(Read::Bytes))
    }

    /// The same, but asks the kernel even if it has not said yet that there is something: what arrives before a request
    /// is written cannot be its answer.
    pub(crate) fn poll_read_now(&mut self, context: &mut Context<'_>) -> Poll<Result<Read, Error>> {
        self.asks_kernel = true;
        let read = self.poll_read(context);
        self.asks_kernel = false;
        read
    }

    /// One read of the socket into the lowest layer; 0 at its end.
    fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let Some((socket, _)) = self.socket.as_mut() else { return Poll::Ready(Ok(0)) };
        if std::mem::take(&mut self.asks_kernel) {
            let bottom = self.layers.first_mut();
            let read: io::Result<usize> = self.reactor.with_scratch(|scratch| {
                let count = socket.read_now(scratch)?;
                let bytes = scratch.get(..count).unwrap_or_default();
                match bottom {
                    Some(bottom) => bottom.feed(bytes),
                    None => {
                        self.reactor.make_room(&mut self.plain, count);
                        self.plain.extend_from_slice(bytes);
                    }
                }
                Ok(count)
            });
            match read {
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
                read => return Poll::Ready(read),
            }
        }
        if let Some(bottom) = self.layers.first_mut() {
            let polled = socket.poll_read(context, bottom.input_space(limits::SOCKET_READ_SIZE / 2));
            let count = if let Poll::Ready(Ok(count)) = &polled { *count } else { 0 };
            bottom.input_filled(count);
            if count == 0 {
                bottom.lend_input();
            }
            return polled;
        }
        self.reactor.with_scratch(|scratch| {
            let count = ready!(socket.poll_read(context, scratch))?;
            self.reactor.make_room(&mut self.plain, count);
            self.plain.extend_from_slice(scratch.get(..count).unwrap_or_default());
            Poll::Ready(Ok(count))
        })
    }

    /// Decrypts upwards into `plain`; notes an end or a failure for after the plaintext.
    fn lift(&mut self) {
        if self.layers.is_empty() {
            return;
        }
        if self.layers.len() > 1 {
            let reactor = Rc::clone(&self.reactor);
            reactor.with_scratch(|scratch| self.lift_outer(scratch));
        }
        if let Some(top) = self.layers.last_mut() {
            loop {
                self.reactor.make_room(&mut self.plain, top.pending_input() + limits::RECORD_CONTENT_MAX);
                match top.read_into(&mut self.plain) {
                    Ok(ReadOutcome::Data(_)) => {}
                    Ok(ReadOutcome::NeedsInput) => break,
                    Ok(ReadOutcome::CloseNotify) => {
                        self.ended = Some(true);
                        break;
                    }
                    Ok(ReadOutcome::Truncated) => {
                        self.ended = Some(false);
                        break;
                    }
                    Err(error) => {
                        self.failure = Some(Error::from_tls(error, Phase::Head));
                        break;
                    }
                }
            }
        }
        for layer in &mut self.layers {
            layer.lend_input();
        }
        // Reading may answer (KeyUpdate, alerts).
        let _ = self.sink_output();
        self.keep_tickets();
    }

    /// Moves what the outer of two layers has decrypted into the inner one.
    fn lift_outer(&mut self, scratch: &mut [u8]) {
        let [bottom, top] = self.layers.as_mut_slice() else { return };
        loop {
            match bottom.read(scratch) {
                Ok(ReadOutcome::Data(count)) => top.feed(scratch.get(..count).unwrap_or_default()),
                Ok(ReadOutcome::NeedsInput) => return,
                Ok(ReadOutcome::CloseNotify | ReadOutcome::Truncated) => return top.feed_end(),
                Err(error) => {
                    self.failure = Some(Error::from_tls(error, Phase::Head));
                    return top.feed_end();
                }
            }
        }
    }

    fn keep_tickets(&mut self) {
        self.reads = self.reads.saturating_add(1);
        if self.reads > READS_WITH_TICKETS {
            return;
        }
        let (Some(place), Some(_), Some(top)) = (&self.tickets, &self.socket, self.layers.last_mut()) else { return };
        for ticket in top.take_tickets() {
            place.put(ticket);
        }
    }

    // ---- before HTTP -----------------------------------------------------------------------------------------

    /// Next plain bytes of a dialogue with a proxy; empty at the end.
    pub(crate) async fn read_some(&mut self) -> Result<BytesMut, Error> {
        loop {
            let read = poll_fn(|context| self.poll_read(context)).await?;
            if !self.plain.is_empty() {
                return Ok(self.plain.split());
            }
            if matches!(read, Read::End { .. }) {
                return Ok(BytesMut::new());
            }
        }
    }

    /// Puts a TLS layer on top and drives its handshake. Its last flight stays queued, so that it shares a segment with
    /// the first request, as browsers send it. `early` may write requests, which travel as early data: the first time in
    /// the segment of the ClientHello, and again when it has heard of more; without one the offered early data stays
    /// empty, as Firefox leaves it for a POST.
    pub(crate) async fn handshake(
        &mut self,
        session: TlsSession,
        tickets: Option<TicketPlace>,
        phase: Phase,
        early: &mut impl WritesEarly,
    ) -> Result<(), Error> {
        self.layers.push(session);
        self.plain.clear();
        loop {
            let Some(top) = self.layers.last_mut() else { return Err(Error::internal(phase)) };
            let progress = top.handshake();
            self.sink_output()?;
            match progress {
                Ok(Progress::Done) => break,
                Ok(Progress::NeedsInput) => {}
                Ok(Progress::EarlyData) => early.write_early(self).map_err(|error| error.in_phase(phase))?,
                Err(error) => {
                    // The alert tells the peer why; whether it arrives does not matter.
                    let _ = poll_fn(|context| Poll::Ready(self.poll_flush(context))).await;
                    return Err(Error::from_tls(error, phase));
                }
            }
            self.flush().await.map_err(|error| error.in_phase(phase).with_replayable(true))?;
            let writes_early = matches!(progress, Ok(Progress::EarlyData));
            let filled = poll_fn(|context| match self.poll_fill(context) {
                Poll::Pending if writes_early => early.joined().poll(context).map(|()| None),
                filled => filled.map(Some),
            });
            let Some(filled) = filled.await else { continue };
            let count = filled.map_err(|error| Error::from_io(&error, phase))?;
            if count == 0
                && let Some(bottom) = self.layers.first_mut()
            {
                bottom.feed_end();
            }
            let reactor = Rc::clone(&self.reactor);
            reactor.with_scratch(|scratch| self.lift_outer(scratch));
            if let Some(error) = self.failure.take() {
                return Err(error.in_phase(phase).with_replayable(true));
            }
        }
        self.tickets = tickets;
        self.lift();
        self.unreported = !self.plain.is_empty();
        Ok(())
    }
}
