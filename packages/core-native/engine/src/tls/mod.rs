//! TLS on patched BoringSSL; the only place that names boring types.
