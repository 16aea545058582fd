//! Problems of input files: a stable code each, where it is, what was found, what was expected and what may help.

use crate::message::Message;
use std::fmt;
use std::path::Path;

/// Where in a file a problem lies. Lines and columns count from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The file or folder as a whole.
    Whole,
    /// A place in a text.
    Text {
        /// Line.
        line: usize,
        /// Character in the line.
        column: usize,
    },
    /// A cell or row of a table.
    Row {
        /// Line of the file, or row of the sheet; the header is line 1.
        line: usize,
        /// Name of the column, where one cell is meant.
        column: Option<String>,
    },
    /// A feature of a `GeoJSON` file or an entry of a JSON document.
    Entry {
        /// Position or path of the entry.
        path: String,
    },
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $slug:literal;)+) => {
        /// The kinds of problem. A code never changes its meaning: E1 files and syntax, E2 references and facts, E3 rules and
        /// objective, E4 geography, E5 plans; W marks a warning, which does not stop a run.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($(#[$doc])* $name,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable code, such as `E112`.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The key of its sentence in the catalogue of messages.
            pub fn key(self) -> &'static str {
                match self { $(Self::$name => concat!("problem.", $slug),)+ }
            }
        }
    };
}

codes! {
    /// The scenario folder cannot be read.
    Folder = "E101", "folder";
    /// A file that is needed is not there.
    FileMissing = "E102", "file_missing";
    /// A file cannot be read.
    FileUnreadable = "E103", "file_unreadable";
    /// A file is longer than the limit.
    FileTooLarge = "E104", "file_too_large";
    /// A line is longer than the limit.
    LineTooLong = "E105", "line_too_long";
    /// Bytes that are neither UTF-8 nor GB18030.
    Encoding = "E106", "encoding";
    /// Text that is not TOML.
    TomlSyntax = "E107", "toml_syntax";
    /// Text that is not a table of comma-separated values.
    CsvSyntax = "E108", "csv_syntax";
    /// Text that is not JSON, or not the JSON that was expected.
    JsonSyntax = "E109", "json_syntax";
    /// Another version of the format.
    SchemaVersion = "E110", "schema_version";
    /// A key that does not exist.
    UnknownKey = "E111", "unknown_key";
    /// A key that must be given is not.
    MissingKey = "E112", "missing_key";
    /// A value of another type.
    WrongType = "E113", "wrong_type";
    /// A word that is not in the list.
    NotOneOf = "E114", "not_one_of";
    /// A table without rows.
    NoRows = "E115", "no_rows";
    /// A column that must be there is not.
    MissingColumn = "E116", "missing_column";
    /// Two columns for the same thing.
    DoubleColumn = "E117", "double_column";
    /// A row with more or fewer cells than the header.
    RowLength = "E118", "row_length";
    /// An empty cell where a value is needed.
    EmptyCell = "E119", "empty_cell";
    /// Not a whole number.
    NotWhole = "E120", "not_whole";
    /// Not a number.
    NotNumber = "E121", "not_number";
    /// A number outside its range.
    OutOfRange = "E122", "out_of_range";
    /// More rows than the limit.
    TooMany = "E123", "too_many";
    /// Two sources for the same table.
    TwoSources = "E124", "two_sources";
    /// A workbook that cannot be read.
    Workbook = "E125", "workbook";
    /// A file name that leaves the folder.
    FileName = "E126", "file_name";
    /// Not a quantity of the solver settings.
    NotQuantity = "E127", "not_quantity";
    /// Not a day of the calendar.
    NotDate = "E128", "not_date";

    /// The same id twice.
    DuplicateId = "E201", "duplicate_id";
    /// A name of something that does not exist.
    UnknownReference = "E202", "unknown_reference";
    /// The same pair or combination twice.
    DuplicateRow = "E203", "duplicate_row";
    /// Pupils of a stage given both as a whole and by grade.
    TwoForms = "E204", "two_forms";
    /// A stage without a pupil in the baseline and every plan year.
    NoPupils = "E205", "no_pupils";
    /// A stage that the kind of site does not offer.
    StageNotOffered = "E206", "stage_not_offered";
    /// A section, a room or a catchment at a site that does not operate.
    NotOperating = "E207", "not_operating";
    /// Classes or class sizes that do not fit the pupils.
    ClassesMismatch = "E208", "classes_mismatch";
    /// An action that does not fit the status of its site.
    ActionStatus = "E209", "action_status";
    /// A field that the action needs and does not have.
    ActionNeeds = "E210", "action_needs";
    /// A field that means nothing for the action.
    ActionExcess = "E211", "action_excess";
    /// A site merged into itself.
    MergeSelf = "E212", "merge_self";
    /// Sites that would merge into each other in a circle.
    MergeCircle = "E213", "merge_circle";
    /// A closure or merge without a reason.
    NoReason = "E214", "no_reason";
    /// A protected site that an action would close.
    ProtectedShut = "E215", "protected_shut";
    /// A year that is not a plan year.
    NotPlanYear = "E216", "not_plan_year";
    /// Plan years that do not rise from the year after the baseline on.
    YearOrder = "E217", "year_order";
    /// A unit with pupils that the baseline table leaves out.
    BaselineMissing = "E218", "baseline_missing";
    /// A stage that is not part of the scenario.
    NotAStage = "E219", "not_a_stage";
    /// A variant that does not exist.
    UnknownVariant = "E220", "unknown_variant";
    /// A path of a variant that leads nowhere.
    VariantPath = "E221", "variant_path";
    /// Lists that must be of the same length.
    ListLength = "E222", "list_length";
    /// A section given as a whole while pupils are known by grade.
    GradesNeeded = "E223", "grades_needed";
    /// The number of classrooms is neither given nor to be derived.
    RoomsUnknown = "E224", "rooms_unknown";
    /// Two rows that contradict each other about one thing.
    Contradiction = "E225", "contradiction";
    /// A grade that the stage does not have.
    NotAGrade = "E226", "not_a_grade";
    /// A plan year without a single row in a table by year.
    YearMissing = "E227", "year_missing";
    /// A merge into a site that does not take the stage.
    MergeStage = "E228", "merge_stage";
    /// A factor for years that the table already gives.
    FactorUnused = "E229", "factor_unused";
    /// A stage with pupils that no site offers or could offer.
    NoSite = "E230", "no_site";
    /// Pupils in no class.
    NoClasses = "E231", "no_classes";
    /// A family of variants that is not exactly one of grid, list and draw.
    FamilyForm = "E232", "family_form";
    /// A random value that is neither a range, nor a mean with a spread, nor a choice.
    DrawForm = "E233", "draw_form";
    /// Areas of rooms that are more or fewer than the rooms.
    RoomsMismatch = "E234", "rooms_mismatch";
    /// Pupils of plan years that a forecast already gives.
    ForecastTwice = "E235", "forecast_twice";
    /// Variants that start from each other's plans in a circle.
    StartCircle = "E236", "start_circle";
    /// Pupils who are to be followed from grade to grade where rolls are known by stage only.
    NeedsGrades = "E240", "needs_grades";
    /// An action that waits for an action at the same site, of which a plan takes one only.
    AfterItself = "E241", "after_itself";
    /// A conversion into the kind that a site has already.
    ConvertSame = "E242", "convert_same";
    /// The same measure at one site in one year that adds something else, so that no plan could say which it takes.
    NotToldApart = "E243", "not_told_apart";

    /// A metric that does not exist.
    UnknownMetric = "E301", "unknown_metric";
    /// A rule pack that does not exist.
    UnknownPack = "E302", "unknown_pack";
    /// Two rules with one id.
    DuplicateRule = "E303", "duplicate_rule";
    /// An override of a rule that does not exist.
    OverrideUnknown = "E304", "override_unknown";
    /// A limit that the metric cannot meet or that means nothing.
    BadLimit = "E305", "bad_limit";
    /// A deadline before the rule begins.
    DeadlineBeforeFrom = "E306", "deadline_before_from";
    /// A soft rule without a price.
    NoPrice = "E307", "no_price";
    /// An exemption without effect.
    IdleExemption = "E308", "idle_exemption";
    /// Two rules that no plan can meet together.
    RulesExclude = "E309", "rules_exclude";
    /// Both or neither of weights and levels.
    WeightsOrLevels = "E310", "weights_or_levels";
    /// Money and travel added up without a price of travel.
    NoTravelPrice = "E311", "no_travel_price";
    /// Pupils moved as an objective where the baseline is assumed.
    MovedUnknown = "E312", "moved_unknown";
    /// A list that names the same thing twice or nothing.
    BadList = "E313", "bad_list";
    /// A parameter that the metric does not know.
    UnknownParameter = "E314", "unknown_parameter";
    /// A parameter of another type or range.
    BadParameter = "E315", "bad_parameter";
    /// A parameter that the metric needs.
    MissingParameter = "E316", "missing_parameter";
    /// A comparison that makes no sense for the metric.
    BadComparison = "E317", "bad_comparison";
    /// A price that is not above 0.
    BadPrice = "E318", "bad_price";
    /// A hard rule that the measures on offer cannot meet.
    TooFewOffers = "E319", "too_few_offers";
    /// A word in braces in the text of a rule that stands for nothing.
    UnknownWord = "E320", "unknown_word";
    /// Pupils who keep their school, and zones of several schools.
    StayDivides = "E340", "stay_divides";
    /// Pupils who keep their school, and a school that moves.
    StayMoves = "E341", "stay_moves";

    /// A longitude or latitude outside its range.
    BadCoordinate = "E401", "bad_coordinate";
    /// A geometry that cannot be a unit.
    BadGeometry = "E402", "bad_geometry";
    /// Connected catchments asked for without adjacency.
    NoAdjacency = "E403", "no_adjacency";
    /// A unit that is its own neighbour.
    SelfNeighbour = "E404", "self_neighbour";
    /// A unit without any given distance where only given distances count.
    NoDistance = "E405", "no_distance";

    /// A path that is no plan.
    NotAPlan = "E501", "not_a_plan";
    /// A plan made for another scenario.
    OtherScenario = "E502", "other_scenario";
    /// A plan made for another variant.
    OtherVariant = "E503", "other_variant";
    /// Tables that say something else than the document beside them.
    TablesDiffer = "E504", "tables_differ";
    /// A row that must name its year or stage because there are several.
    Ambiguous = "E505", "ambiguous";
    /// Pupils of a row that do not follow from it and the scenario.
    PupilsNeeded = "E506", "pupils_needed";
    /// Tables without a document, where the scenario is not at hand to make one.
    NeedsScenario = "E507", "needs_scenario";
    /// Decisions that are no plan of the scenario.
    NotOfScenario = "E508", "not_of_scenario";

    /// A column that nothing reads.
    UnknownColumn = "W101", "unknown_column";
    /// A rule whose figure is from memory.
    FromMemory = "W301", "from_memory";
    /// A site or unit far away from all others.
    FarAway = "W401", "far_away";
    /// A plan whose scenario has changed since.
    ScenarioChanged = "W501", "scenario_changed";
}

