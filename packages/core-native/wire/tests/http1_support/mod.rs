//! Feeds bytes to the reader in every cut and writes down what came out.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use bytes::{Bytes, BytesMut};
use wiretwin_wire::head::ResponseHead;
use wiretwin_wire::http1::{AnswerPolicy, BodyKind, Event, Http1Limits, Response, Retire};

/// What one response came to, independent of how its bytes were cut.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transcript {
    pub informational: Vec<u16>,
    pub head: Option<ResponseHead>,
    pub body_kind: Option<BodyKind>,
    pub body: Vec<u8>,
    pub trailers: Vec<(Bytes, Bytes)>,
    pub ended: bool,
    pub upgraded: bool,
    pub error: Option<&'static str>,
    pub leftover: Vec<u8>,
    pub reusable: Option<Result<(), Retire>>,
}

/// How the connection ends behind the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Close {
    /// It stays open.
    Open,
    /// FIN or close_notify.
    Clean,
    /// TLS without close_notify.
    Cut,
}

/// The peer and its answer.
pub struct Peer<'a> {
    pub bytes: &'a [u8],
    pub method: &'a [u8],
    pub upgrade: bool,
    pub close: Close,
    pub limits: Http1Limits,
    pub policy: AnswerPolicy,
}

impl<'a> Peer<'a> {
    pub fn says(bytes: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        Self {
            bytes: bytes.as_ref(),
            method: b"GET",
            upgrade: false,
            close: Close::Open,
            limits: Http1Limits::default(),
            policy: AnswerPolicy::default(),
        }
    }

    pub fn to(mut self, method: &'a [u8]) -> Self {
        self.method = method;
        self
    }

    pub fn then(mut self, close: Close) -> Self {
        self.close = close;
        self
    }

    /// The client reads as a browser with this policy.
    pub fn read_as(mut self, policy: AnswerPolicy) -> Self {
        self.policy = policy;
        self
    }

    pub fn upgrading(mut self) -> Self {
        self.upgrade = true;
        self
    }

    /// Reads with the bytes arriving in these pieces; `cuts` are ascending indices.
    pub fn read_cut(&self, cuts: &[usize]) -> Transcript {
        let mut response = Response::new(self.method, self.upgrade, self.limits).reading_as(self.policy);
        let mut transcript = Transcript::default();
        let mut input = BytesMut::new();
        let mut from = 0;
        for to in cuts.iter().copied().chain([self.bytes.len()]) {
            input.extend_from_slice(&self.bytes[from..to]);
            from = to;
            drain(&mut response, &mut input, &mut transcript);
        }
        if self.close != Close::Open && transcript.error.is_none() {
            loop {
                match response.end_of_input(self.close == Close::Clean) {
                    Ok(Some(event)) => note(&mut transcript, event),
                    Ok(None) => break,
                    Err(error) => transcript.error = Some(error.code()),
                }
            }
        }
        transcript.leftover = input.to_vec();
        transcript.reusable = Some(response.reusable(input.len()));
        transcript
    }

    /// Reads in one piece, byte by byte, in every two pieces, and asserts that the cut makes no difference.
    pub fn read(&self) -> Transcript {
        let whole = self.read_cut(&[]);
        let bytewise: Vec<usize> = (1..self.bytes.len()).collect();
        // An error may leave more or fewer bytes unread: what matters is that it is the same error.
        let comparable = |mut transcript: Transcript| {
            if transcript.error.is_some() {
                transcript.leftover.clear();
                transcript.body.clear();
            }
            transcript
        };
        assert_eq!(comparable(self.read_cut(&bytewise)), comparable(whole.clone()), "byte by byte");
        if self.bytes.len() < 2_000 {
            for cut in 1..self.bytes.len() {
                assert_eq!(comparable(self.read_cut(&[cut])), comparable(whole.clone()), "cut at {cut}");
            }
        }
        whole
    }

    /// The error that the answer ends in.
    pub fn error(&self) -> &'static str {
        let transcript = self.read();
        assert!(transcript.reusable.unwrap().is_err(), "a broken connection must not be reused");
        transcript.error.expect("an error")
    }
}

fn drain(response: &mut Response, input: &mut BytesMut, transcript: &mut Transcript) {
    loop {
        match response.receive(input) {
            Ok(Some(event)) => note(transcript, event),
            Ok(None) => return,
            Err(error) => {
                assert!(transcript.error.is_none(), "a second error");
                transcript.error = Some(error.code());
            }
        }
    }
}

fn note(transcript: &mut Transcript, event: Event) {
    assert!(!transcript.ended && !transcript.upgraded, "an event behind the end: {event:?}");
    match event {
        Event::Informational(head) => transcript.informational.push(head.status),
        Event::Head { head, body } => {
            assert!(transcript.head.replace(head).is_none(), "two heads");
            transcript.body_kind = Some(body);
        }
        Event::Data(data) => {
            assert!(!data.is_empty(), "empty data");
            transcript.body.extend_from_slice(&data);
        }
        Event::Trailers(fields) => transcript.trailers = fields,
        Event::End => transcript.ended = true,
        Event::Upgraded => transcript.upgraded = true,
    }
}
