//! TLS failures: a code of ours, Node's spelling, and the alert if there was one.

use std::fmt;

use boring::error::ErrorStack;
use boring_sys as ffi;

/// Codes of [`TlsError`]. Codes are API, messages are not.
pub mod codes {
    /// No path from the certificate to a trusted root.
    pub const CERT_UNTRUSTED: &str = "ERR_TLS_CERT_UNTRUSTED";
    /// The certificate or an issuer is out of date.
    pub const CERT_EXPIRED: &str = "ERR_TLS_CERT_EXPIRED";
    /// The certificate or an issuer is not valid yet.
    pub const CERT_NOT_YET_VALID: &str = "ERR_TLS_CERT_NOT_YET_VALID";
    /// The certificate is for another host name or IP address.
    pub const CERT_HOST_MISMATCH: &str = "ERR_TLS_CERT_HOST_MISMATCH";
    /// Self-signed certificate, as leaf or on top of the chain.
    pub const CERT_SELF_SIGNED: &str = "ERR_TLS_CERT_SELF_SIGNED";
    /// The stapled OCSP response says "revoked".
    pub const CERT_REVOKED: &str = "ERR_TLS_CERT_REVOKED";
    /// The chain breaks another rule: CA flag, name constraints, chain length, key usage.
    pub const CERT_INVALID: &str = "ERR_TLS_CERT_INVALID";
    /// The handshake failed; `detail` has the alert or the rule.
    pub const HANDSHAKE: &str = "ERR_TLS_HANDSHAKE";
    /// A record after the handshake broke the protocol, or the peer sent a fatal alert.
    pub const PROTOCOL: &str = "ERR_TLS_PROTOCOL";
    /// The peer closed the connection before the handshake was complete.
    pub const CLOSED: &str = "ERR_TLS_CLOSED";
    /// The server chose a cipher suite that the profile's browser has and the TLS library has not; `detail` names it.
    pub const UNSUPPORTED_CIPHER: &str = "ERR_TLS_UNSUPPORTED_CIPHER";
    /// As above, a key exchange group.
    pub const UNSUPPORTED_GROUP: &str = "ERR_TLS_UNSUPPORTED_GROUP";
    /// The server has refused Encrypted ClientHello, and again with the configuration that it gave.
    pub const ECH_REJECTED: &str = "ERR_TLS_ECH_REJECTED";
    /// The server has refused Encrypted ClientHello with a certificate that is not valid for the public name of the
    /// configuration: nobody knows who refused, so the real name is not shown.
    pub const ECH_PUBLIC_NAME: &str = "ERR_TLS_ECH_PUBLIC_NAME";
    /// The configurations for Encrypted ClientHello cannot be read, and the profile's browser fails then.
    pub const ECH_CONFIG: &str = "ERR_TLS_ECH_CONFIG";
    /// Trust anchors, client identity or server name cannot be used as given.
    pub const CONFIG: &str = "ERR_TLS_CONFIG";
}

/// A TLS failure. Carries no secret: neither keys nor passphrases nor certificate contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsError {
    /// One of [`codes`].
    pub code: &'static str,
    /// Node's spelling (`error.code` of node:tls) where there is one.
    pub node_code: Option<&'static str>,
    /// Name of the alert (RFC 8446 section 6), for instance `handshake_failure`.
    pub alert: Option<&'static str>,
    /// Whether the peer sent that alert; otherwise we did.
    pub alert_from_peer: bool,
    /// What happened, for humans.
    pub detail: String,
}

