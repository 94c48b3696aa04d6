//! Where browsers read answers that break RFC 9113 differently, as data.

use serde::{Deserialize, Serialize};

/// How a browser reads an answer that breaks RFC 9113: `http2.answers` of a profile. What is absent is read as all
/// browsers read it alike. Nothing here says where a body ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Http2AnswerPolicy {
    /// `true`: a control byte in a value makes the answer malformed (Chromium 156). `false`: it is the value's own, but for
    /// NUL, CR and LF (Firefox 153).
    pub refuse_controls: bool,
    /// `true`: a status may have zeros in front and up to four digits, and one with a sign is 200 (Chromium 156). `false`:
    /// up to three digits, no zero in front (Firefox 153).
    pub any_status: bool,
    /// `true`: pseudo-header fields that answers do not have are skipped (Chromium 156). `false`: they make the answer
    /// malformed (Firefox 153).
    pub skip_pseudo_fields: bool,
    /// `true`: a second Content-Length that says the same is dropped (Firefox 153). `false`: both are shown (Chromium 156).
    pub merge_lengths: bool,
    /// `true`: `:status` may be repeated in front of the other fields, and the last counts (Firefox 153). `false`: a second one
    /// makes the answer malformed (Chromium 156).
    pub last_status: bool,
}
