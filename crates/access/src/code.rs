//! Codes that people read off one screen and type on another: invitations, recovery codes.

use facts::Hex;
use sha2::{Digest, Sha256};

/// Crockford's base 32: no letter is taken for a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters that stand together.
const GROUP: usize = 4;

/// A code of 80 bits in sixteen characters: too many to guess, so that a plain digest is enough to keep.
#[derive(Clone, PartialEq, Eq)]
pub struct Code([u8; 16]);

impl Code {
    /// From ten random bytes.
    pub fn new(random: [u8; 10]) -> Self {
        let mut characters = [0; 16];
        for (number, character) in characters.iter_mut().enumerate() {
            let bit = number * 5;
            let two = u16::from_be_bytes([random[bit / 8], *random.get(bit / 8 + 1).unwrap_or(&0)]);
            *character = ALPHABET[usize::from(two >> (11 - bit % 8) & 31)];
        }
        Self(characters)
    }

    /// What somebody typed, however they grouped it and whichever case they used.
    pub fn typed(text: &str) -> Option<Self> {
        let meant = |character: char| match character.to_ascii_uppercase() {
            'O' => Some(b'0'),
            'I' | 'L' => Some(b'1'),
            other => u8::try_from(other).ok().filter(|byte| ALPHABET.contains(byte)),
        };
        let characters = text.chars().filter(|character| !character.is_whitespace() && *character != '-');
        let characters: Option<Vec<u8>> = characters.map(meant).collect();
        Some(Self(characters?.try_into().ok()?))
    }

    /// What is kept of it.
    pub fn digest(&self) -> Hex<32> {
        Hex(Sha256::digest(self.0).into())
    }

    /// As it is shown, once.
    pub fn shown(&self) -> String {
        let groups: Vec<String> =
            self.0.chunks(GROUP).map(|group| group.iter().map(|&byte| byte as char).collect()).collect();
        groups.join("-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_known_again_however_it_is_typed() {
        let code = Code::new([0x00, 0x44, 0x32, 0x14, 0xC7, 0x42, 0x54, 0xB6, 0x35, 0xCF]);
        let shown = code.shown();
        assert_eq!(shown, "0123-4567-89AB-CDEF");
        for typed in ["0123456789abcdef", " o123 4567 89ab cdef ", "OI23-4567-89AB-CDEF", "0l23-4567-89AB-CDEF"] {
            assert!(Code::typed(typed) == Some(code.clone()), "{typed}");
            assert_eq!(Code::typed(typed).unwrap().digest(), code.digest());
        }
    }

    #[test]
    fn what_is_no_code_is_none() {
        for typed in
            ["", "0123-4567-89AB-CDE", "0123-4567-89AB-CDEF-0", "0123-4567-89AB-CDEU", "零一二三四五六七八九十"]
        {
            assert!(Code::typed(typed).is_none(), "{typed}");
        }
    }

    #[test]
    fn every_bit_counts() {
        let zero = Code::new([0; 10]);
        for bit in 0..80 {
            let mut random = [0; 10];
            random[bit / 8] = 1 << (bit % 8);
            assert!(Code::new(random) != zero, "bit {bit}");
        }
    }
}
