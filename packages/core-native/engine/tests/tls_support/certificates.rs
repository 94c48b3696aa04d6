//! Certificates made for one test run.

use std::sync::OnceLock;

use boring::asn1::Asn1Time;
use boring::bn::BigNum;
use boring::ec::{EcGroup, EcKey};
use boring::hash::MessageDigest;
use boring::nid::Nid;
use boring::pkey::{PKey, Private};
use boring::rsa::Rsa;
use boring::x509::extension::{BasicConstraints, SubjectAlternativeName};
use boring::x509::{X509, X509Builder, X509Extension, X509Name, X509NameRef};

#[derive(Clone)]
pub struct Pair {
    pub certificate: X509,
    pub key: PKey<Private>,
}

impl Pair {
    pub fn pem(&self) -> Vec<u8> {
        self.certificate.to_pem().unwrap()
    }
    pub fn key_pem(&self) -> Vec<u8> {
        self.key.private_key_to_pem_pkcs8().unwrap()
    }
    pub fn serial(&self) -> Vec<u8> {
        self.certificate.serial_number().to_bn().unwrap().to_vec()
    }
}

pub struct Wanted<'a> {
    pub dns: &'a [&'a str],
    pub ip: Option<&'a str>,
    /// Validity in days from now.
    pub days: (i64, i64),
    pub is_ca: bool,
    /// Filler that makes the certificate large.
    pub filler: usize,
    /// RSA instead of P-256.
    pub rsa: bool,
    /// Name of the issuer, if it is not the issuer's.
    pub claims: Option<&'a X509NameRef>,
    /// Extensions as configuration text: object identifier and value.
    pub extensions: &'a [(&'a str, &'a str)],
}

impl Default for Wanted<'_> {
    fn default() -> Self {
        Self {
            dns: &[super::HOST],
            ip: None,
            days: (-1, 30),
            is_ca: false,
            filler: 0,
            rsa: false,
            claims: None,
            extensions: &[],
        }
    }
}

pub fn new_key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

pub fn issue(issuer: Option<&Pair>, wanted: &Wanted) -> Pair {
    let key = if wanted.rsa { PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap() } else { new_key() };
    let mut serial = [0x40; 16];
    boring::rand::rand_bytes(&mut serial[1..]).unwrap();
    // A name of its own: a subject that equals its issuer would look self-signed.
    let common = format!(
        "wiretwin test {} {:02x}{:02x}{:02x}",
        if wanted.is_ca { "CA" } else { "peer" },
        serial[1],
        serial[2],
        serial[3]
    );
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_text("CN", &common).unwrap();
    let name = name.build();
    let mut builder = X509Builder::new().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&BigNum::from_slice(&serial).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&name).unwrap();
    let own = issuer.map_or(&*name, |issuer| issuer.certificate.subject_name());
    builder.set_issuer_name(wanted.claims.unwrap_or(own)).unwrap();
    builder.set_pubkey(&key).unwrap();
    let now =
        i64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()).unwrap();
    let at = |days: i64| Asn1Time::from_unix(now + days * 86_400).unwrap();
    builder.set_not_before(&at(wanted.days.0)).unwrap();
    builder.set_not_after(&at(wanted.days.1)).unwrap();
    if wanted.is_ca {
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap().as_ref()).unwrap();
    } else {
        let mut names = SubjectAlternativeName::new();
        for dns in wanted.dns {
            names.dns(dns);
        }
        for index in 0..wanted.filler {
            names.dns(&format!("filler-{index}.mirror.test"));
        }
        if let Some(ip) = wanted.ip {
            names.ip(ip);
        }
        let names = names.build(&builder.x509v3_context(None, None)).unwrap();
        builder.append_extension(names.as_ref()).unwrap();
    }
    for (name, value) in wanted.extensions {
        let extension = X509Extension::new(None, None, name, value).unwrap();
        builder.append_extension(&extension).unwrap();
    }
    builder.sign(issuer.map_or(&key, |issuer| &issuer.key), MessageDigest::sha256()).unwrap();
    Pair { certificate: builder.build(), key }
}

pub fn ca() -> &'static Pair {
    static CA: OnceLock<Pair> = OnceLock::new();
    CA.get_or_init(|| issue(None, &Wanted { is_ca: true, ..Wanted::default() }))
}

/// A good certificate for `HOST`.
pub fn good() -> &'static Pair {
    static GOOD: OnceLock<Pair> = OnceLock::new();
    GOOD.get_or_init(|| issue(Some(ca()), &Wanted::default()))
}
