//! The tables of a comparison, for the workbook.

use super::labels::{Labels, severity_name};
use super::{action_text, status_name};
use crate::i18n::{Language, text, word};
use crate::message::Message;
use crate::output::table::{Cell, Column, Table, column};
use crate::study::compare::slice::Slice;
use crate::study::compare::units::Place;
use crate::study::compare::{Comparison, PlanFacts};

/// Everything that the tables are made from.
pub struct Draft<'a> {
    /// The comparison.
    pub comparison: &'a Comparison,
    /// Names.
    pub labels: &'a Labels<'a>,
    /// Language of texts.
    pub language: Language,
}

impl Draft<'_> {
    /// Every table, in the order of the sheets.
    pub fn tables(&self) -> Vec<Table> {
        vec![
            self.figures(),
            self.rules(),
            self.failing(),
            self.actions(),
            self.costs(),
            self.gains(),
            self.transfers(),
            self.units(),
        ]
    }

    /// One column for every plan: `<name>_<letter>`, or the letter alone.
    fn by_plan(&self, name: &str, width: f64) -> impl Iterator<Item = Column> {
        self.comparison.plans.iter().map(move |plan| plan_column(plan, name, width))
    }

    fn text(&self, key: &str) -> Cell {
        Cell::Text(text(self.language, key))
    }

    fn figures(&self) -> Table {
        let columns = [column("figure_key", 22.0), column("figure", 44.0), column("today", 14.0)];
        let columns = columns.into_iter().chain(self.by_plan("", 16.0)).chain([column("best", 12.0)]).collect();
        let plans = &self.comparison.plans;
        let facts = |key: &str, cell: &dyn Fn(&PlanFacts) -> Cell| {
            let head = [Cell::Key(key.to_owned()), self.text(&format!("compare.{key}_row")), Cell::Empty];
            head.into_iter().chain(plans.iter().map(cell)).chain([Cell::Empty]).collect::<Vec<Cell>>()
        };
        let mut rows = vec![
            facts("variant", &|plan| plan.variant.clone().map_or(Cell::Empty, Cell::Key)),
            facts("status", &|plan| Cell::Text(word(self.language, "compare.status", status_name(plan.status)))),
            facts("gap", &|plan| Cell::number(plan.gap, 6)),
        ];
        rows.extend(self.comparison.figures.iter().map(|figure| {
            let best: Vec<&str> = figure.best.iter().map(|&at| plans[at].letter.as_str()).collect();
            let head =
                [Cell::Key(figure.key.clone()), self.text(&figure.key), Cell::number(figure.today, figure.decimals)];
            let values = figure.values.iter().map(|&value| Cell::number(value, figure.decimals));
            let best = if best.is_empty() { Cell::Empty } else { Cell::Key(best.join(" ")) };
            head.into_iter().chain(values).chain([best]).collect()
        }));
        Table { name: "compare_figures", columns, rows }
    }

    fn rules(&self) -> Table {
        let columns = [column("rule", 22.0), column("rule_title", 36.0), column("severity", 10.0)].into_iter();
        let columns = columns.chain(self.by_plan("tested", 10.0)).chain(self.by_plan("failing", 10.0)).collect();
        let rows = self.comparison.rules.iter().map(|rule| {
            let severity = rule.severity.map(|severity| word(self.language, "severity", severity_name(severity)));
            let head = [
                Cell::Key(rule.rule.clone()),
                Cell::Text(self.language.pick(&Labels::rule(rule)).to_owned()),
                severity.map_or(Cell::Empty, Cell::Text),
            ];
            let whole = |value: Option<i64>| value.map_or(Cell::Empty, Cell::Whole);
            let tested = rule.counts.iter().map(|c| whole(c.map(|c| c.pass + c.relaxed + c.fail)));
            let failing = rule.counts.iter().map(|c| whole(c.map(|c| c.fail)));
            head.into_iter().chain(tested).chain(failing).collect()
        });
        Table { name: "compare_rules", columns, rows: rows.collect() }
    }

    fn failing(&self) -> Table {
        let columns =
            [column("rule", 22.0), column("rule_title", 36.0), column("subject", 16.0), column("subject_name", 30.0)];
        let columns =
            columns.into_iter().chain(self.by_plan("value", 12.0)).chain(self.by_plan("fails", 10.0)).collect();
        let rows = self.comparison.rules.iter().flat_map(|rule| {
            rule.failing.iter().map(move |one| {
                let head = [
                    Cell::Key(rule.rule.clone()),
                    Cell::Text(self.language.pick(&Labels::rule(rule)).to_owned()),
                    Cell::Key(one.subject.clone()),
                    Cell::Text(self.labels.subject(self.language, &rule.rule, &one.subject)),
                ];
                let values = one.plans.iter().map(|m| Cell::number(m.and_then(|m| m.value), 3));
                let fails = one.plans.iter().map(|m| m.map_or(Cell::Empty, |m| Cell::Flag(m.fails)));
                head.into_iter().chain(values).chain(fails).collect()
            })
        });
        Table { name: "compare_failing", columns, rows: rows.collect() }
    }

    fn actions(&self) -> Table {
        let columns = [column("site", 12.0), column("site_name", 28.0), column("differs", 10.0)].into_iter();
        let columns = columns.chain(self.by_plan("", 30.0)).collect();
        let rows = self.comparison.actions.iter().map(|row| {
            let head = [
                Cell::Key(row.site.clone()),
                Cell::Text(self.labels.site(&row.site).to_owned()),
                Cell::Flag(row.differs),
            ];
            let told = row.actions.iter().map(|own| Cell::Text(action_text(self.language, self.labels, own)));
            head.into_iter().chain(told).collect()
        });
        Table { name: "compare_actions", columns, rows: rows.collect() }
    }

    fn costs(&self) -> Table {
        let plans = &self.comparison.costs;
        let mut years: Vec<i32> = plans.iter().flat_map(|plan| &plan.years).map(|year| year.year).collect();
        years.sort_unstable();
        years.dedup();
        let columns = [column("year", 10.0)].into_iter();
        let columns = columns.chain(self.by_plan("capital", 18.0)).chain(self.by_plan("running", 18.0)).collect();
        let rows = years.into_iter().map(|year| {
            let own = |at: usize| plans[at].years.iter().find(|own| own.year == year);
            let capital = (0..plans.len()).map(|at| Cell::number(own(at).map(|own| own.capital), 2));
            let running = (0..plans.len()).map(|at| Cell::number(own(at).and_then(|own| own.running), 2));
            [Cell::Whole(i64::from(year))].into_iter().chain(capital).chain(running).collect()
        });
        Table { name: "compare_costs", columns, rows: rows.collect() }
    }

    /// The name of a plan in a table, or of today.
    fn letter(&self, plan: Option<usize>) -> Cell {
        match plan {
            Some(at) => Cell::Key(self.comparison.plans[at].letter.clone()),
            None => Cell::Key("today".to_owned()),
        }
    }

    fn gains(&self) -> Table {
        let counts = ["pupils", "moved", "nearer", "same", "farther", "begins_boarding", "ends_boarding", "unknown"];
        let columns = [column("from_plan", 10.0), column("to_plan", 10.0), column("part", 30.0)].into_iter();
        let columns = columns.chain(counts.iter().map(|name| column(name, 12.0))).chain([column("pupil_km", 14.0)]);
        let rows = self.comparison.pairs.iter().flat_map(|pair| {
            pair.gains.iter().map(move |one| {
                let gain = &one.gain;
                let counts = [
                    gain.pupils,
                    gain.moved,
                    gain.nearer,
                    gain.same,
                    gain.farther,
                    gain.begins_boarding,
                    gain.ends_boarding,
                    gain.unknown,
                ];
                [self.letter(pair.from), self.letter(Some(pair.to)), Cell::Text(part_name(self.language, one.part))]
                    .into_iter()
                    .chain(counts.map(Cell::Whole))
                    .chain([Cell::number(Some(gain.pupil_metres as f64 / 1000.0), 1)])
                    .collect()
            })
        });
        Table { name: "compare_gains", columns: columns.collect(), rows: rows.collect() }
    }

    fn transfers(&self) -> Table {
        let columns = ["from_plan", "to_plan", "stage"].map(|name| column(name, 10.0)).into_iter();
        let names = [("from_site", 12.0), ("from_name", 28.0), ("to_site", 12.0), ("to_name", 28.0), ("pupils", 10.0)];
        let columns = columns.chain(names.map(|(name, width)| column(name, width))).collect();
        let rows = self.comparison.pairs.iter().flat_map(|pair| {
            pair.transfers.iter().map(move |one| {
                let from = one.from.as_deref();
                vec![
                    self.letter(pair.from),
                    self.letter(Some(pair.to)),
                    Cell::Key(one.stage.name().to_owned()),
                    from.map_or(Cell::Empty, |key| Cell::Key(key.to_owned())),
                    from.map_or(Cell::Empty, |key| Cell::Text(self.labels.site(key).to_owned())),
                    Cell::Key(one.to.clone()),
                    Cell::Text(self.labels.site(&one.to).to_owned()),
                    Cell::Whole(one.pupils),
                ]
            })
        });
        Table { name: "compare_transfers", columns, rows: rows.collect() }
    }

    fn units(&self) -> Table {
        let columns = [
            column("unit", 12.0),
            column("unit_name", 24.0),
            column("stage", 10.0),
            column("pupils", 10.0),
            column("today_site", 26.0),
            column("today_km", 10.0),
        ];
        let columns = columns.into_iter().chain(self.by_plan("school", 26.0)).chain(self.by_plan("km", 10.0)).collect();
        let rows = self.comparison.units.iter().map(|row| {
            let pupils = row.plans.first().map_or(0, |places| places.iter().map(|place| place.pupils).sum());
            let head = [
                Cell::Key(row.unit.clone()),
                Cell::Text(self.labels.unit(&row.unit).to_owned()),
                Cell::Key(row.stage.name().to_owned()),
                Cell::Whole(pupils),
                self.schools(&row.today),
                mean_km(&row.today),
            ];
            let schools = row.plans.iter().map(|places| self.schools(places));
            head.into_iter().chain(schools).chain(row.plans.iter().map(|places| mean_km(places))).collect()
        });
        Table { name: "compare_units", columns, rows: rows.collect() }
    }

    fn schools(&self, places: &[Place]) -> Cell {
        let names: Vec<&str> = places.iter().map(|place| self.labels.site(&place.site)).collect();
        if names.is_empty() { Cell::Empty } else { Cell::Text(names.join(&text(self.language, "list.comma"))) }
    }
}

