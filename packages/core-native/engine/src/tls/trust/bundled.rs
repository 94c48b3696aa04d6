//! Mozilla's roots, parsed when a chain names them.
//!
//! Parsing all of them takes as long as several handshakes and half a megabyte, and a process meets a few. So a store begins
//! without any, and before one is asked, those come in whose subject somebody in the chain names. Names are compared by the
//! library in a form of its own (case, spaces and kinds of strings do not count). A [`Key`] is coarser than that form: equal
//! names have equal keys, and a root too many does no harm.

use std::sync::{Mutex, OnceLock, PoisonError};

use boring::error::ErrorStack;
use boring::x509::store::X509Store;
use boring::x509::{X509, X509Ref};
use boring_sys as ffi;
use foreign_types_shared::{ForeignType, ForeignTypeRef};
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

use super::super::der::{self, element, expect};

/// What stays of a name if everything goes that the library may overlook: letters and digits of ASCII, in small, of each
/// value, whatever the order of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key(u64);

/// Of one certificate.
#[derive(Debug, Clone, Copy)]
struct Names {
    issuer: Key,
    subject: Key,
}

/// The roots that a store still lacks.
pub(super) struct Bundled {
    store: X509Store,
    is_missing: Mutex<Vec<bool>>,
}

impl Bundled {
    /// For a store that has none of them yet.
    pub(super) fn new(store: X509Store) -> Self {
        Self { store, is_missing: Mutex::new(vec![true; TLS_SERVER_ROOT_CERTS.len()]) }
    }

    /// Adds the roots that a path through `certificates` can lead to.
    pub(super) fn bring<'a>(&self, certificates: impl Iterator<Item = &'a X509Ref>) -> Result<(), ErrorStack> {
        let mut wanted = Vec::new();
        for certificate in certificates {
            match names_of(&certificate.to_der()?) {
                Some(names) => wanted.extend([names.subject, names.issuer]),
                // Nothing that the library has parsed is unreadable here; if it were, all roots would be asked.
                None => wanted.extend(roots().iter().map(|names| names.subject)),
            }
        }
        let mut is_missing = self.is_missing.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(key) = wanted.pop() {
            for ((names, der), is_missing) in roots().iter().zip(TLS_SERVER_ROOT_CERTS).zip(is_missing.iter_mut()) {
                if *is_missing && names.subject == key {
                    let root = X509::from_der(der)?;
                    self.add(&root)?;
                    *is_missing = false;
                    wanted.push(names.issuer);
                }
            }
        }
        Ok(())
    }

    fn add(&self, root: &X509Ref) -> Result<(), ErrorStack> {
        // SAFETY: store and certificate are alive; the store has a lock of its own and takes a reference of its own.
        match unsafe { ffi::X509_STORE_add_cert(self.store.as_ptr(), root.as_ptr()) } {
            1 => Ok(()),
            _ => Err(ErrorStack::get()),
        }
    }
}

/// In the order of [`TLS_SERVER_ROOT_CERTS`].
fn roots() -> &'static [Names] {
    static ROOTS: OnceLock<Vec<Names>> = OnceLock::new();
    // One that cannot be read would be named by nobody; a test reads them all.
    let unnamed = Names { issuer: Key(0), subject: Key(0) };
    ROOTS.get_or_init(|| TLS_SERVER_ROOT_CERTS.iter().map(|der| names_of(der).unwrap_or(unnamed)).collect())
}

/// RFC 5280 4.1: version, serial number, algorithm, issuer, validity, subject.
fn names_of(certificate: &[u8]) -> Option<Names> {
    let (certificate, _) = expect(certificate, der::SEQUENCE)?;
    let (fields, _) = expect(certificate, der::SEQUENCE)?;
    let fields = expect(fields, der::CONTEXT_0).map_or(fields, |(_, rest)| rest);
    let (_, fields) = expect(fields, der::INTEGER)?;
    let (_, fields) = expect(fields, der::SEQUENCE)?;
    let (issuer, fields) = expect(fields, der::SEQUENCE)?;
    let (_, fields) = expect(fields, der::SEQUENCE)?;
    let (subject, _) = expect(fields, der::SEQUENCE)?;
    Some(Names { issuer: key_of(issuer)?, subject: key_of(subject)? })
}

/// `name`: sets of pairs of a kind and a value.
fn key_of(mut name: &[u8]) -> Option<Key> {
    let mut sum = 0_u64;
    while !name.is_empty() {
        let (mut pairs, others) = expect(name, der::SET)?;
        name = others;
        while !pairs.is_empty() {
            let (pair, others) = expect(pairs, der::SEQUENCE)?;
            pairs = others;
            let (_, value) = expect(pair, der::OID)?;
            let (kind, value, _) = element(value)?;
            sum = sum.wrapping_add(hash_of(kind, value));
        }
    }
    Some(Key(sum))
}