impl TlsError {
    pub(crate) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, node_code: None, alert: None, alert_from_peer: false, detail: detail.into() }
    }

    pub(crate) fn config(detail: impl Into<String>) -> Self {
        Self::new(codes::CONFIG, detail)
    }

    /// A step of the configuration failed; `what` names it, the library's reason follows.
    pub(crate) fn config_step(what: &str, stack: &ErrorStack) -> Self {
        Self::config(format!("{what}: {}", reason_of(stack)))
    }

    /// From the number of an X509_V_ERR_*.
    pub(crate) fn verification(raw: i32, text: &str) -> Self {
        let (code, node_code) = classify_verification(raw);
        Self { code, node_code: Some(node_code), alert: None, alert_from_peer: false, detail: text.to_owned() }
    }

    pub(crate) fn revoked() -> Self {
        Self {
            node_code: Some("CERT_REVOKED"),
            ..Self::new(codes::CERT_REVOKED, "the stapled OCSP response says that the certificate is revoked")
        }
    }

    /// The verdict was on who refused Encrypted ClientHello.
    pub(crate) fn of_public_name(self) -> Self {
        Self { code: codes::ECH_PUBLIC_NAME, ..self }
    }

    pub(crate) fn with_alert(mut self, alert: Option<(u8, bool)>) -> Self {
        if let Some((number, from_peer)) = alert {
            self.alert = Some(alert_name(number));
            self.alert_from_peer = from_peer;
        }
        self
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)?;
        match self.alert {
            Some(alert) if self.alert_from_peer => write!(f, " (the peer sent alert {alert})"),
            Some(alert) => write!(f, " (we sent alert {alert})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for TlsError {}

/// The library's reasons in words, file names and line numbers left out.
pub(crate) fn reason_of(stack: &ErrorStack) -> String {
    let reasons: Vec<String> = stack
        .errors()
        .iter()
        .filter_map(|error| error.reason())
        .map(|reason| reason.to_ascii_lowercase().replace('_', " "))
        .collect();
    if reasons.is_empty() { "unknown reason".to_owned() } else { reasons.join(", ") }
}

/// Node's spelling of the handshake failures that programs are known to look at.
pub(crate) fn node_code_of(stack: &ErrorStack) -> Option<&'static str> {
    const KNOWN: [(&str, &str); 8] = [
        ("WRONG_VERSION_NUMBER", "ERR_SSL_WRONG_VERSION_NUMBER"),
        ("HTTP_REQUEST", "ERR_SSL_HTTP_REQUEST"),
        ("UNSUPPORTED_PROTOCOL", "ERR_SSL_UNSUPPORTED_PROTOCOL"),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE"),
        ("TLSV1_ALERT_PROTOCOL_VERSION", "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"),
        ("TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL"),
        ("TLSV1_ALERT_INTERNAL_ERROR", "ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR"),
        ("TLSV1_CERTIFICATE_REQUIRED", "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"),
    ];
    stack
        .errors()
        .iter()
        .filter_map(|error| error.reason())
        .find_map(|reason| KNOWN.iter().find(|(name, _)| *name == reason).map(|(_, code)| *code))
}

fn classify_verification(raw: i32) -> (&'static str, &'static str) {
    match raw {
        ffi::X509_V_ERR_CERT_HAS_EXPIRED => (codes::CERT_EXPIRED, "CERT_HAS_EXPIRED"),
        ffi::X509_V_ERR_CERT_NOT_YET_VALID => (codes::CERT_NOT_YET_VALID, "CERT_NOT_YET_VALID"),
        ffi::X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT => (codes::CERT_SELF_SIGNED, "DEPTH_ZERO_SELF_SIGNED_CERT"),
        ffi::X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN => (codes::CERT_SELF_SIGNED, "SELF_SIGNED_CERT_IN_CHAIN"),
        ffi::X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT => (codes::CERT_UNTRUSTED, "UNABLE_TO_GET_ISSUER_CERT"),
        ffi::X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY => {
            (codes::CERT_UNTRUSTED, "UNABLE_TO_GET_ISSUER_CERT_LOCALLY")
        }
        ffi::X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE => (codes::CERT_UNTRUSTED, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
        ffi::X509_V_ERR_CERT_UNTRUSTED => (codes::CERT_UNTRUSTED, "CERT_UNTRUSTED"),
        ffi::X509_V_ERR_HOSTNAME_MISMATCH | ffi::X509_V_ERR_IP_ADDRESS_MISMATCH => {
            (codes::CERT_HOST_MISMATCH, "ERR_TLS_CERT_ALTNAME_INVALID")
        }
        ffi::X509_V_ERR_CERT_REVOKED => (codes::CERT_REVOKED, "CERT_REVOKED"),
        ffi::X509_V_ERR_CERT_SIGNATURE_FAILURE => (codes::CERT_INVALID, "CERT_SIGNATURE_FAILURE"),
        ffi::X509_V_ERR_CERT_CHAIN_TOO_LONG => (codes::CERT_INVALID, "CERT_CHAIN_TOO_LONG"),
        ffi::X509_V_ERR_INVALID_CA => (codes::CERT_INVALID, "INVALID_CA"),
        ffi::X509_V_ERR_PATH_LENGTH_EXCEEDED => (codes::CERT_INVALID, "PATH_LENGTH_EXCEEDED"),
        ffi::X509_V_ERR_INVALID_PURPOSE => (codes::CERT_INVALID, "INVALID_PURPOSE"),
        ffi::X509_V_ERR_CERT_REJECTED => (codes::CERT_INVALID, "CERT_REJECTED"),
        _ => (codes::CERT_INVALID, "UNSPECIFIED"),
    }
}

/// Alert names of RFC 8446 section 6 and of TLS 1.2.
fn alert_name(number: u8) -> &'static str {
    match number {
        0 => "close_notify",
        10 => "unexpected_message",
        20 => "bad_record_mac",
        22 => "record_overflow",
        40 => "handshake_failure",
        42 => "bad_certificate",
        43 => "unsupported_certificate",
        44 => "certificate_revoked",
        45 => "certificate_expired",
        46 => "certificate_unknown",
        47 => "illegal_parameter",
        48 => "unknown_ca",
        49 => "access_denied",
        50 => "decode_error",
        51 => "decrypt_error",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        90 => "user_canceled",
        100 => "no_renegotiation",
        109 => "missing_extension",
        110 => "unsupported_extension",
        112 => "unrecognized_name",
        113 => "bad_certificate_status_response",
        115 => "unknown_psk_identity",
        116 => "certificate_required",
        120 => "no_application_protocol",
        121 => "ech_required",
        _ => "unknown",
    }
}
