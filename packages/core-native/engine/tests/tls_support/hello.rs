//! An independent reader of ClientHello messages, and the JA4 of them.

use boring::sha::sha256;

#[derive(Debug, Clone)]
pub struct Hello {
    pub record_version: u16,
    /// Length of the handshake message with its header, as captures count it.
    pub length: usize,
    pub random: Vec<u8>,
    pub session_id: Vec<u8>,
    pub ciphers: Vec<u16>,
    pub extensions: Vec<(u16, Vec<u8>)>,
}

pub fn is_grease(value: u16) -> bool {
    value & 0x0f0f == 0x0a0a && value >> 8 == value & 0xff
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> &'a [u8] {
        let (head, tail) = self.0.split_at(count);
        self.0 = tail;
        head
    }
    fn number(&mut self, bytes: usize) -> usize {
        self.take(bytes).iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
    }
    fn u16(&mut self) -> u16 {
        u16::try_from(self.number(2)).unwrap()
    }
    fn vector(&mut self, length_bytes: usize) -> &'a [u8] {
        let length = self.number(length_bytes);
        self.take(length)
    }
}

pub fn u16s(bytes: &[u8]) -> Vec<u16> {
    bytes.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
}

/// TLS records: type, version, payload.
pub fn records(bytes: &[u8]) -> Vec<(u8, u16, Vec<u8>)> {
    let mut reader = Reader(bytes);
    let mut records = Vec::new();
    while !reader.0.is_empty() {
        let kind = u8::try_from(reader.number(1)).unwrap();
        let version = reader.u16();
        records.push((kind, version, reader.vector(2).to_vec()));
    }
    records
}

impl Hello {
    /// From the bytes of a flight: the first handshake record.
    pub fn from_flight(bytes: &[u8]) -> Self {
        let (_, version, payload) =
            records(bytes).into_iter().find(|(kind, ..)| *kind == 22).expect("a handshake record");
        Self { record_version: version, ..Self::from_message(&payload) }
    }

    /// All hellos of a flight, for the second one after a HelloRetryRequest.
    pub fn all_of_flight(bytes: &[u8]) -> Vec<Self> {
        let hellos = records(bytes).into_iter().filter(|(kind, _, payload)| *kind == 22 && payload.first() == Some(&1));
        hellos.map(|(.., payload)| Self::from_message(&payload)).collect()
    }

    /// From a message without its header.
    pub fn from_body(body: &[u8]) -> Self {
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        Self::from_message(&[&[1], &length[1..], body].concat())
    }

    pub fn from_message(message: &[u8]) -> Self {
        let mut reader = Reader(message);
        assert_eq!(reader.number(1), 1, "client_hello");
        let mut body = Reader(reader.vector(3));
        assert!(reader.0.is_empty(), "one message in the record");
        assert_eq!(body.u16(), 0x0303);
        let random = body.take(32).to_vec();
        let session_id = body.vector(1).to_vec();
        let ciphers = u16s(body.vector(2));
        assert_eq!(body.vector(1), [0], "null compression");
        let mut list = Reader(body.vector(2));
        assert!(body.0.is_empty());
        let mut extensions = Vec::new();
        while !list.0.is_empty() {
            let kind = list.u16();
            extensions.push((kind, list.vector(2).to_vec()));
        }
        Self { record_version: 0, length: message.len(), random, session_id, ciphers, extensions }
    }

    /// Extension types, every GREASE value as 0xdada, which is no type that browsers send.
    pub fn order(&self) -> Vec<u16> {
        self.extensions.iter().map(|(kind, _)| if is_grease(*kind) { 0xdada } else { *kind }).collect()
    }

    pub fn set(&self) -> Vec<u16> {
        let mut order = self.order();
        order.sort_unstable();
        order
    }

    pub fn body(&self, kind: u16) -> &[u8] {
        &self.extensions.iter().find(|(found, _)| *found == kind).unwrap_or_else(|| panic!("extension {kind}")).1
    }

    pub fn has(&self, kind: u16) -> bool {
        self.extensions.iter().any(|(found, _)| *found == kind)
    }

    /// Group and share of key_share.
    pub fn key_shares(&self) -> Vec<(u16, usize)> {
        let mut list = Reader(Reader(self.body(51)).vector(2));
        let mut shares = Vec::new();
        while !list.0.is_empty() {
            let group = list.u16();
            shares.push((group, list.vector(2).len()));
        }
        shares
    }

    /// Name of server_name.
    pub fn name(&self) -> String {
        String::from_utf8(self.body(0)[5..].to_vec()).unwrap()
    }

    /// Extensions with the lengths of their bodies, GREASE as in `order`.
    pub fn lengths(&self) -> Vec<(u16, usize)> {
        self.order().into_iter().zip(self.extensions.iter().map(|(_, body)| body.len())).collect()
    }

    pub fn groups(&self) -> Vec<u16> {
        u16s(&self.body(10)[2..])
    }

    pub fn signature_algorithms(&self) -> Vec<u16> {
        u16s(&self.body(13)[2..])
    }

    pub fn versions(&self) -> Vec<u16> {
        u16s(&self.body(43)[1..])
    }

    /// AEAD, length of the encapsulated key, length of the payload.
    pub fn ech(&self) -> (u16, usize, usize) {
        let mut body = Reader(self.body(65037));
        assert_eq!(body.number(1), 0, "outer");
        assert_eq!(body.u16(), 1, "HKDF-SHA256");
        let aead = body.u16();
        body.take(1);
        let key = body.vector(2).len();
        let payload = body.vector(2).len();
        assert!(body.0.is_empty());
        (aead, key, payload)
    }

    /// Lengths of the PSK identities and binders.
    pub fn psk(&self) -> (Vec<usize>, Vec<usize>) {
        let mut body = Reader(self.body(41));
        let mut list = Reader(body.vector(2));
        let mut identities = Vec::new();
        while !list.0.is_empty() {
            identities.push(list.vector(2).len());
            list.take(4);
        }
        let mut list = Reader(body.vector(2));
        let mut binders = Vec::new();
        while !list.0.is_empty() {
            binders.push(list.vector(1).len());
        }
        (identities, binders)
    }

    pub fn ja4(&self) -> String {
        let hex = |list: &[u16]| list.iter().map(|id| format!("{id:04x}")).collect::<Vec<_>>().join(",");
        let short =
            |text: &str| sha256(text.as_bytes())[..6].iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let mut ciphers: Vec<u16> = self.ciphers.iter().copied().filter(|id| !is_grease(*id)).collect();
        let kinds: Vec<u16> = self.extensions.iter().map(|(kind, _)| *kind).filter(|id| !is_grease(*id)).collect();
        let alpn = self.body(16);
        let first = &alpn[3..3 + usize::from(alpn[2])];
        let mut hashed: Vec<u16> = kinds.iter().copied().filter(|kind| !matches!(kind, 0 | 16)).collect();
        let algorithms: Vec<u16> = self.signature_algorithms().into_iter().filter(|id| !is_grease(*id)).collect();
        let counts = (ciphers.len(), kinds.len());
        ciphers.sort_unstable();
        hashed.sort_unstable();
        format!(
            "t13{}{:02}{:02}{}{}_{}_{}",
            if self.has(0) { 'd' } else { 'i' },
            counts.0,
            counts.1,
            char::from(first[0]),
            char::from(*first.last().unwrap()),
            short(&hex(&ciphers)),
            short(&format!("{}_{}", hex(&hashed), hex(&algorithms))),
        )
    }
}
