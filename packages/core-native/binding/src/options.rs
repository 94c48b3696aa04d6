//! Options of a transport: JSON text of the facade to engine types.

use std::collections::HashMap;
use std::net::{AddrParseError, IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use wiretwin_engine::{
    AddressGuard, DialTarget, EchOptions, HttpsServer, IdentityOptions, KnownProfile, NameServers, Network,
    NotANetwork, Protocols, ProxyKind, ProxyOptions, TransportOptions, TrustStore,
};

use crate::guard::{Failure, failure};

/// What is not given is not there.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Options {
    proxy: Option<Proxy>,
    #[serde(default)]
    insecure: bool,
    #[serde(default)]
    ca: Vec<String>,
    trust_store: Option<Store>,
    identity: Option<Identity>,
    local_address: Option<IpAddr>,
    hop_limit: Option<u8>,
    #[serde(default)]
    resolve: HashMap<String, Vec<Target>>,
    dns: Option<Dns>,
    protocols: Option<Offered>,
    idle_timeout_ms: Option<u64>,
    max_http1_connections: Option<usize>,
    resumption: Option<bool>,
    server_name: Option<String>,
    key_log: Option<PathBuf>,
    deny_private_addresses: Option<Guard>,
    ech: Option<Ech>,
    io: Option<Io>,
    io_threads: Option<usize>,
}

/// Where the sockets of a transport are looked after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Io {
    /// On the loop of the JavaScript thread while little is going on, else on a thread.
    Auto,
    /// On a thread of the process.
    Thread,
    /// On the loop of the JavaScript thread.
    Loop,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Ech {
    only_grease: bool,
    configs: HashMap<String, Vec<u8>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Guard {
    allow: Vec<Allowed>,
    proxies: bool,
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Allowed(Network);

impl TryFrom<String> for Allowed {
    type Error = NotANetwork;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Target(DialTarget);

impl TryFrom<String> for Target {
    type Error = AddrParseError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Dns {
    servers: Option<Vec<SocketAddr>>,
    over_https: Option<OverHttps>,
    https_records: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OverHttps {
    host: String,
    port: u16,
    authority: String,
    target: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Proxy {
    kind: Kind,
    host: String,
    port: u16,
    username: Option<String>,
    password: Option<String>,
    headers: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Identity {
    cert: Option<String>,
    key: Option<String>,
    passphrase: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Http,
    Https,
    Socks4,
    Socks4a,
    Socks5,
    Socks5h,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Store {
    Bundled,
    System,
    Combined,
    None,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Offered {
    Auto,
    Http1,
    Http2,
}

/// Engine options from the profile, the facade's JSON and the PKCS #12 container, if any.
pub fn parse(profile: KnownProfile, json: &str, pfx: Option<&[u8]>) -> Result<(TransportOptions, Io), Failure> {
    // The parser's message can quote a value, and values can be secrets.
    let options: Options = serde_json::from_str(json).map_err(|error| {
        failure("ERR_INVALID_ARG", format!("transport options at line {} column {}", error.line(), error.column()))
    })?;
    let mut result = TransportOptions::new(String::new());
    result.known_profile = Some(profile);
    result.proxy = options.proxy.map(proxy);
    result.insecure = options.insecure;
    result.ca = options.ca.into_iter().map(latin1).collect();
    result.trust_store = match options.trust_store {
        None | Some(Store::Bundled) => TrustStore::Bundled,
        Some(Store::System) => TrustStore::System,
        Some(Store::Combined) => TrustStore::Combined,
        Some(Store::None) => TrustStore::None,
    };
    result.identity = options.identity.map(|parts| identity(parts, pfx)).transpose()?;
    result.local_address = options.local_address;
    result.hop_limit = options.hop_limit;
    let targets = |list: Vec<Target>| list.into_iter().map(|Target(target)| target).collect();
    result.resolve = options.resolve.into_iter().map(|(name, list)| (name, targets(list))).collect();
    if let Some(dns) = options.dns {
        result.https_records = dns.https_records;
        result.name_servers = match (dns.servers, dns.over_https) {
            (Some(servers), _) => NameServers::Plain(servers.into()),
            (None, Some(OverHttps { host, port, authority, target })) => {
                NameServers::OverHttps(HttpsServer { host, port, authority, target })
            }
            (None, None) => NameServers::System,
        };
    }
    result.protocols = match options.protocols {
        None | Some(Offered::Auto) => Protocols::Auto,
        Some(Offered::Http1) => Protocols::Http1,
        Some(Offered::Http2) => Protocols::Http2,
    };
    if let Some(milliseconds) = options.idle_timeout_ms {
        result.idle_timeout = Duration::from_millis(milliseconds);
    }
    if let Some(connections) = options.max_http1_connections {
        result.max_http1_connections = connections;
    }
    result.resumption = options.resumption.unwrap_or(true);
    result.server_name = options.server_name;
    result.key_log = options.key_log;
    if let Some(ech) = options.ech {
        let configs = ech.configs.into_iter().map(|(name, list)| (name, list.into()));
        result.ech = EchOptions { only_grease: ech.only_grease, configs: configs.collect() };
    }
    result.address_guard = options.deny_private_addresses.map(|guard| AddressGuard {
        allow: guard.allow.into_iter().map(|Allowed(network)| network).collect(),
        proxies: guard.proxies,
    });
    if let Some(threads) = options.io_threads {
        result.io_threads = threads;
    }
    Ok((result, options.io.unwrap_or(Io::Auto)))
}

fn proxy(proxy: Proxy) -> ProxyOptions {
    ProxyOptions {
        kind: match proxy.kind {
            Kind::Http => ProxyKind::Http,
            Kind::Https => ProxyKind::Https,
            Kind::Socks4 => ProxyKind::Socks4,
            Kind::Socks4a => ProxyKind::Socks4a,
            Kind::Socks5 => ProxyKind::Socks5,
            Kind::Socks5h => ProxyKind::Socks5h,
        },
        host: proxy.host,
        port: proxy.port,
        username: proxy.username,
        password: proxy.password,
        headers: proxy.headers,
    }
}

fn identity(parts: Identity, pfx: Option<&[u8]>) -> Result<IdentityOptions, Failure> {
    match (parts.cert, parts.key, pfx) {
        (Some(certificates), Some(key), None) => Ok(IdentityOptions::Pem {
            certificates: latin1(certificates),
            key: latin1(key),
            passphrase: parts.passphrase,
        }),
        (None, None, Some(container)) => {
            Ok(IdentityOptions::Pkcs12 { container: container.to_vec(), passphrase: parts.passphrase })
        }
        _ => Err(failure("ERR_INVALID_ARG", "identity needs a certificate and a key, or a container")),
    }
}

/// The facade decodes PEM bytes as latin1, so that any bytes survive the way through JSON.
fn latin1(text: String) -> Vec<u8> {
    if text.is_ascii() {
        text.into_bytes()
    } else {
        text.chars().map(|letter| u8::try_from(letter).unwrap_or(b'?')).collect()
    }
}
