//! Whom a connection is for: SNI, and the name that the certificate has to carry.

use std::net::IpAddr;

use boring::error::ErrorStack;
use boring::ssl::Ssl;
use boring::x509::X509Ref;
use boring::x509::verify::X509CheckFlags;
use boring_sys as ffi;
use foreign_types_shared::ForeignType;

use super::error::TlsError;

/// Longest DNS name in bytes (RFC 1035 section 2.3.4, without the root's dot).
const MAX_NAME: usize = 253;

/// Like browsers, no SNI for addresses (RFC 6066 section 3) and no trailing dot in it.
pub(super) fn set_server_name(ssl: &mut Ssl, server_name: &str) -> Result<(), TlsError> {
    let unusable = |stack: ErrorStack| TlsError::config_step("this cannot be a server name", &stack);
    if let Some(address) = parse_address(server_name) {
        note_name_length(ssl, server_name);
        return ssl.param_mut().set_ip(address).map_err(unusable);
    }
    let name = server_name.strip_suffix('.').unwrap_or(server_name);
    let is_name = !name.is_empty() && name.len() <= MAX_NAME;
    if !is_name || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(TlsError::config("this cannot be a server name"));
    }
    ssl.set_hostname(name).map_err(unusable)?;
    let param = ssl.param_mut();
    param.set_hostflags(X509CheckFlags::NO_PARTIAL_WILDCARDS);
    param.set_host(name).map_err(unusable)
}

/// GREASE ECH may be padded for the name of the peer, and an address has no other place in the hello that says how long
/// its text is.
fn note_name_length(ssl: &mut Ssl, address: &str) {
    let length = u8::try_from(without_brackets(address).len()).unwrap_or(u8::MAX);
    // SAFETY: `ssl` is alive and exclusively borrowed; this stores a plain number.
    unsafe { ffi::SSL_set_ech_grease_name_length(ssl.as_ptr(), length) };
}

fn without_brackets(text: &str) -> &str {
    text.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(text)
}

/// Whether a verified certificate also names `host` (RFC 9113 9.1.1): by the rules of a handshake, but only by what the
/// subject alternative names say.
pub(super) fn names_host(certificate: &X509Ref, host: &str) -> bool {
    if let Some(address) = parse_address(host) {
        return certificate.check_ip_asc(&address.to_string()).unwrap_or(false);
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    let flags = X509CheckFlags::NO_PARTIAL_WILDCARDS | X509CheckFlags::NEVER_CHECK_SUBJECT;
    !name.is_empty() && certificate.check_host_with_flags(name, flags).unwrap_or(false)
}

fn parse_address(text: &str) -> Option<IpAddr> {
    let bare = without_brackets(text);
    // An IPv6 zone id names an interface of this machine and is no part of what a certificate can say.
    let address = match bare.split_once('%') {
        Some((address, _)) if address.contains(':') => address,
        _ => bare,
    };
    address.parse().ok()
}
