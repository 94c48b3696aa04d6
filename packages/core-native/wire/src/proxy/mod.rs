//! Dialogues with a proxy before the connection reaches its target: SOCKS4, SOCKS4a, SOCKS5 and HTTP CONNECT.
//!
//! Bytes in, bytes out: the caller owns the socket, the clock and the decision never to go direct instead (P01).

mod basic;
mod error;
mod http_connect;
mod socks4;
mod socks5;
mod target;

use bytes::Bytes;

use crate::head::Field;
use crate::http1::AnswerPolicy;
pub use basic::basic_authorization;
pub use error::{ProxyError, ProxyErrorKind};
use http_connect::HttpConnect;
use socks4::Socks4;
use socks5::Socks5;
pub use target::{Credentials, Host, Target};

/// How far a dialogue has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Send what [`Dialogue::bytes_to_send`] has, then read more from the proxy.
    NeedMore,
    /// The connection now reaches the target. No byte is left over: one that came with the reply is an error, since
    /// the client speaks first in TLS and in HTTP.
    Established,
}

/// One dialogue with one proxy. Begin by sending [`Dialogue::bytes_to_send`].
pub struct Dialogue {
    inner: Inner,
    /// What it came to; later calls repeat it.
    outcome: Option<Result<(), ProxyError>>,
}

enum Inner {
    Socks4(Socks4),
    Socks5(Socks5),
    HttpConnect(Box<HttpConnect>),
}

// No derived Debug: requests hold credentials.
impl std::fmt::Debug for Dialogue {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.inner {
            Inner::Socks4(_) => "socks4",
            Inner::Socks5(_) => "socks5",
            Inner::HttpConnect(_) => "http",
        };
        formatter.debug_struct("Dialogue").field("kind", &kind).field("outcome", &self.outcome).finish()
    }
}

impl Dialogue {
    /// SOCKS4, or SOCKS4a if the target is a name. `user` goes into the USERID field.
    ///
    /// # Errors
    /// `ERR_PROXY_TARGET` for IPv6 or a name that cannot be sent; `ERR_INVALID_ARG` for a NUL in `user`.
    pub fn socks4(target: &Target, user: &str) -> Result<Self, ProxyError> {
        Ok(Self::new(Inner::Socks4(Socks4::new(target, user)?)))
    }

    /// SOCKS5 (RFC 1928), with user name and password (RFC 1929) if given. A [`Host::Name`] is resolved by the proxy.
    ///
    /// # Errors
    /// `ERR_PROXY_TARGET` for a name that is empty or longer than 255 bytes (P02: refused, neither cut nor resolved
    /// here); `ERR_INVALID_ARG` for credentials that do not fit.
    pub fn socks5(target: &Target, credentials: Option<&Credentials>) -> Result<Self, ProxyError> {
        Ok(Self::new(Inner::Socks5(Socks5::new(target, credentials)?)))
    }

    /// HTTP CONNECT. `authority` is `host:port`; `fields` are all fields of the request in wire order, `Host` included.
    /// `answers`: how the browser reads replies that break the grammar.
    ///
    /// # Errors
    /// `ERR_PROXY_TARGET` for the authority, `ERR_INVALID_ARG` for a field.
    pub fn http_connect(authority: &str, fields: &[Field], answers: AnswerPolicy) -> Result<Self, ProxyError> {
        Ok(Self::new(Inner::HttpConnect(Box::new(HttpConnect::new(authority, fields, answers)?))))
    }

    const fn new(inner: Inner) -> Self {
        Self { inner, outcome: None }
    }

    /// Bytes to send now, if any. Each is handed out once.
    pub fn bytes_to_send(&mut self) -> Option<Bytes> {
        let pending = match &mut self.inner {
            Inner::Socks4(dialogue) => &mut dialogue.pending,
            Inner::Socks5(dialogue) => &mut dialogue.pending,
            Inner::HttpConnect(dialogue) => &mut dialogue.pending,
        };
        pending.take()
    }

    /// Takes bytes from the proxy, in any pieces.
    ///
    /// # Errors
    /// See [`ProxyErrorKind`]; the connection must be closed. Later calls return the same error.
    pub fn receive(&mut self, input: &[u8]) -> Result<Progress, ProxyError> {
        let progress = match &self.outcome {
            Some(Err(error)) => return Err(error.clone()),
            Some(Ok(())) if input.is_empty() => return Ok(Progress::Established),
            Some(Ok(())) => Err(ProxyError::unsolicited()),
            None => match &mut self.inner {
                Inner::Socks4(dialogue) => dialogue.receive(input),
                Inner::Socks5(dialogue) => dialogue.receive(input),
                Inner::HttpConnect(dialogue) => dialogue.receive(input),
            },
        };
        match &progress {
            Ok(Progress::NeedMore) => {}
            Ok(Progress::Established) => self.outcome = Some(Ok(())),
            Err(error) => self.outcome = Some(Err(error.clone())),
        }
        progress
    }

    /// The error that an end of input during the dialogue is: the one already reported, else `ERR_PROXY_CLOSED`.
    pub fn end_of_input(&mut self) -> ProxyError {
        if let Some(Err(error)) = &self.outcome {
            return error.clone();
        }
        let error = ProxyError::new(ProxyErrorKind::Closed, "the proxy closed the connection during the dialogue");
        self.outcome = Some(Err(error.clone()));
        error
    }
}
