//! TLS part of a profile: what the ClientHello says and how sessions are resumed. See `docs/internals/seams.md`.

use serde::Deserialize;

use super::{ProfileError, parse_json};

/// Longest list in a policy. The longest seen in a browser is Safari's 21 cipher suites.
pub const MAX_LIST: usize = 64;
/// Largest `trustAnchors` body in bytes; Chromium 156 sends 186.
pub const MAX_TRUST_ANCHOR_BYTES: usize = 4096;
/// Largest listed GREASE ECH payload in bytes; Chromium 156 sends 240 at most.
pub const MAX_ECH_PAYLOAD: u16 = 2048;

/// TLS version as written in a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum TlsVersion {
    /// TLS 1.0 (RFC 2246), only for very old profiles.
    #[serde(rename = "1.0")]
    V1_0,
    /// TLS 1.1 (RFC 4346), only for very old profiles.
    #[serde(rename = "1.1")]
    V1_1,
    /// TLS 1.2 (RFC 5246).
    #[serde(rename = "1.2")]
    V1_2,
    /// TLS 1.3 (RFC 8446).
    #[serde(rename = "1.3")]
    V1_3,
}

/// How the extensions of a ClientHello are ordered. GREASE frames them and pre_shared_key stays last in either mode.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(tag = "mode", rename_all = "camelCase", deny_unknown_fields)]
pub enum ExtensionOrder {
    /// A new random order for every connection (Chromium since 110).
    Shuffle,
    /// Always this order. Extensions that are sent but not listed follow at the end, so the list should name those
    /// that appear only sometimes, too: early_data (42) and cookie (44).
    Fixed {
        /// Extension types.
        order: Vec<u16>,
    },
}

/// Certificate compression (RFC 8879).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CertificateCompression {
    /// Algorithm 1.
    Zlib,
    /// Algorithm 2.
    Brotli,
    /// Algorithm 3.
    Zstd,
}

impl CertificateCompression {
    /// Number in the extension.
    pub const fn id(self) -> u16 {
        match self {
            Self::Zlib => 1,
            Self::Brotli => 2,
            Self::Zstd => 3,
        }
    }
}

/// Application settings (ALPS, draft-vvv-tls-alps).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alps {
    /// Extension type: 17613, or 17513 before Chromium 133.
    pub codepoint: u16,
    /// Protocols it is offered for; their settings are empty.
    pub protocols: Vec<String>,
}

/// How long the payload of GREASE ECH is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(tag = "mode", rename_all = "kebab-case", deny_unknown_fields)]
pub enum EchPayload {
    /// One of some lengths, whatever the hello holds (BoringSSL).
    Listed {
        /// Wire lengths in bytes, one is picked for each connection. Repetition is weight.
        lengths: Vec<u16>,
    },
    /// As long as the encrypted inner hello would be (NSS, `tls13_MaybeGreaseEch`): follows the length of the ticket, and
    /// that of the host name beyond 100 characters.
    AsInnerHello,
}

/// Encrypted ClientHello as GREASE (RFC 9849 section 6.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EchGrease {
    /// HPKE AEADs, one is picked for each connection. Repetition is weight.
    pub aeads: Vec<u16>,
    /// Length of the payload.
    pub payload: EchPayload,
    /// What the browser makes of a configuration of the host; `None`: nothing, it sends only GREASE.
    #[serde(default)]
    pub real: Option<RealEch>,
}

/// Encrypted ClientHello with a configuration of the host (RFC 9849).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RealEch {
    /// A list that cannot be read.
    pub malformed: MalformedEch,
    /// The inner hello lists all cipher suites of the profile, not only those of TLS 1.3.
    pub all_ciphers: bool,
    /// The inner hello begins with its own encrypted_client_hello, wherever it stands in the outer one.
    pub inner_first: bool,
    /// The outer hello has a pre_shared_key of random bytes when a ticket is offered; else none.
    pub outer_psk: bool,
    /// The inner hello is padded to one byte below a multiple of 32, not to the multiple.
    pub short_padding: bool,
}

/// What a list of configurations leads to that cannot be read. One that holds only what nobody knows leads to GREASE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MalformedEch {
    /// The connection fails before a byte is sent (Chromium).
    Fail,
    /// GREASE, with the real name (Firefox).
    Ignore,
}

