//! Writes request heads and the chunked coding. Everything is checked before the first byte is written.

use std::sync::Arc;

use super::error::InvalidHead;
use super::place::{Line, Wanted, arrange, own_line};
use super::policy::Http1Policy;
use super::written::Written;
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
    policy: &Arc<Http1Policy>,
    head: &RequestHead,
    framing: RequestFraming,
    out: &mut Vec<u8>,
) -> Result<(), InvalidHead> {
    check_line(head)?;
    if let Some(written) = head.fields.made::<Written>().filter(|written| written.is_for(policy, framing)) {
        out.reserve(written.len() + own_len(head));
        write_line(out, head);
        written.write(out, |out, line| write_own(out, policy, head, framing, line));
        out.extend_from_slice(b"\r\n");
        return Ok(());
    }
    let own = check(head, framing)?;
    let wanted = Wanted {
        connection: own.connection.is_some() || policy.connection.is_some(),
        framing: framing != RequestFraming::None || own.framing.is_some(),
        dropped: head.fields.is_undropped(),
    };
    let size: usize = head.fields.iter().map(|field| field.name.len() + field.value.len() + 4).sum();
    out.reserve(size + own_len(head));
    write_line(out, head);
    let lines = arrange(policy, &head.fields, wanted);
    for line in &lines {
        match (line, &own) {
            (Line::Host, Own { host: Some(field), .. }) => write_field(out, &field.name, &field.value),
            (Line::Connection, Own { connection: Some(field), .. }) => {
                write_field(out, connection_name(policy, head).unwrap_or(&field.name), &field.value);
            }
            (Line::Framing, Own { framing: Some(field), .. }) => write_field(out, &field.name, &field.value),
            (line, _) => write_own(out, policy, head, framing, *line),
        }
    }
    out.extend_from_slice(b"\r\n");
    if own.host.is_none() && own.connection.is_none() && own.framing.is_none() {
        head.fields.make(|| Written::new(policy, framing, &head.fields, &lines));
    }
    Ok(())
}

/// What a head has beside its fields, about.
fn own_len(head: &RequestHead) -> usize {
    head.method.len() + head.target.len() + head.authority.len() + 128
}

fn write_line(out: &mut Vec<u8>, head: &RequestHead) {
    out.extend_from_slice(&head.method);
    out.push(b' ');
    out.extend_from_slice(&head.target);
    out.extend_from_slice(b" HTTP/1.1\r\n");
}

/// Writes a line that is not the caller's, or an ordinary field of his.
fn write_own(out: &mut Vec<u8>, policy: &Http1Policy, head: &RequestHead, framing: RequestFraming, line: Line) {
    match line {
        Line::Host => write_field(out, b"Host", &head.authority),
        Line::Connection => {
            if let Some(value) = &policy.connection {
                write_field(out, connection_name(policy, head).unwrap_or(b"Connection"), value.as_bytes());
            }
        }
        Line::Framing => write_framing(out, framing),
        Line::Field(index) => {
            if let Some(field) = head.fields.get(index) {
                write_field(out, &field.name, &field.value);
            }
        }
    }
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

fn check_line(head: &RequestHead) -> Result<(), InvalidHead> {
    if !is_token(&head.method) {
        return Err(InvalidHead::Method);
    }
    if !is_target(&head.target) {
        return Err(InvalidHead::Target);
    }
    if !is_authority(&head.authority) {
        return Err(InvalidHead::Authority);
    }
    Ok(())
}

fn check(head: &RequestHead, framing: RequestFraming) -> Result<Own<'_>, InvalidHead> {
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

/// What replaces the name of `Connection`, if something does.
fn connection_name<'policy>(policy: &'policy Http1Policy, head: &RequestHead) -> Option<&'policy [u8]> {
    let to_forward_proxy = head.target.starts_with(b"http://") || head.target.starts_with(b"https://");
    policy.forward_proxy_connection.as_ref().filter(|_| to_forward_proxy).map(String::as_bytes)
}

fn write_framing(out: &mut Vec<u8>, framing: RequestFraming) {
    match framing {
        RequestFraming::Length(length) => write_field(out, b"Content-Length", length.to_string().as_bytes()),
        RequestFraming::Chunked => write_field(out, b"Transfer-Encoding", b"chunked"),
        RequestFraming::None => {}
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