/// FNV-1a of what is left of a value.
fn hash_of(kind: u8, value: &[u8]) -> u64 {
    let width = match kind {
        der::BMP_STRING => 2,
        der::UNIVERSAL_STRING => 4,
        _ => 1,
    };
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for character in value.chunks(width) {
        let Some((last, before)) = character.split_last() else { continue };
        if last.is_ascii_alphanumeric() && before.iter().all(|byte| *byte == 0) {
            hash = (hash ^ u64::from(last.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use boring::asn1::{Asn1Time, Asn1Type};
    use boring::hash::MessageDigest;
    use boring::pkey::PKey;
    use boring::rsa::Rsa;
    use boring::x509::store::X509StoreBuilder;
    use boring::x509::{X509Builder, X509Name, X509NameRef};

    use super::*;

    fn certificates() -> Vec<X509> {
        TLS_SERVER_ROOT_CERTS.iter().map(|der| X509::from_der(der).unwrap()).collect()
    }

    fn bundled() -> Bundled {
        Bundled::new(X509StoreBuilder::new().unwrap().build())
    }

    /// Places of the roots that `bundled` has.
    fn present(bundled: &Bundled) -> Vec<usize> {
        let is_missing = bundled.is_missing.lock().unwrap();
        is_missing.iter().enumerate().filter(|(_, is_missing)| !**is_missing).map(|(place, _)| place).collect()
    }

    fn issued_by(name: &X509NameRef) -> X509 {
        let mut builder = X509Builder::new().unwrap();
        builder.set_version(2).unwrap();
        builder.set_issuer_name(name).unwrap();
        let now = Asn1Time::days_from_now(0).unwrap();
        builder.set_not_before(&now).unwrap();
        builder.set_not_after(&now).unwrap();
        let key = PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap();
        builder.set_pubkey(&key).unwrap();
        builder.sign(&key, MessageDigest::sha256()).unwrap();
        builder.build()
    }

    fn wide(text: &str, zeros: &str) -> String {
        text.chars().flat_map(|character| zeros.chars().chain([character.to_ascii_lowercase()])).collect()
    }

    /// The same name to the library, with other bytes.
    fn written_otherwise(name: &X509NameRef, kind: Asn1Type) -> X509Name {
        let mut other = X509Name::builder().unwrap();
        for entry in name.entries() {
            let text = entry.data().as_utf8().unwrap();
            // Wide characters are big-endian; the text is ASCII.
            let text = match kind {
                Asn1Type::UTF8STRING => format!("  {}", text.to_ascii_uppercase().replace(' ', "   ")),
                Asn1Type::BMPSTRING => wide(&text, "\0"),
                _ => wide(&text, "\0\0\0"),
            };
            other.append_entry_by_nid_with_type(entry.object().nid(), &text, kind).unwrap();
        }
        other.build()
    }

    #[test]
    fn each_root_comes_when_it_is_named_and_brings_no_others() {
        for (place, root) in certificates().iter().enumerate() {
            let bundled = bundled();
            bundled.bring(std::iter::once(&**root)).unwrap();
            let came = present(&bundled);
            assert!(came.contains(&place) && came.len() <= 2, "{place}: {came:?}");
        }
    }

    #[test]
    fn a_name_is_found_however_it_is_written() {
        let roots = certificates();
        for (place, root) in roots.iter().enumerate().step_by(7) {
            for kind in [Asn1Type::UTF8STRING, Asn1Type::BMPSTRING, Asn1Type::UNIVERSALSTRING] {
                // Countries and the like have a kind of string of their own.
                let is_text = |entry: &boring::x509::X509NameEntryRef| {
                    let bytes = entry.data().as_slice();
                    bytes.len() > 2 && bytes.is_ascii()
                };
                let mut name = X509Name::builder().unwrap();
                for entry in root.subject_name().entries().filter(|entry| is_text(entry)) {
                    let text = entry.data().as_utf8().unwrap();
                    name.append_entry_by_nid_with_type(entry.object().nid(), &text, Asn1Type::UTF8STRING).unwrap();
                }
                let name = name.build();
                let other = written_otherwise(&name, kind);
                assert_eq!(name.try_cmp(&other).unwrap(), std::cmp::Ordering::Equal);
                let key = |name: &X509NameRef| names_of(&issued_by(name).to_der().unwrap()).unwrap().issuer;
                assert_eq!(key(&name), key(&other), "{place} {kind:?}");
            }
        }
    }

    #[test]
    fn a_name_that_nobody_has_brings_nothing() {
        let mut name = X509Name::builder().unwrap();
        name.append_entry_by_text("CN", "wiretwin test CA").unwrap();
        let bundled = bundled();
        bundled.bring(std::iter::once(&*issued_by(&name.build()))).unwrap();
        assert!(present(&bundled).is_empty());
    }
}
