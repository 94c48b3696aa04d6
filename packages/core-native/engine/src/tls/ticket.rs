//! Session tickets: one connection gives them, a later one to the same peer uses them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use boring::ssl::{SslSession, SslVersion};

use super::error::TlsError;
use crate::profile::tls::Resumption;

/// Peers remembered by a store; the longest unused one is forgotten. Chromium has the same number.
pub const MAX_PEERS: usize = 1024;
/// Tickets remembered for a peer, as in Chromium.
pub const MAX_TICKETS_PER_PEER: usize = 2;
/// Largest ticket accepted by `TicketStore::import`, in bytes. It contains the peer's certificates.
const MAX_TICKET_BYTES: usize = 256 * 1024;
/// Longest life of an imported ticket, in seconds: no server may ask for more (RFC 8446 section 4.6.1).
const MAX_LIFETIME: u32 = 7 * 24 * 60 * 60;
/// How far in the future an imported ticket may have been issued, in seconds: two machines rarely agree exactly.
const MAX_CLOCK_SKEW: u64 = 5 * 60;
/// First byte of exported tickets; other versions are ignored.
const EXPORT_VERSION: u8 = 1;

/// A resumable session.
#[derive(Clone)]
pub struct Ticket {
    pub(super) session: SslSession,
    /// Connections it may still serve; `None` is "until it expires".
    uses: Option<u32>,
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ticket").field("uses", &self.uses).finish_non_exhaustive()
    }
}

impl Ticket {
    /// `None` if the profile does not resume such sessions.
    pub(super) fn from_session(session: SslSession, policy: &Resumption) -> Option<Self> {
        let tls13 = session.protocol_version() == SslVersion::TLS1_3;
        let uses = match (tls13, policy.ticket_uses) {
            (true, _) => Some(1),
            (false, 0) => None,
            (false, uses) => Some(uses),
        };
        (if tls13 { policy.tls13 } else { policy.tls12 }).then_some(Self { session, uses })
    }

    /// A ticket of an export, within what a server could have given: its age and life, and the uses that the profile
    /// allows. What it says of the peer cannot be checked here, only that it names one.
    fn from_import(mut session: SslSession, uses: Option<u32>, policy: &Resumption, now: u64) -> Option<Self> {
        if session.time() > now.saturating_add(MAX_CLOCK_SKEW) || !names_peer(&session) {
            return None;
        }
        limit_lifetime(&mut session);
        let fresh = Self::from_session(session, policy)?;
        let uses = match (fresh.uses, uses) {
            (Some(most), Some(left)) => Some(most.min(left)),
            (most, left) => most.or(left),
        };
        Some(Self { uses, ..fresh }).filter(|ticket| !ticket.is_expired(now))
    }

    /// Whether the server allows early data with it.
    pub fn allows_early_data(&self) -> bool {
        // SAFETY: reads a field of a live session.
        unsafe { boring_sys::SSL_SESSION_early_data_capable(raw_session(&self.session)) == 1 }
    }

    fn is_expired(&self, now: u64) -> bool {
        now >= self.session.time().saturating_add(self.session.timeout().into())
    }
}

fn raw_session(session: &SslSession) -> *mut boring_sys::SSL_SESSION {
    use foreign_types_shared::ForeignType;
    session.as_ptr()
}

fn names_peer(session: &SslSession) -> bool {
    // SAFETY: reads a field of a live session.
    unsafe { !boring_sys::SSL_SESSION_get0_peer_certificates(raw_session(session)).is_null() }
}

fn limit_lifetime(session: &mut SslSession) {
    if session.timeout() > MAX_LIFETIME {
        // SAFETY: the session is alive and, being just read, not shared.
        unsafe { boring_sys::SSL_SESSION_set_timeout(raw_session(session), MAX_LIFETIME) };
    }
}

/// Whom a ticket is for. `scope` must contain everything else that separates connections, at least
/// `TlsContext::fingerprint` and the proxy with its user: a ticket links two connections for whoever issued it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TicketKey {
    /// Opaque partition.
    pub scope: Vec<u8>,
    /// Host name or IP address, lower case.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// Where the tickets of a connection go.
pub(crate) struct TicketPlace {
    pub(crate) store: Arc<TicketStore>,
    pub(crate) key: TicketKey,
}

impl TicketPlace {
    pub(crate) fn put(&self, ticket: Ticket) {
        self.store.put(self.key.clone(), ticket);
    }
}

/// Tickets of a transport, bounded, shared between `h2` and `http/1.1` connections as browsers share them.
#[derive(Debug, Default)]
pub struct TicketStore {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    peers: HashMap<TicketKey, Peer>,
    clock: u64,
}

#[derive(Debug, Default)]
struct Peer {
    /// Oldest first.
    tickets: Vec<Ticket>,
    last_used: u64,
}

