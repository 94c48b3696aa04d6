//! Which certificates are believed.

use std::sync::OnceLock;

use boring::x509::X509;
use boring::x509::store::{X509Store, X509StoreBuilder};

use super::error::TlsError;

/// Most certificates accepted in `extra_ca`.
const MAX_EXTRA_CERTIFICATES: usize = 4096;

/// Where root certificates come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Roots {
    /// Mozilla's list as shipped with this library: the same verdict on every machine.
    #[default]
    Bundled,
    /// What the operating system trusts.
    System,
    /// Both.
    BundledAndSystem,
    /// Only `extra_ca`.
    None,
}

/// Trust settings of a transport.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Trust {
    /// Root certificates to start from.
    pub roots: Roots,
    /// Further trusted certificates, PEM, any number in one text.
    pub extra_ca: Vec<u8>,
    /// Accept any certificate. The verdict is still formed and shown in `TlsInfo::verified`.
    pub insecure: bool,
}

/// The store for `trust`. The plain cases are built once for the process, because parsing 150 roots takes longer
/// than a handshake.
pub(super) fn store_for(trust: &Trust) -> Result<X509Store, TlsError> {
    if trust.extra_ca.is_empty() {
        static BUNDLED: OnceLock<X509Store> = OnceLock::new();
        static SYSTEM: OnceLock<X509Store> = OnceLock::new();
        static BOTH: OnceLock<X509Store> = OnceLock::new();
        let shared = match trust.roots {
            Roots::Bundled => Some(&BUNDLED),
            Roots::System => Some(&SYSTEM),
            Roots::BundledAndSystem => Some(&BOTH),
            Roots::None => None,
        };
        if let Some(cell) = shared {
            if let Some(store) = cell.get() {
                return Ok(store.clone());
            }
            let built = build(trust)?;
            return Ok(cell.get_or_init(|| built).clone());
        }
    }
    build(trust)
}

fn build(trust: &Trust) -> Result<X509Store, TlsError> {
    let mut builder =
        X509StoreBuilder::new().map_err(|stack| TlsError::config_step("cannot create a certificate store", &stack))?;
    if matches!(trust.roots, Roots::Bundled | Roots::BundledAndSystem) {
        add_bundled(&mut builder)?;
    }
    match trust.roots {
        Roots::System => add_system(&mut builder)?,
        // A machine without a store of its own (a small container) leaves the bundled ones.
        Roots::BundledAndSystem => add_system(&mut builder).unwrap_or_default(),
        Roots::Bundled | Roots::None => (),
    }
    add_extra(&mut builder, &trust.extra_ca)?;
    Ok(builder.build())
}

fn add_bundled(builder: &mut X509StoreBuilder) -> Result<(), TlsError> {
    for certificate in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        X509::from_der(certificate)
            .and_then(|certificate| builder.add_cert(&certificate))
            .map_err(|stack| TlsError::config_step("a bundled root certificate was refused", &stack))?;
    }
    Ok(())
}

/// A certificate that cannot be read is skipped, as every platform does; none at all is an error.
fn add_system(builder: &mut X509StoreBuilder) -> Result<(), TlsError> {
    let loaded = rustls_native_certs::load_native_certs();
    let mut added = 0_usize;
    for certificate in &loaded.certs {
        if X509::from_der(certificate).and_then(|certificate| builder.add_cert(&certificate)).is_ok() {
            added += 1;
        }
    }
    match (added, loaded.errors.first()) {
        (0, Some(error)) => Err(TlsError::config(format!("no system certificates: {error}"))),
        (0, None) => Err(TlsError::config("the system trusts no certificate")),
        _ => Ok(()),
    }
}

fn add_extra(builder: &mut X509StoreBuilder, pem: &[u8]) -> Result<(), TlsError> {
    if pem.is_empty() {
        return Ok(());
    }
    let certificates = X509::stack_from_pem(pem).map_err(|stack| TlsError::config_step("\"ca\" is not PEM", &stack))?;
    if certificates.is_empty() {
        return Err(TlsError::config("\"ca\" contains no certificate"));
    }
    if certificates.len() > MAX_EXTRA_CERTIFICATES {
        return Err(TlsError::config(format!("\"ca\" has more than {MAX_EXTRA_CERTIFICATES} certificates")));
    }
    for certificate in &certificates {
        builder
            .add_cert(certificate)
            .map_err(|stack| TlsError::config_step("a certificate of \"ca\" was refused", &stack))?;
    }
    Ok(())
}
