//! Where a response body ends: RFC 9112 6.3, without the leniency that lets two readers disagree.

use bytes::Bytes;

use super::error::{Http1Error, Http1ErrorKind};
use super::syntax::trim;
use crate::head::ResponseHead;
use crate::length;

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
pub(super) fn decide(head: &ResponseHead, http10: bool, bodyless: bool) -> Result<Framing, Http1Error> {
    let coding = transfer_coding(&head.fields);
    let length = content_length(&head.fields);
    if bodyless {
        // The fields describe the body that GET would have had; a contradiction harms nobody but is not trusted.
        let doubtful = coding.is_err() || length.is_err();
        return Ok(Framing { body: Body::None, doubtful });
    }
    match coding? {
        TransferCoding::Chunked => {
            // RFC 9112 6.1: with Content-Length beside it, or from HTTP/1.0, the message may have been forged by a
            // confused intermediary. Chunked wins and the connection is not used again.
            let doubtful = http10 || has(&head.fields, b"content-length");
            Ok(Framing { body: Body::Chunked, doubtful })
        }
        coding => {
            let doubtful = coding == TransferCoding::Identity;
            match length? {
                Some(length) => Ok(Framing { body: Body::Length(length), doubtful }),
                None => Ok(Framing { body: Body::UntilClose, doubtful: true }),
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TransferCoding {
    Absent,
    /// RFC 2616's `identity`, removed since: old servers send it and mean "none".
    Identity,
    Chunked,
}

fn transfer_coding(fields: &[(Bytes, Bytes)]) -> Result<TransferCoding, Http1Error> {
    let refuse = |detail| Err(Http1Error::new(Http1ErrorKind::Framing, detail));
    let mut values = fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case(b"transfer-encoding"));
    let Some((_, value)) = values.next() else {
        return Ok(TransferCoding::Absent);
    };
    if values.next().is_some() {
        return refuse("more than one Transfer-Encoding field");
    }
    // We send no TE, so RFC 9110 10.1.4 allows only chunked. Anything else, `gzip, chunked` included, is a reader
    // differential (F03).
    let value = trim(value);
    if value.eq_ignore_ascii_case(b"chunked") {
        Ok(TransferCoding::Chunked)
    } else if value.eq_ignore_ascii_case(b"identity") {
        Ok(TransferCoding::Identity)
    } else {
        refuse("Transfer-Encoding is not exactly chunked")
    }
}

fn content_length(fields: &[(Bytes, Bytes)]) -> Result<Option<u64>, Http1Error> {
    length::announced(fields).map_err(|error| Http1Error::new(Http1ErrorKind::Framing, error.detail()))
}

fn has(fields: &[(Bytes, Bytes)], name: &[u8]) -> bool {
    fields.iter().any(|(other, _)| other.eq_ignore_ascii_case(name))
}
