//! Shared TLS configuration: profile + trust + identity.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use boring::ex_data::Index;
use boring::sha::Sha256;
use boring::ssl::{
    Ssl, SslContext, SslContextBuilder, SslMethod, SslRef, SslSession, SslSessionCacheMode, SslVerifyMode,
};
use boring_sys as ffi;

use super::error::TlsError;
use super::identity::{self, Identity};
use super::key_log::KeyLog;
use super::names::Reference;
use super::trust::{self, Trust};
use super::{compression, hello, verify};
use crate::profile::TlsPolicy;

/// Longest accepted certificate chain. Public chains have at most four certificates.
const MAX_CHAIN_DEPTH: u32 = 16;
/// Largest accepted certificate message in bytes, compressed or not; Chromium and Firefox allow about as much.
const MAX_CERTIFICATE_BYTES: usize = 128 * 1024;
const PARTIAL_CHAIN: std::ffi::c_ulong = ffi::X509_V_FLAG_PARTIAL_CHAIN.unsigned_abs() as std::ffi::c_ulong;
/// Tickets kept from one connection; a server may send any number of them. Chromium keeps two for a host.
const MAX_NEW_SESSIONS: usize = 2;

/// Which protocols a connection offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AlpnPolicy {
    /// The profile's list.
    #[default]
    Profile,
    /// `http/1.1` alone, with the hello a browser sends for a WebSocket.
    Http1Only,
}

/// Why a connection is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Attempt {
    /// For requests that were not sent yet.
    #[default]
    First,
    /// To repeat a request.
    Retry,
}

/// What makes two contexts equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsOptions {
    /// The profile's `tls` section.
    pub policy: Arc<TlsPolicy>,
    /// Which certificates are believed.
    pub trust: Trust,
    /// Client certificate.
    pub identity: Option<Identity>,
    /// Where secrets are written; `None`: nowhere, whatever the environment says.
    pub key_log: Option<KeyLog>,
}

impl Hash for TlsOptions {
    /// Without the policy: it is long, a process has a few, and one that is the same value is equal at a glance.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.trust.hash(state);
        self.identity.hash(state);
        self.key_log.hash(state);
    }
}

/// Ready-made configuration, cheap to share. Equal options give the same context in the whole process.
pub struct TlsContext {
    options: TlsOptions,
    fingerprint: [u8; 16],
    profile: SslContext,
    http1_only: SslContext,
    /// For repeated requests, where their hello is another; rarely needed, so built when it is.
    retry: [OnceLock<SslContext>; 2],
}

impl std::fmt::Debug for TlsContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsContext").field("options", &self.options).finish_non_exhaustive()
    }
}

/// What callbacks learn during a connection.
#[derive(Default)]
pub(super) struct ConnectionNotes {
    /// Whom the connection is for.
    pub(super) reference: Option<Reference>,
    /// New sessions, oldest first, at most `MAX_NEW_SESSIONS`.
    pub(super) sessions: Vec<SslSession>,
    /// Last fatal alert: number, and whether it came from the peer.
    pub(super) alert: Option<(u8, bool)>,
}

impl TlsContext {
    /// Returns the process's context for `options`, building it when nobody has one.
    ///
    /// # Errors
    ///
    /// `ERR_TLS_CONFIG`: the policy, `ca` or the client identity cannot be used.
    pub fn load(options: &TlsOptions) -> Result<Arc<Self>, TlsError> {
        static CACHE: OnceLock<Mutex<HashMap<TlsOptions, Weak<TlsContext>>>> = OnceLock::new();
        let cache = CACHE.get_or_init(Mutex::default);
        let find = || {
            let cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
            cache.get(options).and_then(Weak::upgrade)
        };
        if let Some(found) = find() {
            return Ok(found);
        }
        // Built outside the lock: the first use of the system's roots takes milliseconds.
        let built = Arc::new(Self::build(options)?);
        let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = cache.get(options).and_then(Weak::upgrade) {
            return Ok(found);
        }
        cache.retain(|_, context| context.strong_count() > 0);
        cache.insert(options.clone(), Arc::downgrade(&built));
        Ok(built)
    }

