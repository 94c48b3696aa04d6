//! Linker flags of a Node addon, and the id of what it is built from.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What decides about the addon's behaviour. The same list is in `addons/checkout.cjs`, which compares.
const SOURCES: [&str; 4] = ["binding/src", "boringssl/patches", "engine/src", "wire/src"];

fn main() -> io::Result<()> {
    napi_build::setup();
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=../package.json");
    let root = Path::new("..");
    let mut hash = 0x811c_9dc5_u32;
    for folder in SOURCES {
        println!("cargo:rerun-if-changed=../{folder}");
        let mut files = Vec::new();
        collect(&root.join(folder), folder, &mut files)?;
        files.sort();
        for (name, path) in files {
            let text = fs::read(path)?;
            // Without CR: a checkout on Windows is the same source.
            let bytes = name.bytes().chain(text.into_iter().filter(|byte| *byte != b'\r'));
            hash = bytes.fold(hash, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        }
    }
    println!("cargo:rustc-env=WIRETWIN_BUILD_ID={}+{hash:08x}", version(&fs::read_to_string("../package.json")?));
    Ok(())
}

/// Files under a folder by their names from the package's root.
fn collect(folder: &Path, name: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &name, files)?;
        } else {
            files.push((name, entry.path()));
        }
    }
    Ok(())
}

/// The first `"version": "..."` of a package.json, whose form the release makes.
fn version(manifest: &str) -> &str {
    let value = manifest.split_once("\"version\":").map_or("", |(_, rest)| rest);
    value.split('"').nth(1).unwrap_or("unknown")
}
