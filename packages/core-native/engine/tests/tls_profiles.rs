//! Every profile that is shipped: it parses, the TLS library takes it, and a handshake over h2 and http/1.1 succeeds.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod tls_support;

use std::collections::BTreeMap;
use std::ffi::CStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use boring::ssl::{SslContext, SslVersion};
use boring_sys as ffi;
use serde_json::Value;
use tls_support::certificates::{Wanted, ca, good, issue};
use tls_support::hello::Hello;
use tls_support::peer::{Server, server_context};
use tls_support::{HOST, context_for, first_flight, trust};
use wiretwin_engine::profile::tls::TlsVersion;
use wiretwin_engine::profile::{Profile, TlsPolicy};
use wiretwin_engine::tls::{AlpnPolicy, Progress, TlsInfo, TlsSession};

fn data_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            data_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "json")
            && path.file_name().is_some_and(|name| name != "index.json" && name != "provenance.json")
        {
            found.push(path);
        }
    }
}

/// Name and engine part of every profile.
fn profiles() -> Vec<Profile> {
    let mut files = Vec::new();
    data_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../profiles/data"), &mut files);
    files.sort();
    assert!(files.len() >= 4, "{files:?}");
    let parse = |path: &PathBuf| {
        let document: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let keys = ["name", "tls", "http2", "http1"];
        let part: serde_json::Map<_, _> = keys.iter().map(|key| ((*key).to_owned(), document[*key].clone())).collect();
        Profile::parse(&Value::Object(part).to_string()).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    files.iter().map(parse).collect()
}

#[test]
fn every_profile_says_what_its_data_say() {
    for profile in profiles() {
        let context = context_for(profile.tls.clone(), trust(&ca().pem()));
        let hello = Hello::from_flight(&first_flight(&context, AlpnPolicy::Profile, None));
        let name = &profile.name;
        let skip = usize::from(profile.tls.grease);
        assert_eq!(hello.ciphers[skip..], profile.tls.ciphers[..], "{name}");
        assert_eq!(hello.groups()[skip..], profile.tls.groups[..], "{name}");
        let algorithms = hello.signature_algorithms();
        let skip_algorithm = usize::from(profile.tls.grease && profile.tls.grease_signature_algorithms);
        assert_eq!(algorithms[skip_algorithm..], profile.tls.signature_algorithms[..], "{name}");
        if hello.has(51) {
            let shares: Vec<u16> = hello.key_shares().iter().skip(skip).map(|(group, _)| *group).collect();
            assert_eq!(shares, profile.tls.key_shares, "{name}");
        }
    }
}

/// First profile with each number of a list.
fn first_with(list: impl Fn(&TlsPolicy) -> &[u16]) -> BTreeMap<u16, Arc<TlsPolicy>> {
    let mut found = BTreeMap::new();
    for profile in profiles() {
        for id in list(&profile.tls) {
            found.entry(*id).or_insert_with(|| Arc::clone(&profile.tls));
        }
    }
    found
}

fn complete(policy: &Arc<TlsPolicy>, server: &SslContext) -> TlsInfo {
    let context = context_for(Arc::clone(policy), trust(&ca().pem()));
    let mut client = TlsSession::new(&context, HOST, AlpnPolicy::Profile, None).unwrap();
    let mut server = Server::new(server);
    assert_eq!(server.run(&mut client).0.unwrap(), Progress::Done);
    client.write(b"data").unwrap();
    assert_eq!(server.receive(&mut client), b"data");
    client.info()
}

#[test]
fn a_server_may_choose_any_suite_that_a_profile_advertises() {
    let rsa = issue(Some(ca()), &Wanted { rsa: true, ..Wanted::default() });
    for (id, policy) in first_with(|tls| &tls.ciphers) {
        // SAFETY: looks `id` up in a constant table; names of its entries are static strings.
        let names = unsafe {
            let cipher = ffi::SSL_get_cipher_by_value(id);
            assert!(!cipher.is_null(), "{id:#06x} is not implemented");
            [ffi::SSL_CIPHER_get_name(cipher), ffi::SSL_CIPHER_standard_name(cipher)].map(|name| CStr::from_ptr(name))
        };
        let [name, standard] = names.map(|name| name.to_str().unwrap());
        let is_tls13 = id >> 8 == 0x13;
        let version = if is_tls13 { SslVersion::TLS1_3 } else { SslVersion::TLS1_2 };
        let pair = if standard.contains("ECDSA") { good() } else { &rsa };
        let server = server_context(pair, (version, version), |builder| {
            if is_tls13 {
                // SAFETY: the context is alive and not shared yet; the list is copied.
                let set =
                    unsafe { ffi::SSL_CTX_set1_tls13_ciphers(builder.as_ptr(), &raw const id, std::ptr::null(), 1) };
                assert_eq!(set, 1);
            } else {
                builder.set_cipher_list(name).unwrap();
            }
        });
        assert_eq!(complete(&policy, &server).cipher, standard);
    }
}

#[test]
fn a_server_may_choose_any_group_that_a_profile_advertises() {
    for (id, policy) in first_with(|tls| &tls.groups) {
        let is_tls13 = policy.versions.1 == TlsVersion::V1_3;
        let version = if is_tls13 { SslVersion::TLS1_3 } else { SslVersion::TLS1_2 };
        let server = server_context(good(), (version, version), |builder| {
            // SAFETY: the context is alive and not shared yet; the list is copied.
            let set = unsafe { ffi::SSL_CTX_set1_group_ids(builder.as_ptr(), &raw const id, 1) };
            assert_eq!(set, 1, "{id:#06x} is not implemented");
        });
        // SAFETY: looks `id` up in a constant table.
        let name = unsafe { CStr::from_ptr(ffi::SSL_get_group_name(id)) };
        assert_eq!(complete(&policy, &server).group, name.to_str().ok());
    }
}

#[test]
fn every_profile_completes_handshakes() {
    let rsa = issue(Some(ca()), &Wanted { rsa: true, ..Wanted::default() });
    let versions = [(TlsVersion::V1_3, SslVersion::TLS1_3), (TlsVersion::V1_2, SslVersion::TLS1_2)];
    for profile in profiles() {
        let context = context_for(profile.tls.clone(), trust(&ca().pem()));
        let spoken = versions.iter().filter(|(version, _)| *version <= profile.tls.versions.1);
        for version in spoken.map(|(_, version)| *version) {
            for pair in [good(), &rsa] {
                let server = server_context(pair, (version, version), |_| {});
                for alpn in [AlpnPolicy::Profile, AlpnPolicy::Http1Only] {
                    let mut client = TlsSession::new(&context, HOST, alpn, None).unwrap();
                    let mut server = Server::new(&server);
                    let (result, _) = server.run(&mut client);
                    assert_eq!(result.unwrap_or_else(|error| panic!("{}: {error}", profile.name)), Progress::Done);
                    assert!(client.info().verified);
                    let protocol = if alpn == AlpnPolicy::Http1Only { &b"http/1.1"[..] } else { b"h2" };
                    assert_eq!(client.info().alpn.as_deref(), Some(protocol), "{}", profile.name);
                    client.write(b"data").unwrap();
                    assert_eq!(server.receive(&mut client), b"data");
                }
            }
        }
    }
}
