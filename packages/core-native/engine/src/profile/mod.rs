//! The engine's part of a browser profile: data that decides every byte of TLS, HTTP/2, HTTP/1.1 and DNS.

pub mod dns;
pub mod tls;

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use wiretwin_wire::http1::Http1Policy;
use wiretwin_wire::http2::Http2Policy;

pub use dns::DnsPolicy;
pub use tls::TlsPolicy;

/// Largest accepted profile document in bytes. Real ones have 3 to 8 kB.
pub const MAX_PROFILE_BYTES: usize = 256 * 1024;

/// One browser on the wire. Parsed once, then shared by every transport that uses it.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Name of the profile, for instance `chrome_156`. Only used in messages.
    pub name: String,
    /// TLS part.
    pub tls: Arc<TlsPolicy>,
    /// HTTP/2 part.
    pub http2: Arc<Http2Policy>,
    /// HTTP/1.1 part.
    pub http1: Arc<Http1Policy>,
    /// DNS part.
    pub dns: Arc<DnsPolicy>,
}

/// A profile that was read before: transports need not find it by its text.
#[derive(Debug, Clone)]
pub struct KnownProfile(pub(crate) Arc<Profile>);

/// Why a profile document was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileError {
    /// Path of the offending key, for instance `tls.ciphers[3]`; `.` for the document itself.
    pub key: String,
    /// What is wrong with it.
    pub reason: String,
}

impl ProfileError {
    pub(crate) fn new(key: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { key: key.into(), reason: reason.into() }
    }
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "profile key \"{}\": {}", self.key, self.reason)
    }
}

impl std::error::Error for ProfileError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    name: String,
    tls: TlsPolicy,
    http2: Http2Policy,
    http1: Http1Policy,
    #[serde(default)]
    dns: DnsPolicy,
}

impl Profile {
    /// Parses and validates `{name, tls, http2, http1, dns}`.
    ///
    /// # Errors
    ///
    /// The document is too large, is not JSON, has an unknown or ill-typed key, or asks for something that cannot be put
    /// on the wire.
    pub fn parse(json: &str) -> Result<Self, ProfileError> {
        if json.len() > MAX_PROFILE_BYTES {
            return Err(ProfileError::new(".", format!("larger than {MAX_PROFILE_BYTES} bytes")));
        }
        let document: Document = parse_json(json)?;
        document.tls.validate()?;
        document.http2.validate().map_err(|error| ProfileError::new(error.key, error.reason))?;
        document.http1.validate().map_err(|error| ProfileError::new(format!("http1.{}", error.key), error.detail))?;
        document.dns.validate()?;
        Ok(Self {
            name: document.name,
            tls: Arc::new(document.tls),
            http2: Arc::new(document.http2),
            http1: Arc::new(document.http1),
            dns: Arc::new(document.dns),
        })
    }
}

/// Deserializes with the path of the failing key in the error.
fn parse_json<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, ProfileError> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| ProfileError::new(error.path().to_string(), error.inner().to_string()))?;
    deserializer.end().map_err(|error| ProfileError::new(".", error.to_string()))?;
    Ok(value)
}
