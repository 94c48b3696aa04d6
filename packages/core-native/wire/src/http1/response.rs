//! Reads exactly one response, from its first interim head to the last byte of its body.

use bytes::{Bytes, BytesMut};

use super::answers::AnswerPolicy;
use super::chunked::{ChunkedReader, Piece};
use super::encode::has_member;
use super::error::{Http1Error, Http1ErrorKind};
use super::framing::{self, Body};
use super::head::HeadReader;
pub use super::head::Version;
use super::limits::Http1Limits;
use crate::head::ResponseHead;
use crate::length;

/// How the body of a response ends, as announced with its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyKind {
    /// No body: HEAD, 204, 304, `Content-Length: 0`, or an upgrade. `End` (or `Upgraded`) follows at once.
    None,
    /// This many bytes.
    Length(u64),
    /// Chunked coding.
    Chunked,
    /// Everything until the connection ends.
    UntilClose,
}

/// What [`Response::receive`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A 1xx head other than 101.
    Informational(ResponseHead),
    /// The final head, or a 101 (or a 2xx to CONNECT), which `Upgraded` then follows.
    Head {
        /// The head.
        head: ResponseHead,
        /// What follows.
        body: BodyKind,
    },
    /// Body bytes, shared with the input buffer, never empty, transfer coding removed.
    Data(Bytes),
    /// Trailer fields, only if there are any; before `End`.
    Trailers(Vec<(Bytes, Bytes)>),
    /// The response is complete.
    End,
    /// The connection now belongs to the other protocol; what is left in the input is its first bytes.
    Upgraded,
}

/// Why a connection may not serve another request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retire {
    /// `Connection: close`, or HTTP/1.0 without keep-alive.
    PeerAskedToClose,
    /// The response has not been read to its end, or reading it failed.
    BodyUnread,
    /// Bytes that nobody asked for follow the response: a forged next one (F06).
    UnsolicitedBytes,
    /// Read-to-close, or contradicting framing fields.
    FramingUnclear,
    /// The connection speaks another protocol now.
    Upgraded,
    /// Idle for too long. Never from this module, which has no clock; for the pool.
    Expired,
}

#[derive(Debug, Clone)]
enum State {
    Head,
    Length {
        total: u64,
        remaining: u64,
    },
    Chunked(ChunkedReader),
    UntilClose,
    /// The body is complete; `End` or `Upgraded` is due.
    Ending,
    Done,
    Failed,
}

/// Reader of one response. Feed [`Response::receive`] until it answers `None`, then bring more bytes.
#[derive(Debug, Clone)]
pub struct Response {
    state: State,
    head: HeadReader,
    limits: Http1Limits,
    policy: AnswerPolicy,
    is_head: bool,
    is_connect: bool,
    upgrade_requested: bool,
    upgraded: bool,
    /// At least one byte of an answer has been seen.
    answered: bool,
    informational: u16,
    version: Version,
    close: bool,
    doubtful: bool,
}

impl Response {
    /// A reader for the answer to a request with this method. `upgrade_requested`: the request carried
    /// `Connection: Upgrade`, so that 101 is an answer and not an attack.
    #[must_use]
    pub fn new(request_method: &[u8], upgrade_requested: bool, limits: Http1Limits) -> Self {
        Self {
            state: State::Head,
            head: HeadReader::default(),
            limits,
            policy: AnswerPolicy::default(),
            is_head: request_method == b"HEAD",
            is_connect: request_method == b"CONNECT",
            upgrade_requested,
            upgraded: false,
            answered: false,
            informational: 0,
            version: Version::Http11,
            close: false,
            doubtful: false,
        }
    }

