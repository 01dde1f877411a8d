//! The outside of a part: who writes to whom, its number, and a signature over everything; the inside sealed.
//!
//! `docs/formats/letter.md` has the grammar. What is signed is the text itself, line by line up to the signature,
//! and a text that would be written differently is not read; so the bytes have one form only.

use std::convert::Infallible;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use facts::{DeploymentKey, Hex, Timestamp};
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable, single_shot_open, single_shot_seal_with_rng};
use rand::CryptoRng;
use sha2::{Digest, Sha256};

use crate::error::LettersError;
use crate::keys::{Keys, PublicKeys};
use crate::part::Part;

const FIRST: &str = "firebreak-letter";
/// Bound into every seal, so that nothing sealed for another use opens as a letter.
const INFO: &[u8] = b"firebreak-letter 1";
/// Characters of a line of sealed bytes.
const LINE_CHARACTERS: usize = 76;
/// The largest file of letters, in bytes.
pub const FILE_BYTES_MAX: usize = 16 << 20;

/// What stands on the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Who writes.
    pub from: DeploymentKey,
    /// To whom.
    pub to: DeploymentKey,
    /// The number of the part among those of this writer to this reader, from 1; 0 when there is none and only
    /// the acknowledgement is said.
    pub number: u64,
    /// The writer has taken the reader's parts up to this number: an acknowledgement.
    pub taken: u64,
    /// When it was written, by the writer's clock.
    pub written: Timestamp,
    /// Whether the writer is an exercise.
    pub exercise: bool,
}

impl Head {
    fn text(&self) -> String {
        let Self { from, to, number, taken, written, exercise } = self;
        let exercise = if *exercise { "yes" } else { "no" };
        format!(
            "{FIRST} 1\nfrom {from}\nto {to}\nnumber {number}\ntaken {taken}\nwritten {written}\nexercise {exercise}\n"
        )
    }
}

/// A part in its envelope, as it travels. Nothing of it is believed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The outside.
    pub head: Head,
    encapsulated: [u8; 32],
    sealed: Vec<u8>,
    signature: [u8; 64],
}

/// An envelope whose signature was checked. Only [`Envelope::verify`] makes one.
#[derive(Debug, Clone, Copy)]
pub struct Verified<'a>(&'a Envelope);

/// A random source of today for a library of the next generation.
struct Lent<'a>(&'a mut dyn CryptoRng);

impl TryRng for Lent<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Lent<'_> {}

impl Envelope {
    /// Seals a part to its reader and signs it.
    pub fn seal(
        head: Head,
        part: &Part,
        keys: &Keys,
        reader: &PublicKeys,
        random: &mut dyn CryptoRng,
    ) -> Result<Self, LettersError> {
        let altered = |problem: String| LettersError::Altered { number: head.number, problem };
        let plain = serde_json::to_vec(part).map_err(|error| altered(error.to_string()))?;
        let reader =
            <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&reader.sealing.0).map_err(|_| LettersError::Keys)?;
        let (encapsulated, sealed) = single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            &reader,
            INFO,
            &plain,
            head.text().as_bytes(),
            &mut Lent(random),
        )
        .map_err(|error| altered(error.to_string()))?;
        let mut bytes = [0; 32];
        bytes.copy_from_slice(&encapsulated.to_bytes());
        Ok(Self { head, encapsulated: bytes, sealed, signature: [0; 64] }.signed_by(keys))
    }

    /// Nothing but an acknowledgement: "I have your parts up to `head.taken`".
    pub fn acknowledge(head: Head, keys: &Keys) -> Self {
        let head = Head { number: 0, ..head };
        Self { head, encapsulated: [0; 32], sealed: Vec::new(), signature: [0; 64] }.signed_by(keys)
    }

    fn signed_by(mut self, keys: &Keys) -> Self {
        self.signature = keys.sign(self.unsigned().as_bytes());
        self
    }

    fn unsigned(&self) -> String {
        let mut text = self.head.text();
        if self.head.number > 0 {
            text.push_str(&format!("encapsulated {}\n\n", Hex(self.encapsulated)));
            let encoded = STANDARD.encode(&self.sealed);
            let mut rest = encoded.as_str();
            while !rest.is_empty() {
                let (line, after) = rest.split_at(rest.len().min(LINE_CHARACTERS));
                text.push_str(line);
                text.push('\n');
                rest = after;
            }
            text.push('\n');
        }
        text
    }

    /// The text, as it is sent, stored or carried.
    pub fn to_text(&self) -> String {
        format!("{}signature {}\n", self.unsigned(), Hex(self.signature))
    }

    /// SHA-256 over the text.
    pub fn digest(&self) -> Hex<32> {
        Hex(Sha256::digest(self.to_text()).into())
    }

    /// Reads one envelope.
    pub fn read(text: &str) -> Result<Self, LettersError> {
        if text.len() > FILE_BYTES_MAX {
            return Err(LettersError::TooLarge { what: "the file", size: text.len(), limit: FILE_BYTES_MAX });
        }
        let mut lines = Lines::new(text);
        lines.version(FIRST)?;
        let head = Head {
            from: lines.read("from", Hex::parse)?,
            to: lines.read("to", Hex::parse)?,
            number: lines.read("number", |text| text.parse().ok())?,
            taken: lines.read("taken", |text| text.parse().ok())?,
            written: lines.read("written", |text| text.parse().ok())?,
            exercise: lines.read("exercise", yes_or_no)?,
        };
        let (mut encapsulated, mut sealed) = ([0; 32], Vec::new());
        if head.number > 0 {
            Hex(encapsulated) = lines.read("encapsulated", Hex::<32>::parse)?;
            lines.empty()?;
            let encoded = lines.up_to_empty();
            sealed = STANDARD.decode(encoded).map_err(|_| lines.problem("expected the sealed bytes in Base64"))?;
        }
        let Hex(signature) = lines.read("signature", Hex::<64>::parse)?;
        let envelope = Self { head, encapsulated, sealed, signature };
        if envelope.to_text() != text {
            return Err(lines.problem("it is not written in the one form that a letter has"));
        }
        Ok(envelope)
    }

    /// The envelopes of a file that holds several, one after the other.
    pub fn split(file: &str) -> Result<Vec<&str>, LettersError> {
        if file.len() > FILE_BYTES_MAX {
            return Err(LettersError::TooLarge { what: "the file", size: file.len(), limit: FILE_BYTES_MAX });
        }
        let first = format!("{FIRST} ");
        let mut starts: Vec<usize> = file.match_indices(&format!("\n{first}")).map(|(at, _)| at + 1).collect();
        if !file.starts_with(&first) {
            return Err(LettersError::Unreadable { line: 1, problem: "expected firebreak-letter and a version" });
        }
        starts.insert(0, 0);
        starts.push(file.len());
        Ok(starts.windows(2).map(|pair| &file[pair[0]..pair[1]]).collect())
    }

    /// Believes the outside, if its writer signed it, it is written to `own`, and both or neither are an exercise.
    pub fn verify(
        &self,
        writer: &PublicKeys,
        own: DeploymentKey,
        exercise: bool,
    ) -> Result<Verified<'_>, LettersError> {
        if writer.fingerprint() != self.head.from || !writer.signed(self.unsigned().as_bytes(), &self.signature) {
            return Err(LettersError::Forged(self.head.from));
        }
        if self.head.to != own {
            return Err(LettersError::WrongReceiver { to: self.head.to, own });
        }
        if self.head.exercise != exercise {
            return Err(LettersError::Exercise { exercise: self.head.exercise });
        }
        Ok(Verified(self))
    }
}

