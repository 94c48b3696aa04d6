//! Our ClientHello against captures of the real browsers (tests/fixtures).
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod tls_support;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tls_support::hello::{Hello, is_grease};
use tls_support::{HOST, capture, context_for, first_flight, insecure, policy, policy_json};
use wiretwin_engine::profile::TlsPolicy;
use wiretwin_engine::tls::{AlpnPolicy, Attempt, TlsSession};

const PAIRS: [(&str, &str); 2] = [("chrome_156", "chromium-156-linux"), ("firefox_153", "firefox-153-linux")];
/// As many as the capture has, roughly.
const SAMPLES: usize = 50;

fn fresh(profile: &str) -> Vec<Hello> {
    let context = context_for(policy(profile), insecure());
    (0..SAMPLES).map(|_| Hello::from_flight(&first_flight(&context, AlpnPolicy::Profile, None))).collect()
}

fn numbers(value: &Value) -> BTreeSet<usize> {
    value.as_array().unwrap().iter().map(|item| usize::try_from(item.as_u64().unwrap()).unwrap()).collect()
}

fn captured(name: &str) -> Hello {
    let hex = capture(name)["fresh"]["handshakeHex"].as_str().unwrap().to_owned();
    let bytes: Vec<u8> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    Hello::from_message(&bytes)
}

/// Zeroes what is random in every hello, so that the rest can be compared byte by byte.
fn stable(hello: &Hello) -> Vec<(u16, Vec<u8>)> {
    let blank = |list: &[u8], header: usize| {
        let mut bytes = list.to_vec();
        for pair in bytes[header..].chunks_mut(2) {
            if is_grease(u16::from_be_bytes([pair[0], pair[1]])) {
                pair.copy_from_slice(&[0xda, 0xda]);
            }
        }
        bytes
    };
    let mut extensions: Vec<_> = hello
        .extensions
        .iter()
        .map(|(kind, body)| match kind {
            kind if is_grease(*kind) => (0xdada, body.clone()),
            51 | 65037 => (*kind, Vec::new()),
            10 | 13 => (*kind, blank(body, 2)),
            43 => (*kind, blank(body, 1)),
            kind => (*kind, body.clone()),
        })
        .collect();
    extensions.sort();
    extensions
}

#[test]
fn every_constant_byte_equals_the_capture() {
    for (profile, name) in PAIRS {
        let real = captured(name);
        for hello in fresh(profile) {
            assert_eq!(hello.record_version, 0x0301);
            assert_eq!(hello.session_id.len(), 32);
            let without_grease =
                |hello: &Hello| hello.ciphers.iter().copied().filter(|id| !is_grease(*id)).collect::<Vec<_>>();
            assert_eq!(without_grease(&hello), without_grease(&real), "{profile}");
            assert_eq!(hello.ciphers.len(), real.ciphers.len(), "{profile}");
            assert_eq!(is_grease(hello.ciphers[0]), is_grease(real.ciphers[0]), "{profile}");
            assert_eq!(stable(&hello), stable(&real), "{profile}");
            let shares = |hello: &Hello| {
                hello
                    .key_shares()
                    .iter()
                    .map(|(group, length)| (if is_grease(*group) { 0xdada } else { *group }, *length))
                    .collect::<Vec<_>>()
            };
            assert_eq!(shares(&hello), shares(&real), "{profile}");
            assert_eq!(hello.ja4(), capture(name)["fresh"]["ja4"].as_str().unwrap(), "{profile}");
        }
    }
}

#[test]
fn ech_grease_and_length_stay_inside_the_captured_values() {
    for (profile, name) in PAIRS {
        let facts = capture(name);
        let (lengths, payloads) = (numbers(&facts["helloLengthsWithoutHost"]), numbers(&facts["echPayloadLengths"]));
        let mut seen = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for hello in fresh(profile) {
            let (aead, key, payload) = hello.ech();
            assert_eq!(key, 32);
            seen.0.insert(hello.length - HOST.len());
            seen.1.insert(payload);
            seen.2.insert(usize::from(aead));
        }
        // 50 samples of 4 values miss one with probability 2e-6; of 2 AEADs with 2e-15.
        assert_eq!(seen, (lengths, payloads, numbers(&facts["echAeads"])), "{profile}");
    }
}