    /// The options it was built from.
    pub fn options(&self) -> &TlsOptions {
        &self.options
    }

    /// Equal for equal options, also in another process. Part of a [`super::TicketKey`], so that a ticket never serves a
    /// connection with other trust settings or another identity.
    pub fn fingerprint(&self) -> &[u8; 16] {
        &self.fingerprint
    }

    pub(super) fn new_ssl(&self, alpn: AlpnPolicy, attempt: Attempt) -> Result<Ssl, TlsError> {
        let policy = &self.options.policy;
        let alike = policy.retry.certificate_compression || policy.certificate_compression.is_empty();
        let context = match (alpn, attempt) {
            (_, Attempt::Retry) if !alike => self.retry_context(alpn)?,
            (AlpnPolicy::Profile, _) => &self.profile,
            (AlpnPolicy::Http1Only, _) => &self.http1_only,
        };
        let mut ssl = Ssl::new(context).map_err(|stack| TlsError::config_step("cannot create a connection", &stack))?;
        ssl.set_ex_data(notes_index()?, ConnectionNotes::default());
        hello::shape_connection(&mut ssl, &self.options.policy, alpn)?;
        Ok(ssl)
    }

    fn build(options: &TlsOptions) -> Result<Self, TlsError> {
        Ok(Self {
            fingerprint: fingerprint(options),
            profile: build_one(options, AlpnPolicy::Profile, Attempt::First)?,
            http1_only: build_one(options, AlpnPolicy::Http1Only, Attempt::First)?,
            retry: Default::default(),
            options: options.clone(),
        })
    }

    fn retry_context(&self, alpn: AlpnPolicy) -> Result<&SslContext, TlsError> {
        let [profile, http1_only] = &self.retry;
        let slot = match alpn {
            AlpnPolicy::Profile => profile,
            AlpnPolicy::Http1Only => http1_only,
        };
        if let Some(built) = slot.get() {
            return Ok(built);
        }
        let built = build_one(&self.options, alpn, Attempt::Retry)?;
        Ok(slot.get_or_init(|| built))
    }
}

/// Index of the [`ConnectionNotes`] of a connection.
pub(super) fn notes_index() -> Result<Index<Ssl, ConnectionNotes>, TlsError> {
    static INDEX: OnceLock<Index<Ssl, ConnectionNotes>> = OnceLock::new();
    if let Some(index) = INDEX.get() {
        return Ok(*index);
    }
    let index = Ssl::new_ex_index().map_err(|stack| TlsError::config_step("cannot reserve connection data", &stack))?;
    Ok(*INDEX.get_or_init(|| index))
}

fn build_one(options: &TlsOptions, alpn: AlpnPolicy, attempt: Attempt) -> Result<SslContext, TlsError> {
    let policy = &*options.policy;
    let mut builder = SslContextBuilder::new(SslMethod::tls())
        .map_err(|stack| TlsError::config_step("cannot create a TLS context", &stack))?;
    hello::shape_context(&mut builder, policy, alpn)?;
    let compresses = (alpn == AlpnPolicy::Profile || policy.http1_only.certificate_compression)
        && (attempt == Attempt::First || policy.retry.certificate_compression);
    if compresses {
        compression::install(&mut builder, &policy.certificate_compression)?;
    }
    trust::install(&mut builder, &options.trust)?;
    builder.set_verify(if options.trust.insecure { SslVerifyMode::NONE } else { SslVerifyMode::PEER });
    builder.set_verify_depth(MAX_CHAIN_DEPTH);
    judge_by(&mut builder, policy, options.trust.insecure)?;
    if let Some(identity) = &options.identity {
        identity::install(&mut builder, identity)?;
    }
    if let Some(log) = options.key_log.clone() {
        builder.set_keylog_callback(move |_, line| log.append(line));
    }
    builder.set_session_cache_mode(SslSessionCacheMode::CLIENT | SslSessionCacheMode::NO_INTERNAL);
    builder.set_new_session_callback(note_session);
    // SAFETY: the context is alive and not shared yet; the callback has the signature the library asks for.
    unsafe {
        ffi::SSL_CTX_set_max_cert_list(builder.as_ptr(), MAX_CERTIFICATE_BYTES);
        ffi::SSL_CTX_set_info_callback(builder.as_ptr(), Some(note_alert));
        ffi::SSL_CTX_set0_buffer_pool(builder.as_ptr(), certificate_pool());
    }
    Ok(builder.build())
}

