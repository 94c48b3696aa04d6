//! Where the fields that only HTTP/1.1 has go among those that both versions have.

use super::policy::{FieldCondition, Http1Policy, StepOver};
use crate::head::Field;

/// One line of the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// `Host`.
    Host,
    /// `Connection`, or its forward-proxy name.
    Connection,
    /// `Content-Length` or `Transfer-Encoding`.
    Framing,
    /// A field of the caller, by index.
    Field(usize),
}

/// What the head will contain beside the caller's ordinary fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub connection: bool,
    pub framing: bool,
    /// What the policy drops, too.
    pub dropped: bool,
}

/// Orders all lines of a head. The caller's own `Connection` or `Content-Length` marks the place of that line, unless
/// the policy puts it in front of everything.
pub(super) fn arrange(policy: &Http1Policy, fields: &[Field], wanted: Wanted) -> Vec<Line> {
    let leads = |name: &str| policy.leading.iter().any(|leading| leading == name);
    let mut lines = Vec::with_capacity(fields.len() + 3);
    for name in &policy.leading {
        match name.as_str() {
            "host" => lines.push(Line::Host),
            "connection" if wanted.connection => lines.push(Line::Connection),
            "content-length" if wanted.framing => lines.push(Line::Framing),
            _ => {}
        }
    }
    let opening = lines.len();
    for (index, field) in fields.iter().enumerate() {
        let line = match own_line(field) {
            Line::Host => continue,
            Line::Connection if leads("connection") => continue,
            Line::Framing if leads("content-length") => continue,
            Line::Field(_) if !wanted.dropped && contains(&policy.drop, field) => continue,
            Line::Field(_) => Line::Field(index),
            placed => placed,
        };
        lines.push(line);
    }
    if wanted.connection && !lines.contains(&Line::Connection) {
        let place = connection_place(policy, fields, &lines, opening);
        lines.insert(place, Line::Connection);
    }
    if wanted.framing && !lines.contains(&Line::Framing) {
        let place = framing_place(policy, fields, &lines, opening);
        lines.insert(place, Line::Framing);
    }
    lines
}

/// Which line a caller's field belongs to; ordinary ones answer `Field(0)`.
pub(super) fn own_line(field: &Field) -> Line {
    let is = |name: &[u8]| field.name.eq_ignore_ascii_case(name);
    if is(b"host") {
        Line::Host
    } else if is(b"connection") {
        Line::Connection
    } else if is(b"content-length") || is(b"transfer-encoding") {
        Line::Framing
    } else {
        Line::Field(0)
    }
}

fn connection_place(policy: &Http1Policy, fields: &[Field], lines: &[Line], opening: usize) -> usize {
    let mut place = find(lines, fields, &policy.connection_before).unwrap_or(lines.len());
    if let Some(step) = &policy.connection_steps_over
        && !stays(step, fields)
    {
        while place > opening && lines.get(place - 1).is_some_and(|line| is_one_of(*line, fields, &step.fields)) {
            place -= 1;
        }
    }
    place
}

fn framing_place(policy: &Http1Policy, fields: &[Field], lines: &[Line], opening: usize) -> usize {
    if let Some(after) = find(lines, fields, &policy.content_length_after) {
        return after + 1;
    }
    find(lines, fields, &policy.content_length_before)
        .or_else(|| lines.iter().position(|line| *line == Line::Connection))
        .map_or(lines.len(), |place| place.max(opening))
}

fn stays(step: &StepOver, fields: &[Field]) -> bool {
    step.unless.iter().any(|all| all.iter().all(|condition| holds(condition, fields)))
}

fn holds(condition: &FieldCondition, fields: &[Field]) -> bool {
    let value = fields
        .iter()
        .find(|field| field.name.eq_ignore_ascii_case(condition.field.as_bytes()))
        .map(|field| &field.value[..]);
    let one_of = |values: &[String]| value.is_some_and(|value| values.iter().any(|other| other.as_bytes() == value));
    (condition.any_of.is_empty() || one_of(&condition.any_of)) && !one_of(&condition.none_of)
}

fn find(lines: &[Line], fields: &[Field], names: &[String]) -> Option<usize> {
    lines.iter().position(|line| is_one_of(*line, fields, names))
}

fn is_one_of(line: Line, fields: &[Field], names: &[String]) -> bool {
    match line {
        Line::Field(index) => fields.get(index).is_some_and(|field| contains(names, field)),
        _ => false,
    }
}

fn contains(names: &[String], field: &Field) -> bool {
    names.iter().any(|name| field.name.eq_ignore_ascii_case(name.as_bytes()))
}
