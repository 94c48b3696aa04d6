//! Tickets: resumed hellos as captured, early data, retries, and the store.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod tls_support;

use std::sync::Arc;

use boring::ssl::{SslContext, SslVersion};
use serde_json::Value;
use tls_support::certificates::{ca, good};
use tls_support::hello::{Hello, is_grease, records};
use tls_support::peer::{Server, drain, server_context};
use tls_support::process::{OpenSsl, handshake, read_line};
use tls_support::{HOST, capture, context, first_flight, session};
use wiretwin_engine::tls::{AlpnPolicy, EarlyData, Progress, Ticket, TicketKey, TicketStore, TlsContext, TlsSession};

const PAIRS: [(&str, &str); 2] = [("chrome_156", "chromium-156-linux"), ("firefox_153", "firefox-153-linux")];

/// A browser's order as captured, GREASE as 0xdada.
fn order(list: &Value) -> Vec<u16> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|item| item.as_u64().map_or(0xdada, |kind| u16::try_from(kind).unwrap()))
        .collect()
}

fn sorted(mut list: Vec<u16>) -> Vec<u16> {
    list.sort_unstable();
    list
}

fn tls13() -> SslContext {
    server_context(good(), (SslVersion::TLS1_2, SslVersion::TLS1_3), |_| {})
}

fn tickets_of(context: &Arc<TlsContext>, server: &SslContext) -> Vec<Ticket> {
    let mut client = session(context, None);
    let mut server = Server::new(server);
    assert_eq!(server.run(&mut client).0.unwrap(), Progress::Done);
    server.send(&mut client, b"x");
    drain(&mut client).1.unwrap();
    client.take_tickets()
}

fn one_ticket(context: &Arc<TlsContext>, server: &SslContext) -> Ticket {
    tickets_of(context, server).pop().expect("a ticket")
}

#[test]
fn a_resumed_hello_equals_the_capture() {
    for (profile, name) in PAIRS {
        let facts = capture(name);
        let context = context(profile, &ca().pem());
        let ticket = one_ticket(&context, &tls13());
        for _ in 0..10 {
            let hello = Hello::from_flight(&first_flight(&context, AlpnPolicy::Profile, Some(ticket.clone())));
            let real = order(&facts["resumed"]["orders"][0]);
            // The server of this test allows no early data.
            assert_eq!(sorted(hello.order()), sorted(real.clone()), "{profile}");
            if profile.starts_with("firefox") {
                assert_eq!(hello.order(), real);
            }
            assert_eq!(hello.order().last(), Some(&41), "PSK is last");
            assert_eq!((hello.psk().0.len(), hello.psk().1.len()), (1, 1));
            assert_eq!(hello.ja4(), facts["resumed"]["ja4"].as_str().unwrap());
            if profile.starts_with("chrome") {
                assert!(facts["echPayloadLengths"].as_array().unwrap().contains(&hello.ech().2.into()));
            }
        }
        let websocket = Hello::from_flight(&first_flight(&context, AlpnPolicy::Http1Only, Some(ticket)));
        assert_eq!(websocket.ja4(), facts["websocketResumed"]["ja4"].as_str().unwrap());
        assert_eq!(sorted(websocket.order()), sorted(order(&facts["websocketResumed"]["order"])));
    }
}

#[test]
fn an_h2_ticket_resumes_the_websocket_connection() {
    for (profile, _) in PAIRS {
        let context = context(profile, &ca().pem());
        let server = tls13();
        let ticket = one_ticket(&context, &server);
        let mut client = TlsSession::new(&context, HOST, AlpnPolicy::Http1Only, Some(ticket)).unwrap();
        assert_eq!(Server::new(&server).run(&mut client).0.unwrap(), Progress::Done);
        let info = client.info();
        assert!(info.resumed && info.verified);
        assert_eq!(info.alpn.as_deref(), Some(&b"http/1.1"[..]));
    }
}

#[test]
fn a_tls12_ticket_resumes() {
    for (profile, _) in PAIRS {
        let context = context(profile, &ca().pem());
        let server = server_context(good(), (SslVersion::TLS1_2, SslVersion::TLS1_2), |_| {});
        let ticket = one_ticket(&context, &server);
        let mut client = session(&context, Some(ticket));
        let (result, flights) = Server::new(&server).run(&mut client);
        assert_eq!(result.unwrap(), Progress::Done);
        assert!(client.info().resumed);
        assert_eq!(client.info().version, "TLSv1.2");
        let hello = Hello::from_flight(&flights[0]);
        assert!(!hello.body(35).is_empty() && hello.session_id.len() == 32 && !hello.has(41));
    }
}

