//! The key log holds what a reader of the traffic needs, of full, resumed and early connections, in both protocols.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use support::client::{chrome, fetch, firefox, transport_with};
use support::early::{HOST, Tee, acceptor, answer, get, resumed, went_early};
use support::peer::Peer;
use support::tls_server::{Authority, accept};
use wiretwin_engine::{Transport, TransportOptions, TrustStore};

fn peer(protocols: &'static [&'static str]) -> Peer {
    let acceptor = acceptor(protocols);
    Peer::start(move |stream, _| {
        if let Some(stream) = accept(&acceptor, Tee(stream, Arc::default())) {
            answer(stream, "body");
        }
    })
}

fn path(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("wiretwin-keys-{}-{name}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

fn options(profile: String, log: &Path) -> impl FnOnce(&mut TransportOptions) {
    move |options| {
        options.profile = profile;
        options.trust_store = TrustStore::None;
        options.ca = vec![Authority::shared().pem()];
        options.resolve.insert(HOST.into(), vec!["127.0.0.1".parse().unwrap()]);
        options.key_log = Some(log.to_path_buf());
    }
}

/// Labels of the log's lines, each of which has a client random and a secret in hexadecimal.
fn labels(log: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(log).unwrap();
    let label = |line: &str| {
        let parts: Vec<_> = line.split(' ').collect();
        assert_eq!(parts.len(), 3, "{line}");
        assert!(parts[1].len() == 64 && parts[2].len() >= 64, "{line}");
        assert!(parts[1..].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit())), "{line}");
        parts[0].to_owned()
    };
    text.lines().map(label).collect()
}

#[test]
fn full_resumed_and_early_connections_are_readable_in_both_protocols() {
    for protocols in [&["h2"][..], &["http/1.1"]] {
        let peer = peer(protocols);
        let log = path(protocols[0].replace('/', "").as_str());
        let transport = transport_with(options(firefox(), &log));
        let first = fetch(&transport, get(peer.port())).expect("answered");
        assert!(!resumed(&first));
        let full = labels(&log);
        let traffic = ["CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET"];
        let all = [&traffic[..], &["CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0", "EXPORTER_SECRET"]].concat();
        assert!(all.iter().all(|label| full.iter().any(|found| found == label)), "{full:?}");
        assert!(!full.iter().any(|label| label == "CLIENT_EARLY_TRAFFIC_SECRET"));
        let second = fetch(&transport, get(peer.port())).expect("answered");
        assert!(resumed(&second) && went_early(&second));
        let both = labels(&log);
        assert!(both[full.len()..].iter().any(|label| label == "CLIENT_EARLY_TRAFFIC_SECRET"), "{both:?}");
        assert!(both[full.len()..].iter().any(|label| label == "CLIENT_TRAFFIC_SECRET_0"), "{both:?}");
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&log).unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::remove_file(&log).unwrap();
    }
}

#[test]
fn another_transport_of_the_same_profile_writes_nothing() {
    let peer = peer(&["h2"]);
    let log = path("other");
    let logging = transport_with(options(chrome(), &log));
    let quiet = transport_with(|all| {
        options(chrome(), &log)(all);
        all.key_log = None;
    });
    fetch(&quiet, get(peer.port())).expect("answered");
    assert_eq!(labels(&log), Vec::<String>::new());
    fetch(&logging, get(peer.port())).expect("answered");
    assert!(!labels(&log).is_empty());
    std::fs::remove_file(&log).unwrap();
}

#[test]
fn a_log_that_cannot_be_opened_is_an_error_before_anything_is_sent() {
    let refused = |log: PathBuf| {
        let mut all = TransportOptions::new("");
        options(chrome(), &log)(&mut all);
        Transport::new(all).err().expect("refused")
    };
    let missing = refused(path("no-folder").join("keys"));
    assert_eq!((missing.code, missing.node_code), ("ERR_KEY_LOG", Some("ENOENT")));
    // A pipe without a reader would hold the I/O thread.
    let folder = refused(std::env::temp_dir());
    assert_eq!(folder.code, "ERR_KEY_LOG");
    assert!(folder.to_string().contains("not a regular file"), "{folder}");
}
