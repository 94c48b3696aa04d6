//! Each target on its corpus and on some thousand changes of it, the same in every run.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use wiretwin_fuzz::{TARGETS, Target, mutate};

fn corpus(target: &Target) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name);
    let files = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

fn check(target: &Target, name: &str, input: &[u8]) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (target.run)(input))) {
        let why = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        panic!("{} on {name}: {}\n{input:?}", target.name, why.unwrap_or("a panic"));
    }
}

fn smoke(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target");
    let known = corpus(target);
    assert!(!known.is_empty(), "{name} has no corpus");
    for (file, input) in &known {
        check(target, file, input);
    }
    let inputs: Vec<Vec<u8>> = known.into_iter().map(|(_, input)| input).collect();
    for number in 0..u64::from(target.smoke) {
        check(target, &format!("mutation {number}"), &mutate::mutated(target, &inputs, number));
    }
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            smoke(stringify!($name));
        })*

        #[test]
        fn every_target_is_here() {
            let here = [$(stringify!($name)),*];
            assert_eq!(TARGETS.iter().map(|target| target.name).collect::<Vec<_>>(), here);
        }
    };
}

targets! {
    h1_response h1_chunked proxy_reply h2_frames h2_model hpack_decode hpack_round_trip content content_dictionary content_round_trip
    tickets commands profile profile_text dns_read dns_model
}
