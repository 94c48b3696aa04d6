//! Whose certificate is believed, and what is said about the others.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod tls_support;

use std::process::{Command, Stdio};

use boring::pkcs12::Pkcs12;
use boring::ssl::{SslVerifyMode, SslVersion};
use tls_support::certificates::{Pair, Wanted, ca, good, issue};
use tls_support::peer::{Server, server_context};
use tls_support::{HOST, context_for, insecure, policy, trust};
use wiretwin_engine::tls::{
    AlpnPolicy, Identity, Progress, Roots, TlsContext, TlsError, TlsInfo, TlsOptions, TlsSession, Trust,
};

const VERSIONS: [SslVersion; 2] = [SslVersion::TLS1_2, SslVersion::TLS1_3];

/// Connects to `host` on a server with `pair` and a staple.
fn visit(pair: &Pair, staple: &[u8], version: SslVersion, host: &str, trust: Trust) -> Result<TlsInfo, TlsError> {
    let server = server_context(pair, (version, version), |_| {});
    let context = context_for(policy("chrome_156"), trust);
    let mut client = TlsSession::new(&context, host, AlpnPolicy::Profile, None).unwrap();
    let mut ssl = boring::ssl::Ssl::new(&server).unwrap();
    if !staple.is_empty() {
        ssl.set_ocsp_status(staple).unwrap();
    }
    let (result, _) = Server::from_ssl(ssl).run(&mut client);
    result.map(|progress| {
        assert_eq!(progress, Progress::Done);
        client.info()
    })
}

/// Refused with these codes in both versions; with `insecure` accepted and flagged.
fn refused(pair: &Pair, staple: &[u8], host: &str, trusted: &Trust, code: &str, node_code: &str) {
    for version in VERSIONS {
        let error = visit(pair, staple, version, host, trusted.clone()).unwrap_err();
        assert_eq!((error.code, error.node_code), (code, Some(node_code)), "{error}");
        let info = visit(pair, staple, version, host, Trust { insecure: true, ..trusted.clone() }).unwrap();
        assert_eq!((info.verified, info.verify_error), (false, Some(node_code)));
    }
}

fn leaf(wanted: &Wanted) -> Pair {
    issue(Some(ca()), wanted)
}

#[test]
fn a_good_certificate_is_accepted() {
    for version in VERSIONS {
        let info = visit(good(), b"", version, HOST, trust(&ca().pem())).unwrap();
        assert!(info.verified && info.verify_error.is_none() && !info.resumed);
        assert_eq!(info.alpn.as_deref(), Some(&b"h2"[..]));
    }
}

/// A chain that was judged is remembered: never for another name, other rules or another staple, and not for others that are
/// trusted.
#[test]
fn a_verdict_is_of_all_that_it_was_formed_from() {
    const STAPLE_NEEDED: (&str, &str) = ("1.3.6.1.5.5.7.1.24", "DER:3003020105");
    let trusted = trust(&ca().pem());
    let insecure = Trust { insecure: true, ..trusted.clone() };
    let pair = leaf(&Wanted { extensions: &[STAPLE_NEEDED], ..Wanted::default() });
    let answer = |policy_name: &str, trust: &Trust, host: &str, staple: &[u8]| {
        let server = server_context(&pair, (SslVersion::TLS1_3, SslVersion::TLS1_3), |_| {});
        let mut client =
            TlsSession::new(&context_for(policy(policy_name), trust.clone()), host, AlpnPolicy::Profile, None).unwrap();
        let mut ssl = boring::ssl::Ssl::new(&server).unwrap();
        if !staple.is_empty() {
            ssl.set_ocsp_status(staple).unwrap();
        }
        Server::from_ssl(ssl).run(&mut client).0.map(|_| client.info().verified).map_err(|error| error.code)
    };
    // What they have found out lives as long as they do.
    let (chrome, firefox) = (policy("chrome_156"), policy("firefox_153"));
    let held = [&trusted, &insecure]
        .map(|trust| [&chrome, &firefox].map(|policy| context_for(std::sync::Arc::clone(policy), trust.clone())));
    let nobody = Trust { roots: Roots::Bundled, ..Trust::default() };
    for _ in 0..3 {
        assert_eq!(answer("chrome_156", &trusted, HOST, b""), Ok(true));
        assert_eq!(answer("chrome_156", &trusted, "other.test", b""), Err("ERR_TLS_CERT_HOST_MISMATCH"));
        assert_eq!(answer("chrome_156", &insecure, "other.test", b""), Ok(false));
        assert_eq!(answer("chrome_156", &insecure, HOST, b""), Ok(true));
        assert_eq!(answer("firefox_153", &trusted, HOST, b"\x30\x03\x0a\x01\x06"), Ok(true));
        assert!(answer("firefox_153", &trusted, HOST, b"").is_err());
        assert_eq!(answer("firefox_153", &insecure, HOST, b""), Ok(false));
        assert_eq!(answer("chrome_156", &nobody, HOST, b""), Err("ERR_TLS_CERT_UNTRUSTED"));
    }
    drop(held);
}

