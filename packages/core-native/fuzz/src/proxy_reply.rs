//! Replies of proxies, all dialects: the cut of the bytes never turns a failure into a tunnel, errors stay, what is sent is
//! bounded, and a tunnel stands only behind a reply that says so to the letter.

use wiretwin_wire::http1::AnswerPolicy;
use wiretwin_wire::proxy::{Credentials, Dialogue, Host, Progress, Target};

const PASSWORD: &str = "the-secret-word";

fn start(kind: u8) -> Dialogue {
    let name = Target { host: Host::Name("a.test".into()), port: 443 };
    let address = Target { host: Host::V4([127, 0, 0, 1].into()), port: 443 };
    let credentials = Credentials { username: "u".into(), password: PASSWORD.into() };
    match kind % 5 {
        0 => Dialogue::socks4(&name, "u"),
        1 => Dialogue::socks4(&address, "u"),
        2 => Dialogue::socks5(&name, None),
        3 => Dialogue::socks5(&name, Some(&credentials)),
        _ => Dialogue::http_connect("a.test:443", &[], AnswerPolicy::default()),
    }
    .expect("a legal target")
}

/// Whether the tunnel stands, with the proxy answering each request in turn.
fn established(kind: u8, bytes: &[u8], piece: usize) -> bool {
    let mut dialogue = start(kind);
    let mut sent = 0;
    let mut outcome = false;
    for piece in bytes.chunks(piece) {
        while let Some(bytes) = dialogue.bytes_to_send() {
            sent += bytes.len();
        }
        assert!(sent < 1_024, "a proxy makes us talk");
        match dialogue.receive(piece) {
            Ok(progress) => {
                assert!(progress == Progress::Established || !outcome, "a tunnel is taken back");
                outcome = progress == Progress::Established;
            }
            Err(error) => {
                assert!(!format!("{error} {error:?}").contains(PASSWORD));
                let again = dialogue.receive(b"HTTP/1.1 200 OK\r\n\r\n").expect_err("an error stays");
                assert_eq!(again.code(), error.code());
                assert_eq!(dialogue.end_of_input().code(), error.code());
                return false;
            }
        }
    }
    outcome
}

/// What the reply has to be, read by somebody else.
fn says_so(kind: u8, bytes: &[u8]) -> bool {
    match kind % 5 {
        0 | 1 => matches!(bytes, [0, 90, _, _, _, _, _, _]),
        2 => matches!(bytes, [5, 0, rest @ ..] if grants(rest)),
        3 => match bytes {
            [5, 0, rest @ ..] => grants(rest),
            [5, 2, 1 | 5, 0, rest @ ..] => grants(rest),
            _ => false,
        },
        // RFC 9112 2.2: a lone LF ends a line.
        _ => {
            [&b"\n\r\n"[..], b"\n\n"].iter().any(|end| bytes.ends_with(end))
                && bytes.windows(5).any(|at| at == b"HTTP/")
        }
    }
}

/// RFC 1928 section 6, and no byte behind it.
fn grants(reply: &[u8]) -> bool {
    let [5, 0, _, kind, rest @ ..] = reply else { return false };
    match (kind, rest) {
        (1, rest) => rest.len() == 6,
        (4, rest) => rest.len() == 18,
        (3, [length, rest @ ..]) => rest.len() == usize::from(*length) + 2,
        _ => false,
    }
}

pub fn run(data: &[u8]) {
    let Some((kind, bytes)) = data.split_first() else { return };
    let whole = established(*kind, bytes, usize::MAX);
    let bytewise = established(*kind, bytes, 1);
    // In one piece, SOCKS5 answers come before their questions and are refused; never the other way round.
    assert!(bytewise || !whole, "the cut of the bytes makes a tunnel");
    assert!(!bytewise || says_so(*kind, bytes), "a tunnel without consent");
}
