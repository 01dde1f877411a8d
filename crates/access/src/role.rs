//! What someone does.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What someone does; [`Role::may`] says what that allows, by the policies. At which level of command they do
/// it, province, city or county, is a matter of their jurisdiction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// 指挥
    Command,
    /// 流调员
    Investigator,
    /// 协查专班
    Desk,
    /// 社区网格员
    Community,
    /// 哨点报告员: reports for a hospital, a school, a pharmacy.
    Sentinel,
    /// 检测机构: reports results.
    Laboratory,
    /// 督查: checks that what was reported is so.
    Inspector,
    /// 外部审计: reads how the system was used, and changes nothing.
    Auditor,
    /// Manages accounts, and sees no person.
    Admin,
    /// A machine that sends visits, and sees nothing.
    Feed,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 10] = [
        Self::Command,
        Self::Investigator,
        Self::Desk,
        Self::Community,
        Self::Sentinel,
        Self::Laboratory,
        Self::Inspector,
        Self::Auditor,
        Self::Admin,
        Self::Feed,
    ];

    /// The name that policies, databases and the interface use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Investigator => "investigator",
            Self::Desk => "desk",
            Self::Community => "community",
            Self::Sentinel => "sentinel",
            Self::Laboratory => "laboratory",
            Self::Inspector => "inspector",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
            Self::Feed => "feed",
        }
    }

    /// The role of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_one_name_everywhere() {
        for role in Role::ALL {
            assert_eq!(Role::named(role.name()), Some(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
        }
        assert_eq!(Role::named("root"), None);
    }
}
