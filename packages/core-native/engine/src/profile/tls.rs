//! TLS part of a profile.