/// What leads from there to a root is remembered, for those who trust the same.
#[test]
fn the_certificates_of_a_peer_are_shown_alike_each_time() {
    let trusting = context_for(policy("chrome_156"), trust(&ca().pem()));
    let indifferent = context_for(policy("chrome_156"), insecure());
    let other = leaf(&Wanted::default());
    for _ in 0..3 {
        for (context, pair, shown) in [
            (&trusting, good(), vec![good(), ca()]),
            (&indifferent, good(), vec![good()]),
            (&trusting, &other, vec![&other, ca()]),
        ] {
            let server = server_context(pair, (SslVersion::TLS1_3, SslVersion::TLS1_3), |_| {});
            let mut client = TlsSession::new(context, HOST, AlpnPolicy::Profile, None).unwrap();
            Server::from_ssl(boring::ssl::Ssl::new(&server).unwrap()).run(&mut client).0.unwrap();
            let shown: Vec<_> = shown.iter().map(|pair| pair.certificate.to_der().unwrap()).collect();
            assert_eq!(client.peer_certificates(), shown);
        }
    }
}

#[test]
fn t01_untrusted_and_self_signed() {
    let nobody = Trust { roots: Roots::Bundled, ..Trust::default() };
    refused(good(), b"", HOST, &nobody, "ERR_TLS_CERT_UNTRUSTED", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY");
    let own = issue(None, &Wanted::default());
    refused(&own, b"", HOST, &nobody, "ERR_TLS_CERT_SELF_SIGNED", "DEPTH_ZERO_SELF_SIGNED_CERT");
}

/// Whoever claims to be signed by a bundled root is judged by that root's key, whether the store had met it before or not.
/// Whoever claims to be signed by a bundled root is judged by that root's key, whether the store had met it before or not.
#[test]
fn t01_bundled_roots_are_asked() {
    let roots: Vec<_> = webpki_root_certs::TLS_SERVER_ROOT_CERTS
        .iter()
        .step_by(40)
        .map(|der| boring::x509::X509::from_der(der).unwrap())
        .collect();
    for roots_of_trust in [Roots::Bundled, Roots::BundledAndSystem] {
        for root in &roots {
            let pair = issue(Some(ca()), &Wanted { claims: Some(root.subject_name()), ..Wanted::default() });
            let nobody = Trust { roots: roots_of_trust, ..Trust::default() };
            refused(&pair, b"", HOST, &nobody, "ERR_TLS_CERT_INVALID", "CERT_SIGNATURE_FAILURE");
            let some = Trust { extra_ca: ca().pem(), ..nobody };
            refused(&pair, b"", HOST, &some, "ERR_TLS_CERT_INVALID", "CERT_SIGNATURE_FAILURE");
            let only = trust(&ca().pem());
            refused(&pair, b"", HOST, &only, "ERR_TLS_CERT_UNTRUSTED", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY");
        }
    }
}

#[test]
fn t01_expired_and_not_yet_valid() {
    let trusted = trust(&ca().pem());
    let old = leaf(&Wanted { days: (-30, -1), ..Wanted::default() });
    refused(&old, b"", HOST, &trusted, "ERR_TLS_CERT_EXPIRED", "CERT_HAS_EXPIRED");
    let new = leaf(&Wanted { days: (1, 30), ..Wanted::default() });
    refused(&new, b"", HOST, &trusted, "ERR_TLS_CERT_NOT_YET_VALID", "CERT_NOT_YET_VALID");
}

#[test]
fn t01_host_names() {
    let trusted = trust(&ca().pem());
    let mismatch = |dns: &[&str], host: &str| {
        let pair = leaf(&Wanted { dns, ..Wanted::default() });
        refused(&pair, b"", host, &trusted, "ERR_TLS_CERT_HOST_MISMATCH", "ERR_TLS_CERT_ALTNAME_INVALID");
    };
    mismatch(&["other.example"], HOST);
    mismatch(&["*.test"], HOST);
    mismatch(&["w*.mirror.test"], HOST);
    mismatch(&["*.mirror.test"], "mirror.test");
    mismatch(&["*.mirror.test"], "a.b.mirror.test");
    mismatch(&["*"], "test");
    mismatch(&["wiretwin test peer"], "wiretwin.test");
    for (dns, host) in [("*.mirror.test", HOST), ("WWW.Mirror.TEST", HOST), (HOST, "www.mirror.test.")] {
        let pair = leaf(&Wanted { dns: &[dns], ..Wanted::default() });
        assert!(visit(&pair, b"", SslVersion::TLS1_3, host, trusted.clone()).unwrap().verified, "{dns} {host}");
    }
}

#[test]
fn t01_ip_addresses_need_an_address_in_the_certificate() {
    let trusted = trust(&ca().pem());
    refused(good(), b"", "127.0.0.1", &trusted, "ERR_TLS_CERT_HOST_MISMATCH", "ERR_TLS_CERT_ALTNAME_INVALID");
    let as_name = leaf(&Wanted { dns: &["127.0.0.1"], ..Wanted::default() });
    refused(&as_name, b"", "127.0.0.1", &trusted, "ERR_TLS_CERT_HOST_MISMATCH", "ERR_TLS_CERT_ALTNAME_INVALID");
    for (ip, host) in [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]"), ("::1", "::1")] {
        let pair = leaf(&Wanted { dns: &[], ip: Some(ip), ..Wanted::default() });
        assert!(visit(&pair, b"", SslVersion::TLS1_3, host, trusted.clone()).unwrap().verified, "{host}");
    }
}

#[test]
fn t01_a_leaf_is_no_authority() {
    let middle = leaf(&Wanted::default());
    let end = issue(Some(&middle), &Wanted::default());
    for version in VERSIONS {
        let server = server_context(&end, (version, version), |builder| {
            builder.add_extra_chain_cert(middle.certificate.clone()).unwrap();
        });
        let context = context_for(policy("chrome_156"), trust(&ca().pem()));
        let mut client = TlsSession::new(&context, HOST, AlpnPolicy::Profile, None).unwrap();
        let error = Server::new(&server).run(&mut client).0.unwrap_err();
        assert_eq!((error.code, error.alert_from_peer), ("ERR_TLS_CERT_INVALID", false), "{error:?}");
        assert!(error.alert.is_some());
    }
}

#[test]
fn t01_a_server_with_an_authoritys_certificate_is_told_so() {
    let own = issue(Some(ca()), &Wanted { is_ca: true, ..Wanted::default() });
    for version in VERSIONS {
        let server = server_context(&own, (version, version), |_| {});
        let context = context_for(policy("firefox_153"), trust(&ca().pem()));
        let mut client = TlsSession::new(&context, HOST, AlpnPolicy::Profile, None).unwrap();
        let error = Server::new(&server).run(&mut client).0.unwrap_err();
        assert_eq!((error.code, error.node_code), ("ERR_TLS_CERT_INVALID", Some("INVALID_CA")));
        assert!(error.to_string().starts_with("a CA certificate is used as the server's own"), "{error}");
    }
}

fn der(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let contents = contents.concat();
    let mut out = vec![tag];
    match u8::try_from(contents.len()) {
        Ok(short @ 0..=127) => out.push(short),
        _ => out.extend_from_slice(&[&[0x82][..], &u16::try_from(contents.len()).unwrap().to_be_bytes()].concat()),
    }
    out.extend(contents);
    out
}

/// RFC 6960 OCSPResponse with one SingleResponse; status tag 0x80 is good, 0xa1 revoked.
fn staple(serial: &[u8], status: u8) -> Vec<u8> {
    let time = der(0x18, &[b"20260101000000Z"]);
    let id = der(
        0x30,
        &[&der(0x30, &[&der(6, &[&[42, 3]])]), &der(4, &[&[1; 20]]), &der(4, &[&[2; 20]]), &der(2, &[serial])],
    );
    let status = if status == 0xa1 { der(status, &[&time]) } else { der(status, &[]) };
    let data =
        der(0x30, &[&der(0xa2, &[&der(4, &[&[3; 20]])]), &time, &der(0x30, &[&der(0x30, &[&id, &status, &time])])]);
    let basic = der(0x30, &[&data, &der(0x30, &[&der(6, &[&[42, 3]])]), &der(3, &[&[0, 1]])]);
    der(0x30, &[&der(10, &[&[0]]), &der(0xa0, &[&der(0x30, &[&der(6, &[&[42, 4]]), &der(4, &[&basic])])])])
}

#[test]
fn t01_a_staple_that_says_revoked_is_believed() {
    let trusted = trust(&ca().pem());
    let revoked = staple(&good().serial(), 0xa1);
    refused(good(), &revoked, HOST, &trusted, "ERR_TLS_CERT_REVOKED", "CERT_REVOKED");
    let mut others = vec![staple(&good().serial(), 0x80), staple(&[7; 16], 0xa1), b"garbage".to_vec()];
    others.extend((1..revoked.len()).map(|length| revoked[..length].to_vec()));
    let server = server_context(good(), (SslVersion::TLS1_3, SslVersion::TLS1_3), |_| {});
    let context = context_for(policy("chrome_156"), trusted);
    for other in others {
        let mut client = TlsSession::new(&context, HOST, AlpnPolicy::Profile, None).unwrap();
        let mut ssl = boring::ssl::Ssl::new(&server).unwrap();
        ssl.set_ocsp_status(&other).unwrap();
        assert_eq!(Server::from_ssl(ssl).run(&mut client).0, Ok(Progress::Done));
    }
}

fn mutual(identity: Option<Identity>, version: SslVersion) -> Result<bool, TlsError> {
    let server = server_context(good(), (version, version), |builder| {
        let mut store = boring::x509::store::X509StoreBuilder::new().unwrap();
        store.add_cert(&ca().certificate).unwrap();
        builder.set_cert_store(store.build());
        builder.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
    });
    let options = TlsOptions { policy: policy("chrome_156"), trust: trust(&ca().pem()), identity, key_log: None };
    let context = TlsContext::load(&options)?;
    let mut client = TlsSession::new(&context, HOST, AlpnPolicy::Profile, None)?;
    let mut server = Server::new(&server);
    server.run(&mut client).0?;
    tls_support::peer::drain(&mut client).1?;
    Ok(server.0.ssl().peer_certificate().is_some())
}

#[test]
fn a_client_certificate_is_presented_from_pem_and_pkcs12() {
    let own = leaf(&Wanted::default());
    let archive = Pkcs12::builder().build("geheim", "name", &own.key, &own.certificate).unwrap().to_der().unwrap();
    let pem = |key: Vec<u8>| Identity::Pem { certificate: own.pem(), key, passphrase: None };
    for version in VERSIONS {
        assert_eq!(mutual(Some(pem(own.key_pem())), version), Ok(true));
        let identity = Identity::Pkcs12 { archive: archive.clone(), passphrase: "geheim".to_owned() };
        assert_eq!(mutual(Some(identity), version), Ok(true));
        let error = mutual(None, version).unwrap_err();
        assert!(error.alert_from_peer && error.alert.is_some(), "{error:?}");
    }
    for wrong in [
        pem(good().key_pem()),
        pem(b"no key".to_vec()),
        Identity::Pem { certificate: b"x".to_vec(), key: own.key_pem(), passphrase: None },
        Identity::Pkcs12 { archive: archive.clone(), passphrase: "wrong".to_owned() },
        Identity::Pkcs12 { archive: vec![1, 2, 3], passphrase: String::new() },
    ] {
        let error = mutual(Some(wrong), SslVersion::TLS1_3).unwrap_err();
        assert_eq!(error.code, "ERR_TLS_CONFIG");
        assert!(!error.to_string().contains("wrong\""));
    }
}

/// What `openssl <arguments>` makes of `input`.
fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    output.stdout
}