/// How tickets are used.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resumption {
    /// Resume TLS 1.3 sessions. Their tickets serve one connection each (RFC 8446 C.4), in every browser.
    pub tls13: bool,
    /// Resume TLS 1.2 sessions.
    pub tls12: bool,
    /// Whether the empty session_ticket extension is still sent when a TLS 1.3 ticket is offered (Firefox drops it).
    pub session_ticket_with_psk: bool,
    /// Send early data when the ticket allows it.
    pub early_data: bool,
    /// How many connections one TLS 1.2 ticket serves; 0 is "until it expires".
    pub ticket_uses: u32,
}

/// What remains in the hello when only `http/1.1` is offered (WebSocket).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Http1Only {
    /// Whether compress_certificate stays.
    pub certificate_compression: bool,
    /// Whether application_settings stays.
    pub alps: bool,
}

/// What remains in the hello of a request that is sent again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Retry {
    /// Whether compress_certificate stays.
    pub certificate_compression: bool,
}

impl Default for Retry {
    fn default() -> Self {
        Self { certificate_compression: true }
    }
}

/// The `tls` section of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TlsPolicy {
    /// Lowest and highest version.
    pub versions: (TlsVersion, TlsVersion),
    /// GREASE (RFC 8701) in ciphers, groups, key shares, versions, and as first and last extension.
    pub grease: bool,
    /// GREASE in front of signature_algorithms, too (Chromium since 152).
    pub grease_signature_algorithms: bool,
    /// cipher_suites after GREASE, verbatim. Ids that the TLS library does not implement are advertised only: a server
    /// that picks one gets an illegal_parameter alert.
    pub ciphers: Vec<u16>,
    /// Order of extensions.
    pub extension_order: ExtensionOrder,
    /// supported_groups after GREASE, verbatim; unimplemented ones are advertised only.
    pub groups: Vec<u16>,
    /// Groups with a key share, in order, GREASE excepted.
    pub key_shares: Vec<u16>,
    /// signature_algorithms after GREASE, verbatim; unimplemented ones are advertised only.
    pub signature_algorithms: Vec<u16>,
    /// Signature algorithms of delegated_credential (RFC 9345); `None` leaves the extension out.
    #[serde(default)]
    pub delegated_credentials: Option<Vec<u16>>,
    /// record_size_limit (RFC 8449); `None` leaves the extension out.
    #[serde(default)]
    pub record_size_limit: Option<u16>,
    /// compress_certificate, in wire order; empty leaves the extension out.
    pub certificate_compression: Vec<CertificateCompression>,
    /// ALPN protocols in order.
    pub alpn: Vec<String>,
    /// application_settings.
    #[serde(default)]
    pub alps: Option<Alps>,
    /// Body of the trust_anchors extension in hex, its two-byte list length included.
    #[serde(default)]
    pub trust_anchors: Option<String>,
    /// GREASE ECH; `None` leaves the extension out.
    #[serde(default)]
    pub ech: Option<EchGrease>,
    /// status_request.
    pub status_request: bool,
    /// signed_certificate_timestamp.
    pub signed_certificate_timestamps: bool,
    /// extended_master_secret.
    pub extended_master_secret: bool,
    /// renegotiation_info.
    pub renegotiation_info: bool,
    /// session_ticket.
    pub session_ticket: bool,
    /// psk_key_exchange_modes: `[1]` or nothing.
    #[serde(default)]
    pub psk_key_exchange_modes: Option<Vec<u8>>,
    /// ec_point_formats; `None` leaves the extension out.
    #[serde(default)]
    pub ec_point_formats: Option<Vec<u8>>,
    /// Pads a ClientHello of 256 to `paddingTo - 1` bytes up to this length (RFC 7685).
    #[serde(default)]
    pub padding_to: Option<u16>,
    /// Use of tickets.
    pub resumption: Resumption,
    /// Difference of a hello that offers only `http/1.1`.
    pub http1_only: Http1Only,
    /// Whether a close_notify alert precedes the end of a connection that the client closes.
    #[serde(default = "yes")]
    pub close_notify: bool,
    /// Difference of the hello of a connection that is opened to repeat a request.
    #[serde(default)]
    pub retry: Retry,
    /// Which certificates are believed where browsers differ.
    #[serde(default)]
    pub certificates: CertificateRules,
}

