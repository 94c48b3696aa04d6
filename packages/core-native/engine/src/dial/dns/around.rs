//! What the system's files say of names and name servers: `/etc/hosts` and `/etc/resolv.conf`.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crate::limits;

/// Both files, read.
#[derive(Default, Clone)]
pub(in crate::dial) struct Around {
    hosts: Arc<HashMap<String, Vec<IpAddr>>>,
    /// Name servers, in order.
    pub(in crate::dial) servers: Arc<[SocketAddr]>,
}

impl Around {
    /// Addresses that the system has for a name without asking anybody.
    pub(in crate::dial) fn hosts(&self, host: &str) -> Option<&[IpAddr]> {
        self.hosts.get(&host.trim_end_matches('.').to_ascii_lowercase()).map(Vec::as_slice)
    }
}

/// Which content of a file is known.
type Stamp = Option<(SystemTime, u64)>;

struct Known {
    stamps: [Stamp; 2],
    around: Around,
}

static KNOWN: Mutex<Option<Known>> = Mutex::new(None);

/// What the files say now. Blocks on the disk; a file that has not changed is not read again.
pub(in crate::dial) fn look_around() -> Around {
    let paths = [Path::new("/etc/hosts"), Path::new("/etc/resolv.conf")];
    let stamps = paths.map(stamp);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = known.as_ref().filter(|known| known.stamps == stamps) {
        return known.around.clone();
    }
    let [hosts, servers] = paths.map(read);
    let around = Around { hosts: Arc::new(read_hosts(&hosts)), servers: read_servers(&servers).into() };
    *known = Some(Known { stamps, around: around.clone() });
    around
}

fn stamp(path: &Path) -> Stamp {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// A file's beginning, as text.
fn read(path: &Path) -> String {
    let mut bytes = Vec::new();
    if let Ok(file) = File::open(path) {
        let _ = file.take(limits::SYSTEM_FILE).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Words of each line in front of a comment.
fn lines(text: &str) -> impl Iterator<Item = std::str::SplitWhitespace<'_>> {
    text.lines().map(|line| line.split(['#', ';']).next().unwrap_or_default().split_whitespace())
}

fn read_hosts(text: &str) -> HashMap<String, Vec<IpAddr>> {
    let mut hosts: HashMap<String, Vec<IpAddr>> = HashMap::new();
    for mut words in lines(text) {
        let Some(address) = words.next().and_then(|word| word.parse().ok()) else { continue };
        for name in words {
            let addresses = hosts.entry(name.trim_end_matches('.').to_ascii_lowercase()).or_default();
            if addresses.len() < limits::ADDRESSES_MAX && !addresses.contains(&address) {
                addresses.push(address);
            }
        }
    }
    hosts
}

/// Addresses with a zone (`fe80::1%eth0`) are left out: std cannot read them.
fn read_servers(text: &str) -> Vec<SocketAddr> {
    let server = |mut words: std::str::SplitWhitespace<'_>| {
        words.next().filter(|word| *word == "nameserver")?;
        Some(SocketAddr::new(words.next()?.parse().ok()?, limits::DNS_PORT))
    };
    lines(text).filter_map(server).take(limits::DNS_SERVERS).collect()
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn name_servers_are_read_in_order_and_what_is_none_is_left_out() {
        let text = "# nameserver 9.9.9.9\nsearch a.test\nnameserver 10.0.0.1 # first\n nameserver\t::1\nnameserver\nnameserver name\n\
                    nameserver fe80::1%eth0\nnameserver 10.0.0.2\nnameserver 10.0.0.3\noptions ndots:2\n";
        let servers: Vec<_> = read_servers(text).iter().map(ToString::to_string).collect();
        assert_eq!(servers, ["10.0.0.1:53", "[::1]:53", "10.0.0.2:53"]);
    }

    #[test]
    fn hosts_have_all_their_lines_and_any_case() {
        let text =
            "127.0.0.1 localhost\n10.0.0.1\tA.test b.test. # c.test\nnone d.test\n\n::1 a.test\n10.0.0.1 a.test\n";
        let around = Around { hosts: Arc::new(read_hosts(text)), servers: Arc::default() };
        let of = |host| around.hosts(host).map(|list| list.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(of("a.TEST."), Some(vec!["10.0.0.1".to_owned(), "::1".to_owned()]));
        assert_eq!(of("b.test"), Some(vec!["10.0.0.1".to_owned()]));
        assert_eq!((of("c.test"), of("d.test")), (None, None));
    }

    #[test]
    fn files_of_this_machine_are_read_once() {
        let (first, second) = (look_around(), look_around());
        assert!(Arc::ptr_eq(&first.hosts, &second.hosts));
    }
}