#[test]
fn a_retried_hello_changes_only_the_key_share() {
    for (profile, name) in PAIRS {
        let facts = capture(name);
        let server = server_context(good(), (SslVersion::TLS1_3, SslVersion::TLS1_3), |builder| {
            builder.set_curves_list("P-384").unwrap();
        });
        let context = context(profile, &ca().pem());
        for ticket in [None, Some(one_ticket(&context, &server))] {
            let mut client = session(&context, ticket);
            let (result, flights) = Server::new(&server).run(&mut client);
            assert_eq!(result.unwrap(), Progress::Done);
            assert_eq!(client.info().group, Some("P-384"));
            let (first, second) = (Hello::from_flight(&flights[0]), Hello::from_flight(&flights[1]));
            assert_eq!(records(&flights[1])[0].0, 20, "change_cipher_spec comes first");
            assert_eq!((records(&flights[0])[0].1, records(&flights[1])[1].1), (0x0301, 0x0303));
            assert_eq!(
                (&first.random, &first.session_id, &first.ciphers),
                (&second.random, &second.session_id, &second.ciphers)
            );
            // RFC 8446 4.1.2: no early data in the second hello.
            let kept: Vec<u16> = first.extensions.iter().map(|(kind, _)| *kind).filter(|kind| *kind != 42).collect();
            assert_eq!(kept, second.extensions.iter().map(|(kind, _)| *kind).collect::<Vec<_>>());
            for (kind, body) in &second.extensions {
                if !matches!(kind, 41 | 51) {
                    assert_eq!(body, first.body(*kind), "{profile} {kind}");
                }
            }
            assert_eq!(second.key_shares(), [(24, 97)]);
            if !second.has(41) {
                assert_eq!(sorted(second.order()), sorted(order(&facts["retry"]["firstOrder"])));
                let length = facts["retry"]["second"]["length"].as_u64().unwrap();
                let ech = second.ech().2 - if profile.starts_with("chrome") { 144 } else { 239 };
                assert_eq!(second.length - ech, usize::try_from(length).unwrap());
            }
        }
    }
}

fn early_server() -> OpenSsl {
    OpenSsl::start(good(), &["-early_data", "-max_early_data", "4096", "-no_anti_replay"])
}

/// Handshake, then one line each way. `early` says whether the line may travel as early data.
fn visit(
    context: &Arc<TlsContext>,
    server: &mut OpenSsl,
    ticket: Option<Ticket>,
    (line, early): (&str, bool),
) -> (TlsSession, Vec<Vec<u8>>) {
    let mut socket = server.connect();
    let mut client = session(context, ticket);
    let line_bytes = format!("{line}\n").into_bytes();
    let flights = handshake(&mut client, &mut socket, if early { &line_bytes } else { b"" }).unwrap();
    if client.info().early_data == EarlyData::No {
        client.write(&line_bytes).unwrap();
    }
    std::io::Write::write_all(&mut socket, &client.take_output()).unwrap();
    server.answer_after(line);
    assert_eq!(read_line(&mut client, &mut socket), "answer\n");
    (client, flights)
}

fn early_ticket(context: &Arc<TlsContext>, server: &mut OpenSsl) -> Ticket {
    let ticket = visit(context, server, None, ("first", false)).0.take_tickets().pop().unwrap();
    assert!(ticket.allows_early_data());
    ticket
}

#[test]
fn openssl_resumes_and_chrome_never_sends_early_data() {
    let mut server = early_server();
    let context = context("chrome_156", &ca().pem());
    let ticket = early_ticket(&context, &mut server);
    let (client, flights) = visit(&context, &mut server, Some(ticket), ("second", true));
    assert_eq!((client.info().resumed, client.info().early_data), (true, EarlyData::No));
    assert!(!Hello::from_flight(&flights[0]).has(42));
}