#[test]
fn chrome_shuffles_and_frames_with_grease() {
    let hellos = fresh("chrome_156");
    let orders: BTreeSet<_> = hellos.iter().map(Hello::order).collect();
    assert_eq!(orders.len(), SAMPLES, "every order differs");
    for hello in &hellos {
        let (first, last) = (hello.extensions.first().unwrap(), hello.extensions.last().unwrap());
        assert!(is_grease(first.0) && first.1.is_empty());
        assert!(is_grease(last.0) && last.1 == [0]);
        assert_ne!(first.0, last.0);
        assert_eq!(hello.groups()[0], hello.key_shares()[0].0, "group and share are the same GREASE value");
        assert!(
            is_grease(hello.groups()[0])
                && is_grease(hello.versions()[0])
                && is_grease(hello.signature_algorithms()[0])
        );
        assert_eq!(hello.signature_algorithms().iter().filter(|id| is_grease(**id)).count(), 1);
    }
    // Independent of the others: equal only by chance, 1 in 16 each.
    let same = |other: fn(&Hello) -> u16| {
        hellos.iter().filter(|hello| hello.signature_algorithms()[0] == other(hello)).count()
    };
    for equal in [
        same(|hello| hello.ciphers[0]),
        same(|hello| hello.groups()[0]),
        same(|hello| hello.versions()[0]),
        same(|hello| hello.extensions[0].0),
    ] {
        assert!(equal < SAMPLES / 2, "{equal} of {SAMPLES}");
    }
}

#[test]
fn firefox_never_shuffles_and_never_greases() {
    let real = captured("firefox-153-linux").order();
    for hello in fresh("firefox_153") {
        assert_eq!(hello.order(), real);
        assert!(!hello.ciphers.iter().any(|id| is_grease(*id)));
    }
}

#[test]
fn a_websocket_hello_drops_what_the_browser_drops() {
    for (profile, missing) in [("chrome_156", vec![17613]), ("firefox_153", vec![27])] {
        let context = context_for(policy(profile), insecure());
        let full = Hello::from_flight(&first_flight(&context, AlpnPolicy::Profile, None));
        let only = Hello::from_flight(&first_flight(&context, AlpnPolicy::Http1Only, None));
        assert_eq!(only.body(16), b"\x00\x09\x08http/1.1");
        let gone: Vec<u16> = full.set().into_iter().filter(|kind| !only.set().contains(kind)).collect();
        assert_eq!(gone, missing, "{profile}");
    }
}

#[test]
fn no_server_name_for_addresses_and_no_trailing_dot() {
    let context = context_for(policy("chrome_156"), insecure());
    let hello = |name: &str| {
        let mut session = TlsSession::new(&context, name, AlpnPolicy::Profile, None).unwrap();
        session.handshake().unwrap();
        Hello::from_flight(&session.take_output())
    };
    for address in ["127.0.0.1", "::1", "[::1]", "[fe80::1%eth0]"] {
        assert!(!hello(address).has(0), "{address}");
    }
    assert_eq!(&hello("www.mirror.test.").body(0)[5..], HOST.as_bytes());
    for name in ["", ".", "a b", "a\0b", &"x".repeat(300)] {
        assert_eq!(TlsSession::new(&context, name, AlpnPolicy::Profile, None).unwrap_err().code, "ERR_TLS_CONFIG");
    }
}

/// A policy with some keys changed.
fn changed(profile: &str, changes: Value) -> Result<TlsPolicy, String> {
    let mut json = policy_json(profile);
    for (key, value) in changes.as_object().unwrap() {
        json[key] = value.clone();
    }
    TlsPolicy::parse(&json.to_string()).map_err(|error| error.key)
}

fn hello_of(policy: TlsPolicy) -> Hello {
    Hello::from_flight(&first_flight(&context_for(policy.into(), insecure()), AlpnPolicy::Profile, None))
}

#[test]
fn every_switch_of_a_policy_reaches_the_wire() {
    let without = changed(
        "chrome_156",
        json!({"greaseSignatureAlgorithms": false, "statusRequest": false, "signedCertificateTimestamps": false,
            "extendedMasterSecret": false, "renegotiationInfo": false, "sessionTicket": false, "pskKeyExchangeModes": null,
            "ecPointFormats": null, "trustAnchors": null, "ech": null, "alps": null, "certificateCompression": []}),
    );
    let hello = hello_of(without.unwrap());
    assert!(!is_grease(hello.signature_algorithms()[0]));
    assert_eq!(hello.set(), [0, 10, 13, 16, 43, 51, 0xdada, 0xdada]);
    let odd = changed(
        "chrome_156",
        json!({"ciphers": [4865, 49195, 49160, 10, 255], "signatureAlgorithms": [1027, 2053, 2053, 9999], "ecPointFormats": [0, 1, 2],
            "alps": {"codepoint": 17513, "protocols": ["h2"]}}),
    );
    let hello = hello_of(odd.unwrap());
    assert_eq!(hello.ciphers[1..], [4865, 49195, 49160, 10, 255], "unimplemented ids are sent as well");
    assert_eq!(hello.signature_algorithms()[1..], [1027, 2053, 2053, 9999], "duplicates are kept");
    assert_eq!(hello.body(11), [3, 0, 1, 2]);
    assert!(hello.has(17513) && !hello.has(17613));
}

