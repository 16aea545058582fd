//! The words of tables: column names and cell words, each with the Chinese names that planners' own tables use.

use super::manifest::ActionName;
use crate::domain::consultation::Hearing;
use crate::domain::district::{Ownership, Setting, SiteKind, SiteStatus, Stage};
use crate::domain::resource::ProjectStatus;

/// A column that a table may have.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Name in files.
    pub name: &'static str,
    /// Other names that are read as this one.
    pub synonyms: &'static [&'static str],
    /// Whether the table must have it.
    pub required: bool,
}

const fn need(name: &'static str, synonyms: &'static [&'static str]) -> Column {
    Column { name, synonyms, required: true }
}

const fn may(name: &'static str, synonyms: &'static [&'static str]) -> Column {
    Column { name, synonyms, required: false }
}

/// `units.csv`. Pupils stand in columns of stages and grades beside these.
pub const UNITS: &[Column] = &[
    need("id", &["编号", "代码", "居住单元编号", "居住单元", "小区", "村"]),
    may("name", &["名称", "居住单元名称", "小区名称", "村名"]),
    may("area", &["乡镇", "镇街", "街道", "所属乡镇"]),
    may("setting", &["城乡", "城乡类型", "城乡分类"]),
    need("lon", &["经度", "longitude", "x"]),
    need("lat", &["纬度", "latitude", "y"]),
    may("divisible", &["可分", "多校划片"]),
    may("residents", &["常住人口", "人口"]),
];

/// `pupils.csv`.
pub const PUPILS: &[Column] = &[
    need("unit", &["居住单元", "小区", "村", "单元编号"]),
    may("stage", &["学段"]),
    may("grade", &["年级"]),
    may("year", &["年份", "学年", "年度"]),
    need("pupils", &["学生数", "在校生", "人数", "学龄人口"]),
];

/// `entrants.csv`.
pub const ENTRANTS: &[Column] = &[
    need("unit", &["居住单元", "小区", "村", "单元编号"]),
    need("year", &["年份", "学年", "年度"]),
    may("stage", &["学段"]),
    need("entrants", &["新生", "新生数", "入学人数", "出生人口"]),
    may("forecast", &["预测", "预测方案"]),
];

/// `housing.csv`.
pub const HOUSING: &[Column] = &[
    need("unit", &["居住单元", "小区", "村", "单元编号"]),
    need("year", &["年份", "入住年份", "交付年份"]),
    need("dwellings", &["套数", "住宅套数", "户数"]),
    may("name", &["名称", "项目", "楼盘"]),
    may("forecast", &["预测", "预测方案"]),
];

/// `sites.csv`.
pub const SITES: &[Column] = &[
    need("id", &["编号", "代码", "校区编号", "学校标识码", "校区"]),
    may("name", &["名称", "校区名称", "学校名称"]),
    may("school", &["学校", "法人", "学校编号"]),
    may("school_name", &["法人名称"]),
    may("ownership", &["办学性质", "举办者"]),
    need("kind", &["学校类型", "办学类型", "类型"]),
    may("status", &["状态"]),
    need("lon", &["经度", "longitude", "x"]),
    need("lat", &["纬度", "latitude", "y"]),
    may("area", &["乡镇", "镇街", "街道", "所属乡镇"]),
    may("setting", &["城乡", "城乡类型", "城乡分类"]),
    may("built_year", &["建成年份", "建校年份", "规划建成年份"]),
    may("rooms", &["普通教室", "教室", "教室数", "普通教室数"]),
    may("beds", &["床位", "床位数", "寄宿床位"]),
    may("land_m2", &["占地面积", "用地面积"]),
    may("boarding", &["寄宿", "寄宿制"]),
    may("protected", &["保护", "保留校点", "不得撤并"]),
    may("migrants", &["随迁子女", "随迁子女数"]),
    may("flags", &["标记", "标签"]),
    may("home", &["所在单元", "所在居住单元", "所在村"]),
];

/// `sections.csv`.
pub const SECTIONS: &[Column] = &[
    may("id", &["编号", "学段部编号"]),
    may("name", &["名称", "学段部名称"]),
    need("site", &["校区", "校区编号", "学校标识码"]),
    may("stage", &["学段"]),
    may("grade", &["年级"]),
    need("pupils", &["学生数", "在校生", "人数"]),
    may("classes", &["班数", "班级数", "教学班数"]),
    may("roster", &["班额", "各班人数"]),
    may("zoned", &["划片人数", "就近划片", "就近划片入学人数"]),
];

/// `staff.csv`.
pub const STAFF: &[Column] = &[
    need("site", &["校区", "校区编号", "学校标识码"]),
    may("stage", &["学段"]),
    may("posts", &["编制", "编制数", "核定编制"]),
    may("staff", &["教职工", "教职工数"]),
    may("teachers", &["专任教师", "专任教师数"]),
    may("above_degree", &["高于规定学历教师", "高于规定学历教师数"]),
    may("backbone", &["骨干教师", "县级以上骨干教师", "骨干教师数"]),
    may("arts_pe", &["体育艺术教师", "体育、艺术专任教师", "体艺教师", "体育艺术专任教师数"]),
];

/// `resources.csv`.
pub const RESOURCES: &[Column] = &[
    need("site", &["校区", "校区编号", "学校标识码"]),
    may("stage", &["学段"]),
    may("teaching_m2", &["教学及辅助用房面积", "教学及辅助用房"]),
    may("indoor_sports_m2", &["室内体育用房面积", "室内体育用房"]),
    may("sports_m2", &["体育运动场地面积", "运动场地面积", "运动场面积"]),
    may("equipment_yuan", &["教学仪器设备值", "教学仪器设备资产值"]),
    may("media_rooms", &["网络多媒体教室", "网络多媒体教室数"]),
    may("music_rooms", &["音乐教室", "音乐专用教室", "音乐教室数"]),
    may("music_m2", &["音乐教室面积", "音乐专用教室面积"]),
    may("art_rooms", &["美术教室", "美术专用教室", "美术教室数"]),
    may("art_m2", &["美术教室面积", "美术专用教室面积"]),
    may("ordinary_room_m2", &["普通教室面积"]),
    may("dormitory_m2", &["宿舍面积", "宿舍使用面积"]),
    may("funds_yuan", &["公用经费"]),
];

/// `projects.csv`.
pub const PROJECTS: &[Column] = &[
    need("id", &["编号", "项目编号"]),
    may("name", &["名称", "项目名称", "项目"]),
    may("plan", &["规划", "所属规划"]),
    need("site", &["校区", "校区编号", "学校标识码"]),
    may("floor_m2", &["建筑面积", "校舍面积", "新建校舍面积"]),
    may("places", &["学位", "新增学位", "学位数"]),
    may("music_rooms", &["音乐教室", "新增音乐教室"]),
    may("art_rooms", &["美术教室", "新增美术教室"]),
    may("cost_yuan", &["投资", "总投资"]),
    need("year", &["年份", "投用年份", "建成年份"]),
    may("status", &["状态", "建设状态"]),
];

/// `consultations.csv`.
pub const CONSULTATIONS: &[Column] = &[
    need("site", &["校区", "校区编号", "学校标识码"]),
    need("date", &["日期", "征求意见日期"]),
    may("parents_for", &["赞成家长", "同意家长数"]),
    may("parents_against", &["反对家长", "反对家长数"]),
    may("hearing", &["听证", "听证结果"]),
    may("note", &["备注", "说明"]),
];

/// `travel.csv`.
pub const TRAVEL: &[Column] = &[
    need("unit", &["居住单元", "小区", "村"]),
    need("site", &["校区", "学校"]),
    may("metres", &["米", "距离(米)", "meters"]),
    may("km", &["公里", "千米", "距离(公里)"]),
    may("minutes", &["分钟", "时间(分钟)"]),
];

/// `adjacency.csv`.
pub const ADJACENCY: &[Column] = &[need("unit", &["居住单元", "单元"]), need("neighbour", &["相邻单元", "neighbor"])];

/// `baseline.csv`.
pub const BASELINE: &[Column] =
    &[need("unit", &["居住单元", "小区", "村"]), may("stage", &["学段"]), need("site", &["校区", "学校", "招生学校"])];

/// `assignment.csv` of a plan. What a plan derives is in [`ASSIGNMENT_DERIVED`]; pupils by grade stand in columns
/// `pupils_<grade>`.
pub const ASSIGNMENT: &[Column] = &[
    need("unit", &["居住单元", "小区", "村"]),
    may("stage", &["学段"]),
    may("band", &["年级段"]),
    may("year", &["年份", "学年"]),
    need("site", &["校区", "学校"]),
    may("pupils", &["学生数", "人数"]),
    may("boarding", &["寄宿"]),
];

/// Columns of `assignment.csv` that are written for readers and follow from the others.
pub const ASSIGNMENT_DERIVED: &[&str] = &[
    "unit_name",
    "site_name",
    "km",
    "minutes",
    "mode",
    "baseline_site",
    "baseline_site_name",
    "baseline_km",
    "changes",
];

/// `actions.csv` of a plan.
pub const ACTIONS: &[Column] = &[
    need("site", &["校区", "学校"]),
    may("year", &["年份", "学年"]),
    need("action", &["措施"]),
    may("into", &["并入", "并入学校"]),
    may("classes", &["classes_added", "班数", "增加班数"]),
    may("kind", &["学校类型", "类型"]),
    may("beds", &["床位", "床位数"]),
    may("music_rooms", &["增加音乐教室", "音乐教室"]),
    may("art_rooms", &["增加美术教室", "美术教室"]),
];

/// Columns of `actions.csv` that are written for readers.
pub const ACTIONS_DERIVED: &[&str] = &["site_name", "action_text", "into_name", "kind_text", "cost", "reason"];

/// A word of a cell with its other spellings.
pub type Word<T> = (T, &'static [&'static str]);

/// Stages as written in tables.
pub const STAGES: &[Word<Stage>] = &[
    (Stage::Kindergarten, &["kindergarten", "幼儿园", "学前"]),
    (Stage::Primary, &["primary", "小学"]),
    (Stage::Junior, &["junior", "初中"]),
    (Stage::Senior, &["senior", "高中"]),
    (Stage::Special, &["special", "特教", "特殊教育"]),
];

/// Kinds of site as written in tables.
pub const KINDS: &[Word<SiteKind>] = &[
    (SiteKind::Primary, &["primary", "小学", "单办小学", "村小"]),
    (SiteKind::TeachingPoint, &["teaching_point", "教学点"]),
    (SiteKind::Junior, &["junior", "初中", "单办初中", "单设初中"]),
    (SiteKind::NineYear, &["nine_year", "九年一贯制", "九年一贯制学校"]),
    (SiteKind::TwelveYear, &["twelve_year", "十二年一贯制", "十二年一贯制学校"]),
    (SiteKind::CompleteMiddle, &["complete_middle", "完全中学", "高完中"]),
    (SiteKind::Kindergarten, &["kindergarten", "幼儿园"]),
    (SiteKind::Special, &["special", "特殊教育学校", "特教学校"]),
];

/// Settings as written in tables.
pub const SETTINGS: &[Word<Setting>] = &[
    (Setting::Urban, &["urban", "城区", "城市"]),
    (Setting::Town, &["town", "镇区", "镇"]),
    (Setting::Rural, &["rural", "乡村", "农村"]),
];

/// Ownership as written in tables.
pub const OWNERSHIPS: &[Word<Ownership>] = &[
    (Ownership::Public, &["public", "公办"]),
    (Ownership::Private, &["private", "民办"]),
    (Ownership::Purchased, &["purchased", "政府购买学位", "购买学位"]),
];

/// Status as written in tables.
pub const STATUSES: &[Word<SiteStatus>] = &[
    (SiteStatus::Operating, &["operating", "在用", "现有"]),
    (SiteStatus::Candidate, &["candidate", "候选", "候选地块", "备选"]),
];

/// Status of projects as written in tables.
pub const PROJECT_STATUSES: &[Word<ProjectStatus>] = &[
    (ProjectStatus::Done, &["done", "已投用", "建成", "已建成"]),
    (ProjectStatus::Building, &["building", "在建"]),
    (ProjectStatus::Planned, &["planned", "拟建", "规划"]),
];

/// Outcomes of a hearing as written in tables.
pub const HEARINGS: &[Word<Hearing>] =
    &[(Hearing::For, &["for", "同意", "通过"]), (Hearing::Against, &["against", "反对", "不同意"])];

/// Actions as written in the tables of a plan; `None` changes nothing at the site.
pub const ACTION_WORDS: &[Word<Option<ActionName>>] = &[
    (None, &["keep", "保留"]),
    (Some(ActionName::Close), &["close", "撤销"]),
    (Some(ActionName::Merge), &["merge", "合并"]),
    (Some(ActionName::Expand), &["expand", "改扩建"]),
    (Some(ActionName::Build), &["build", "新建"]),
    (Some(ActionName::Relocate), &["relocate", "迁建"]),
    (Some(ActionName::Convert), &["convert", "改制", "转制"]),
    (Some(ActionName::PhaseOut), &["phase_out", "毕业分流"]),
    (Some(ActionName::Equip), &["equip", "标准化建设"]),
];

/// Yes and no as written in tables.
pub const FLAGS: &[Word<bool>] = &[(true, &["true", "yes", "1", "是"]), (false, &["false", "no", "0", "否"])];

/// The value of a word, in any of its spellings.
pub fn look_up<T: Copy>(words: &[Word<T>], cell: &str) -> Option<T> {
    let lower = cell.to_lowercase();
    words.iter().find(|(_, names)| names.contains(&lower.as_str())).map(|&(value, _)| value)
}

/// The first spelling of a value.
pub fn name<T: Copy + PartialEq>(words: &[Word<T>], value: T) -> &'static str {
    words.iter().find(|(other, _)| *other == value).map_or("", |(_, names)| names[0])
}

