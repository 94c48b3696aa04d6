//! Whether a server's chain is believed: the library's verdict, and what browsers ask besides (docs/internals/tls.md). The
//! live comparison shows each rule to Chromium and Firefox (`truth/src/certificates`).

use std::ffi::c_int;
use std::time::{SystemTime, UNIX_EPOCH};

use boring::nid::Nid;
use boring::pkey::Id;
use boring::ssl::SslRef;
use boring::stack::Stack;
use boring::x509::{X509, X509Ref, X509StoreContext, X509StoreContextRef};
use boring_sys as ffi;
use foreign_types_shared::ForeignTypeRef;

use super::context::notes_index;
use super::names::Reference;
use super::remembered::{Key, KeyMaker};
use super::verdicts::{Verdict as Lasting, Verdicts};
use super::{ech, trust};
use crate::profile::tls::CertificateRules;

/// Smallest RSA key, in bits. Both browsers believe 1024 under a root of the user's, and refuse 1016.
const MIN_RSA_BITS: u32 = 1024;
/// Ways through the certificates that a server sends, tried after the library's first. Servers send one certificate too many, not ten.
const MAX_OTHER_PATHS: usize = 8;
/// TLS feature `status_request` in an extension of RFC 7633: `SEQUENCE { INTEGER 5 }`.
const MUST_STAPLE: &[u8] = &[0x30, 0x03, 0x02, 0x01, 0x05];
const TLS_FEATURE: &str = "1.3.6.1.5.5.7.1.24";

type Verdict = Result<(), c_int>;

/// Judges chains, and remembers what it has found.
pub(super) struct Judge {
    rules: CertificateRules,
    /// Whoever is judged is accepted.
    insecure: bool,
    /// Both, as part of a key.
    manner: String,
}

impl Judge {
    pub(super) fn new(rules: CertificateRules, insecure: bool) -> Self {
        let manner = format!("{rules:?} {insecure}");
        Self { rules, insecure, manner }
    }

    /// Judges the chain of `context` and leaves the verdict in it.
    pub(super) fn judge(&self, context: &mut X509StoreContextRef) -> bool {
        let number = self.remembered(context);
        // SAFETY: the context is alive; this stores a plain number.
        unsafe { ffi::X509_STORE_CTX_set_error(context.as_ptr(), number) };
        number == ffi::X509_V_OK
    }

    fn remembered(&self, context: &mut X509StoreContextRef) -> c_int {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok().and_then(|time| i64::try_from(time.as_secs()).ok());
        let key = self.key(context);
        if let (Some(key), Some(now)) = (&key, now)
            && let Some(number) = verdicts(context).and_then(|verdicts| verdicts.find(key, now))
        {
            return number;
        }
        let (verdict, lasting) = self.verdict(context);
        let number = verdict.err().unwrap_or(ffi::X509_V_OK);
        let lasting = match now {
            Some(now) if verdict.is_err() && self.insecure => Some(Lasting::bad(number, now)),
            _ => lasting,
        };
        if let (Some(key), Some(lasting), Some(verdicts)) = (key, lasting, verdicts(context)) {
            verdicts.keep(key, lasting);
        }
        number
    }

    /// All that a verdict follows from but the trusted certificates and the time.
    fn key(&self, context: &X509StoreContextRef) -> Option<Key> {
        let ssl = ssl_of(context)?;
        let mut key = KeyMaker::default();
        key.field(self.manner.as_bytes());
        key.field(&[u8::from(has_staple(ssl))]);
        let public = ech::public_name(ssl);
        let reference = public.as_ref().or_else(|| reference_of(ssl))?;
        key.field(format!("{reference:?}").as_bytes());
        let own = context.cert()?;
        let sent = context.untrusted()?;
        // The library puts the server's own certificate in front of what it has sent.
        if sent.get(0)?.as_ptr() != own.as_ptr() {
            return None;
        }
        for certificate in sent {
            key.field(&certificate.to_der().ok()?);
        }
        Some(key.finish())
    }

    /// The verdict, and how long it lasts if it is a good one of the first path.
    fn verdict(&self, context: &mut X509StoreContextRef) -> (Verdict, Option<Lasting>) {
        if complete_store(context).is_none() {
            return (Err(ffi::X509_V_ERR_UNSPECIFIED), None);
        }
        match first_path(context, &self.rules) {
            Ok(()) => (Ok(()), context.chain().and_then(|path| Lasting::good(path.iter()))),
            // The first certificate that fits need not be the one that leads to a root: cross-signed ones, old ones.
            Err(first) => (other_paths(context, &self.rules).unwrap_or(Err(first)), None),
        }
    }
}

