//! The engine's part of a browser profile: data that decides every byte of TLS, HTTP/2 and HTTP/1.1.

pub mod tls;
