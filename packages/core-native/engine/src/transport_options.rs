//! What a transport is made of.

use std::collections::HashMap;
use std::fmt;
use std::net::{AddrParseError, IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use crate::address_guard::AddressGuard;
use crate::limits;
use crate::profile::KnownProfile;
use crate::request::Protocols;

/// How to talk to a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProxyKind {
    /// Plain TCP to the proxy; CONNECT for https, absolute-form for http.
    Http,
    /// TLS to the proxy, then as `Http`.
    Https,
    /// SOCKS 4; the name is resolved here.
    Socks4,
    /// SOCKS 4a; the proxy resolves.
    Socks4a,
    /// SOCKS 5; the name is resolved here.
    Socks5,
    /// SOCKS 5; the proxy resolves.
    Socks5h,
}

/// A proxy that every connection of a transport goes through. There is no fallback to a direct connection.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyOptions {
    /// Protocol.
    pub kind: ProxyKind,
    /// Host name or IP address without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Decoded user name.
    pub username: Option<String>,
    /// Decoded password.
    pub password: Option<String>,
    /// Extra fields of the CONNECT request (or of each absolute-form request), in order.
    pub headers: Vec<(String, String)>,
}

// Credentials never reach Debug output.
impl fmt::Debug for ProxyOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ProxyOptions")
            .field("kind", &self.kind)
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

/// Client certificate.
#[derive(Clone, PartialEq, Eq)]
pub enum IdentityOptions {
    /// PEM certificate chain and PEM key.
    Pem {
        /// Chain, leaf first.
        certificates: Vec<u8>,
        /// Private key.
        key: Vec<u8>,
        /// Of an encrypted key.
        passphrase: Option<String>,
    },
    /// PKCS #12 container.
    Pkcs12 {
        /// DER bytes.
        container: Vec<u8>,
        /// Of the container.
        passphrase: Option<String>,
    },
}

impl fmt::Debug for IdentityOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("IdentityOptions(..)")
    }
}

/// Which root certificates are trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TrustStore {
    /// Mozilla's list, compiled in.
    #[default]
    Bundled,
    /// The operating system's store.
    System,
    /// Both.
    Combined,
    /// Only `ca`.
    None,
}

/// Where a host is dialled instead of what DNS says. The peer sees no difference: SNI, authority and certificate check
/// keep the name and port of the URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DialTarget {
    /// Address.
    pub address: IpAddr,
    /// Port, if not the URL's.
    pub port: Option<u16>,
}

impl FromStr for DialTarget {
    type Err = AddrParseError;

    /// `ip`, `ip:port` or `[v6]:port`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self { address, port: None });
        }
        text.parse::<SocketAddr>().map(|socket| Self { address: socket.ip(), port: Some(socket.port()) })
    }
}

/// Who is asked for the addresses of a host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum NameServers {
    /// The system, as for every other program; its name servers are asked for HTTPS records beside it.
    #[default]
    System,
    /// These, in plain.
    Plain(Arc<[SocketAddr]>),
    /// One over https (RFC 8484), with a connection like the browser's.
    OverHttps(HttpsServer),
}

/// A name server that is asked over https. Its own host is looked up by the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpsServer {
    /// Host name or IP address without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// `:authority`.
    pub authority: String,
    /// Path and query of the URL.
    pub target: String,
}

/// Encrypted ClientHello (RFC 9849).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EchOptions {
    /// Never, whatever is known of a host: only the profile's GREASE.
    pub only_grease: bool,
    /// ECHConfigList for `host` or `host:port`, as in [`TransportOptions::resolve`].
    pub configs: HashMap<String, Arc<[u8]>>,
}

/// Everything that tells two transports apart. A pooled connection belongs to one transport, so each field here is
/// part of the pool key.
#[derive(Debug, Clone)]
pub struct TransportOptions {
    /// JSON text of the engine's part of a profile: `{name, tls, http2, http1}`.
    pub profile: String,
    /// The same, read before; then the text is not looked at.
    pub known_profile: Option<KnownProfile>,
    /// Proxy for every connection.
    pub proxy: Option<ProxyOptions>,
    /// Accept any certificate.
    pub insecure: bool,
    /// PEM certificates trusted in addition to `trust_store`.
    pub ca: Vec<Vec<u8>>,
    /// Root certificates.
    pub trust_store: TrustStore,
    /// Client certificate.
    pub identity: Option<IdentityOptions>,
    /// Local IP address to bind.
    pub local_address: Option<IpAddr>,
    /// Time to live (IPv4) or hop limit (IPv6) of what is sent, which tells the system of a client: 128 from Windows, 64
    /// from the others. The system's own by default, and where it cannot be set.
    pub hop_limit: Option<u8>,
    /// Where `host` or `host:port` is dialled instead of a DNS lookup. Keys are lower case, IPv6 hosts without brackets
    /// (with a port: in brackets).
    pub resolve: HashMap<String, Vec<DialTarget>>,
    /// Who is asked for what is not in `resolve`. Behind a proxy that resolves nobody is.
    pub name_servers: NameServers,
    /// HTTPS records are asked for, if the browser does.
    pub https_records: bool,
    /// Protocols that may be offered.
    pub protocols: Protocols,
    /// How long an unused connection is kept.
    pub idle_timeout: Duration,
    /// HTTP/1.1 connections per origin.
    pub max_http1_connections: usize,
    /// Resume TLS sessions.
    pub resumption: bool,
    /// Name shown to every origin and looked for in its certificate, instead of the host's. Empty: none is shown, and the
    /// certificate has to carry the host's.
    pub server_name: Option<String>,
    /// File that the secrets of every TLS connection are appended to, in NSS key log format. Never taken from the
    /// environment.
    pub key_log: Option<PathBuf>,
    /// Encrypted ClientHello, where the profile's browser does it.
    pub ech: EchOptions,
    /// Judges each address before a socket connects to it.
    pub address_guard: Option<AddressGuard>,
    /// Threads of the process among which it is put, 1 to [`limits::IO_THREADS_MAX`]; of no effect for a world of the caller's.
    pub io_threads: usize,
}

impl TransportOptions {
    /// Defaults for a profile.
    pub fn new(profile: impl Into<String>) -> Self {
        Self {
            profile: profile.into(),
            known_profile: None,
            proxy: None,
            insecure: false,
            ca: Vec::new(),
            trust_store: TrustStore::Bundled,
            identity: None,
            local_address: None,
            hop_limit: None,
            resolve: HashMap::new(),
            name_servers: NameServers::System,
            https_records: true,
            protocols: Protocols::Auto,
            idle_timeout: limits::IDLE_TIMEOUT,
            max_http1_connections: limits::HTTP1_CONNECTIONS_PER_ORIGIN,
            resumption: true,
            server_name: None,
            key_log: None,
            ech: EchOptions::default(),
            address_guard: None,
            io_threads: 1,
        }
    }
}