    /// Reads what breaks the grammar as this browser does.
    #[must_use]
    pub const fn reading_as(mut self, policy: AnswerPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Takes the next event from the front of `input` and leaves the rest; `None` when more bytes are needed or the
    /// response is over.
    ///
    /// # Errors
    /// See [`Http1Error`]. The connection must be closed; further calls answer `Ok(None)`.
    pub fn receive(&mut self, input: &mut BytesMut) -> Result<Option<Event>, Http1Error> {
        self.advance(input).inspect_err(|_| self.state = State::Failed)
    }

    /// Tells the reader that no more bytes will come. `clean`: the end is authentic (TLS close_notify, or FIN on a
    /// connection without TLS). A body that ends with the connection is complete only then (F13).
    ///
    /// # Errors
    /// `ERR_BODY_INCOMPLETE` inside a body, `ERR_H1_HEAD_INCOMPLETE` inside a head, `ERR_H1_NO_RESPONSE` before the
    /// first byte: an idempotent request on a reused connection may then be replayed.
    pub fn end_of_input(&mut self, clean: bool) -> Result<Option<Event>, Http1Error> {
        let error = match &self.state {
            State::Ending => {
                self.close = true;
                return Ok(Some(self.finish()));
            }
            State::Done | State::Failed => return Ok(None),
            State::UntilClose if clean => return Ok(Some(self.finish())),
            State::UntilClose => {
                Http1Error::new(Http1ErrorKind::BodyIncomplete, "the connection was cut in a body that ends with it")
            }
            State::Head if !self.answered => {
                Http1Error::new(Http1ErrorKind::NoResponse, "the connection ended without an answer")
            }
            State::Head => Http1Error::new(Http1ErrorKind::HeadIncomplete, "the connection ended inside the head"),
            State::Length { .. } => {
                Http1Error::new(Http1ErrorKind::BodyIncomplete, "the connection ended before Content-Length bytes")
            }
            State::Chunked(_) => {
                Http1Error::new(Http1ErrorKind::BodyIncomplete, "the connection ended before the last chunk")
            }
        };
        self.state = State::Failed;
        Err(error)
    }

    /// Whether the connection may serve another request, with `leftover` bytes in the input behind this response.
    ///
    /// # Errors
    /// The reason why it may not.
    pub fn reusable(&self, leftover: usize) -> Result<(), Retire> {
        match self.state {
            _ if self.upgraded => Err(Retire::Upgraded),
            State::Done if leftover > 0 => Err(Retire::UnsolicitedBytes),
            State::Done if self.doubtful => Err(Retire::FramingUnclear),
            State::Done if self.close => Err(Retire::PeerAskedToClose),
            State::Done => Ok(()),
            _ => Err(Retire::BodyUnread),
        }
    }

    /// Version of the newest head; HTTP/1.1 before any.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// `(received, expected)` bytes of a body with Content-Length that is being read, for error reports.
    #[must_use]
    pub const fn progress(&self) -> Option<(u64, u64)> {
        match self.state {
            State::Length { total, remaining } => Some((total - remaining, total)),
            _ => None,
        }
    }

    fn advance(&mut self, input: &mut BytesMut) -> Result<Option<Event>, Http1Error> {
        match &mut self.state {
            State::Head => {
                if input.is_empty() {
                    return Ok(None);
                }
                self.answered = true;
                let taken = self.head.take(input, self.limits.head_bytes, self.limits.head_fields, self.policy)?;
                taken.map(|(version, head)| self.accept_head(version, head)).transpose()
            }
            State::Length { remaining, .. } => {
                let available = usize::try_from(*remaining).unwrap_or(usize::MAX).min(input.len());
                if available == 0 {
                    return Ok(None);
                }
                *remaining -= available as u64;
                if *remaining == 0 {
                    self.state = State::Ending;
                }
                Ok(Some(Event::Data(input.split_to(available).freeze())))
            }
            State::Chunked(reader) => match reader.next(input, &self.limits)? {
                None => Ok(None),
                Some(Piece::Data(data)) => Ok(Some(Event::Data(data))),
                Some(Piece::End(trailers)) => {
                    self.doubtful |= reader.is_doubtful();
                    if trailers.is_empty() {
                        return Ok(Some(self.finish()));
                    }
                    self.state = State::Ending;
                    Ok(Some(Event::Trailers(trailers)))
                }
            },
            State::UntilClose if input.is_empty() => Ok(None),
            State::UntilClose => Ok(Some(Event::Data(input.split().freeze()))),
            State::Ending => Ok(Some(self.finish())),
            State::Done | State::Failed => Ok(None),
        }
    }

    fn accept_head(&mut self, version: Version, mut head: ResponseHead) -> Result<Event, Http1Error> {
        self.version = version;
        let tunnels = self.is_connect && (200..300).contains(&head.status);
        if head.status == 101 && !self.upgrade_requested {
            return Err(Http1Error::new(Http1ErrorKind::UnexpectedUpgrade, "101 without a request to upgrade"));
        }
        if tunnels && framing::contradicts(&head, self.policy) {
            return Err(Http1Error::new(Http1ErrorKind::Framing, "lengths of the reply to CONNECT differ"));
        }
        if head.status == 101 || tunnels {
            self.upgraded = true;
            self.state = State::Ending;
            return Ok(Event::Head { head, body: BodyKind::None });
        }
        // Below 100 there is nothing; a browser shows it as it is.
        if (100..200).contains(&head.status) {
            self.informational = self.informational.saturating_add(1);
            if usize::from(self.informational) > self.limits.informational_heads {
                return Err(Http1Error::new(Http1ErrorKind::HeadTooLarge, "too many informational responses"));
            }
            return Ok(Event::Informational(head));
        }
        let http10 = version == Version::Http10;
        let bodyless = self.is_head || matches!(head.status, 204 | 304);
        let framing = framing::decide(&head, http10, bodyless, self.policy)?;
        self.doubtful = framing.doubtful;
        if self.policy.merge_lengths {
            length::merge(&mut head.fields);
        }
        self.close = asks_to_close(&head, http10);
        let (state, body) = match framing.body {
            Body::None | Body::Length(0) => (State::Ending, BodyKind::None),
            Body::Length(total) => (State::Length { total, remaining: total }, BodyKind::Length(total)),
            Body::Chunked => (State::Chunked(ChunkedReader::new()), BodyKind::Chunked),
            Body::UntilClose => (State::UntilClose, BodyKind::UntilClose),
        };
        self.state = state;
        Ok(Event::Head { head, body })
    }

    fn finish(&mut self) -> Event {
        self.state = State::Done;
        if self.upgraded { Event::Upgraded } else { Event::End }
    }
}

/// RFC 9112 9.3. `Proxy-Connection` counts too, as in browsers: a forward proxy may answer with it.
fn asks_to_close(head: &ResponseHead, http10: bool) -> bool {
    let says = |member: &[u8]| {
        head.fields.iter().any(|(name, value)| {
            (name.eq_ignore_ascii_case(b"connection") || name.eq_ignore_ascii_case(b"proxy-connection"))
                && has_member(value, member)
        })
    };
    says(b"close") || (http10 && !says(b"keep-alive"))
}
