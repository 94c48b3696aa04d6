//! The packed commands of the napi seam: decoded or refused, in the time and memory of the input.

use wiretwin_engine::RequestBody;

use crate::command::{Decoded, decode};
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
    let (mut commands, mut bytes) = (0, 0);
    while !reader.is_empty() {
        let Ok((_, decoded)) = decode(&mut reader, separate) else { break };
        commands += 1;
        // The separate body is one buffer, and may be named by each command.
        bytes += held(&decoded);
        assert!(commands <= data.len(), "a command of nothing");
        assert!(bytes <= data.len() * (1 + commands), "more than was sent");
    }
}
