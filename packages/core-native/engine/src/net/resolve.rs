//! Name lookup: literals, `localhost`, overrides, cache, then the system.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Instant;

use dns_lookup::{AddrInfoHints, LookupErrorKind, SockType};

use crate::error::{Error, codes};
use crate::limits;
use crate::phase::Phase;
use crate::transport_options::DialTarget;

/// Longest host name that is looked up (RFC 1035 2.3.4).
const NAME_MAX: usize = 253;

/// Looked-up names of one transport. Failures are not remembered.
#[derive(Default)]
pub(crate) struct Resolver {
    cache: RefCell<HashMap<String, (Instant, Vec<IpAddr>)>>,
}

impl Resolver {
    /// Addresses of `host`, at least one.
    pub(crate) async fn lookup(
        &self,
        host: &str,
        port: u16,
        overrides: &HashMap<String, Vec<DialTarget>>,
    ) -> Result<Vec<SocketAddr>, Error> {
        if let Some(sockets) = known(host, port, overrides) {
            return if sockets.is_empty() { Err(not_found("no address was given for this host")) } else { Ok(sockets) };
        }
        let with_port = |addresses: Vec<IpAddr>| addresses.into_iter().map(|one| SocketAddr::new(one, port)).collect();
        if let Some(addresses) = self.cached(host) {
            return Ok(with_port(addresses));
        }
        if host.is_empty() || host.len() > NAME_MAX || host.contains('\0') {
            return Err(not_found("not a host name"));
        }
        let name = host.to_owned();
        let looked_up = tokio::task::spawn_blocking(move || ask_system(&name)).await;
        let addresses = looked_up.map_err(|_| Error::internal(Phase::Resolve))??;
        self.remember(host, &addresses);
        Ok(with_port(addresses))
    }

    fn cached(&self, host: &str) -> Option<Vec<IpAddr>> {
        let cache = self.cache.borrow();
        let (until, addresses) = cache.get(host)?;
        (*until > Instant::now()).then(|| addresses.clone())
    }

    fn remember(&self, host: &str, addresses: &[IpAddr]) {
        let now = Instant::now();
        let mut cache = self.cache.borrow_mut();
        if cache.len() >= limits::DNS_CACHE_ENTRIES {
            cache.retain(|_, (until, _)| *until > now);
        }
        if cache.len() < limits::DNS_CACHE_ENTRIES {
            cache.insert(host.to_owned(), (now + limits::DNS_CACHE_TTL, addresses.to_vec()));
        }
    }
}

/// Addresses that need no lookup: overrides first, then literals, then the loopback names (RFC 6761 6.3).
fn known(host: &str, port: u16, overrides: &HashMap<String, Vec<DialTarget>>) -> Option<Vec<SocketAddr>> {
    if !overrides.is_empty() {
        let name = host.to_ascii_lowercase();
        let name_and_port = if host.contains(':') { format!("[{name}]:{port}") } else { format!("{name}:{port}") };
        if let Some(addresses) = overrides.get(&name_and_port).or_else(|| overrides.get(&name)) {
            let socket = |target: &DialTarget| SocketAddr::new(target.address, target.port.unwrap_or(port));
            return Some(addresses.iter().map(socket).collect());
        }
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        return Some(vec![SocketAddr::new(address, port)]);
    }
    let name = host.trim_end_matches('.');
    let tail = name.get(name.len().saturating_sub(10)..).unwrap_or_default();
    if name.eq_ignore_ascii_case("localhost") || tail.eq_ignore_ascii_case(".localhost") {
        let loopback: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        return Some(loopback.map(|address| SocketAddr::new(address, port)).to_vec());
    }
    None
}

fn ask_system(host: &str) -> Result<Vec<IpAddr>, Error> {
    let hints = AddrInfoHints { socktype: SockType::Stream.into(), ..AddrInfoHints::default() };
    let found = dns_lookup::getaddrinfo(Some(host), None, Some(hints)).map_err(|error| match error.kind() {
        LookupErrorKind::NoName | LookupErrorKind::NoData => not_found("the name has no address"),
        LookupErrorKind::Again => failed("EAI_AGAIN", "the name servers did not answer"),
        LookupErrorKind::Fail => failed("EAI_FAIL", "the name server failed"),
        _ => failed("EAI_FAIL", "the lookup failed"),
    })?;
    let mut addresses = Vec::new();
    for entry in found.flatten() {
        let address = entry.sockaddr.ip();
        if !addresses.contains(&address) {
            addresses.push(address);
        }
        if addresses.len() == limits::ADDRESSES_MAX {
            break;
        }
    }
    if addresses.is_empty() { Err(not_found("the name has no address")) } else { Ok(addresses) }
}

fn not_found(detail: &str) -> Error {
    Error::new(codes::DNS_NOT_FOUND, Phase::Resolve).with_node_code("ENOTFOUND").with_detail(detail)
}

fn failed(node_code: &'static str, detail: &str) -> Error {
    Error::new(codes::DNS_FAILED, Phase::Resolve).with_node_code(node_code).with_detail(detail)
}
