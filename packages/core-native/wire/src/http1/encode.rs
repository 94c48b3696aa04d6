//! Writes request heads and the chunked coding. Everything is checked before the first byte is written.

use super::error::InvalidHead;
use super::place::{Line, Wanted, arrange, own_line};
use super::policy::Http1Policy;
use crate::head::{Field, RequestHead};
use crate::length;
use crate::syntax::{is_authority, is_field_value, is_target, is_token, list};

/// How the request body ends (RFC 9112 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestFraming {
    /// No body, and no `Content-Length` unless the caller's fields have `Content-Length: 0`.
    None,
    /// Exactly this many bytes; 0 sends `Content-Length: 0`.
    Length(u64),
    /// Unknown length: `Transfer-Encoding: chunked`.
    Chunked,
}

/// Appends an HTTP/1.1 request head to `out`, ordered as `policy` says.
///
/// `head.fields` come in HTTP/2 order with HTTP/1.1 case. A `Connection` among them replaces the policy's value and
/// marks its place (an upgrade; a browser's request kind that places it differently); `Host` replaces the authority;
/// `Content-Length` marks its place and must agree with `framing`.
///
/// # Errors
/// [`InvalidHead`] (`ERR_INVALID_ARG`); `out` is then unchanged.
pub fn encode_head(
    policy: &Http1Policy,
    head: &RequestHead,
    framing: RequestFraming,
    out: &mut Vec<u8>,
) -> Result<(), InvalidHead> {
    let own = check(head, framing)?;
    let wanted = Wanted {
        connection: own.connection.is_some() || policy.connection.is_some(),
        framing: framing != RequestFraming::None || own.framing.is_some(),
    };
    let size: usize = head.fields.iter().map(|field| field.name.len() + field.value.len() + 4).sum();
    out.reserve(size + head.method.len() + head.target.len() + head.authority.len() + 128);
    out.extend_from_slice(&head.method);
    out.push(b' ');
    out.extend_from_slice(&head.target);
    out.extend_from_slice(b" HTTP/1.1\r\n");
    for line in arrange(policy, &head.fields, wanted) {
        match line {
            Line::Host => match own.host {
                Some(field) => write_field(out, &field.name, &field.value),
                None => write_field(out, b"Host", &head.authority),
            },
            Line::Connection => write_connection(out, policy, head, own.connection),
            Line::Framing => write_framing(out, framing, own.framing),
            Line::Field(index) => {
                if let Some(field) = head.fields.get(index) {
                    write_field(out, &field.name, &field.value);
                }
            }
        }
    }
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// Appends one chunk. Empty data appends nothing, because an empty chunk would end the body.
pub fn encode_chunk(data: &[u8], out: &mut Vec<u8>) {
    if data.is_empty() {
        return;
    }
    // Upper-case hex without leading zeros, as Chromium's HttpStreamParser::EncodeChunk writes it.
    out.extend_from_slice(format!("{:X}\r\n", data.len()).as_bytes());
    out.extend_from_slice(data);
    out.extend_from_slice(b"\r\n");
}

/// Appends the last chunk and the trailers.
///
/// # Errors
/// [`InvalidHead`] if a trailer is malformed or is a field that frames or routes the message (RFC 9110 6.5.1); `out`
/// is then unchanged.
pub fn encode_last_chunk(trailers: &[Field], out: &mut Vec<u8>) -> Result<(), InvalidHead> {
    for (index, field) in trailers.iter().enumerate() {
        check_field(index, field)?;
        if own_line(field) != Line::Field(0) {
            return Err(InvalidHead::FieldName { index });
        }
    }
    out.extend_from_slice(b"0\r\n");
    for field in trailers {
        write_field(out, &field.name, &field.value);
    }
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// The caller's fields that stand for lines of ours.
#[derive(Default)]
struct Own<'head> {
    host: Option<&'head Field>,
    connection: Option<&'head Field>,
    framing: Option<&'head Field>,
}

fn check(head: &RequestHead, framing: RequestFraming) -> Result<Own<'_>, InvalidHead> {
    if !is_token(&head.method) {
        return Err(InvalidHead::Method);
    }
    if !is_target(&head.target) {
        return Err(InvalidHead::Target);
    }
    if !is_authority(&head.authority) {
        return Err(InvalidHead::Authority);
    }
    let mut own = Own::default();
    for (index, field) in head.fields.iter().enumerate() {
        check_field(index, field)?;
        let (slot, name) = match own_line(field) {
            Line::Host => (&mut own.host, "host"),
            Line::Connection => (&mut own.connection, "connection"),
            Line::Framing => (&mut own.framing, "content-length"),
            Line::Field(_) => continue,
        };
        // F12: a second Content-Length or Host, in whatever case, lets two parsers see two requests.
        if slot.replace(field).is_some() {
            return Err(InvalidHead::Duplicate { name });
        }
    }
    if let Some(field) = own.host
        && !is_authority(&field.value)
    {
        return Err(InvalidHead::Authority);
    }
    if let Some(field) = own.framing {
        check_framing(field, framing)?;
    }
    Ok(own)
}

fn check_field(index: usize, field: &Field) -> Result<(), InvalidHead> {
    if !is_token(&field.name) {
        return Err(InvalidHead::FieldName { index });
    }
    if !is_field_value(&field.value) {
        return Err(InvalidHead::FieldValue { index });
    }
    Ok(())
}

fn check_framing(field: &Field, framing: RequestFraming) -> Result<(), InvalidHead> {
    if field.name.eq_ignore_ascii_case(b"transfer-encoding") {
        let agrees = framing == RequestFraming::Chunked && field.value.eq_ignore_ascii_case(b"chunked");
        return if agrees { Ok(()) } else { Err(InvalidHead::TransferEncoding) };
    }
    let length = match framing {
        RequestFraming::None => 0,
        RequestFraming::Length(length) => length,
        RequestFraming::Chunked => return Err(InvalidHead::ContentLength),
    };
    if length::says(&field.value, length) { Ok(()) } else { Err(InvalidHead::ContentLength) }
}

fn write_connection(out: &mut Vec<u8>, policy: &Http1Policy, head: &RequestHead, own: Option<&Field>) {
    let to_forward_proxy = head.target.starts_with(b"http://") || head.target.starts_with(b"https://");
    let name = match (&policy.forward_proxy_connection, own) {
        (Some(name), _) if to_forward_proxy => name.as_bytes(),
        (_, Some(field)) => &field.name,
        (_, None) => b"Connection",
    };
    match (own, &policy.connection) {
        (Some(field), _) => write_field(out, name, &field.value),
        (None, Some(value)) => write_field(out, name, value.as_bytes()),
        (None, None) => {}
    }
}

fn write_framing(out: &mut Vec<u8>, framing: RequestFraming, own: Option<&Field>) {
    match (own, framing) {
        (Some(field), _) => write_field(out, &field.name, &field.value),
        (None, RequestFraming::Length(length)) => write_field(out, b"Content-Length", length.to_string().as_bytes()),
        (None, RequestFraming::Chunked) => write_field(out, b"Transfer-Encoding", b"chunked"),
        (None, RequestFraming::None) => {}
    }
}

pub(crate) fn write_field(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// Whether a field value that is a comma-separated list has this member, ignoring case.
pub(crate) fn has_member(value: &[u8], member: &[u8]) -> bool {
    list(value).any(|part| part.eq_ignore_ascii_case(member))
}
