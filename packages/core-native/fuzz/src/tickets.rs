//! Exported tickets, as a state brings them: they are imported or refused, and what was imported can be exported again.

use std::time::{SystemTime, UNIX_EPOCH};

use wiretwin_engine::profile::tls::Resumption;
use wiretwin_engine::tls::TicketStore;

/// When the tickets of the corpus were issued (Unix time, as a TLS session has it).
const ISSUED: [u8; 4] = 0x6b0c_ec13_u32.to_be_bytes();

/// They are a minute old in every run, so that they are not passed over.
fn renewed(data: &[u8]) -> Vec<u8> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
    let issued = u32::try_from(now.saturating_sub(60)).unwrap_or(u32::MAX).to_be_bytes();
    let mut data = data.to_vec();
    let mut at = 0;
    while let Some(place) = data[at..].windows(4).position(|bytes| bytes == ISSUED) {
        data[at + place..][..4].copy_from_slice(&issued);
        at += place + 4;
    }
    data
}

pub fn run(data: &[u8]) {
    let data = &renewed(data);
    let policy: Resumption = serde_json::from_str(
        r#"{"tls12":true,"tls13":true,"sessionTicketWithPsk":true,"earlyData":true,"ticketUses":2}"#,
    )
    .expect("a policy");
    let store = TicketStore::new();
    let Ok(added) = store.import(data, &policy) else {
        assert!(store.len() <= data.len());
        return;
    };
    assert!(store.len() <= added && added <= data.len() / 14, "tickets of nothing");
    let exported = store.export().expect("what was read can be written");
    let again = TicketStore::new();
    assert_eq!(again.import(&exported, &policy).ok(), Some(store.len()), "an export does not come back");
    assert_eq!(again.export().expect("an export"), exported);
}
