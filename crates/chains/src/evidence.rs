//! What may connect two cases, and how much it weighs.

use facts::Setting;
use serde::{Deserialize, Serialize};

/// What connects two cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// One unit of that setting: a household, a class, a ward.
    Setting(Setting),
    /// One of the two named the other.
    Interview,
    /// Their pathogens' sequences are alike.
    Sequence,
    /// Investigators see both in one cluster: a congregation, a company, a meeting.
    Cluster,
    /// One institution, of which the room is not known: a school, a hospital, a works.
    Institution,
    /// One small area to live in: a village, a compound.
    Locality,
    /// They live close to each other.
    Nearby,
    /// Nothing is known that connects them; they live in one outbreak.
    Background,
}

impl Evidence {
    /// How much it weighs beside one household, which is 1.
    ///
    /// The settings are those of the contact rules (`docs/methods/contact-score.md`); all are our choice, the
    /// same for every disease, and fitted to no outbreak.
    pub const fn strength(self) -> f64 {
        match self {
            Self::Setting(setting) => match setting {
                Setting::Home => 1.0,
                Setting::Dormitory | Setting::Ward | Setting::Care => 0.7,
                Setting::Meal | Setting::Leisure => 0.5,
                Setting::Office | Setting::Classroom => 0.3,
                Setting::Vehicle | Setting::Carriage | Setting::Aircraft | Setting::Gathering => 0.2,
                Setting::Clinic => 0.15,
                Setting::Lift => 0.1,
                Setting::Market | Setting::Shop => 0.05,
                Setting::Area | Setting::Other => 0.02,
            },
            Self::Interview | Self::Sequence => 0.7,
            Self::Cluster => 0.3,
            Self::Institution => 0.15,
            Self::Locality | Self::Nearby => 0.05,
            Self::Background => 0.01,
        }
    }

    /// The name that files and the API use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Setting(setting) => setting.name(),
            Self::Interview => "interview",
            Self::Sequence => "sequence",
            Self::Cluster => "cluster",
            Self::Institution => "institution",
            Self::Locality => "locality",
            Self::Nearby => "nearby",
            Self::Background => "background",
        }
    }

    /// The evidence of that name.
    pub fn named(text: &str) -> Option<Self> {
        let own = [
            Self::Interview,
            Self::Sequence,
            Self::Cluster,
            Self::Institution,
            Self::Locality,
            Self::Nearby,
            Self::Background,
        ];
        own.into_iter().find(|evidence| evidence.name() == text).or(Setting::named(text).map(Self::Setting))
    }
}
