//! What differs between browsers in an HTTP/1.1 request head, as data.
//!
//! Captures show one rule for both browsers: HTTP/1.1 has the fields of HTTP/2 in the same order, minus a few, plus
//! `Host` and `Connection`. This type says which, and where. `docs/internals/http1.md` has the evidence.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::answers::AnswerPolicy;
use crate::head::Field;
use crate::syntax::{is_field_value, is_token};

/// Longest list in a policy; real ones have below ten entries.
const MAX_LIST: usize = 64;

/// How a browser turns its field list into an HTTP/1.1 head: the `http1` part of a profile.
///
/// All names are lower case and compared without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Http1Policy {
    /// Which of `host`, `connection`, `content-length` open the head, in this order. `host` is required.
    /// `content-length` stands for `Transfer-Encoding: chunked` too when the length is unknown.
    pub leading: Vec<String>,
    /// Fields that HTTP/1.1 never carries although HTTP/2 does (`priority` for Chromium, `te` for Firefox).
    #[serde(default)]
    pub drop: Vec<String>,
    /// Value of `Connection` unless the caller gives one; `null` sends none.
    #[serde(default)]
    pub connection: Option<String>,
    /// `Connection` stands in front of the first of these, else last. Unused if `leading` has `connection`.
    #[serde(default)]
    pub connection_before: Vec<String>,
    /// Correction to `connectionBefore`: `Connection` moves in front of these when they stand right before its place.
    #[serde(default)]
    pub connection_steps_over: Option<StepOver>,
    /// `Content-Length` or `Transfer-Encoding`, if the field list has no slot for it, stands after the first of these.
    #[serde(default)]
    pub content_length_after: Vec<String>,
    /// Else in front of the first of these, else where `Connection` stands.
    #[serde(default)]
    pub content_length_before: Vec<String>,
    /// Name that replaces `Connection` when the target is an absolute URL, that is, through a forward proxy
    /// (Chromium: `Proxy-Connection`). `null` keeps `Connection`.
    #[serde(default)]
    pub forward_proxy_connection: Option<String>,
    /// Names and values of the fields of a CONNECT to a proxy, in order; what the user adds for the proxy follows. `null`
    /// is the value of the moment: the authority for `Host`, the request's own for `User-Agent`, which is left out if the
    /// request has none.
    #[serde(default = "shortest_connect")]
    pub connect_fields: Vec<(String, Option<String>)>,
    /// Whether head and body are one stream, cut into full TLS records: the head's is filled up with the beginning of a body
    /// that is there. Read by the driver.
    #[serde(default)]
    pub body_joins_head: bool,
    /// What happens to an answer 408.
    #[serde(default)]
    pub request_timeout: RequestTimeout,
    /// Which of several free connections the next request rides.
    #[serde(default)]
    pub reuses: Reuses,
    /// How answers that break the grammar are read.
    #[serde(default)]
    pub answers: AnswerPolicy,
}

/// What a browser does with 408 (Request Timeout), which many servers send to a connection that idles: it then looks like
/// the answer to the next request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestTimeout {
    /// It is shown.
    #[default]
    Deliver,
    /// On a connection that served a request before, the request is repeated on another, whatever its method (Chromium 156).
    RetryIfReused,
    /// Within a second of the request it is shown, and the connection serves nothing else; later the request is repeated on
    /// another, whatever its method, and fails after the tenth (Firefox 153).
    RetryIfSlow,
}

/// Which of several free connections a browser takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reuses {
    /// That used last (Chromium 156).
    #[default]
    LastUsed,
    /// That over which the longest single answer was read, head and body; of equal ones that idle for longest (Firefox 153).
    MostRead,
}

/// What proxies need and all browsers send.
fn shortest_connect() -> Vec<(String, Option<String>)> {
    vec![("Host".to_owned(), None), ("Proxy-Connection".to_owned(), Some("keep-alive".to_owned()))]
}

/// Fields that `Connection` steps over, and the requests where it does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StepOver {
    /// Names stepped over.
    pub fields: Vec<String>,
    /// No step if all conditions of any of these hold. Firefox sets `Referer` early for `fetch()`, late otherwise.
    #[serde(default)]
    pub unless: Vec<Vec<FieldCondition>>,
}

/// A condition on the value of one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FieldCondition {
    /// Field name.
    pub field: String,
    /// If not empty, the field must be present with one of these values.
    #[serde(default)]
    pub any_of: Vec<String>,
    /// The field must be absent or have none of these values.
    #[serde(default)]
    pub none_of: Vec<String>,
}

/// Why a policy was refused when its profile was loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidPolicy {
    /// JSON key inside `http1`.
    pub key: &'static str,
    /// What is wrong with it.
    pub detail: &'static str,
}

impl std::fmt::Display for InvalidPolicy {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "http1.{}: {}", self.key, self.detail)
    }
}

impl std::error::Error for InvalidPolicy {}

