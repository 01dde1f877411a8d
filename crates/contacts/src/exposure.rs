//! An exposure: everything that makes one person a contact of one case.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use facts::{PersonId, Timestamp};
use plan::ContactClass;
use visits::Seconds;

use crate::meeting::Meeting;
use crate::rule::Judgement;
use crate::score::ScoreParts;

/// How many meetings an exposure keeps to show. What it concludes rests on all of them.
pub const EVIDENCE_SHOWN: usize = 8;

/// The ring of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ring {
    /// Met the case.
    First,
    /// Met a contact of the case (密接的密接).
    Second,
}

/// One person's exposure to one case, by whatever way.
#[derive(Debug, Clone, PartialEq)]
pub struct Exposure {
    /// The contact.
    pub contact: PersonId,
    /// Through whom, in the second ring: the one with the strongest evidence.
    pub via: Option<PersonId>,
    /// How many different people exposed them.
    pub sources: usize,
    /// The ring.
    pub ring: Ring,
    /// What the rules make of the contact.
    pub class: ContactClass,
    /// The rule of the strongest meeting, by its place in the plan's list.
    pub rule: usize,
    /// Whether contacts of this contact are sought.
    pub leads_on: bool,
    /// When the first counted meeting began.
    pub first: Seconds,
    /// When the last counted meeting ended.
    pub last: Seconds,
    /// Seconds together over all counted meetings.
    pub seconds: i64,
    /// The longest counted meeting, in seconds.
    pub longest_seconds: i64,
    /// Orders the list, from 0 to 1; see `docs/methods/contact-score.md`.
    pub score: f64,
    /// What the score of the strongest meeting is made of.
    pub parts: ScoreParts,
    /// When the first counted meeting became known.
    pub known: Timestamp,
    /// When the first counted meeting that more than one person's word shows became known.
    pub confirmed: Option<Timestamp>,
    /// How many meetings count.
    pub meetings_counted: usize,
    /// The strongest of them, strongest first.
    pub meetings: Vec<Meeting>,
}

/// A meeting that counts, and what the rules make of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Judged {
    pub meeting: Meeting,
    pub judgement: Judgement,
    pub parts: ScoreParts,
}

impl Exposure {
    /// Sums up the counted meetings of one contact; none when there are none.
    ///
    /// Where any meeting makes a close contact, the others that make only a general one are left out.
    pub(crate) fn sum_up(ring: Ring, mut judged: Vec<Judged>) -> Option<Self> {
        let class = judged.iter().map(|counted| counted.judgement.class).min()?;
        judged.retain(|counted| counted.judgement.class == class);
        // A fixed order, so that the score comes out the same however the meetings were found.
        judged.sort_by(|one, other| {
            let (a, b) = (&one.meeting, &other.meeting);
            (other.parts.chance.total_cmp(&one.parts.chance))
                .then_with(|| (a.window, a.of, a.setting).cmp(&(b.window, b.of, b.setting)))
                .then_with(|| format!("{:?}", a.evidence).cmp(&format!("{:?}", b.evidence)))
        });
        let Judged { meeting: strongest, judgement, parts } = judged.first()?;
        let escape: f64 = judged.iter().map(|counted| 1.0 - counted.parts.chance).product();
        let meetings = || judged.iter().map(|counted| &counted.meeting);
        let sources: BTreeSet<PersonId> = meetings().map(|meeting| meeting.of).collect();
        let exposure = Self {
            contact: strongest.with,
            via: (ring == Ring::Second).then_some(strongest.of),
            sources: sources.len(),
            ring,
            class,
            rule: judgement.rule,
            leads_on: judged.iter().any(|counted| counted.judgement.leads_on),
            first: meetings().map(|meeting| meeting.window.from).min()?,
            last: meetings().map(|meeting| meeting.window.until).max()?,
            seconds: meetings().map(|meeting| meeting.window.seconds()).sum(),
            longest_seconds: meetings().map(|meeting| meeting.window.seconds()).max()?,
            score: 1.0 - escape,
            parts: *parts,
            known: meetings().map(|meeting| meeting.known).min()?,
            confirmed: meetings().filter(|meeting| !meeting.is_one_word()).map(|meeting| meeting.known).min(),
            meetings_counted: judged.len(),
            meetings: judged.into_iter().take(EVIDENCE_SHOWN).map(|counted| counted.meeting).collect(),
        };
        Some(exposure)
    }

    /// The order of lists: first ring before second, likeliest first. What follows for someone is decided by the
    /// class; whom to look for first, by how likely they are infected.
    pub fn rank(&self) -> impl Ord + use<> {
        self.rank_with(self.score)
    }

    /// The same order by another score, such as one that knows what became of others.
    pub fn rank_with(&self, score: f64) -> impl Ord + use<> {
        (self.ring, Reverse((score * 1e9) as u64), self.class, self.contact)
    }
}
