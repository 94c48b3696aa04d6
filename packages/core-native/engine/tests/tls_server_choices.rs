//! Servers that choose the rarer things a profile offers: the handshake completes, or the error names the choice.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod tls_support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use boring::ssl::{Ssl, SslVersion};
use boring_sys as ffi;
use foreign_types_shared::{ForeignType, ForeignTypeRef};
use serde_json::{Value, json};
use tls_support::certificates::{Pair, Wanted, ca, good, issue};
use tls_support::hello::{Hello, records};
use tls_support::peer::{Server, server_context};
use tls_support::process::{OpenSsl, handshake, read_line};
use tls_support::{context, context_for, policy_json, session, trust};
use wiretwin_engine::profile::TlsPolicy;
use wiretwin_engine::tls::{Progress, TlsContext, TlsError, codes};

const TLS12: (SslVersion, SslVersion) = (SslVersion::TLS1_2, SslVersion::TLS1_2);
const TLS13: (SslVersion, SslVersion) = (SslVersion::TLS1_3, SslVersion::TLS1_3);

/// A context for a profile with some keys of `tls` replaced.
fn changed(profile: &str, changes: &Value) -> Arc<TlsContext> {
    let mut policy = policy_json(profile);
    for (key, value) in changes.as_object().unwrap() {
        policy[key] = value.clone();
    }
    let policy = Arc::new(TlsPolicy::parse(&policy.to_string()).unwrap());
    context_for(policy, trust(&ca().pem()))
}

fn rsa() -> Pair {
    issue(Some(ca()), &Wanted { rsa: true, ..Wanted::default() })
}

/// Handshake with `s_server` and one line each way; gives the group and the suite.
fn talk(context: &Arc<TlsContext>, server: &mut OpenSsl) -> Result<(Option<&'static str>, String), TlsError> {
    let mut socket = server.connect();
    let mut client = session(context, None);
    handshake(&mut client, &mut socket, b"")?;
    client.write(b"hello\n").unwrap();
    std::io::Write::write_all(&mut socket, &client.take_output()).unwrap();
    server.answer_after("hello");
    assert_eq!(read_line(&mut client, &mut socket), "answer\n");
    let info = client.info();
    assert!(info.verified);
    Ok((info.group, info.cipher))
}

fn refusal(context: &Arc<TlsContext>, server: &OpenSsl) -> TlsError {
    let mut socket = server.connect();
    let mut client = session(context, None);
    handshake(&mut client, &mut socket, b"").unwrap_err()
}

#[test]
fn openssl_chooses_p521_or_ffdhe_and_firefox_follows() {
    let context = context("firefox_153", &ca().pem());
    for (argument, group) in
        [("P-521", "P-521"), ("P-384", "P-384"), ("ffdhe2048", "ffdhe2048"), ("ffdhe3072", "ffdhe3072")]
    {
        let mut server = OpenSsl::start(good(), &["-tls1_3", "-groups", argument]);
        // Several times: a public key with leading zeros must be padded.
        for _ in 0..3 {
            assert_eq!(talk(&context, &mut server).unwrap().0, Some(group));
        }
    }
}

#[test]
fn the_draft_hybrid_of_older_chromes_agrees_on_a_secret() {
    let context = changed("chrome_156", &json!({"groups": [0x6399, 29, 23, 24], "keyShares": [0x6399, 29]}));
    let server = server_context(good(), TLS13, |builder| builder.set_curves_list("X25519Kyber768Draft00").unwrap());
    let mut client = session(&context, None);
    let (result, flights) = Server::new(&server).run(&mut client);
    assert_eq!(result.unwrap(), Progress::Done);
    assert_eq!(client.info().group, Some("X25519Kyber768Draft00"));
    assert_eq!(Hello::from_flight(&flights[0]).key_shares()[1..], [(0x6399, 1216), (29, 32)]);
}

#[test]
fn a_retry_for_ffdhe_changes_only_the_key_share() {
    let context = context("firefox_153", &ca().pem());
    let server = server_context(good(), TLS13, |builder| builder.set_curves_list("ffdhe3072").unwrap());
    let mut client = session(&context, None);
    let (result, flights) = Server::new(&server).run(&mut client);
    assert_eq!(result.unwrap(), Progress::Done);
    let (first, second) = (Hello::from_flight(&flights[0]), Hello::from_flight(&flights[1]));
    assert_eq!(second.key_shares(), [(0x0101, 384)]);
    for (kind, body) in &second.extensions {
        assert!(*kind == 51 || body == first.body(*kind), "{kind}");
    }
}

