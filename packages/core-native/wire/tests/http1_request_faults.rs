//! F11, F12: what a caller cannot put on the wire, and the chunked writer.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;

use bytes::Bytes;
use wiretwin_wire::head::{Field, RequestHead};
use wiretwin_wire::http1::{Http1Policy, InvalidHead, RequestFraming, encode_chunk, encode_head, encode_last_chunk};

const POLICY: &str = r#"{"leading":["host"],"connection":"keep-alive","connectionBefore":["cookie"],
    "contentLengthAfter":["content-type"],"forwardProxyConnection":"Proxy-Connection"}"#;

fn policy() -> Arc<Http1Policy> {
    let policy: Http1Policy = serde_json::from_str(POLICY).unwrap();
    policy.validate().unwrap();
    Arc::new(policy)
}

fn field(name: &[u8], value: &[u8]) -> Field {
    Field { name: Bytes::copy_from_slice(name), value: Bytes::copy_from_slice(value) }
}

fn head(fields: &[(&str, &str)]) -> RequestHead {
    RequestHead {
        method: "POST".into(),
        scheme: "https".into(),
        authority: "example.test".into(),
        target: "/".into(),
        protocol: None,
        fields: fields.iter().map(|(name, value)| field(name.as_bytes(), value.as_bytes())).collect(),
    }
}

/// The refusal, after checking that nothing was written.
fn refused(head: &RequestHead, framing: RequestFraming) -> InvalidHead {
    let mut out = b"before".to_vec();
    let error = encode_head(&policy(), head, framing, &mut out).expect_err("a refusal");
    assert_eq!(out, b"before", "bytes were written before the refusal");
    assert_eq!(error.code(), "ERR_INVALID_ARG");
    error
}

