//! Puts a profile's ClientHello into a BoringSSL context. The `SSL_CTX_*client_hello*` functions come from our patch.

use std::ffi::CStr;

use boring::ssl::{SslContextBuilder, SslOptions, SslRef, SslVersion};
use boring_sys as ffi;
use foreign_types_shared::ForeignTypeRef;

use super::context::AlpnPolicy;
use super::error::TlsError;
use crate::profile::tls::{EchPayload, ExtensionOrder, RealEch, TlsPolicy, TlsVersion};

/// Code point of ALPS since Chromium 133.
const ALPS_NEW: u16 = 17613;

/// Configures everything that is the same for all connections of a context.
pub(super) fn shape_context(
    builder: &mut SslContextBuilder,
    policy: &TlsPolicy,
    alpn: AlpnPolicy,
) -> Result<(), TlsError> {
    let refused = |what: &'static str| move |stack| TlsError::config_step(what, &stack);
    builder.set_min_proto_version(Some(version(policy.versions.0))).map_err(refused("tls.versions"))?;
    builder.set_max_proto_version(Some(version(policy.versions.1))).map_err(refused("tls.versions"))?;
    builder.set_grease_enabled(policy.grease);
    builder.set_permute_extensions(policy.extension_order == ExtensionOrder::Shuffle);
    if policy.status_request {
        builder.enable_ocsp_stapling();
    }
    if policy.signed_certificate_timestamps {
        builder.enable_signed_cert_timestamps();
    }
    if !policy.session_ticket {
        builder.set_options(SslOptions::NO_TICKET);
    }
    builder.set_alpn_protos(&alpn_wire(policy, alpn)).map_err(refused("tls.alpn"))?;
    set_acceptable(builder, policy)?;
    set_lists(builder, policy)?;
    let context = builder.as_ptr();
    // SAFETY: the context is alive and not shared yet; these store plain numbers.
    unsafe {
        ffi::SSL_CTX_set_client_hello_flags(context, flags(policy));
        ffi::SSL_CTX_set_client_hello_padding(context, policy.padding_to.unwrap_or(0));
        ffi::SSL_CTX_set_record_size_limit(context, policy.record_size_limit.unwrap_or(0));
        ffi::SSL_CTX_set_early_data_enabled(context, policy.resumption.early_data.into());
    }
    set_trust_anchors(builder, policy)
}

/// Configures what BoringSSL only knows for each connection.
pub(super) fn shape_connection(ssl: &mut SslRef, policy: &TlsPolicy, alpn: AlpnPolicy) -> Result<(), TlsError> {
    // SAFETY: `ssl` is alive and exclusively borrowed; every pointer comes with the length of its slice and is copied.
    unsafe {
        let raw = ssl.as_ptr();
        ffi::SSL_set_enable_ech_grease(raw, policy.ech.is_some().into());
        if ffi::SSL_set1_client_key_shares(raw, policy.key_shares.as_ptr(), policy.key_shares.len()) != 1 {
            return Err(TlsError::config("tls.keyShares: the TLS library refused them"));
        }
        let Some(alps) = &policy.alps else {
            return Ok(());
        };
        if alpn == AlpnPolicy::Http1Only && !policy.http1_only.alps {
            return Ok(());
        }
        ffi::SSL_set_alps_use_new_codepoint(raw, (alps.codepoint == ALPS_NEW).into());
        for protocol in &alps.protocols {
            if ffi::SSL_add_application_settings(raw, protocol.as_ptr(), protocol.len(), std::ptr::null(), 0) != 1 {
                return Err(TlsError::config("tls.alps.protocols: the TLS library refused them"));
            }
        }
    }
    Ok(())
}

const fn version(version: TlsVersion) -> SslVersion {
    match version {
        TlsVersion::V1_0 => SslVersion::TLS1,
        TlsVersion::V1_1 => SslVersion::TLS1_1,
        TlsVersion::V1_2 => SslVersion::TLS1_2,
        TlsVersion::V1_3 => SslVersion::TLS1_3,
    }
}

