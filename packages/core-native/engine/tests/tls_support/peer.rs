//! A BoringSSL server in memory, and the wire between it and a session.

use std::io::{self, Read, Write};

use boring::ssl::{ErrorCode, Ssl, SslContext, SslContextBuilder, SslMethod, SslStream, SslVersion, select_next_proto};
use wiretwin_engine::tls::{Progress, ReadOutcome, TlsError, TlsSession};

use super::certificates::Pair;

#[derive(Default)]
pub struct Pipe {
    pub input: Vec<u8>,
    pub output: Vec<u8>,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.input.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let count = buffer.len().min(self.input.len());
        buffer[..count].copy_from_slice(&self.input[..count]);
        self.input.drain(..count);
        Ok(count)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Settings of a server; `adjust` gets the rest.
pub fn server_context(
    pair: &Pair,
    versions: (SslVersion, SslVersion),
    adjust: impl FnOnce(&mut SslContextBuilder),
) -> SslContext {
    let mut builder = SslContextBuilder::new(SslMethod::tls()).unwrap();
    builder.set_min_proto_version(Some(versions.0)).unwrap();
    builder.set_max_proto_version(Some(versions.1)).unwrap();
    builder.set_certificate(&pair.certificate).unwrap();
    builder.set_private_key(&pair.key).unwrap();
    builder.set_session_id_context(b"test").unwrap();
    builder.set_alpn_select_callback(|_, offered| {
        select_next_proto(b"\x02h2\x08http/1.1", offered).ok_or(boring::ssl::AlpnError::NOACK)
    });
    adjust(&mut builder);
    builder.build()
}

pub struct Server(pub SslStream<Pipe>);

impl Server {
    pub fn new(context: &SslContext) -> Self {
        Self::from_ssl(Ssl::new(context).unwrap())
    }

    pub fn from_ssl(ssl: Ssl) -> Self {
        Self(SslStream::new(ssl, Pipe::default()).unwrap())
    }

    /// Moves bytes until nobody has anything to say. Gives the client's verdict and every flight of the client.
    pub fn run(&mut self, client: &mut TlsSession) -> (Result<Progress, TlsError>, Vec<Vec<u8>>) {
        let mut flights = Vec::new();
        loop {
            let progress = client.handshake();
            let sent = client.take_output();
            let quiet = sent.is_empty();
            if !quiet {
                self.0.get_mut().input.extend_from_slice(&sent);
                flights.push(sent);
            }
            let server = self.0.accept();
            let answer = std::mem::take(&mut self.0.get_mut().output);
            client.feed(&answer);
            let server_failed = server.is_err_and(|error| error.code() != ErrorCode::WANT_READ);
            if server_failed && answer.is_empty() {
                client.feed_end();
            }
            if progress.is_err() || (quiet && answer.is_empty()) {
                return (progress, flights);
            }
        }
    }

    /// Moves what the client wrote and reads it.
    pub fn receive(&mut self, client: &mut TlsSession) -> Vec<u8> {
        let sent = client.take_output();
        self.0.get_mut().input.extend_from_slice(&sent);
        let mut buffer = vec![0; 1 << 20];
        let mut total = 0;
        while let Ok(count) = self.0.ssl_read(&mut buffer[total..]) {
            if count == 0 {
                break;
            }
            total += count;
        }
        buffer.truncate(total);
        buffer
    }

    pub fn send(&mut self, client: &mut TlsSession, bytes: &[u8]) {
        self.0.ssl_write(bytes).unwrap();
        let output = std::mem::take(&mut self.0.get_mut().output);
        client.feed(&output);
    }
}

/// Everything that can be read now.
pub fn drain(client: &mut TlsSession) -> (Vec<u8>, Result<ReadOutcome, TlsError>) {
    let mut all = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match client.read(&mut buffer) {
            Ok(ReadOutcome::Data(count)) => all.extend_from_slice(&buffer[..count]),
            end => return (all, end),
        }
    }
}
