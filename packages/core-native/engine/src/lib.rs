//! The wiretwin engine: one request in, one response out, byte for byte as a browser would have sent it.
#![deny(missing_docs)]

pub mod profile;
pub mod tls;
