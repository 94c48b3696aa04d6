//! What the browsers sent, reduced from the recordings of real Chromium 156 and Firefox 153.

use bytes::Bytes;
use serde::Deserialize;
use wiretwin_wire::head::{Field, RequestHead};
use wiretwin_wire::http2::Priority;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Capture {
    pub first_frames: Vec<CapturedFrame>,
    /// `[stream, increment]` of every WINDOW_UPDATE during a download of 24 MB.
    pub flow_control: Vec<(u32, u32)>,
    pub connections: Vec<CapturedConnection>,
}

#[derive(Deserialize)]
pub struct CapturedFrame {
    #[serde(rename = "type")]
    pub kind: String,
    pub flags: u8,
    pub stream: u32,
    pub raw: String,
}

#[derive(Deserialize)]
pub struct CapturedConnection {
    pub name: String,
    pub requests: Vec<CapturedRequest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CapturedRequest {
    pub label: String,
    pub stream: u32,
    pub end_stream: bool,
    pub priority: CapturedPriority,
    pub headers: Vec<(String, String)>,
    /// `None`: the browser sent it, but the recording kept only one request of that name.
    pub hpack: Option<String>,
}

#[derive(Deserialize)]
pub struct CapturedPriority {
    pub exclusive: u8,
    pub depends_on: u32,
    pub weight: u16,
}

pub fn chromium() -> Capture {
    serde_json::from_str(include_str!("../fixtures/http2_chromium_156.json")).expect("a capture")
}

pub fn firefox() -> Capture {
    serde_json::from_str(include_str!("../fixtures/http2_firefox_153.json")).expect("a capture")
}

pub fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex")).collect()
}

impl CapturedRequest {
    /// The head as a user of the wire layer states it: the cookie crumbs are one string again.
    pub fn head(&self) -> RequestHead {
        let pseudo = |name: &str| {
            self.headers.iter().find(|header| header.0 == name).map(|header| Bytes::from(header.1.clone().into_bytes()))
        };
        let mut fields: Vec<Field> = Vec::new();
        for (name, value) in self.headers.iter().filter(|header| !header.0.starts_with(':')) {
            if name == "cookie"
                && let Some(cookie) = fields.iter_mut().find(|field| field.name == "cookie")
            {
                cookie.value = [cookie.value.as_ref(), b"; ", value.as_bytes()].concat().into();
            } else {
                fields.push(super::field(name, value));
            }
        }
        RequestHead {
            method: pseudo(":method").expect("a method"),
            scheme: pseudo(":scheme").unwrap_or_default(),
            authority: pseudo(":authority").unwrap_or_default(),
            target: pseudo(":path").unwrap_or_default(),
            protocol: pseudo(":protocol"),
            fields: fields.into(),
        }
    }

    /// Chromium's weights stand for its request priorities: the heavier, the more urgent.
    pub fn priority(&self) -> Priority {
        let rank = u8::try_from((256 - self.priority.weight) / 2).expect("a rank");
        Priority { weight: self.priority.weight, exclusive: self.priority.exclusive == 1, rank, send: true }
    }
}