#[test]
fn firefox_sends_early_data_between_key_share_and_versions() {
    let mut server = early_server();
    let context = context("firefox_153", &ca().pem());
    let ticket = early_ticket(&context, &mut server);
    let (client, flights) = visit(&context, &mut server, Some(ticket), ("early", true));
    assert_eq!((client.info().early_data, client.info().resumed), (EarlyData::Accepted, true));
    let hello = Hello::from_flight(&flights[0]);
    assert_eq!(hello.order(), order(&capture("firefox-153-linux")["earlyDataOrders"][0]));
    let kinds: Vec<u8> = records(&flights[0]).iter().map(|(kind, ..)| *kind).collect();
    assert_eq!(kinds, [22, 20, 23], "hello, change_cipher_spec, early data in one flight");
}

#[test]
fn rejected_early_data_is_sent_again() {
    // The second server shares nothing with the first: the ticket is unknown there and early data refused.
    let context = context("firefox_153", &ca().pem());
    let ticket = early_ticket(&context, &mut early_server());
    let (client, _) = visit(&context, &mut early_server(), Some(ticket), ("early", true));
    assert_eq!((client.info().early_data, client.info().resumed), (EarlyData::Rejected, false));
}

#[test]
fn early_data_above_the_limit_of_the_ticket_waits_for_the_handshake() {
    let context = context("firefox_153", &ca().pem());
    let start = || OpenSsl::start(good(), &["-early_data", "-max_early_data", "10", "-no_anti_replay"]);
    let mut server = start();
    let ticket = early_ticket(&context, &mut server);
    let long = "0123456789abcdef".repeat(20);
    // OpenSSL prints the ten early bytes and the rest apart, hence the answer comes for the tail.
    let mut socket = server.connect();
    let mut client = session(&context, Some(ticket.clone()));
    handshake(&mut client, &mut socket, format!("{long}\nend\n").as_bytes()).unwrap();
    assert_eq!(client.info().early_data, EarlyData::Accepted);
    std::io::Write::write_all(&mut socket, &client.take_output()).unwrap();
    server.answer_after("end");
    assert_eq!(read_line(&mut client, &mut socket), "answer\n");
    // Rejected after a partial write: everything arrives whole.
    let (client, _) = visit(&context, &mut start(), Some(ticket), (&long, true));
    assert_eq!(client.info().early_data, EarlyData::Rejected);
}

fn key(host: &str) -> TicketKey {
    TicketKey { scope: b"scope".to_vec(), host: host.to_owned(), port: 443 }
}

#[test]
fn tls13_tickets_serve_once_and_the_newest_comes_first() {
    let store = TicketStore::new();
    let context = context("chrome_156", &ca().pem());
    let ticket = one_ticket(&context, &tls13());
    for _ in 0..5 {
        store.put(key("a"), ticket.clone());
    }
    assert_eq!(store.len(), 2, "two for a peer");
    assert!(store.take(&key("a")).is_some() && store.take(&key("a")).is_some() && store.take(&key("a")).is_none());
    assert!(store.is_empty());
}

#[test]
fn tls12_tickets_serve_as_often_as_the_profile_says() {
    let server = server_context(good(), (SslVersion::TLS1_2, SslVersion::TLS1_2), |_| {});
    for (profile, uses) in [("firefox_153", 1), ("chrome_156", 10)] {
        let store = TicketStore::new();
        store.put(key("a"), one_ticket(&context(profile, &ca().pem()), &server));
        let taken = (0..10).filter(|_| store.take(&key("a")).is_some()).count();
        assert_eq!(taken, uses, "{profile}");
    }
}

#[test]
fn c07_tickets_never_cross_scopes_hosts_or_ports() {
    let store = TicketStore::new();
    let context = context("chrome_156", &ca().pem());
    store.put(key("a"), one_ticket(&context, &tls13()));
    for other in [key("b"), TicketKey { port: 444, ..key("a") }, TicketKey { scope: b"other".to_vec(), ..key("a") }] {
        assert!(store.take(&other).is_none());
    }
    let firefox = tls_support::context("firefox_153", &ca().pem());
    assert_ne!(firefox.fingerprint(), context.fingerprint());
    let insecure = tls_support::context_for(tls_support::policy("chrome_156"), tls_support::insecure());
    assert_ne!(insecure.fingerprint(), context.fingerprint());
}

#[test]
fn the_store_is_bounded_and_forgets_the_longest_unused_peer() {
    let store = TicketStore::new();
    let ticket = one_ticket(&context("chrome_156", &ca().pem()), &tls13());
    for index in 0..1100 {
        store.put(key(&format!("host-{index}")), ticket.clone());
    }
    assert_eq!(store.len(), 1024);
    assert!(store.take(&key("host-0")).is_none() && store.take(&key("host-1099")).is_some());
}

