//! Delegated credentials (RFC 9345): what a server may send instead of proving its certificate's key.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod tls_support;

use boring::hash::MessageDigest;
use boring::pkey::{PKey, Private};
use boring::sign::Signer;
use boring::ssl::{SslContext, SslVersion};
use boring_sys as ffi;
use foreign_types_shared::ForeignType;
use tls_support::certificates::{Pair, Wanted, ca, good, issue, new_key};
use tls_support::peer::{Server, server_context};
use tls_support::{context, session};
use wiretwin_engine::tls::{Progress, TlsError, codes};

const DELEGATION_USAGE: (&str, &str) = ("1.3.6.1.4.1.44363.44", "DER:0500");
const SIGNS: (&str, &str) = ("keyUsage", "critical,digitalSignature");
const ECDSA_P256: u16 = 0x0403;
const RSA_PSS: u16 = 0x0804;
const DAY: u32 = 86_400;

type Damage = fn(&mut Vec<u8>);

struct Credential {
    /// Certificate that issues it.
    leaf: Pair,
    /// Seconds after the certificate's notBefore, which lies a day back.
    valid_time: u32,
    /// Key that signs it, if not the leaf's.
    signer: Option<PKey<Private>>,
    /// Label in front of what is signed.
    label: &'static str,
    /// Algorithm announced for the signature.
    algorithm: u16,
    /// Changes the bytes before they are sent.
    damage: Damage,
}

fn leaf(extensions: &[(&str, &str)]) -> Pair {
    issue(Some(ca()), &Wanted { extensions, ..Wanted::default() })
}

impl Default for Credential {
    fn default() -> Self {
        Self {
            leaf: leaf(&[DELEGATION_USAGE, SIGNS]),
            valid_time: 2 * DAY,
            signer: None,
            label: "TLS, server delegated credentials",
            algorithm: ECDSA_P256,
            damage: |_| {},
        }
    }
}

impl Credential {
    /// RFC 9345 section 4: the credential for `key` and its signature.
    fn encode(&self, key: &PKey<Private>) -> Vec<u8> {
        let spki = key.public_key_to_der().unwrap();
        let mut credential = self.valid_time.to_be_bytes().to_vec();
        credential.extend(ECDSA_P256.to_be_bytes());
        credential.extend(&u32::try_from(spki.len()).unwrap().to_be_bytes()[1..]);
        credential.extend(&spki);
        credential.extend(self.algorithm.to_be_bytes());
        let mut signed = vec![0x20; 64];
        signed.extend(self.label.as_bytes());
        signed.push(0);
        signed.extend(self.leaf.certificate.to_der().unwrap());
        signed.extend(&credential);
        let mut signer = Signer::new(MessageDigest::sha256(), self.signer.as_ref().unwrap_or(&self.leaf.key)).unwrap();
        if self.algorithm == RSA_PSS {
            signer.set_rsa_padding(boring::rsa::Padding::PKCS1_PSS).unwrap();
            signer.set_rsa_pss_saltlen(boring::sign::RsaPssSaltlen::DIGEST_LENGTH).unwrap();
        }
        let signature = signer.sign_oneshot_to_vec(&signed).unwrap();
        credential.extend(u16::try_from(signature.len()).unwrap().to_be_bytes());
        credential.extend(signature);
        (self.damage)(&mut credential);
        credential
    }

    /// A server that prefers the credential to the ordinary certificate `good()`.
    fn server(&self) -> SslContext {
        let key = new_key();
        let bytes = self.encode(&key);
        let certificate = self.leaf.certificate.to_der().unwrap();
        // SAFETY: every pointer comes with the length of a live slice; what the library does not take over is freed.
        let credential = unsafe {
            let chain = ffi::CRYPTO_BUFFER_new(certificate.as_ptr(), certificate.len(), std::ptr::null_mut());
            let dc = ffi::CRYPTO_BUFFER_new(bytes.as_ptr(), bytes.len(), std::ptr::null_mut());
            let credential = ffi::SSL_CREDENTIAL_new_delegated();
            assert_eq!(ffi::SSL_CREDENTIAL_set1_cert_chain(credential, &raw const chain, 1), 1);
            assert_eq!(ffi::SSL_CREDENTIAL_set1_delegated_credential(credential, dc), 1);
            assert_eq!(ffi::SSL_CREDENTIAL_set1_private_key(credential, key.as_ptr()), 1);
            ffi::CRYPTO_BUFFER_free(chain);
            ffi::CRYPTO_BUFFER_free(dc);
            credential
        };
        server_context(good(), (SslVersion::TLS1_3, SslVersion::TLS1_3), |builder| {
            // SAFETY: both are alive; the context takes a reference.
            unsafe {
                assert_eq!(ffi::SSL_CTX_add1_credential(builder.as_ptr(), credential), 1);
                ffi::SSL_CREDENTIAL_free(credential);
            }
        })
    }

