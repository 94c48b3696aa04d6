//! Servers that read Encrypted ClientHello, or do not, one a situation, for `truth/src/ech`: `ech_server <chain.pem> <key.pem>`.
//! The first line of its output has the port and the ECHConfigList of each, every further line one connection: what the client
//! sent, and the hello as the server understood it. Ends with its input.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../tests/tls_support/ech_keys.rs"]
mod ech_keys;
#[path = "../tests/support/mod.rs"]
mod support;

use std::cell::RefCell;
use std::fmt::Write as _;
use std::io::Read;
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use boring::pkey::PKey;
use boring::ssl::{AlpnError, SslAcceptor, SslMethod, SslStream, select_next_proto};
use boring::x509::X509;
use ech_keys::{EchKeys, list_of};
use foreign_types_shared::ForeignTypeRef;
use serde_json::{Value, json};
use support::early::Tee;
use support::h2::{HEADERS, Server};
use support::peer::{Peer, serve};
use support::tls_server::accept;

const PAGE: &str = "<!doctype html><link rel=icon href='data:,'>shown";
const COVER: &str = "other.example";
const SITUATIONS: [&str; 12] = [
    "good",
    "longer",
    "hrr",
    "http1",
    "resumed",
    "stale",
    "none",
    "twice",
    "stranger",
    "unreadable",
    "unknown",
    "tls12",
];

thread_local! {
    /// The hello of this thread's connection, without the header of its message.
    static UNDERSTOOD: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct Identity {
    chain: Vec<X509>,
    key: PKey<boring::pkey::Private>,
}

fn acceptor(identity: &Identity, situation: &str, keys: Option<&EchKeys>) -> SslAcceptor {
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls()).unwrap();
    let (own, issuers) = identity.chain.split_first().unwrap();
    builder.set_certificate(own).unwrap();
    for issuer in issuers {
        builder.add_extra_chain_cert(issuer.clone()).unwrap();
    }
    builder.set_private_key(&identity.key).unwrap();
    if situation == "hrr" {
        builder.set_curves_list("P-384").unwrap();
    }
    if situation == "tls12" {
        builder.set_max_proto_version(Some(boring::ssl::SslVersion::TLS1_2)).unwrap();
    }
    let offer: &[u8] = if situation == "http1" { b"\x08http/1.1" } else { b"\x02h2\x08http/1.1" };
    builder.set_alpn_select_callback(move |_, client| select_next_proto(offer, client).ok_or(AlpnError::NOACK));
    builder.set_select_certificate_callback(|hello| {
        UNDERSTOOD.set(hello.as_bytes().to_vec());
        Ok(())
    });
    let acceptor = builder.build();
    if let Some(keys) = keys {
        keys.install(acceptor.context().as_ptr());
    }
    acceptor
}

/// The list that a record has, and the server of it.
fn list_and_server(identity: &Arc<Identity>, situation: &'static str) -> (Vec<u8>, Peer) {
    let keys = EchKeys::new(COVER, if situation == "longer" { 64 } else { 0 });
    let list = match situation {
        "stale" | "none" | "twice" | "tls12" => EchKeys::new(COVER, 0).list(),
        "stranger" => EchKeys::new("nobody.example", 0).list(),
        "unreadable" => vec![1, 2, 3, 4, 5],
        "unknown" => {
            let mut config = keys.config.clone();
            config[1] = 0x99;
            list_of(&config)
        }
        _ => keys.list(),
    };
    let keys = (!matches!(situation, "none" | "tls12")).then_some(keys);
    let shared = acceptor(identity, situation, keys.as_ref());
    let identity = Arc::clone(identity);
    let peer = Peer::start(move |stream, _| {
        // Keys that change with every connection: what one is given is stale on the next.
        let changing = (situation == "twice").then(|| acceptor(&identity, situation, Some(&EchKeys::new(COVER, 0))));
        one_connection(changing.as_ref().unwrap_or(&shared), stream, situation);
    });
    (list, peer)
}

fn one_connection(acceptor: &SslAcceptor, stream: TcpStream, situation: &str) {
    let sent = Arc::<Mutex<Vec<u8>>>::default();
    let accepted = accept(acceptor, Tee(stream, Arc::clone(&sent)));
    let facts = json!({
        "situation": situation,
        "sent": hex(&sent.lock().unwrap()),
        "understood": hex(&UNDERSTOOD.take()),
        "isHidden": accepted.as_ref().is_some_and(|stream| stream.ssl().ech_accepted()),
    });
    println!("{facts}");
    if let Some(stream) = accepted {
        answer(stream, situation == "resumed");
    }
}

fn answer(mut stream: SslStream<Tee>, only_once: bool) {
    if stream.ssl().selected_alpn_protocol() != Some(b"h2") {
        return serve(&mut stream, PAGE);
    }
    let Some(mut server) = Server::accept(stream, &[]) else { return };
    if !only_once {
        return server.serve(PAGE.as_bytes());
    }
    while let Some(frame) = server.next() {
        if frame.kind == HEADERS {
            server.go_away(frame.stream, 0);
            server.answer(frame.stream, PAGE.as_bytes());
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut read = || std::fs::read(arguments.next().unwrap()).unwrap();
    let chain = X509::stack_from_pem(&read()).unwrap();
    let identity = Arc::new(Identity { chain, key: PKey::private_key_from_pem(&read()).unwrap() });
    let mut all = Vec::new();
    let mut servers = serde_json::Map::new();
    for situation in SITUATIONS {
        let (list, peer) = list_and_server(&identity, situation);
        let facts: Value = json!({ "port": peer.port(), "list": hex(&list) });
        servers.insert(situation.to_owned(), facts);
        all.push(peer);
    }
    println!("{}", Value::Object(servers));
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}
