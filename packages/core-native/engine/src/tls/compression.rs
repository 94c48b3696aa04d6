//! Decoders for compressed certificates (RFC 8879).
//!
//! BoringSSL announces the uncompressed size and has refused it already if it is above its certificate limit, so every
//! decoder writes into a buffer of exactly that size: a bomb stops where the buffer ends.

use std::io::Read;
use std::panic::catch_unwind;
use std::ptr;
use std::slice;

use boring::ssl::SslContextBuilder;
use boring_sys as ffi;

use super::error::TlsError;
use crate::profile::tls::CertificateCompression;

type Callback =
    unsafe extern "C" fn(*mut ffi::SSL, *mut *mut ffi::CRYPTO_BUFFER, usize, *const u8, usize) -> std::ffi::c_int;

/// Registers the decoders in wire order; with a decoder the library offers the algorithm.
pub(super) fn install(builder: &mut SslContextBuilder, algorithms: &[CertificateCompression]) -> Result<(), TlsError> {
    for algorithm in algorithms {
        let callback: Callback = match algorithm {
            CertificateCompression::Zlib => decompress::<Zlib>,
            CertificateCompression::Brotli => decompress::<Brotli>,
            CertificateCompression::Zstd => decompress::<Zstd>,
        };
        // SAFETY: the context is alive and not shared yet, and the callback has the signature the library asks for.
        let done =
            unsafe { ffi::SSL_CTX_add_cert_compression_alg(builder.as_ptr(), algorithm.id(), None, Some(callback)) };
        if done != 1 {
            return Err(TlsError::config("certificate compression was refused"));
        }
    }
    Ok(())
}

/// Fills `output` exactly from `input`.
trait Decoder {
    fn decode(input: &[u8], output: &mut [u8]) -> bool;
}

struct Zlib;
struct Brotli;
struct Zstd;

impl Decoder for Zlib {
    fn decode(input: &[u8], output: &mut [u8]) -> bool {
        fill(flate2::read::ZlibDecoder::new(input), output)
    }
}

impl Decoder for Brotli {
    fn decode(input: &[u8], output: &mut [u8]) -> bool {
        fill(brotli::Decompressor::new(input, 4096), output)
    }
}

impl Decoder for Zstd {
    fn decode(input: &[u8], output: &mut [u8]) -> bool {
        zstd::bulk::decompress_to_buffer(input, output).is_ok_and(|written| written == output.len())
    }
}

/// Whether `reader` gives exactly as many bytes as `output` takes, and then ends.
fn fill(mut reader: impl Read, output: &mut [u8]) -> bool {
    reader.read_exact(output).is_ok() && matches!(reader.read(&mut [0]), Ok(0))
}

unsafe extern "C" fn decompress<D: Decoder>(
    _ssl: *mut ffi::SSL,
    out: *mut *mut ffi::CRYPTO_BUFFER,
    uncompressed_len: usize,
    input: *const u8,
    input_len: usize,
) -> std::ffi::c_int {
    let mut data = ptr::null_mut();
    // SAFETY: `data` is a valid place for the pointer to the new buffer's bytes.
    let buffer = unsafe { ffi::CRYPTO_BUFFER_alloc(&raw mut data, uncompressed_len) };
    if buffer.is_null() {
        return 0;
    }
    let input = if input_len == 0 {
        &[][..]
    } else {
        // SAFETY: the library passes `input_len` readable bytes; only with length zero may it pass null.
        unsafe { slice::from_raw_parts(input, input_len) }
    };
    let decoded = catch_unwind(|| {
        // SAFETY: the buffer was just allocated with this length and nobody else knows it. It is zeroed first because a
        // Rust slice must be initialised.
        let output = unsafe {
            ptr::write_bytes(data, 0, uncompressed_len);
            slice::from_raw_parts_mut(data, uncompressed_len)
        };
        uncompressed_len != 0 && D::decode(input, output)
    });
    if !matches!(decoded, Ok(true)) {
        // SAFETY: we own the only reference.
        unsafe { ffi::CRYPTO_BUFFER_free(buffer) };
        return 0;
    }
    // SAFETY: `out` is where the library wants the buffer, whose ownership it takes.
    unsafe { *out = buffer };
    1
}