#[test]
fn an_encrypted_key_opens_with_its_passphrase_only() {
    let own = leaf(&Wanted::default());
    let plain = own.key_pem();
    let password = "pass:geheim";
    for key in [
        openssl(&["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", password], &plain),
        openssl(&["pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES", "-passout", password], &plain),
        openssl(&["ec", "-aes128", "-passout", password], &plain),
    ] {
        assert!(String::from_utf8_lossy(&key).contains("ENCRYPTED"));
        let with = |passphrase: Option<&str>| Identity::Pem {
            certificate: own.pem(),
            key: key.clone(),
            passphrase: passphrase.map(|text| text.as_bytes().to_vec()),
        };
        assert_eq!(mutual(Some(with(Some("geheim"))), SslVersion::TLS1_3), Ok(true));
        for wrong in [None, Some(""), Some("falsch")] {
            let error = mutual(Some(with(wrong)), SslVersion::TLS1_3).unwrap_err();
            assert_eq!(error.code, "ERR_TLS_CONFIG");
            assert!(error.detail.contains("passphrase") && !error.detail.contains("falsch"), "{error}");
        }
    }
}

#[test]
fn n06_no_key_and_no_passphrase_in_debug_output() {
    let own = leaf(&Wanted::default());
    let identity =
        Identity::Pem { certificate: own.pem(), key: own.key_pem(), passphrase: Some(b"canary-secret".to_vec()) };
    let options =
        TlsOptions { policy: policy("chrome_156"), trust: insecure(), identity: Some(identity), key_log: None };
    let text = format!("{options:?} {:?}", TlsContext::load(&options).unwrap());
    assert!(
        !text.contains("PRIVATE KEY") && !text.contains("canary-secret") && !text.contains("99, 97, 110, 97, 114, 121")
    );
}

#[test]
fn equal_options_share_a_context_and_bad_ca_is_refused() {
    let make = |trust: Trust| {
        TlsContext::load(&TlsOptions { policy: policy("chrome_156"), trust, identity: None, key_log: None })
    };
    let (one, two) = (make(insecure()).unwrap(), make(insecure()).unwrap());
    assert!(std::sync::Arc::ptr_eq(&one, &two));
    assert!(!std::sync::Arc::ptr_eq(&one, &make(trust(&ca().pem())).unwrap()));
    for bad in [&b"no pem"[..], b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        assert_eq!(make(trust(bad)).unwrap_err().code, "ERR_TLS_CONFIG");
    }
    make(Trust { roots: Roots::Bundled, ..Trust::default() }).unwrap();
}
