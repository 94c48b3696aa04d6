//! Which addresses are nobody's on the public internet: what a server that fetches URLs of strangers must not connect to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::ParseIntError;
use std::str::FromStr;

/// An address or a network, `10.1.0.0/16`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    address: IpAddr,
    prefix: u32,
}

/// The text is neither an address nor a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotANetwork;

impl std::fmt::Display for NotANetwork {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("neither an address nor a network")
    }
}

impl From<ParseIntError> for NotANetwork {
    fn from(_: ParseIntError) -> Self {
        Self
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    /// `ip` or `ip/prefix`; bits behind the prefix count for nothing.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u32>()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NotANetwork)?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(bits);
        if prefix <= bits { Ok(Self { address, prefix }) } else { Err(NotANetwork) }
    }
}

impl Network {
    fn holds(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let differ = network.to_bits() ^ address.to_bits();
                self.prefix == 0 || differ.checked_shr(32 - self.prefix).is_none_or(|rest| rest == 0)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let differ = network.to_bits() ^ address.to_bits();
                self.prefix == 0 || differ.checked_shr(128 - self.prefix).is_none_or(|rest| rest == 0)
            }
            _ => false,
        }
    }
}

/// Refuses addresses that are not public.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressGuard {
    /// Networks that are all right nevertheless.
    pub allow: Vec<Network>,
    /// The address of a proxy is judged, too.
    pub proxies: bool,
}

impl AddressGuard {
    /// Whether a socket may be connected there.
    pub(crate) fn permits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address) || self.allow.iter().any(|network| network.holds(address))
    }
}

/// Globally reachable by the registries of RFC 6890 as of 2026, those that only look so and lead to another address by
/// what that one is.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        // This network, private, loopback, multicast, reserved, broadcast.
        [0 | 10 | 127 | 224..=255, ..]
        // Carrier-grade NAT (RFC 6598).
        | [100, 64..=127, ..]
        // Link-local: metadata services of clouds.
        | [169, 254, ..]
        | [172, 16..=31, ..]
        | [192, 168, ..]
        // Protocol assignments, documentation (three networks), old 6to4 relays, benchmarks.
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => true,
        _ => false,
    };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [s0, s1, s2, s3, s4, s5, s6, s7] = address.segments();
    let v4 = |high: u16, low: u16| is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    match (s0, s1) {
        // NAT64 (RFC 6052): a gateway connects to the address inside.
        (0x64, 0xff9b) => (s2, s3, s4, s5) == (0, 0, 0, 0) && v4(s6, s7),
        // Teredo, ORCHID, benchmarks and other protocol assignments (RFC 2928); documentation (two networks).
        (0x2001, 0..=0x1ff | 0xdb8) | (0x3fff, 0..=0xfff) => false,
        // 6to4: the address inside is the router.
        (0x2002, _) => v4(s1, s2),
        // ISATAP (RFC 5214): a tunnel to the address inside.
        (0x2000..=0x3fff, _) if s4 & !0x200 == 0 && s5 == 0x5efe => v4(s6, s7),
        // Global unicast. All else is unspecified, loopback, local, multicast or not assigned.
        (0x2000..=0x3fff, _) => true,
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn guard(allow: &[&str]) -> AddressGuard {
        AddressGuard { allow: allow.iter().map(|text| text.parse().unwrap()).collect(), proxies: false }
    }

    #[test]
    fn what_is_not_public_is_refused_in_every_disguise() {
        let private = [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::2",
            "::127.0.0.1",
            "::8.8.8.8",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:0:127.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::8.8.8.8",
            "64:ff9b::1:808:808",
            "100::1",
            "2001::1",
            "2001:0:7f00:1::",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2002:a00:1::",
            "2002:a9fe:a9fe::1",
            "2002:c0a8:101::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "2a00::5efe:127.0.0.1",
            "2a00::200:5efe:10.0.0.1",
            "4000::1",
        ];
        for text in private {
            assert!(!guard(&[]).permits(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn what_is_public_is_permitted() {
        let public = [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2002:808:808::1",
            "2606:4700::1111",
            "2a00::5efe:8.8.8.8",
            "3ffe::1",
        ];
        for text in public {
            assert!(guard(&[]).permits(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn allowed_networks_are_exact() {
        let guard = guard(&["10.1.0.0/16", "127.0.0.1", "fd00:1::/32", "0.0.0.0/32"]);
        for text in ["10.1.0.0", "10.1.255.255", "::ffff:10.1.2.3", "127.0.0.1", "fd00:1::1", "0.0.0.0"] {
            assert!(guard.permits(text.parse().unwrap()), "{text}");
        }
        for text in ["10.0.255.255", "10.2.0.0", "127.0.0.2", "fd00:2::1", "64:ff9b::10.1.0.1", "::1", "0.0.0.1"] {
            assert!(!guard.permits(text.parse().unwrap()), "{text}");
        }
        assert!(self::guard(&["::/0"]).permits("::1".parse().unwrap()));
        assert!(!self::guard(&["::/0"]).permits("127.0.0.1".parse().unwrap()));
        assert!(self::guard(&["0.0.0.0/0"]).permits("127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn what_is_no_network_is_not_read_as_one() {
        for text in ["", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0/8", "localhost", "10.0.0.1/8/8"] {
            assert_eq!(text.parse::<Network>(), Err(NotANetwork), "{text}");
        }
    }
}
