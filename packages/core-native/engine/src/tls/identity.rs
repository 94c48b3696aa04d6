//! Who we are: the client certificate, if any.

use std::fmt;

use boring::pkcs12::Pkcs12;
use boring::pkey::{PKey, Private};
use boring::ssl::SslContextBuilder;
use boring::x509::X509;

use super::error::TlsError;

/// Client certificate and key. `Debug` shows neither key nor passphrase.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Identity {
    /// Two PEM texts.
    Pem {
        /// Leaf first, then its issuers.
        certificate: Vec<u8>,
        /// PKCS#8, PKCS#1 or SEC1.
        key: Vec<u8>,
        /// For an encrypted key.
        passphrase: Option<Vec<u8>>,
    },
    /// PKCS#12 (`.p12`, `.pfx`).
    Pkcs12 {
        /// The file.
        archive: Vec<u8>,
        /// Empty if there is none.
        passphrase: String,
    },
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pem { .. } => "Pem { .. }",
            Self::Pkcs12 { .. } => "Pkcs12 { .. }",
        })
    }
}

struct Parsed {
    leaf: X509,
    issuers: Vec<X509>,
    key: PKey<Private>,
}

/// Configures `builder` to present `identity` when a server asks for a certificate.
pub(super) fn install(builder: &mut SslContextBuilder, identity: &Identity) -> Result<(), TlsError> {
    let parsed = parse(identity)?;
    builder
        .set_certificate(&parsed.leaf)
        .map_err(|stack| TlsError::config_step("the client certificate was refused", &stack))?;
    for issuer in parsed.issuers {
        builder
            .add_extra_chain_cert(issuer)
            .map_err(|stack| TlsError::config_step("an issuer of the client certificate was refused", &stack))?;
    }
    builder
        .set_private_key(&parsed.key)
        .and_then(|()| builder.check_private_key())
        .map_err(|stack| TlsError::config_step("the client key does not fit the client certificate", &stack))
}

fn parse(identity: &Identity) -> Result<Parsed, TlsError> {
    match identity {
        Identity::Pem { certificate, key, passphrase } => parse_pem(certificate, key, passphrase.as_deref()),
        Identity::Pkcs12 { archive, passphrase } => parse_pkcs12(archive, passphrase),
    }
}

fn parse_pem(certificate: &[u8], key: &[u8], passphrase: Option<&[u8]>) -> Result<Parsed, TlsError> {
    let mut chain = X509::stack_from_pem(certificate)
        .map_err(|stack| TlsError::config_step("\"cert\" is not PEM", &stack))?
        .into_iter();
    let leaf = chain.next().ok_or_else(|| TlsError::config("\"cert\" contains no certificate"))?;
    // An empty passphrase and not the plain function: that one would ask on the terminal for an encrypted key.
    let key = PKey::private_key_from_pem_passphrase(key, passphrase.unwrap_or_default())
        .map_err(|stack| TlsError::config_step("\"key\" is not a PEM key, or the passphrase is wrong", &stack))?;
    Ok(Parsed { leaf, issuers: chain.collect(), key })
}

fn parse_pkcs12(archive: &[u8], passphrase: &str) -> Result<Parsed, TlsError> {
    let parsed = Pkcs12::from_der(archive)
        .and_then(|archive| archive.parse2(passphrase))
        .map_err(|stack| TlsError::config_step("\"pfx\" cannot be opened", &stack))?;
    let leaf = parsed.cert.ok_or_else(|| TlsError::config("\"pfx\" contains no certificate"))?;
    let key = parsed.pkey.ok_or_else(|| TlsError::config("\"pfx\" contains no key"))?;
    let issuers = parsed.ca.map(|chain| chain.into_iter().collect()).unwrap_or_default();
    Ok(Parsed { leaf, issuers, key })
}
