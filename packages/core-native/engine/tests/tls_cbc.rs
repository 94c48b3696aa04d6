//! The CBC suites that our patch adds: records with every padding, made with plain AES and HMAC.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use boring::hash::{MessageDigest, hash};
use boring::symm::{Cipher, Crypter, Mode};
use boring_sys as ffi;

const IV: [u8; 16] = [7; 16];
/// Sequence number, type and version of a record; the length follows in the MAC.
const HEADER: [u8; 11] = [0, 0, 0, 0, 0, 0, 0, 1, 23, 3, 3];

/// An AEAD of the library with the digest it is made of.
struct Suite {
    aead: *const ffi::EVP_AEAD,
    digest: MessageDigest,
    /// Bytes that the digest takes at a time.
    block: usize,
    key: Vec<u8>,
}

impl Suite {
    fn new(aead: *const ffi::EVP_AEAD, digest: MessageDigest, block: usize) -> Self {
        let key = (0..digest.size() + 32).map(|at| u8::try_from(at).unwrap()).collect();
        Self { aead, digest, block, key }
    }

    fn mac(&self, data: &[u8]) -> Vec<u8> {
        // HMAC (RFC 2104) of header, length and data.
        let mut key = self.key[..self.digest.size()].to_vec();
        key.resize(self.block, 0);
        let pad = |with: u8| key.iter().map(|byte| byte ^ with).collect::<Vec<u8>>();
        let length = u16::try_from(data.len()).unwrap().to_be_bytes();
        let inner = hash(self.digest, &[&*pad(0x36), &HEADER, &length, data].concat()).unwrap();
        hash(self.digest, &[&*pad(0x5c), &*inner].concat()).unwrap().to_vec()
    }

    /// RFC 5246 6.2.3.2: data, MAC, then `padding + 1` bytes with the value `padding`.
    fn seal(&self, data: &[u8], mac: &[u8], padding: u8) -> Vec<u8> {
        let mut plain = [data, mac].concat();
        plain.extend(std::iter::repeat_n(padding, usize::from(padding) + 1));
        let cipher = Cipher::aes_256_cbc();
        let mut crypter = Crypter::new(cipher, Mode::Encrypt, &self.key[self.digest.size()..], Some(&IV)).unwrap();
        crypter.pad(false);
        let mut sealed = vec![0; plain.len() + 16];
        let written = crypter.update(&plain, &mut sealed).unwrap();
        sealed.truncate(written);
        sealed
    }

    fn run(&self, seals: bool, input: &[u8]) -> Option<Vec<u8>> {
        let mut out = vec![0; input.len() + 320];
        let mut length = 0;
        let direction =
            if seals { ffi::evp_aead_direction_t::evp_aead_seal } else { ffi::evp_aead_direction_t::evp_aead_open };
        // SAFETY: every pointer comes with the length of its buffer; the context is cleaned up after use.
        let done = unsafe {
            let mut context: ffi::EVP_AEAD_CTX = std::mem::zeroed();
            let (key, key_length) = (self.key.as_ptr(), self.key.len());
            assert_eq!(
                ffi::EVP_AEAD_CTX_init_with_direction(&raw mut context, self.aead, key, key_length, 0, direction),
                1
            );
            let run = if seals { ffi::EVP_AEAD_CTX_seal } else { ffi::EVP_AEAD_CTX_open };
            let done = run(
                &raw const context,
                out.as_mut_ptr(),
                &raw mut length,
                out.len(),
                IV.as_ptr(),
                IV.len(),
                input.as_ptr(),
                input.len(),
                HEADER.as_ptr(),
                HEADER.len(),
            );
            ffi::EVP_AEAD_CTX_cleanup(&raw mut context);
            done
        };
        out.truncate(length);
        (done == 1).then_some(out)
    }
}

fn suites() -> [Suite; 2] {
    // SAFETY: they return constants.
    unsafe {
        [
            Suite::new(ffi::EVP_aead_aes_256_cbc_sha256_tls(), MessageDigest::sha256(), 64),
            Suite::new(ffi::EVP_aead_aes_256_cbc_sha384_tls(), MessageDigest::sha384(), 128),
        ]
    }
}

/// Paddings that make a whole number of blocks out of `length` bytes of data.
fn paddings(suite: &Suite, length: usize) -> impl Iterator<Item = u8> {
    let taken = length + suite.digest.size() + 1;
    (0..=u8::MAX).filter(move |padding| (taken + usize::from(*padding)).is_multiple_of(16))
}

#[test]
fn records_open_whatever_their_padding() {
    for suite in suites() {
        // Around one and two blocks of SHA-384 (128 bytes), and the largest record.
        for length in (0..=300).chain([16_383, 16_384]) {
            let data: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let mac = suite.mac(&data);
            for padding in paddings(&suite, length) {
                let opened = suite.run(false, &suite.seal(&data, &mac, padding));
                assert_eq!(opened.as_deref(), Some(&*data), "{length} {padding}");
            }
            let shortest = paddings(&suite, length).next().unwrap();
            assert_eq!(suite.run(true, &data), Some(suite.seal(&data, &mac, shortest)), "{length}");
        }
    }
}

#[test]
fn a_changed_record_does_not_open() {
    for suite in suites() {
        let data = vec![1; 100];
        let mac = suite.mac(&data);
        for padding in paddings(&suite, data.len()) {
            for at in [0, mac.len() - 1] {
                let mut wrong = mac.clone();
                wrong[at] ^= 1;
                assert_eq!(suite.run(false, &suite.seal(&data, &wrong, padding)), None);
            }
            let mut sealed = suite.seal(&data, &mac, padding);
            // The last block's value is mixed with the block before it: this changes the padding.
            let at = sealed.len() - 17;
            sealed[at] ^= 0x80;
            assert_eq!(suite.run(false, &sealed), None);
        }
        assert_eq!(suite.run(false, &[0; 16]), None, "shorter than a MAC");
    }
}
