//! Scripted TCP peers.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A listener whose connections are each served by a script on a thread of their own.
pub struct Peer {
    pub address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    closed: Arc<AtomicUsize>,
}

impl Peer {
    /// The script gets the connection and its number, from 0.
    pub fn start(script: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> Self {
        Self::start_on("127.0.0.1:0", script)
    }

    pub fn start_on(address: &str, script: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(address).expect("a free port");
        let address = listener.local_addr().expect("bound");
        let accepted = Arc::new(AtomicUsize::new(0));
        let closed = Arc::new(AtomicUsize::new(0));
        let (count, ended, script) = (Arc::clone(&accepted), Arc::clone(&closed), Arc::new(script));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { break };
                let _ = stream.set_nodelay(true);
                let number = count.fetch_add(1, Ordering::SeqCst);
                let (script, ended) = (Arc::clone(&script), Arc::clone(&ended));
                std::thread::spawn(move || {
                    script(stream, number);
                    ended.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        Self { address, accepted, closed }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Connections accepted so far.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    /// Scripts that have ended.
    pub fn ended(&self) -> usize {
        self.closed.load(Ordering::SeqCst)
    }
}

/// Reads one HTTP/1.1 head; `None` at the end of the input.
pub fn read_head(stream: &mut impl Read) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return None,
        }
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}

/// Value of a field of a head, any case.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// Answers every request with 200 and `body`, until the client closes.
pub fn serve(stream: &mut (impl Read + Write), body: &str) {
    while let Some(head) = read_head(stream) {
        let length: usize = header(&head, "content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
        let mut upload = vec![0; length];
        if stream.read_exact(&mut upload).is_err() {
            return;
        }
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// Waits until the client closes.
pub fn wait_for_end(stream: &mut impl Read) {
    let mut buffer = [0; 4096];
    while matches!(stream.read(&mut buffer), Ok(count) if count > 0) {}
}
