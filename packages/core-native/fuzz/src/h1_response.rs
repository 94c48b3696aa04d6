//! HTTP/1.1 responses: the same outcome however the bytes are cut, and a connection is used again only where a second reader
//! (`h1_opinion`) sees the same end of the message.

use bytes::BytesMut;
use wiretwin_wire::head::ResponseHead;
use wiretwin_wire::http1::{AnswerPolicy, Event, Http1Limits, Response, encode_chunk, encode_last_chunk};

use crate::choices::Input;
use crate::h1_opinion::{self, Opinion};

pub const WORDS: &[&[u8]] = &[
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.0 200 OK\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\n",
    b"HTTP/1.1 304 Not Modified\r\n",
    b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n",
    b"Content-Length: 5\r\n",
    b"Content-Length: 0\r\n",
    b"Content-Length:",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding:",
    b"Connection: close\r\n",
    b"\r\n\r\nhello",
    b"\r\n",
    b"\n",
    b"\r\n ",
    b"5\r\nhello\r\n",
    b"0\r\n\r\n",
    b"0\r\nX: y\r\n\r\n",
    b"; ext=1",
    b"ffffffffffffffff",
    b"18446744073709551615",
    b", ",
    b" :",
];

#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    heads: Vec<ResponseHead>,
    body: Vec<u8>,
    trailers: usize,
    error: Option<&'static str>,
    ended: bool,
    upgraded: bool,
    reusable: bool,
    /// Bytes that were not taken.
    left: usize,
}

#[derive(Clone, Copy)]
struct Asked {
    is_head: bool,
    upgrade: bool,
    clean: bool,
    policy: AnswerPolicy,
}

fn read(asked: Asked, bytes: &[u8], piece: usize) -> Outcome {
    let method: &[u8] = if asked.is_head { b"HEAD" } else { b"GET" };
    let mut response = Response::new(method, asked.upgrade, Http1Limits::default()).reading_as(asked.policy);
    let (mut input, mut outcome) = (BytesMut::new(), Outcome::default());
    for piece in bytes.chunks(piece) {
        input.extend_from_slice(piece);
        for turn in 0.. {
            assert!(turn < bytes.len() * 2 + 16, "it goes on for ever");
            match response.receive(&mut input) {
                Ok(Some(Event::Data(data))) => {
                    assert!(!data.is_empty() && !outcome.ended && outcome.error.is_none());
                    outcome.body.extend_from_slice(&data);
                }
                Ok(Some(Event::Informational(head) | Event::Head { head, .. })) => outcome.heads.push(head),
                Ok(Some(Event::Trailers(fields))) => outcome.trailers = fields.len(),
                Ok(Some(event @ (Event::End | Event::Upgraded))) => {
                    assert!(!outcome.ended, "it ends twice");
                    outcome.ended = true;
                    outcome.upgraded = event == Event::Upgraded;
                }
                Ok(None) => break,
                Err(failure) => {
                    assert!(outcome.error.replace(failure.code()).is_none(), "it fails twice");
                }
            }
        }
    }
    outcome.left = input.len();
    outcome.reusable = response.reusable(0).is_ok();
    assert!(!outcome.reusable || outcome.ended);
    assert!(!outcome.reusable || input.is_empty() || response.reusable(input.len()).is_err());
    let complete = outcome.ended;
    match response.end_of_input(asked.clean) {
        Ok(Some(_)) => outcome.ended = true,
        Ok(None) => {}
        Err(failure) => outcome.error = outcome.error.or(Some(failure.code())),
    }
    assert!(outcome.ended || outcome.error.is_some(), "neither an answer nor an error");
    assert!(complete || response.reusable(0).is_err(), "used again after its end");
    if outcome.error.is_some() {
        assert!(response.reusable(0).is_err());
        // How much came before the error depends on the cut.
        (outcome.body, outcome.left) = (Vec::new(), 0);
    }
    outcome
}

/// What a second reader says of it.
fn compare(asked: Asked, any: bool, bytes: &[u8], ours: &Outcome) {
    let opinion = h1_opinion::of(bytes, asked.is_head, any);
    if ours.upgraded || ours.heads.iter().any(|head| head.status == 101) {
        return;
    }
    let Opinion::Ends { at, body, strict, fields } = opinion else {
        assert!(!ours.reusable, "used again, where another reader is not sure: {opinion:?}");
        return;
    };
    if ours.error.is_some() {
        assert!(
            !strict || ours.trailers_limit() || ours.error == Some("ERR_H1_UNEXPECTED_UPGRADE"),
            "refused: {ours:?}"
        );
        return;
    }
    if ours.reusable || strict {
        assert_eq!(bytes.len() - ours.left, at, "another end");
        assert_eq!(ours.body, body, "another body");
    }
    if strict {
        let head = ours.heads.last().expect("a head");
        let shown: Vec<(Vec<u8>, Vec<u8>)> =
            head.fields.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
        let merged = asked.policy != AnswerPolicy::default() && shown.len() < fields.len();
        assert!(merged || shown == fields, "other fields: {shown:?}, {fields:?}");
    }
}

impl Outcome {
    fn trailers_limit(&self) -> bool {
        self.error == Some("ERR_HEAD_TOO_LARGE")
    }
}

pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let (flags, piece) = (input.byte(), usize::from(input.byte()));
    let bytes = input.bytes(usize::MAX);
    let any = flags & 8 != 0;
    let policies = [
        "{}",
        r#"{"keepFoldBlanks":true,"mergeLengths":true,"dropReasonOfHttp2":true}"#,
        r#"{"blankBeforeColon":true,"statusLine":"any"}"#,
    ];
    let policy = policies[if any { 2 } else { usize::from(flags >> 4 & 1) }];
    let policy = serde_json::from_str(policy).expect("a policy");
    let asked = Asked { is_head: flags & 1 != 0, upgrade: flags & 2 != 0, clean: flags & 4 != 0, policy };
    let whole = read(asked, bytes, usize::MAX);
    assert_eq!(whole, read(asked, bytes, 1 + piece), "the cut decides");
    compare(asked, any, bytes, &whole);
}

/// The body of a chunked response alone, and what our writer makes of the bytes.
pub fn run_chunked(data: &[u8]) {
    let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let bytes = [&head[..], data].concat();
    let asked = Asked { is_head: false, upgrade: false, clean: true, policy: AnswerPolicy::default() };
    let whole = read(asked, &bytes, usize::MAX);
    assert_eq!(whole, read(asked, &bytes, 1 + data.len() % 7), "the cut decides");
    compare(asked, false, &bytes, &whole);

    let mut encoded = head.to_vec();
    for piece in data.chunks(1 + data.len() / 3) {
        encode_chunk(piece, &mut encoded);
    }
    let _ = encode_last_chunk(&[], &mut encoded);
    let back = read(asked, &encoded, usize::MAX);
    assert!(back.ended && back.reusable && back.body == data, "what we write does not come back");
}
