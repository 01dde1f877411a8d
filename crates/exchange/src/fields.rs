//! What each kind of import needs, under which names offices keep it, and which column is which.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::dates;
use crate::error::ExchangeError;
use crate::table::Row;
use crate::text;
use crate::values;

/// A kind of import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Cases, one a row.
    LineList,
    /// Links between two people.
    Contacts,
    /// Who was in which unit when.
    Visits,
    /// Results of specimens.
    LabResults,
    /// Who belongs to a unit.
    Roster,
    /// Where cases went, as published or interviewed.
    Trajectories,
    /// Pairs of people who were close at a time.
    Encounters,
}

impl Kind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::LineList,
        Self::Contacts,
        Self::Visits,
        Self::LabResults,
        Self::Roster,
        Self::Trajectories,
        Self::Encounters,
    ];

    /// The name that the command line and the API use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LineList => "line-list",
            Self::Contacts => "contacts",
            Self::Visits => "visits",
            Self::LabResults => "lab-results",
            Self::Roster => "roster",
            Self::Trajectories => "trajectories",
            Self::Encounters => "encounters",
        }
    }

    /// The kind's fields, in the order in which they claim columns.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::LineList => LINE_LIST,
            Self::Contacts => CONTACTS,
            Self::Visits => VISITS,
            Self::LabResults => LAB_RESULTS,
            Self::Roster => ROSTER,
            Self::Trajectories => TRAJECTORIES,
            Self::Encounters => ENCOUNTERS,
        }
    }

    /// The field of that name.
    pub fn field(self, name: &str) -> Option<&'static Field> {
        self.fields().iter().find(|field| field.name == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = ExchangeError;

    fn from_str(text: &str) -> Result<Self, ExchangeError> {
        let plain = normal(text);
        let short = match plain.as_str() {
            "lab" | "labs" => "labresults",
            "cases" | "linelists" => "linelist",
            "tracks" => "trajectories",
            other => other,
        };
        let known = Self::ALL.iter().copied().find(|kind| normal(kind.name()) == short);
        known.ok_or_else(|| ExchangeError::NoKind {
            found: text.to_owned(),
            kinds: join(Self::ALL.iter().map(|kind| kind.name())),
        })
    }
}

/// What a field's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// Any text.
    Text,
    /// A day, or a range of days.
    Day,
    /// A day with or without the time of day, or an offset in some unit of time.
    Moment,
    /// A sex.
    Sex,
    /// An age.
    Age,
    /// A division code.
    Division,
    /// A laboratory's finding.
    Result,
    /// How an illness ended.
    Outcome,
    /// A number.
    Number,
}

/// One field of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Its name in mappings.
    pub name: &'static str,
    /// What its values are.
    pub form: Form,
    /// Whether a file without it is refused.
    pub required: bool,
    /// Under which names offices keep it, likeliest first.
    pub synonyms: &'static [&'static str],
}

