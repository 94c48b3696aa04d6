//! Encrypted ClientHello (RFC 9849): a configuration of the host hides its name. The hellos themselves are the library's
//! (docs/internals/tls.md).

use boring::ssl::SslRef;

use super::error::{TlsError, codes};
use super::names::Reference;
use crate::profile::tls::{MalformedEch, RealEch, TlsPolicy};

/// What became of the name of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum EchOutcome {
    /// The hello has no such extension.
    #[default]
    None,
    /// It has one, of random bytes: the name was shown.
    Grease,
    /// The server has read the hidden name.
    Accepted,
    /// The server knows nothing of it any more: the name was shown on this connection, after another one.
    Rejected,
}

/// Hides the name by one of the configurations of `list`, if the profile's browser does so.
///
/// # Errors
///
/// `ERR_TLS_ECH_CONFIG`.
pub(super) fn offer(ssl: &mut SslRef, list: &[u8], policy: &TlsPolicy) -> Result<(), TlsError> {
    let Some(real) = real(policy) else { return Ok(()) };
    match (ssl.set_ech_config_list(list), real.malformed) {
        (Ok(()), _) | (Err(_), MalformedEch::Ignore) => Ok(()),
        (Err(_), MalformedEch::Fail) => {
            Err(TlsError::new(codes::ECH_CONFIG, "the configurations for Encrypted ClientHello cannot be read"))
        }
    }
}

/// How the profile's browser uses configurations, if it does.
fn real(policy: &TlsPolicy) -> Option<&RealEch> {
    policy.ech.as_ref().and_then(|ech| ech.real.as_ref())
}

pub(super) fn outcome(ssl: &SslRef, policy: &TlsPolicy) -> EchOutcome {
    match (ssl.ech_accepted(), &policy.ech) {
        (true, _) => EchOutcome::Accepted,
        (false, Some(_)) => EchOutcome::Grease,
        (false, None) => EchOutcome::None,
    }
}

/// Whose certificate it has to be where the server has refused; `None` where it has not.
pub(super) fn public_name(ssl: &SslRef) -> Option<Reference> {
    let name = ssl.get_ech_name_override().filter(|name| !name.is_empty())?;
    // The library takes none that is not ASCII.
    Some(Reference::of(&String::from_utf8_lossy(name)))
}
