//! Where DATA frames are cut by the way a browser reads its requests.

use super::policy::UploadReads;
use crate::head::RequestHead;

/// How far a request has been read.
#[derive(Debug)]
pub(super) struct Reading {
    reads: UploadReads,
    /// Bytes of head and body so far.
    position: u64,
    /// What is left of the read under way.
    left: u32,
}

impl Reading {
    /// The body of this request is about to be read. `opens`: it is the first of its connection.
    pub(super) fn after(head: &RequestHead, reads: UploadReads, opens: bool) -> Self {
        let position = http1_length(head);
        let first = if opens { reads.opening } else { reads.first };
        let left = match u64::from(first).checked_sub(position) {
            Some(left) if left > 0 => u32::try_from(left).unwrap_or(reads.read),
            _ => {
                let read = u64::from(reads.read.max(1));
                let begun = position.saturating_sub(first.into()) % read;
                u32::try_from(read - begun).unwrap_or(reads.read)
            }
        };
        Self { reads, position, left }
    }

    /// Body bytes that the next frame has at most.
    pub(super) fn room(&self) -> usize {
        let buffer = u64::from(self.reads.buffer.max(1));
        let ahead = buffer - self.position % buffer;
        usize::try_from(ahead.min(self.left.into())).unwrap_or(usize::MAX)
    }

    /// A frame of `count` bytes was made. `blocked`: more would have been, but for a window; then the next one is read anew.
    pub(super) fn wrote(&mut self, count: usize, blocked: bool) {
        self.position = self.position.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        self.left = self.left.saturating_sub(u32::try_from(count).unwrap_or(u32::MAX));
        if self.left == 0 || blocked {
            self.left = self.reads.read;
        }
    }
}

/// Bytes of a head as HTTP/1.1 writes it, which is what such a browser reads whatever it speaks.
fn http1_length(head: &RequestHead) -> u64 {
    const LINE_END: usize = 2;
    let start = head.method.len() + 1 + head.target.len() + " HTTP/1.1".len() + LINE_END;
    let host = "Host: ".len() + head.authority.len() + LINE_END;
    let connection = "Connection: keep-alive".len() + LINE_END;
    let is_written =
        |name: &[u8]| ![&b"te"[..], b"connection", b"host"].iter().any(|without| name.eq_ignore_ascii_case(without));
    let fields = head.fields.iter().filter(|field| is_written(&field.name));
    let fields: usize = fields.map(|field| field.name.len() + ": ".len() + field.value.len() + LINE_END).sum();
    u64::try_from(start + host + connection + fields + LINE_END).unwrap_or(u64::MAX)
}