const fn needed(name: &'static str, form: Form, synonyms: &'static [&'static str]) -> Field {
    Field { name, form, required: true, synonyms }
}

const fn optional(name: &'static str, form: Form, synonyms: &'static [&'static str]) -> Field {
    Field { name, form, required: false, synonyms }
}

const NAME: Field =
    optional("name", Form::Text, &["name", "full_name", "patient_name", "姓名", "病例姓名", "患者姓名", "受检者姓名"]);
const ID_NUMBER: Field = optional(
    "id_number",
    Form::Text,
    &[
        "id_number",
        "national_id",
        "identity_number",
        "id_card",
        "身份证号",
        "身份证号码",
        "证件号",
        "证件号码",
        "身份证件号码",
        "有效证件号",
    ],
);
const PHONE: Field = optional(
    "phone",
    Form::Text,
    &[
        "phone",
        "phone_number",
        "telephone",
        "mobile",
        "tel",
        "手机号",
        "手机号码",
        "联系电话",
        "电话",
        "联系方式",
        "本人电话",
    ],
);
const ADDRESS: Field = optional(
    "address",
    Form::Text,
    &[
        "address",
        "home_address",
        "residence",
        "住址",
        "现住址",
        "家庭住址",
        "居住地址",
        "现住详细地址",
        "详细地址",
        "居住地",
        "地址",
    ],
);
const SEX: Field = optional("sex", Form::Sex, &["sex", "gender", "person.sex", "性别"]);
const AGE: Field = optional(
    "age",
    Form::Age,
    &[
        "age",
        "age_years",
        "approximate_age",
        "person.approximate_age",
        "age_class",
        "age_group",
        "年龄",
        "年龄(岁)",
        "年龄组",
    ],
);
const JURISDICTION: Field = optional(
    "jurisdiction",
    Form::Division,
    &[
        "jurisdiction",
        "division_code",
        "area_code",
        "county_code",
        "行政区划代码",
        "区划代码",
        "地区编码",
        "现住地址国标",
        "地区代码",
        "辖区",
        "所属地区",
        "responsible_district",
    ],
);

const LINE_LIST: &[Field] = &[
    needed(
        "external_id",
        Form::Text,
        &[
            "external_id",
            "uuid",
            "caze.uuid",
            "case_uid",
            "case_id",
            "caseid",
            "id",
            "visual_id",
            "patient_id",
            "epid_number",
            "record_id",
            "index",
            "病例编号",
            "个案编号",
            "病例号",
            "卡片编号",
            "卡片ID",
            "编号",
            "序号",
        ],
    ),
    NAME,
    ID_NUMBER,
    PHONE,
    ADDRESS,
    SEX,
    AGE,
    JURISDICTION,
    optional(
        "onset",
        Form::Day,
        &[
            "date_onset",
            "dt_onset",
            "date_of_onset",
            "onset",
            "onset_date",
            "symptom_onset",
            "date_onset_symptoms",
            "symptom_onset_date",
            "symptoms.onset_date",
            "date_of_symptom_onset",
            "symptoms_onset_date",
            "date_of_rash",
            "发病日期",
            "发病时间",
            "症状出现日期",
            "起病日期",
        ],
    ),
    optional(
        "reported",
        Form::Moment,
        &[
            "date_reporting",
            "dt_report",
            "date_of_reporting",
            "date_of_report",
            "date_report",
            "report_date",
            "reported",
            "reporting",
            "报告日期",
            "报告时间",
            "报告卡录入时间",
            "网报时间",
        ],
    ),
    optional(
        "sampled",
        Form::Moment,
        &["date_of_sample", "date_sample", "sample_date", "sampled", "采样日期", "采样时间", "标本采集日期"],
    ),
    optional(
        "diagnosed",
        Form::Moment,
        &[
            "date_diagnosis",
            "dt_diag",
            "date_of_diagnosis",
            "date_confirmation",
            "confirmed_date",
            "confirm_date",
            "date_confirmed",
            "confirm_date_raw",
            "diagnosed",
            "诊断日期",
            "诊断时间",
            "确诊日期",
            "确诊时间",
        ],
    ),
    optional(
        "hospitalised",
        Form::Moment,
        &[
            "date_admission",
            "date_of_hospitalisation",
            "date_of_hospitalization",
            "date_admission_hospital",
            "dt_hosp",
            "hospitalization_startdate",
            "hospitalised",
            "admission_date",
            "入院日期",
            "住院日期",
            "入院时间",
        ],
    ),
    optional(
        "died",
        Form::Day,
        &["date_death", "dt_death", "date_of_death", "deceased_date", "died", "死亡日期", "死亡时间"],
    ),
    optional(
        "ended",
        Form::Day,
        &[
            "date_outcome",
            "date_of_outcome",
            "date_discharge",
            "date_death_or_discharge",
            "released_date",
            "ended",
            "转归日期",
            "出院日期",
            "治愈日期",
        ],
    ),
    optional("outcome", Form::Outcome, &["outcome", "outcome_id", "state", "转归", "病情转归", "结局", "临床转归"]),
    optional(
        "place_exposed",
        Form::Text,
        &[
            "place_infect",
            "place_exposed",
            "place_of_exposure",
            "exposure_place",
            "暴露地点",
            "感染地点",
            "感染地",
            "暴露场所",
        ],
    ),
    optional(
        "exposed_from",
        Form::Day,
        &[
            "dt_start_exp",
            "exposed_from",
            "exposure_start",
            "date_of_infection",
            "date_infection",
            "首次暴露日期",
            "暴露开始日期",
            "暴露日期",
        ],
    ),
    optional(
        "exposed_until",
        Form::Day,
        &["dt_end_exp", "exposed_until", "exposure_end", "末次暴露日期", "暴露结束日期"],
    ),
    optional(
        "facility",
        Form::Text,
        &[
            "facility",
            "hospital",
            "loc_hosp",
            "health_facility",
            "hospitalization_centername",
            "报告单位",
            "就诊医院",
            "医疗机构",
            "收治医院",
            "医院",
        ],
    ),
];

const CONTACTS: &[Field] = &[
    needed(
        "from",
        Form::Text,
        &[
            "from",
            "infector",
            "source_uuid",
            "source_visualid",
            "source_id",
            "source_case_id",
            "caze.uuid",
            "case_id",
            "infected_by",
            "index_case",
            "病例编号",
            "关联病例",
            "关联病例编号",
            "指示病例",
            "感染来源",
            "病例姓名",
        ],
    ),
    needed(
        "to",
        Form::Text,
        &[
            "to",
            "infectee",
            "target_uuid",
            "target_visualid",
            "contact_id",
            "target_id",
            "case_id",
            "person_uuid",
            "person.uuid",
            "密接编号",
            "密切接触者编号",
            "接触者编号",
            "密接者编号",
            "密切接触者",
            "接触者",
            "密接姓名",
            "接触者姓名",
            "patient_id",
        ],
    ),
    optional(
        "exposure",
        Form::Text,
        &[
            "exposure",
            "exposure_type",
            "context_of_exposure",
            "contact_type",
            "type_of_contact",
            "contact_proximity",
            "source",
            "setting",
            "接触方式",
            "接触类型",
            "接触场所",
            "与病例关系",
        ],
    ),
    optional(
        "start",
        Form::Moment,
        &["start", "date_first_contact", "first_contact_date", "首次接触时间", "首次接触日期", "接触开始时间"],
    ),
    optional(
        "end",
        Form::Moment,
        &[
            "end",
            "date_of_last_contact",
            "last_contact_date",
            "contact_date",
            "date_last_contact",
            "末次接触时间",
            "末次接触日期",
            "最后接触日期",
            "最后接触时间",
            "接触日期",
            "接触时间",
        ],
    ),
    optional(
        "statement",
        Form::Text,
        &["statement", "comment", "description", "relation_detail", "接触描述", "备注", "情况说明"],
    ),
];

const VISITS: &[Field] = &[
    needed(
        "person",
        Form::Text,
        &[
            "person",
            "person_id",
            "user_id",
            "userid",
            "user",
            "pid",
            "case_uid",
            "patient_id",
            "身份证号",
            "证件号码",
            "手机号",
            "人员编号",
            "用户编号",
            "姓名",
        ],
    ),
    needed(
        "unit",
        Form::Text,
        &[
            "unit",
            "unit_id",
            "venue_id",
            "venueid",
            "venue",
            "place_id",
            "location_id",
            "room",
            "room_id",
            "场所码",
            "场所编号",
            "场所编码",
            "场所码编号",
            "车厢",
            "单元",
            "场所",
            "场所名称",
        ],
    ),
    needed(
        "start",
        Form::Moment,
        &[
            "start",
            "start_time",
            "minute_offset",
            "second_offset",
            "timestamp",
            "time",
            "entered",
            "entry_time",
            "check_in",
            "checkin_time",
            "scan_time",
            "arrival",
            "datetime",
            "date",
            "扫码时间",
            "进入时间",
            "登记时间",
            "到达时间",
            "上车时间",
            "入场时间",
            "时间",
        ],
    ),
    optional(
        "end",
        Form::Moment,
        &[
            "end",
            "end_time",
            "left",
            "exit_time",
            "check_out",
            "checkout_time",
            "departure",
            "离开时间",
            "离场时间",
            "下车时间",
        ],
    ),
    optional("place", Form::Text, &["place", "place_name", "venue_name", "location", "场所名称", "地点", "场所"]),
    optional("seat_row", Form::Number, &["seat_row", "row", "座位排", "排号", "排"]),
];

const LAB_RESULTS: &[Field] = &[
    optional(
        "person",
        Form::Text,
        &["person", "person_id", "patient_id", "case_id", "external_id", "病例编号", "个案编号", "人员编号"],
    ),
    NAME,
    ID_NUMBER,
    PHONE,
    optional(
        "specimen",
        Form::Text,
        &[
            "specimen",
            "specimen_id",
            "sample_id",
            "sample_number",
            "lab_id",
            "barcode",
            "标本编号",
            "样本编号",
            "条码",
            "条形码",
            "样本条码",
            "试管编号",
        ],
    ),
    needed(
        "collected",
        Form::Moment,
        &[
            "collected",
            "collection_date",
            "date_of_sample",
            "sample_date",
            "date_sample",
            "sampled",
            "sampled_at",
            "sampling_time",
            "采样时间",
            "采样日期",
            "标本采集时间",
        ],
    ),
    optional(
        "resulted",
        Form::Moment,
        &[
            "resulted",
            "result_date",
            "date_of_result",
            "report_time",
            "result_time",
            "检测时间",
            "检测日期",
            "报告时间",
            "出结果时间",
            "报告日期",
        ],
    ),
    needed(
        "result",
        Form::Result,
        &[
            "result",
            "test_result",
            "lab_result",
            "outcome",
            "pcr_result",
            "检测结果",
            "核酸结果",
            "核酸检测结果",
            "结果",
            "检验结果",
        ],
    ),
    optional(
        "disease",
        Form::Text,
        &["disease", "pathogen", "test", "test_name", "病原体", "检测项目", "病种", "疾病名称"],
    ),
    optional(
        "laboratory",
        Form::Text,
        &["laboratory", "lab", "lab_name", "testing_lab", "检测机构", "检测单位", "实验室", "检验机构"],
    ),
];

const ROSTER: &[Field] = &[
    optional(
        "external_id",
        Form::Text,
        &[
            "external_id",
            "id",
            "person_id",
            "staff_id",
            "student_id",
            "employee_id",
            "工号",
            "学号",
            "人员编号",
            "编号",
            "序号",
        ],
    ),
    NAME,
    ID_NUMBER,
    PHONE,
    ADDRESS,
    SEX,
    AGE,
    JURISDICTION,
    needed(
        "unit",
        Form::Text,
        &[
            "unit",
            "unit_name",
            "organisation",
            "organization",
            "employer",
            "school",
            "company",
            "class",
            "department",
            "单位",
            "单位名称",
            "工作单位",
            "所在单位",
            "学校",
            "学校名称",
            "班级",
            "部门",
        ],
    ),
    optional(
        "post",
        Form::Text,
        &["post", "role", "job", "occupation", "position", "岗位", "职业", "工种", "职务", "人群分类"],
    ),
    optional(
        "since",
        Form::Day,
        &["since", "start", "start_date", "from", "上岗日期", "入职日期", "入学日期", "开始日期"],
    ),
    optional("until", Form::Day, &["until", "end", "end_date", "to", "离岗日期", "离职日期", "结束日期"]),
];

const TRAJECTORIES: &[Field] = &[
    needed(
        "person",
        Form::Text,
        &["person", "case_uid", "case_id", "patient_id", "person_id", "病例编号", "病例", "姓名"],
    ),
    needed("time", Form::Moment, &["time", "time_raw", "date", "datetime", "start", "时间", "日期", "活动时间"]),
    optional("until", Form::Moment, &["until", "end", "end_time", "离开时间", "结束时间"]),
    optional("place", Form::Text, &["place", "location", "address", "type", "地点", "场所", "活动地点", "途经地点"]),
    optional("province", Form::Text, &["province", "省份", "省"]),
    optional("longitude", Form::Number, &["lon", "lng", "long", "longitude", "经度"]),
    optional("latitude", Form::Number, &["lat", "latitude", "纬度"]),
    optional("transport", Form::Text, &["transport", "vehicle", "交通方式", "交通工具", "车次", "航班号"]),
    optional("event", Form::Text, &["event", "activity", "事件", "活动"]),
    optional("description", Form::Text, &["description", "remark", "活动描述", "描述", "轨迹描述", "备注"]),
];

const ENCOUNTERS: &[Field] = &[
    needed("a", Form::Text, &["a", "user_a", "person_a", "id_a", "i", "from", "person1", "user1", "id1", "人员甲"]),
    needed("b", Form::Text, &["b", "user_b", "person_b", "id_b", "j", "to", "person2", "user2", "id2", "人员乙"]),
    needed(
        "start",
        Form::Moment,
        &["start", "start_time", "timestep", "time_step", "timestamp", "time", "t", "开始时间", "时间"],
    ),
    optional("end", Form::Moment, &["end", "end_time", "结束时间"]),
    optional("distance", Form::Number, &["distance", "distance_m", "distance_metres", "dist", "距离", "距离(米)"]),
];

/// A name as it compares: half-width, lower case, letters and digits only.
fn normal(name: &str) -> String {
    text::half_width(name).chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The names under which a column may go: its own, and for a header over two rows its parts, last first.
fn aliases(column: &str) -> Vec<String> {
    let parts: Vec<&str> = column.split(" / ").collect();
    let mut aliases = vec![normal(column)];
    if parts.len() > 1 {
        aliases.push(normal(&parts.concat()));
        aliases.extend(parts.iter().rev().map(|part| normal(part)));
    }
    aliases
}

/// Whether any kind knows a column by this name; a header is recognised by such names.
pub fn is_known_name(name: &str) -> bool {
    static KNOWN: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        let fields = Kind::ALL.iter().flat_map(|kind| kind.fields());
        let names = fields.flat_map(|field| std::iter::once(field.name).chain(field.synonyms.iter().copied()));
        // Single letters stand in data as often as in headers.
        names.map(normal).filter(|name| name.chars().count() > 1).collect()
    });
    KNOWN.contains(&normal(name))
}

/// Which column gives which field. Saved as TOML or JSON once a person has confirmed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Of what kind of import.
    pub kind: Kind,
    /// The order of day and month in dates such as 02-01-2020; absent to have each column show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<dates::Order>,
    /// How many seconds one step of a whole-number time is; absent when times are written as dates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_seconds: Option<u32>,
    /// The column of each field, by the field's name.
    pub columns: BTreeMap<String, String>,
}

