//! Encrypted ClientHello with a configuration of the host: outer and inner hellos against those of Chromium 156 and Firefox 153,
//! and what follows when the server refuses.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod tls_support;

use std::sync::{Arc, Mutex};

use boring::ssl::{SslContext, SslVersion};
use serde_json::Value;
use tls_support::certificates::{Pair, Wanted, ca, issue};
use tls_support::ech_keys::{EchKeys, list_of};
use tls_support::hello::{Hello, is_grease};
use tls_support::peer::{Server, server_context};
use tls_support::tickets::{self, AES_128};
use tls_support::{context, session};
use wiretwin_engine::tls::{
    AlpnPolicy, Attempt, EchOutcome, Progress, ServerName, Ticket, TlsError, TlsSession, codes,
};

const HOST: &str = "ech.mirror.test";
const COVER: &str = "cover.example";
const BROWSERS: [(&str, &str); 2] = [("chromium", "chrome_156"), ("firefox", "firefox_153")];
const GREASE: u16 = 0xdada;

fn capture() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/ech.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A certificate for these names.
fn pair(names: &[&str]) -> Pair {
    issue(Some(ca()), &Wanted { dns: names, ..Wanted::default() })
}

type Inner = Arc<Mutex<Vec<Hello>>>;

/// A server with `keys`, if any, and the hellos as it reads them.
fn server(keys: Option<&EchKeys>, names: &[&str], groups: Option<&str>) -> (SslContext, Inner) {
    let inner = Inner::default();
    let seen = Arc::clone(&inner);
    let context = server_context(&pair(names), (SslVersion::TLS1_3, SslVersion::TLS1_3), |builder| {
        if let Some(groups) = groups {
            builder.set_curves_list(groups).unwrap();
        }
        builder.set_select_certificate_callback(move |hello| {
            seen.lock().unwrap().push(Hello::from_body(hello.as_bytes()));
            Ok(())
        });
    });
    if let Some(keys) = keys {
        keys.install(foreign_types_shared::ForeignType::as_ptr(&context));
    }
    (context, inner)
}

fn client(
    profile: &str,
    list: Option<&[u8]>,
    attempt: Attempt,
    ticket: Option<Ticket>,
) -> Result<TlsSession, TlsError> {
    let name = ServerName { verified: HOST, shown: true, ech: list };
    TlsSession::for_attempt(&context(profile, &ca().pem()), name, AlpnPolicy::Profile, attempt, ticket)
}

/// What one connection shows.
struct Shown {
    outcome: Result<Progress, TlsError>,
    client: TlsSession,
    /// Its hellos as sent.
    hellos: Vec<Hello>,
}

fn connect(mut client: TlsSession, context: &SslContext) -> Shown {
    let (outcome, flights) = Server::new(context).run(&mut client);
    let hellos = Hello::all_of_flight(&flights.concat());
    Shown { outcome, client, hellos }
}

/// Sorted where the browser shuffles.
fn arranged<T: Ord + Clone>(list: &[T], browser: &str) -> Vec<T> {
    let mut list = list.to_vec();
    if browser == "chromium" {
        list.sort();
    }
    list
}

fn numbers(value: &Value) -> Vec<u16> {
    value.as_array().unwrap().iter().map(|number| u16::try_from(number.as_u64().unwrap()).unwrap()).collect()
}

fn plain(ids: &[u16]) -> Vec<u16> {
    ids.iter().map(|id| if is_grease(*id) { GREASE } else { *id }).collect()
}

