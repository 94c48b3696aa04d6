//! A second reader of HTTP/1.1 responses, written from RFC 9112 and not from ours: where does the message end?
//!
//! It reads heads as leniently as ours (browsers do), but knows no doubt: what is not plain is [`Opinion::Unclear`], and on a
//! connection about which two readers may differ nobody may rely.

/// Where a message ends.
#[derive(Debug, PartialEq, Eq)]
pub enum Opinion {
    /// Here, and this is its body. `strict`: every byte of it follows the grammar.
    Ends { at: usize, body: Vec<u8>, strict: bool, fields: Vec<(Vec<u8>, Vec<u8>)> },
    /// More bytes are needed.
    Incomplete,
    /// It depends on whom one asks.
    Unclear,
}

struct Head {
    status: u16,
    old: bool,
    strict: bool,
    fields: Vec<(Vec<u8>, Vec<u8>)>,
    lengths: Vec<Vec<u8>>,
    codings: Vec<Vec<u8>>,
}

fn trim(bytes: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let from = bytes.iter().position(|byte| !blank(byte)).unwrap_or(bytes.len());
    let to = bytes.iter().rposition(|byte| !blank(byte)).map_or(from, |at| at + 1);
    &bytes[from..to]
}

fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
}

/// VCHAR, obs-text, blanks (RFC 9110 5.5).
fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == b'\t' || *byte >= b' ' && *byte != 0x7f)
}

/// The line at `at` without its end, where the next begins, and whether it ends with CRLF.
fn line(bytes: &[u8], at: usize) -> Option<(&[u8], usize, bool)> {
    let rest = bytes.get(at..)?;
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let text = &rest[..end];
    let bare = text.strip_suffix(b"\r");
    Some((bare.unwrap_or(text), at + end + 1, bare.is_some()))
}

/// A status line: three digits, or what browsers make of others.
fn status_of(text: &[u8], any: bool) -> Option<(u16, bool)> {
    let strict = text.len() >= 13
        && (text.starts_with(b"HTTP/1.1 ") || text.starts_with(b"HTTP/1.0 "))
        && text[9..12].iter().all(u8::is_ascii_digit)
        && text[9] != b'0'
        && text[12] == b' '
        && is_text(text);
    let Some(blank) = text.iter().position(|byte| *byte == b' ') else { return Some((200, false)) };
    let rest = trim(&text[blank..]);
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = rest[..digits].iter().take(5).fold(0u32, |number, digit| number * 10 + u32::from(digit - b'0'));
    match digits {
        0 if any => Some((200, false)),
        1..=3 => Some((number as u16, strict)),
        4 if any => Some((number as u16, false)),
        _ => None,
    }
}

/// Reads a head that begins at `at`.
fn head(bytes: &[u8], at: usize, any: bool) -> Result<(Head, usize), Opinion> {
    let junk = (0..=4).find(|junk| bytes.get(at + junk..).is_some_and(|rest| rest.starts_with(b"HTTP/")));
    let junk = junk.ok_or(Opinion::Incomplete)?;
    let (text, mut next, mut strict) = line(bytes, at + junk).ok_or(Opinion::Incomplete)?;
    let (status, plain) = status_of(text, any).ok_or(Opinion::Unclear)?;
    strict &= plain && junk == 0;
    let mut head =
        Head { status, old: text.starts_with(b"HTTP/1.0"), strict, fields: vec![], lengths: vec![], codings: vec![] };
    // A blank in front of the first field belongs to nobody (RFC 9112 2.2).
    let mut continues = false;
    loop {
        let (text, after, crlf) = line(bytes, next).ok_or(Opinion::Incomplete)?;
        next = after;
        head.strict &= crlf;
        if text.is_empty() {
            break;
        }
        if text.contains(&b'\r') || text.contains(&0) {
            return Err(Opinion::Unclear);
        }
        if matches!(text[0], b' ' | b'\t') {
            head.strict = false;
            if let Some((_, value)) = head.fields.last_mut().filter(|_| continues) {
                value.push(b' ');
                value.extend_from_slice(trim(text));
            }
            continue;
        }
        let colon = text.iter().position(|byte| *byte == b':');
        continues = colon.is_some();
        let Some(colon) = colon else {
            head.strict = false;
            continue;
        };
        head.strict &= is_token(&text[..colon]) && is_text(&text[colon..]);
        head.fields.push((text[..colon].to_vec(), trim(&text[colon + 1..]).to_vec()));
    }
    for (name, value) in &head.fields {
        let list = || value.split(|byte| *byte == b',').map(|part| trim(part).to_vec());
        match trim(name).to_ascii_lowercase().as_slice() {
            b"content-length" => head.lengths.extend(list()),
            b"transfer-encoding" => head.codings.extend(list()),
            _ => {}
        }
    }
    Ok((head, next))
}