impl Mapping {
    /// A mapping that maps nothing yet.
    pub fn empty(kind: Kind) -> Self {
        Self { kind, order: None, unit_seconds: None, columns: BTreeMap::new() }
    }

    /// The mapping that a person confirmed on a screen; the unit of times is read off the column's name.
    pub fn confirmed(kind: Kind, columns: BTreeMap<String, String>) -> Self {
        let mapping = Self { columns, ..Self::empty(kind) };
        Self { unit_seconds: mapping.unit_by_name(), ..mapping }
    }

    /// Takes over what `--map` says: `person=user_id,unit=venue_id`. A name with a comma goes in quotes; a
    /// field with nothing behind its `=` is mapped to nothing.
    pub fn with(mut self, map: &str) -> Result<Self, ExchangeError> {
        for pair in split_outside_quotes(map) {
            let pair = pair.trim();
            if pair.is_empty() {
                continue;
            }
            let (field, column) =
                pair.split_once('=').ok_or_else(|| ExchangeError::MapSyntax { found: pair.to_owned() })?;
            let (field, column) = (field.trim(), column.trim().trim_matches('"'));
            if self.kind.field(field).is_none() {
                return Err(self.no_field(field));
            }
            if column.is_empty() {
                self.columns.remove(field);
            } else {
                self.columns.insert(field.to_owned(), column.to_owned());
            }
            self.unit_seconds = self.unit_seconds.or_else(|| self.unit_by_name());
        }
        Ok(self)
    }