/// Where the bytes of certificates are, once each in the whole process: connections to one host are all shown the same. Never
/// freed; an entry goes with who used it last.
fn certificate_pool() -> *mut ffi::CRYPTO_BUFFER_POOL {
    static POOL: OnceLock<usize> = OnceLock::new();
    // SAFETY: a plain constructor; without memory it gives null, which means no pool. The pool has a lock of its own.
    *POOL.get_or_init(|| unsafe { ffi::CRYPTO_BUFFER_POOL_new() } as usize) as *mut ffi::CRYPTO_BUFFER_POOL
}

/// Purposes are judged by `verify.rs`; what is trusted need not be a root.
fn judge_by(builder: &mut SslContextBuilder, policy: &TlsPolicy, insecure: bool) -> Result<(), TlsError> {
    // SAFETY: the context is alive and not shared yet, and so are the parameters that belong to it.
    let set = unsafe {
        let parameters = ffi::SSL_CTX_get0_param(builder.as_ptr());
        ffi::X509_VERIFY_PARAM_set_purpose(parameters, ffi::X509_PURPOSE_ANY)
            & ffi::X509_VERIFY_PARAM_set_flags(parameters, PARTIAL_CHAIN)
    };
    if set != 1 {
        return Err(TlsError::config("cannot choose how certificates are verified"));
    }
    let judge = verify::Judge::new(policy.certificates.clone(), insecure);
    builder.set_cert_verify_callback(move |context| judge.judge(context));
    Ok(())
}

fn note_session(ssl: &mut SslRef, session: SslSession) {
    let Ok(index) = notes_index() else { return };
    if let Some(notes) = ssl.ex_data_mut(index) {
        if notes.sessions.len() == MAX_NEW_SESSIONS {
            notes.sessions.remove(0);
        }
        notes.sessions.push(session);
    }
}

/// `value` is level << 8 | number. Nothing here can panic.
unsafe extern "C" fn note_alert(ssl: *const ffi::SSL, kind: std::ffi::c_int, value: std::ffi::c_int) {
    const FATAL: i32 = 2;
    if kind & ffi::SSL_CB_ALERT == 0 || value >> 8 != FATAL {
        return;
    }
    let Ok(index) = notes_index() else { return };
    let [number, ..] = value.to_le_bytes();
    // SAFETY: the library calls back with a live connection, and boring's ex_data holds what `new_ssl` put there. No
    // other reference to the notes exists while the library runs.
    let notes = unsafe { foreign_types_shared::ForeignTypeRef::from_ptr_mut(ssl.cast_mut()) };
    let notes: &mut SslRef = notes;
    if let Some(notes) = notes.ex_data_mut(index) {
        notes.alert = Some((number, kind & ffi::SSL_CB_READ != 0));
    }
}

/// Fields are length-prefixed, so that no two sets of options give the same input.
fn fingerprint(options: &TlsOptions) -> [u8; 16] {
    let mut hash = Sha256::new();
    let mut field = |bytes: &[u8]| {
        hash.update(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(bytes);
    };
    field(format!("{:?}", options.policy).as_bytes());
    field(format!("{:?} {}", options.trust.roots, options.trust.insecure).as_bytes());
    field(&options.trust.extra_ca);
    match &options.identity {
        None => field(b"none"),
        Some(Identity::Pem { certificate, key, .. }) => {
            field(certificate);
            field(key);
        }
        Some(Identity::Pkcs12 { archive, .. }) => field(archive),
    }
    let digest = hash.finish();
    let mut short = [0; 16];
    for (target, source) in short.iter_mut().zip(digest) {
        *target = source;
    }
    short
}