#[test]
fn exported_tickets_resume_in_another_store() {
    let context = context("chrome_156", &ca().pem());
    let server = tls13();
    let policy = &context.options().policy.resumption;
    let (store, other) = (TicketStore::new(), TicketStore::new());
    store.put(key("a"), one_ticket(&context, &server));
    let bytes = store.export().unwrap();
    assert_eq!(other.import(&bytes, policy).unwrap(), 1);
    let mut client = session(&context, other.take(&key("a")));
    assert_eq!(Server::new(&server).run(&mut client).0.unwrap(), Progress::Done);
    assert!(client.info().resumed && client.info().verified);
    for length in 1..bytes.len() {
        // Cut anywhere: an error or nothing, never a panic.
        assert!(TicketStore::new().import(&bytes[..length], policy).map_or(true, |count| count == 0));
    }
    assert!(TicketStore::new().import(b"", policy).is_err() && TicketStore::new().import(&[9, 9], policy).is_err());
}

/// `bytes` with the only place of `from` changed to `to`.
fn edited(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let places: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    assert_eq!((places.len(), from.len()), (1, to.len()), "{from:x?}");
    let mut edited = bytes.to_vec();
    edited[places[0]..places[0] + to.len()].copy_from_slice(to);
    edited
}

#[test]
fn t05_an_imported_ticket_claims_no_more_than_a_server_could_give() {
    let context = context("chrome_156", &ca().pem());
    let policy = &context.options().policy.resumption;
    let store = TicketStore::new();
    store.put(key("a"), one_ticket(&context, &tls13()));
    let bytes = store.export().unwrap();
    let imported = |bytes: &[u8]| {
        let other = TicketStore::new();
        let count = other.import(bytes, policy).unwrap();
        (count, other)
    };
    // timeout [2] INTEGER: 172800 s become 8388607 s, seven days are left of it.
    let lives_long = edited(&bytes, &[0xa2, 5, 2, 3, 0x02, 0xa3, 0], &[0xa2, 5, 2, 3, 0x7f, 0xff, 0xff]);
    let (count, other) = imported(&lives_long);
    assert_eq!(count, 1);
    edited(&other.export().unwrap(), &[0xa2, 5, 2, 3, 0x09, 0x3a, 0x80], &[0; 7]);
    // time [1] INTEGER: issued in the year 2038.
    let at = bytes.windows(4).position(|window| window == [0xa1, 6, 2, 4]).unwrap();
    let mut from_the_future = bytes.clone();
    from_the_future[at + 4..at + 8].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff]);
    assert_eq!(imported(&from_the_future).0, 0);
    // Uses: "until it expires" is nothing that a TLS 1.3 ticket can say.
    let entry = 1 + 4 + key("a").scope.len() + 4 + key("a").host.len() + 2;
    let mut endless = bytes.clone();
    endless[entry..entry + 4].copy_from_slice(&[0; 4]);
    let (_, other) = imported(&endless);
    assert!(other.take(&key("a")).is_some() && other.take(&key("a")).is_none());
    // A profile that does not resume takes none.
    let nothing = wiretwin_engine::profile::tls::Resumption { tls13: false, ..policy.clone() };
    assert_eq!(TicketStore::new().import(&bytes, &nothing).unwrap(), 0);
}

#[test]
fn t03_a_ticket_nobody_knows_gives_a_full_handshake() {
    for versions in [(SslVersion::TLS1_2, SslVersion::TLS1_2), (SslVersion::TLS1_3, SslVersion::TLS1_3)] {
        for (profile, _) in PAIRS {
            let context = context(profile, &ca().pem());
            let ticket = one_ticket(&context, &server_context(good(), versions, |_| {}));
            let mut client = session(&context, Some(ticket));
            let stranger = server_context(good(), versions, |_| {});
            assert_eq!(Server::new(&stranger).run(&mut client).0.unwrap(), Progress::Done);
            assert!(!client.info().resumed && client.info().verified);
        }
    }
}

#[test]
fn grease_values_stay_inside_one_connection() {
    let context = context("chrome_156", &ca().pem());
    let ciphers: std::collections::BTreeSet<u16> =
        (0..50).map(|_| Hello::from_flight(&first_flight(&context, AlpnPolicy::Profile, None)).ciphers[0]).collect();
    assert!(ciphers.len() > 5 && ciphers.iter().all(|id| is_grease(*id)));
}
