//! The comparison in a few sentences: which plan moves fewest pupils, which costs least, which has the shortest ways, and
//! which breaks what.

use super::labels::{Labels, severity_name};
use crate::domain::document::PlanStatus;
use crate::domain::rule::Severity;
use crate::i18n::number::{money, number, percent};
use crate::i18n::{Language, render, text, word};
use crate::message::{Message, Text};
use crate::study::compare::figures::{CHANGED, CHANGED_ASSUMED, FigureRow, MEAN, WORST_TENTH};
use crate::study::compare::rules::RuleRow;
use crate::study::compare::{Comparison, Today};

/// Term of the objective that counts pupils moved, as a figure.
const MOVED_TERM: &str = "term.moved_pupils";
/// Term of the objective in yuan, as a figure.
const COST_TERM: &str = "term.cost";

/// A sentence with the question that it answers, as one word.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// `pupils`, `moved`, `cost`, `travel`, `worst`, `breaks`, `keeps` or `actions`.
    pub about: &'static str,
    /// The sentence.
    pub message: Message,
}

/// The sentences, in the order in which they should be read.
pub fn answers(comparison: &Comparison, labels: &Labels<'_>) -> Vec<Answer> {
    let teller = Teller { comparison, labels };
    let mut all = Vec::new();
    if !comparison.same_pupils {
        let heads: Vec<String> =
            comparison.plans.iter().map(|plan| format!("{} {}", plan.letter, number(plan.pupils as f64, 0))).collect();
        let list = |language| heads.join(&text(language, "list.comma"));
        let list = Text { zh: Some(list(Language::Zh)), en: Some(list(Language::En)) };
        all.push(Answer { about: "pupils", message: Message::new("compare.answer.pupils").with_text("list", &list) });
    }
    all.extend(teller.moved());
    all.extend(teller.cost());
    all.extend(teller.ways(MEAN, "travel"));
    all.extend(teller.ways(WORST_TENTH, "worst"));
    all.extend(teller.rules());
    let (same, different) = (
        comparison.actions.iter().filter(|row| !row.differs).count(),
        comparison.actions.iter().filter(|row| row.differs).count(),
    );
    let message = Message::new("compare.answer.actions").with("same", same).with("different", different);
    all.push(Answer { about: "actions", message });
    all
}

struct Teller<'a> {
    comparison: &'a Comparison,
    labels: &'a Labels<'a>,
}

/// A value of a plan in words of both languages.
type Told<'a> = &'a dyn Fn(usize, f64) -> Text;