    /// Takes over how long one step of a whole-number time is: `minutes`, `seconds`, `hours`, `days`, `5m`, `20s`.
    pub fn with_time_unit(mut self, unit: &str) -> Result<Self, ExchangeError> {
        let wrong = || ExchangeError::TimeUnit(unit.to_owned());
        let text = unit.trim();
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let count: u32 = if digits == 0 { 1 } else { text[..digits].parse().map_err(|_| wrong())? };
        let seconds: u32 = match text[digits..].trim() {
            "s" | "second" | "seconds" => 1,
            "m" | "min" | "minute" | "minutes" => 60,
            "h" | "hour" | "hours" => 3_600,
            "d" | "day" | "days" => 86_400,
            _ => return Err(wrong()),
        };
        let step = count.checked_mul(seconds).filter(|&step| step > 0).ok_or_else(wrong)?;
        self.unit_seconds = Some(step);
        Ok(self)
    }

    /// The unit that the name of a column of times says.
    fn unit_by_name(&self) -> Option<u32> {
        let moments = self.kind.fields().iter().filter(|field| field.form == Form::Moment);
        moments.filter_map(|field| self.columns.get(field.name)).find_map(|column| {
            let name = normal(column);
            match () {
                () if name.contains("minute") || name.contains("分钟") => Some(60),
                () if name.contains("second") || name.contains("unix") || name.contains("epoch") => Some(1),
                () => None,
            }
        })
    }

