//! The NUL-joined texts inside events. Read by `src/response-head.ts` and `src/event-decoder.ts`.

use std::io::Write;
use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use wiretwin_engine::tls::EchOutcome;
use wiretwin_engine::{ConnectionInfo, Endpoints, Error, HttpVersion, PhaseEvent, ResponseInfo, Timings, TlsInfo};

/// Appends one part. NUL separates parts, so one inside a part becomes a blank, as RFC 9110 5.5 allows for fields.
fn part(out: &mut Vec<u8>, bytes: &[u8]) {
    let start = out.len();
    out.extend_from_slice(bytes);
    for byte in out.get_mut(start..).unwrap_or_default() {
        if *byte == 0 {
            *byte = b' ';
        }
    }
}

fn next_part(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(0);
    part(out, bytes);
}

fn number(out: &mut Vec<u8>, value: impl std::fmt::Display) {
    // Writing to a Vec cannot fail.
    let _ = write!(out, "{value}");
}

/// The same without the machinery of `fmt`, for what is written at each answer.
fn whole_number(out: &mut Vec<u8>, mut value: u64) {
    /// Digits of 2^64 - 1.
    const MOST: usize = 20;
    let mut digits = [0; MOST];
    let mut from = MOST;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(value % 10).unwrap_or_default();
        value /= 10;
        from -= 1;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(from..).unwrap_or_default());
}

fn ip_address(out: &mut Vec<u8>, address: IpAddr) {
    let IpAddr::V4(address) = address else { return number(out, address) };
    for (index, octet) in address.octets().into_iter().enumerate() {
        if index > 0 {
            out.push(b'.');
        }
        whole_number(out, octet.into());
    }
}

/// reason, endpoints (4), timings, decoded, tls (5), then names and values.
pub fn head(out: &mut Vec<u8>, info: &ResponseInfo) {
    part(out, &info.head.reason);
    endpoints(out, &info.connection.endpoints);
    out.push(0);
    timings(out, &info.timings);
    next_part(out, info.decoded.join(",").as_bytes());
    tls(out, info.connection.tls.as_deref());
    for (name, value) in &info.head.fields {
        next_part(out, name);
        next_part(out, value);
    }
}

/// Names and values only.
pub fn fields(out: &mut Vec<u8>, fields: &[(Bytes, Bytes)]) {
    for (index, (name, value)) in fields.iter().enumerate() {
        if index > 0 {
            out.push(0);
        }
        part(out, name);
        next_part(out, value);
    }
}

/// timings, then trailers if there are any.
pub fn end(out: &mut Vec<u8>, trailers: &[(Bytes, Bytes)], all: &Timings) {
    timings(out, all);
    if !trailers.is_empty() {
        out.push(0);
        fields(out, trailers);
    }
}

/// code, phase, node code, limit in ms, proxy status, detail, replayable, timings. UTF-8.
pub fn failure(out: &mut Vec<u8>, error: &Error, until: &Timings) {
    part(out, error.code.as_bytes());
    next_part(out, error.phase.as_str().as_bytes());
    next_part(out, error.node_code.unwrap_or_default().as_bytes());
    out.push(0);
    if let Some(limit) = error.limit {
        number(out, limit.as_secs_f64() * 1000.0);
    }
    out.push(0);
    if let Some(status) = error.proxy_status {
        number(out, status);
    }
    next_part(out, error.detail.as_deref().unwrap_or_default().as_bytes());
    next_part(out, flag(error.replayable));
    out.push(0);
    timings(out, until);
}

/// The type's name, then its fields.
pub fn phase(out: &mut Vec<u8>, event: &PhaseEvent) {
    match event {
        PhaseEvent::Lookup { address } => {
            part(out, b"lookup");
            out.push(0);
            number(out, address);
        }
        PhaseEvent::Connect(ends) => {
            part(out, b"connect");
            endpoints(out, ends);
        }
        PhaseEvent::Proxy => part(out, b"proxy"),
        PhaseEvent::SecureConnect(info) => {
            part(out, b"secureConnect");
            tls(out, Some(info));
        }
        PhaseEvent::Held { connection, reused } => on_connection(out, b"held", connection, *reused),
        PhaseEvent::Acquired { connection, reused } => on_connection(out, b"acquired", connection, *reused),
        PhaseEvent::Sent => part(out, b"sent"),
    }
}

fn on_connection(out: &mut Vec<u8>, kind: &[u8], connection: &ConnectionInfo, reused: bool) {
    part(out, kind);
    next_part(out, flag(reused));
    next_part(out, connection.version.as_str().as_bytes());
    endpoints(out, &connection.endpoints);
    tls(out, connection.tls.as_deref());
}

fn endpoints(out: &mut Vec<u8>, ends: &Endpoints) {
    for address in [ends.remote, ends.local] {
        out.push(0);
        ip_address(out, address.ip());
        out.push(0);
        whole_number(out, address.port().into());
    }
}

fn tls(out: &mut Vec<u8>, info: Option<&TlsInfo>) {
    let Some(info) = info else {
        out.extend_from_slice(&[0; 5]);
        return;
    };
    next_part(out, info.version.as_bytes());
    next_part(out, info.cipher.as_bytes());
    next_part(out, info.group.as_deref().unwrap_or_default().as_bytes());
    next_part(out, info.alpn.as_deref().unwrap_or_default().as_bytes());
    out.push(0);
    for set in [info.resumed, info.early_data, info.verified] {
        out.extend_from_slice(flag(set));
    }
    out.push(match info.ech {
        EchOutcome::None => b'0',
        EchOutcome::Grease => b'1',
        EchOutcome::Accepted => b'2',
        EchOutcome::Rejected => b'3',
    });
    number(out, info.certificates.id());
}

/// Microseconds in the order of the phases, comma-separated, empty where a phase did not happen.
fn timings(out: &mut Vec<u8>, all: &Timings) {
    let list = [all.queue, all.resolve, all.connect, all.proxy, all.tls, all.send, all.head, all.total];
    for (index, value) in list.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        if let Some(value) = value {
            whole_number(out, microseconds(value));
        }
    }
}

fn microseconds(value: Duration) -> u64 {
    u64::try_from(value.as_micros()).unwrap_or(u64::MAX)
}

fn flag(set: bool) -> &'static [u8] {
    if set { b"1" } else { b"0" }
}

/// The number of a version in the event `head`.
pub fn version_number(version: HttpVersion) -> u8 {
    match version {
        HttpVersion::Http10 => 0,
        HttpVersion::Http11 => 1,
        HttpVersion::Http2 => 2,
    }
}