impl Code {
    /// Whether it is a warning only.
    pub fn is_warning(self) -> bool {
        self.code().starts_with('W')
    }
}

/// One problem of an input file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind it is.
    pub code: Code,
    /// The file, as named in the folder.
    pub file: String,
    /// Where in the file.
    pub place: Place,
    /// The sentence: the value found and what was expected are among its placeholders.
    pub message: Message,
    /// What may help, such as the nearest valid name.
    pub hint: Option<Message>,
}

impl Problem {
    /// A problem of the file as a whole.
    pub fn new(code: Code, file: &str) -> Self {
        Self { code, file: file.to_owned(), place: Place::Whole, message: Message::new(code.key()), hint: None }
    }

    /// Sets the place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// Gives a placeholder of the sentence its value, cut to a length that fits a line.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.message = self.message.with(name, shorten(&value.to_string()));
        self
    }

    /// Gives a placeholder of the sentence a list, in full.
    #[must_use]
    pub fn with_list<'a>(mut self, name: &str, values: impl IntoIterator<Item = &'a str>) -> Self {
        self.message = self.message.with(name, list(values));
        self
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: Message) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Adds the valid name nearest to `value` as a hint, where one is near.
    #[must_use]
    pub fn nearest<'a>(self, value: &str, valid: impl IntoIterator<Item = &'a str>) -> Self {
        match nearest(value, valid) {
            Some(name) => self.hint(Message::new("hint.nearest").with("name", name)),
            None => self,
        }
    }

    /// One line: place, code, sentence and hint, with `say` putting messages into a language.
    pub fn line(&self, say: &dyn Fn(&Message) -> String) -> String {
        let place = match &self.place {
            Place::Whole => String::new(),
            Place::Text { line, column } => format!(":{line}:{column}"),
            Place::Row { line, column: None } => format!(":{line}"),
            Place::Row { line, column: Some(column) } => format!(":{line} [{column}]"),
            Place::Entry { path } => format!(" [{path}]"),
        };
        let hint = self.hint.as_ref().map(|hint| format!("; {}", say(hint))).unwrap_or_default();
        format!("{}{place}: {} {}{hint}", self.file, self.code.code(), say(&self.message))
    }
}

