//! Answers that a browser's cache takes over as soon as it has their head.

use wiretwin_wire::head::ResponseHead;

use crate::request::ExchangeRequest;

/// Whether the cache keeps this answer of a request in which it takes part and needs no more than its head: a redirect
/// (Chromium: `HttpCache::Transaction` is done with the entry then). Only `no-store` forbids keeping it.
pub(super) fn is_stored_redirect(request: &ExchangeRequest, head: &ResponseHead) -> bool {
    request.storable
        && matches!(head.status, 301 | 302 | 303 | 307 | 308)
        && values(head, b"location").next().is_some()
        && !values(head, b"cache-control").any(forbids_storing)
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

    use super::*;
    use crate::request::Scheme;

    fn stored(status: u16, fields: &[(&'static str, &'static str)], storable: bool) -> bool {
        let mut request = ExchangeRequest::new("GET", Scheme::Https, "a.test", 443, "/");
        request.storable = storable;
        let bytes = |text: &'static str| Bytes::from_static(text.as_bytes());
        let fields = fields.iter().map(|(name, value)| (bytes(name), bytes(value))).collect();
        is_stored_redirect(&request, &ResponseHead { status, reason: Bytes::new(), fields })
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
