//! Names, id numbers, phones and addresses of people who do not exist.

use facts::Level;
use jiff::SignedDuration;
use jiff::civil::Date;

use crate::names;
use crate::province::{Province, YEAR};
use crate::stream::Stream;

/// Who someone is. Deliberately without `Debug`: identities belong in no log.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// Family name first.
    pub name: String,
    /// Eighteen characters with the check digit of GB 11643, under a division code that does not exist.
    pub id_number: String,
    /// Eleven digits that begin with 100, as no mobile number does. Children have the first adult's.
    pub phone: String,
    /// Where they live, down to the room.
    pub address: String,
}

const SURNAMES: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "马",
    "罗", "梁", "宋", "郑", "谢", "韩", "唐", "冯", "于", "董", "萧", "程", "曹", "袁", "邓", "许", "傅", "沈", "曾",
    "彭", "吕", "苏", "卢", "蒋", "蔡", "贾", "丁", "魏", "薛", "叶", "阎", "余", "潘", "杜", "戴", "夏", "钟", "汪",
    "田", "任", "姜", "范", "方", "石", "姚", "谭", "廖", "邹", "熊", "金", "陆", "郝", "孔", "白", "崔", "康", "毛",
    "邱", "秦", "江", "史",
];

const GIVEN_WOMEN: &[&str] = &[
    "秀", "英", "丽", "敏", "静", "芳", "娟", "艳", "霞", "玲", "桂", "兰", "玉", "梅", "红", "燕", "洁", "雪", "琴",
    "云", "莉", "倩", "婷", "欣", "怡", "佳", "雅", "思", "雨", "涵", "萍", "慧", "颖", "琳", "月", "凤", "珍", "淑",
    "彩", "春",
];

const GIVEN_MEN: &[&str] = &[
    "伟", "强", "磊", "军", "勇", "杰", "涛", "明", "超", "刚", "平", "辉", "鹏", "华", "飞", "鑫", "波", "斌", "宇",
    "浩", "建", "国", "文", "志", "海", "峰", "林", "东", "俊", "凯", "子", "轩", "博", "晨", "立", "德", "永", "庆",
    "义", "振",
];

impl Province {
    /// Who the resident of that index is.
    ///
    /// # Panics
    /// When there is no resident of that index.
    pub fn identity(&self, index: usize) -> Identity {
        let household = self.household_of(index);
        let people = self.households[household].people();
        let adult = people.clone().find(|&person| self.people[person].age >= 18).unwrap_or(index);
        let reachable = if self.people[index].age < 12 { adult } else { index };
        Identity {
            name: self.name(index, household),
            id_number: self.id_number(index, household),
            phone: format!("100{:08}", permuted(reachable as u64, 100_000_000)),
            address: self.address(household),
        }
    }

    fn name(&self, index: usize, household: usize) -> String {
        let surname = |stream: &mut Stream| SURNAMES[stream.popular(SURNAMES.len())];
        let first = self.households[household].first as usize;
        let (who, head) = (self.people[index], self.people[first]);
        // Wives and grandmothers keep the name that they were born with.
        let own = who.woman && i16::from(who.age) > i16::from(head.age) - 15 && self.households[household].size > 1;
        let family = surname(self.streams.named("surnames").at(household as u64));
        let stream = &mut self.streams.named("given names");
        let stream = stream.at(index as u64);
        let born = surname(stream);
        let characters = if who.woman { GIVEN_WOMEN } else { GIVEN_MEN };
        let (one, other) = (*stream.pick(characters), *stream.pick(characters));
        let given = if stream.chance(0.22) { one.to_owned() } else { format!("{one}{other}") };
        format!("{}{given}", if own { born } else { family })
    }

    fn id_number(&self, index: usize, household: usize) -> String {
        /// Birthdays, and pairs of sequence numbers of a day.
        const SLOTS: u64 = 365 * 499;
        let township = &self.townships[usize::from(self.households[household].township)];
        let county = &self.counties[usize::from(township.county)];
        // The slot is the person's alone within the county, so that no two have one number.
        let slot = permuted((index - county.people.start) as u64, SLOTS);
        let year = YEAR - i16::from(self.people[index].age);
        let birthday = Date::constant(2023, 1, 1) + SignedDuration::from_hours(24 * (slot % 365) as i64);
        let sequence = slot / 365 * 2 + if self.people[index].woman { 2 } else { 1 };
        let body = format!("{}{year}{:02}{:02}{sequence:03}", county.code, birthday.month(), birthday.day());
        let check = check_digit(&body);
        format!("{body}{check}")
    }

    fn address(&self, household: usize) -> String {
        let home = self.households[household];
        let township = &self.townships[usize::from(home.township)];
        let county = &self.counties[usize::from(township.county)];
        let city = &self.cities[usize::from(county.city)];
        debug_assert_eq!(county.code.level(), Level::County);
        let unit = &self.units[home.home as usize];
        // Everyone of a compound shares its place, and so its name and number.
        let place = unit.place.number();
        let compound = names::COMPOUNDS[(place % names::COMPOUNDS.len() as u64) as usize];
        let number = place / 64 % 200 + 1;
        let flat = household % 40;
        format!(
            "金河省{}市{}{}{}{}{number}号{compound}{}号楼{}单元{}0{}室",
            city.name.zh,
            county.name.zh,
            if county.district { "区" } else { "县" },
            township.name.zh,
            township.kind.zh,
            flat / 20 + 1,
            flat / 10 % 2 + 1,
            flat % 10 / 2 + 1,
            flat % 2 + 1,
        )
    }
}

/// A scattered order of `0..of`: without repeats, because `of` shares no factor with the multiplier.
fn permuted(index: u64, of: u64) -> u64 {
    const MULTIPLIER: u64 = 61_803_397;
    (index % of * MULTIPLIER + 31_415_926) % of
}

/// The check character of the first seventeen digits, by GB 11643: weights are powers of two modulo 11.
fn check_digit(body: &str) -> char {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHARACTERS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    CHARACTERS[(sum % 11) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_agree_with_the_standards_example() {
        assert_eq!(check_digit("11010519491231002"), 'X');
        assert_ne!(check_digit("13040219820729062"), '2');
    }
}