/// Joins names for a sentence; long lists are cut after ten.
pub fn list<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    let values: Vec<&str> = values.into_iter().collect();
    let shown = values.iter().take(10).map(|value| shorten(value)).collect::<Vec<_>>().join(", ");
    if values.len() > 10 { format!("{shown}, … (+{})", values.len() - 10) } else { shown }
}

/// Cuts a value that would not fit a line, and shows control characters as escapes.
fn shorten(value: &str) -> String {
    const LONGEST: usize = 80;
    let mut shown: String = value
        .chars()
        .take(LONGEST)
        .flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] })
        .collect();
    if value.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// The valid name nearest to `value` by the Damerau-Levenshtein distance, if at most a third of the letters differ; the first
/// in order of `valid` among equals.
pub fn nearest<'a>(value: &str, valid: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 64;
    let length = value.chars().take(LONGEST + 1).count();
    if length > LONGEST {
        return None;
    }
    let lower = value.to_lowercase();
    valid
        .into_iter()
        .take(20_000)
        .filter(|name| {
            let other = name.chars().count();
            length.abs_diff(other) <= length.max(other) / 3
        })
        .map(|name| {
            let within = strsim::damerau_levenshtein(&lower, &name.to_lowercase());
            (within, name)
        })
        .filter(|&(distance, name)| distance <= length.max(name.chars().count()) / 3)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, name)| name)
}