#[test]
fn old_profiles_pad_to_512() {
    let small = json!({"groups": [29, 23, 24], "keyShares": [29], "trustAnchors": null, "ech": null, "paddingTo": 512});
    let hello = hello_of(changed("chrome_156", small.clone()).unwrap());
    assert_eq!(hello.length, 512);
    assert_eq!(hello.order().last(), Some(&21));
    assert!(hello.body(21).iter().all(|byte| *byte == 0));
    // Above the window nothing is added.
    assert!(!hello_of(changed("chrome_156", json!({"paddingTo": 512})).unwrap()).has(21));
    // 1 to 4 bytes short of 512: the smallest extension has five bytes, so the hello ends above 512.
    let context = context_for(changed("chrome_156", small).unwrap().into(), insecure());
    let unpadded = hello.length - 4 - hello.body(21).len() - HOST.len();
    for missing in 1..=5 {
        let name = "x".repeat(512 - missing - unpadded);
        let mut session = TlsSession::new(&context, &name, AlpnPolicy::Profile, None).unwrap();
        session.handshake().unwrap();
        let hello = Hello::from_flight(&session.take_output());
        assert_eq!(hello.length, 512 - missing + 5);
        assert_eq!(hello.body(21), [0]);
    }
}

#[test]
fn n05_refused_policies_name_the_key() {
    let long: Vec<u16> = (0..100).collect();
    for (changes, key) in [
        (json!({"versions": ["1.3", "1.2"]}), "tls.versions"),
        (json!({"versions": ["1.2", "1.4"]}), "versions[1]"),
        (json!({"ciphers": []}), "tls.ciphers"),
        (json!({"ciphers": long}), "tls.ciphers"),
        (json!({"ciphers": [70000]}), "ciphers[0]"),
        (json!({"keyShares": [29, 4588]}), "tls.keyShares"),
        (json!({"groups": [29, 29], "keyShares": [29]}), "tls.groups[1]"),
        (json!({"recordSizeLimit": 12}), "tls.recordSizeLimit"),
        (json!({"certificateCompression": ["lzma"]}), "certificateCompression[0]"),
        (json!({"alpn": [""]}), "tls.alpn[0]"),
        (json!({"alps": {"codepoint": 1, "protocols": ["h2"]}}), "tls.alps.codepoint"),
        (json!({"trustAnchors": "00"}), "tls.trustAnchors"),
        (json!({"trustAnchors": "0003ff0102"}), "tls.trustAnchors"),
        (json!({"trustAnchors": "zz"}), "tls.trustAnchors"),
        (json!({"ech": {"aeads": [9], "payload": {"mode": "as-inner-hello"}}}), "tls.ech.aeads"),
        (json!({"ech": {"aeads": [1], "payload": {"mode": "listed", "lengths": [60000]}}}), "tls.ech.payload.lengths"),
        (json!({"pskKeyExchangeModes": [0]}), "tls.pskKeyExchangeModes"),
        (json!({"ecPointFormats": [1]}), "tls.ecPointFormats"),
        (json!({"paddingTo": 10}), "tls.paddingTo"),
        (json!({"extensionOrder": {"mode": "fixed", "order": [0, 0]}}), "tls.extensionOrder.order[1]"),
        (json!({"suprise": 1}), "suprise"),
    ] {
        assert_eq!(changed("chrome_156", changes.clone()).unwrap_err(), key, "{changes}");
    }
}

#[test]
fn the_hello_of_a_repeated_request_follows_the_profile() {
    const COMPRESS_CERTIFICATE: u16 = 27;
    for (profile, stays) in [("chrome_156", true), ("firefox_153", false)] {
        let context = context_for(policy(profile), insecure());
        let has = |attempt| {
            let session = TlsSession::for_attempt(&context, HOST, AlpnPolicy::Profile, attempt, None).unwrap();
            let hello = Hello::from_flight(&tls_support::flight_of(session));
            hello.extensions.iter().any(|(kind, _)| *kind == COMPRESS_CERTIFICATE)
        };
        assert_eq!([Attempt::First, Attempt::Retry, Attempt::Retry].map(has), [true, stays, stays]);
    }
}
