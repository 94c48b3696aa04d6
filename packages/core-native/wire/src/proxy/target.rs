//! What a proxy is asked to connect to, and as whom.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::error::{ProxyError, ProxyErrorKind};

/// Longest name: the length byte of SOCKS5, which is also what DNS allows.
const MAX_NAME_BYTES: usize = 255;

/// Host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The host.
    pub host: Host,
    /// TCP port.
    pub port: u16,
}

/// A name for the proxy to resolve, or an address that is already known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// ASCII (already IDNA) name; `socks4a` and `socks5h`.
    Name(String),
    /// IPv4 address.
    V4(Ipv4Addr),
    /// IPv6 address.
    V6(Ipv6Addr),
}

impl Host {
    /// The bytes of a name that both SOCKS versions can carry.
    pub(super) fn check_name(name: &str) -> Result<&[u8], ProxyError> {
        let name = name.as_bytes();
        if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
            return Err(ProxyError::new(ProxyErrorKind::Target, "the host name has bytes that no name has"));
        }
        if name.len() > MAX_NAME_BYTES {
            return Err(ProxyError::new(ProxyErrorKind::Target, "the host name is longer than 255 bytes"));
        }
        Ok(name)
    }
}

/// User name and password, decoded. Neither Debug nor any error shows them.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// User name, 1 to 255 bytes for SOCKS5.
    pub username: String,
    /// Password, up to 255 bytes for SOCKS5; may be empty.
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Credentials { .. }")
    }
}