/// Every problem found in a folder, in the order of discovery.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
pub struct Problems {
    items: Vec<Problem>,
    dropped: usize,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} problems in the input", self.items.len() + self.dropped)?;
        match self.items.first() {
            Some(first) => write!(f, ", the first of kind {} in {}", first.code.code(), first.file),
            None => Ok(()),
        }
    }
}

/// Says that a problem was recorded; what depends on the value is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported;

impl Problems {
    /// How many problems are kept with their text; the others are only counted.
    pub const KEPT: usize = 100;

    /// No problem yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Records a problem.
    pub fn push(&mut self, problem: Problem) -> Reported {
        if self.items.len() < Self::KEPT {
            self.items.push(problem);
        } else if !problem.code.is_warning() {
            self.dropped += 1;
        }
        Reported
    }

    /// Records a problem that is costly to word; when enough are kept it is only counted.
    pub fn push_with(&mut self, problem: impl FnOnce() -> Problem) -> Reported {
        if self.items.len() < Self::KEPT {
            self.push(problem())
        } else {
            self.dropped += 1;
            Reported
        }
    }

    /// Whether a problem of the same kind at the same place is there.
    pub fn holds(&self, problem: &Problem) -> bool {
        let same =
            |known: &Problem| (known.code, &known.file, &known.place) == (problem.code, &problem.file, &problem.place);
        self.items.iter().any(same)
    }

    /// Records all problems of `other`.
    pub fn extend(&mut self, other: Self) {
        self.dropped += other.dropped;
        for problem in other.items {
            self.push(problem);
        }
    }

    /// The same problems with the files named by their place: `place` itself where it is the file, else inside that folder.
    #[must_use]
    pub fn inside(mut self, place: &Path) -> Self {
        for problem in &mut self.items {
            let own = place.file_name().is_some_and(|name| name.to_string_lossy() == problem.file);
            let path =
                if own || Path::new(&problem.file) == place { place.to_owned() } else { place.join(&problem.file) };
            problem.file = path.display().to_string();
        }
        self
    }

    /// The problems kept.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.items.iter()
    }

    /// How many more there are than are kept.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// Whether nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether there is a problem that is no warning.
    pub fn has_errors(&self) -> bool {
        self.dropped > 0 || self.items.iter().any(|problem| !problem.code.is_warning())
    }

    /// The number of problems that are no warnings.
    pub fn errors(&self) -> usize {
        self.dropped + self.items.iter().filter(|problem| !problem.code.is_warning()).count()
    }

    /// The warnings alone.
    pub fn into_warnings(self) -> Vec<Problem> {
        self.items.into_iter().filter(|problem| problem.code.is_warning()).collect()
    }

    /// One line for every problem, with `say` putting messages into a language.
    pub fn lines(&self, say: &dyn Fn(&Message) -> String) -> Vec<String> {
        let mut lines: Vec<String> = self.items.iter().map(|problem| problem.line(say)).collect();
        if self.dropped > 0 {
            lines.push(say(&Message::new("problem.more").with("count", self.dropped)));
        }
        lines
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;
    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_and_keys_are_unique() {
        let codes: BTreeSet<_> = Code::ALL.iter().map(|code| code.code()).collect();
        let keys: BTreeSet<_> = Code::ALL.iter().map(|code| code.key()).collect();
        assert_eq!((codes.len(), keys.len()), (Code::ALL.len(), Code::ALL.len()));
    }

    #[test]
    fn a_slip_of_the_pen_finds_its_name_and_another_word_does_not() {
        assert_eq!(nearest("contigous", ["stage", "contiguous"]), Some("contiguous"));
        assert_eq!(nearest("contigous", ["stage", "multi_school"]), None);
        assert_eq!(nearest("石桥村小", ["石桥村小学", "柳树村小学"]), Some("石桥村小学"));
    }

    #[test]
    fn a_value_of_any_length_fits_a_line() {
        assert_eq!(shorten(&"x".repeat(1_000_000)).chars().count(), 81);
        assert_eq!(shorten("a\nb"), "a\\nb");
    }
}