/// The outer hello says the same as the captured one. `drawn`: GREASE, whose payload has one of several lengths.
fn assert_outer(ours: &Hello, theirs: &Value, browser: &str, drawn: bool) {
    let lengths = |list: Vec<(u16, usize)>| -> Vec<(u16, usize)> {
        let one = |(id, length)| if drawn && id == 65037 { (id, 0) } else { (id, length) };
        arranged(&list.into_iter().map(one).collect::<Vec<_>>(), browser)
    };
    let captured = theirs["extensions"].as_array().unwrap().iter();
    let captured = captured.map(|entry| {
        (u16::try_from(entry[0].as_u64().unwrap()).unwrap(), usize::try_from(entry[1].as_u64().unwrap()).unwrap())
    });
    assert_eq!(lengths(ours.lengths()), lengths(captured.collect()), "{browser}");
    assert_eq!(plain(&ours.ciphers), numbers(&theirs["ciphers"]), "{browser}");
    assert_eq!(ours.name(), theirs["name"], "{browser}");
    assert_eq!(ours.session_id.len() as u64, theirs["session"].as_u64().unwrap());
    let (aead, key, payload) = ours.ech();
    assert_eq!(key as u64, theirs["enc"].as_u64().unwrap());
    if !drawn {
        assert_eq!(
            (u64::from(aead), payload as u64),
            (theirs["aead"].as_u64().unwrap(), theirs["payload"].as_u64().unwrap())
        );
    }
    if let Some(identity) = theirs["identity"].as_u64() {
        let (identities, binders) = ours.psk();
        assert_eq!((identities.len(), identities[0] as u64, binders), (1, identity, vec![32]));
        assert!(!ours.body(41).windows(8).any(|bytes| bytes == [0xab; 8]), "the real ticket is not shown");
    }
}

/// The inner hello says the same as the captured one.
fn assert_inner(ours: &Hello, outer: &Hello, theirs: &Value, browser: &str) {
    assert_eq!(arranged(&ours.order(), browser), arranged(&numbers(&theirs["extensions"]), browser), "{browser}");
    if browser == "chromium" {
        // What is not taken from the outer hello comes first, both parts in its order; the ticket last.
        let first = |id: &u16| [0, 43, 65037].contains(id);
        let (own, taken): (Vec<u16>, Vec<u16>) =
            outer.order().into_iter().filter(|id| ![11, 23, 35, 65281].contains(id)).partition(first);
        let psk = ours.has(41).then_some(41);
        assert_eq!(ours.order(), own.into_iter().chain(taken).chain(psk).collect::<Vec<_>>());
    }
    assert_eq!(plain(&ours.ciphers), numbers(&theirs["ciphers"]), "{browser}");
    assert_eq!(plain(&ours.groups()), numbers(&theirs["groups"]), "{browser}");
    assert_eq!(plain(&ours.signature_algorithms()), numbers(&theirs["signatureAlgorithms"]), "{browser}");
    assert_eq!((ours.name().as_str(), ours.body(65037)), (HOST, &[1][..]));
    assert_ne!(ours.random, outer.random);
}

#[test]
fn the_name_is_hidden_as_the_browser_hides_it() {
    let capture = capture();
    for (browser, profile) in BROWSERS {
        for (scene, longest, groups) in [("good", 0, None), ("longer", 64, None), ("hrr", 0, Some("P-384"))] {
            let keys = EchKeys::new(COVER, longest);
            let (context, inner) = server(Some(&keys), &[HOST], groups);
            let shown = connect(client(profile, Some(&keys.list()), Attempt::First, None).unwrap(), &context);
            assert_eq!(shown.outcome.unwrap(), Progress::Done, "{browser} {scene}");
            assert_eq!(shown.client.info().ech, EchOutcome::Accepted);
            let theirs = &capture[browser][scene][0];
            assert_eq!(shown.hellos.len(), theirs["hellos"].as_array().unwrap().len());
            for (ours, theirs) in shown.hellos.iter().zip(theirs["hellos"].as_array().unwrap()) {
                assert_outer(ours, theirs, browser, false);
            }
            if let Some(second) = shown.hellos.get(1) {
                assert_eq!(second.order(), shown.hellos[0].order());
            }
            let inner = inner.lock().unwrap();
            assert_inner(&inner[0], &shown.hellos[0], &theirs["inner"], browser);
        }
    }
}

