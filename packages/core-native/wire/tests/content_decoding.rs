//! B01-B04: content codings.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod content_support;

use bytes::Bytes;
use content_support::{ALL, brotli, decode, encode, gzip, pull, raw_deflate, sample, zlib, zstd};
use wiretwin_wire::content::{Announced, Coding, Codings, Decoder, UnannouncedCodings, parse_content_encoding};

fn code(coding: Coding) -> &'static str {
    match coding {
        Coding::Gzip => "ERR_DECODE_GZIP",
        Coding::Deflate => "ERR_DECODE_DEFLATE",
        Coding::Brotli => "ERR_DECODE_BR",
        Coding::Zstd => "ERR_DECODE_ZSTD",
        Coding::DictionaryBrotli => "ERR_DECODE_DCB",
        Coding::DictionaryZstd => "ERR_DECODE_DCZ",
    }
}

fn parse(value: &str) -> Codings {
    parse_content_encoding([value.as_bytes()], Announced::default()).unwrap()
}

#[test]
fn every_coding_survives_every_cut() {
    for coding in ALL {
        for len in [1, 100, 3_000, 200_000] {
            let plain = sample(len);
            let encoded = encode(coding, &plain);
            for (piece, max_out) in [(usize::MAX, 65_536), (1, 65_536), (usize::MAX, 1), (7, 13), (1_000, 4_096)] {
                if len > 3_000 && (piece == 1 || max_out < 16) {
                    continue;
                }
                let out = decode(&[coding], &encoded, piece, max_out);
                assert!(out.as_deref() == Ok(&plain), "{coding:?} {len} {piece} {max_out}: {:?}", out.map(|o| o.len()));
            }
        }
    }
}

#[test]
fn no_coding_passes_bytes_through() {
    assert_eq!(decode(&[], b"hello", 2, 1).unwrap(), b"hello");
}

#[test]
fn chains_are_removed_from_the_outside_in() {
    let plain = sample(50_000);
    let encoded = zstd(&brotli(&gzip(&plain)));
    assert_eq!(parse("gzip, br, zstd"), Codings::Known(vec![Coding::Gzip, Coding::Brotli, Coding::Zstd]));
    let codings = [Coding::Gzip, Coding::Brotli, Coding::Zstd];
    assert_eq!(decode(&codings, &encoded, 777, 5_000).unwrap(), plain);
    assert_eq!(decode(&[Coding::Gzip; 2], &gzip(&gzip(&plain)), 777, 5_000).unwrap(), plain);
}

#[test]
fn b01_a_bomb_gives_no_more_than_is_pulled() {
    let zeros = vec![0_u8; 64 * 1024 * 1024];
    for coding in ALL {
        let encoded = encode(coding, &zeros);
        assert!(encoded.len() < 100_000);
        let mut decoder = Decoder::new(&[coding]).unwrap();
        decoder.push(encoded.into());
        for _ in 0..10 {
            assert!(pull(&mut decoder, 1_000).unwrap().unwrap().len() <= 1_000, "{coding:?}");
        }
        assert!(pull(&mut decoder, usize::MAX).unwrap().unwrap().len() <= 64 * 1024, "{coding:?}: one buffer at most");
        assert!(!decoder.is_done());
    }
}

#[test]
fn b01_bombs_around_bombs_stay_lazy() {
    let zeros = vec![0_u8; 256 * 1024 * 1024];
    let encoded = gzip(&gzip(&gzip(&zeros)));
    let mut decoder = Decoder::new(&[Coding::Gzip; 3]).unwrap();
    decoder.push(encoded.into());
    let mut total = 0;
    while total < 1024 * 1024 {
        total += pull(&mut decoder, 16 * 1024).unwrap().unwrap().len();
    }
    assert!(pull(&mut decoder, 1).unwrap().is_some());
}

#[test]
fn b01_a_zstd_window_above_8_mb_is_refused() {
    // Magic, descriptor without single segment, window descriptor, then a raw last block of one byte.
    let frame = |window: u8| [0x28, 0xb5, 0x2f, 0xfd, 0x00, window, 0x09, 0x00, 0x00, b'x'];
    let exponent = |log: u8| (log - 10) << 3;
    assert_eq!(decode(&[Coding::Zstd], &frame(exponent(23)), 1, 10).unwrap(), b"x");
    for log in [24, 27, 31, 41] {
        assert_eq!(decode(&[Coding::Zstd], &frame(exponent(log)), 1, 10), Err("ERR_DECODE_ZSTD"), "{log}");
    }
}

#[test]
fn b01_a_brotli_large_window_is_refused() {
    // 0x11 announces the large-window extension; then 30 window bits.
    assert_eq!(decode(&[Coding::Brotli], &[0x11, 0x1e, 0x03, 0, 0, 0], 1, 10), Err("ERR_DECODE_BR"));
}

