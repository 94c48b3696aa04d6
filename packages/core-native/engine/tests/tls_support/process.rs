//! `openssl s_server` as an independent peer on a real socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};

use wiretwin_engine::tls::{Progress, ReadOutcome, TlsError, TlsSession};

use super::certificates::Pair;

pub struct OpenSsl {
    child: Child,
    lines: Receiver<String>,
    port: u16,
    folder: PathBuf,
}

impl OpenSsl {
    /// Starts a server that prints what it receives. (`-rev` cannot be combined with early data.)
    pub fn start(pair: &Pair, arguments: &[&str]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("wiretwin-tls-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("cert.pem"), pair.pem()).unwrap();
        std::fs::write(folder.join("key.pem"), pair.key_pem()).unwrap();
        let mut child = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-cert", "cert.pem", "-key", "key.pem"])
            .args(arguments)
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("ACCEPT ")?.rsplit(':').next()?.trim().parse().ok())
            .expect("the port of s_server");
        let (sender, received) = channel();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines: received, port, folder }
    }

    /// Waits until the server printed this line, then lets it answer `answer`.
    pub fn answer_after(&mut self, line: &str) {
        self.lines.iter().find(|printed| printed == line).expect("the server prints the line");
        self.child.stdin.as_mut().unwrap().write_all(b"answer\n").unwrap();
    }

    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).unwrap()
    }
}

impl Drop for OpenSsl {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Drives the handshake over a socket and gives the client's flights. `early` is written as soon as it is allowed.
pub fn handshake(client: &mut TlsSession, socket: &mut TcpStream, early: &[u8]) -> Result<Vec<Vec<u8>>, TlsError> {
    let mut flights = Vec::new();
    let mut early = Some(early).filter(|bytes| !bytes.is_empty());
    loop {
        let progress = client.handshake();
        if let (Ok(Progress::EarlyData), Some(bytes)) = (&progress, early) {
            early = None;
            client.write(bytes)?;
        }
        let sent = client.take_output();
        if !sent.is_empty() {
            socket.write_all(&sent).unwrap();
            flights.push(sent);
        }
        if progress? == Progress::Done {
            return Ok(flights);
        }
        receive(client, socket);
    }
}

pub fn receive(client: &mut TlsSession, socket: &mut TcpStream) {
    match socket.read(client.input_space(16 * 1024)).unwrap_or(0) {
        0 => client.feed_end(),
        count => client.input_filled(count),
    }
}

/// Reads one line of plaintext.
pub fn read_line(client: &mut TlsSession, socket: &mut TcpStream) -> String {
    let mut line = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match client.read(&mut buffer).unwrap() {
            ReadOutcome::Data(count) => line.extend_from_slice(&buffer[..count]),
            ReadOutcome::NeedsInput => receive(client, socket),
            end => panic!("{end:?} after {line:?}"),
        }
        if line.ends_with(b"\n") {
            return String::from_utf8(line).unwrap();
        }
    }
}
