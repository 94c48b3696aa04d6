//! How a carrier talks to what it carries, and to whoever keeps it. It knows neither.

use std::cell::RefMut;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use wiretwin_wire::head::{RequestHead, ResponseHead};

use crate::body::Upload;
use crate::error::Error;
use crate::phase::Phase;
use crate::request::ExchangeRequest;
use crate::response::HttpVersion;

/// One request and its answer.
pub(crate) trait Carried {
    /// Never reused.
    fn id(&self) -> u64;

    fn request(&self) -> &ExchangeRequest;

    /// Shared with the connection that will write it.
    fn head(&self) -> &Arc<RequestHead>;

    /// The body on its way. Nothing else may be called while it is held.
    fn upload(&self) -> RefMut<'_, Upload>;

    /// Undecoded bytes that wait for the reader.
    fn held(&self) -> usize;

    /// Moves on to `phase`.
    fn enter(&self, phase: Phase);

    /// The last byte of the request has left.
    fn sent(&self);

    /// A connection could not take the request after all: nothing of it was sent.
    fn not_begun(self: Rc<Self>, error: Error);

    /// Whether an answer of this status is not the caller's. Then the connection lets go of it and says so.
    fn refusal(&self, status: u16) -> Option<Refusal>;

    fn refused(self: Rc<Self>, refusal: Refusal);

    /// An answer before the final one.
    fn informational(&self, head: ResponseHead);

    /// From here on bytes are raw in both directions.
    fn upgrade(&self);

    /// The final head. It is told by `settle`, with what came with it.
    fn respond(&self, head: ResponseHead, version: HttpVersion, has_body: bool);

    /// A piece of the body.
    fn received(&self, data: Bytes);

    /// The body is complete.
    fn received_end(&self, trailers: Vec<(Bytes, Bytes)>);

    fn has_received_end(&self) -> bool;

    /// The answer cannot be completed; what arrived can still be read.
    fn receive_failed(&self, error: Error);

    /// The connection is gone or the stream refused.
    fn lost(self: Rc<Self>, error: Error, proof: Proof);

    /// Tells the caller how much of the upload has been taken.
    fn tell_taken(&self);

    /// Tells what a turn has brought. Called once at its end, so that one event carries all that arrived.
    fn settle(&self);
}

/// Why an answer is not the caller's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// 425 to early data.
    TooEarly,
    /// 421: the server does not serve this host.
    Misdirected,
    /// 408: the server has given an idle connection up.
    Stale,
    /// 408, which the browser answers with another attempt.
    TimedOut,
}

/// What is known about a request whose connection or stream went away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// The peer said, or the socket shows, that it did not process the request.
    Unprocessed,
    /// The connection died before any byte of the response: the peer's idle timeout, most likely, if it was used before.
    IdleClose,
    /// The peer asks for HTTP/1.1 (RFC 9113 8.1 HTTP_1_1_REQUIRED), so it has not processed the request.
    Http1Required,
    /// Nothing.
    None,
}

/// Whoever gives a connection its exchanges.
pub(crate) trait Keeper {
    /// Another exchange may fit now.
    fn freed(&self);

    /// It takes nothing more.
    fn gone(&self);

    /// What waited there, and was on no stream yet, has left.
    fn vacated(&self);
}
