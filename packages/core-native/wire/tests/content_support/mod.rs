//! Encoders to test decoders with, and a reader that cuts its input.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use wiretwin_wire::content::{Coding, DecodeError, Decoder, Pulled, Work};

pub const ALL: [Coding; 4] = [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd];

pub fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

pub fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

pub fn raw_deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

pub fn brotli(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 5, lgwin: 18, ..Default::default() };
    brotli::BrotliCompress(&mut &data[..], &mut out, &parameters).unwrap();
    out
}

pub fn zstd(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(zstd_safe::compress_bound(data.len()));
    zstd_safe::compress(&mut out, data, 3).unwrap();
    out
}

pub fn encode(coding: Coding, data: &[u8]) -> Vec<u8> {
    match coding {
        Coding::Gzip => gzip(data),
        Coding::Deflate => zlib(data),
        Coding::Brotli => brotli(data),
        Coding::Zstd => zstd(data),
        Coding::DictionaryBrotli | Coding::DictionaryZstd => panic!("needs a dictionary"),
    }
}

/// Text that compresses well and has no period that hides a lost piece.
pub fn sample(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut out = Vec::with_capacity(len + 16);
    while out.len() < len {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        out.extend_from_slice(format!("word{} ", state >> 22).as_bytes());
    }
    out.truncate(len);
    out
}

/// Pulls without a limit of work; `None` when more input is needed or the body is complete.
pub fn pull(decoder: &mut Decoder, max_out: usize) -> Result<Option<Bytes>, DecodeError> {
    match decoder.pull(max_out, &mut Work::new(u64::MAX))? {
        Pulled::Data(data) => Ok(Some(data)),
        Pulled::Starved | Pulled::Ended => Ok(None),
        Pulled::Paused => panic!("paused with work left"),
    }
}

/// Decodes with the input in pieces and the output in pulls of these sizes; the error is its code.
pub fn decode(codings: &[Coding], input: &[u8], piece: usize, max_out: usize) -> Result<Vec<u8>, &'static str> {
    let mut decoder = Decoder::new(codings).map_err(|error| error.code())?;
    let mut out = Vec::new();
    for piece in input.chunks(piece) {
        decoder.push(Bytes::copy_from_slice(piece));
        drain(&mut decoder, max_out, &mut out)?;
        assert_eq!(decoder.pending_input(), 0, "starved with input left");
        assert!(!decoder.is_done(), "done before finish");
    }
    decoder.finish();
    drain(&mut decoder, max_out, &mut out)?;
    assert!(decoder.is_done());
    Ok(out)
}

fn drain(decoder: &mut Decoder, max_out: usize, out: &mut Vec<u8>) -> Result<(), &'static str> {
    loop {
        match pull(decoder, max_out) {
            Ok(Some(data)) => {
                assert!(!data.is_empty() && data.len() <= max_out, "{} bytes of at most {max_out}", data.len());
                out.extend_from_slice(&data);
            }
            Ok(None) => return Ok(()),
            Err(error) => {
                assert_eq!(pull(decoder, max_out), Err(error), "the error must stay");
                return Err(error.code());
            }
        }
    }
}
