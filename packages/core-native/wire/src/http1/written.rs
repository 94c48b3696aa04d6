//! A list of fields as HTTP/1.1 writes it, made when a second request has it: checked, in order, with gaps for the lines that
//! each request has of its own.

use std::sync::{Arc, Weak};

use super::encode::{RequestFraming, write_field};
use super::place::Line;
use super::policy::Http1Policy;
use crate::head::Field;

/// What was written of a list that has no `Host`, `Connection` or framing of the caller's.
pub(super) struct Written {
    /// Under which policy. Nothing else gets the place of one that a `Weak` points to.
    policy: Weak<Http1Policy>,
    /// Whether there is a line about the body, which has its place among the others.
    is_framed: bool,
    /// Fields that follow each other are one text.
    text: Vec<u8>,
    parts: Vec<Part>,
}

enum Part {
    /// The text, as far as here.
    UpTo(usize),
    Own(Line),
}

impl Written {
    pub(super) fn new(policy: &Arc<Http1Policy>, framing: RequestFraming, fields: &[Field], lines: &[Line]) -> Self {
        let (mut text, mut parts) = (Vec::new(), Vec::new());
        for line in lines {
            let Line::Field(index) = *line else {
                parts.push(Part::Own(*line));
                continue;
            };
            if let Some(field) = fields.get(index) {
                write_field(&mut text, &field.name, &field.value);
            }
            match parts.last_mut() {
                Some(Part::UpTo(end)) => *end = text.len(),
                _ => parts.push(Part::UpTo(text.len())),
            }
        }
        text.shrink_to_fit();
        parts.shrink_to_fit();
        Self { policy: Arc::downgrade(policy), is_framed: framing != RequestFraming::None, text, parts }
    }

    pub(super) fn is_for(&self, policy: &Arc<Http1Policy>, framing: RequestFraming) -> bool {
        std::ptr::eq(self.policy.as_ptr(), Arc::as_ptr(policy)) && self.is_framed == (framing != RequestFraming::None)
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Appends all lines; `own` writes those of the request.
    pub(super) fn write(&self, out: &mut Vec<u8>, own: impl Fn(&mut Vec<u8>, Line)) {
        let mut start = 0;
        for part in &self.parts {
            match *part {
                Part::UpTo(end) => {
                    out.extend_from_slice(self.text.get(start..end).unwrap_or_default());
                    start = end;
                }
                Part::Own(line) => own(out, line),
            }
        }
    }
}