/// The number of a grade: `7`, `七`, `七年级`, `grade_7`; kindergarten counts -2 to 0.
pub fn grade_number(cell: &str) -> Option<i8> {
    const DIGITS: [&str; 12] = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"];
    let cell = cell.strip_suffix("年级").unwrap_or(cell);
    let cell = cell.strip_prefix("grade_").unwrap_or(cell);
    if let Some(position) = DIGITS.iter().position(|&digit| digit == cell) {
        return Some(position as i8 + 1);
    }
    cell.parse::<i8>().ok().filter(|number| (-2..=12).contains(number))
}

/// The form in which column names are compared: lower case, no blanks, half-width brackets.
pub fn plain(name: &str) -> String {
    name.trim()
        .to_lowercase()
        .chars()
        .map(|c| match c {
            '(' => '(',
            ')' => ')',
            ' ' | '-' | '\u{3000}' => '_',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_name_of_a_table_means_two_columns() {
        for columns in [
            UNITS,
            PUPILS,
            SITES,
            SECTIONS,
            STAFF,
            RESOURCES,
            PROJECTS,
            CONSULTATIONS,
            TRAVEL,
            ADJACENCY,
            BASELINE,
            ASSIGNMENT,
            ACTIONS,
        ] {
            let mut seen = BTreeSet::new();
            for column in columns {
                assert!(seen.insert(column.name), "{}", column.name);
                for synonym in column.synonyms {
                    assert!(seen.insert(synonym), "{synonym}");
                    assert_eq!(*synonym, plain(synonym));
                }
            }
        }
    }

    #[test]
    fn grades_are_read_in_digits_and_in_chinese() {
        assert_eq!(
            ["7", "七", "七年级", "grade_7", "-2", "十二"].map(grade_number),
            [Some(7), Some(7), Some(7), Some(7), Some(-2), Some(12)]
        );
        assert_eq!(["13", "x", "", "七班"].map(grade_number), [None; 4]);
    }

    #[test]
    fn every_value_has_its_own_words() {
        assert!(Stage::ALL.iter().all(|stage| look_up(STAGES, stage.name()) == Some(*stage)));
        assert!(SiteKind::ALL.iter().all(|kind| look_up(KINDS, kind.name()) == Some(*kind)));
    }
}
