//! Damaged answers must end in data, an error or a wait, and the same one however they are cut. The fuzz targets do
//! this without end; here a fixed sequence keeps every build honest.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod http1_support;

use http1_support::{Close, Peer};

const SEEDS: [&str; 6] = [
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nTrailer: z\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\u{1}\u{2}",
    "HTTP/1.0 304 Not Modified\r\nContent-Length: 9, 9\r\nX: a\r\n folded\r\n\r\n",
    "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
];

const INTERESTING: &[u8] = b"\r\n\0:;, 0159aFx-\xff\t";

struct Dice(u32);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % end
    }
}

fn damage(bytes: &mut Vec<u8>, dice: &mut Dice) {
    if bytes.is_empty() {
        return;
    }
    let place = dice.below(bytes.len());
    let byte = INTERESTING[dice.below(INTERESTING.len())];
    match dice.below(5) {
        0 => bytes[place] = byte,
        1 => bytes.insert(place, byte),
        2 => drop(bytes.remove(place)),
        3 => bytes.truncate(place + 1),
        _ => {
            let again = bytes[place..].to_vec();
            bytes.extend_from_slice(&again);
        }
    }
}

#[test]
fn damaged_answers_read_the_same_in_every_cut() {
    let mut dice = Dice(7);
    let mut outcomes = std::collections::BTreeMap::<_, u32>::new();
    for round in 0..6_000 {
        let mut bytes = SEEDS[round % SEEDS.len()].as_bytes().to_vec();
        for _ in 0..=dice.below(4) {
            damage(&mut bytes, &mut dice);
        }
        let close = [Close::Open, Close::Clean, Close::Cut][dice.below(3)];
        let method: &[u8] = [&b"GET"[..], b"HEAD"][dice.below(2)];
        let mut peer = Peer::says(&bytes).to(method).then(close);
        peer.upgrade = dice.below(2) == 0;
        let transcript = peer.read();
        if transcript.error.is_some() || !(transcript.ended || transcript.upgraded) {
            assert!(transcript.reusable.unwrap().is_err(), "an unfinished response must not free its connection");
        }
        *outcomes.entry(transcript.error.unwrap_or("none")).or_default() += 1;
    }
    // The damage is real: it reaches every kind of refusal that these seeds can reach.
    for code in ["none", "ERR_H1_PARSE", "ERR_H1_FRAMING", "ERR_H1_CHUNK", "ERR_BODY_INCOMPLETE"] {
        assert!(outcomes.get(code).copied().unwrap_or(0) > 20, "{code}: {outcomes:?}");
    }
}