impl Teller<'_> {
    fn figure(&self, key: &str) -> Option<&FigureRow> {
        self.comparison.figures.iter().find(|row| row.key == key)
    }

    /// Who is best and who is worst in a figure of which less is better.
    fn ranked(&self, about: &'static str, row: &FigureRow, told: Told<'_>) -> Option<Answer> {
        let known: Vec<(usize, f64)> =
            row.values.iter().enumerate().filter_map(|(at, value)| Some((at, (*value)?))).collect();
        let (least_at, least) = known.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1))?;
        let apart = known
            .windows(2)
            .any(|pair| format!("{:.*}", row.decimals, pair[0].1) != format!("{:.*}", row.decimals, pair[1].1));
        if !apart {
            let message = Message::new(&format!("compare.answer.{about}_same")).with_text("n", &told(least_at, least));
            return Some(Answer { about, message });
        }
        let printed = |value: f64| format!("{value:.*}", row.decimals);
        let like = |wanted: f64| -> Vec<usize> {
            known.iter().filter(|(_, value)| printed(*value) == printed(wanted)).map(|&(at, _)| at).collect()
        };
        let (most_at, most) = known.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1))?;
        let message = Message::new(&format!("compare.answer.{about}"))
            .with_text("best", &self.labels.plans(&like(least)))
            .with_text("least", &told(least_at, least))
            .with_text("worst", &self.labels.plans(&like(most)))
            .with_text("most", &told(most_at, most));
        Some(Answer { about, message })
    }

    fn moved(&self) -> Vec<Answer> {
        let own = if self.comparison.today == Today::Assumed { CHANGED_ASSUMED } else { CHANGED };
        let about = "moved";
        let told = |at: usize, value: f64| {
            let pupils = self.comparison.plans[at].pupils;
            let share = if pupils > 0 { percent(value / pupils as f64, 1) } else { "–".to_owned() };
            let count = Message::new("compare.answer.count").with("n", number(value, 0)).with("share", share);
            Text { zh: Some(render(Language::Zh, &count)), en: Some(render(Language::En, &count)) }
        };
        let answer =
            self.figure(own).or_else(|| self.figure(MOVED_TERM)).and_then(|row| self.ranked(about, row, &told));
        let note = |key: &str| Answer { about, message: Message::new(key) };
        match (answer, self.comparison.today) {
            (None, _) => vec![note("compare.answer.moved_unknown")],
            (Some(answer), Today::Assumed) => vec![answer, note("compare.answer.moved_assumed")],
            (Some(answer), _) => vec![answer],
        }
    }

    fn cost(&self) -> Option<Answer> {
        let told = |_, yuan: f64| Text { zh: Some(money(Language::Zh, yuan)), en: Some(money(Language::En, yuan)) };
        self.ranked("cost", self.figure(COST_TERM)?, &told)
    }

    fn ways(&self, figure: &str, about: &'static str) -> Option<Answer> {
        let told = |_, km: f64| Text::same(&number(km, 2));
        self.ranked(about, self.figure(figure)?, &told)
    }

    /// One sentence for the plans that break no rule, and one for every lot of plans that break the same.
    fn rules(&self) -> Vec<Answer> {
        let mut sound = Vec::new();
        let mut lots: Vec<(&'static str, Text, Vec<usize>)> = Vec::new();
        for (at, plan) in self.comparison.plans.iter().enumerate() {
            let broken: Vec<(&RuleRow, i64)> = self
                .comparison
                .rules
                .iter()
                .filter_map(|rule| Some((rule, rule.counts[at]?.fail)))
                .filter(|&(_, fail)| fail > 0)
                .collect();
            if broken.is_empty() && plan.status != PlanStatus::Infeasible {
                sound.push(at);
                continue;
            }
            let pressing = broken.iter().any(|(rule, _)| rule.severity != Some(Severity::Report));
            let key = match plan.status {
                PlanStatus::Infeasible => "compare.answer.infeasible",
                _ if pressing => "compare.answer.breaks",
                _ => "compare.answer.misses",
            };
            let list = |language: Language| {
                let one = |(rule, fail): &(&RuleRow, i64)| broken_rule(language, rule, *fail, pressing);
                broken.iter().map(one).collect::<Vec<_>>().join(&text(language, "list.semicolon"))
            };
            let list = Text { zh: Some(list(Language::Zh)), en: Some(list(Language::En)) };
            match lots.iter_mut().find(|(known, same, _)| *known == key && *same == list) {
                Some((_, _, plans)) => plans.push(at),
                None => lots.push((key, list, vec![at])),
            }
        }
        let mut all = Vec::new();
        if !sound.is_empty() {
            let key = if sound.len() == self.comparison.plans.len() { "all_keep" } else { "keeps" };
            let message = Message::new(&format!("compare.answer.{key}")).with("n", sound.len());
            all.push(Answer { about: "keeps", message: message.with_text("plans", &self.labels.plans(&sound)) });
        }
        all.extend(lots.into_iter().map(|(key, list, plans)| {
            let message = Message::new(key).with("n", plans.len()).with_text("plan", &self.labels.plans(&plans));
            Answer { about: "breaks", message: message.with_text("list", &list) }
        }));
        all
    }
}

/// A rule with its failures, and with what a breach means where that `matters`.
fn broken_rule(language: Language, rule: &RuleRow, fail: i64, matters: bool) -> String {
    let key = if matters && rule.severity.is_some() { "compare.answer.broken" } else { "compare.answer.broken_plain" };
    let severity = rule.severity.map(|severity| word(language, "severity", severity_name(severity)));
    let message = Message::new(key).with_text("rule", &Labels::rule(rule)).with("n", fail);
    render(language, &message.with("severity", severity.unwrap_or_default()))
}
