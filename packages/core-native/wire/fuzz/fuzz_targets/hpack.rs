//! The HPACK decoder takes any blocks; what it accepts, the encoder and decoder of a fresh pair carry unchanged.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wiretwin_wire::http2::Http2Policy;
use wiretwin_wire::http2::hpack::decoder::Decoder;
use wiretwin_wire::http2::hpack::encoder::Encoder;

const POLICIES: [&str; 2] = [
    include_str!("../../tests/fixtures/http2_policy_chromium_156.json"),
    include_str!("../../tests/fixtures/http2_policy_firefox_153.json"),
];

fuzz_target!(|blocks: Vec<Vec<u8>>| {
    let mut decoder = Decoder::new(4_096, 65_536);
    let mut lists = Vec::new();
    for block in &blocks {
        let Ok(list) = decoder.decode(block) else {
            break;
        };
        lists.push(list.fields);
    }
    for policy in POLICIES {
        let Ok(policy) = serde_json::from_str::<Http2Policy>(policy) else {
            return;
        };
        let mut encoder = Encoder::new(policy.hpack);
        let mut decoder = Decoder::new(4_096, usize::MAX);
        for fields in &lists {
            let mut block = Vec::new();
            encoder.begin_block(&mut block);
            let fields: Vec<_> = fields
                .iter()
                .filter(|field| field.0 != "cookie")
                .cloned()
                .collect();
            for (name, value) in &fields {
                encoder.encode(name, value, &mut block);
            }
            assert_eq!(decoder.decode(&block).map(|list| list.fields), Ok(fields));
        }
    }
});
