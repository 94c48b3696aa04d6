//! All targets in one program: `WIRETWIN_FUZZ` names the one to run, so that one link serves all.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use wiretwin_fuzz::{TARGETS, Target};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("WIRETWIN_FUZZ").unwrap_or_default();
    TARGETS.iter().find(|target| target.name == name).unwrap_or_else(|| panic!("no target {name:?}"))
});

fuzz_target!(|data: &[u8]| {
    (TARGET.run)(data);
});
