//! Decisions of the pool, by plain facts: nothing here waits, opens or changes anything.

use std::cmp::Reverse;
use std::time::{Duration, Instant};

use wiretwin_wire::http1::Reuses;
use wiretwin_wire::http2::{Coalescing, OneAtATime, WebSocketConnection, WebSocketPolicy};

use crate::dial::OriginKey;
use crate::request::{Protocols, Scheme};

/// Requests after which a connection serves requests with and without credentials (measured with Firefox 153, whose source
/// calls such a connection experienced: docs/internals/truth.md).
pub(super) const EXPERIENCED: u64 = 2;

/// What a connection shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) is_http2: bool,
    /// Another exchange may start now.
    pub(super) can_start: bool,
    /// It will never take another exchange.
    pub(super) is_finished: bool,
    pub(super) idle_since: Option<Instant>,
    /// Bytes of the longest answer that was read on it over HTTP/1.1.
    pub(super) largest_answer: u64,
}

/// The connection for the next request: an idle one, else one with room.
pub(super) fn free(connections: impl Iterator<Item = Facts>, reuses: Reuses) -> Option<usize> {
    let free = connections.enumerate().filter(|(_, facts)| facts.can_start);
    let taken = match reuses {
        Reuses::LastUsed => free.max_by_key(|(_, facts)| facts.idle_since),
        Reuses::MostRead => free.min_by_key(|(_, facts)| {
            let idle_since = facts.idle_since;
            (idle_since.is_none(), Reverse(facts.largest_answer), idle_since)
        }),
    };
    taken.map(|(index, _)| index)
}

/// Whether an open connection serves all requests of its origin, at once or in turn.
pub(super) fn carries_all(connection: &Facts) -> bool {
    connection.is_http2 && !connection.is_finished
}

/// What an origin knows without having asked: without TLS nothing is negotiated.
pub(super) fn speaks_http1(protocols: Protocols, scheme: Scheme) -> Option<bool> {
    match (protocols, scheme) {
        (Protocols::Http1, _) | (Protocols::Auto, Scheme::Http) => Some(true),
        (Protocols::Http2, _) => Some(false),
        (Protocols::Auto, Scheme::Https) => None,
    }
}

/// What the attempts of an origin depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Load {
    /// Requests without a connection.
    pub(super) waiting: usize,
    /// Attempts under way.
    pub(super) dialing: usize,
    /// Connections that may take requests, now or later.
    pub(super) open: usize,
    /// Each request has an attempt of its own: over HTTP/1.1, and where the profile says so before the first negotiation.
    pub(super) one_each: bool,
    pub(super) max_http1: usize,
}

/// Attempts to begin now.
pub(super) fn missing_attempts(load: Load) -> usize {
    let wanted = if load.one_each {
        load.waiting.min(load.max_http1.saturating_sub(load.open))
    } else {
        // One connection carries all; a full one is waited for, as browsers do.
        usize::from(load.open == 0)
    };
    wanted.saturating_sub(load.dialing)
}

/// What a transport says about sharing connections between hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SharingRules {
    pub(super) coalescing: Coalescing,
    pub(super) has_proxy: bool,
    /// A connection is for one host alone.
    pub(super) is_for_one_host: bool,
}

/// Whether an origin may use connections of other hosts (RFC 9113 9.1.1). Not through a proxy: who the peer of the tunnel
/// is, is the proxy's word. Not after a client certificate or another's name either.
pub(super) fn may_be_guest(key: &OriginKey, rules: SharingRules) -> bool {
    rules.coalescing == Coalescing::SameAddress
        && key.scheme == Scheme::Https
        && key.protocols != Protocols::Http1
        && !rules.has_proxy
        && !rules.is_for_one_host
}

/// Whether connections of `host` may serve `guest`, as far as the two origins go.
pub(super) fn are_alike(host: &OriginKey, guest: &OriginKey) -> bool {
    (&host.partition, host.scheme, host.port, host.protocols, host.anonymous)
        == (&guest.partition, guest.scheme, guest.port, guest.protocols, guest.anonymous)
}

/// Which connection a WebSocket takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WebSocketWay {
    /// The shared connection that is open.
    Shared,
    /// Like any request to the origin.
    LikeOthers,
    /// One of its own, offering what the origin is offered.
    OwnNegotiated,
    /// One of its own, over HTTP/1.1.
    Own,
}

