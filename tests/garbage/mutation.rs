//! How bytes are altered.

use proptest::prelude::*;
use proptest::sample::Index;

/// One change of some bytes.
#[derive(Clone, Debug)]
pub(crate) enum Mutation {
    /// A bit of one byte is the other way.
    Flip(Index, u8),
    /// A byte is another.
    Set(Index, u8),
    /// Bytes are missing.
    Cut(Index, Index),
    /// Bytes stand there twice.
    Repeat(Index, Index),
    /// Bytes stand elsewhere.
    Move(Index, Index, Index),
    /// Other bytes come in between: the words of JSON, numbers at limits, what is no UTF-8.
    Insert(Index, &'static [u8]),
}

/// Bytes that readers stumble over.
const STRANGE: [&[u8]; 14] = [
    b"\n",
    b"\"",
    b"{",
    b"}",
    b"[",
    b",",
    b"null",
    b"-1",
    b"1e999",
    b"9223372036854775807",
    b"\\u0000",
    b"\\ud800",
    b"\xff\xfe",
    "\u{202e}".as_bytes(),
];

/// One to three changes.
pub(crate) fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    let at = any::<Index>;
    let one = prop_oneof![
        4 => (at(), 0..8_u8).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        2 => (at(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        2 => (at(), at()).prop_map(|(from, to)| Mutation::Cut(from, to)),
        1 => (at(), at()).prop_map(|(from, to)| Mutation::Repeat(from, to)),
        1 => (at(), at(), at()).prop_map(|(from, to, at)| Mutation::Move(from, to, at)),
        2 => (at(), 0..STRANGE.len()).prop_map(|(at, n)| Mutation::Insert(at, STRANGE[n])),
    ];
    prop::collection::vec(one, 1..4)
}

/// The bytes after these changes.
pub(crate) fn altered(bytes: &[u8], mutations: &[Mutation]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for mutation in mutations {
        if bytes.is_empty() {
            break;
        }
        let len = bytes.len();
        let range = |from: &Index, to: &Index| {
            let (a, b) = (from.index(len), to.index(len));
            a.min(b)..a.max(b) + 1
        };
        match mutation {
            Mutation::Flip(at, bit) => bytes[at.index(len)] ^= 1 << bit,
            Mutation::Set(at, byte) => bytes[at.index(len)] = *byte,
            Mutation::Cut(from, to) => drop(bytes.drain(range(from, to))),
            Mutation::Repeat(from, to) => {
                let range = range(from, to);
                let again = bytes[range.clone()].to_vec();
                bytes.splice(range.end..range.end, again);
            }
            Mutation::Move(from, to, at) => {
                let moved: Vec<u8> = bytes.drain(range(from, to)).collect();
                let at = at.index(bytes.len() + 1);
                bytes.splice(at..at, moved);
            }
            Mutation::Insert(at, strange) => {
                let at = at.index(len + 1);
                bytes.splice(at..at, strange.iter().copied());
            }
        }
    }
    bytes
}
