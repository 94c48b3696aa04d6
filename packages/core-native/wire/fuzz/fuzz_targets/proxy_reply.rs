//! Proxy replies on arbitrary bytes: no panic, and the cut of the bytes never turns a failure into a tunnel.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wiretwin_wire::proxy::{Credentials, Dialogue, Host, Progress, Target};

fn start(kind: u8) -> Option<Dialogue> {
    let target = Target {
        host: Host::Name("a.test".into()),
        port: 443,
    };
    let credentials = Credentials {
        username: "u".into(),
        password: "p".into(),
    };
    match kind & 3 {
        0 => Dialogue::socks4(&target, "u"),
        1 => Dialogue::socks5(&target, None),
        2 => Dialogue::socks5(&target, Some(&credentials)),
        _ => Dialogue::http_connect("a.test:443", &[]),
    }
    .ok()
}

/// Whether the tunnel stands, with the proxy answering each request in turn.
fn run(kind: u8, bytes: &[u8], piece: usize) -> bool {
    let Some(mut dialogue) = start(kind) else {
        return false;
    };
    let mut established = false;
    for piece in bytes.chunks(piece) {
        let _ = dialogue.bytes_to_send();
        match dialogue.receive(piece) {
            Ok(progress) => established = progress == Progress::Established,
            Err(_) => return false,
        }
    }
    established
}

fuzz_target!(|data: &[u8]| {
    let Some((kind, bytes)) = data.split_first() else {
        return;
    };
    let whole = run(*kind, bytes, usize::MAX);
    let bytewise = run(*kind, bytes, 1);
    // In one piece, SOCKS5 answers come before their questions and are refused; never the other way round.
    assert!(bytewise || !whole);
});
