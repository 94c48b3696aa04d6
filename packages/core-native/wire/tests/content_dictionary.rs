//! dcb and dcz (RFC 9842): content codings with a dictionary.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod content_support;

use brotli::enc::StandardAlloc;
use brotli::enc::encode::{BrotliEncoderOperation, BrotliEncoderParameter, BrotliEncoderStateStruct};
use bytes::Bytes;
use content_support::{pull, sample};
use wiretwin_wire::content::{
    Announced, Coding, Codings, DecodeError, Decoder, Dictionary, HASH_LEN, UnannouncedCodings, parse_content_encoding,
};

const BOTH: [Coding; 2] = [Coding::DictionaryBrotli, Coding::DictionaryZstd];

/// What the hash is made of is not this crate's concern.
fn dictionary(bytes: &[u8]) -> Dictionary {
    let mut hash = [7; HASH_LEN];
    hash[0] = u8::try_from(bytes.len() % 251).unwrap();
    Dictionary { hash, bytes: Bytes::copy_from_slice(bytes) }
}

fn preface(coding: Coding, hash: &[u8]) -> Vec<u8> {
    let magic: &[u8] = match coding {
        Coding::DictionaryBrotli => b"\xffDCB",
        _ => b"\x5e\x2a\x4d\x18\x20\0\0\0",
    };
    [magic, hash].concat()
}

fn brotli_after(dictionary: &[u8], data: &[u8], window: u32) -> Vec<u8> {
    let mut state = BrotliEncoderStateStruct::new(StandardAlloc::default());
    state.set_parameter(BrotliEncoderParameter::BROTLI_PARAM_QUALITY, 9);
    state.set_parameter(BrotliEncoderParameter::BROTLI_PARAM_LGWIN, window);
    state.set_custom_dictionary(dictionary.len(), dictionary);
    let mut out = vec![0; data.len() + 100_000];
    let (mut available_in, mut read, mut available_out, mut written) = (data.len(), 0, out.len(), 0);
    let mut total = None;
    let done = state.compress_stream(
        BrotliEncoderOperation::BROTLI_OPERATION_FINISH,
        &mut available_in,
        data,
        &mut read,
        &mut available_out,
        &mut out,
        &mut written,
        &mut total,
        &mut |_, _, _, _| (),
    );
    assert!(done && available_in == 0 && state.is_finished());
    out.truncate(written);
    out
}

fn zstd_after(dictionary: &[u8], data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(zstd_safe::compress_bound(data.len()));
    let mut context = zstd_safe::CCtx::create();
    context.ref_prefix(dictionary).unwrap();
    context.compress2(&mut out, data).unwrap();
    out
}

fn encode(coding: Coding, dictionary: &Dictionary, data: &[u8]) -> Vec<u8> {
    let body = match coding {
        Coding::DictionaryBrotli => brotli_after(&dictionary.bytes, data, 22),
        _ => zstd_after(&dictionary.bytes, data),
    };
    [preface(coding, &dictionary.hash), body].concat()
}

fn decode(
    codings: &[Coding],
    dictionary: &Dictionary,
    input: &[u8],
    piece: usize,
    max_out: usize,
) -> Result<Vec<u8>, DecodeError> {
    let mut decoder = Decoder::with_dictionary(codings, Some(dictionary))?;
    let mut out = Vec::new();
    for piece in input.chunks(piece) {
        decoder.push(Bytes::copy_from_slice(piece));
        while let Some(data) = pull(&mut decoder, max_out)? {
            out.extend_from_slice(&data);
        }
    }
    decoder.finish();
    while let Some(data) = pull(&mut decoder, max_out)? {
        out.extend_from_slice(&data);
    }
    assert!(decoder.is_done());
    Ok(out)
}

fn error(coding: Coding, dictionary: &Dictionary, input: &[u8]) -> (&'static str, &'static str) {
    let error = decode(&[coding], dictionary, input, 7, 100).unwrap_err();
    (error.code(), error.detail)
}

/// A later version of what the dictionary is: most of it is there, in another order.
fn later(dictionary: &[u8]) -> Vec<u8> {
    let (first, second) = dictionary.split_at(dictionary.len() / 3);
    [second, b"something new", first, second].concat()
}

