//! What schools have to teach with: posts and teachers, rooms and grounds, equipment and money (办学条件).
//!
//! A figure that is not known is absent, never 0.

use super::district::Stage;
use crate::id::SiteId;
use crate::units::{Pupils, Year, Yuan};
use serde::{Deserialize, Serialize};

/// What a site has for one of its stages, or for all of them together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Held<T> {
    /// The site.
    pub site: SiteId,
    /// The stage; `None` for what the stages share.
    pub stage: Option<Stage>,
    /// What it has.
    pub what: T,
}

/// People and posts at the baseline. Part-time and itinerant teachers may be counted in parts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Staff {
    /// Approved posts (编制).
    pub posts: Option<f64>,
    /// Everyone employed (教职工).
    pub staff: Option<f64>,
    /// Full-time teachers (专任教师).
    pub teachers: Option<f64>,
    /// Of these, with a degree above the one required (高于规定学历教师).
    pub above_degree: Option<f64>,
    /// Of these, backbone teachers of county rank and above (县级以上骨干教师).
    pub backbone: Option<f64>,
    /// Of these, teachers of physical education and the arts (体育、艺术专任教师).
    pub arts_pe: Option<f64>,
}

/// Rooms, grounds, equipment and money at the baseline.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Resources {
    /// Floor area for teaching and its auxiliary rooms, indoor sports included, in square metres (教学及辅助用房面积).
    pub teaching_m2: Option<f64>,
    /// Indoor sports halls, in square metres (室内体育用房面积).
    pub indoor_sports_m2: Option<f64>,
    /// Outdoor sports grounds, in square metres (体育运动场地面积).
    pub sports_m2: Option<f64>,
    /// Book value of teaching equipment in yuan (教学仪器设备值).
    pub equipment_yuan: Option<f64>,
    /// Networked multimedia rooms (网络多媒体教室).
    pub media_rooms: Option<f64>,
    /// Music rooms (音乐专用教室).
    pub music: Option<SpecialRooms>,
    /// Art rooms (美术专用教室).
    pub art: Option<SpecialRooms>,
    /// Area of an ordinary classroom in square metres (普通教室面积).
    pub ordinary_room_m2: Option<f64>,
    /// Usable area of dormitories in square metres (宿舍使用面积).
    pub dormitory_m2: Option<f64>,
    /// Public funds of a year in yuan (公用经费).
    pub funds_yuan: Option<f64>,
}

/// Rooms for one subject.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SpecialRooms {
    /// How many.
    pub rooms: i64,
    /// Their areas in square metres, one for each room; empty where they are not known.
    pub areas_m2: Vec<f64>,
}

/// Music and art rooms of several rows together.
pub fn special_rooms(rows: &[Held<Resources>]) -> (i64, i64) {
    let sum = |rooms: fn(&Resources) -> Option<&SpecialRooms>| {
        rows.iter().filter_map(|held| rooms(&held.what)).map(|rooms| rooms.rooms).sum()
    };
    (sum(|held| held.music.as_ref()), sum(|held| held.art.as_ref()))
}

/// A building project (建设项目): one that is done or under way, or that a plan of the county already names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// Key in files.
    pub key: String,
    /// Name shown to users.
    pub name: String,
    /// The plan of the county that names it; empty where none does.
    pub plan: String,
    /// Where it is built.
    pub site: SiteId,
    /// New floor area in square metres.
    pub floor_m2: f64,
    /// New places.
    pub places: Pupils,
    /// Music rooms that it adds, where known.
    pub music_rooms: Option<i64>,
    /// Art rooms that it adds, where known.
    pub art_rooms: Option<i64>,
    /// Investment, where known.
    pub cost: Option<Yuan>,
    /// Year in which it is or will be in service.
    pub year: Year,
    /// How far it has come.
    pub status: ProjectStatus,
}

/// How far a project has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectStatus {
    /// In service (已投用).
    Done,
    /// Under construction (在建).
    Building,
    /// Named by a plan (拟建).
    Planned,
}

/// A figure of [`Staff`] or [`Resources`] that can be added up and shared out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quantity {
    /// [`Staff::posts`].
    Posts,
    /// [`Staff::staff`].
    Staff,
    /// [`Staff::teachers`].
    Teachers,
    /// [`Staff::above_degree`].
    AboveDegree,
    /// [`Staff::backbone`].
    Backbone,
    /// [`Staff::arts_pe`].
    ArtsPe,
    /// [`Resources::teaching_m2`] without [`Resources::indoor_sports_m2`].
    TeachingArea,
    /// [`Resources::sports_m2`] and [`Resources::indoor_sports_m2`].
    SportsArea,
    /// [`Resources::equipment_yuan`].
    Equipment,
    /// [`Resources::media_rooms`].
    MediaRooms,
    /// [`Resources::dormitory_m2`].
    DormitoryArea,
    /// [`Resources::funds_yuan`].
    Funds,
}

impl Quantity {
    /// Whether it goes along with a school that moves or merges into another: people, equipment and the sets of multimedia rooms
    /// do, land, buildings, grounds and the money of a year do not.
    pub fn goes_along(self) -> bool {
        match self {
            Self::Posts
            | Self::Staff
            | Self::Teachers
            | Self::AboveDegree
            | Self::Backbone
            | Self::ArtsPe
            | Self::Equipment
            | Self::MediaRooms => true,
            Self::TeachingArea | Self::SportsArea | Self::DormitoryArea | Self::Funds => false,
        }
    }

    /// The figure of people and posts, if it is one and known.
    pub fn of_staff(self, staff: &Staff) -> Option<f64> {
        match self {
            Self::Posts => staff.posts,
            Self::Staff => staff.staff,
            Self::Teachers => staff.teachers,
            Self::AboveDegree => staff.above_degree,
            Self::Backbone => staff.backbone,
            Self::ArtsPe => staff.arts_pe,
            Self::TeachingArea
            | Self::SportsArea
            | Self::Equipment
            | Self::MediaRooms
            | Self::DormitoryArea
            | Self::Funds => None,
        }
    }

    /// The figure of rooms, grounds, equipment and money, if it is one and known. Where indoor sports halls are not given
    /// there are none.
    pub fn of_resources(self, held: &Resources) -> Option<f64> {
        let indoor = held.indoor_sports_m2.unwrap_or(0.0);
        match self {
            Self::TeachingArea => held.teaching_m2.map(|area| area - indoor),
            Self::SportsArea => held.sports_m2.map(|area| area + indoor),
            Self::Equipment => held.equipment_yuan,
            Self::MediaRooms => held.media_rooms,
            Self::DormitoryArea => held.dormitory_m2,
            Self::Funds => held.funds_yuan,
            Self::Posts | Self::Staff | Self::Teachers | Self::AboveDegree | Self::Backbone | Self::ArtsPe => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indoor_sports_count_as_sports_and_not_as_teaching() {
        let held = Resources {
            teaching_m2: Some(1000.0),
            indoor_sports_m2: Some(300.0),
            sports_m2: Some(2000.0),
            ..Resources::default()
        };
        assert_eq!(Quantity::TeachingArea.of_resources(&held), Some(700.0));
        assert_eq!(Quantity::SportsArea.of_resources(&held), Some(2300.0));
        assert_eq!(Quantity::Equipment.of_resources(&held), None);
        assert_eq!(Quantity::Posts.of_resources(&held), None);
    }
}
