//! Policy documents: what is refused, and that other families than the captured ones are data.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod support;

use serde_json::{Value, json};
use support::{PRIORITY, drain_frames, ready};
use wiretwin_wire::http2::Http2Policy;

fn changed(path: &str, value: Value) -> Result<Http2Policy, String> {
    let mut document: Value = serde_json::from_str(include_str!("fixtures/http2_policy_chromium_156.json")).unwrap();
    let (parent, key) = path.rsplit_once('/').unwrap();
    document.pointer_mut(parent).unwrap()[key] = value;
    let policy: Http2Policy = serde_json::from_value(document).map_err(|error| error.to_string())?;
    policy.validate().map_err(|error| error.to_string())?;
    Ok(policy)
}

#[test]
fn impossible_documents_are_refused_with_their_key() {
    let cases = [
        ("/settings", json!([[5, 100]]), "http2.settings: MAX_FRAME_SIZE"),
        // What a profile promises to keep for a peer is bounded.
        ("/settings", json!([[5, 16_777_215]]), "http2.settings: MAX_FRAME_SIZE"),
        ("/settings", json!([[4, 0x7fff_ffff]]), "http2.settings: INITIAL_WINDOW_SIZE"),
        ("/streamWindowIncrement", json!(64 * 1024 * 1024), "http2.streamWindowIncrement"),
        ("/connectionWindowIncrement", json!((1 << 30) + 1), "http2.connectionWindowIncrement"),
        ("/settings", json!([[2, 2]]), "http2.settings: ENABLE_PUSH"),
        ("/firstStreamId", json!(2), "http2.firstStreamId: must be odd"),
        ("/pseudoOrder", json!(["method", "path"]), "http2.pseudoOrder: must name"),
        ("/pseudoOrder", json!(["method", "path", "path", "scheme", "authority"]), "names a field twice"),
        ("/connectPseudoOrder", json!(["method", "authority", "scheme", "path"]), "http2.connectPseudoOrder: protocol"),
        ("/maxDataFrame", json!(0), "http2.maxDataFrame"),
        ("/uploadReads", json!({"first": 2048, "opening": 0, "read": 32016, "buffer": 32768}), "http2.uploadReads"),
        ("/flowControl/streamUpdateAbove", json!(6_291_456), "a download stalls"),
        ("/flowControl/connectionUpdateAbove", json!(16_000_000), "a download stalls"),
        ("/connectionWindowIncrement", json!(0x7fff_ffff), "http2.connectionWindowIncrement"),
        ("/hpack/maxTableSize", json!(100_000_000), "http2.hpack.maxTableSize"),
        ("/hpack/rules", json!([{"name": "Cookie", "representation": "literal"}]), "http2.hpack.rules"),
        ("/hpack/huffman", json!("sometimes"), "unknown variant"),
        ("/hpack/hufman", json!("always"), "unknown field"),
        ("/misspelt", json!(1), "unknown field"),
    ];
    for (path, value, expected) in cases {
        let error = changed(path, value).expect_err(path);
        assert!(error.contains(expected), "{path}: {error}");
    }
    assert!(changed("/firstStreamId", json!(3)).is_ok());
    assert!(changed("/connectionWindowIncrement", json!(1 << 30)).is_ok());
}

#[test]
fn okhttp_is_data() {
    // OkHttp 5: no priority in HEADERS, Huffman if shorter, pseudo-header fields but :authority without indexing.
    let mut document: Value = serde_json::from_str(include_str!("fixtures/http2_policy_chromium_156.json")).unwrap();
    document["settings"] = json!([[4, 16_777_216]]);
    document["connectionWindowIncrement"] = json!(16_711_681);
    document["firstStreamId"] = json!(3);
    document["pseudoOrder"] = json!(["method", "path", "authority", "scheme"]);
    document["dependency"] = json!("none");
    document["hpack"]["cookie"] = json!("whole");
    let mut connection = ready(support::policy(&document.to_string()));
    let mut head = support::get("/index");
    head.fields = vec![support::field("cookie", "a=1; b=2")].into();
    connection.open(head.clone(), PRIORITY, true).unwrap();
    let written = drain_frames(&mut connection);
    assert_eq!((written[0].stream, written[0].flags), (3, 5));
    let mut expected = vec![0x82, 0x04, 0x85];
    expected.extend(&written[0].payload[3..8]);
    expected.extend([0x41, 0x8b]);
    assert_eq!(written[0].payload[..10], expected);
    assert_eq!(written[0].payload[written[0].payload.len() - 8..][..2], [0x60, 0x86], "one cookie field");
}
