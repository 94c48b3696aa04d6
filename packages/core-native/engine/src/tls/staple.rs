//! Stapled OCSP responses (RFC 6960).
//!
//! Only one question is asked: does the server itself present a statement that its certificate is revoked? Then the
//! connection is refused. The response's signature is not needed for that: the staple arrives inside the authenticated
//! handshake, and a forged "revoked" can only make a connection fail. "good" is never used as evidence of anything.

use super::der::{CONTEXT_0, INTEGER, OID, SEQUENCE, element, expect};

const OCTET_STRING: u8 = 0x04;
const ENUMERATED: u8 = 0x0a;
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
