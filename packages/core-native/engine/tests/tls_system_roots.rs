//! `Roots::System` believes what the machine believes. The list is read once for a process, hence a process of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod tls_support;

use std::process::Command;

use boring::ssl::SslVersion;
use tls_support::certificates::{Wanted, ca, issue};
use tls_support::peer::{Server, server_context};
use tls_support::{context_for, policy, session};
use wiretwin_engine::tls::{Progress, Roots, Trust, codes};

/// Folder with `ca.pem`, `leaf.pem` and `leaf.key`; set for the child only.
const FOLDER: &str = "WIRETWIN_TEST_SYSTEM_ROOTS";
/// File that the child leaves there when it is content.
const DONE: &str = "done";

fn verdict(roots: Roots, pair: &tls_support::certificates::Pair) -> Result<Progress, &'static str> {
    let trust = Trust { roots, extra_ca: Vec::new(), insecure: false };
    let server = server_context(pair, (SslVersion::TLS1_3, SslVersion::TLS1_3), |_| {});
    let mut client = session(&context_for(policy("chrome_156"), trust), None);
    Server::new(&server).run(&mut client).0.map_err(|error| error.code)
}

#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let read = |name: &str| std::fs::read(std::path::Path::new(&folder).join(name)).unwrap();
    let pair = tls_support::certificates::Pair {
        certificate: boring::x509::X509::from_pem(&read("leaf.pem")).unwrap(),
        key: boring::pkey::PKey::private_key_from_pem(&read("leaf.key")).unwrap(),
    };
    assert_eq!(verdict(Roots::System, &pair), Ok(Progress::Done));
    assert_eq!(verdict(Roots::BundledAndSystem, &pair), Ok(Progress::Done));
    assert_eq!(verdict(Roots::Bundled, &pair), Err(codes::CERT_UNTRUSTED));
    std::fs::write(std::path::Path::new(&folder).join(DONE), b"").unwrap();
}

#[test]
fn the_systems_authorities_are_believed_only_if_asked() {
    let folder = std::env::temp_dir().join(format!("wiretwin-system-roots-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let leaf = issue(Some(ca()), &Wanted::default());
    std::fs::write(folder.join("ca.pem"), ca().pem()).unwrap();
    std::fs::write(folder.join("leaf.pem"), leaf.pem()).unwrap();
    std::fs::write(folder.join("leaf.key"), leaf.key_pem()).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(FOLDER, &folder)
        .env("SSL_CERT_FILE", folder.join("ca.pem"))
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    let done = folder.join(DONE).exists();
    std::fs::remove_dir_all(&folder).unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && done, "{text}");
}
