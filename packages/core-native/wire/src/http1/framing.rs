//! Where a response body ends: RFC 9112 6.3, without the leniency that lets two readers disagree.

use bytes::Bytes;

use super::answers::AnswerPolicy;
use super::error::{Http1Error, Http1ErrorKind};
use crate::head::ResponseHead;
use crate::length::{self, InvalidLength};
use crate::syntax::{list, trim};

/// What the head says about the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Framing {
    pub body: Body,
    /// The fields contradict each other or the version: the body can be read, the connection not reused.
    pub doubtful: bool,
}

/// How the body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    None,
    Length(u64),
    Chunked,
    UntilClose,
}

/// Decides the framing of a final (not 1xx) response. `bodyless`: HEAD, 204, 304.
pub(super) fn decide(
    head: &ResponseHead,
    http10: bool,
    bodyless: bool,
    policy: AnswerPolicy,
) -> Result<Framing, Http1Error> {
    let coding = transfer_coding(&head.fields);
    let length = content_length(&head.fields);
    if bodyless {
        // The fields describe the body that GET would have had; a contradiction harms nobody but is not trusted.
        let doubtful = coding.is_err() || length.is_err();
        return Ok(Framing { body: Body::None, doubtful });
    }
    match coding? {
        coding @ (TransferCoding::Chunked | TransferCoding::ChunkedAgain) => {
            if policy.check_lengths_of_chunked && length::announced(&head.fields) == Err(InvalidLength::Differ) {
                return Err(Http1Error::new(Http1ErrorKind::Framing, InvalidLength::Differ.detail()));
            }
            // RFC 9112 6.1: with Content-Length beside it, or from HTTP/1.0, the message may have been forged by a
            // confused intermediary. Chunked wins and the connection is not used again.
            let doubtful = http10 || coding == TransferCoding::ChunkedAgain || has(&head.fields, b"content-length");
            Ok(Framing { body: Body::Chunked, doubtful })
        }
        coding => {
            let mut doubtful = coding == TransferCoding::Identity;
            // An empty or a negative one says nothing, to any reader: the body ends with the connection.
            let length = if says_no_length(&head.fields) {
                doubtful = true;
                None
            } else {
                length?
            };
            match length {
                Some(length) => Ok(Framing { body: Body::Length(length), doubtful }),
                None => Ok(Framing { body: Body::UntilClose, doubtful: true }),
            }
        }
    }
}

/// Whether the head of a reply to CONNECT contradicts itself about a body that it cannot have.
pub(super) fn contradicts(head: &ResponseHead, policy: AnswerPolicy) -> bool {
    length::announced(&head.fields) == Err(InvalidLength::Differ)
        && (policy.check_lengths_of_chunked
            || !matches!(transfer_coding(&head.fields), Ok(TransferCoding::Chunked | TransferCoding::ChunkedAgain)))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TransferCoding {
    Absent,
    /// RFC 2616's `identity`, removed since: old servers send it and mean "none".
    Identity,
    Chunked,
    /// Beside `identity`, or more than once.
    ChunkedAgain,
}

fn transfer_coding(fields: &[(Bytes, Bytes)]) -> Result<TransferCoding, Http1Error> {
    let refuse = |detail| Err(Http1Error::new(Http1ErrorKind::Framing, detail));
    let values = fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case(b"transfer-encoding"));
    let mut found = TransferCoding::Absent;
    // We send no TE, so RFC 9110 10.1.4 allows only chunked. Saying it twice is what proxies in a row do and means one
    // coding to browsers; any other, `gzip, chunked` included, is a reader differential (F03).
    for coding in values.flat_map(|(_, value)| list(value)) {
        let is_chunked = coding.eq_ignore_ascii_case(b"chunked");
        if !is_chunked && !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity") {
            return refuse("Transfer-Encoding is not exactly chunked");
        }
        found = match (found, is_chunked) {
            (TransferCoding::Absent, true) => TransferCoding::Chunked,
            (TransferCoding::Absent, false) => TransferCoding::Identity,
            (TransferCoding::Identity, false) => TransferCoding::Identity,
            _ => TransferCoding::ChunkedAgain,
        };
    }
    Ok(found)
}

fn content_length(fields: &[(Bytes, Bytes)]) -> Result<Option<u64>, Http1Error> {
    length::announced(fields).map_err(|error| Http1Error::new(Http1ErrorKind::Framing, error.detail()))
}

/// All there is of Content-Length is empty, a negative number or a word.
fn says_no_length(fields: &[(Bytes, Bytes)]) -> bool {
    let mut lengths = fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case(b"content-length")).peekable();
    lengths.peek().is_some()
        && lengths.all(|(_, value)| match trim(value) {
            [b'-', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
            other => other.iter().all(u8::is_ascii_alphabetic),
        })
}

fn has(fields: &[(Bytes, Bytes)], name: &[u8]) -> bool {
    fields.iter().any(|(other, _)| other.eq_ignore_ascii_case(name))
}
