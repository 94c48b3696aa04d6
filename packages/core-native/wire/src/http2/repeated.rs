//! Requests that have the fields of an earlier one on their connection, which is most of them: what the earlier one left in
//! HPACK's table is named without a look at names and values. The bytes are those of `Encoder::encode`.

use std::ops::Range;

use super::hpack::encoder::{Encoder, Place, crumbs};
use super::request::{encode_fields, is_sent, lower_into};
use crate::head::{Field, Fields, Identity};

/// Lists of fields that a connection remembers: kinds of request that take turns.
const LISTS: usize = 4;

/// A list with more fields and crumbs is encoded anew each time: a connection does not keep much for one odd request.
const PIECES_MAX: usize = 128;

/// A pseudo-header field with a longer value is encoded anew each time.
const VALUE_MAX: usize = 512;

/// What a connection remembers of its requests.
pub(super) struct Repeated {
    pub(super) method: Last,
    pub(super) scheme: Last,
    pub(super) authority: Last,
    lists: Vec<List>,
    /// The list to give up next.
    oldest: usize,
}

impl Repeated {
    pub(super) fn new() -> Self {
        let last = || Last { value: Vec::new(), place: Place::Nowhere, collisions: 0 };
        Self { method: last(), scheme: last(), authority: last(), lists: Vec::new(), oldest: 0 }
    }

    /// Encodes regular fields.
    pub(super) fn encode_fields(&mut self, fields: &Fields, encoder: &mut Encoder, out: &mut Vec<u8>) {
        if let Some(list) = self.lists.iter_mut().find(|list| list.identity.is(fields)) {
            return list.encode(fields, encoder, out);
        }
        let list = List { identity: fields.identity(), pieces: Vec::new(), collisions: 0 };
        if self.lists.len() < LISTS {
            self.lists.push(list);
        } else if let Some(place) = self.lists.get_mut(self.oldest) {
            *place = list;
            self.oldest = (self.oldest + 1) % LISTS;
        }
        encode_fields(fields, encoder, out);
    }
}

/// The last value of one pseudo-header field.
pub(super) struct Last {
    value: Vec<u8>,
    place: Place,
    collisions: u64,
}

impl Last {
    pub(super) fn encode(&mut self, name: &[u8], value: &[u8], encoder: &mut Encoder, out: &mut Vec<u8>) {
        let is_known = self.value == value && self.collisions == encoder.collisions();
        if is_known && encoder.repeat(self.place, out) {
            return;
        }
        let place = encoder.encode_field(name, value, out);
        self.place = if value.len() <= VALUE_MAX { place } else { Place::Nowhere };
        self.collisions = encoder.collisions();
        if self.place != Place::Nowhere {
            self.value.clear();
            self.value.extend_from_slice(value);
        }
    }
}

/// A list of fields that was encoded before.
struct List {
    identity: Identity,
    /// None before the second time, and if there are too many.
    pieces: Vec<Piece>,
    collisions: u64,
}

/// A field, or a crumb of one.
struct Piece {
    place: Place,
    field: usize,
    value: Range<usize>,
}

impl List {
    fn encode(&mut self, fields: &Fields, encoder: &mut Encoder, out: &mut Vec<u8>) {
        if self.pieces.is_empty() {
            self.pieces = pieces(fields, encoder);
        }
        if self.pieces.is_empty() {
            return encode_fields(fields, encoder, out);
        }
        let (mut lower, before) = (Vec::new(), encoder.collisions());
        for piece in &mut self.pieces {
            // Looked at for each piece: the one in front may have been put where it hides this one.
            let is_known = self.collisions == encoder.collisions();
            if is_known && encoder.repeat(piece.place, out) {
                continue;
            }
            if let Some(field) = fields.get(piece.field) {
                lower_into(&mut lower, &field.name);
                let value = field.value.get(piece.value.clone()).unwrap_or_default();
                piece.place = encoder.encode_field(&lower, value, out);
            }
        }
        // Not what it is now: the last piece may have hidden the first.
        self.collisions = before;
    }
}

/// What is sent of the fields, in order; nothing if it is too much to keep.
fn pieces(fields: &Fields, encoder: &Encoder) -> Vec<Piece> {
    let (mut pieces, mut lower) = (Vec::new(), Vec::new());
    for (field, Field { name, value }) in fields.iter().enumerate() {
        lower_into(&mut lower, name);
        if !is_sent(&lower, value) {
            continue;
        }
        let piece = |value| Piece { place: Place::Nowhere, field, value };
        if encoder.crumbles(&lower) {
            pieces.extend(crumbs(value).map(piece).take(PIECES_MAX + 1));
        } else {
            pieces.push(piece(0..value.len()));
        }
        if pieces.len() > PIECES_MAX {
            return Vec::new();
        }
    }
    pieces.shrink_to_fit();
    pieces
}
