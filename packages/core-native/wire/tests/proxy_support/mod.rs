//! Plays the proxy's part of a dialogue.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use bytes::Bytes;
use wiretwin_wire::head::Field;
use wiretwin_wire::proxy::{Credentials, Dialogue, Host, Progress, ProxyError, Target};

pub fn name(name: &str) -> Target {
    Target { host: Host::Name(name.into()), port: 443 }
}

pub fn credentials(username: &str, password: &str) -> Credentials {
    Credentials { username: username.into(), password: password.into() }
}

pub fn field(name: &str, value: &str) -> Field {
    Field { name: Bytes::copy_from_slice(name.as_bytes()), value: Bytes::copy_from_slice(value.as_bytes()) }
}

/// Runs a dialogue: each step is what must have been sent, then what the proxy answers, byte by byte or whole.
pub fn run(mut dialogue: Dialogue, steps: &[(&[u8], &[u8])], bytewise: bool) -> Result<Progress, ProxyError> {
    let mut progress = Progress::NeedMore;
    for (sent, answer) in steps {
        assert_eq!(dialogue.bytes_to_send().as_deref(), Some(*sent));
        assert_eq!(dialogue.bytes_to_send(), None, "bytes are handed out once");
        let pieces = if bytewise { 1 } else { answer.len().max(1) };
        for piece in answer.chunks(pieces) {
            match dialogue.receive(piece) {
                Ok(now) => progress = now,
                Err(error) => {
                    assert_eq!(dialogue.receive(b"").unwrap_err(), error, "the error must stay");
                    assert_eq!(dialogue.end_of_input(), error);
                    assert_eq!(dialogue.bytes_to_send(), None, "nothing is sent after a failure");
                    return Err(error);
                }
            }
        }
    }
    assert_eq!(dialogue.bytes_to_send(), None);
    Ok(progress)
}

/// Both ways must agree.
pub fn outcome(dialogue: impl Fn() -> Dialogue, steps: &[(&[u8], &[u8])]) -> Result<Progress, ProxyError> {
    let whole = run(dialogue(), steps, false);
    assert_eq!(run(dialogue(), steps, true), whole);
    whole
}