#[test]
fn b02_five_codings_are_decoded_and_six_refused() {
    let five = ["gzip"; 5].join(",");
    assert_eq!(parse(&five), Codings::Known(vec![Coding::Gzip; 5]));
    for six in [["gzip"; 6].join(", "), vec!["identity"; 1_000].join(","), ["foo"; 6].join(",")] {
        let error = parse_content_encoding([six.as_bytes()], Announced::default()).unwrap_err();
        assert_eq!(error.code(), "ERR_DECODE_CHAIN");
    }
    let spread = [&b"gzip"[..]; 6];
    assert!(parse_content_encoding(spread, Announced::default()).is_err(), "six fields count as one list");
    assert_eq!(Decoder::new(&[Coding::Gzip; 6]).unwrap_err().code(), "ERR_DECODE_CHAIN");
    let mut encoded = b"hello".to_vec();
    for _ in 0..5 {
        encoded = gzip(&encoded);
    }
    assert_eq!(decode(&[Coding::Gzip; 5], &encoded, 3, 100).unwrap(), b"hello");
}

#[test]
fn b03_empty_stays_empty() {
    for coding in ALL {
        assert_eq!(decode(&[coding], b"", 1, 10).unwrap(), b"", "{coding:?}: no byte at all");
        assert_eq!(decode(&[coding], &encode(coding, b""), 1, 10).unwrap(), b"", "{coding:?}: encoded nothing");
    }
    assert_eq!(decode(&[Coding::Gzip, Coding::Brotli], b"", 1, 10).unwrap(), b"");
}

#[test]
fn b03_what_is_cut_off_is_shown_as_far_as_it_goes() {
    let plain = sample(300);
    for coding in ALL {
        let encoded = encode(coding, &plain);
        for len in 1..encoded.len() {
            let out = decode(&[coding], &encoded[..len], 5, 100).unwrap();
            assert!(plain.starts_with(&out), "{coding:?} {len}");
        }
    }
    let truncated = &raw_deflate(&plain)[..50];
    assert!(plain.starts_with(&decode(&[Coding::Deflate], truncated, 5, 100).unwrap()));
    let inner = gzip(&plain);
    let outer = brotli(&inner[..inner.len() - 1]);
    assert_eq!(decode(&[Coding::Gzip, Coding::Brotli], &outer, 5, 100).unwrap(), plain);
}

#[test]
fn b03_checksums_and_lengths_behind_the_data_may_be_missing_and_those_of_gzip_wrong() {
    let plain = sample(300);
    for (coding, encoded, trailer) in [(Coding::Gzip, gzip(&plain), 8), (Coding::Deflate, zlib(&plain), 4)] {
        let data = encoded.len() - trailer;
        for len in data..encoded.len() {
            assert_eq!(decode(&[coding], &encoded[..len], 7, 100).unwrap(), plain, "{coding:?} {len}");
        }
        for index in data..encoded.len() {
            let mut wrong = encoded.clone();
            wrong[index] ^= 0x10;
            let expected = if coding == Coding::Gzip { Ok(plain.clone()) } else { Err("ERR_DECODE_DEFLATE") };
            assert_eq!(decode(&[coding], &wrong, 50, 100), expected, "{coding:?} {index}");
        }
    }
}

#[test]
fn b03_a_gzip_header_may_have_every_optional_field() {
    let plain = sample(300);
    let packed = gzip(&plain);
    let data = &packed[10..];
    let head = |flags: u8, rest: &[u8]| {
        let fixed = [0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 5, 6];
        [&fixed[..], rest, data].concat()
    };
    for body in [
        head(2, &[9, 9]),
        head(4, &[2, 0, 7, 7]),
        head(4, &[0, 0]),
        head(8, b"name\0"),
        head(16, b"\0"),
        head(31, b"\x01\0x\0comment\0cc"),
    ] {
        for piece in [1, 1_000] {
            assert_eq!(decode(&[Coding::Gzip], &body, piece, 100).unwrap(), plain);
        }
    }
    assert_eq!(decode(&[Coding::Gzip], &head(32, b""), 1, 100), Err("ERR_DECODE_GZIP"), "a reserved flag");
}

#[test]
fn b03_what_is_not_coded_is_an_error() {
    for coding in ALL {
        let garbage = [0xff_u8, 0xfe, 0xfd, 0x00, 0x12, 0x34];
        assert_eq!(decode(&[coding], &garbage, 2, 100), Err(code(coding)), "{coding:?}");
        assert_eq!(decode(&[coding], b"<html>plain text</html>", 2, 100), Err(code(coding)), "{coding:?}");
    }
}

#[test]
fn b03_deflate_may_be_zlib_or_raw() {
    let plain = sample(10_000);
    for piece in [1, 2, 3, 1_000] {
        assert_eq!(decode(&[Coding::Deflate], &zlib(&plain), piece, 999).unwrap(), plain);
        assert_eq!(decode(&[Coding::Deflate], &raw_deflate(&plain), piece, 999).unwrap(), plain);
    }
}

#[test]
fn b03_gzip_and_zstd_may_have_several_members() {
    let (first, second) = (sample(5_000), sample(100));
    let both = [first.as_slice(), &second].concat();
    for piece in [1, 7, usize::MAX] {
        let members = [gzip(&first), gzip(b""), gzip(&second)].concat();
        assert_eq!(decode(&[Coding::Gzip], &members, piece, 999).unwrap(), both);
        let frames = [zstd(&first), zstd(&second)].concat();
        assert_eq!(decode(&[Coding::Zstd], &frames, piece, 999).unwrap(), both);
    }
    let cut = [gzip(&first), gzip(&second)[..15].to_vec()].concat();
    assert!(both.starts_with(&decode(&[Coding::Gzip], &cut, 7, 999).unwrap()));
}