fn alpn_wire(policy: &TlsPolicy, alpn: AlpnPolicy) -> Vec<u8> {
    let names: Vec<&str> = match alpn {
        AlpnPolicy::Profile => policy.alpn.iter().map(String::as_str).collect(),
        AlpnPolicy::Http1Only => vec!["http/1.1"],
    };
    let mut wire = Vec::new();
    for name in names {
        // Validated to be 1 to 255 bytes long.
        wire.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        wire.extend_from_slice(name.as_bytes());
    }
    wire
}

fn flags(policy: &TlsPolicy) -> u32 {
    let listed = !matches!(policy.ech.as_ref().map(|ech| &ech.payload), Some(EchPayload::AsInnerHello));
    let real = policy.ech.as_ref().and_then(|ech| ech.real.as_ref());
    let wants = |asks: fn(&RealEch) -> bool| real.is_some_and(asks);
    // A flag is set by the absence of what stands next to it.
    let switches = [
        (policy.grease_signature_algorithms, ffi::SSL_HELLO_NO_SIGALG_GREASE),
        (policy.resumption.session_ticket_with_psk, ffi::SSL_HELLO_NO_TICKET_WITH_PSK),
        (policy.psk_key_exchange_modes.is_some(), ffi::SSL_HELLO_NO_PSK_MODES),
        (policy.renegotiation_info, ffi::SSL_HELLO_NO_RENEGOTIATION_INFO),
        (policy.extended_master_secret, ffi::SSL_HELLO_NO_EXTENDED_MASTER_SECRET),
        (policy.ec_point_formats.is_some(), ffi::SSL_HELLO_NO_POINT_FORMATS),
        (listed, ffi::SSL_HELLO_ECH_AS_INNER_HELLO),
        (!wants(|real| real.all_ciphers), ffi::SSL_HELLO_ECH_INNER_CIPHERS),
        (!wants(|real| real.inner_first), ffi::SSL_HELLO_ECH_INNER_FIRST),
        (!wants(|real| real.outer_psk), ffi::SSL_HELLO_ECH_OUTER_PSK),
        (!wants(|real| real.short_padding), ffi::SSL_HELLO_ECH_SHORT_PADDING),
    ];
    switches.iter().filter(|(present, _)| !present).fold(0, |flags, (_, flag)| flags | flag.cast_unsigned())
}

/// What the library may accept from a server: the implemented part of the lists.
fn set_acceptable(builder: &mut SslContextBuilder, policy: &TlsPolicy) -> Result<(), TlsError> {
    let (tls13, legacy): (Vec<u16>, Vec<u16>) = policy.ciphers.iter().partition(|id| *id >> 8 == 0x13);
    let legacy: Vec<&str> = legacy.iter().filter_map(|id| cipher_name(*id)).collect();
    let needs = |version| policy.versions.0 <= version && version <= policy.versions.1;
    if legacy.is_empty() && policy.versions.0 < TlsVersion::V1_3 {
        return Err(TlsError::config("tls.ciphers: none of the TLS 1.2 cipher suites is implemented"));
    }
    if tls13.is_empty() && needs(TlsVersion::V1_3) {
        return Err(TlsError::config("tls.ciphers: no TLS 1.3 cipher suite"));
    }
    if !legacy.is_empty() {
        builder
            .set_strict_cipher_list(&legacy.join(":"))
            .map_err(|stack| TlsError::config_step("tls.ciphers", &stack))?;
    }
    let groups: Vec<u16> = policy.groups.iter().copied().filter(|id| is_group(*id)).collect();
    if let Some(share) = policy.key_shares.iter().find(|id| !is_group(**id)) {
        return Err(TlsError::config(format!("tls.keyShares: group {share} is not implemented")));
    }
    if groups.is_empty() {
        return Err(TlsError::config("tls.groups: none is implemented"));
    }
    let mut algorithms: Vec<u16> = Vec::new();
    for id in &policy.signature_algorithms {
        if is_signature_algorithm(*id) && !algorithms.contains(id) {
            algorithms.push(*id);
        }
    }
    let context = builder.as_ptr();
    // SAFETY: the context is alive and not shared yet; every pointer comes with the length of its slice and is copied.
    let done = unsafe {
        [
            (
                "tls.ciphers",
                tls13.is_empty()
                    || ffi::SSL_CTX_set1_tls13_ciphers(context, tls13.as_ptr(), std::ptr::null(), tls13.len()) == 1,
            ),
            ("tls.groups", ffi::SSL_CTX_set1_group_ids(context, groups.as_ptr(), groups.len()) == 1),
            (
                "tls.signatureAlgorithms",
                ffi::SSL_CTX_set_verify_algorithm_prefs(context, algorithms.as_ptr(), algorithms.len()) == 1,
            ),
        ]
    };
    match done.iter().find(|(_, done)| !done) {
        Some((key, _)) => Err(TlsError::config(format!("{key}: the TLS library refused the list"))),
        None => Ok(()),
    }
}

