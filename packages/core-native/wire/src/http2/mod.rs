//! HTTP/2, client side (RFC 9113), with every byte that is the sender's choice taken from an [`Http2Policy`].
//!
//! [`Connection`] is sans-I/O: bytes in through `receive`, one TLS write at a time out of `next_write`, what happened
//! out of `next_event`. `docs/internals/http2.md` says why it is built this way.

mod answers;
mod budget;
mod connection;
mod dependency;
mod error;
mod event;
mod flow;
mod frame;
pub mod hpack;
mod lifecycle;
mod limits;
mod message;
mod output;
pub mod policy;
mod receive;
mod repeated;
mod request;
mod response;
mod send;
mod settings;
mod stream;
mod syntax;
mod unread;
mod upload_reads;

pub use answers::Http2AnswerPolicy;
pub use connection::Connection;
pub use error::{ConnectionError, ErrorCode, OpenError, StreamGone};
pub use event::{Event, Initiator, Priority, StreamId};
pub use limits::Http2Limits;
pub use policy::{
    Coalescing, DialsWhileUnknown, Http2Policy, InvalidPolicy, Misdirected, OneAtATime, WebSocketConnection,
    WebSocketPolicy,
};