/// What a browser's verifier makes of certificates that others judge differently (docs/internals/tls.md). What all of them
/// refuse is refused whatever stands here. The defaults are Chromium's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificateRules {
    /// extendedKeyUsage must name servers (`any` is not enough), and that of a server not OCSP responders too.
    pub exact_purposes: bool,
    /// A server may show a certificate that may sign others as its own.
    pub authority_as_server: bool,
    /// A certificate that may not sign others may be trusted itself, and then be a server's own.
    pub plain_anchor: bool,
    /// A root of version 3 needs no basicConstraints.
    pub bare_roots: bool,
    /// An extension that nobody knows may be there twice.
    pub repeated_extensions: bool,
    /// A certificate that asks for a stapled OCSP response (RFC 7633) is refused without one.
    pub must_staple: bool,
    /// A name of the certificate may end in a dot.
    pub final_dot: bool,
    /// A chain that requires an explicit policy (RFC 5280 4.2.1.11) needs one.
    pub explicit_policy: bool,
}

impl Default for CertificateRules {
    fn default() -> Self {
        Self {
            exact_purposes: false,
            authority_as_server: true,
            plain_anchor: false,
            bare_roots: true,
            repeated_extensions: false,
            must_staple: false,
            final_dot: true,
            explicit_policy: true,
        }
    }
}

const fn yes() -> bool {
    true
}

impl TlsPolicy {
    /// Parses a `tls` section on its own.
    ///
    /// # Errors
    ///
    /// As `Profile::parse`, with keys relative to the section.
    pub fn parse(json: &str) -> Result<Self, ProfileError> {
        let policy: Self = parse_json(json)?;
        policy.validate()?;
        Ok(policy)
    }

    /// Body of trust_anchors as bytes.
    pub fn trust_anchor_bytes(&self) -> Result<Option<Vec<u8>>, ProfileError> {
        self.trust_anchors.as_deref().map(|text| decode_hex("tls.trustAnchors", text)).transpose()
    }

    /// Checks what the type system cannot: lengths, ranges and dependencies between keys.
    pub(crate) fn validate(&self) -> Result<(), ProfileError> {
        if self.versions.0 > self.versions.1 {
            return Err(ProfileError::new("tls.versions", "the lowest version comes first"));
        }
        check_list("tls.ciphers", &self.ciphers, true)?;
        check_list("tls.groups", &self.groups, true)?;
        check_list("tls.signatureAlgorithms", &self.signature_algorithms, true)?;
        check_list("tls.certificateCompression", &self.certificate_compression, false)?;
        check_distinct("tls.groups", &self.groups)?;
        check_distinct("tls.certificateCompression", &self.certificate_compression)?;
        self.validate_key_shares()?;
        if let ExtensionOrder::Fixed { order } = &self.extension_order {
            check_list("tls.extensionOrder.order", order, true)?;
            check_distinct("tls.extensionOrder.order", order)?;
        }
        if let Some(list) = &self.delegated_credentials {
            check_list("tls.delegatedCredentials", list, true)?;
        }
        if let Some(limit) = self.record_size_limit
            && !(64..=16385).contains(&limit)
        {
            return Err(ProfileError::new("tls.recordSizeLimit", "must be 64 to 16385 (RFC 8449 section 4)"));
        }
        self.validate_protocols()?;
        if let Some(ech) = &self.ech {
            validate_ech(ech)?;
        }
        if self.psk_key_exchange_modes.as_deref().is_some_and(|modes| modes != [1]) {
            return Err(ProfileError::new("tls.pskKeyExchangeModes", "only [1] (psk_dhe_ke) or null is implemented"));
        }
        if let Some(formats) = &self.ec_point_formats {
            check_list("tls.ecPointFormats", formats, true)?;
            if !formats.contains(&0) {
                return Err(ProfileError::new("tls.ecPointFormats", "must contain 0 (uncompressed)"));
            }
        }
        if self.padding_to.is_some_and(|length| !(257..=4096).contains(&length)) {
            return Err(ProfileError::new("tls.paddingTo", "must be 257 to 4096"));
        }
        let body = self.trust_anchor_bytes()?;
        body.as_deref().map_or(Ok(()), validate_trust_anchors)
    }

