//! Requests, answers, resets, windows, SETTINGS, GOAWAY and ends in any order: what must hold whatever happens. A number is a
//! schedule, the same in every run; `WIRETWIN_SCHEDULES=from..to` plays others.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use wiretwin_fuzz::h2_model;

const SCHEDULES: std::ops::Range<u64> = 0..10_000;

fn wanted() -> std::ops::Range<u64> {
    let Ok(text) = std::env::var("WIRETWIN_SCHEDULES") else { return SCHEDULES };
    let (from, to) = text.split_once("..").expect("from..to");
    from.parse().unwrap()..to.parse().unwrap()
}

#[test]
fn whatever_the_order_each_request_ends_once_and_everything_comes_back() {
    let mut requests = 0;
    for number in wanted() {
        let played = std::panic::catch_unwind(|| h2_model::schedule(number));
        requests += played.unwrap_or_else(|_| panic!("schedule {number}"));
    }
    assert!(requests > 0);
}
