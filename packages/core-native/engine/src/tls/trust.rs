//! Which certificates are believed.

use std::sync::{Arc, OnceLock};

use boring::error::ErrorStack;
use boring::ex_data::Index;
use boring::ssl::{SslContext, SslContextBuilder, SslRef};
use boring::x509::store::{X509Store, X509StoreBuilder};
use boring::x509::{X509, X509Ref};

use super::error::TlsError;
use super::remembered::Remembered;
use super::verdicts::Verdicts;

mod bundled;

use bundled::Bundled;

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

/// A store, and what it still lacks.
struct Anchors {
    store: X509Store,
    bundled: Option<Bundled>,
    verdicts: Verdicts,
    tails: Tails,
}

/// The trusted certificates in DER that lead from what a peer has sent to a root, by a hash of the latter.
pub(super) type Tails = Remembered<Arc<[Vec<u8>]>>;

/// Chains whose end is known. Mostly one certificate of 1 to 2 kB.
const TAILS_KEPT: usize = 256;

/// Gives `context` the store for `trust`.
pub(super) fn install(context: &mut SslContextBuilder, trust: &Trust) -> Result<(), TlsError> {
    let anchors = anchors_for(trust)?;
    let index = index().map_err(|stack| TlsError::config_step("cannot reserve data of a context", &stack))?;
    context.set_cert_store(anchors.store.clone());
    context.set_ex_data(index, anchors);
    Ok(())
}

/// Before the store of `connection` is asked about `certificates`: adds what it still lacks for them.
pub(super) fn complete<'a>(
    connection: &SslRef,
    certificates: impl Iterator<Item = &'a X509Ref>,
) -> Result<(), ErrorStack> {
    let anchors = connection.ssl_context().ex_data(index()?);
    anchors.and_then(|anchors| anchors.bundled.as_ref()).map_or(Ok(()), |bundled| bundled.bring(certificates))
}

/// Verdicts that were formed with what is trusted on `connection`.
pub(super) fn verdicts(connection: &SslRef) -> Option<&Verdicts> {
    connection.ssl_context().ex_data(index().ok()?).map(|anchors| &anchors.verdicts)
}

/// Ends of chains among what is trusted on `connection`.
pub(super) fn tails(connection: &SslRef) -> Option<&Tails> {
    connection.ssl_context().ex_data(index().ok()?).map(|anchors| &anchors.tails)
}

fn index() -> Result<Index<SslContext, Arc<Anchors>>, ErrorStack> {
    static INDEX: OnceLock<Index<SslContext, Arc<Anchors>>> = OnceLock::new();
    if let Some(index) = INDEX.get() {
        return Ok(*index);
    }
    let index = SslContext::new_ex_index()?;
    Ok(*INDEX.get_or_init(|| index))
}

/// The plain cases are built once for the process: what one transport has met another need not parse.
fn anchors_for(trust: &Trust) -> Result<Arc<Anchors>, TlsError> {
    if trust.extra_ca.is_empty() {
        static BUNDLED: OnceLock<Arc<Anchors>> = OnceLock::new();
        static SYSTEM: OnceLock<Arc<Anchors>> = OnceLock::new();
        static BOTH: OnceLock<Arc<Anchors>> = OnceLock::new();
        let shared = match trust.roots {
            Roots::Bundled => Some(&BUNDLED),
            Roots::System => Some(&SYSTEM),
            Roots::BundledAndSystem => Some(&BOTH),
            Roots::None => None,
        };
        if let Some(cell) = shared {
            if let Some(anchors) = cell.get() {
                return Ok(Arc::clone(anchors));
            }
            let built = build(trust)?;
            return Ok(Arc::clone(cell.get_or_init(|| built)));
        }
    }
    build(trust)
}

fn build(trust: &Trust) -> Result<Arc<Anchors>, TlsError> {
    let mut builder =
        X509StoreBuilder::new().map_err(|stack| TlsError::config_step("cannot create a certificate store", &stack))?;
    match trust.roots {
        Roots::System => add_system(&mut builder)?,
        // A machine without a store of its own (a small container) leaves the bundled ones.
        Roots::BundledAndSystem => add_system(&mut builder).unwrap_or_default(),
        Roots::Bundled | Roots::None => (),
    }
    add_extra(&mut builder, &trust.extra_ca)?;
    let store = builder.build();
    let has_bundled = matches!(trust.roots, Roots::Bundled | Roots::BundledAndSystem);
    let bundled = has_bundled.then(|| Bundled::new(store.clone()));
    Ok(Arc::new(Anchors { store, bundled, verdicts: Verdicts::default(), tails: Tails::new(TAILS_KEPT) }))
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
