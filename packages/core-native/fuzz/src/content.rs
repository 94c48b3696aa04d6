//! Content codings: the output of each pull is bounded, the cut of the input decides nothing, bodies end, and what an
//! independent inflater takes is read alike.

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use wiretwin_wire::content::{Coding, Decoder, Dictionary, HASH_LEN, Pulled, Work};

/// Enough to pass every code path, little enough to keep the fuzzer fast on bombs.
const MAX_OUTPUT: usize = 1 << 20;

/// Turns in a row in which nothing may come of the work: an endless loop.
const MAX_TURNS: u32 = 1 << 20;

/// The body, or `None` for an error or too much of it.
fn pull_all(codings: &[Coding], input: &[u8], piece: usize, max_out: usize) -> Option<Vec<u8>> {
    pull_from(Decoder::new(codings).expect("a short chain"), input, piece, max_out)
}

fn pull_from(mut decoder: Decoder, input: &[u8], piece: usize, max_out: usize) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut turns = 0;
    let mut pieces = input.chunks(piece);
    loop {
        let next = pieces.next();
        match next {
            Some(piece) => decoder.push(Bytes::copy_from_slice(piece)),
            None => decoder.finish(),
        }
        loop {
            turns += 1;
            assert!(turns < MAX_TURNS, "it goes on for ever");
            match decoder.pull(max_out, &mut Work::new(4_096)) {
                Ok(Pulled::Data(data)) => {
                    assert!(!data.is_empty() && data.len() <= max_out);
                    out.extend_from_slice(&data);
                }
                Ok(Pulled::Paused) => {}
                Ok(Pulled::Starved) => {
                    assert!(next.is_some(), "it waits for more than there is");
                    break;
                }
                Ok(Pulled::Ended) => return Some(out),
                Err(error) => {
                    assert_eq!(decoder.pull(max_out, &mut Work::new(4_096)), Err(error), "an error stays");
                    return None;
                }
            }
            if out.len() > MAX_OUTPUT {
                return None;
            }
        }
    }
}

fn coding(bits: u8) -> Coding {
    [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd][usize::from(bits & 3)]
}

/// One or two codings on arbitrary bytes.
pub fn decode(data: &[u8]) {
    let [kind, piece, input @ ..] = data else { return };
    let codings = if kind & 0x80 == 0 { vec![coding(*kind)] } else { vec![coding(*kind), coding(kind >> 2)] };
    let max_out = 1 + usize::from(kind >> 4 & 7) * 97;
    let cut = pull_all(&codings, input, 1 + usize::from(*piece), max_out);
    let whole = pull_all(&codings, input, input.len().max(1), 65_536);
    if let (Some(cut), Some(whole)) = (&cut, &whole) {
        assert!(cut == whole, "the cut decides");
    }
    if codings == [Coding::Deflate]
        && let Ok(theirs) = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(input, MAX_OUTPUT)
        && let Some(ours) = whole
    {
        assert!(ours == theirs, "the other inflater reads something else");
    }
}

/// Arbitrary bytes behind the preface of a coding with a dictionary, which is the first part of them.
pub fn decode_with_dictionary(data: &[u8]) {
    let [kind, length, rest @ ..] = data else { return };
    let (known, input) = rest.split_at(rest.len().min(usize::from(*length)));
    let dictionary = Dictionary { hash: [7; HASH_LEN], bytes: Bytes::copy_from_slice(known) };
    let (coding, magic): (_, &[u8]) = match kind & 1 {
        0 => (Coding::DictionaryBrotli, b"\xffDCB"),
        _ => (Coding::DictionaryZstd, b"\x5e\x2a\x4d\x18\x20\0\0\0"),
    };
    let body = [magic, &dictionary.hash, input].concat();
    let read =
        |piece, max_out| pull_from(Decoder::with_dictionary(&[coding], Some(&dictionary)).ok()?, &body, piece, max_out);
    if let (Some(cut), Some(whole)) = (read(1 + usize::from(kind >> 1), 97), read(body.len(), 65_536)) {
        assert!(cut == whole, "the cut decides");
    }
}

fn encode(kind: u8, level: u8, data: &[u8]) -> (Coding, Vec<u8>) {
    let level = Compression::new(u32::from(level % 10));
    let written = match kind % 5 {
        0 => {
            let mut encoder = GzEncoder::new(Vec::new(), level);
            encoder.write_all(data).and_then(|()| encoder.finish())
        }
        1 => {
            let mut encoder = ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(data).and_then(|()| encoder.finish())
        }
        2 => {
            let mut encoder = DeflateEncoder::new(Vec::new(), level);
            encoder.write_all(data).and_then(|()| encoder.finish())
        }
        3 => {
            let mut out = Vec::new();
            let parameters = brotli::enc::BrotliEncoderParams { quality: 2, ..Default::default() };
            brotli::BrotliCompress(&mut &*data, &mut out, &parameters).map(|_| out)
        }
        _ => zstd::stream::encode_all(data, 1),
    };
    let coding = [Coding::Gzip, Coding::Deflate, Coding::Deflate, Coding::Brotli, Coding::Zstd][usize::from(kind % 5)];
    (coding, written.expect("memory"))
}

/// What encoders write comes back, through one coding or two, however it is cut.
pub fn round_trip(data: &[u8]) {
    let [kind, level, piece, times, data @ ..] = data else { return };
    let data = data.repeat(1 + usize::from(*times) / 16);
    let (inner, mut encoded) = encode(kind % 5, *level, &data);
    let mut codings = vec![inner];
    if kind & 0x80 != 0 {
        let (outer, twice) = encode(kind / 5, *level, &encoded);
        codings.push(outer);
        encoded = twice;
    }
    let back = pull_all(&codings, &encoded, 1 + usize::from(*piece) * 7, 1 + usize::from(*level) * 300);
    assert!(data.len() > MAX_OUTPUT || back == Some(data), "it does not come back");
}
