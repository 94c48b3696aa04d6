//! Shared by the `tls_*` tests: profiles, certificates, a ClientHello parser, and peers in memory and as processes.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, missing_docs)]

pub mod certificates;
pub mod ech_keys;
pub mod hello;
pub mod peer;
pub mod process;
pub mod tickets;

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use wiretwin_engine::profile::TlsPolicy;
use wiretwin_engine::tls::{AlpnPolicy, Roots, Ticket, TlsContext, TlsOptions, TlsSession, Trust};

pub const HOST: &str = "www.mirror.test";

/// `tls` section of a profile of packages/profiles.
pub fn policy_json(name: &str) -> Value {
    let family = name.split('_').next().unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../profiles/data/{family}/{name}.json"));
    let profile: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    profile["tls"].clone()
}

pub fn policy(name: &str) -> Arc<TlsPolicy> {
    Arc::new(TlsPolicy::parse(&policy_json(name).to_string()).unwrap())
}

/// What the real browser did; see packages/profiles/captures.
pub fn capture(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/{name}.tls.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

pub fn context_for(policy: Arc<TlsPolicy>, trust: Trust) -> Arc<TlsContext> {
    TlsContext::load(&TlsOptions { policy, trust, identity: None, key_log: None }).unwrap()
}

/// A context that believes only `ca`.
pub fn context(name: &str, ca: &[u8]) -> Arc<TlsContext> {
    context_for(policy(name), trust(ca))
}

pub fn trust(ca: &[u8]) -> Trust {
    Trust { roots: Roots::None, extra_ca: ca.to_vec(), insecure: false }
}

pub fn insecure() -> Trust {
    Trust { roots: Roots::None, extra_ca: Vec::new(), insecure: true }
}

pub fn session(context: &Arc<TlsContext>, ticket: Option<Ticket>) -> TlsSession {
    TlsSession::new(context, HOST, AlpnPolicy::Profile, ticket).unwrap()
}

/// First flight of a connection that nobody answers.
pub fn first_flight(context: &Arc<TlsContext>, alpn: AlpnPolicy, ticket: Option<Ticket>) -> Vec<u8> {
    flight_of(TlsSession::new(context, HOST, alpn, ticket).unwrap())
}

/// First flight of a session that nobody answers.
pub fn flight_of(mut session: TlsSession) -> Vec<u8> {
    session.handshake().unwrap();
    session.take_output()
}
