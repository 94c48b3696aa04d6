//! SOCKS5 (RFC 1928) with user name and password (RFC 1929).

use bytes::Bytes;

use super::Progress;
use super::error::{ProxyError, ProxyErrorKind};
use super::target::{Credentials, Host, Target};

const VERSION: u8 = 5;
const METHOD_NONE: u8 = 0;
const METHOD_PASSWORD: u8 = 2;
const METHOD_REFUSED: u8 = 0xff;

/// Version of the RFC 1929 sub-negotiation.
const PASSWORD_VERSION: u8 = 1;

#[derive(Clone, Copy)]
enum State {
    Method,
    Password,
    Reply,
}

pub(super) struct Socks5 {
    pub(super) pending: Option<Bytes>,
    state: State,
    /// Of the current reply; never more than its longest form, 262 bytes.
    reply: Vec<u8>,
    password_request: Option<Bytes>,
    connect_request: Bytes,
}

impl Socks5 {
    pub(super) fn new(target: &Target, credentials: Option<&Credentials>) -> Result<Self, ProxyError> {
        let connect_request = connect_request(target)?;
        let password_request = credentials.map(password_request).transpose()?;
        // With credentials both methods are offered: a proxy that knows us by address may skip the password.
        let greeting: &[u8] = match password_request {
            Some(_) => &[VERSION, 2, METHOD_NONE, METHOD_PASSWORD],
            None => &[VERSION, 1, METHOD_NONE],
        };
        Ok(Self {
            pending: Some(Bytes::copy_from_slice(greeting)),
            state: State::Method,
            reply: Vec::new(),
            password_request,
            connect_request,
        })
    }

    pub(super) fn receive(&mut self, mut input: &[u8]) -> Result<Progress, ProxyError> {
        while let Some((byte, rest)) = input.split_first() {
            input = rest;
            self.reply.push(*byte);
            match self.state {
                State::Method => self.read_method()?,
                State::Password => self.read_password_status()?,
                State::Reply if self.read_reply()? => {
                    return if input.is_empty() { Ok(Progress::Established) } else { Err(ProxyError::unsolicited()) };
                }
                State::Reply => {}
            }
            // Each answer follows a request of ours; one that comes before it can have been sent is a forgery.
            if self.pending.is_some() && !input.is_empty() {
                return Err(ProxyError::unsolicited());
            }
        }
        Ok(Progress::NeedMore)
    }

    fn read_method(&mut self) -> Result<(), ProxyError> {
        let (method, password) = match (self.reply.as_slice(), &self.password_request) {
            ([VERSION], _) => return Ok(()),
            ([VERSION, method], password) => (*method, password),
            _ => {
                return Err(ProxyError::new(ProxyErrorKind::Protocol, "the proxy does not speak SOCKS5"));
            }
        };
        match (method, password) {
            (METHOD_NONE, _) => self.ask(State::Reply, self.connect_request.clone()),
            (METHOD_PASSWORD, Some(request)) => self.ask(State::Password, request.clone()),
            (METHOD_REFUSED, None) => {
                return Err(ProxyError::new(ProxyErrorKind::AuthRequired, "the proxy wants authentication"));
            }
            (METHOD_REFUSED, Some(_)) => {
                return Err(ProxyError::new(
                    ProxyErrorKind::AuthRequired,
                    "the proxy accepts neither no authentication nor a password",
                ));
            }
            _ => {
                return Err(ProxyError::new(ProxyErrorKind::Protocol, "the proxy chose a method that was not offered"));
            }
        }
        Ok(())
    }

    fn read_password_status(&mut self) -> Result<(), ProxyError> {
        match self.reply.as_slice() {
            // RFC 1929 says 1; proxies that answer with the SOCKS version are common and mean the same.
            [PASSWORD_VERSION | VERSION] => Ok(()),
            [_, 0] => {
                self.ask(State::Reply, self.connect_request.clone());
                Ok(())
            }
            [_, status] => Err(ProxyError::with_status(
                ProxyErrorKind::AuthRefused,
                u16::from(*status),
                "the proxy refused user name or password",
            )),
            _ => Err(ProxyError::new(ProxyErrorKind::Protocol, "the reply to the password is not of RFC 1929")),
        }
    }

    /// Whether the reply to CONNECT is complete.
    fn read_reply(&self) -> Result<bool, ProxyError> {
        let not_socks5 = || ProxyError::new(ProxyErrorKind::Protocol, "the reply is not of SOCKS5");
        match self.reply.as_slice() {
            [VERSION] | [VERSION, 0] | [VERSION, 0, _] => Ok(false),
            // A refusal is reported without waiting for the address, which some proxies leave out.
            [VERSION, code, ..] if *code != 0 => Err(refusal(*code)),
            [VERSION, 0, _, 3] => Ok(false),
            [VERSION, 0, _, 1, address @ ..] => Ok(address.len() == 4 + 2),
            [VERSION, 0, _, 4, address @ ..] => Ok(address.len() == 16 + 2),
            [VERSION, 0, _, 3, length, address @ ..] => Ok(address.len() == usize::from(*length) + 2),
            _ => Err(not_socks5()),
        }
    }

    fn ask(&mut self, next: State, request: Bytes) {
        self.reply.clear();
        self.state = next;
        self.pending = Some(request);
    }
}

fn connect_request(target: &Target) -> Result<Bytes, ProxyError> {
    let mut request = vec![VERSION, 1, 0];
    match &target.host {
        Host::V4(address) => {
            request.push(1);
            request.extend_from_slice(&address.octets());
        }
        Host::V6(address) => {
            request.push(4);
            request.extend_from_slice(&address.octets());
        }
        Host::Name(name) => {
            request.push(3);
            push_with_length(&mut request, Host::check_name(name)?)
                .ok_or(ProxyError::new(ProxyErrorKind::Target, "the host name is longer than 255 bytes"))?;
        }
    }
    request.extend_from_slice(&target.port.to_be_bytes());
    Ok(request.into())
}

fn password_request(credentials: &Credentials) -> Result<Bytes, ProxyError> {
    let invalid = ProxyError::new(ProxyErrorKind::InvalidArgument, "user name or password does not fit SOCKS5");
    if credentials.username.is_empty() {
        return Err(invalid);
    }
    let mut request = vec![PASSWORD_VERSION];
    push_with_length(&mut request, credentials.username.as_bytes())
        .and_then(|()| push_with_length(&mut request, credentials.password.as_bytes()))
        .ok_or(invalid)?;
    Ok(request.into())
}

fn push_with_length(out: &mut Vec<u8>, bytes: &[u8]) -> Option<()> {
    out.push(u8::try_from(bytes.len()).ok()?);
    out.extend_from_slice(bytes);
    Some(())
}

fn refusal(code: u8) -> ProxyError {
    let (kind, detail) = match code {
        1 => (ProxyErrorKind::Refused, "general failure of the proxy"),
        2 => (ProxyErrorKind::Refused, "the rules of the proxy forbid this target"),
        3 => (ProxyErrorKind::Unreachable, "the network of the target is unreachable"),
        4 => (ProxyErrorKind::Unreachable, "the target is unreachable"),
        5 => (ProxyErrorKind::Unreachable, "the target refused the connection"),
        6 => (ProxyErrorKind::Unreachable, "time to live expired on the way to the target"),
        7 => (ProxyErrorKind::Refused, "the proxy does not know CONNECT"),
        8 => (ProxyErrorKind::Refused, "the proxy does not know this type of address"),
        _ => (ProxyErrorKind::Protocol, "unknown SOCKS5 reply code"),
    };
    ProxyError::with_status(kind, u16::from(code), detail)
}