fn written(head: &RequestHead, framing: RequestFraming) -> String {
    let mut out = Vec::new();
    encode_head(&policy(), head, framing, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn f11_method_target_and_authority_are_checked() {
    for method in ["", "GE T", "GET\r\n", "GET\0", "G\u{e9}T", "GET:"] {
        let mut head = head(&[]);
        head.method = Bytes::copy_from_slice(method.as_bytes());
        assert_eq!(refused(&head, RequestFraming::None), InvalidHead::Method, "{method:?}");
    }
    for target in ["", "/a b", "/a\r\nX: y", "/\0", "/\t", "/\u{e9}", "/ HTTP/1.1\r\nHost: evil"] {
        let mut head = head(&[]);
        head.target = Bytes::copy_from_slice(target.as_bytes());
        assert_eq!(refused(&head, RequestFraming::None), InvalidHead::Target, "{target:?}");
    }
    for authority in ["", "a b", "a\r\nb", "user@host", "host/path", "a,b", "h\\i", "h?q", "h#f", "\u{e9}.test"] {
        let mut head = head(&[]);
        head.authority = Bytes::copy_from_slice(authority.as_bytes());
        assert_eq!(refused(&head, RequestFraming::None), InvalidHead::Authority, "{authority:?}");
    }
    let mut ipv6 = head(&[]);
    ipv6.authority = "[::1]:8080".into();
    assert!(written(&ipv6, RequestFraming::None).contains("Host: [::1]:8080\r\n"));
}

#[test]
fn f11_field_names_and_values_are_checked() {
    for name in [&b""[..], b"a b", b"a:", b"a\r", b"a\n", b"a\0", b"\xe9", b"a\r\nb", b" a", b"a "] {
        let mut head = head(&[("ok", "ok")]);
        head.fields.push(field(name, b"value"));
        assert_eq!(refused(&head, RequestFraming::None), InvalidHead::FieldName { index: 1 }, "{name:?}");
    }
    for value in [&b"a\r\nX: y"[..], b"a\rb", b"a\nb", b"a\0b", b"\x7f", b"\x1b", b"a\r\n b"] {
        for name in ["x-any", "Cookie", "Upgrade", "Connection"] {
            let mut head = head(&[]);
            head.fields.push(field(name.as_bytes(), value));
            assert_eq!(refused(&head, RequestFraming::None), InvalidHead::FieldValue { index: 0 }, "{value:?}");
        }
    }
    let mut latin1 = head(&[]);
    latin1.fields.push(field(b"x", b"caf\xe9\t!"));
    let mut out = Vec::new();
    encode_head(&policy(), &latin1, RequestFraming::None, &mut out).unwrap();
    assert!(out.windows(9).any(|window| window == b"x: caf\xe9\t!"));
}

#[test]
fn f11_a_host_override_is_an_authority_too() {
    assert!(written(&head(&[("host", "other.test")]), RequestFraming::None).contains("\r\nhost: other.test\r\n"));
    assert_eq!(refused(&head(&[("Host", "a b")]), RequestFraming::None), InvalidHead::Authority);
    assert_eq!(refused(&head(&[("Host", "")]), RequestFraming::None), InvalidHead::Authority);
}

#[test]
fn f12_framing_and_routing_fields_occur_once() {
    for (first, second, name) in [
        ("Host", "host", "host"),
        ("Content-Length", "content-length", "content-length"),
        ("Content-Length", "Transfer-Encoding", "content-length"),
        ("Connection", "connection", "connection"),
    ] {
        let twice = head(&[(first, "1"), (second, "1")]);
        assert_eq!(refused(&twice, RequestFraming::Length(1)), InvalidHead::Duplicate { name });
    }
}

#[test]
fn f12_a_wrong_content_length_is_refused() {
    let with = |value| head(&[("content-length", value)]);
    for (value, framing) in [
        ("4", RequestFraming::Length(5)),
        ("5", RequestFraming::None),
        ("5", RequestFraming::Chunked),
        ("+5", RequestFraming::Length(5)),
        ("05", RequestFraming::Length(5)),
        ("00", RequestFraming::Length(0)),
        ("5, 5", RequestFraming::Length(5)),
        ("", RequestFraming::Length(0)),
    ] {
        assert_eq!(refused(&with(value), framing), InvalidHead::ContentLength, "{value:?} {framing:?}");
    }
    for (value, framing) in
        [("5", RequestFraming::Length(5)), ("0", RequestFraming::None), ("0", RequestFraming::Length(0))]
    {
        let text = written(&with(value), framing);
        assert_eq!(text.to_ascii_lowercase().matches("content-length").count(), 1, "{text}");
    }
}

#[test]
fn f12_transfer_encoding_is_ours_to_write() {
    let with = |value| head(&[("transfer-encoding", value)]);
    assert_eq!(refused(&with("chunked"), RequestFraming::Length(5)), InvalidHead::TransferEncoding);
    assert_eq!(refused(&with("chunked"), RequestFraming::None), InvalidHead::TransferEncoding);
    assert_eq!(refused(&with("gzip, chunked"), RequestFraming::Chunked), InvalidHead::TransferEncoding);
    let text = written(&with("chunked"), RequestFraming::Chunked);
    assert_eq!(text.to_ascii_lowercase().matches("transfer-encoding: chunked").count(), 1);
    let text = written(&head(&[("Content-Type", "a/b"), ("X", "y")]), RequestFraming::Chunked);
    assert!(text.contains("Content-Type: a/b\r\nTransfer-Encoding: chunked\r\nX: y\r\n"), "{text}");
}

#[test]
fn through_a_forward_proxy_connection_has_its_other_name() {
    let mut head = head(&[("Cookie", "a=b")]);
    head.target = "http://example.test/path".into();
    let text = written(&head, RequestFraming::None);
    assert!(text.starts_with("POST http://example.test/path HTTP/1.1\r\nHost: example.test\r\n"), "{text}");
    assert!(text.contains("\r\nProxy-Connection: keep-alive\r\nCookie: a=b\r\n\r\n"), "{text}");
    assert_eq!(text.matches("Connection").count(), 1);
}

#[test]
fn without_a_policy_value_connection_is_only_what_the_caller_says() {
    let policy = Arc::new(Http1Policy { connection: None, ..Http1Policy::clone(&policy()) });
    let encode = |head: &RequestHead| {
        let mut out = Vec::new();
        encode_head(&policy, head, RequestFraming::None, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert_eq!(encode(&head(&[])), "POST / HTTP/1.1\r\nHost: example.test\r\n\r\n");
    let own = encode(&head(&[("A", "b"), ("Connection", "close"), ("C", "d")]));
    assert!(own.ends_with("A: b\r\nConnection: close\r\nC: d\r\n\r\n"), "{own}");
}

#[test]
fn chunks_end_only_with_the_last_chunk() {
    let mut out = Vec::new();
    encode_chunk(b"hello", &mut out);
    encode_chunk(b"", &mut out);
    encode_chunk(&[b'x'; 26], &mut out);
    encode_last_chunk(&[field(b"Digest", b"abc")], &mut out).unwrap();
    let expected = format!("5\r\nhello\r\n1A\r\n{}\r\n0\r\nDigest: abc\r\n\r\n", "x".repeat(26));
    assert_eq!(out, expected.as_bytes());
}

#[test]
fn f11_trailers_are_checked_before_a_byte_is_written() {
    for bad in [
        field(b"a b", b""),
        field(b"a", b"b\r\nc: d"),
        field(b"Content-Length", b"5"),
        field(b"host", b"x"),
        field(b"Transfer-Encoding", b"chunked"),
    ] {
        let mut out = Vec::new();
        assert!(encode_last_chunk(&[bad], &mut out).is_err());
        assert!(out.is_empty());
    }
}