#[test]
fn a_group_that_is_only_advertised_is_named() {
    let context = changed("firefox_153", &json!({"groups": [29, 23, 24, 258], "keyShares": [29]}));
    let server = OpenSsl::start(good(), &["-tls1_3", "-groups", "ffdhe4096"]);
    let error = refusal(&context, &server);
    assert_eq!((error.code, error.alert), (codes::UNSUPPORTED_GROUP, Some("illegal_parameter")));
    assert!(error.detail.contains("ffdhe4096"), "{error}");
}

#[test]
fn ffdhe_is_no_curve_of_tls12() {
    // A server that knows no other group than ffdhe2048 has none for ECDHE: RSA key exchange remains.
    let context = context("firefox_153", &ca().pem());
    let server = server_context(&rsa(), TLS12, |builder| builder.set_curves_list("ffdhe2048").unwrap());
    let mut client = session(&context, None);
    assert_eq!(Server::new(&server).run(&mut client).0.unwrap(), Progress::Done);
    assert_eq!((client.info().group, client.info().cipher.contains("ECDHE")), (None, false));
}

#[test]
fn old_suites_complete_where_the_library_has_them() {
    let elliptic = good().clone();
    let rsa = rsa();
    for (id, name, pair) in [
        (0x000a, "DES-CBC3-SHA", &rsa),
        (0xc012, "ECDHE-RSA-DES-CBC3-SHA", &rsa),
        (0xc008, "ECDHE-ECDSA-DES-CBC3-SHA", &elliptic),
        (0x003c, "AES128-SHA256", &rsa),
        (0xc027, "ECDHE-RSA-AES128-SHA256", &rsa),
        (0xc023, "ECDHE-ECDSA-AES128-SHA256", &elliptic),
        (0x003d, "AES256-SHA256", &rsa),
        (0xc028, "ECDHE-RSA-AES256-SHA384", &rsa),
        (0xc024, "ECDHE-ECDSA-AES256-SHA384", &elliptic),
    ] {
        let context = changed("chrome_156", &json!({"ciphers": [4865, id]}));
        let server = server_context(pair, TLS12, |builder| builder.set_cipher_list(name).unwrap());
        let mut server = Server::new(&server);
        let mut client = session(&context, None);
        assert_eq!(server.run(&mut client).0.unwrap(), Progress::Done, "{name}");
        client.write(b"over it").unwrap();
        assert_eq!(server.receive(&mut client), b"over it");
        let used = server.0.ssl().current_cipher().unwrap().standard_name().unwrap().to_owned();
        assert_eq!(client.info().cipher, used);
        assert!(used.contains("3DES") || used.contains("CBC_SHA256") || used.contains("CBC_SHA384"), "{used}");
    }
}

