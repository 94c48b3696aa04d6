//! Whom a certificate is for: RFC 6125 as browsers read it. Only subject alternative names count, never the common name.

use std::net::IpAddr;

use boring::x509::X509Ref;

use crate::profile::tls::CertificateRules;

/// Whom a client wants to talk to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reference {
    /// A DNS name without the root's dot, in lower case.
    Name(String),
    /// An address.
    Address(IpAddr),
}

impl Reference {
    /// From what a URL has as host.
    pub(super) fn of(host: &str) -> Self {
        match parse_address(host) {
            Some(address) => Self::Address(address),
            None => Self::Name(host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()),
        }
    }

    /// Whether `certificate` is for it.
    pub(super) fn is_named_by(&self, certificate: &X509Ref, rules: &CertificateRules) -> bool {
        let Some(names) = certificate.subject_alt_names() else { return false };
        names.iter().any(|name| match self {
            Self::Name(wanted) => name.dnsname().is_some_and(|pattern| covers(pattern, wanted, rules.final_dot)),
            Self::Address(wanted) => name.ipaddress().is_some_and(|bytes| is_address(bytes, *wanted)),
        })
    }
}

/// Host name or address of a URL, as an address. Brackets of IPv6 are allowed.
pub(super) fn parse_address(text: &str) -> Option<IpAddr> {
    let bare = without_brackets(text);
    // An IPv6 zone id names an interface of this machine and is no part of what a certificate can say.
    let address = match bare.split_once('%') {
        Some((address, _)) if address.contains(':') => address,
        _ => bare,
    };
    address.parse().ok()
}

pub(super) fn without_brackets(text: &str) -> &str {
    text.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(text)
}

fn is_address(bytes: &[u8], wanted: IpAddr) -> bool {
    match wanted {
        IpAddr::V4(address) => bytes == address.octets(),
        IpAddr::V6(address) => bytes == address.octets(),
    }
}

/// `*` stands for a whole first label with two labels behind it, whatever characters the label has.
fn covers(pattern: &str, wanted: &str, final_dot: bool) -> bool {
    let pattern = match pattern.strip_suffix('.') {
        Some(_) if !final_dot => return false,
        Some(bare) => bare,
        None => pattern,
    };
    match pattern.strip_prefix("*.") {
        None => !pattern.contains('*') && !wanted.is_empty() && pattern.eq_ignore_ascii_case(wanted),
        Some(parent) => {
            let is_deep = parent.split('.').filter(|label| !label.is_empty()).count() >= 2;
            let tail = wanted.split_once('.').filter(|(label, _)| !label.is_empty()).map(|(_, tail)| tail);
            is_deep && !parent.contains('*') && tail.is_some_and(|tail| parent.eq_ignore_ascii_case(tail))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn t01_a_wildcard_is_one_whole_label_above_two_others() {
        for (pattern, wanted) in [
            ("*.mirror.test", "www.mirror.test"),
            ("*.mirror.test", "foo_bar.mirror.test"),
            ("*.mirror.test", "xn--bcher-kva.mirror.test"),
            ("*.Mirror.TEST", "www.mirror.test"),
            ("WWW.mirror.test", "www.mirror.test"),
            ("localhost", "localhost"),
        ] {
            assert!(covers(pattern, wanted, false), "{pattern} {wanted}");
        }
        for (pattern, wanted) in [
            ("*.mirror.test", "mirror.test"),
            ("*.mirror.test", ".mirror.test"),
            ("*.mirror.test", "a.b.mirror.test"),
            ("*.test", "mirror.test"),
            ("*.test.", "mirror.test"),
            ("*..test", "a..test"),
            ("*", "localhost"),
            ("*.", "localhost"),
            ("w*.mirror.test", "www.mirror.test"),
            ("*w.mirror.test", "www.mirror.test"),
            ("a.*.mirror.test", "a.b.mirror.test"),
            ("*.*.mirror.test", "a.b.mirror.test"),
            ("www.mirror.test\0.evil.example", "www.mirror.test"),
            ("", ""),
            (".", ""),
        ] {
            assert!(!covers(pattern, wanted, true), "{pattern} {wanted}");
        }
        assert!(covers("www.mirror.test.", "www.mirror.test", true));
        assert!(!covers("www.mirror.test.", "www.mirror.test", false));
    }
}
