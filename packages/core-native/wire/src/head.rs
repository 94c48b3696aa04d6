//! Request and response heads, as both protocol versions share them.

use bytes::Bytes;

/// One header field of a request: the name as HTTP/1.1 writes it (HTTP/2 lower-cases it) and the raw value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Field name with the case that HTTP/1.1 sends.
    pub name: Bytes,
    /// Field value, without surrounding white space.
    pub value: Bytes,
}

/// A request whose fields are already in wire order.
///
/// `fields` carries what a browser decides above the protocol (user-agent, accept, cookie, content-length, ...) in
/// HTTP/2 order. What only one protocol version has (`Host`, `Connection`, dropped `priority` or `te`) is added or
/// dropped by that version's policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHead {
    /// Method token, as given (`GET`).
    pub method: Bytes,
    /// `http`, `https`, `ws` or `wss`.
    pub scheme: Bytes,
    /// Host and, if not the scheme's default, port: `:authority` and `Host`.
    pub authority: Bytes,
    /// Path and query, starting with `/`; `*` for OPTIONS; absolute URL through a forward proxy.
    pub target: Bytes,
    /// `:protocol` of an extended CONNECT (RFC 8441), if any.
    pub protocol: Option<Bytes>,
    /// Fields in wire order. One `cookie` field holds the whole cookie string; HTTP/2 crumbles it by policy.
    pub fields: Vec<Field>,
}

/// A response head. Field names keep the peer's case on HTTP/1.1 and are lower case on HTTP/2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseHead {
    /// Status code, 100 to 999.
    pub status: u16,
    /// Reason phrase; empty on HTTP/2.
    pub reason: Bytes,
    /// Fields in the order received, duplicates kept.
    pub fields: Vec<(Bytes, Bytes)>,
}
