//! A deployment's card: the public keys that another one adds, after the fingerprint was compared by telephone.

use facts::{Hex, Jurisdiction};

use crate::envelope::{Lines, yes_or_no};
use crate::error::LettersError;
use crate::keys::{Keys, PublicKeys};

const FIRST: &str = "firebreak-deployment";
/// The longest name or address, in characters.
const TEXT_CHARACTERS_MAX: usize = 200;

/// What a deployment says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Its name in Chinese.
    pub name_zh: String,
    /// Its name in English.
    pub name_en: String,
    /// The jurisdiction that it serves.
    pub jurisdiction: Jurisdiction,
    /// Its keys.
    pub keys: PublicKeys,
    /// Whether it is an exercise.
    pub exercise: bool,
    /// Where it listens, for instance `https://fang.example`; absent when letters are carried as files.
    pub address: Option<String>,
}

impl Card {
    fn unsigned(&self) -> String {
        let address = self.address.as_deref().unwrap_or("-");
        let line = |text: &str| text.chars().filter(|c| !c.is_control()).take(TEXT_CHARACTERS_MAX).collect::<String>();
        format!(
            "{FIRST} 1\nname-zh {}\nname-en {}\njurisdiction {}\nsigning {}\nsealing {}\nexercise {}\naddress {}\n",
            line(&self.name_zh),
            line(&self.name_en),
            self.jurisdiction,
            self.keys.signing,
            self.keys.sealing,
            if self.exercise { "yes" } else { "no" },
            line(address),
        )
    }

    /// The card as text, signed by the keys that it names.
    pub fn write(&self, keys: &Keys) -> String {
        let text = self.unsigned();
        let signature = Hex(keys.sign(text.as_bytes()));
        format!("{text}signature {signature}\n")
    }

    /// Reads a card that is whole and signed by its own keys; whether to trust it is for people to decide.
    pub fn read(text: &str) -> Result<Self, LettersError> {
        let text = text.trim_start();
        let mut lines = Lines::new(text);
        lines.version(FIRST)?;
        let mut card = Self {
            name_zh: lines.text("name-zh")?.to_owned(),
            name_en: lines.text("name-en")?.to_owned(),
            jurisdiction: lines.read("jurisdiction", |text| text.parse().ok())?,
            keys: PublicKeys {
                signing: lines.read("signing", Hex::parse)?,
                sealing: lines.read("sealing", Hex::parse)?,
            },
            exercise: lines.read("exercise", yes_or_no)?,
            address: None,
        };
        let address = lines.text("address")?;
        card.address = Some(address.to_owned()).filter(|address| address != "-");
        let Hex(signature) = lines.read("signature", Hex::<64>::parse)?;
        // Compared as it is written, so that a card has one form only.
        if !card.keys.signed(card.unsigned().as_bytes(), &signature) {
            return Err(LettersError::Forged(card.keys.fingerprint()));
        }
        Ok(card)
    }
}
