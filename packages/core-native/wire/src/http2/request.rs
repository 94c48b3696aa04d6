//! From a request head to a header block: pseudo-header order, names in lower case, HTTP/1.1's fields dropped.

use super::error::OpenError;
use super::hpack::encoder::Encoder;
use super::policy::{Http2Policy, Pseudo};
use super::repeated::Repeated;
use super::syntax;
use crate::head::{Field, RequestHead};

/// Fields of one HTTP/1.1 hop, which HTTP/2 must not carry (RFC 9113 8.2.2); `host` is `:authority`.
const DROPPED: [&[u8]; 8] = [
    b"host",
    b"connection",
    b"keep-alive",
    b"proxy-connection",
    b"transfer-encoding",
    b"upgrade",
    b"http2-settings",
    // A key is the HTTP/1.1 handshake's; extended CONNECT has none (RFC 8441 5).
    b"sec-websocket-key",
];

/// Checks everything before anything is encoded: a half-encoded block would leave the two HPACK tables out of step.
pub(super) fn validate(head: &RequestHead) -> Result<(), OpenError> {
    let pseudo = [&head.scheme, &head.authority, &head.target];
    if !syntax::is_token(&head.method) {
        return Err(OpenError::InvalidHead("the method is not a token"));
    }
    if !pseudo.into_iter().chain(&head.protocol).all(|value| syntax::is_value(value)) {
        return Err(OpenError::InvalidHead("the URL has control characters"));
    }
    if head.fields.is_valid(|fields| validate_fields(fields).is_ok()) { Ok(()) } else { validate_fields(&head.fields) }
}

/// Checks regular fields.
pub(super) fn validate_fields(fields: &[Field]) -> Result<(), OpenError> {
    if !fields.iter().all(|field| syntax::is_token(&field.name)) {
        return Err(OpenError::InvalidHead("a field name is not a token"));
    }
    if !fields.iter().all(|field| syntax::is_value(&field.value)) {
        return Err(OpenError::InvalidHead("a field value has control characters"));
    }
    Ok(())
}

/// Encodes a validated request head.
pub(super) fn encode(
    policy: &Http2Policy,
    head: &RequestHead,
    encoder: &mut Encoder,
    repeated: &mut Repeated,
    out: &mut Vec<u8>,
) {
    encoder.begin_block(out);
    let plain_connect = head.protocol.is_none() && head.method == b"CONNECT".as_slice();
    let order = if head.protocol.is_some() { &policy.connect_pseudo_order } else { &policy.pseudo_order };
    for pseudo in order {
        match pseudo {
            Pseudo::Method => repeated.method.encode(b":method", &head.method, encoder, out),
            Pseudo::Authority => repeated.authority.encode(b":authority", &head.authority, encoder, out),
            // A tunnel has neither scheme nor path (RFC 9113 8.5).
            Pseudo::Scheme | Pseudo::Path if plain_connect => {}
            Pseudo::Scheme => repeated.scheme.encode(b":scheme", scheme(&head.scheme), encoder, out),
            Pseudo::Path => encoder.encode(b":path", &head.target, out),
            Pseudo::Protocol => {
                if let Some(protocol) = &head.protocol {
                    encoder.encode(b":protocol", protocol, out);
                }
            }
        }
    }
    repeated.encode_fields(&head.fields, encoder, out);
}

/// Encodes regular fields, lower-cased.
pub(super) fn encode_fields(fields: &[Field], encoder: &mut Encoder, out: &mut Vec<u8>) {
    let mut lower = Vec::with_capacity(32);
    for field in fields {
        lower_into(&mut lower, &field.name);
        if is_sent(&lower, &field.value) {
            encoder.encode(&lower, &field.value, out);
        }
    }
}

/// The name as HTTP/2 writes it.
pub(super) fn lower_into(lower: &mut Vec<u8>, name: &[u8]) {
    lower.clear();
    lower.extend_from_slice(name);
    lower.make_ascii_lowercase();
}

/// Whether HTTP/2 has a field of this name and value.
pub(super) fn is_sent(lower: &[u8], value: &[u8]) -> bool {
    (lower != b"te" || value == b"trailers") && !DROPPED.contains(&lower)
}

/// `wss` is `https` on the wire (RFC 8441 5).
fn scheme(scheme: &[u8]) -> &[u8] {
    match scheme {
        b"ws" => b"http",
        b"wss" => b"https",
        other => other,
    }
}
