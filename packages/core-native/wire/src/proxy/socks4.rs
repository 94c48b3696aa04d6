//! SOCKS4 and SOCKS4a: one request, one reply of eight bytes.

use bytes::Bytes;

use super::Progress;
use super::error::{ProxyError, ProxyErrorKind};
use super::target::{Host, Target};

/// Bytes of the reply: VN, CD, DSTPORT, DSTIP.
const REPLY_BYTES: usize = 8;

/// Longest USERID. The protocol has no limit; proxies have.
const MAX_USER_BYTES: usize = 255;

pub(super) struct Socks4 {
    pub(super) pending: Option<Bytes>,
    reply: Vec<u8>,
}

impl Socks4 {
    pub(super) fn new(target: &Target, user: &str) -> Result<Self, ProxyError> {
        if user.len() > MAX_USER_BYTES || user.contains('\0') {
            return Err(ProxyError::new(ProxyErrorKind::InvalidArgument, "the user name does not fit SOCKS4"));
        }
        // 0.0.0.1 tells a 4a proxy that a name follows the user.
        let (address, name) = match &target.host {
            Host::V4(address) => (address.octets(), None),
            Host::Name(name) => ([0, 0, 0, 1], Some(Host::check_name(name)?)),
            Host::V6(_) => {
                return Err(ProxyError::new(ProxyErrorKind::Target, "SOCKS4 has no IPv6 addresses"));
            }
        };
        let mut request = vec![4, 1];
        request.extend_from_slice(&target.port.to_be_bytes());
        request.extend_from_slice(&address);
        request.extend_from_slice(user.as_bytes());
        request.push(0);
        if let Some(name) = name {
            request.extend_from_slice(name);
            request.push(0);
        }
        Ok(Self { pending: Some(request.into()), reply: Vec::with_capacity(REPLY_BYTES) })
    }

    pub(super) fn receive(&mut self, input: &[u8]) -> Result<Progress, ProxyError> {
        let wanted = REPLY_BYTES - self.reply.len();
        let (taken, rest) = input.split_at(wanted.min(input.len()));
        self.reply.extend_from_slice(taken);
        match self.reply.as_slice() {
            [] | [0] => Ok(Progress::NeedMore),
            [0, 90, rest_of_reply @ ..] if rest_of_reply.len() < REPLY_BYTES - 2 => Ok(Progress::NeedMore),
            [0, 90, ..] if rest.is_empty() => Ok(Progress::Established),
            [0, 90, ..] => Err(ProxyError::unsolicited()),
            // A refusal is reported without waiting for the address, which some proxies leave out.
            [0, code, ..] => Err(refusal(*code)),
            _ => Err(ProxyError::new(ProxyErrorKind::Protocol, "the reply is not of SOCKS4")),
        }
    }
}

fn refusal(code: u8) -> ProxyError {
    let (kind, detail) = match code {
        91 => (ProxyErrorKind::Refused, "the proxy rejected the request or failed"),
        92 => (ProxyErrorKind::AuthRefused, "the proxy cannot reach identd on this machine"),
        93 => (ProxyErrorKind::AuthRefused, "identd reports another user"),
        _ => (ProxyErrorKind::Protocol, "unknown SOCKS4 reply code"),
    };
    ProxyError::with_status(kind, u16::from(code), detail)
}