fn ssl_of(context: &X509StoreContextRef) -> Option<&SslRef> {
    context.ex_data(X509StoreContext::ssl_idx().ok()?)
}

fn verdicts(context: &X509StoreContextRef) -> Option<&Verdicts> {
    trust::verdicts(ssl_of(context)?)
}

fn reference_of(ssl: &SslRef) -> Option<&Reference> {
    ssl.ex_data(notes_index().ok()?)?.reference.as_ref()
}

fn complete_store(context: &X509StoreContextRef) -> Option<()> {
    // The server's own certificate is among them.
    trust::complete(ssl_of(context)?, context.untrusted().into_iter().flatten()).ok()
}

fn first_path(context: &mut X509StoreContextRef, rules: &CertificateRules) -> Verdict {
    verify(context, rules)?;
    let chain = context.chain().ok_or(ffi::X509_V_ERR_UNSPECIFIED)?;
    let chain: Vec<&X509Ref> = chain.iter().collect();
    check_chain(&chain, ssl_of(context).ok_or(ffi::X509_V_ERR_UNSPECIFIED)?, rules)
}

/// The library's own verdict: signatures, validity, trust, path length, name constraints, policies.
fn verify(context: &mut X509StoreContextRef, rules: &CertificateRules) -> Verdict {
    if !rules.explicit_policy {
        // SAFETY: the context is alive, and the callback has the signature the library asks for.
        unsafe { ffi::X509_STORE_CTX_set_verify_cb(context.as_ptr(), Some(forgive_policy)) };
    }
    match context.verify_cert() {
        Ok(true) => Ok(()),
        Ok(false) | Err(_) => {
            Err(context.verify_result().err().map_or(ffi::X509_V_ERR_UNSPECIFIED, |error| error.as_raw()))
        }
    }
}

unsafe extern "C" fn forgive_policy(ok: c_int, context: *mut ffi::X509_STORE_CTX) -> c_int {
    // SAFETY: the library calls back with a live context.
    let error = unsafe { ffi::X509_STORE_CTX_get_error(context) };
    c_int::from(ok == 1 || error == ffi::X509_V_ERR_NO_EXPLICIT_POLICY)
}

/// The same without one of the certificates that the server sent, whichever makes it right. `None`: none does.
fn other_paths(context: &mut X509StoreContextRef, rules: &CertificateRules) -> Option<Verdict> {
    let sent: Vec<X509> = context.untrusted()?.iter().map(ToOwned::to_owned).collect();
    // The leaf is among them, and with one more there is nothing to choose.
    if sent.len() < 3 {
        return None;
    }
    for left_out in (0..sent.len()).take(MAX_OTHER_PATHS) {
        let mut others = Stack::new().ok()?;
        for (place, certificate) in sent.iter().enumerate() {
            if place != left_out {
                others.push(certificate.clone()).ok()?;
            }
        }
        if path_without(context, &others, rules) == Some(Ok(())) {
            return Some(Ok(()));
        }
    }
    None
}

fn path_without(context: &mut X509StoreContextRef, others: &Stack<X509>, rules: &CertificateRules) -> Option<Verdict> {
    let leaf = context.cert()?.to_owned();
    let ssl = ssl_of(context)?;
    let mut again = X509StoreContext::new().ok()?;
    let parameters = context.as_ptr();
    let verdict = again.init(ssl.ssl_context().cert_store(), &leaf, others, |again| {
        // SAFETY: both contexts are alive and initialized; the parameters are copied.
        let copied = unsafe {
            ffi::X509_VERIFY_PARAM_set1(
                ffi::X509_STORE_CTX_get0_param(again.as_ptr()),
                ffi::X509_STORE_CTX_get0_param(parameters),
            )
        };
        if copied != 1 {
            return Ok(Err(ffi::X509_V_ERR_UNSPECIFIED));
        }
        let verified = verify(again, rules);
        Ok(verified.and_then(|()| {
            let chain: Vec<&X509Ref> = again.chain().map(|chain| chain.iter().collect()).unwrap_or_default();
            check_chain(&chain, ssl, rules)
        }))
    });
    verdict.ok()
}

