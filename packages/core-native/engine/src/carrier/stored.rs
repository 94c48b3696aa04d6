//! Answers that a browser's cache takes over as soon as it has their head.

use wiretwin_wire::head::{RequestHead, ResponseHead};

use crate::request::ExchangeRequest;

/// Whether the cache needs no more than this head of an answer in which it takes part (Chromium:
/// `HttpCache::Transaction` is done with the network then).
pub(super) fn is_left_to_cache(request: &ExchangeRequest, sent: &RequestHead, head: &ResponseHead) -> bool {
    request.storable
        && match head.status {
            301 | 302 | 303 | 307 | 308 => is_stored_redirect(head),
            304 => is_conditional(sent),
            _ => false,
        }
}

/// A redirect is kept; only `no-store` forbids it.
fn is_stored_redirect(head: &ResponseHead) -> bool {
    values(head, b"location").next().is_some() && !values(head, b"cache-control").any(forbids_storing)
}

/// The cache asked: in a storable request there is no condition of the caller's.
fn is_conditional(sent: &RequestHead) -> bool {
    sent.fields.iter().any(|field| {
        field.name.eq_ignore_ascii_case(b"if-none-match") || field.name.eq_ignore_ascii_case(b"if-modified-since")
    })
}

fn values<'a>(head: &'a ResponseHead, name: &'static [u8]) -> impl Iterator<Item = &'a [u8]> {
    head.fields.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &value[..])
}

fn forbids_storing(value: &[u8]) -> bool {
    value.split(|byte| *byte == b',').any(|directive| directive.trim_ascii().eq_ignore_ascii_case(b"no-store"))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use wiretwin_wire::head::Field;

    use super::*;
    use crate::request::Scheme;

    fn answered(
        status: u16,
        fields: &[(&'static str, &'static str)],
        storable: bool,
        condition: Option<&'static str>,
    ) -> bool {
        let mut request = ExchangeRequest::new("GET", Scheme::Https, "a.test", 443, "/");
        request.storable = storable;
        let bytes = |text: &'static str| Bytes::from_static(text.as_bytes());
        let sent = RequestHead {
            method: request.method.clone(),
            scheme: bytes("https"),
            authority: request.authority.clone(),
            target: request.target.clone(),
            protocol: None,
            fields: condition.into_iter().map(|name| Field { name: bytes(name), value: bytes("x") }).collect(),
        };
        let fields = fields.iter().map(|(name, value)| (bytes(name), bytes(value))).collect();
        is_left_to_cache(&request, &sent, &ResponseHead { status, reason: Bytes::new(), fields })
    }

    fn stored(status: u16, fields: &[(&'static str, &'static str)], storable: bool) -> bool {
        answered(status, fields, storable, None)
    }

    #[test]
    fn a_304_is_left_to_the_cache_that_asked_for_it() {
        for condition in ["if-none-match", "If-Modified-Since"] {
            assert!(answered(304, &[], true, Some(condition)));
            assert!(!answered(304, &[], false, Some(condition)));
            assert!(!answered(200, &[], true, Some(condition)));
        }
        assert!(!answered(304, &[], true, Some("if-range")));
        assert!(!answered(304, &[], true, None));
    }

    // Each was seen with Chromium 156: docs/internals/truth.md.
    #[test]
    fn a_redirect_is_stored_unless_it_says_no_store() {
        for status in [301, 302, 303, 307, 308] {
            assert!(stored(status, &[("location", "/b")], true));
            assert!(!stored(status, &[("location", "/b")], false));
        }
        for status in [200, 204, 300, 304, 404, 421] {
            assert!(!stored(status, &[("location", "/b")], true));
        }
        assert!(!stored(302, &[("x-no-location", "/b")], true));
        for value in ["max-age=0", "no-cache", "private", "no-store-x", "x=no-store"] {
            assert!(stored(302, &[("location", "/b"), ("cache-control", value)], true));
        }
        for value in ["no-store", "private, No-Store"] {
            assert!(!stored(302, &[("location", "/b"), ("cache-control", value)], true));
        }
        assert!(!stored(
            302,
            &[("cache-control", "max-age=1"), ("cache-control", "no-store"), ("location", "/b")],
            true
        ));
    }
}