    /// As TOML, for a person to read and keep.
    pub fn to_toml(&self) -> Result<String, ExchangeError> {
        toml::to_string(self).map_err(|error| ExchangeError::SavedMapping(error.to_string()))
    }

    /// From TOML, checked against the kind's fields.
    pub fn from_toml(text: &str) -> Result<Self, ExchangeError> {
        let mapping: Self = toml::from_str(text).map_err(|error| ExchangeError::SavedMapping(error.to_string()))?;
        match mapping.columns.keys().find(|field| mapping.kind.field(field).is_none()) {
            Some(field) => Err(mapping.no_field(field)),
            None => Ok(mapping),
        }
    }

    fn no_field(&self, field: &str) -> ExchangeError {
        let fields = join(self.kind.fields().iter().map(|field| field.name));
        ExchangeError::NoField { field: field.to_owned(), kind: self.kind.name(), fields }
    }

    /// Where in a row each field stands; an error when a column is not there or a required field has none.
    pub fn positions(&self, file: &str, columns: &[String]) -> Result<BTreeMap<&'static str, usize>, ExchangeError> {
        let all = || columns.join(", ");
        let mut positions = BTreeMap::new();
        for (name, column) in &self.columns {
            let field = self.kind.field(name).ok_or_else(|| self.no_field(name))?;
            let position = columns.iter().position(|known| known == column);
            let position = position.ok_or_else(|| ExchangeError::NoColumn {
                file: file.to_owned(),
                field: name.clone(),
                column: column.clone(),
                columns: all(),
            })?;
            positions.insert(field.name, position);
        }
        let missing: Vec<&'static str> = self
            .kind
            .fields()
            .iter()
            .filter(|field| field.required && !positions.contains_key(field.name))
            .map(|field| field.name)
            .collect();
        match missing.first() {
            None => Ok(positions),
            Some(example) => Err(ExchangeError::MissingFields {
                file: file.to_owned(),
                fields: missing.join(", "),
                example,
                columns: all(),
            }),
        }
    }
}

