//! Whom a connection is for: SNI, and the name that the certificate has to carry.

use boring::error::ErrorStack;
use boring::ssl::Ssl;
use boring_sys as ffi;
use foreign_types_shared::ForeignType;

use super::context::notes_index;
use super::error::TlsError;
use super::names::{Reference, parse_address, without_brackets};

/// Longest DNS name in bytes (RFC 1035 section 2.3.4, without the root's dot).
const MAX_NAME: usize = 253;

/// Whom a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerName<'a> {
    /// Host name, or IP address (brackets allowed), that the certificate has to carry.
    pub verified: &'a str,
    /// Send a name as SNI; addresses never are.
    pub shown: bool,
    /// ECHConfigList that hides it: the profile says whether it is used. Means nothing for a name that is not shown.
    pub ech: Option<&'a [u8]>,
}

impl<'a> From<&'a str> for ServerName<'a> {
    fn from(verified: &'a str) -> Self {
        Self { verified, shown: true, ech: None }
    }
}

impl<'a> ServerName<'a> {
    /// What a caller wants in place of `host`; empty: to hide it.
    pub fn instead_of(host: &'a str, wanted: Option<&'a str>) -> Self {
        match wanted {
            None => host.into(),
            Some("") => Self { verified: host, shown: false, ech: None },
            Some(name) => name.into(),
        }
    }
}

/// Like browsers, no SNI for addresses (RFC 6066 section 3) and no trailing dot in it. The certificate is compared with the
/// name by `verify.rs`.
/// Whether it is sent.
pub(super) fn set_server_name(ssl: &mut Ssl, name: ServerName<'_>) -> Result<bool, TlsError> {
    let unusable = |stack: ErrorStack| TlsError::config_step("this cannot be a server name", &stack);
    let server_name = name.verified;
    let reference = Reference::of(server_name);
    let is_sent = name.shown && parse_address(server_name).is_none();
    if !is_sent {
        note_name_length(ssl, server_name);
    } else {
        let name = server_name.strip_suffix('.').unwrap_or(server_name);
        let is_name = !name.is_empty() && name.len() <= MAX_NAME;
        if !is_name || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TlsError::config("this cannot be a server name"));
        }
        ssl.set_hostname(name).map_err(unusable)?;
    }
    let index = notes_index()?;
    let notes = ssl.ex_data_mut(index).ok_or_else(|| TlsError::config("a connection without notes"))?;
    notes.reference = Some(reference);
    Ok(is_sent)
}

/// GREASE ECH may be padded for the name of the peer, and an address has no other place in the hello that says how long
/// its text is.
fn note_name_length(ssl: &mut Ssl, address: &str) {
    let length = u8::try_from(without_brackets(address).len()).unwrap_or(u8::MAX);
    // SAFETY: `ssl` is alive and exclusively borrowed; this stores a plain number.
    unsafe { ffi::SSL_set_ech_grease_name_length(ssl.as_ptr(), length) };
}