    fn validate_key_shares(&self) -> Result<(), ProfileError> {
        const KEY: &str = "tls.keyShares";
        check_list(KEY, &self.key_shares, false)?;
        check_distinct(KEY, &self.key_shares)?;
        // RFC 8446 4.2.8: shares are a subsequence of supported_groups, in the same order.
        let mut rest = self.groups.iter();
        for share in &self.key_shares {
            if !rest.any(|group| group == share) {
                return Err(ProfileError::new(KEY, format!("{share} is not in tls.groups at this position")));
            }
        }
        Ok(())
    }

    fn validate_protocols(&self) -> Result<(), ProfileError> {
        check_list("tls.alpn", &self.alpn, true)?;
        check_protocol_names("tls.alpn", &self.alpn)?;
        let Some(alps) = &self.alps else {
            return Ok(());
        };
        check_list("tls.alps.protocols", &alps.protocols, true)?;
        check_protocol_names("tls.alps.protocols", &alps.protocols)?;
        if !matches!(alps.codepoint, 17513 | 17613) {
            return Err(ProfileError::new("tls.alps.codepoint", "must be 17513 or 17613"));
        }
        Ok(())
    }
}

fn validate_ech(ech: &EchGrease) -> Result<(), ProfileError> {
    check_list("tls.ech.aeads", &ech.aeads, true)?;
    if ech.aeads.iter().any(|aead| !(1..=3).contains(aead)) {
        return Err(ProfileError::new("tls.ech.aeads", "must be 1, 2 or 3 (RFC 9180 section 7.3)"));
    }
    let EchPayload::Listed { lengths } = &ech.payload else {
        return Ok(());
    };
    const KEY: &str = "tls.ech.payload.lengths";
    check_list(KEY, lengths, true)?;
    if lengths.iter().any(|length| !(17..=MAX_ECH_PAYLOAD).contains(length)) {
        return Err(ProfileError::new(KEY, format!("must be 17 to {MAX_ECH_PAYLOAD}")));
    }
    Ok(())
}

/// draft-ietf-tls-trust-anchor-ids: a u16 length, then identifiers with a u8 length each.
fn validate_trust_anchors(body: &[u8]) -> Result<(), ProfileError> {
    let wrong = |reason: &str| Err(ProfileError::new("tls.trustAnchors", reason));
    let Some((length, mut rest)) = body.split_first_chunk::<2>() else {
        return wrong("shorter than its length field");
    };
    if usize::from(u16::from_be_bytes(*length)) != rest.len() {
        return wrong("the length field disagrees with the body");
    }
    while let Some((&length, tail)) = rest.split_first() {
        match tail.split_at_checked(usize::from(length)) {
            Some((id, tail)) if !id.is_empty() => rest = tail,
            _ => return wrong("an identifier is empty or truncated"),
        }
    }
    Ok(())
}

fn check_list<T>(key: &str, list: &[T], needed: bool) -> Result<(), ProfileError> {
    if needed && list.is_empty() {
        return Err(ProfileError::new(key, "must not be empty"));
    }
    if list.len() > MAX_LIST {
        return Err(ProfileError::new(key, format!("more than {MAX_LIST} entries")));
    }
    Ok(())
}

fn check_distinct<T: PartialEq>(key: &str, list: &[T]) -> Result<(), ProfileError> {
    for (index, item) in list.iter().enumerate() {
        if list.iter().take(index).any(|earlier| earlier == item) {
            return Err(ProfileError::new(format!("{key}[{index}]"), "listed twice"));
        }
    }
    Ok(())
}

fn check_protocol_names(key: &str, names: &[String]) -> Result<(), ProfileError> {
    match names.iter().position(|name| name.is_empty() || name.len() > 255) {
        Some(index) => Err(ProfileError::new(format!("{key}[{index}]"), "must have 1 to 255 bytes")),
        None => Ok(()),
    }
}

fn decode_hex(key: &str, text: &str) -> Result<Vec<u8>, ProfileError> {
    if text.len() > MAX_TRUST_ANCHOR_BYTES * 2 {
        return Err(ProfileError::new(key, format!("longer than {MAX_TRUST_ANCHOR_BYTES} bytes")));
    }
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    text.as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(high)? << 4 | digit(low)?),
            _ => None,
        })
        .collect::<Option<Vec<u8>>>()
        .ok_or_else(|| ProfileError::new(key, "is not hex"))
}