fn split_outside_quotes(text: &str) -> Vec<&str> {
    let mut quoted = false;
    text.split(move |character| {
        quoted ^= character == '"';
        character == ',' && !quoted
    })
    .collect()
}

fn join<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

/// Proposes a mapping from the columns' names and some rows, for a person to confirm.
///
/// Of several columns that could be meant, the first is taken of which a value reads as the field's form. A
/// column that is named like a field and never reads is still taken, so that its values are reported.
pub fn guess(kind: Kind, columns: &[String], samples: &[Row]) -> Mapping {
    let mut mapping = Mapping::empty(kind);
    let mut taken = vec![false; columns.len()];
    let named: Vec<Vec<String>> = columns.iter().map(|column| aliases(column)).collect();
    let values = |position: usize| {
        samples.iter().filter_map(move |row| row.cells.get(position)).filter(|value| !values::is_missing(value))
    };
    let required_first = kind.fields().iter().filter(|field| field.required);
    for field in required_first.chain(kind.fields().iter().filter(|field| !field.required)) {
        let known = std::iter::once(field.name).chain(field.synonyms.iter().copied());
        let mut candidates: Vec<usize> = Vec::new();
        for name in known.map(normal) {
            let matching = (0..columns.len()).filter(|&position| {
                !taken[position] && !candidates.contains(&position) && named[position].contains(&name)
            });
            candidates.extend(matching.collect::<Vec<_>>());
        }
        let reads = |&&position: &&usize| {
            let mut values = values(position).peekable();
            values.peek().is_none() || values.any(|value| reads_as(field.form, value))
        };
        if let Some(&position) = candidates.iter().find(reads).or(candidates.first()) {
            taken[position] = true;
            mapping.columns.insert(field.name.to_owned(), columns[position].clone());
        }
    }
    mapping.unit_seconds = mapping.unit_by_name();
    mapping
}

