//! Why a part or a card is not taken, each with what to do about it.

use facts::DeploymentKey;
use thiserror::Error;

fn told(exercise: bool) -> &'static str {
    if exercise { "an exercise" } else { "the real thing" }
}

/// A part that is refused. None of these changes anything.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum LettersError {
    /// Not the form of a letter.
    #[error("line {line}: {problem}; ask for the file again, as it was written")]
    Unreadable {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// A later version of the form.
    #[error("this is version {0} of the form of letters and this program reads version 1; upgrade the program")]
    Version(String),
    /// Nobody has compared this deployment's fingerprint.
    #[error(
        "nobody here trusts the deployment {0}; ask it for its card, compare the fingerprint by telephone, and add it"
    )]
    UnknownDeployment(DeploymentKey),
    /// Its trust was taken back.
    #[error("the deployment {0} is trusted no more; if that is a mistake, add its card again")]
    Revoked(DeploymentKey),
    /// The signature is not that of the deployment it names.
    #[error("the signature is not that of the deployment {0}; it was forged or changed on its way: ask for it again")]
    Forged(DeploymentKey),
    /// Written to someone else.
    #[error("it is written to the deployment {to} and this is {own}; forward the file there")]
    WrongReceiver {
        /// Whom it is for.
        to: DeploymentKey,
        /// Who reads it.
        own: DeploymentKey,
    },
    /// Signed, and cannot be opened or understood.
    #[error("part {number} is signed and its inside is not what was sealed: {problem}; ask for it again")]
    Altered {
        /// Its number.
        number: u64,
        /// What is wrong with it.
        problem: String,
    },
    /// A number that was used for other content.
    #[error(
        "part {number} was taken before with other content; nothing was changed. If the writer's data was restored \
         from a backup, it must go on after number {taken}"
    )]
    NumberUsed {
        /// The number.
        number: u64,
        /// The last number that was taken.
        taken: u64,
    },
    /// More than one file or letter may hold.
    #[error("{what} is {size} and may be {limit} at most; send it in several letters")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How large it is.
        size: usize,
        /// How large it may be.
        limit: usize,
    },
    /// A letter that came round.
    #[error("this letter was with the deployment {0} before; send the people back instead of round")]
    Circle(DeploymentKey),
    /// About a letter that was never written.
    #[error("it is about a letter that is not between these two deployments; ask for the letter first")]
    NotAsked,
    /// Keys that are no keys.
    #[error("the other deployment's keys are no keys; ask it for its card again")]
    Keys,
    /// An exercise wrote to the real thing, or the other way round.
    #[error("it is of {}; this deployment is {}, and nothing passes between the two", told(*exercise), told(!*exercise))]
    Exercise {
        /// Whether the part is of an exercise.
        exercise: bool,
    },
}

impl LettersError {
    /// A stable code, for which the screens have words.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "letter-unreadable",
            Self::Version(_) => "letter-version",
            Self::UnknownDeployment(_) => "letter-unknown-deployment",
            Self::Revoked(_) => "letter-revoked",
            Self::Forged(_) => "letter-forged",
            Self::WrongReceiver { .. } => "letter-wrong-receiver",
            Self::Altered { .. } => "letter-altered",
            Self::NumberUsed { .. } => "letter-number-used",
            Self::TooLarge { .. } => "letter-too-large",
            Self::Circle(_) => "letter-circle",
            Self::NotAsked => "letter-not-asked",
            Self::Keys => "letter-keys",
            Self::Exercise { .. } => "letter-exercise",
        }
    }
}