/// What the library does not ask. `chain` goes from the server's own certificate to the one that is trusted.
fn check_chain(chain: &[&X509Ref], ssl: &SslRef, rules: &CertificateRules) -> Verdict {
    let (leaf, issuers) = chain.split_first().ok_or(ffi::X509_V_ERR_UNSPECIFIED)?;
    let anchor = issuers.len();
    check_leaf(leaf, issuers.is_empty(), rules)?;
    for (place, certificate) in chain.iter().enumerate() {
        check_key(certificate)?;
        check_purposes(certificate, place == 0, rules)?;
        check_extensions(certificate, rules)?;
        // Nobody verifies the signature of what is trusted itself.
        if place < anchor {
            check_digest(certificate)?;
        }
    }
    if let Some((root, between)) = issuers.split_last() {
        check_root(root, between, rules)?;
    }
    check_name(leaf, ssl, rules)?;
    check_staple(leaf, ssl, rules)
}

/// Made to issue certificates, as what `openssl req -x509` gives is.
pub(super) fn is_authority(certificate: &X509Ref) -> bool {
    flags(certificate) & flag(ffi::EXFLAG_CA) != 0
}

fn check_leaf(leaf: &X509Ref, is_anchor: bool, rules: &CertificateRules) -> Verdict {
    match (is_authority(leaf), is_anchor) {
        (true, _) if !rules.authority_as_server => Err(ffi::X509_V_ERR_INVALID_CA),
        (false, true) if !rules.plain_anchor => Err(ffi::X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT),
        _ => Ok(()),
    }
}

/// RSA as long as browsers ask for, and their three curves.
fn check_key(certificate: &X509Ref) -> Verdict {
    let key = certificate.public_key().map_err(|_| ffi::X509_V_ERR_CERT_REJECTED)?;
    let is_good = match key.id() {
        Id::RSA => key.bits() >= MIN_RSA_BITS,
        Id::EC => {
            const CURVES: [Nid; 3] = [Nid::X9_62_PRIME256V1, Nid::SECP384R1, Nid::SECP521R1];
            let curve = key.ec_key().ok().and_then(|key| key.group().curve_name());
            curve.is_some_and(|curve| CURVES.contains(&curve))
        }
        _ => false,
    };
    if is_good { Ok(()) } else { Err(ffi::X509_V_ERR_CERT_REJECTED) }
}

/// SHA-256 and longer.
fn check_digest(certificate: &X509Ref) -> Verdict {
    const GOOD: [c_int; 7] = [
        ffi::NID_sha256WithRSAEncryption,
        ffi::NID_sha384WithRSAEncryption,
        ffi::NID_sha512WithRSAEncryption,
        ffi::NID_rsassaPss,
        ffi::NID_ecdsa_with_SHA256,
        ffi::NID_ecdsa_with_SHA384,
        ffi::NID_ecdsa_with_SHA512,
    ];
    // SAFETY: reads a field of a live certificate.
    let algorithm = unsafe { ffi::X509_get_signature_nid(certificate.as_ptr()) };
    if GOOD.contains(&algorithm) { Ok(()) } else { Err(ffi::X509_V_ERR_CERT_REJECTED) }
}

/// extendedKeyUsage, on every certificate of the chain.
fn check_purposes(certificate: &X509Ref, is_leaf: bool, rules: &CertificateRules) -> Verdict {
    if flags(certificate) & flag(ffi::EXFLAG_XKUSAGE) == 0 {
        return Ok(());
    }
    // SAFETY: reads a field of a live certificate.
    let purposes = unsafe { ffi::X509_get_extended_key_usage(certificate.as_ptr()) };
    let has = |purpose| purposes & flag(purpose) != 0;
    let is_good = if rules.exact_purposes {
        has(ffi::XKU_SSL_SERVER) && !(is_leaf && has(ffi::XKU_OCSP_SIGN))
    } else {
        has(ffi::XKU_SSL_SERVER) || has(ffi::XKU_ANYEKU)
    };
    if is_good { Ok(()) } else { Err(ffi::X509_V_ERR_INVALID_PURPOSE) }
}

/// Critical extensions that nobody understands, also of what is trusted, and extensions that are there twice.
fn check_extensions(certificate: &X509Ref, rules: &CertificateRules) -> Verdict {
    if flags(certificate) & flag(ffi::EXFLAG_CRITICAL) != 0 {
        return Err(ffi::X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION);
    }
    if rules.repeated_extensions {
        return Ok(());
    }
    let mut names: Vec<Vec<u8>> = extensions(certificate).map(|(name, _)| name).collect();
    names.sort_unstable();
    let twice = names.iter().zip(names.iter().skip(1)).any(|(name, next)| name == next);
    if twice { Err(ffi::X509_V_ERR_CERT_REJECTED) } else { Ok(()) }
}

