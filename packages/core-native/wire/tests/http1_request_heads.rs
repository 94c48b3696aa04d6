//! The head writer against every HTTP/1.1 head that real browsers sent in the captures.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use wiretwin_wire::head::{Field, RequestHead};
use wiretwin_wire::http1::{Http1Policy, RequestFraming, encode_head};

#[derive(Deserialize)]
struct Fixture {
    policy: Http1Policy,
    heads: Vec<Captured>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Captured {
    name: String,
    /// The bytes on the wire.
    head: String,
    /// The order of the same request on HTTP/2, where the capture has it.
    #[serde(default)]
    http2_order: Option<Vec<String>>,
    /// The caller's list has `Connection` at its place.
    #[serde(default)]
    connection_slot: bool,
}

fn fixture(text: &str) -> Fixture {
    let fixture: Fixture = serde_json::from_str(text).unwrap();
    fixture.policy.validate().unwrap();
    fixture
}

fn chromium() -> Fixture {
    fixture(include_str!("fixtures/http1-chromium-156.json"))
}

fn firefox() -> Fixture {
    fixture(include_str!("fixtures/http1-firefox-153.json"))
}

/// Rebuilds what the layers above would pass: the fields in HTTP/2 order, with HTTP/1.1 case.
fn request(captured: &Captured) -> (RequestHead, RequestFraming) {
    let mut lines = captured.head.split("\r\n");
    let mut start = lines.next().unwrap().split(' ');
    let (method, target) = (start.next().unwrap(), start.next().unwrap());
    let sent: Vec<(&str, &str)> = lines.filter(|line| !line.is_empty()).map(|l| l.split_once(": ").unwrap()).collect();
    let value = |name: &str| sent.iter().find(|(sent, _)| sent.eq_ignore_ascii_case(name));
    let keep = |name: &str| {
        !name.eq_ignore_ascii_case("host")
            && !name.eq_ignore_ascii_case("proxy-connection")
            && (captured.connection_slot || !name.eq_ignore_ascii_case("connection"))
    };
    let fields = match &captured.http2_order {
        Some(order) if !captured.connection_slot => order
            .iter()
            // Fields that only HTTP/2 has: the policy must drop them.
            .map(|name| value(name).copied().unwrap_or((name, "u=1, i")))
            .collect(),
        _ => sent.iter().copied().filter(|(name, _)| keep(name)).collect::<Vec<_>>(),
    };
    let field = |(name, value): (&str, &str)| Field { name: bytes(name), value: bytes(value) };
    let framing = value("content-length")
        .map_or(RequestFraming::None, |(_, length)| RequestFraming::Length(length.parse().unwrap()));
    let head = RequestHead {
        method: bytes(method),
        scheme: bytes("https"),
        authority: bytes(value("host").unwrap().1),
        target: bytes(target),
        protocol: None,
        fields: fields.into_iter().map(field).collect(),
    };
    (head, framing)
}

fn bytes(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

fn assert_reproduces(fixture: &Fixture) -> (usize, usize) {
    let mut failures = Vec::new();
    let policy = Arc::new(fixture.policy.clone());
    for captured in &fixture.heads {
        let (head, framing) = request(captured);
        let mut out = Vec::new();
        encode_head(&policy, &head, framing, &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        if out != captured.head {
            failures.push(format!("{}\n--- sent\n{out}--- browser\n{}", captured.name, captured.head));
        }
    }
    assert!(failures.is_empty(), "{} heads differ:\n{}", failures.len(), failures.join("\n"));
    let mapped = fixture.heads.iter().filter(|head| head.http2_order.is_some() && !head.connection_slot).count();
    (fixture.heads.len(), mapped)
}

#[test]
fn chromium_156_heads_are_byte_equal() {
    assert_eq!(assert_reproduces(&chromium()), (72, 65));
}

#[test]
fn firefox_153_heads_are_byte_equal() {
    assert_eq!(assert_reproduces(&firefox()), (72, 64));
}

/// What was written of the fields of an earlier request, under whatever policy, with and without a body.
#[test]
fn a_head_that_repeats_fields_has_the_bytes_of_one_that_does_not() {
    let policies = [chromium().policy, firefox().policy, Http1Policy { connection: None, ..chromium().policy }];
    let policies = policies.map(Arc::new);
    let encode = |policy: &Arc<Http1Policy>, head: &RequestHead, framing| {
        let mut out = b"before".to_vec();
        encode_head(policy, head, framing, &mut out).map(|()| out)
    };
    let mut refused = 0;
    for captured in chromium().heads.iter().chain(&firefox().heads) {
        let (head, framing) = request(captured);
        let framings =
            [framing, framing, framing, RequestFraming::None, RequestFraming::Length(7), RequestFraming::Chunked];
        for first in 0..policies.len() {
            // A list of its own for each order of policies: what is kept of it is of the first that repeats.
            let repeated = RequestHead { fields: head.fields.to_vec().into(), ..head.clone() };
            for (turn, framing) in framings.into_iter().cycle().take(18).enumerate() {
                let policy = &policies[(first + turn / 6) % policies.len()];
                let target = ["/", "/a?b", "http://example.test/a"][turn % 3];
                let repeated =
                    RequestHead { target: target.into(), authority: format!("a{turn}").into(), ..repeated.clone() };
                let fresh = RequestHead { fields: head.fields.to_vec().into(), ..repeated.clone() };
                let expected = encode(policy, &fresh, framing);
                refused += usize::from(expected.is_err());
                assert_eq!(encode(policy, &repeated, framing), expected, "{} in turn {turn}", captured.name);
            }
        }
    }
    assert!(refused > 0, "lengths that are not those of the body are among them");
}

#[test]
fn the_shipped_profiles_carry_the_proven_policies() {
    for (document, proven) in [
        (include_str!("../../../profiles/data/chrome/chrome_156.json"), chromium().policy),
        (include_str!("../../../profiles/data/firefox/firefox_153.json"), firefox().policy),
    ] {
        let document: serde_json::Value = serde_json::from_str(document).unwrap();
        let shipped: Http1Policy = serde_json::from_value(document["http1"].clone()).unwrap();
        assert_eq!(shipped, proven);
    }
}

#[test]
fn only_upgrades_and_one_fetch_need_the_caller_to_place_connection() {
    let slots = |fixture: Fixture| -> Vec<String> {
        let placed = fixture.heads.into_iter().filter(|head| head.connection_slot && !head.name.contains("/t/ws"));
        placed.map(|head| head.name).collect()
    };
    assert_eq!(slots(chromium()), Vec::<String>::new());
    // No priority field tells this fetch() from XHR, which places Connection differently.
    assert_eq!(slots(firefox()), ["tls:GET /t/fetch-get-high"]);
}

#[test]
fn content_length_finds_its_place_without_a_slot() {
    let differing = |fixture: Fixture| -> Vec<String> {
        let mut names = Vec::new();
        let policy = Arc::new(fixture.policy.clone());
        for captured in &fixture.heads {
            let (mut head, framing) = request(captured);
            let others = head.fields.iter().filter(|field| !field.name.eq_ignore_ascii_case(b"content-length"));
            head.fields = others.cloned().collect();
            let mut out = Vec::new();
            encode_head(&policy, &head, framing, &mut out).unwrap();
            if out != captured.head.as_bytes() {
                names.push(captured.name.clone());
            }
        }
        names
    };
    assert_eq!(differing(chromium()), Vec::<String>::new());
    // Firefox puts the length of an empty fetch body last; only the caller's list can say so.
    assert_eq!(differing(firefox()), ["tls:POST /t/fetch-post-empty"]);
}

#[test]
fn connect_says_who_asks_only_if_the_request_does() {
    let fields = |policy: &Http1Policy, user_agent: Option<&Bytes>| -> Vec<String> {
        let fields = policy.connect_fields("a:1", user_agent);
        let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
        fields.iter().map(|field| format!("{}: {}", text(&field.name), text(&field.value))).collect()
    };
    let agent = Bytes::from_static(b"x");
    let (chromium, firefox) = (chromium().policy, firefox().policy);
    assert_eq!(fields(&chromium, Some(&agent)), ["Host: a:1", "Proxy-Connection: keep-alive", "User-Agent: x"]);
    assert_eq!(fields(&chromium, None), ["Host: a:1", "Proxy-Connection: keep-alive"]);
    assert_eq!(fields(&firefox, None), ["Proxy-Connection: keep-alive", "Connection: keep-alive", "Host: a:1"]);
}

#[test]
fn policy_survives_json_and_refuses_unknown_keys() {
    let policy = firefox().policy;
    let text = serde_json::to_string(&policy).unwrap();
    assert_eq!(serde_json::from_str::<Http1Policy>(&text).unwrap(), policy);
    let unknown = text.replacen('{', "{\"conection\":1,", 1);
    assert!(serde_json::from_str::<Http1Policy>(&unknown).unwrap_err().to_string().contains("conection"));
}

#[test]
fn policy_validation_names_the_key() {
    let with = |change: fn(&mut Http1Policy)| {
        let mut policy = chromium().policy;
        change(&mut policy);
        policy.validate().unwrap_err().key
    };
    assert_eq!(with(|policy| policy.leading = vec!["connection".into()]), "leading");
    assert_eq!(with(|policy| policy.leading.push("accept".into())), "leading");
    assert_eq!(with(|policy| policy.leading.push("host".into())), "leading");
    assert_eq!(with(|policy| policy.drop = vec!["content-length".into()]), "drop");
    assert_eq!(with(|policy| policy.drop = vec!["TE".into()]), "drop");
    assert_eq!(with(|policy| policy.connection_before = vec!["a b".into()]), "connectionBefore");
    assert_eq!(with(|policy| policy.connection = Some("a\r\nb".into())), "connection");
    assert_eq!(with(|policy| policy.connection = Some("close".into())), "connection");
    assert_eq!(with(|policy| policy.drop = vec!["upgrade".into()]), "drop");
    for name in ["", "Transfer-Encoding", "Content-Length", "Host", "Connection"] {
        let mut policy = chromium().policy;
        policy.forward_proxy_connection = Some(name.into());
        assert_eq!(policy.validate().unwrap_err().key, "forwardProxyConnection", "n07 {name}");
    }
    for (name, value) in [
        ("Content-Length", "999"),
        ("transfer-encoding", "chunked"),
        ("TE", "trailers"),
        ("Trailer", "x"),
        ("Upgrade", "h2c"),
        ("Keep-Alive", "timeout=5"),
        ("Expect", "100-continue"),
        ("HTTP2-Settings", "x"),
        ("Proxy-Authorization", "Basic eA=="),
        ("Connection", "close"),
        ("host", "evil.example"),
        ("User-Agent", "twice"),
    ] {
        let mut policy = chromium().policy;
        policy.connect_fields.push((name.into(), Some(value.into())));
        assert_eq!(policy.validate().unwrap_err().key, "connectFields", "n07 {name}");
    }
    assert_eq!(with(|policy| policy.connect_fields.clear()), "connectFields");
    assert_eq!(with(|policy| policy.connect_fields.push(("Via".into(), None))), "connectFields");
    assert_eq!(with(|policy| policy.connect_fields.push(("Via".into(), Some("a\r\nb".into())))), "connectFields");
    assert_eq!(with(|policy| policy.connect_fields.push(("a b".into(), Some("x".into())))), "connectFields");
}

#[test]
fn what_a_policy_drops_is_sent_if_the_caller_has_named_it() {
    for (fixture, name) in [(chromium(), "Priority"), (firefox(), "TE")] {
        let policy = Arc::new(fixture.policy.clone());
        let field = |name: &str| Field { name: bytes(name), value: bytes("a") };
        let mut head = request(&fixture.heads[0]).0;
        for fields in [vec![field("x"), field(name)], vec![field(name), field("x")]] {
            let last = format!("\r\n{name}: a\r\n");
            for (undropped, expected) in [(false, false), (true, true), (false, false)] {
                head.fields = fields.clone().into();
                if undropped {
                    head.fields = head.fields.undropped();
                }
                // The second and the third are written as the first was.
                for _ in 0..3 {
                    let mut out = Vec::new();
                    encode_head(&policy, &head, RequestFraming::None, &mut out).unwrap();
                    assert_eq!(String::from_utf8(out).unwrap().contains(&last), expected, "{name}, {undropped}");
                }
            }
        }
    }
}