#[test]
fn a_ticket_is_offered_inside_and_what_the_browser_shows_outside() {
    let capture = capture();
    for (browser, profile) in BROWSERS {
        let ticket = || tickets::ticket(session(&context(profile, &ca().pem()), None), AES_128, 105);
        let keys = EchKeys::new(COVER, 0);
        let theirs = capture[browser]["resumed"].as_array().unwrap();
        let theirs = theirs.iter().find(|connection| connection["resumed"] == true).unwrap();
        for groups in [None, Some("P-384")] {
            let (context, inner) = server(Some(&keys), &[HOST], groups);
            let shown = connect(client(profile, Some(&keys.list()), Attempt::First, Some(ticket())).unwrap(), &context);
            // The server cannot open the ticket, which says nothing of the hello.
            assert_eq!(shown.outcome.unwrap(), Progress::Done);
            assert_outer(&shown.hellos[0], &theirs["hellos"][0], browser, false);
            assert_inner(&inner.lock().unwrap()[0], &shown.hellos[0], &theirs["inner"], browser);
            if let Some(second) = shown.hellos.get(1) {
                assert_eq!(second.order(), shown.hellos[0].order());
                assert_eq!(second.has(41), browser == "firefox");
            }
        }
    }
}

#[test]
fn a_server_with_new_keys_gets_another_connection() {
    let capture = capture();
    for (browser, profile) in BROWSERS {
        let (stale, keys) = (EchKeys::new(COVER, 0), EchKeys::new(COVER, 0));
        let (context, inner) = server(Some(&keys), &[HOST, COVER], None);
        let theirs = capture[browser]["stale"].as_array().unwrap();
        let first = connect(client(profile, Some(&stale.list()), Attempt::First, None).unwrap(), &context);
        let error = first.outcome.unwrap_err();
        assert_eq!(
            (error.code, error.alert, error.alert_from_peer),
            (codes::ECH_REJECTED, Some("ech_required"), false)
        );
        assert_outer(&first.hellos[0], &theirs[0]["hellos"][0], browser, false);
        let retry = first.client.ech_retry_configs().expect("configurations");
        assert_eq!(retry, keys.list());
        let second = connect(client(profile, Some(&retry), Attempt::Retry, None).unwrap(), &context);
        assert_eq!(second.outcome.unwrap(), Progress::Done);
        assert_eq!(second.client.info().ech, EchOutcome::Accepted);
        let accepted = theirs.iter().find(|connection| connection["accepted"] == true).unwrap();
        assert_outer(&second.hellos[0], &accepted["hellos"][0], browser, false);
        assert_eq!(second.hellos[0].has(27), browser == "chromium");
        assert!(!second.hellos[0].random.eq(&first.hellos[0].random));
        let inner = inner.lock().unwrap();
        assert_eq!((inner[0].name().as_str(), inner[1].name().as_str()), (COVER, HOST));
    }
}

#[test]
fn a_server_without_keys_gets_the_name_on_another_connection() {
    let capture = capture();
    for (browser, profile) in BROWSERS {
        let stale = EchKeys::new(COVER, 0);
        let (context, _) = server(None, &[HOST, COVER], None);
        let theirs = capture[browser]["none"].as_array().unwrap();
        let first = connect(client(profile, Some(&stale.list()), Attempt::First, None).unwrap(), &context);
        assert_eq!(first.outcome.unwrap_err().code, codes::ECH_REJECTED);
        assert_outer(&first.hellos[0], &theirs[0]["hellos"][0], browser, false);
        assert_eq!(first.client.ech_retry_configs(), Some(Vec::new()));
        let second = connect(client(profile, None, Attempt::Retry, None).unwrap(), &context);
        assert_eq!(second.outcome.unwrap(), Progress::Done);
        assert_eq!(second.client.info().ech, EchOutcome::Grease);
        let accepted = theirs.iter().find(|connection| connection["accepted"] == false).unwrap();
        assert_outer(&second.hellos[0], &accepted["hellos"][0], browser, true);
    }
}

#[test]
fn only_whom_the_configuration_names_in_public_may_refuse() {
    for (_, profile) in BROWSERS {
        let stale = EchKeys::new(COVER, 0);
        for keys in [None, Some(EchKeys::new(COVER, 0))] {
            // The certificate of the host itself does not do.
            let (context, _) = server(keys.as_ref(), &[HOST], None);
            let shown = connect(client(profile, Some(&stale.list()), Attempt::First, None).unwrap(), &context);
            let error = shown.outcome.unwrap_err();
            assert_eq!((error.code, error.node_code), (codes::ECH_PUBLIC_NAME, Some("ERR_TLS_CERT_ALTNAME_INVALID")));
            assert_eq!(shown.client.ech_retry_configs(), None);
        }
    }
}

