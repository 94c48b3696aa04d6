//! Content codings of a response body.

use bytes::Bytes;
use wiretwin_wire::content::{
    Announced, Codings, DecodeError, Decoder, Dictionary, Pulled, UnannouncedCodings, Work, parse_content_encoding,
};
use wiretwin_wire::head::{Field, ResponseHead};

use crate::error::Error;
use crate::phase::Phase;

/// The decoder chain of one body.
pub(crate) struct Decoding(Decoder);

impl Decoding {
    /// The chain that `head` asks for, with the names of its codings; `None` when there is nothing to remove, or
    /// something unknown in it (FAULTS B04: the body passes as it is). `request`: the fields of the request; `dictionary`: what
    /// it named.
    pub(crate) fn for_head(
        head: &ResponseHead,
        request: &[Field],
        rule: UnannouncedCodings,
        dictionary: Option<&Dictionary>,
    ) -> Result<Option<(Self, Vec<&'static str>)>, Error> {
        let mut values = head
            .fields
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(b"content-encoding"))
            .map(|(_, value)| &value[..])
            .peekable();
        if values.peek().is_none() {
            return Ok(None);
        }
        let accepted = request.iter().filter(|field| field.name.eq_ignore_ascii_case(b"accept-encoding"));
        let announced = Announced::by(rule, accepted.map(|field| &field.value[..]));
        let announced = if dictionary.is_some() { announced } else { announced.without_dictionary() };
        match parse_content_encoding(values, announced).map_err(decode_error)? {
            Codings::Known(codings) => {
                let names = codings.iter().map(|coding| coding.name()).collect();
                Ok(Some((Self(Decoder::with_dictionary(&codings, dictionary).map_err(decode_error)?), names)))
            }
            _ => Ok(None),
        }
    }

    pub(crate) fn push(&mut self, data: Bytes) {
        self.0.push(data);
    }

    pub(crate) fn finish(&mut self) {
        self.0.finish();
    }

    pub(crate) fn pull(&mut self, max: usize, work: &mut Work) -> Result<Pulled, Error> {
        self.0.pull(max, work).map_err(decode_error)
    }
}

fn decode_error(error: DecodeError) -> Error {
    Error::new(error.code(), Phase::Body).with_detail(error.detail).with_replayable(false)
}
