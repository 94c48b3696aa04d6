//! HPACK against a decoder that shares no code with ours.

use httlib_hpack::{Decoder as Other, DecoderError};
use wiretwin_wire::http2::hpack::decoder::{Decoder, HeaderList};
use wiretwin_wire::http2::hpack::encoder::Encoder;
use wiretwin_wire::http2::{Http2Policy, hpack::DEFAULT_TABLE_SIZE};

use crate::choices::{Choices, Input};

pub const WORDS: &[&[u8]] = &[
    &[0x20],
    &[0x3f, 0xe1, 0x1f],
    &[0x82],
    &[0xbe],
    &[0x40, 1, b'a', 1, b'b'],
    &[0x00, 1, b'a', 1, b'b'],
    &[0x10, 1, b'a', 1, b'b'],
    &[0x7f, 0x80, 0x01],
    &[0xff, 0xff, 0xff, 0xff, 0x0f],
    &[0x41, 0x8c, 0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff],
];

/// Far above what the inputs can decode to: a table entry of 4 kB named by each byte.
const NO_LIMIT: usize = usize::MAX;

const POLICIES: [&str; 2] = [
    include_str!("../../wire/tests/fixtures/http2_policy_chromium_156.json"),
    include_str!("../../wire/tests/fixtures/http2_policy_firefox_153.json"),
];

type Fields = Vec<(Vec<u8>, Vec<u8>)>;

fn other(decoder: &mut Other<'_>, block: &[u8]) -> Result<Fields, DecoderError> {
    let mut fields = Vec::new();
    decoder.decode(&mut block.to_vec(), &mut fields)?;
    Ok(fields.into_iter().map(|(name, value, _)| (name, value)).collect())
}

fn plain(list: &HeaderList) -> Fields {
    list.fields.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect()
}

/// Blocks of a connection. What ours takes, the other takes, as the same fields; a limit on the list changes neither the
/// verdict nor the table.
pub fn decode(data: &[u8]) {
    let mut ours = Decoder::new(DEFAULT_TABLE_SIZE, NO_LIMIT);
    let mut limited = Decoder::new(DEFAULT_TABLE_SIZE, 300);
    let mut theirs = Other::with_dynamic_size(DEFAULT_TABLE_SIZE);
    let mut input = Input::new(data);
    while !input.is_over() {
        let length = usize::from(input.byte());
        let block = input.bytes(length);
        let list = ours.decode(block);
        let short = limited.decode(block);
        match (&list, short) {
            (Ok(list), Ok(short)) => {
                assert_eq!(short.size, list.size);
                assert_eq!(short.oversized, list.size > 300);
                assert!(short.oversized || short.fields == list.fields);
            }
            (Err(error), Err(other)) => assert_eq!(*error, other),
            (list, short) => panic!("a limit decides: {list:?}, {short:?}"),
        }
        let Ok(list) = list else { return };
        match other(&mut theirs, block) {
            Ok(fields) => assert_eq!(plain(&list), fields),
            // It reads four bytes of an integer, RFC 7541 5.1 leaves the limit to the reader.
            Err(DecoderError::IntegerOverflow) => return,
            Err(error) => panic!("the other refuses: {error:?}"),
        }
    }
}

/// Fields that are likely to meet each other in the table.
fn field(input: &mut Input<'_>) -> (Vec<u8>, Vec<u8>) {
    const NAMES: [&[u8]; 12] = [
        b":method",
        b":path",
        b":scheme",
        b":authority",
        b"cookie",
        b"authorization",
        b"accept",
        b"user-agent",
        b"x-a",
        b"te",
        b"content-length",
        b"",
    ];
    const VALUES: [&[u8]; 6] = [b"GET", b"/", b"https", b"", b"a", b"trailers"];
    let name = input.of(&NAMES).unwrap_or_default().to_vec();
    let value = match input.below(3) {
        0 => input.of(&VALUES).unwrap_or_default().to_vec(),
        1 => {
            let length = input.byte().into();
            input.bytes(length).to_vec()
        }
        _ => vec![input.byte(); usize::from(input.byte()) * 17],
    };
    (if name.is_empty() { input.bytes(5).to_vec() } else { name }, value)
}

/// Whatever our encoder writes, by the rules of either browser and under any change of the table's size, both decoders read.
pub fn round_trip(data: &[u8]) {
    let mut input = Input::new(data);
    let policy: Http2Policy = serde_json::from_str(POLICIES[usize::from(input.byte() & 1)]).expect("a policy");
    let mut encoder = Encoder::new(policy.hpack);
    let mut ours = Decoder::new(65_536, NO_LIMIT);
    let mut theirs = Other::with_dynamic_size(DEFAULT_TABLE_SIZE);
    theirs.set_max_dynamic_size(65_536);
    while !input.is_over() {
        for _ in 0..input.below(4) {
            encoder.set_peer_table_size([0, 31, 64, 100, 4_096, 8_192, 65_536, u32::MAX][input.below(8) as usize]);
        }
        let fields: Fields = (0..input.below(8)).map(|_| field(&mut input)).collect();
        let mut block = Vec::new();
        encoder.begin_block(&mut block);
        for (name, value) in &fields {
            encoder.encode(name, value, &mut block);
        }
        // Browsers send a cookie in crumbs (RFC 9113 8.2.3); both readers must see the same ones.
        let read = plain(&ours.decode(&block).expect("our decoder reads it"));
        assert_eq!(read, other(&mut theirs, &block).expect("the other reads it"));
        let whole = |fields: &Fields| fields.iter().filter(|(name, _)| name != b"cookie").cloned().collect::<Fields>();
        assert_eq!(whole(&read), whole(&fields));
        let crumbs = |fields: &Fields| -> Vec<Vec<u8>> {
            let cookies = fields.iter().filter(|(name, _)| name == b"cookie").map(|(_, value)| value);
            let split = cookies.flat_map(|value| value.split(|byte| *byte == b';').enumerate());
            split.map(|(at, crumb)| crumb.strip_prefix(b" ").filter(|_| at > 0).unwrap_or(crumb).to_vec()).collect()
        };
        assert_eq!(crumbs(&read), crumbs(&fields));
    }
}
