//! The dialogue with a proxy on a fresh link. There is no way around a configured proxy.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use wiretwin_wire::head::Field;
use wiretwin_wire::proxy::{Credentials, Dialogue, Host, Progress, ProxyError, Target, basic_authorization};

use super::{Dialer, OriginKey};
use crate::error::{Error, codes};
use crate::link::{Link, NoEarlyData};
use crate::phase::Phase;
use crate::request::Protocols;
use crate::tls::Attempt;
use crate::transport_options::{ProxyKind, ProxyOptions};

/// Takes `link`, which is connected to the proxy, to the point where it reaches the origin (or, for plain http through
/// an HTTP proxy, where requests in absolute form can be sent). `addresses` of the origin, if the caller gave some, go
/// where the proxy is asked for an address. `user_agent` is that of the request that causes it.
pub(super) async fn pass(
    dialer: &Dialer,
    link: &mut Link,
    options: &ProxyOptions,
    key: &OriginKey,
    addresses: &[IpAddr],
    user_agent: Option<&Bytes>,
) -> Result<(), Error> {
    if options.kind == ProxyKind::Https {
        let host = options.host.as_str();
        // The same trust settings as for origins: `insecure` is about both.
        let (session, tickets) =
            dialer.shared.tls.session(host.into(), host, options.port, Protocols::Http1, &[], Attempt::First)?;
        link.handshake(session, tickets, Phase::Proxy, &mut NoEarlyData::default()).await?;
    }
    if key.forwarded {
        return Ok(());
    }
    let mut dialogue = begin(dialer, options, key, addresses, user_agent).await?;
    loop {
        if let Some(bytes) = dialogue.bytes_to_send() {
            link.write(&bytes).map_err(socket_failed)?;
            link.flush().await.map_err(socket_failed)?;
        }
        let input = link.read_some().await.map_err(socket_failed)?;
        if input.is_empty() {
            return Err(proxy_error(&dialogue.end_of_input()));
        }
        match dialogue.receive(&input) {
            Ok(Progress::NeedMore) => {}
            Ok(Progress::Established) => return Ok(()),
            Err(error) => return Err(proxy_error(&error)),
        }
    }
}

async fn begin(
    dialer: &Dialer,
    options: &ProxyOptions,
    key: &OriginKey,
    addresses: &[IpAddr],
    user_agent: Option<&Bytes>,
) -> Result<Dialogue, Error> {
    let dialogue = match options.kind {
        ProxyKind::Http | ProxyKind::Https => {
            let host = if key.host.contains(':') { format!("[{}]", key.host) } else { key.host.clone() };
            let authority = format!("{host}:{}", key.port);
            // What the caller adds for the proxy and the credentials come last. Of the request itself it learns nothing else.
            let http1 = &dialer.shared.tls.profile().http1;
            let mut fields = http1.connect_fields(&authority, user_agent);
            fields.extend(own_fields(options));
            Dialogue::http_connect(&authority, &fields, http1.answers)
        }
        ProxyKind::Socks4 | ProxyKind::Socks4a => {
            let user = options.username.as_deref().unwrap_or_default();
            Dialogue::socks4(&target(dialer, options, key, addresses).await?, user)
        }
        ProxyKind::Socks5 | ProxyKind::Socks5h => {
            let credentials = options.username.as_ref().map(|username| Credentials {
                username: username.clone(),
                password: options.password.clone().unwrap_or_default(),
            });
            Dialogue::socks5(&target(dialer, options, key, addresses).await?, credentials.as_ref())
        }
    };
    dialogue.map_err(|error| proxy_error(&error))
}

/// What a SOCKS proxy is asked for: the name for the `a` and `h` variants, else an address resolved here.
async fn target(
    dialer: &Dialer,
    options: &ProxyOptions,
    key: &OriginKey,
    addresses: &[IpAddr],
) -> Result<Target, Error> {
    let literal = key.host.parse::<IpAddr>().ok().map(|address| SocketAddr::new(address, key.port));
    let remote = matches!(options.kind, ProxyKind::Socks4a | ProxyKind::Socks5h);
    let address = match literal {
        Some(address) => address,
        None if remote => return Ok(Target { host: Host::Name(key.host.clone()), port: key.port }),
        None => {
            let addresses =
                dialer.permitted(dialer.addresses_of(key.knows_names(), &key.host, key.port, addresses).await?)?;
            let only_ipv4 = options.kind == ProxyKind::Socks4;
            let usable = addresses
                .iter()
                .find(|address| address.is_ipv4())
                .or_else(|| if only_ipv4 { None } else { addresses.first() });
            match usable.or(addresses.first()) {
                Some(address) => *address,
                None => return Err(Error::internal(Phase::Resolve)),
            }
        }
    };
    let host = match address.ip() {
        IpAddr::V4(address) => Host::V4(address),
        IpAddr::V6(address) => Host::V6(address),
    };
    Ok(Target { host, port: address.port() })
}

/// The caller's fields for the proxy and the credentials, also put on requests in absolute form.
pub(crate) fn own_fields(options: &ProxyOptions) -> Vec<Field> {
    let field = |name: &str, value: &str| Field {
        name: Bytes::copy_from_slice(name.as_bytes()),
        value: Bytes::copy_from_slice(value.as_bytes()),
    };
    let mut fields: Vec<_> = options.headers.iter().map(|(name, value)| field(name, value)).collect();
    let given = fields.iter().any(|field| field.name.eq_ignore_ascii_case(b"proxy-authorization"));
    if let Some(username) = options.username.as_deref()
        && !given
    {
        let value = basic_authorization(username, options.password.as_deref().unwrap_or_default());
        fields.push(Field { name: Bytes::from_static(b"Proxy-Authorization"), value });
    }
    fields
}

/// The socket to the proxy failed during the dialogue. The node code says how; the code says that it was the proxy.
fn socket_failed(error: Error) -> Error {
    let mut failure = error.in_phase(Phase::Proxy).with_replayable(true);
    if !failure.code.starts_with("ERR_TLS_") {
        failure.code = codes::PROXY_CONNECTION;
    }
    failure
}

fn proxy_error(error: &ProxyError) -> Error {
    let mut result = Error::new(error.code(), Phase::Proxy).with_detail(error.detail);
    result.proxy_status = error.status;
    result
}
