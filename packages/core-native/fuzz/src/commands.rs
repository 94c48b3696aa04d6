//! The packed commands of the napi seam: decoded or refused, in the time and memory of the input.

use wiretwin_engine::RequestBody;

use crate::command::{Decoded, KnownFields, decode};
use crate::reader::Reader;

/// Bytes that a decoded request holds.
fn held(decoded: &Decoded) -> usize {
    let of = |fields: &[wiretwin_engine::Field]| fields.iter().map(|field| field.name.len() + field.value.len()).sum();
    match decoded {
        Decoded::Start { request, .. } => {
            let body = if let RequestBody::Bytes(bytes) = &request.body { bytes.len() } else { 0 };
            let fields: usize = of(&request.fields);
            fields + body + request.host.len() + request.authority.len() + request.target.len() + request.method.len()
        }
        Decoded::Write(bytes) => bytes.len(),
        Decoded::End(fields) => of(fields),
        _ => 0,
    }
}

pub fn run(data: &[u8]) {
    let separate = data.len().is_multiple_of(2);
    let separate = separate.then_some(data);
    let mut reader = Reader::new(data);
    let (mut commands, mut bytes, mut known) = (0, 0, KnownFields::default());
    while !reader.is_empty() {
        let mut again = reader.clone();
        let Ok((_, decoded)) = decode(&mut reader, separate, &mut known) else { break };
        if let (Decoded::Start { request, .. }, Ok((_, Decoded::Start { request: fresh, .. }))) =
            (&decoded, decode(&mut again, separate, &mut KnownFields::default()))
        {
            assert_eq!(request.fields, fresh.fields, "remembered fields are those that were sent");
        }
        commands += 1;
        // The separate body is one buffer, and may be named by each command.
        bytes += held(&decoded);
        assert!(commands <= data.len(), "a command of nothing");
        assert!(bytes <= data.len() * (1 + commands), "more than was sent");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::command;

    fn start(fields: &str) -> Vec<u8> {
        let text = ["GET", "a.test", "a.test", "/", "", "", fields].join("\0");
        let mut packed = vec![command::START];
        packed.extend_from_slice(&1_u32.to_le_bytes());
        packed.extend_from_slice(&1_u32.to_le_bytes());
        packed.extend_from_slice(&[1, 0, 0, 0, 0, 187, 1]);
        packed.extend_from_slice(&u32::try_from(text.len()).unwrap().to_le_bytes());
        packed.extend_from_slice(text.as_bytes());
        packed.push(0);
        packed
    }

    fn fields(packed: &[u8], known: &mut KnownFields) -> wiretwin_engine::Fields {
        match decode(&mut Reader::new(packed), None, known) {
            Ok((1, Decoded::Start { request, .. })) => request.fields,
            _ => panic!("a start was packed"),
        }
    }

    #[test]
    fn a_request_without_fields_has_none() {
        let mut packed = start("");
        // The text has no separator behind its last part.
        let length = packed.len();
        packed.remove(length - 2);
        packed[16] -= 1;
        assert!(fields(&packed, &mut KnownFields::default()).is_empty());
    }

    #[test]
    fn repeated_fields_are_shared_and_others_are_not() {
        let mut known = KnownFields::default();
        let first = fields(&start("a\x001\0b\x002"), &mut known);
        let other = fields(&start("a\x001\0b\x003"), &mut known);
        let again = fields(&start("a\x001\0b\x002"), &mut known);
        assert_eq!(first.as_ptr(), again.as_ptr());
        assert_eq!(other.last().map(|field| &field.value[..]), Some(&b"3"[..]));
        // More than are kept: all are right, the first is made anew.
        for number in 0..20 {
            let many = fields(&start(&format!("a\0{number}\0b\x002")), &mut known);
            assert_eq!(many.first().map(|field| field.value.to_vec()), Some(number.to_string().into_bytes()));
        }
        let late = fields(&start("a\x001\0b\x002"), &mut known);
        assert_eq!((first.as_ptr() == late.as_ptr(), first), (false, late));
    }
    /// Found by its name: `pnpm bench:engine` counts the instructions inside.
    #[inline(never)]
    fn counted(mut work: impl FnMut()) {
        for _ in 0..100 {
            work();
        }
    }

    #[test]
    fn decode_repeated() {
        let list = ["user-agent", "accept", "accept-encoding", "accept-language", "priority", "sec-ch-ua", "cookie"];
        let block = list.map(|name| format!("{name}\x00a value of a usual length, more or less")).join("\0");
        let packed = start(&[block.as_str(), block.as_str()].join("\0"));
        let mut known = KnownFields::default();
        fields(&packed, &mut known);
        let mut count = 0;
        counted(|| count += fields(&packed, &mut known).len());
        assert_eq!(count, 1400);
    }
}
