//! Sans-I/O HTTP/1.1, HTTP/2 and DNS for the client side: bytes in, bytes and events out.
//!
//! Nothing here opens a socket, starts a task or reads a clock, so that every wire test and fuzz target runs
//! without a network. What makes one browser differ from another on the wire is data (`*Policy`), never code.
#![deny(missing_docs)]

pub mod content;
pub mod dns;
pub mod head;
pub mod http1;
pub mod http2;
pub mod length;
pub mod numbers;
pub mod proxy;
mod syntax;