/// What the profile says about a WebSocket that may go over HTTP/2; `None` if it may not.
pub(super) fn web_socket_rule(
    policy: Option<WebSocketPolicy>,
    scheme: Scheme,
    protocols: Protocols,
) -> Option<WebSocketConnection> {
    let may = scheme == Scheme::Https && protocols != Protocols::Http1;
    policy.filter(|_| may).map(|policy| policy.connection)
}

/// The way of a WebSocket. `open`: the peer's word on WebSockets, of the shared connection that is open if there is one.
pub(super) fn web_socket_way(
    rule: Option<WebSocketConnection>,
    open: Option<Option<bool>>,
    speaks_http1: bool,
) -> WebSocketWay {
    match (rule, open) {
        (None, _) => WebSocketWay::Own,
        (Some(_), Some(Some(true))) | (Some(WebSocketConnection::Negotiated), Some(None)) => WebSocketWay::Shared,
        (Some(_), Some(_)) | (Some(WebSocketConnection::Open), None) => WebSocketWay::Own,
        // Firefox still offers HTTP/2 to a server that chose HTTP/1.1 before.
        (Some(WebSocketConnection::Negotiated), None) if speaks_http1 => WebSocketWay::OwnNegotiated,
        (Some(WebSocketConnection::Negotiated), None) => WebSocketWay::LikeOthers,
    }
}

/// Whether a handshake on this way waits until those before it to the same host are answered.
pub(super) fn waits_for_others(policy: Option<WebSocketPolicy>, way: Option<WebSocketWay>) -> bool {
    match policy.map(|policy| policy.one_at_a_time) {
        Some(OneAtATime::All) => true,
        Some(_) => way == Some(WebSocketWay::Own),
        None => false,
    }
}

