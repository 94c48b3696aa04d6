//! The key log: the one way by which secrets of a connection leave the process, and only for who asks for it.

use std::fs::{File, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An open file in NSS key log format. Equal to another of the same path.
#[derive(Debug, Clone)]
pub struct KeyLog {
    path: PathBuf,
    file: Arc<File>,
}

impl KeyLog {
    /// Opens a file for appending; makes one that only its owner can read.
    ///
    /// # Errors
    ///
    /// The system's; something other than a file, which could block the thread that writes.
    pub fn open(path: &Path) -> io::Result<Self> {
        if std::fs::metadata(path).is_ok_and(|known| !known.is_file()) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self { path: path.to_owned(), file: Arc::new(options.open(path)?) })
    }

    /// Appends a line with one write, so that lines of several processes stay whole. A full disk costs no request.
    pub(super) fn append(&self, line: &str) {
        let _ = (&*self.file).write_all(format!("{line}\n").as_bytes());
    }
}

impl PartialEq for KeyLog {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

impl Eq for KeyLog {}

impl Hash for KeyLog {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.path.hash(state);
    }
}
