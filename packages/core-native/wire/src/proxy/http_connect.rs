//! HTTP CONNECT (RFC 9110 9.3.6).

use bytes::{Bytes, BytesMut};

use super::Progress;
use super::error::{ProxyError, ProxyErrorKind};
use crate::head::{Field, ResponseHead};
use crate::http1::encode::write_field;
use crate::http1::policy::frames_request;
use crate::http1::{AnswerPolicy, Event, Http1Error, Http1ErrorKind, Http1Limits, Response};
use crate::syntax::{is_authority, is_field_value, is_token};

/// Head of the reply, in bytes. Proxies explain a refusal in a few fields; 100 kB is an attack (P01).
const MAX_REPLY_HEAD_BYTES: usize = 64 * 1024;

/// Fields of the reply.
const MAX_REPLY_FIELDS: usize = 200;

/// 1xx replies before the final one.
const MAX_INFORMATIONAL: usize = 8;

pub(super) struct HttpConnect {
    pub(super) pending: Option<Bytes>,
    reply: Response,
    input: BytesMut,
    refuses_interim: bool,
}

impl HttpConnect {
    pub(super) fn new(authority: &str, fields: &[Field], answers: AnswerPolicy) -> Result<Self, ProxyError> {
        if !is_authority(authority.as_bytes()) {
            return Err(ProxyError::new(ProxyErrorKind::Target, "the authority has bytes that no host has"));
        }
        let mut request = format!("CONNECT {authority} HTTP/1.1\r\n").into_bytes();
        let mut has_host = false;
        for field in fields {
            if !is_token(&field.name) || !is_field_value(&field.value) {
                return Err(ProxyError::new(ProxyErrorKind::InvalidArgument, "a field of CONNECT is malformed"));
            }
            let is_host = field.name.eq_ignore_ascii_case(b"host");
            let is_own = field.name.eq_ignore_ascii_case(b"proxy-authorization");
            if (frames_request(&field.name) && !is_own) || (is_host && std::mem::replace(&mut has_host, true)) {
                return Err(ProxyError::new(ProxyErrorKind::InvalidArgument, "a field of CONNECT frames the message"));
            }
            write_field(&mut request, &field.name, &field.value);
        }
        request.extend_from_slice(b"\r\n");
        let limits = Http1Limits {
            head_bytes: MAX_REPLY_HEAD_BYTES,
            head_fields: MAX_REPLY_FIELDS,
            informational_heads: MAX_INFORMATIONAL,
            ..Http1Limits::default()
        };
        let reply = Response::new(b"CONNECT", false, limits).reading_as(answers);
        let refuses_interim = answers.refuse_interim_of_proxy;
        Ok(Self { pending: Some(request.into()), reply, input: BytesMut::new(), refuses_interim })
    }

    pub(super) fn receive(&mut self, input: &[u8]) -> Result<Progress, ProxyError> {
        self.input.extend_from_slice(input);
        loop {
            match self.reply.receive(&mut self.input).map_err(unreadable)? {
                None => return Ok(Progress::NeedMore),
                Some(Event::Informational(head)) if self.refuses_interim => return Err(refusal(head)),
                Some(Event::Informational(_)) => {}
                Some(Event::Head { head, .. }) => {
                    // RFC 9110 9.3.6 lets any 2xx open the tunnel. Both browsers want 200: Chromium refuses the others,
                    // Firefox waits behind them without end.
                    if head.status != 200 {
                        return Err(refusal(head));
                    }
                    // Content-Length and Transfer-Encoding are ignored there, the tunnel starts behind the head. What
                    // has come with it cannot be the target's, see `unsolicited`.
                    if !self.input.is_empty() {
                        return Err(ProxyError::unsolicited());
                    }
                    return Ok(Progress::Established);
                }
                Some(Event::Data(_) | Event::Trailers(_) | Event::End | Event::Upgraded) => {
                    return Err(ProxyError::new(ProxyErrorKind::Protocol, "the reply to CONNECT has no head"));
                }
            }
        }
    }
}

fn unreadable(error: Http1Error) -> ProxyError {
    match error.kind {
        Http1ErrorKind::HeadTooLarge => ProxyError::new(ProxyErrorKind::HeadTooLarge, error.detail),
        _ => ProxyError::new(ProxyErrorKind::Protocol, error.detail),
    }
}

fn refusal(head: ResponseHead) -> ProxyError {
    if head.status != 407 {
        // A redirect or an error page is the proxy's, not the target's; showing it as the target's answer would let
        // a proxy on the path speak for an https origin.
        return ProxyError::with_status(ProxyErrorKind::Refused, head.status, "the proxy refused CONNECT");
    }
    let challenges = head
        .fields
        .into_iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(b"proxy-authenticate"))
        .map(|(_, value)| value)
        .collect();
    ProxyError {
        challenges,
        ..ProxyError::with_status(ProxyErrorKind::AuthRequired, 407, "the proxy wants authentication")
    }
}
