//! Every profile that is shipped: it parses, the TLS library takes it, and a handshake over h2 and http/1.1 succeeds.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod tls_support;

use std::path::{Path, PathBuf};

use boring::ssl::SslVersion;
use serde_json::Value;
use tls_support::certificates::{Wanted, ca, good, issue};
use tls_support::hello::Hello;
use tls_support::peer::{Server, server_context};
use tls_support::{HOST, context_for, first_flight, trust};
use wiretwin_engine::profile::Profile;
use wiretwin_engine::profile::tls::TlsVersion;
use wiretwin_engine::tls::{AlpnPolicy, Progress, TlsSession};

fn data_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            data_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "json")
            && path.file_name().is_some_and(|name| name != "index.json")
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
                    client.write(b"data").unwrap();
                    assert_eq!(server.receive(&mut client), b"data");
                }
            }
        }
    }
}
