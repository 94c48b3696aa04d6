//! Decoder chains on arbitrary bytes: no panic, output bounded per pull, an end.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use wiretwin_wire::content::{Coding, Decoder, Pulled, Work};

/// Enough to pass every code path, little enough to keep the fuzzer fast on bombs.
const MAX_OUTPUT: usize = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let [kind, piece, input @ ..] = data else {
        return;
    };
    let coding = |bits: u8| {
        [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd][usize::from(bits & 3)]
    };
    let codings = if kind & 0x80 == 0 {
        vec![coding(*kind)]
    } else {
        vec![coding(*kind), coding(kind >> 2)]
    };
    let Ok(mut decoder) = Decoder::new(&codings) else {
        return;
    };
    let max_out = 1 + usize::from(kind >> 4) * 97;
    let mut total = 0;
    for piece in input.chunks(1 + usize::from(*piece)) {
        decoder.push(Bytes::copy_from_slice(piece));
        loop {
            match decoder.pull(max_out, &mut Work::new(4_096)) {
                Ok(Pulled::Data(out)) => {
                    assert!(!out.is_empty() && out.len() <= max_out);
                    total += out.len();
                }
                Ok(Pulled::Paused) => {}
                Ok(Pulled::Starved | Pulled::Ended) => break,
                Err(_) => return,
            }
            if total > MAX_OUTPUT {
                return;
            }
        }
    }
    decoder.finish();
    while let Ok(Pulled::Data(out)) = decoder.pull(max_out, &mut Work::new(u64::MAX)) {
        assert!(!out.is_empty());
    }
});
