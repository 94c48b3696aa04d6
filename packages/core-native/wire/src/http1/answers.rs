//! Where browsers read answers that break the grammar differently, as data.

use serde::{Deserialize, Serialize};

use crate::content::UnannouncedCodings;

/// How a browser reads an answer that breaks the grammar: `http1.answers` of a profile. What is absent is read as all
/// browsers read it alike. Nothing here says where a body ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AnswerPolicy {
    /// `true`: blanks between the name of a field and its colon are no part of the name (Chromium 156). `false`: such a
    /// line is no field (Firefox 153). Around Content-Length and Transfer-Encoding they refuse the answer in any case.
    pub blank_before_colon: bool,
    /// `true`: a folded value keeps the blanks of its lines (Firefox 153). `false`: each fold is one space (Chromium 156).
    pub keep_fold_blanks: bool,
    /// What a status line without a status of three digits says.
    pub status_line: StatusLine,
    /// `true`: the reason behind `HTTP/2` is dropped, because HTTP/2 has none (Firefox 153). `false`: it is shown.
    pub drop_reason_of_http2: bool,
    /// `true`: a second Content-Length that says the same is dropped (Firefox 153). `false`: both are shown (Chromium 156).
    pub merge_lengths: bool,
    /// `true`: lengths that differ refuse the answer although chunked says where the body ends (Firefox 153). `false`: chunked
    /// wins over them all (Chromium 156).
    pub check_lengths_of_chunked: bool,
    /// `true`: a 1xx reply to CONNECT refuses the tunnel (Chromium 156). `false`: the final one is waited for (Firefox 153).
    pub refuse_interim_of_proxy: bool,
    /// What happens to codings that the request did not announce, over HTTP/2 too.
    pub unannounced_codings: UnannouncedCodings,
}

/// What a browser makes of a status line without one to three digits and a blank behind them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatusLine {
    /// The answer is refused (Firefox 153).
    #[default]
    Numbered,
    /// The digits are the status, up to four and whatever follows them; none at all is 200 without a reason (Chromium 156).
    Any,
}
