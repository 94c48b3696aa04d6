//! The certificates that a peer has shown.

use std::ptr;
use std::sync::Arc;

use boring::error::ErrorStack;
use boring::ssl::SslRef;
use boring::stack::Stack;
use boring::x509::{X509, X509Ref, X509StoreContext};
use boring_sys as ffi;
use foreign_types_shared::{ForeignType, ForeignTypeRef};

use super::remembered::KeyMaker;
use super::trust;
use crate::limits;

/// What the peer sent, its own certificate first, then the trusted certificates that lead from there to a root: what
/// Node's `getPeerCertificate(true)` shows.
pub(super) fn of_peer(ssl: &SslRef) -> Vec<Vec<u8>> {
    let mut chain = sent_by_peer(ssl);
    if chain.is_empty() {
        return chain;
    }
    let mut key = KeyMaker::default();
    chain.iter().for_each(|certificate| key.field(certificate));
    let key = key.finish();
    let tails = trust::tails(ssl);
    let known = tails.and_then(|tails| tails.find(&key));
    let tail = known.unwrap_or_else(|| {
        let tail: Arc<[Vec<u8>]> = tail_of(ssl).into();
        if let Some(tails) = tails {
            tails.keep(key, Arc::clone(&tail));
        }
        tail
    });
    chain.extend(tail.iter().cloned());
    chain
}

/// In DER.
fn sent_by_peer(ssl: &SslRef) -> Vec<Vec<u8>> {
    // SAFETY: the connection is alive, and so is what its session holds; each buffer says itself how long it is.
    unsafe {
        let sent = ffi::SSL_get0_peer_certificates(ssl.as_ptr());
        if sent.is_null() {
            return Vec::new();
        }
        let count = ffi::OPENSSL_sk_num(sent.cast()).min(limits::CHAIN_CERTIFICATES);
        let bytes = |place| {
            let buffer = ffi::OPENSSL_sk_value(sent.cast(), place).cast_const().cast::<ffi::CRYPTO_BUFFER>();
            let (data, length) = (ffi::CRYPTO_BUFFER_data(buffer), ffi::CRYPTO_BUFFER_len(buffer));
            if length == 0 { Vec::new() } else { std::slice::from_raw_parts(data, length).to_vec() }
        };
        (0..count).map(bytes).collect()
    }
}

/// What is trusted and leads from what the peer has sent to a root, in DER.
fn tail_of(ssl: &SslRef) -> Vec<Vec<u8>> {
    let Some(sent) = ssl.peer_cert_chain() else { return Vec::new() };
    let sent: Vec<X509> = sent.iter().take(limits::CHAIN_CERTIFICATES).map(ToOwned::to_owned).collect();
    let mut tail = Vec::new();
    if let Some(mut last) = last_of(&sent) {
        while sent.len() + tail.len() < limits::CHAIN_CERTIFICATES && !is_issuer(&last, &last) {
            let Some(issuer) = trusted_issuer(ssl, &last) else { break };
            let Ok(der) = issuer.to_der() else { break };
            tail.push(der);
            last = issuer;
        }
    }
    tail
}

/// Follows the issuers from the peer's own certificate: a peer may send them in any order, and others beside them.
fn last_of(sent: &[X509]) -> Option<X509> {
    let (own, mut others) = sent.split_first().map(|(own, others)| (own, others.to_vec()))?;
    let mut last = own.clone();
    while let Some(place) = others.iter().position(|other| is_issuer(other, &last)) {
        last = others.swap_remove(place);
    }
    Some(last)
}

fn is_issuer(issuer: &X509Ref, subject: &X509Ref) -> bool {
    issuer.issued(subject).is_ok()
}

fn trusted_issuer(ssl: &SslRef, subject: &X509Ref) -> Option<X509> {
    // On a resumed session nobody has verified anything.
    trust::complete(ssl, std::iter::once(subject)).ok()?;
    let none = Stack::new().ok()?;
    let mut context = X509StoreContext::new().ok()?;
    let find = |context: &mut boring::x509::X509StoreContextRef| {
        let mut issuer = ptr::null_mut();
        // SAFETY: the context is initialized and, like `subject`, alive; what is found is a reference of our own.
        let found = unsafe { ffi::X509_STORE_CTX_get1_issuer(&raw mut issuer, context.as_ptr(), subject.as_ptr()) };
        // SAFETY: the library sets a certificate, whose reference we take over, if it says that it found one.
        Ok((found == 1 && !issuer.is_null()).then(|| unsafe { X509::from_ptr(issuer) }))
    };
    let found: Result<Option<X509>, ErrorStack> = context.init(ssl.ssl_context().cert_store(), subject, &none, find);
    found.ok().flatten()
}