#[test]
fn both_codings_survive_every_cut() {
    for coding in BOTH {
        for len in [40, 3_000, 200_000] {
            let known = dictionary(&sample(len));
            let plain = later(&known.bytes);
            let encoded = encode(coding, &known, &plain);
            assert!(encoded.len() < 100 + plain.len() / 10, "{coding:?} {len} uses its dictionary: {}", encoded.len());
            for (piece, max_out) in [(usize::MAX, 65_536), (1, 65_536), (usize::MAX, 1), (7, 13)] {
                if len > 3_000 && max_out < 16 {
                    continue;
                }
                let out = decode(&[coding], &known, &encoded, piece, max_out);
                assert!(out.as_deref() == Ok(&plain), "{coding:?} {len} {piece} {max_out}: {out:?}");
            }
        }
    }
}

#[test]
fn a_dictionary_may_be_longer_than_the_window() {
    let known = dictionary(&sample(100_000));
    let plain = later(&known.bytes);
    // A window of 64 KiB and a dictionary of 100 kB: what slides out of the window is output, never the dictionary.
    let end = &known.bytes[40_000..];
    let short = Dictionary { hash: known.hash, bytes: Bytes::copy_from_slice(end) };
    let encoded = [preface(BOTH[0], &known.hash), brotli_after(end, end, 16)].concat();
    assert_eq!(decode(&BOTH[..1], &short, &encoded, usize::MAX, 65_536).unwrap(), end);
    let encoded = encode(BOTH[1], &known, &plain);
    assert_eq!(decode(&BOTH[1..], &known, &encoded, usize::MAX, 65_536).unwrap(), plain);
}

#[test]
fn a_dictionary_is_bytes_whatever_they_look_like() {
    let known = dictionary(&[&b"\x37\xa4\x30\xec"[..], &sample(2_000)].concat());
    // The encoder takes it for what it looks like unless something is in front.
    let raw = [&[0], &known.bytes[..]].concat();
    let encoded = [preface(BOTH[1], &known.hash), zstd_after(&raw, &known.bytes[4..])].concat();
    assert_eq!(decode(&BOTH[1..], &known, &encoded, usize::MAX, 65_536).unwrap(), &known.bytes[4..]);
}

#[test]
fn a_body_for_another_dictionary_is_refused_before_it_is_read() {
    for (coding, code) in BOTH.into_iter().zip(["ERR_DECODE_DCB", "ERR_DECODE_DCZ"]) {
        let known = dictionary(&sample(500));
        let other = dictionary(&sample(501));
        let encoded = encode(coding, &other, &sample(1_000));
        assert_eq!(error(coding, &known, &encoded), (code, "it was made with another dictionary"));
        let mut bad = encode(coding, &known, &sample(1_000));
        bad[1] ^= 1;
        assert_eq!(error(coding, &known, &bad), (code, "the data is corrupted"));
        assert!(decode(&[coding], &known, &[], 1, 1).unwrap().is_empty(), "nothing has come");
    }
}

#[test]
fn the_codings_are_known_to_those_who_announced_them() {
    let parse = |announced| parse_content_encoding([&b"DCZ"[..]], announced);
    for rule in [UnannouncedCodings::Decode, UnannouncedCodings::Refuse] {
        let announced = Announced::by(rule, [&b"gzip, br, dcb, dcz"[..]]);
        assert_eq!(parse(announced), Ok(Codings::Known(vec![Coding::DictionaryZstd])));
        assert_eq!(parse(announced.without_dictionary()), Ok(Codings::Unknown));
        assert_eq!(parse(Announced::by(rule, [&b"gzip, br"[..]])), Ok(Codings::Unknown));
    }
    assert_eq!(parse(Announced::default()), Ok(Codings::Unknown));
    let skipping = parse(Announced::by(UnannouncedCodings::Skip, [&b"gzip, br"[..]]));
    assert_eq!(skipping.map_err(|error| error.code()), Err("ERR_DECODE_DCZ"), "as in Firefox 153");
    let announced = Announced::by(UnannouncedCodings::Refuse, [&b"gzip, br, dcb, dcz"[..]]);
    for beside in [&b"dcz, gzip"[..], b"gzip, dcb", b"dcb, dcz", b"dcb, identity"] {
        assert_eq!(parse_content_encoding([beside], announced), Ok(Codings::Unknown), "as in Chromium 156");
    }
    assert!(Decoder::new(&BOTH).is_err());
}