fn plan_column(plan: &PlanFacts, name: &str, width: f64) -> Column {
    let heading = if name.is_empty() { "column.plan".to_owned() } else { format!("column.plan_{name}") };
    Column {
        name: if name.is_empty() { plan.letter.clone() } else { format!("{name}_{}", plan.letter) },
        heading: Message::new(&heading).with("letter", &plan.letter).with("name", &plan.name),
        width,
    }
}

/// The mean way of the pupils, where every way is known.
fn mean_km(places: &[Place]) -> Cell {
    let pupils: i64 = places.iter().map(|place| place.pupils).sum();
    let total: Option<i64> = places.iter().map(|place| Some(place.metres? * place.pupils)).sum();
    Cell::number(total.filter(|_| pupils > 0).map(|total| total as f64 / pupils as f64 / 1000.0), 3)
}

/// A part of the pupils in words.
pub fn part_name(language: Language, part: Slice) -> String {
    match part {
        Slice::All => text(language, "compare.part_all"),
        Slice::Stage(stage) => word(language, "stage", stage.name()),
        Slice::Setting(setting) => word(language, "setting", setting_name(setting)),
        Slice::Farthest => text(language, "compare.part_farthest"),
    }
}

fn setting_name(setting: crate::domain::district::Setting) -> &'static str {
    use crate::domain::district::Setting;
    match setting {
        Setting::Urban => "urban",
        Setting::Town => "town",
        Setting::Rural => "rural",
    }
}
