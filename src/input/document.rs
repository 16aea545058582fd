//! `scenario.toml` as a tree with places: parsed, changed by a variant, checked, and asked where a value stands.
//!
//! A second file may be read into the same tree. Its text is parsed behind a margin as long as the texts before it, so that
//! one offset names a place in either.

use super::problem::{Code, Problem, Problems, Reported};
use super::source::{self, SourceFile};
use std::ops::Range;
use toml::Spanned;
use toml::de::DeTable;

/// The texts with their names, for places.
#[derive(Debug, Clone, Default)]
pub struct Document {
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
struct Part {
    start: usize,
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
        let mut document = Self::default();
        let tree = document.add(source, source.text(), problems)?;
        Ok((document, tree))
    }

    /// The text of a further file behind the margin at which [`Self::also`] takes it.
    pub fn behind(first: &SourceFile, further: &SourceFile) -> String {
        " ".repeat(first.text().len()) + further.text()
    }

    /// Parses a further file, given its text from [`Self::behind`].
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn also<'i>(
        &mut self,
        source: &SourceFile,
        behind: &'i str,
        problems: &mut Problems,
    ) -> Result<Tree<'i>, Reported> {
        self.add(source, behind, problems)
    }

    fn add<'i>(&mut self, source: &SourceFile, text: &'i str, problems: &mut Problems) -> Result<Tree<'i>, Reported> {
        let start = text.len() - source.text().len();
        self.parts.push(Part { start, name: source.name.clone(), text: source.text().to_owned() });
        let (tree, errors) = DeTable::parse_recoverable(text);
        if errors.is_empty() {
            return Ok(tree);
        }
        for error in errors.iter().take(Problems::KEPT) {
            let reason = error.message().lines().collect::<Vec<_>>().join(" ");
            let span = error.span().unwrap_or(start..start);
            problems.push(self.problem(Code::TomlSyntax, &span).with("reason", reason));
        }
        Err(Reported)
    }

    /// The file in which an offset lies.
    fn part(&self, offset: usize) -> Option<&Part> {
        self.parts.iter().rev().find(|part| part.start <= offset)
    }

    /// A problem at a span of the text.
    pub fn problem(&self, code: Code, span: &Range<usize>) -> Problem {
        match self.part(span.start) {
            Some(part) => Problem::new(code, &part.name).at(source::place(&part.text, span.start - part.start)),
            None => Problem::new(code, ""),
        }
    }

    /// A problem at a value of the tree, or at the nearest value around it that there is.
    pub fn problem_at(&self, code: Code, tree: &Tree<'_>, path: &[Step<'_>]) -> Problem {
        self.problem(code, &span(tree, path))
    }

    /// The text of a span.
    pub fn snippet(&self, span: &Range<usize>) -> &str {
        let text = |part: &'_ Part| -> Option<Range<usize>> {
            Some(span.start.checked_sub(part.start)?..span.end.checked_sub(part.start)?)
        };
        self.part(span.start).and_then(|part| part.text.get(text(part)?)).unwrap_or_default()
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
