//! A server that chooses what the profile advertises and the TLS library lacks: an error that says so.

use std::ffi::CStr;

use boring::error::ErrorStack;
use boring_sys as ffi;

use super::error::{TlsError, codes};
use crate::profile::TlsPolicy;

/// The error for a choice that was offered but cannot be served; `None` for any other failure, also for a server that
/// chooses what was never offered.
pub(super) fn unsupported(stack: &ErrorStack, policy: &TlsPolicy) -> Option<TlsError> {
    stack.errors().iter().find_map(|error| {
        // The patched library notes the choice, for instance `chosen=49192`.
        let chosen: u16 = error.data()?.strip_prefix("chosen=")?.parse().ok()?;
        match error.reason()? {
            "WRONG_CIPHER_RETURNED" if policy.ciphers.contains(&chosen) => Some(TlsError::new(
                codes::UNSUPPORTED_CIPHER,
                format!(
                    "the server chose the cipher suite {}, which is advertised as the browser does but not implemented",
                    cipher_name(chosen)
                ),
            )),
            "WRONG_CURVE" if policy.groups.contains(&chosen) => Some(TlsError::new(
                codes::UNSUPPORTED_GROUP,
                format!(
                    "the server chose the group {}, which is advertised as the browser does but not implemented",
                    group_name(chosen)
                ),
            )),
            _ => None,
        }
    })
}

/// Registry name of a cipher suite, its number if neither the library nor the list below knows it.
fn cipher_name(id: u16) -> String {
    // Suites that browsers and OkHttp have advertised and BoringSSL dropped (or never had), by the IANA registry.
    const MISSING: [(u16, &str); 15] = [
        (0x0004, "TLS_RSA_WITH_RC4_128_MD5"),
        (0x0005, "TLS_RSA_WITH_RC4_128_SHA"),
        (0x0013, "TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA"),
        (0x0016, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"),
        (0x0032, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA"),
        (0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"),
        (0x0038, "TLS_DHE_DSS_WITH_AES_256_CBC_SHA"),
        (0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"),
        (0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"),
        (0x006b, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"),
        (0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"),
        (0x009f, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"),
        (0xc007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA"),
        (0xc011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA"),
        (0xccaa, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    ];
    if let Some((_, name)) = MISSING.iter().find(|(missing, _)| *missing == id) {
        return (*name).to_owned();
    }
    // SAFETY: looks `id` up in a constant table; names of its entries are static ASCII strings.
    let known = unsafe {
        let cipher = ffi::SSL_get_cipher_by_value(id);
        if cipher.is_null() { None } else { CStr::from_ptr(ffi::SSL_CIPHER_standard_name(cipher)).to_str().ok() }
    };
    known.map_or_else(|| format!("0x{id:04x}"), str::to_owned)
}

fn group_name(id: u16) -> String {
    const MISSING: [(u16, &str); 5] =
        [(30, "x448"), (258, "ffdhe4096"), (259, "ffdhe6144"), (260, "ffdhe8192"), (4587, "SecP256r1MLKEM768")];
    let missing = MISSING.iter().find(|(missing, _)| *missing == id);
    missing.map_or_else(|| format!("0x{id:04x}"), |(_, name)| (*name).to_owned())
}
