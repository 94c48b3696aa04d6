//! A connection and a model of it: requests, answers, aborts, resets, GOAWAY, windows and changes of SETTINGS in any order, also
//! before the peer's SETTINGS are here (early data). The model knows what each side may assume, and no more.
//!
//! What must hold: each request is settled once, and nothing is told or written of it afterwards; no identifier is used twice;
//! no window is passed, and all of it comes back; the HPACK tables stay in step under every table size; who is owed an answer
//! gets it once the peer gives what is needed.

mod server;
mod world;

use std::sync::{Arc, LazyLock};

use wiretwin_wire::http2::Http2Policy;

use crate::choices::{Choices, Input, Seeded};
use world::World;

/// Steps of a schedule from a number. Long enough for a connection to be used again after everything has happened to it.
const STEPS: u32 = 80;

/// Steps of a schedule from a fuzzer's bytes.
const MAX_STEPS: u32 = 400;

/// Both browsers, with windows so small that what is not given back is missed.
static POLICIES: LazyLock<[Arc<Http2Policy>; 2]> = LazyLock::new(|| {
    [
        small(include_str!("../../../wire/tests/fixtures/http2_policy_chromium_156.json"), 0),
        small(include_str!("../../../wire/tests/fixtures/http2_policy_firefox_153.json"), 5_000),
    ]
});

fn small(text: &str, stream_increment: u32) -> Arc<Http2Policy> {
    let mut policy: Http2Policy = serde_json::from_str(text).expect("a policy");
    policy.connection_window_increment = 0;
    policy.stream_window_increment = stream_increment;
    policy.flow_control.connection_update_above = 16_384;
    policy.flow_control.stream_update_above = 8_192;
    for (id, value) in &mut policy.settings {
        if *id == 4 {
            *value = 20_000;
        }
    }
    policy.validate().expect("a valid policy");
    Arc::new(policy)
}

/// Plays one schedule; gives the number of requests in it.
fn play(choices: &mut impl Choices, steps: u32) -> usize {
    let policy = Arc::clone(&POLICIES[choices.below(2) as usize]);
    let mut world = World::new(policy);
    for _ in 0..steps {
        if choices.is_over() {
            break;
        }
        world.step(choices);
    }
    if choices.once_in(2) {
        world.end_in_peace(choices);
    }
    world.end();
    world.requests()
}

/// The schedule with this number.
#[must_use]
pub fn schedule(number: u64) -> usize {
    play(&mut Seeded::new(number), STEPS)
}

/// The schedule that a fuzzer's bytes make.
pub fn run(data: &[u8]) {
    play(&mut Input::new(data), MAX_STEPS);
}
