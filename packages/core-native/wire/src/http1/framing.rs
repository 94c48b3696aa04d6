//! Where a response body ends: RFC 9112 6.3, without the leniency that lets two readers disagree.

use bytes::Bytes;

use super::error::{Http1Error, Http1ErrorKind};
use super::syntax::{list, trim};
use crate::head::ResponseHead;

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

/// Decimal digits only, no sign, no white space, below 2^64.
pub(crate) fn parse_length(text: &[u8]) -> Option<u64> {
    // 19 digits always fit, 20 may; longer ones are leading zeros or an overflow, and neither is honest.
    if text.is_empty() || text.len() > 20 {
        return None;
    }
    text.iter().try_fold(0_u64, |value, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })
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
    let mut seen: Option<&[u8]> = None;
    let mut length = None;
    for (_, value) in fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case(b"content-length")) {
        for part in list(value) {
            let parsed = parse_length(part)
                .ok_or(Http1Error::new(Http1ErrorKind::Framing, "Content-Length is not a decimal number below 2^64"))?;
            // RFC 9112 6.3 item 5: identical repeats may be taken as one; `5` and `05` are not identical.
            if seen.is_some_and(|earlier| earlier != part) {
                return Err(Http1Error::new(Http1ErrorKind::Framing, "Content-Length values differ"));
            }
            seen = Some(part);
            length = Some(parsed);
        }
    }
    Ok(length)
}

fn has(fields: &[(Bytes, Bytes)], name: &[u8]) -> bool {
    fields.iter().any(|(other, _)| other.eq_ignore_ascii_case(name))
}