#[test]
fn b03_padding_behind_the_stream_is_ignored_as_in_browsers() {
    let plain = sample(100);
    for tail in [&b"\0\0\0\0"[..], b"trailing garbage", b"\x1f", b"\x1f\x8c more"] {
        for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli] {
            let padded = [encode(coding, &plain).as_slice(), tail].concat();
            assert_eq!(decode(&[coding], &padded, 1, 100).unwrap(), plain, "{coding:?} {tail:?}");
        }
        let padded = [zstd(&plain).as_slice(), tail].concat();
        assert_eq!(decode(&[Coding::Zstd], &padded, 1, 100), Err("ERR_DECODE_ZSTD"));
    }
}

#[test]
fn b04_unknown_codings_leave_the_body_alone() {
    for value in ["aws-chunked", "utf-8", "gzip, aws-chunked", "compress", "gzip;q=1", "br gzip", "dcb"] {
        assert_eq!(parse(value), Codings::Unknown, "{value:?}");
    }
    for value in ["", "identity", " , ", "Identity, identity"] {
        assert_eq!(parse(value), Codings::Identity, "{value:?}");
    }
    assert_eq!(parse(" GZIP ,, x-gzip"), Codings::Known(vec![Coding::Gzip; 2]));
    assert_eq!(parse("identity, br"), Codings::Known(vec![Coding::Brotli]));
    assert_eq!(parse("deflate,zstd"), Codings::Known(vec![Coding::Deflate, Coding::Zstd]));
}

#[test]
fn input_waits_until_it_is_pulled() {
    let mut decoder = Decoder::new(&[Coding::Gzip]).unwrap();
    assert_eq!(pull(&mut decoder, 10), Ok(None), "nothing pushed");
    let encoded = gzip(&sample(1_000));
    decoder.push(Bytes::copy_from_slice(&encoded[..20]));
    decoder.push(Bytes::copy_from_slice(&encoded[20..]));
    assert_eq!(decoder.pending_input(), encoded.len());
    while pull(&mut decoder, 100).unwrap().is_some() {}
    assert!(!decoder.is_done(), "another member may come");
    decoder.finish();
    assert_eq!(pull(&mut decoder, 100), Ok(None));
    assert!(decoder.is_done());
}

// Live layer `answers`: Chromium 156 refuses, Firefox 153 passes over, what plain http does not announce.
#[test]
fn codings_that_were_not_announced_are_removed_refused_or_passed_over() {
    let read = |rule, accept: &[&str], coding: &str| {
        let announced = Announced::by(rule, accept.iter().map(|value| value.as_bytes()));
        parse_content_encoding([coding.as_bytes()], announced).map_err(|error| error.code())
    };
    let [decode, refuse, skip] = [UnannouncedCodings::Decode, UnannouncedCodings::Refuse, UnannouncedCodings::Skip];
    let plain = ["gzip, deflate"];
    for (name, coding) in [("br", Coding::Brotli), ("zstd", Coding::Zstd)] {
        assert_eq!(read(decode, &plain, name), Ok(Codings::Known(vec![coding])));
        assert_eq!(read(refuse, &plain, name), Err(code(coding)));
        assert_eq!(read(skip, &plain, name), Ok(Codings::Identity));
        for accept in [&["gzip, deflate, br, zstd"][..], &["gzip", "BR;q=0.5, zstd"], &["*"], &[]] {
            for rule in [refuse, skip] {
                assert_eq!(read(rule, accept, name), Ok(Codings::Known(vec![coding])), "{accept:?}");
            }
        }
        for accept in ["br;q=0, zstd; q=0.0", "identity;q=1, *;q=0", "brx, zst", ""] {
            assert_eq!(read(refuse, &[accept], name), Err(code(coding)), "{accept:?}");
        }
    }
    for rule in [decode, refuse, skip] {
        assert_eq!(read(rule, &["identity"], "gzip"), Ok(Codings::Known(vec![Coding::Gzip])), "{rule:?}");
        assert_eq!(read(rule, &plain, "identity"), Ok(Codings::Identity), "{rule:?}");
    }
    let gzip = || Ok(Codings::Known(vec![Coding::Gzip]));
    for (list, decoded, refused, skipped) in [
        ("identity, gzip", gzip(), Ok(Codings::Unknown), gzip()),
        ("gzip, foo", Ok(Codings::Unknown), Ok(Codings::Unknown), gzip()),
        ("br, foo", Ok(Codings::Unknown), Ok(Codings::Unknown), Ok(Codings::Identity)),
    ] {
        assert_eq!(read(decode, &plain, list), decoded, "{list}");
        assert_eq!(read(refuse, &plain, list), refused, "{list}");
        assert_eq!(read(skip, &plain, list), skipped, "{list}");
    }
}
