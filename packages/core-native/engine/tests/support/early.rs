//! Servers that take early data, and clients with tickets for it.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use boring::ssl::{SslAcceptor, SslStream};
use boring_sys as ffi;
use bytes::Bytes;
use foreign_types_shared::ForeignTypeRef;
use wiretwin_engine::{ExchangeRequest, Scheme, Transport, TrustStore};

use super::client::{Answer, eventually, transport_with};
use super::h2::Server;
use super::peer::serve;
use super::tls_server::Authority;

pub const HOST: &str = "www.mirror.test";

pub fn client(profile: String) -> Arc<Transport> {
    transport_with(|options| {
        options.profile = profile;
        options.trust_store = TrustStore::None;
        options.ca = vec![Authority::shared().pem()];
        options.resolve.insert(HOST.into(), vec!["127.0.0.1".parse().expect("literal")]);
    })
}

/// On a connection of its own, so that tickets are used.
pub fn get(port: u16) -> ExchangeRequest {
    let mut request = ExchangeRequest::new("GET", Scheme::Https, HOST, port, "/");
    request.new_connection = true;
    request
}

pub fn with_method(port: u16, method: &'static str) -> ExchangeRequest {
    ExchangeRequest { method: Bytes::from_static(method.as_bytes()), ..get(port) }
}

pub fn went_early(answer: &Answer) -> bool {
    answer.info.connection.tls.as_ref().expect("TLS").early_data
}

pub fn resumed(answer: &Answer) -> bool {
    answer.info.connection.tls.as_ref().expect("TLS").resumed
}

/// Server that gives tickets for early data and takes it.
pub fn acceptor(protocols: &[&str]) -> SslAcceptor {
    let acceptor = Authority::shared().acceptor(&[HOST], protocols);
    // SAFETY: the context is alive; nothing uses it yet.
    unsafe { ffi::SSL_CTX_set_early_data_enabled(acceptor.context().as_ptr(), 1) };
    acceptor
}

/// Keeps a copy of what the client sends.
pub struct Tee(pub TcpStream, pub Arc<Mutex<Vec<u8>>>);

impl Read for Tee {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        self.1.lock().unwrap().extend_from_slice(&buffer[..count]);
        Ok(count)
    }
}

impl Write for Tee {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Type and length of every whole record.
pub fn records(bytes: &[u8]) -> Vec<(u8, usize)> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while let [kind, _, _, high, low, tail @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let Some(next) = tail.get(length..) else { break };
        found.push((*kind, length));
        rest = next;
    }
    found
}

/// By number of the connection: they may end in another order.
pub type Recorded = Arc<Mutex<HashMap<usize, Vec<(u8, usize)>>>>;

pub fn answer(stream: SslStream<Tee>, body: &str) {
    let mut stream = stream;
    if stream.ssl().selected_alpn_protocol() == Some(b"h2") {
        let Some(mut server) = Server::accept(stream, &[]) else { return };
        server.serve(body.as_bytes());
    } else {
        serve(&mut stream, body);
    }
}

pub fn recorded_of(recorded: &Recorded, number: usize) -> Vec<(u8, usize)> {
    eventually("the connection has ended", || recorded.lock().unwrap().contains_key(&number));
    recorded.lock().unwrap()[&number].clone()
}
