//! What kind of space a unit is; plans say what sharing one means.

use serde::{Deserialize, Serialize};

macro_rules! settings {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// The kind of a unit: the distinctions that contact rules draw.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Setting {
            $($(#[$doc])* $name,)*
        }

        impl Setting {
            /// Every setting, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name that files and the API use.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The setting of that name.
            pub fn named(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|setting| setting.name() == text)
            }
        }
    };
}

settings! {
    /// A dwelling and the people who live in it.
    Home = "home",
    /// A shared sleeping room that is not a home.
    Dormitory = "dormitory",
    /// A room that people work in.
    Office = "office",
    /// A class that is taught together.
    Classroom = "classroom",
    /// A table or small dining room.
    Meal = "meal",
    /// A room for cards, karaoke, sport, bathing.
    Leisure = "leisure",
    /// A hospital ward or a care home's room.
    Ward = "ward",
    /// At someone's bedside or side: nursing, treating, visiting.
    Care = "care",
    /// A consulting or waiting room.
    Clinic = "clinic",
    /// A lift.
    Lift = "lift",
    /// A coach, bus, car or cabin; also a carriage or aeroplane, where nobody told them apart.
    Vehicle = "vehicle",
    /// A railway carriage.
    Carriage = "carriage",
    /// The cabin of an aeroplane.
    Aircraft = "aircraft",
    /// A market hall.
    Market = "market",
    /// A shop or counter.
    Shop = "shop",
    /// A wedding, funeral, meeting or service.
    Gathering = "gathering",
    /// So wide that sharing it is no meeting: the cell of a phone mast, a whole venue scanned at its gate.
    Area = "area",
    /// Anything else, and anything not known.
    Other = "other",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_agree_with_the_json_form() {
        for &setting in Setting::ALL {
            assert_eq!(serde_json::to_string(&setting).unwrap(), format!("{:?}", setting.name()));
            assert_eq!(Setting::named(setting.name()), Some(setting));
        }
    }
}
