//! Profile, trust and tickets of one transport.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::error::{Error, codes};
use crate::phase::Phase;
use crate::profile::{KnownProfile, Profile};
use crate::request::Protocols;
use crate::tls::{
    AlpnPolicy, Attempt, Identity, KeyLog, Roots, ServerName, TicketKey, TicketPlace, TicketStore, TlsContext,
    TlsOptions, TlsSession, Trust,
};
use crate::transport_options::{IdentityOptions, TransportOptions, TrustStore};

/// Parsed profiles kept by text. A process uses a handful; beyond that parsing again is cheaper than remembering.
const PROFILES_KEPT: usize = 64;

impl KnownProfile {
    /// Reads a profile's text, or finds what was made of it before.
    ///
    /// # Errors
    /// `ERR_PROFILE_INVALID`
    pub fn load(text: &str) -> Result<Self, Error> {
        load_profile(text).map(Self)
    }
}

pub(crate) struct TlsSetup {
    profile: Arc<Profile>,
    context: Arc<TlsContext>,
    tickets: Arc<TicketStore>,
    /// Everything but host and port that separates tickets.
    scope: Vec<u8>,
    resumption: bool,
    identity: bool,
    /// [`TransportOptions::server_name`].
    server_name: Option<String>,
}

impl TlsSetup {
    pub(crate) fn new(options: &TransportOptions) -> Result<Self, Error> {
        let profile = match &options.known_profile {
            Some(KnownProfile(profile)) => Arc::clone(profile),
            None => load_profile(&options.profile)?,
        };
        let trust = Trust {
            roots: match options.trust_store {
                TrustStore::Bundled => Roots::Bundled,
                TrustStore::System => Roots::System,
                TrustStore::Combined => Roots::BundledAndSystem,
                TrustStore::None => Roots::None,
            },
            extra_ca: options.ca.join(&b'\n'),
            insecure: options.insecure,
        };
        let identity = options.identity.as_ref().map(identity_of);
        let key_log = options.key_log.as_deref().map(KeyLog::open).transpose().map_err(|error| {
            let found = Error::from_io(&error, Phase::Queue);
            Error { code: codes::KEY_LOG, detail: Some(format!("the key log cannot be opened: {error}")), ..found }
        })?;
        let tls_options = TlsOptions { policy: Arc::clone(&profile.tls), trust, identity, key_log };
        let context = TlsContext::load(&tls_options).map_err(|error| Error::from_tls(error, Phase::Tls))?;
        let mut scope = context.fingerprint().to_vec();
        if let Some(proxy) = &options.proxy {
            let user = proxy.username.as_deref().unwrap_or_default();
            scope.extend_from_slice(format!("{:?} {} {} {user}", proxy.kind, proxy.host, proxy.port).as_bytes());
        }
        if let Some(name) = &options.server_name {
            scope.extend_from_slice(format!(" {name} ").as_bytes());
        }
        Ok(Self {
            profile,
            context,
            tickets: Arc::new(TicketStore::new()),
            scope,
            resumption: options.resumption,
            identity: options.identity.is_some(),
            server_name: options.server_name.clone(),
        })
    }

    pub(crate) fn profile(&self) -> &Arc<Profile> {
        &self.profile
    }

    /// Whether a connection is for one host alone: it may have shown a client certificate, or another's name.
    pub(crate) fn is_for_one_host(&self) -> bool {
        self.identity || self.server_name.is_some()
    }

    /// Whom a connection to an origin is for.
    pub(crate) fn name_for<'a>(&'a self, host: &'a str) -> ServerName<'a> {
        ServerName::instead_of(host, self.server_name.as_deref())
    }

    /// A session with a host of this `name`, with a ticket of the same `partition` if there is one; and where its new tickets go.
    pub(crate) fn session(
        &self,
        name: ServerName<'_>,
        host: &str,
        port: u16,
        protocols: Protocols,
        partition: &[u8],
        attempt: Attempt,
    ) -> Result<(TlsSession, Option<TicketPlace>), Error> {
        let alpn = match protocols {
            Protocols::Http1 => AlpnPolicy::Http1Only,
            Protocols::Auto | Protocols::Http2 => AlpnPolicy::Profile,
        };
        let key = self.resumption.then(|| self.ticket_key(host, port, partition));
        let ticket = key.as_ref().and_then(|key| self.tickets.take(key));
        let session = TlsSession::for_attempt(&self.context, name, alpn, attempt, ticket);
        let place = key.map(|key| TicketPlace { store: Arc::clone(&self.tickets), key });
        Ok((session.map_err(|error| Error::from_tls(error, Phase::Tls))?, place))
    }

    /// Whether an earlier session with the origin can be resumed.
    pub(crate) fn has_ticket(&self, host: &str, port: u16, partition: &[u8]) -> bool {
        self.resumption && self.tickets.has(&self.ticket_key(host, port, partition))
    }

    fn ticket_key(&self, host: &str, port: u16, partition: &[u8]) -> TicketKey {
        let mut scope = self.scope.clone();
        if !partition.is_empty() {
            scope.push(0);
            scope.extend_from_slice(partition);
        }
        TicketKey { scope, host: host.to_ascii_lowercase(), port }
    }

    pub(crate) fn export_tickets(&self) -> Vec<u8> {
        self.tickets.export().unwrap_or_default()
    }

    pub(crate) fn import_tickets(&self, tickets: &[u8]) {
        // What cannot be read costs a full handshake, no more.
        let _ = self.tickets.import(tickets, &self.profile.tls.resumption);
    }
}

fn identity_of(options: &IdentityOptions) -> Identity {
    match options {
        IdentityOptions::Pem { certificates, key, passphrase } => Identity::Pem {
            certificate: certificates.clone(),
            key: key.clone(),
            passphrase: passphrase.as_ref().map(|text| text.as_bytes().to_vec()),
        },
        IdentityOptions::Pkcs12 { container, passphrase } => {
            Identity::Pkcs12 { archive: container.clone(), passphrase: passphrase.clone().unwrap_or_default() }
        }
    }
}

fn load_profile(text: &str) -> Result<Arc<Profile>, Error> {
    static CACHE: OnceLock<Mutex<HashMap<String, Arc<Profile>>>> = OnceLock::new();
    let mut cache = CACHE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = cache.get(text) {
        return Ok(Arc::clone(known));
    }
    let refused = |detail: String| Error::new(codes::PROFILE_INVALID, Phase::Queue).with_detail(detail);
    let profile = Arc::new(Profile::parse(text).map_err(|error| refused(error.to_string()))?);
    if cache.len() < PROFILES_KEPT {
        cache.insert(text.to_owned(), Arc::clone(&profile));
    }
    Ok(profile)
}