impl TicketStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the newest usable ticket. A TLS 1.3 ticket is gone then, a TLS 1.2 ticket stays as long as its uses last.
    pub fn take(&self, key: &TicketKey) -> Option<Ticket> {
        let now = unix_time();
        let mut inner = self.lock();
        inner.clock += 1;
        let clock = inner.clock;
        let peer = inner.peers.get_mut(key)?;
        peer.last_used = clock;
        peer.tickets.retain(|ticket| !ticket.is_expired(now));
        let mut ticket = peer.tickets.pop();
        if let Some(taken) = &mut ticket {
            taken.uses = taken.uses.map(|uses| uses.saturating_sub(1));
            if taken.uses != Some(0) {
                peer.tickets.push(taken.clone());
            }
        }
        if peer.tickets.is_empty() {
            inner.peers.remove(key);
        }
        ticket
    }

    /// Whether there is a ticket, usable or not.
    pub fn has(&self, key: &TicketKey) -> bool {
        self.lock().peers.contains_key(key)
    }

    /// Remembers a ticket.
    pub fn put(&self, key: TicketKey, ticket: Ticket) {
        let mut inner = self.lock();
        inner.clock += 1;
        let clock = inner.clock;
        if !inner.peers.contains_key(&key) && inner.peers.len() >= MAX_PEERS {
            let oldest = inner.peers.iter().min_by_key(|(_, peer)| peer.last_used).map(|(key, _)| key.clone());
            oldest.map(|key| inner.peers.remove(&key));
        }
        let peer = inner.peers.entry(key).or_default();
        peer.last_used = clock;
        if peer.tickets.len() == MAX_TICKETS_PER_PEER {
            peer.tickets.remove(0);
        }
        peer.tickets.push(ticket);
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.lock().peers.clear();
    }

    /// Number of tickets.
    pub fn len(&self) -> usize {
        self.lock().peers.values().map(|peer| peer.tickets.len()).sum()
    }

    /// Whether there is no ticket.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All tickets as bytes. They contain session secrets: whoever has them can read and resume the sessions.
    ///
    /// # Errors
    ///
    /// The TLS library cannot serialise a session.
    pub fn export(&self) -> Result<Vec<u8>, TlsError> {
        let inner = self.lock();
        let mut out = vec![EXPORT_VERSION];
        let mut peers: Vec<_> = inner.peers.iter().collect();
        peers.sort_by_key(|(_, peer)| peer.last_used);
        for (key, peer) in peers {
            for ticket in &peer.tickets {
                let session = ticket
                    .session
                    .to_der()
                    .map_err(|stack| TlsError::config_step("cannot serialise a ticket", &stack))?;
                put_field(&mut out, &key.scope);
                put_field(&mut out, key.host.as_bytes());
                out.extend_from_slice(&key.port.to_be_bytes());
                out.extend_from_slice(&ticket.uses.map_or(0, |uses| uses.max(1)).to_be_bytes());
                put_field(&mut out, &session);
            }
        }
        Ok(out)
    }

    /// Adds exported tickets and returns how many were usable; those that have expired, cannot be read or that `policy` does
    /// not resume are skipped. For trusted bytes only: the verdict on a certificate, the chain and the protocol that a ticket
    /// names are believed, because nothing in a resumed handshake proves them.
    ///
    /// # Errors
    ///
    /// The bytes do not come from `export`.
    pub fn import(&self, bytes: &[u8], policy: &Resumption) -> Result<usize, TlsError> {
        let damaged = || TlsError::config("the exported tickets are damaged");
        let Some((&EXPORT_VERSION, mut rest)) = bytes.split_first() else {
            return Err(damaged());
        };
        let now = unix_time();
        let mut added = 0;
        while !rest.is_empty() {
            let (key, uses, session) = take_entry(&mut rest).ok_or_else(damaged)?;
            let Ok(session) = SslSession::from_der(session) else {
                continue;
            };
            if let Some(ticket) = Ticket::from_import(session, uses, policy, now) {
                self.put(key, ticket);
                added += 1;
            }
        }
        Ok(added)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unix_time() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

fn put_field(out: &mut Vec<u8>, field: &[u8]) {
    out.extend_from_slice(&u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(field);
}

fn take_entry<'a>(rest: &mut &'a [u8]) -> Option<(TicketKey, Option<u32>, &'a [u8])> {
    let scope = take_field(rest)?.to_vec();
    let host = std::str::from_utf8(take_field(rest)?).ok()?.to_owned();
    let port = u16::from_be_bytes(take_chunk(rest)?);
    let uses = u32::from_be_bytes(take_chunk(rest)?);
    let session = take_field(rest)?;
    Some((TicketKey { scope, host, port }, (uses != 0).then_some(uses), session))
}

fn take_chunk<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (chunk, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*chunk)
}

fn take_field<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(u32::from_be_bytes(take_chunk(rest)?)).ok()?;
    if length > MAX_TICKET_BYTES {
        return None;
    }
    let (field, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(field)
}
