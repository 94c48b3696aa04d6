//! Keys for Encrypted ClientHello, and servers that have them.
#![allow(dead_code, clippy::unwrap_used, missing_docs)]

use std::ffi::CString;

use boring_sys as ffi;

/// A key and what an HTTPS record says of it.
pub struct EchKeys {
    key: *mut ffi::EVP_HPKE_KEY,
    /// One ECHConfig.
    pub config: Vec<u8>,
}

// SAFETY: the key is only read once it is generated.
unsafe impl Send for EchKeys {}
// SAFETY: as above.
unsafe impl Sync for EchKeys {}

impl EchKeys {
    /// X25519, HKDF-SHA256 with AES-128-GCM and ChaCha20-Poly1305, number 7, as in the captures.
    pub fn new(public_name: &str, longest_name: usize) -> Self {
        let name = CString::new(public_name).unwrap();
        let (mut out, mut length) = (std::ptr::null_mut(), 0);
        // SAFETY: the key is allocated and initialised before it is read; what is marshalled is copied and freed.
        unsafe {
            let key = ffi::EVP_HPKE_KEY_new();
            assert_eq!(ffi::EVP_HPKE_KEY_generate(key, ffi::EVP_hpke_x25519_hkdf_sha256()), 1);
            let marshalled =
                ffi::SSL_marshal_ech_config(&raw mut out, &raw mut length, 7, key, name.as_ptr(), longest_name);
            assert_eq!(marshalled, 1);
            let config = std::slice::from_raw_parts(out, length).to_vec();
            ffi::OPENSSL_free(out.cast());
            Self { key, config }
        }
    }

    /// The value of `ech` in the record.
    pub fn list(&self) -> Vec<u8> {
        list_of(&self.config)
    }

    /// Makes a server read what was encrypted for the key, and offer it to those who used another.
    pub fn install(&self, context: *mut ffi::SSL_CTX) {
        // SAFETY: context and key are alive; the library copies the key and counts its references to the list.
        unsafe {
            let keys = ffi::SSL_ECH_KEYS_new();
            assert_eq!(ffi::SSL_ECH_KEYS_add(keys, 1, self.config.as_ptr(), self.config.len(), self.key), 1);
            assert_eq!(ffi::SSL_CTX_set1_ech_keys(context, keys), 1);
            ffi::SSL_ECH_KEYS_free(keys);
        }
    }
}

impl Drop for EchKeys {
    fn drop(&mut self) {
        // SAFETY: nobody else has it.
        unsafe { ffi::EVP_HPKE_KEY_free(self.key) };
    }
}

/// An ECHConfigList of this.
pub fn list_of(configs: &[u8]) -> Vec<u8> {
    [&u16::try_from(configs.len()).unwrap().to_be_bytes()[..], configs].concat()
}
