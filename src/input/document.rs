//! `scenario.toml` as a tree with places: parsed, changed by a variant, checked, and asked where a value stands.

use super::problem::{Code, Problem, Problems, Reported};
use super::source::{self, SourceFile};
use std::ops::Range;
use toml::Spanned;
use toml::de::DeTable;

/// The text with its name, for places.
#[derive(Debug, Clone)]
pub struct Document {
    name: String,
    text: String,
}

/// A step from a value of the tree to one inside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// The value of a key.
    Key(&'a str),
    /// An entry of a list.
    Item(usize),
}

impl<'a> From<&'a str> for Step<'a> {
    fn from(key: &'a str) -> Self {
        Self::Key(key)
    }
}

impl From<usize> for Step<'_> {
    fn from(position: usize) -> Self {
        Self::Item(position)
    }
}

/// The tree of a document.
pub type Tree<'i> = Spanned<DeTable<'i>>;

impl Document {
    /// Parses a file.
    ///
    /// # Errors
    /// When the text is not TOML; every mistake that the parser finds is recorded.
    pub fn parse<'i>(source: &'i SourceFile, problems: &mut Problems) -> Result<(Self, Tree<'i>), Reported> {
        let document = Self { name: source.name.clone(), text: source.text().to_owned() };
        let (tree, errors) = DeTable::parse_recoverable(source.text());
        if errors.is_empty() {
            return Ok((document, tree));
        }
        for error in errors.iter().take(Problems::KEPT) {
            let reason = error.message().lines().collect::<Vec<_>>().join(" ");
            let span = error.span().unwrap_or(0..0);
            problems.push(document.problem(Code::TomlSyntax, &span).with("reason", reason));
        }
        Err(Reported)
    }

    /// A problem at a span of the text.
    pub fn problem(&self, code: Code, span: &Range<usize>) -> Problem {
        Problem::new(code, &self.name).at(source::place(&self.text, span.start))
    }

    /// A problem at a value of the tree, or at the nearest value around it that there is.
    pub fn problem_at(&self, code: Code, tree: &Tree<'_>, path: &[Step<'_>]) -> Problem {
        self.problem(code, &span(tree, path))
    }

    /// The text of a span.
    pub fn snippet(&self, span: &Range<usize>) -> &str {
        self.text.get(span.clone()).unwrap_or_default()
    }
}

fn span(tree: &Tree<'_>, path: &[Step<'_>]) -> Range<usize> {
    let Some((Step::Key(first), rest)) = path.split_first() else { return tree.span() };
    let Some(mut value) = tree.get_ref().get(*first) else { return 0..0 };
    for step in rest {
        let next = match step {
            Step::Key(key) => value.get_ref().get(*key),
            Step::Item(position) => value.get_ref().get(*position),
        };
        match next {
            Some(inner) => value = inner,
            None => break,
        }
    }
    value.span()
}