    /// Handshake with Firefox's profile; whether the server used the delegated key.
    fn offer(&self, profile: &str) -> Result<bool, TlsError> {
        let mut server = Server::new(&self.server());
        let mut client = session(&context(profile, &ca().pem()), None);
        let (result, _) = server.run(&mut client);
        assert_eq!(result?, Progress::Done);
        assert!(client.info().verified);
        client.write(b"data").unwrap();
        assert_eq!(server.receive(&mut client), b"data");
        Ok(client.peer_certificates().first() == Some(&self.leaf.certificate.to_der().unwrap()))
    }

    fn refused(&self, why: &str) {
        let error = self.offer("firefox_153").expect_err(why);
        assert_eq!(
            (error.code, error.alert, error.alert_from_peer),
            (codes::HANDSHAKE, Some("illegal_parameter"), false),
            "{why}"
        );
        assert!(error.detail.contains("delegated credential"), "{why}: {error}");
    }
}

#[test]
fn a_delegated_key_proves_the_server() {
    assert!(Credential::default().offer("firefox_153").unwrap());
    let longest = Credential { valid_time: 8 * DAY - 600, ..Credential::default() };
    assert!(longest.offer("firefox_153").unwrap(), "almost seven days left");
}

#[test]
fn an_rsa_certificate_may_delegate_to_an_elliptic_key() {
    let leaf = issue(Some(ca()), &Wanted { rsa: true, extensions: &[DELEGATION_USAGE, SIGNS], ..Wanted::default() });
    let credential = Credential { leaf, algorithm: RSA_PSS, ..Credential::default() };
    assert!(credential.offer("firefox_153").unwrap());
}

#[test]
fn a_client_that_does_not_ask_gets_the_ordinary_certificate() {
    assert!(!Credential::default().offer("chrome_156").unwrap());
}

#[test]
fn a_resumed_connection_keeps_the_verdict() {
    let server = Credential::default().server();
    let context = context("firefox_153", &ca().pem());
    let mut first = session(&context, None);
    let mut peer = Server::new(&server);
    assert_eq!(peer.run(&mut first).0.unwrap(), Progress::Done);
    peer.send(&mut first, b"x");
    tls_support::peer::drain(&mut first).1.unwrap();
    let mut second = session(&context, first.take_tickets().pop());
    assert_eq!(Server::new(&server).run(&mut second).0.unwrap(), Progress::Done);
    assert!(second.info().resumed && second.info().verified);
}

#[test]
fn the_certificate_must_allow_delegation() {
    for (extensions, why) in [
        (&[SIGNS][..], "no DelegationUsage"),
        (&[DELEGATION_USAGE][..], "no KeyUsage"),
        (&[("1.3.6.1.4.1.44363.44", "DER:0101ff"), SIGNS][..], "DelegationUsage is not NULL"),
    ] {
        Credential { leaf: leaf(extensions), ..Credential::default() }.refused(why);
    }
}

#[test]
fn the_credential_must_be_current_and_short_lived() {
    for (valid_time, why) in [
        (DAY - 60, "expired a minute ago"),
        (0, "never valid"),
        (8 * DAY + 600, "more than seven days left"),
        (u32::MAX, "a century"),
    ] {
        Credential { valid_time, ..Credential::default() }.refused(why);
    }
}

#[test]
fn the_certificate_must_have_signed_it() {
    Credential { signer: Some(new_key()), ..Credential::default() }.refused("another key");
    let client_label = "TLS, client delegated credentials";
    Credential { label: client_label, ..Credential::default() }.refused("a credential for clients");
    let damage: [(Damage, &str); 2] =
        [(|bytes| bytes[3] ^= 1, "another validity"), (|bytes| *bytes.last_mut().unwrap() ^= 1, "a changed signature")];
    for (damage, why) in damage {
        Credential { damage, ..Credential::default() }.refused(why);
    }
}

#[test]
fn an_untrusted_certificate_cannot_delegate() {
    let stranger = issue(None, &Wanted { is_ca: true, ..Wanted::default() });
    let leaf = issue(Some(&stranger), &Wanted { extensions: &[DELEGATION_USAGE, SIGNS], ..Wanted::default() });
    let error = Credential { leaf, ..Credential::default() }.offer("firefox_153").unwrap_err();
    assert_eq!(error.code, codes::CERT_UNTRUSTED);
}
