//! A TLS server with a certificate of its own authority.

use std::io::{Read, Write};
use std::sync::OnceLock;

use boring::asn1::Asn1Time;
use boring::bn::BigNum;
use boring::ec::{EcGroup, EcKey};
use boring::hash::MessageDigest;
use boring::nid::Nid;
use boring::pkey::{PKey, Private};
use boring::ssl::{AlpnError, SslAcceptor, SslMethod, SslStream, select_next_proto};
use boring::x509::extension::{BasicConstraints, SubjectAlternativeName};
use boring::x509::{X509, X509NameBuilder};

/// Certificate authority of all tests in a process.
pub struct Authority {
    certificate: X509,
    key: PKey<Private>,
}

fn new_key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

fn build(subject: &str, issuer: Option<(&X509, &PKey<Private>)>, key: &PKey<Private>, hosts: &[&str]) -> X509 {
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", subject).unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let mut serial = [0; 8];
    boring::rand::rand_bytes(&mut serial).unwrap();
    builder.set_serial_number(&BigNum::from_slice(&serial).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(issuer.map_or(&*name, |(certificate, _)| certificate.subject_name())).unwrap();
    builder.set_pubkey(key).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(30).unwrap()).unwrap();
    if hosts.is_empty() {
        builder.append_extension(&BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
    } else {
        let mut names = SubjectAlternativeName::new();
        for host in hosts {
            if host.parse::<std::net::IpAddr>().is_ok() {
                names.ip(host);
            } else {
                names.dns(host);
            }
        }
        let context = builder.x509v3_context(issuer.map(|(certificate, _)| &**certificate), None);
        let extension = names.build(&context).unwrap();
        builder.append_extension(&extension).unwrap();
    }
    builder.sign(issuer.map_or(key, |(_, key)| key), MessageDigest::sha256()).unwrap();
    builder.build()
}

impl Authority {
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Authority> = OnceLock::new();
        SHARED.get_or_init(Self::new)
    }

    pub fn new() -> Self {
        let key = new_key();
        let certificate = build("wiretwin test authority", None, &key, &[]);
        Self { certificate, key }
    }

    pub fn pem(&self) -> Vec<u8> {
        self.certificate.to_pem().unwrap()
    }

    /// A certificate for `hosts` and its key.
    pub fn pair(&self, hosts: &[&str]) -> (X509, PKey<Private>) {
        let key = new_key();
        (build("wiretwin test server", Some((&self.certificate, &self.key)), &key, hosts), key)
    }

    /// A server for `hosts` that picks from `protocols` in its order of preference.
    pub fn acceptor(&self, hosts: &[&str], protocols: &[&str]) -> SslAcceptor {
        let (certificate, key) = self.pair(hosts);
        let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls()).unwrap();
        builder.set_certificate(&certificate).unwrap();
        builder.set_private_key(&key).unwrap();
        let offer: Vec<u8> = protocols
            .iter()
            .flat_map(|name| [&[u8::try_from(name.len()).unwrap()][..], name.as_bytes()].concat())
            .collect();
        if !offer.is_empty() {
            builder.set_alpn_select_callback(move |_, client| match select_next_proto(&offer, client) {
                // The chosen slice must come from the client's list: find it there.
                Some(chosen) => find(client, chosen).ok_or(AlpnError::NOACK),
                None => Err(AlpnError::NOACK),
            });
        }
        builder.build()
    }
}

fn find<'a>(list: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    let mut rest = list;
    while let Some((length, tail)) = rest.split_first() {
        let (name, tail) = tail.split_at_checked(usize::from(*length))?;
        if name == wanted {
            return Some(name);
        }
        rest = tail;
    }
    None
}

/// Server handshake; `None` if the client refused.
pub fn accept<S: Read + Write>(acceptor: &SslAcceptor, stream: S) -> Option<SslStream<S>> {
    acceptor.accept(stream).ok()
}