fn reads_as(form: Form, value: &str) -> bool {
    match form {
        Form::Text => true,
        Form::Day => dates::looks_like_date(value),
        Form::Moment => value.parse::<i64>().is_ok() || dates::looks_like_date(value),
        Form::Sex => values::sex(value).is_some(),
        Form::Age => values::age(value).is_ok(),
        Form::Division => values::division(value).is_some(),
        Form::Result => values::test_result(value).is_some(),
        Form::Outcome => values::outcome(value).is_some(),
        Form::Number => value.parse::<f64>().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(kind: Kind, header: &str, rows: &[&str]) -> Vec<(String, String)> {
        let columns: Vec<String> = header.split(',').map(str::to_owned).collect();
        let cells = |text: &str| text.split(',').map(str::to_owned).collect();
        let row = |text: &&str| Row { number: 2, cells: cells(text), swallows_rows: false };
        guess(kind, &columns, &rows.iter().map(row).collect::<Vec<_>>()).columns.into_iter().collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut pairs: Vec<_> = expected.iter().map(|(field, column)| ((*field).into(), (*column).into())).collect();
        pairs.sort();
        pairs
    }

    #[test]
    fn the_fields_own_packages_are_recognised() {
        assert_eq!(
            guessed(Kind::LineList, "id,age,sex,dt_onset,dt_report", &["SK_1,68,M,2015-05-11,2015-05-19"]),
            pairs(&[
                ("external_id", "id"),
                ("age", "age"),
                ("sex", "sex"),
                ("onset", "dt_onset"),
                ("reported", "dt_report")
            ])
        );
        assert_eq!(
            guessed(Kind::Contacts, "infector,case_id,source", &["a,b,funeral"]),
            pairs(&[("from", "infector"), ("to", "case_id"), ("exposure", "source")])
        );
        assert_eq!(
            guessed(Kind::Visits, "user_id,venue_id,minute_offset", &["1,3601,5743"]),
            pairs(&[("person", "user_id"), ("unit", "venue_id"), ("start", "minute_offset")])
        );
    }

    #[test]
    fn chinese_columns_are_recognised_in_any_width_and_under_group_headers() {
        assert_eq!(
            guessed(Kind::LineList, "序号,姓名,性别,年龄(岁),身份证号,发病日期", &["1,王某,男,30,,2020/1/2"]),
            pairs(&[
                ("external_id", "序号"),
                ("name", "姓名"),
                ("sex", "性别"),
                ("age", "年龄(岁)"),
                ("id_number", "身份证号"),
                ("onset", "发病日期")
            ])
        );
        assert_eq!(
            guessed(Kind::Visits, "手机号,场所 / 编号,扫码 / 时间,离开时间", &["138,M1,2020-01-01 10:00,"]),
            pairs(&[("person", "手机号"), ("unit", "场所 / 编号"), ("start", "扫码 / 时间"), ("end", "离开时间")])
        );
    }

    #[test]
    fn a_column_whose_values_fit_is_preferred_and_one_that_never_does_is_still_reported() {
        let found = guessed(Kind::LineList, "id,onset,date_of_onset", &["1,sudden,2020-01-02", "2,slow,2020-01-03"]);
        assert_eq!(found, pairs(&[("external_id", "id"), ("onset", "date_of_onset")]));
        let found = guessed(Kind::LineList, "id,date_onset", &["1,x", "2,y"]);
        assert_eq!(found, pairs(&[("external_id", "id"), ("onset", "date_onset")]));
    }

    #[test]
    fn the_map_option_overrides_the_guess() {
        let mapping = Mapping::empty(Kind::Visits)
            .with("person=user_id, unit=venue_id,start=minute_offset,place=\"name, long\"")
            .unwrap();
        assert_eq!(mapping.columns["place"], "name, long");
        assert_eq!(mapping.unit_seconds, Some(60));
        assert!(!mapping.clone().with("place=").unwrap().columns.contains_key("place"));
        let wrong = mapping.clone().with("venue=x").unwrap_err().to_string();
        assert!(wrong.contains("person, unit, start"), "{wrong}");
        assert!(matches!(mapping.with("person"), Err(ExchangeError::MapSyntax { .. })));
    }

    #[test]
    fn time_units_read_and_nonsense_does_not() {
        let unit = |text: &str| Mapping::empty(Kind::Encounters).with_time_unit(text).map(|m| m.unit_seconds.unwrap());
        assert_eq!([unit("minutes").unwrap(), unit("5m").unwrap(), unit("20s").unwrap()], [60, 300, 20]);
        assert!(unit("0s").is_err() && unit("weeks").is_err() && unit("99999999999s").is_err());
    }

    #[test]
    fn a_mapping_is_saved_and_read_back() {
        let mapping = Mapping::empty(Kind::Visits).with("person=user_id,unit=场所").unwrap();
        assert_eq!(Mapping::from_toml(&mapping.to_toml().unwrap()).unwrap(), mapping);
        assert!(Mapping::from_toml("kind = \"visits\"\n[columns]\nnobody = \"x\"\n").is_err());
    }

    #[test]
    fn what_is_missing_is_said_with_what_there_is() {
        let mapping = Mapping::empty(Kind::Visits).with("person=user_id").unwrap();
        let columns = ["user_id".to_owned(), "when".to_owned()];
        let error = mapping.positions("v.csv", &columns).unwrap_err().to_string();
        assert!(error.contains("v.csv") && error.contains("unit, start") && error.contains("user_id, when"), "{error}");
        let gone = mapping.positions("v.csv", &columns[1..]).unwrap_err();
        assert!(matches!(gone, ExchangeError::NoColumn { .. }), "{gone}");
    }

    #[test]
    fn kinds_read_by_their_names() {
        assert_eq!("linelist".parse::<Kind>().unwrap(), Kind::LineList);
        assert_eq!("lab".parse::<Kind>().unwrap(), Kind::LabResults);
        assert!("geo".parse::<Kind>().is_err());
    }
}
