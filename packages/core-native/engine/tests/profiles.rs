//! Every shipped profile gets an answer from a BoringSSL server, over HTTP/2 and HTTP/1.1.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::path::{Path, PathBuf};

use support::client::{fetch, profile, transport_with};
use support::h2::Server;
use support::peer::{Peer, serve};
use support::tls_server::{Authority, accept};
use wiretwin_engine::{ExchangeRequest, Protocols, Scheme, TrustStore};

const HOST: &str = "www.mirror.test";

/// `<browser>/<name>` of every profile.
fn names() -> Vec<String> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../profiles/data");
    let entries = |folder: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(folder).expect("profiles are there").map(|entry| entry.expect("readable").path()).collect()
    };
    let files = entries(&data).into_iter().filter(|path| path.is_dir()).flat_map(|folder| entries(&folder));
    let mut names: Vec<String> = files
        .map(|file| file.with_extension("").strip_prefix(&data).expect("inside").to_str().expect("text").to_owned())
        .collect();
    names.sort();
    assert!(names.len() > 100, "{names:?}");
    names
}

#[test]
fn boringssl_serves_every_profile_over_http2_and_http1() {
    let acceptor = Authority::shared().acceptor(&[HOST], &["h2", "http/1.1"]);
    let peer = Peer::start(move |stream, _| {
        let Some(mut stream) = accept(&acceptor, stream) else { return };
        if stream.ssl().selected_alpn_protocol() == Some(b"h2") {
            if let Some(mut server) = Server::accept(stream, &[]) {
                server.serve(b"over h2");
            }
        } else {
            serve(&mut stream, "over http/1.1");
        }
    });
    for name in names() {
        let transport = transport_with(|options| {
            options.profile = profile(&name);
            options.trust_store = TrustStore::None;
            options.ca = vec![Authority::shared().pem()];
            options.resolve.insert(HOST.into(), vec!["127.0.0.1".parse().expect("literal")]);
        });
        for (protocols, body) in [(Protocols::Http2, "over h2"), (Protocols::Http1, "over http/1.1")] {
            let mut request = ExchangeRequest::new("GET", Scheme::Https, HOST, peer.port(), "/");
            request.protocols = protocols;
            let answer = fetch(&transport, request).unwrap_or_else(|error| panic!("{name}: {error:?}"));
            assert_eq!(answer.text(), body, "{name}");
            assert!(answer.info.connection.tls.as_ref().expect("TLS").verified, "{name}");
        }
    }
}
