//! The published figures of Tongnan district that the synthetic county reproduces.
//!
//! Source: self-assessment of 重庆市潼南区 for 义务教育优质均衡, published 2025-05-06 (pupils, schools, classes, size and class
//! findings); rolls by grade and their split are assumptions with exact sums.

/// Pupils of grades 1 to 6. Their sum, 43,408, is published; the split is an assumption.
pub const PRIMARY_ROLLS: [i64; 6] = [6668, 6900, 7230, 7400, 7560, 7650];
/// Pupils of grades 7 to 9. Their sum, 22,382, is published; the split is an assumption.
pub const JUNIOR_ROLLS: [i64; 3] = [7380, 7450, 7552];
/// Classes of all primary and junior sections (published).
pub const CLASSES: i64 = 1547;
/// Class limit of primary grades (教督〔2017〕6号).
pub const PRIMARY_CLASS: i64 = 45;
/// Class limit of junior grades (教督〔2017〕6号).
pub const JUNIOR_CLASS: i64 = 50;
/// Migrant children, all in public schools (published).
pub const MIGRANTS: i64 = 2377;
/// Pupils in the private primary: all primary pupils less the 40,741 in public schools (published).
pub const PRIVATE_PRIMARY: i64 = 2667;
/// Pupils in the private junior middle school: all junior pupils less the 20,052 in public schools (published).
pub const PRIVATE_JUNIOR: i64 = 2330;
/// Area in square kilometres (published).
pub const AREA_KM2: f64 = 1583.0;
/// Streets of the town (published total of 23 with the towns; three streets are an assumption).
pub const STREETS: usize = 3;
/// Towns.
pub const TOWNS: usize = 20;
/// The school year of the figures.
pub const BASELINE_YEAR: i32 = 2024;
/// A site planned and built up to this year keeps the relaxed size limit.
pub const OLD_SITE: i64 = 2010;
/// Pupils and classes of the special school (pupils published; 9 to 12 classes are usual for so many).
pub const SPECIAL_PUPILS: i64 = 104;
/// See above.
pub const SPECIAL_CLASSES: i64 = 10;
/// Primaries of the layout plan that are in use already, 36 classes of 45 each (published: 4,860 places).
pub const OPENED: usize = 3;
/// Classes of a school that the plan builds.
pub const NEW_CLASSES: i64 = 36;
/// Everyone employed: primary, junior, special (published).
pub const STAFF: [i64; 3] = [2859, 1818, 24];
/// Full-time teachers: primary, junior, special (published; the report says 4,602 elsewhere).
pub const TEACHERS: [i64; 3] = [2769, 1767, 23];
/// Approved posts of public schools: primary, junior (published).
pub const POSTS: [i64; 2] = [2755, 1541];
/// Inhabitants (published).
pub const RESIDENTS: i64 = 680_000;
/// Public funds in yuan for a pupil: primary, junior (published).
pub const FUNDS: [i64; 2] = [720, 940];
/// Public funds of the special school in yuan (published as 624,300).
pub const SPECIAL_FUNDS: i64 = 624_300;
/// Least public funds in yuan of a school below 100 pupils (published).
pub const SMALL_FUNDS: i64 = 300_000;
/// Public funds in yuan for each teacher of such a school, on top (published).
pub const SMALL_TEACHER_FUNDS: i64 = 9_000;