/// What the hello says, verbatim.
fn set_lists(builder: &mut SslContextBuilder, policy: &TlsPolicy) -> Result<(), TlsError> {
    let order: &[u16] = match &policy.extension_order {
        ExtensionOrder::Shuffle => &[],
        ExtensionOrder::Fixed { order } => order,
    };
    let formats: Vec<u16> = policy.ec_point_formats.iter().flatten().map(|format| u16::from(*format)).collect();
    let ech = policy.ech.as_ref();
    let payloads: &[u16] = match ech.map(|ech| &ech.payload) {
        Some(EchPayload::Listed { lengths }) => lengths,
        Some(EchPayload::AsInnerHello) | None => &[],
    };
    let lists: [(i32, &[u16]); 8] = [
        (ffi::SSL_HELLO_LIST_EXTENSION_ORDER, order),
        (ffi::SSL_HELLO_LIST_CIPHERS, &policy.ciphers),
        (ffi::SSL_HELLO_LIST_GROUPS, &policy.groups),
        (ffi::SSL_HELLO_LIST_SIGALGS, &policy.signature_algorithms),
        (ffi::SSL_HELLO_LIST_DELEGATED_SIGALGS, policy.delegated_credentials.as_deref().unwrap_or_default()),
        (ffi::SSL_HELLO_LIST_ECH_AEADS, ech.map(|ech| &*ech.aeads).unwrap_or_default()),
        (ffi::SSL_HELLO_LIST_ECH_PAYLOAD_LENGTHS, payloads),
        (ffi::SSL_HELLO_LIST_POINT_FORMATS, &formats),
    ];
    for (which, list) in lists {
        // SAFETY: the context is alive and not shared yet; the list is copied.
        if unsafe { ffi::SSL_CTX_set1_client_hello_list(builder.as_ptr(), which, list.as_ptr(), list.len()) } != 1 {
            return Err(TlsError::config("the TLS library refused a ClientHello list"));
        }
    }
    Ok(())
}

fn set_trust_anchors(builder: &mut SslContextBuilder, policy: &TlsPolicy) -> Result<(), TlsError> {
    let body = policy.trust_anchor_bytes().map_err(|error| TlsError::config(error.to_string()))?;
    // The library writes the length field itself.
    let Some((_, ids)) = body.as_deref().and_then(<[u8]>::split_first_chunk::<2>) else {
        return Ok(());
    };
    // SAFETY: the context is alive and not shared yet; the bytes are copied.
    if unsafe { ffi::SSL_CTX_set1_requested_trust_anchors(builder.as_ptr(), ids.as_ptr(), ids.len()) } != 1 {
        return Err(TlsError::config("tls.trustAnchors: the TLS library refused the list"));
    }
    Ok(())
}

/// OpenSSL's name of an implemented TLS 1.2 cipher suite.
fn cipher_name(id: u16) -> Option<&'static str> {
    // SAFETY: looks `id` up in a constant table; names of its entries are static ASCII strings.
    unsafe {
        let cipher = ffi::SSL_get_cipher_by_value(id);
        if cipher.is_null() {
            return None;
        }
        CStr::from_ptr(ffi::SSL_CIPHER_get_name(cipher)).to_str().ok()
    }
}

fn is_group(id: u16) -> bool {
    // SAFETY: looks `id` up in a constant table.
    unsafe { !ffi::SSL_get_group_name(id).is_null() }
}

fn is_signature_algorithm(id: u16) -> bool {
    // SAFETY: looks `id` up in a constant table.
    unsafe { !ffi::SSL_get_signature_algorithm_name(id, 1).is_null() }
}
