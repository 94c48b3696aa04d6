//! Why a message says nothing.

use std::fmt;

/// A message that is no answer to the question. Holds no byte of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DnsError {
    /// Ends in the middle, or says lengths that it does not have.
    Malformed,
    /// Well formed, but of another question, number or kind: over UDP anybody may send one, so it is waited on.
    NotAsked,
    /// Passes a limit: records, or names that lead to names.
    TooMuch,
}

impl fmt::Display for DnsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Malformed => "the name server's answer is malformed",
            Self::NotAsked => "the name server answered another question",
            Self::TooMuch => "the name server's answer passes a limit",
        })
    }
}

impl std::error::Error for DnsError {}