impl Verified<'_> {
    /// Opens the inside; none when there is only an acknowledgement.
    pub fn open(&self, keys: &Keys) -> Result<Option<Part>, LettersError> {
        let Envelope { head, encapsulated, sealed, .. } = self.0;
        if head.number == 0 {
            return Ok(None);
        }
        let altered = |problem: &str| LettersError::Altered { number: head.number, problem: problem.to_owned() };
        let not_ours = || altered("it was sealed to another key, or by someone else");
        let secret = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(&keys.sealing()).map_err(|_| not_ours())?;
        let encapsulated = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(encapsulated).map_err(|_| not_ours())?;
        let plain = single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &secret,
            &encapsulated,
            INFO,
            sealed,
            head.text().as_bytes(),
        )
        .map_err(|_| not_ours())?;
        // The reader's message could repeat what is sealed, so that only where it fails is said.
        let part: Part = serde_json::from_slice(&plain).map_err(|error| {
            altered(&format!("byte {} of its inside is not what this version reads", error.column()))
        })?;
        part.check(head)?;
        Ok(Some(part))
    }
}

/// The two words of a line that says whether.
pub(crate) fn yes_or_no(text: &str) -> Option<bool> {
    match text {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// The lines of a text, each a word and its value.
pub(crate) struct Lines<'a> {
    rest: std::str::Split<'a, char>,
    line: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { rest: text.split('\n'), line: 0 }
    }

    fn next(&mut self) -> &'a str {
        self.line += 1;
        self.rest.next().unwrap_or_default()
    }

    pub(crate) fn problem(&self, problem: &'static str) -> LettersError {
        LettersError::Unreadable { line: self.line, problem }
    }

    /// The first line: what the text is, and of which version.
    pub(crate) fn version(&mut self, first: &str) -> Result<(), LettersError> {
        let line = self.next();
        match line.strip_prefix(first).and_then(|rest| rest.strip_prefix(' ')) {
            Some("1") => Ok(()),
            Some(version) if version.len() < 9 => Err(LettersError::Version(version.to_owned())),
            _ => Err(self.problem("this is no letter and no card")),
        }
    }

    pub(crate) fn text(&mut self, word: &'static str) -> Result<&'a str, LettersError> {
        let line = self.next();
        let value = line.strip_prefix(word).and_then(|rest| rest.strip_prefix(' '));
        value.ok_or_else(|| self.problem("a line is missing or out of place"))
    }

    pub(crate) fn read<T>(
        &mut self,
        word: &'static str,
        read: impl FnOnce(&'a str) -> Option<T>,
    ) -> Result<T, LettersError> {
        let text = self.text(word)?;
        read(text).ok_or_else(|| self.problem("the value is not of the form that it should have"))
    }

    fn empty(&mut self) -> Result<(), LettersError> {
        if self.next().is_empty() { Ok(()) } else { Err(self.problem("expected an empty line")) }
    }

    fn up_to_empty(&mut self) -> String {
        let mut text = String::new();
        loop {
            match self.next() {
                "" => return text,
                line => text.push_str(line),
            }
        }
    }
}