#[test]
fn tls_1_2_refuses_too() {
    let stale = EchKeys::new(COVER, 0);
    let context = server_context(&pair(&[HOST, COVER]), (SslVersion::TLS1_2, SslVersion::TLS1_2), |_| {});
    for (_, profile) in BROWSERS {
        let shown = connect(client(profile, Some(&stale.list()), Attempt::First, None).unwrap(), &context);
        assert_eq!(shown.outcome.unwrap_err().code, codes::ECH_REJECTED);
        assert_eq!(shown.client.ech_retry_configs(), Some(Vec::new()));
    }
}

#[test]
fn a_list_that_cannot_be_read_ends_chromium_and_is_nothing_to_firefox() {
    let good = EchKeys::new(COVER, 0);
    let cut = &good.config[..good.config.len() - 9];
    let lists = [vec![1, 2, 3, 4, 5], list_of(cut), vec![0, 0], Vec::new(), vec![0xff; 70_000]];
    for list in lists {
        let refused = client("chrome_156", Some(&list), Attempt::First, None).unwrap_err();
        assert_eq!(refused.code, codes::ECH_CONFIG);
        let mut firefox = client("firefox_153", Some(&list), Attempt::First, None).unwrap();
        firefox.handshake().unwrap();
        let hello = Hello::from_flight(&firefox.take_output());
        assert_eq!((hello.name().as_str(), hello.ech().2), (HOST, 239));
    }
}

#[test]
fn what_nobody_knows_is_skipped() {
    for (_, profile) in BROWSERS {
        let good = EchKeys::new(COVER, 0);
        let changed = |at: usize, byte: u8| {
            let mut config = good.config.clone();
            config[at] = byte;
            config
        };
        // Another version, another KEM.
        for unknown in [changed(1, 0x99), changed(6, 0x77)] {
            let client_of = |list: Vec<u8>| {
                let mut client = client(profile, Some(&list), Attempt::First, None).unwrap();
                client.handshake().unwrap();
                Hello::from_flight(&client.take_output()).name()
            };
            assert_eq!(client_of(list_of(&unknown)), HOST);
            assert_eq!(client_of(list_of(&[unknown.clone(), good.config.clone()].concat())), COVER);
        }
    }
}

#[test]
fn no_list_harms() {
    let good = EchKeys::new(COVER, 0);
    let other = EchKeys::new("another.example", 200);
    let list = list_of(&[good.config.clone(), other.config.clone()].concat());
    for (_, profile) in BROWSERS {
        let try_list = |list: &[u8]| {
            let Ok(mut client) = client(profile, Some(list), Attempt::First, None) else { return };
            if client.handshake().is_ok() {
                let hello = Hello::from_flight(&client.take_output());
                // Whatever it was made of: hidden, or shown beside GREASE.
                assert!(hello.has(0) && hello.has(65037));
            }
        };
        for at in 0..list.len() {
            try_list(&list[..at]);
            for bit in [0x01, 0x80, 0xff] {
                let mut flipped = list.clone();
                flipped[at] ^= bit;
                try_list(&flipped);
            }
        }
    }
}

#[test]
fn an_address_a_hidden_name_and_a_browser_without_it_take_no_configuration() {
    let keys = EchKeys::new(COVER, 0);
    let list = keys.list();
    let hello = |profile: &str, verified: &str, shown: bool| {
        let name = ServerName { verified, shown, ech: Some(&list) };
        let context = context(profile, &ca().pem());
        let mut client = TlsSession::for_attempt(&context, name, AlpnPolicy::Profile, Attempt::First, None).unwrap();
        client.handshake().unwrap();
        (Hello::from_flight(&client.take_output()), client.info().ech)
    };
    for (_, profile) in BROWSERS {
        for (name, shown) in [("127.0.0.1", true), ("[::1]", true), (HOST, false)] {
            let (hello, outcome) = hello(profile, name, shown);
            assert!(!hello.has(0) && outcome == EchOutcome::Grease);
        }
    }
    let (hello, outcome) = hello("safari_26", HOST, true);
    assert_eq!((hello.name().as_str(), hello.has(65037), outcome), (HOST, false, EchOutcome::None));
}
