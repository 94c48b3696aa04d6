//! HTTP/1.1, client side: a head writer whose field order is data, and a strict response reader.
//!
//! Bytes in, bytes and events out; nothing here reads a clock or a socket.

mod answers;
mod chunked;
pub(crate) mod encode;
mod error;
mod framing;
pub(crate) mod head;
mod lenient;
mod limits;
mod place;
pub(crate) mod policy;
mod response;
mod written;

pub use answers::{AnswerPolicy, StatusLine};
pub use encode::{RequestFraming, encode_chunk, encode_head, encode_last_chunk};
pub use error::{Http1Error, Http1ErrorKind, InvalidHead};
pub use limits::Http1Limits;
pub use policy::{FieldCondition, Http1Policy, InvalidPolicy, RequestTimeout, Reuses, StepOver};
pub use response::{BodyKind, Event, Response, Retire, Version};
