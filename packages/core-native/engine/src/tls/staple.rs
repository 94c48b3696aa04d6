//! Stapled OCSP responses (RFC 6960).
//!
//! Only one question is asked: does the server itself present a statement that its certificate is revoked? Then the
//! connection is refused. The response's signature is not needed for that: the staple arrives inside the authenticated
//! handshake, and a forged "revoked" can only make a connection fail. "good" is never used as evidence of anything.

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OID: u8 = 0x06;
const ENUMERATED: u8 = 0x0a;
/// `[0]` constructed: the version and the explicit wrapper of ResponseBytes.
const CONTEXT_0: u8 = 0xa0;
/// CertStatus `revoked [1] IMPLICIT RevokedInfo`.
const REVOKED: u8 = 0xa1;
/// Responses looked at; a staple normally has one.
const MAX_RESPONSES: usize = 32;

/// Whether `response` says that the certificate with this serial number (big-endian) is revoked. Unreadable responses
/// say nothing.
pub(super) fn says_revoked(response: &[u8], serial: &[u8]) -> bool {
    find_revoked(response, serial).unwrap_or(false)
}

fn find_revoked(response: &[u8], serial: &[u8]) -> Option<bool> {
    let (mut outer, _) = expect(response, SEQUENCE)?;
    let (status, rest) = expect(outer, ENUMERATED)?;
    if status != [0] {
        return None;
    }
    (outer, _) = expect(rest, CONTEXT_0)?;
    let (bytes, _) = expect(outer, SEQUENCE)?;
    let (_, rest) = expect(bytes, OID)?;
    let (basic, _) = expect(rest, OCTET_STRING)?;
    let (basic, _) = expect(basic, SEQUENCE)?;
    let (data, _) = expect(basic, SEQUENCE)?;
    let data = match expect(data, CONTEXT_0) {
        Some((_, rest)) => rest,
        None => data,
    };
    let (_, _, data) = element(data)?; // responderID
    let (_, _, data) = element(data)?; // producedAt
    let (mut responses, _) = expect(data, SEQUENCE)?;
    for _ in 0..MAX_RESPONSES {
        let Some((single, rest)) = expect(responses, SEQUENCE) else {
            break;
        };
        responses = rest;
        let (id, after) = expect(single, SEQUENCE)?;
        let (_, id) = expect(id, SEQUENCE)?; // hashAlgorithm
        let (_, id) = expect(id, OCTET_STRING)?; // issuerNameHash
        let (_, id) = expect(id, OCTET_STRING)?; // issuerKeyHash
        let (number, _) = expect(id, INTEGER)?;
        let (status, _, _) = element(after)?;
        if status == REVOKED && without_zeros(number) == without_zeros(serial) {
            return Some(true);
        }
    }
    Some(false)
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// Contents of the next element if it has this tag, and what follows it.
fn expect(input: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, contents, rest) = element(input)?;
    (found == tag).then_some((contents, rest))
}

/// Next DER element: tag, contents, rest. High tag numbers and lengths above four bytes do not occur here.
fn element(input: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = input.split_first_chunk::<2>()?;
    if tag & 0x1f == 0x1f {
        return None;
    }
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (bytes.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (contents, rest) = rest.split_at_checked(length)?;
    Some((tag, contents, rest))
}