/// A root says of itself that it may sign, and how long a chain may be. The library takes its word for what it is.
fn check_root(root: &X509Ref, between: &[&X509Ref], rules: &CertificateRules) -> Verdict {
    let flags_of_root = flags(root);
    let is = |wanted| flags_of_root & flag(wanted) != 0;
    if is(ffi::EXFLAG_BCONS) && !is(ffi::EXFLAG_CA) {
        return Err(ffi::X509_V_ERR_INVALID_CA);
    }
    if !is(ffi::EXFLAG_BCONS) && !is(ffi::EXFLAG_V1) && !rules.bare_roots {
        return Err(ffi::X509_V_ERR_INVALID_CA);
    }
    // SAFETY: reads a field of a live certificate.
    let allowed = unsafe { ffi::X509_get_pathlen(root.as_ptr()) };
    let counted = between.iter().filter(|each| flags(each) & flag(ffi::EXFLAG_SI) == 0).count();
    if usize::try_from(allowed).is_ok_and(|allowed| counted > allowed) {
        return Err(ffi::X509_V_ERR_PATH_LENGTH_EXCEEDED);
    }
    between.iter().chain([&root]).try_for_each(|issuer| check_signer(issuer))
}

/// keyUsage of an issuer, if it has one, allows signing.
fn check_signer(issuer: &X509Ref) -> Verdict {
    // SAFETY: reads a field of a live certificate.
    let usage = unsafe { ffi::X509_get_key_usage(issuer.as_ptr()) };
    if usage & flag(ffi::KU_KEY_CERT_SIGN) == 0 { Err(ffi::X509_V_ERR_INVALID_CA) } else { Ok(()) }
}

fn check_name(leaf: &X509Ref, ssl: &SslRef, rules: &CertificateRules) -> Verdict {
    let reference = reference_of(ssl).ok_or(ffi::X509_V_ERR_HOSTNAME_MISMATCH)?;
    // Who refused Encrypted ClientHello has to be whom the configuration names in public.
    let public = ech::public_name(ssl);
    if public.as_ref().unwrap_or(reference).is_named_by(leaf, rules) {
        Ok(())
    } else {
        Err(ffi::X509_V_ERR_HOSTNAME_MISMATCH)
    }
}

fn has_staple(ssl: &SslRef) -> bool {
    ssl.ocsp_status().is_some_and(|response| !response.is_empty())
}

fn check_staple(leaf: &X509Ref, ssl: &SslRef, rules: &CertificateRules) -> Verdict {
    if !rules.must_staple || has_staple(ssl) {
        return Ok(());
    }
    let asks = extensions(leaf).any(|(name, value)| name == TLS_FEATURE.as_bytes() && value == MUST_STAPLE);
    if asks { Err(ffi::X509_V_ERR_CERT_REJECTED) } else { Ok(()) }
}

/// Identifier, dotted, and value of each extension.
fn extensions(certificate: &X509Ref) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    /// Longest dotted identifier that is told apart from others; the library cuts longer ones off.
    const MAX_TEXT: usize = 128;
    // SAFETY: reads a field of a live certificate.
    let count = unsafe { ffi::X509_get_ext_count(certificate.as_ptr()) };
    (0..count).filter_map(move |place| {
        let mut text = [0_u8; MAX_TEXT];
        // SAFETY: `place` is below the count; what is read belongs to the live certificate, and the text is bounded by
        // the length that is passed.
        let (written, value) = unsafe {
            let extension = ffi::X509_get_ext(certificate.as_ptr(), place);
            if extension.is_null() {
                return None;
            }
            let object = ffi::X509_EXTENSION_get_object(extension);
            let written = ffi::OBJ_obj2txt(text.as_mut_ptr().cast(), c_int::try_from(MAX_TEXT).ok()?, object, 1);
            let data = ffi::X509_EXTENSION_get_data(extension);
            let length = usize::try_from(ffi::ASN1_STRING_length(data)).ok()?;
            let start = ffi::ASN1_STRING_get0_data(data);
            let value = if start.is_null() { Vec::new() } else { std::slice::from_raw_parts(start, length).to_vec() };
            (written, value)
        };
        let length = usize::try_from(written).ok()?.min(MAX_TEXT - 1);
        Some((text.get(..length)?.to_vec(), value))
    })
}

fn flags(certificate: &X509Ref) -> u32 {
    // SAFETY: reads a field of a live certificate.
    unsafe { ffi::X509_get_extension_flags(certificate.as_ptr()) }
}

fn flag(number: c_int) -> u32 {
    number.unsigned_abs()
}