/// RFC 9112 7.1. Gives the end and the body; `false` when another reader may see another end.
fn chunked(bytes: &[u8], mut at: usize) -> Result<(usize, Vec<u8>), Opinion> {
    let mut body = Vec::new();
    loop {
        let (text, after, crlf) = line(bytes, at).ok_or(Opinion::Incomplete)?;
        let digits = text.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let padded = trim(&text[digits..]);
        let plain = matches!(padded, [] | [b';', ..]) && is_text(padded);
        if !crlf || digits == 0 || digits > 16 || !plain {
            return Err(Opinion::Unclear);
        }
        let size = text[..digits]
            .iter()
            .fold(0u64, |size, digit| size << 4 | u64::from(char::from(*digit).to_digit(16).unwrap_or(0)));
        at = after;
        if size == 0 {
            break;
        }
        let end = usize::try_from(size).ok().and_then(|size| at.checked_add(size)).ok_or(Opinion::Incomplete)?;
        body.extend_from_slice(bytes.get(at..end).ok_or(Opinion::Incomplete)?);
        match bytes.get(end..) {
            Some([b'\r', b'\n', ..]) => at = end + 2,
            Some([] | [b'\r']) | None => return Err(Opinion::Incomplete),
            _ => return Err(Opinion::Unclear),
        }
    }
    loop {
        let (text, after, crlf) = line(bytes, at).ok_or(Opinion::Incomplete)?;
        at = after;
        if !crlf {
            return Err(Opinion::Unclear);
        }
        if text.is_empty() {
            return Ok((at, body));
        }
        let name = text.split(|byte| *byte == b':').next().unwrap_or_default();
        if !text.contains(&b':') || !is_token(name) || text.contains(&b'\r') || text.contains(&0) {
            return Err(Opinion::Unclear);
        }
    }
}

fn body_of(bytes: &[u8], at: usize, head: &Head, bodyless: bool) -> Result<(usize, Vec<u8>), Opinion> {
    let is_number = |text: &Vec<u8>| (1..=19).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
    let length =
        head.lengths.first().filter(|first| is_number(first) && head.lengths.iter().all(|text| text == *first));
    // RFC 9112 6.3 item 1: whatever the fields say.
    if bodyless {
        return Ok((at, Vec::new()));
    }
    match head.codings.as_slice() {
        [only] if only.eq_ignore_ascii_case(b"chunked") && head.lengths.is_empty() && !head.old => chunked(bytes, at),
        [] => {
            let length = length.ok_or(Opinion::Unclear)?;
            let length =
                length.iter().try_fold(0usize, |sum, digit| sum.checked_mul(10)?.checked_add((digit - b'0').into()));
            let end = length.and_then(|length| at.checked_add(length)).ok_or(Opinion::Incomplete)?;
            bytes.get(at..end).map(|body| (end, body.to_vec())).ok_or(Opinion::Incomplete)
        }
        _ => Err(Opinion::Unclear),
    }
}

/// The first final response in `bytes`. `any`: status lines as Chromium reads them.
pub fn of(bytes: &[u8], is_head: bool, any: bool) -> Opinion {
    let (mut at, mut strict) = (0, true);
    let mut read = || {
        for _ in 0..=32 {
            let (head, next) = head(bytes, at, any)?;
            at = next;
            strict &= head.strict;
            if (100..200).contains(&head.status) {
                continue;
            }
            let bodyless = is_head || matches!(head.status, 204 | 304);
            let (end, body) = body_of(bytes, at, &head, bodyless)?;
            return Ok(Opinion::Ends { at: end, body, strict, fields: head.fields });
        }
        Ok(Opinion::Unclear)
    };
    let read: Result<Opinion, Opinion> = read();
    read.unwrap_or_else(|unclear| unclear)
}