#[test]
fn openssl_chooses_an_old_suite() {
    let context = changed("chrome_156", &json!({"ciphers": [4865, 0x003c, 0xc027, 0x003d, 0xc028]}));
    for (name, standard) in [
        ("AES128-SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA256"),
        ("ECDHE-RSA-AES128-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
        ("AES256-SHA256", "TLS_RSA_WITH_AES_256_CBC_SHA256"),
        ("ECDHE-RSA-AES256-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
    ] {
        let mut server = OpenSsl::start(&rsa(), &["-tls1_2", "-cipher", &format!("{name}:@SECLEVEL=0")]);
        assert_eq!(talk(&context, &mut server).unwrap().1, standard);
    }
}

#[test]
fn a_suite_that_is_only_advertised_is_named() {
    for (id, name, standard) in [
        (0x009e, "DHE-RSA-AES128-GCM-SHA256", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"),
        (0x0039, "DHE-RSA-AES256-SHA", "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"),
    ] {
        let context = changed("chrome_156", &json!({"ciphers": [4865, 0xc02f, id]}));
        let server = OpenSsl::start(&rsa(), &["-tls1_2", "-cipher", name]);
        let error = refusal(&context, &server);
        assert_eq!((error.code, error.alert), (codes::UNSUPPORTED_CIPHER, Some("illegal_parameter")));
        assert!(error.detail.contains(standard) && !error.alert_from_peer, "{error}");
    }
}

#[test]
fn a_suite_that_was_not_offered_is_the_servers_fault() {
    // The same failure of the library, but the profile never offered what the server chose.
    let context = context("chrome_156", &ca().pem());
    let server = server_context(good(), TLS12, |builder| {
        builder.set_cipher_list("ECDHE-ECDSA-AES128-GCM-SHA256").unwrap();
    });
    let mut client = session(&context, None);
    client.handshake().unwrap();
    let mut server = Server::new(&server);
    server.0.get_mut().input = client.take_output();
    let _ = server.0.accept();
    let mut answer = std::mem::take(&mut server.0.get_mut().output);
    // ServerHello: record 5, message header 4, version 2, random 32, session id, then the suite.
    let at = 5 + 4 + 2 + 32 + 1 + usize::from(answer[5 + 4 + 2 + 32]);
    assert_eq!(answer[at..at + 2], [0xc0, 0x2b]);
    answer[at..at + 2].copy_from_slice(&[0xc0, 0x28]);
    client.feed(&answer);
    let error = client.handshake().unwrap_err();
    assert_eq!((error.code, error.alert), (codes::HANDSHAKE, Some("illegal_parameter")));
}

static COMPRESSED: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C" fn compress_zstd(
    _: *mut ffi::SSL,
    out: *mut ffi::CBB,
    input: *const u8,
    length: usize,
) -> std::ffi::c_int {
    COMPRESSED.fetch_add(1, Ordering::SeqCst);
    // SAFETY: the library passes `length` readable bytes and a live builder.
    unsafe {
        let packed = zstd::bulk::compress(std::slice::from_raw_parts(input, length), 3).unwrap();
        ffi::CBB_add_bytes(out, packed.as_ptr(), packed.len())
    }
}

#[test]
fn a_certificate_compressed_with_zstd_is_read() {
    let server = server_context(good(), TLS13, |builder| {
        // SAFETY: the context is alive and the callback has the right signature.
        let added = unsafe { ffi::SSL_CTX_add_cert_compression_alg(builder.as_ptr(), 3, Some(compress_zstd), None) };
        assert_eq!(added, 1);
    });
    let mut client = session(&context("firefox_153", &ca().pem()), None);
    assert_eq!(Server::new(&server).run(&mut client).0.unwrap(), Progress::Done);
    assert!(client.info().verified);
    assert_eq!(COMPRESSED.load(Ordering::SeqCst), 1);
}

#[test]
fn a_server_that_answers_alps_gets_settings_back() {
    for (codepoint, new) in [(17613, 1), (17513, 0)] {
        let context = changed("chrome_156", &json!({"alps": {"codepoint": codepoint, "protocols": ["h2"]}}));
        let server = server_context(good(), TLS13, |_| {});
        let ssl = Ssl::new(&server).unwrap();
        // SAFETY: the connection is alive and has not started; the settings are copied.
        unsafe {
            let raw = ssl.as_ptr();
            ffi::SSL_set_alps_use_new_codepoint(raw, new);
            let settings = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00";
            let added = ffi::SSL_add_application_settings(raw, b"h2".as_ptr(), 2, settings.as_ptr(), settings.len());
            assert_eq!(added, 1);
        }
        let mut server = Server::from_ssl(ssl);
        let mut client = session(&context, None);
        let (result, flights) = server.run(&mut client);
        assert_eq!(result.unwrap(), Progress::Done);
        assert!(Hello::from_flight(&flights[0]).has(codepoint));
        // SAFETY: reads the state of a live connection.
        assert_eq!(unsafe { ffi::SSL_has_application_settings(server.0.ssl().as_ptr()) }, 1);
        client.write(b"data").unwrap();
        assert_eq!(server.receive(&mut client), b"data");
        assert!(records(&flights[1]).len() >= 2, "client EncryptedExtensions and Finished");
    }
}

#[test]
fn openssl_resumes_tls12() {
    for profile in ["chrome_156", "firefox_153"] {
        let context = context(profile, &ca().pem());
        let mut server = OpenSsl::start(good(), &["-tls1_2"]);
        let mut resumed = Vec::new();
        let mut ticket = None;
        for round in 0..2 {
            let mut socket = server.connect();
            let mut client = session(&context, ticket.take());
            handshake(&mut client, &mut socket, b"").unwrap();
            client.write(format!("round {round}\n").as_bytes()).unwrap();
            std::io::Write::write_all(&mut socket, &client.take_output()).unwrap();
            server.answer_after(&format!("round {round}"));
            assert_eq!(read_line(&mut client, &mut socket), "answer\n");
            ticket = client.take_tickets().pop();
            resumed.push((client.info().resumed, client.info().verified, client.info().version));
        }
        assert_eq!(resumed, [(false, true, "TLSv1.2"), (true, true, "TLSv1.2")]);
    }
}
