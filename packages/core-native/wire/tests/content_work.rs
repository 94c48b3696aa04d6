//! B09: what a body may cost, counted in work and not in output or time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod content_support;

use content_support::{ALL, brotli, decode, encode, gzip, zlib, zstd};
use wiretwin_wire::content::limits::{INPUT_COST, STEP_COST, STEP_INPUT_BYTES};
use wiretwin_wire::content::{Coding, Decoder, Pulled, Work};

/// Units of a turn, and the most that the step which passes it can add.
const TURN: u64 = 256 * 1024;
const STEP: u64 = STEP_COST + STEP_INPUT_BYTES as u64 * INPUT_COST + 64 * 1024;

/// Megabytes of members without content, one byte behind each: what a kilobyte can hide.
fn padding(times: usize) -> Vec<u8> {
    let empty = gzip(b"");
    let mut block = empty.repeat(1_000_000 / empty.len());
    block.extend(gzip(b"x"));
    block.repeat(times)
}

/// Decodes in turns; the turns that were needed and the largest of them, with what came of it.
fn in_turns(codings: &[Coding], input: Vec<u8>) -> (u64, Result<usize, &'static str>) {
    let mut decoder = Decoder::new(codings).unwrap();
    decoder.push(input.into());
    decoder.finish();
    let (mut turns, mut output) = (0, 0);
    loop {
        let mut work = Work::new(TURN);
        turns += 1;
        loop {
            let before = work.left();
            match decoder.pull(64 * 1024, &mut work) {
                Ok(Pulled::Data(data)) => output += data.len(),
                Ok(Pulled::Paused) => break,
                Ok(Pulled::Ended) => return (turns, Ok(output)),
                Ok(Pulled::Starved) => panic!("starved with all of the input"),
                Err(error) => return (turns, Err(error.code())),
            }
            assert!(work.left() < before, "output for nothing");
        }
    }
}

#[test]
fn b09_a_turn_ends_after_its_work_also_without_output() {
    let members = gzip(b"").repeat(100_000);
    let skippable = [0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0].repeat(250_000);
    for (codings, body) in [
        (&[Coding::Gzip, Coding::Gzip][..], gzip(&members)),
        (&[Coding::Gzip, Coding::Brotli], brotli(&members)),
        (&[Coding::Gzip, Coding::Zstd], zstd(&members)),
        (&[Coding::Gzip, Coding::Deflate], zlib(&members)),
        (&[Coding::Zstd, Coding::Gzip], gzip(&skippable)),
        (&[Coding::Gzip], members.clone()),
        (&[Coding::Zstd], skippable.clone()),
    ] {
        let (turns, outcome) = in_turns(codings, body);
        assert_eq!(outcome, Ok(0), "{codings:?}");
        // 2 MB are read by the last coding at least.
        assert!(turns >= 2_000_000 * INPUT_COST / (TURN + STEP), "{codings:?}: {turns} turns");
    }
}

#[test]
fn b09_no_pull_passes_its_turn_by_more_than_a_step() {
    let zeros = vec![0; 2 * 1024 * 1024];
    for coding in ALL {
        for outer in ALL {
            let mut decoder = Decoder::new(&[coding, outer]).unwrap();
            decoder.push(encode(outer, &encode(coding, &zeros)).into());
            decoder.finish();
            let mut output = 0;
            loop {
                // The smallest turn: each pull is one step of each coding at most.
                match decoder.pull(usize::MAX, &mut Work::new(1)).unwrap() {
                    Pulled::Data(data) => output += data.len(),
                    Pulled::Paused => {}
                    Pulled::Starved | Pulled::Ended => break,
                }
            }
            assert_eq!(output, zeros.len(), "{coding:?} in {outer:?}");
        }
    }
}

#[test]
fn b09_a_chain_that_expands_into_nothing_is_stopped() {
    let inner = padding(20);
    for (codings, body) in [
        (&[Coding::Gzip, Coding::Gzip, Coding::Gzip][..], gzip(&gzip(&inner))),
        (&[Coding::Gzip, Coding::Zstd], zstd(&inner)),
        (&[Coding::Gzip, Coding::Brotli], brotli(&inner)),
    ] {
        assert!(body.len() < 100_000, "{codings:?}: {} bytes on the wire", body.len());
        let (turns, outcome) = in_turns(codings, body);
        assert_eq!(outcome, Err("ERR_DECODE_LIMIT"), "{codings:?}");
        // 16 MiB of members at a kilobyte of work each.
        assert!(turns < 10_000, "{codings:?}: {turns} turns");
    }
}

#[test]
fn b09_a_body_may_expand_ten_thousand_times_and_what_is_small_as_much_as_it_likes() {
    let zeros = vec![0; 200 * 1024 * 1024];
    assert_eq!(in_turns(&[Coding::Zstd], zstd(&zeros)).1, Ok(zeros.len()));
    // A thousandfold is what gzip reaches, whatever the length.
    let (twice, body) = (zeros.len() * 2, gzip(&zeros).repeat(2));
    assert_eq!(in_turns(&[Coding::Gzip], body).1, Ok(twice));
    let bomb = gzip(&gzip(&zeros).repeat(2));
    assert_eq!(in_turns(&[Coding::Gzip, Coding::Gzip], bomb).1, Err("ERR_DECODE_LIMIT"));
    let bomb = zstd(&zeros).repeat(2);
    assert_eq!(in_turns(&[Coding::Zstd], bomb).1, Err("ERR_DECODE_LIMIT"));
}

#[test]
fn b09_what_is_coded_twice_is_decoded_whatever_its_length() {
    let plain = content_support::sample(24 * 1024 * 1024);
    let body = gzip(&zstd(&plain));
    let out = decode(&[Coding::Zstd, Coding::Gzip], &body, 64 * 1024, 64 * 1024);
    assert!(out.as_deref() == Ok(&plain[..]), "{:?}", out.map(|out| out.len()));
}