/// Whether a connection has been idle for too long.
pub(super) fn is_expired(idle_since: Option<Instant>, now: Instant, timeout: Duration) -> bool {
    idle_since.is_some_and(|since| now.duration_since(since) >= timeout)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONNECTION: Facts =
        Facts { is_http2: true, can_start: true, is_finished: false, idle_since: None, largest_answer: 0 };

    fn key(protocols: Protocols, scheme: Scheme) -> OriginKey {
        let (host, partition) = ("a.test".to_owned(), bytes::Bytes::new());
        OriginKey { partition, scheme, host, port: 443, protocols, forwarded: false, anonymous: false }
    }

    #[test]
    fn the_connection_used_last_is_taken_and_none_that_is_full() {
        let now = Instant::now();
        let idle = |seconds| Facts { idle_since: Some(now + Duration::from_secs(seconds)), ..CONNECTION };
        let full = Facts { can_start: false, ..idle(9) };
        assert_eq!(free([idle(1), idle(3), full, idle(2)].into_iter(), Reuses::LastUsed), Some(1));
        for reuses in [Reuses::LastUsed, Reuses::MostRead] {
            // A busy HTTP/2 connection is taken where no idle one is.
            assert_eq!(free([full, CONNECTION].into_iter(), reuses), Some(1));
            assert_eq!(free([CONNECTION, idle(1)].into_iter(), reuses), Some(1));
            assert_eq!(free([full].into_iter(), reuses), None);
            assert_eq!(free(std::iter::empty(), reuses), None);
        }
    }

    #[test]
    fn the_connection_that_read_the_longest_answer_is_taken_and_of_equal_ones_that_idle_for_longest() {
        let now = Instant::now();
        let read = |largest_answer, seconds| Facts {
            idle_since: Some(now + Duration::from_secs(seconds)),
            largest_answer,
            is_http2: false,
            ..CONNECTION
        };
        let full = Facts { can_start: false, ..read(9, 0) };
        let taken = |connections: &[Facts]| free(connections.iter().copied(), Reuses::MostRead);
        assert_eq!(taken(&[read(1, 1), full, read(3, 2), read(2, 3)]), Some(2));
        assert_eq!(taken(&[read(3, 3), read(1, 0), read(3, 1), read(3, 2)]), Some(2));
        // One that has served nothing is the last.
        assert_eq!(taken(&[read(0, 0), read(1, 9)]), Some(1));
    }

    #[test]
    fn attempts_are_never_more_than_requests_nor_than_connections_may_be() {
        for waiting in 0..10 {
            for dialing in 0..10 {
                for open in 0..10 {
                    let load = Load { waiting, dialing, open, one_each: true, max_http1: 6 };
                    let begun = missing_attempts(load);
                    assert!(begun == 0 || dialing + begun == waiting.min(6 - open.min(6)), "{load:?}: {begun}");
                    // Over HTTP/2 there is one attempt, and none beside an open connection.
                    let shared = missing_attempts(Load { one_each: false, ..load });
                    assert_eq!(shared, usize::from(open == 0 && dialing == 0), "{load:?}");
                }
            }
        }
    }

    #[test]
    fn guests_are_let_in_only_where_the_peer_is_sure() {
        let rules = SharingRules { coalescing: Coalescing::SameAddress, has_proxy: false, is_for_one_host: false };
        let https = key(Protocols::Auto, Scheme::Https);
        assert!(may_be_guest(&https, rules));
        assert!(!may_be_guest(&https, SharingRules { coalescing: Coalescing::None, ..rules }));
        assert!(!may_be_guest(&https, SharingRules { has_proxy: true, ..rules }));
        assert!(!may_be_guest(&https, SharingRules { is_for_one_host: true, ..rules }));
        assert!(!may_be_guest(&key(Protocols::Auto, Scheme::Http), rules));
        assert!(!may_be_guest(&key(Protocols::Http1, Scheme::Https), rules));
        let other_host = OriginKey { host: "b.test".to_owned(), ..https.clone() };
        let others = [
            OriginKey { partition: bytes::Bytes::from_static(b"p"), ..other_host.clone() },
            OriginKey { port: 8443, ..other_host.clone() },
            OriginKey { protocols: Protocols::Http2, ..other_host.clone() },
            OriginKey { anonymous: true, ..other_host.clone() },
        ];
        assert!(are_alike(&other_host, &https) && others.iter().all(|other| !are_alike(other, &https)));
    }

    // What the browsers do was captured: docs/internals/websocket.md.
    #[test]
    fn a_web_socket_takes_the_way_of_its_browser() {
        let policy = |connection, one_at_a_time| Some(WebSocketPolicy { connection, one_at_a_time, ends_stream: true });
        let chromium = policy(WebSocketConnection::Open, OneAtATime::OwnConnections);
        let firefox = policy(WebSocketConnection::Negotiated, OneAtATime::All);
        let way = |policy, open, speaks_http1| {
            web_socket_way(web_socket_rule(policy, Scheme::Https, Protocols::Auto), open, speaks_http1)
        };
        for (open, of_chromium, of_firefox) in [
            (Some(Some(true)), WebSocketWay::Shared, WebSocketWay::Shared),
            (Some(None), WebSocketWay::Own, WebSocketWay::Shared),
            (Some(Some(false)), WebSocketWay::Own, WebSocketWay::Own),
            (None, WebSocketWay::Own, WebSocketWay::LikeOthers),
        ] {
            assert_eq!((way(chromium, open, false), way(firefox, open, false)), (of_chromium, of_firefox), "{open:?}");
        }
        assert_eq!(way(firefox, None, true), WebSocketWay::OwnNegotiated);
        assert_eq!(web_socket_rule(chromium, Scheme::Http, Protocols::Auto), None);
        assert_eq!(web_socket_rule(chromium, Scheme::Https, Protocols::Http1), None);
        assert_eq!(web_socket_way(None, Some(Some(true)), false), WebSocketWay::Own);
        assert!(waits_for_others(chromium, Some(WebSocketWay::Own)));
        assert!(!waits_for_others(chromium, Some(WebSocketWay::Shared)));
        assert!(waits_for_others(firefox, Some(WebSocketWay::Shared)) && waits_for_others(firefox, None));
        assert!(!waits_for_others(None, Some(WebSocketWay::Own)));
    }

    #[test]
    fn idle_time_is_counted_from_the_last_use() {
        let (now, limit) = (Instant::now(), Duration::from_secs(10));
        assert!(is_expired(Some(now), now + limit, limit));
        assert!(!is_expired(Some(now), now + limit - Duration::from_millis(1), limit));
        assert!(!is_expired(None, now + limit, limit));
    }
}
