//! Real peers on 127.0.0.1 and a small caller for the engine.
#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::expect_used)]

pub mod client;
pub mod early;
pub mod h2;
pub mod patience;
pub mod peer;
pub mod tls_server;