impl Http1Policy {
    /// Checks what the types cannot say: known leading names, lower-case tokens, bounded lists, printable value.
    ///
    /// # Errors
    /// Names the first offending key.
    pub fn validate(&self) -> Result<(), InvalidPolicy> {
        check_names("leading", &self.leading)?;
        if !self.leading.iter().all(|name| matches!(name.as_str(), "host" | "connection" | "content-length")) {
            return Err(InvalidPolicy { key: "leading", detail: "may hold only host, connection, content-length" });
        }
        if !self.leading.iter().any(|name| name == "host") {
            return Err(InvalidPolicy { key: "leading", detail: "must hold host" });
        }
        check_names("drop", &self.drop)?;
        let framing = ["host", "connection", "content-length", "transfer-encoding", "upgrade"];
        if self.drop.iter().any(|name| framing.contains(&name.as_str())) {
            return Err(InvalidPolicy { key: "drop", detail: "framing fields cannot be dropped" });
        }
        check_names("connectionBefore", &self.connection_before)?;
        check_names("contentLengthAfter", &self.content_length_after)?;
        check_names("contentLengthBefore", &self.content_length_before)?;
        if self.connection.as_ref().is_some_and(|value| !keeps_alive(value)) {
            return Err(InvalidPolicy { key: "connection", detail: "says something else than keep-alive" });
        }
        if let Some(step) = &self.connection_steps_over {
            check_names("connectionStepsOver", &step.fields)?;
            if step.unless.len() > MAX_LIST || step.unless.iter().any(|all| all.is_empty() || all.len() > MAX_LIST) {
                return Err(InvalidPolicy { key: "connectionStepsOver", detail: "empty or overlong condition" });
            }
        }
        if self.forward_proxy_connection.as_ref().is_some_and(|name| !name.eq_ignore_ascii_case("proxy-connection")) {
            return Err(InvalidPolicy { key: "forwardProxyConnection", detail: "is not Proxy-Connection" });
        }
        check_connect_fields(&self.connect_fields)
    }

    /// Fields of a CONNECT for `authority` on behalf of a request with this `User-Agent`.
    pub fn connect_fields(&self, authority: &str, user_agent: Option<&Bytes>) -> Vec<Field> {
        let value_of = |name: &str, value: Option<&str>| match value {
            Some(value) => Some(Bytes::copy_from_slice(value.as_bytes())),
            None if name.eq_ignore_ascii_case("host") => Some(Bytes::copy_from_slice(authority.as_bytes())),
            None => user_agent.cloned(),
        };
        let fields = self.connect_fields.iter().filter_map(|(name, value)| {
            let value = value_of(name, value.as_deref())?;
            Some(Field { name: Bytes::copy_from_slice(name.as_bytes()), value })
        });
        fields.collect()
    }
}

fn check_connect_fields(fields: &[(String, Option<String>)]) -> Result<(), InvalidPolicy> {
    let refuse = |detail| Err(InvalidPolicy { key: "connectFields", detail });
    if fields.len() > MAX_LIST {
        return refuse("is too long");
    }
    for (index, (name, value)) in fields.iter().enumerate() {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        let is_good = match value {
            // A proxy would go where Host says and not where it was asked to.
            Some(_) if is("host") => return refuse("Host is the authority, null"),
            Some(value) if is("connection") || is("proxy-connection") => keeps_alive(value),
            Some(value) => is_field_value(value.as_bytes()),
            None => is("host") || is("user-agent"),
        };
        if !is_token(name.as_bytes()) || !is_good {
            return refuse("holds something else than fields; null is for Host and User-Agent");
        }
        if frames_request(name.as_bytes()) {
            return refuse("holds a field that frames the message or is of one hop");
        }
        if fields.iter().take(index).any(|(earlier, _)| is(earlier)) {
            return refuse("holds a name twice");
        }
    }
    if !fields.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        return refuse("must hold Host");
    }
    Ok(())
}

/// Fields that say where a message ends, or concern one connection, and that a request has only from the engine: two
/// readers that understand them differently see two requests.
pub(crate) fn frames_request(name: &[u8]) -> bool {
    const FRAMING: [&[u8]; 8] = [
        b"content-length",
        b"transfer-encoding",
        b"te",
        b"trailer",
        b"upgrade",
        b"keep-alive",
        b"expect",
        b"http2-settings",
    ];
    FRAMING.iter().any(|own| name.eq_ignore_ascii_case(own)) || name.eq_ignore_ascii_case(b"proxy-authorization")
}

fn keeps_alive(value: &str) -> bool {
    value.eq_ignore_ascii_case("keep-alive")
}

fn check_names(key: &'static str, names: &[String]) -> Result<(), InvalidPolicy> {
    if names.len() > MAX_LIST {
        return Err(InvalidPolicy { key, detail: "is too long" });
    }
    for (index, name) in names.iter().enumerate() {
        if !is_token(name.as_bytes()) || name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(InvalidPolicy { key, detail: "holds something else than a lower-case field name" });
        }
        if names.iter().take(index).any(|earlier| earlier == name) {
            return Err(InvalidPolicy { key, detail: "holds a name twice" });
        }
    }
    Ok(())
}
