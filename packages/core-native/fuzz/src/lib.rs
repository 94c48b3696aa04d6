//! What must hold for any bytes that somebody else chose: one function a target, which panics where it does not.
//!
//! The functions know nothing of a fuzzer. `tests/smoke.rs` runs each on its corpus and some thousand mutations of it, on
//! the toolchain of the tests; `libfuzzer/` runs them guided by coverage (`make fuzz`). See docs/internals/fuzzing.md.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod choices;
mod commands;
mod content;
mod dns;
#[path = "../../wire/tests/support/frames.rs"]
#[allow(dead_code, missing_docs)]
mod frames;
mod guard;
mod h1_opinion;
mod h1_response;
mod h2_frames;
pub mod h2_model;
mod hpack;
pub mod mutate;
mod profile;
#[path = "../../binding/src/protocol.rs"]
#[allow(dead_code, missing_docs)]
mod protocol;
mod proxy_reply;
#[path = "../../binding/src/reader.rs"]
mod reader;
mod tickets;

#[path = "../../binding/src/command.rs"]
#[allow(dead_code)]
mod command;

/// A target.
#[derive(Clone, Copy)]
pub struct Target {
    /// As on the command line, and the name of its folder in `corpus/`.
    pub name: &'static str,
    /// Panics if what must hold does not.
    pub run: fn(&[u8]),
    /// Mutations that the test makes: a second or so in all, so fewer where one costs more.
    pub smoke: u32,
    /// Pieces of the format, for mutations.
    pub words: &'static [&'static [u8]],
}

/// Longest input of a test, in bytes; scripts/fuzz.sh has the same.
const LONGEST: usize = 8_192;

const fn target(name: &'static str, run: fn(&[u8]), smoke: u32, words: &'static [&'static [u8]]) -> Target {
    Target { name, run, smoke, words }
}

/// All of them.
pub const TARGETS: &[Target] = &[
    target("h1_response", h1_response::run, 20_000, h1_response::WORDS),
    target("h1_chunked", h1_response::run_chunked, 20_000, h1_response::WORDS),
    target("proxy_reply", proxy_reply::run, 20_000, h1_response::WORDS),
    target("h2_frames", h2_frames::run, 4_000, &[]),
    target("h2_model", h2_model::run, 1_000, &[]),
    target("hpack_decode", hpack::decode, 20_000, hpack::WORDS),
    target("hpack_round_trip", hpack::round_trip, 4_000, hpack::WORDS),
    target("content", content::decode, 4_000, &[]),
    target("content_dictionary", content::decode_with_dictionary, 2_000, &[]),
    target("content_round_trip", content::round_trip, 300, &[]),
    target("tickets", tickets::run, 4_000, &[]),
    target("commands", commands::run, 20_000, &[]),
    target("profile", profile::run, 200, &[]),
    target("profile_text", profile::run_text, 500, profile::WORDS),
    target("dns_read", dns::read, 4_000, dns::WORDS),
    target("dns_model", dns::model, 4_000, &[]),
];
