//! What a connection reports, and the small types its users name.

use bytes::Bytes;

use super::error::ErrorCode;
use crate::head::ResponseHead;

/// Identifier of a stream this client opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(pub(super) u32);

impl StreamId {
    /// The number on the wire.
    #[must_use]
    pub fn value(self) -> u32 {
        self.0
    }
}

/// Priority of a request, as its HEADERS frame carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Priority {
    /// 1 to 256, as meant (the wire carries one less); clamped.
    pub weight: u16,
    /// Exclusive flag.
    pub exclusive: bool,
    /// Urgency for `Dependency::LatestSameOrHigher`; lower is more urgent.
    pub rank: u8,
    /// Whether HEADERS carries a priority block at all.
    pub send: bool,
}

/// Who ended a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Initiator {
    /// This layer, because the peer broke a rule.
    Library,
    /// The peer, by RST_STREAM or GOAWAY.
    Remote,
    /// Nobody said: the socket ended.
    Transport,
}

/// Something the connection learnt. Taken with `Connection::next_event`, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The peer's SETTINGS were applied: `can_open` and `peer_allows_connect_protocol` may have changed.
    Settings,
    /// An interim (1xx) response.
    Informational {
        /// Stream it belongs to.
        id: StreamId,
        /// Status and fields.
        head: ResponseHead,
    },
    /// The final response head.
    Response {
        /// Stream it belongs to.
        id: StreamId,
        /// Status and fields.
        head: ResponseHead,
        /// Whether there is no body.
        end_stream: bool,
    },
    /// Body bytes; give them back with `consume` when the reader took them. Empty only with `end_stream`.
    Data {
        /// Stream it belongs to.
        id: StreamId,
        /// Payload without padding.
        data: Bytes,
        /// Whether the body is complete.
        end_stream: bool,
    },
    /// Trailer fields; the body is complete.
    Trailers {
        /// Stream it belongs to.
        id: StreamId,
        /// Fields in the order received.
        fields: Vec<(Bytes, Bytes)>,
    },
    /// The queued body fell below `Http2Limits::send_low_water`: more may be given to `send_body`.
    SendCapacity {
        /// Stream it belongs to.
        id: StreamId,
    },
    /// The stream is over before its time. After the end of the response it only says that the rest of the upload is not
    /// wanted (RFC 9113 8.1: RST_STREAM with NO_ERROR): the response stands.
    Reset {
        /// Stream it belongs to.
        id: StreamId,
        /// Why.
        code: ErrorCode,
        /// Who ended it.
        by: Initiator,
        /// `false`: provably not processed by the peer (REFUSED_STREAM, or above GOAWAY's last stream), may be replayed.
        processed: bool,
    },
    /// The peer takes no new streams. Streams above `last_stream_id` are reported as `Reset` right after this.
    GoAway {
        /// Last stream the peer may have processed.
        last_stream_id: u32,
        /// Why.
        code: ErrorCode,
    },
    /// Answer to `Connection::ping`.
    Pong,
}
