//! Numbers one after the other, for formats in which line breaks mean nothing.

use super::ReadError;
use super::text::SourceText;

/// The numbers of a text, in order, separated by blanks, line breaks or commas.
pub struct Tokens<'a> {
    text: &'a SourceText,
    rest: &'a str,
    line: usize,
}

/// A number of at least 0, the requirement on capacities, demands and costs.
const NON_NEGATIVE: &str = "a number of at least 0";
/// A count of things.
const COUNT: &str = "a whole number of at least 1";

impl<'a> Tokens<'a> {
    /// Starts at the first number of `text`.
    pub fn new(text: &'a SourceText) -> Self {
        Self { text, rest: &text.content, line: 1 }
    }

    /// The next number, whatever it is.
    ///
    /// # Errors
    /// [`ReadError::Ended`] and [`ReadError::Value`], which call it `what`.
    pub fn number(&mut self, what: impl Fn() -> String) -> Result<f64, ReadError> {
        self.parsed(what, "a number", |_| true)
    }

    /// The next number, of at least 0.
    ///
    /// # Errors
    /// As for [`Tokens::number`].
    pub fn amount(&mut self, what: impl Fn() -> String) -> Result<f64, ReadError> {
        self.parsed(what, NON_NEGATIVE, |number| number >= 0.0)
    }

    /// The next `len` numbers, each of at least 0.
    ///
    /// # Errors
    /// As for [`Tokens::number`]; `what` is told the position within the list.
    pub fn amounts(&mut self, len: usize, what: impl Fn(usize) -> String) -> Result<Vec<f64>, ReadError> {
        (0..len).map(|index| self.amount(|| what(index))).collect()
    }

    /// The next number, a count of at least 1.
    ///
    /// # Errors
    /// As for [`Tokens::number`].
    pub fn count(&mut self, what: &str) -> Result<usize, ReadError> {
        let whole = |number: f64| number >= 1.0 && number <= f64::from(u32::MAX) && number.fract() == 0.0;
        self.parsed(|| what.to_owned(), COUNT, whole).map(|number| number as usize)
    }

    /// The next number, an id.
    ///
    /// # Errors
    /// As for [`Tokens::number`].
    pub fn id(&mut self, what: impl Fn() -> String) -> Result<i64, ReadError> {
        let whole = |number: f64| number.fract() == 0.0 && number.abs() <= f64::from(u32::MAX);
        self.parsed(what, "a whole number", whole).map(|number| number as i64)
    }

    /// Passes over a token that is not wanted, whatever it says.
    ///
    /// # Errors
    /// [`ReadError::Ended`].
    pub fn skip(&mut self, what: &str) -> Result<(), ReadError> {
        self.next(|| what.to_owned()).map(|_| ())
    }

    /// The line of the token read last, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    fn parsed(
        &mut self,
        what: impl Fn() -> String,
        expected: &'static str,
        accept: impl Fn(f64) -> bool,
    ) -> Result<f64, ReadError> {
        let token = self.next(&what)?;
        match token.parse::<f64>() {
            Ok(number) if number.is_finite() && accept(number) => Ok(number),
            _ => Err(ReadError::Value {
                path: self.text.path.clone(),
                line: self.line,
                what: what(),
                expected,
                found: excerpt(token),
            }),
        }
    }

    fn next(&mut self, what: impl Fn() -> String) -> Result<&'a str, ReadError> {
        let separates = |c: char| c.is_whitespace() || c == ',';
        let Some(start) = self.rest.find(|c: char| !separates(c)) else {
            self.line += self.rest.matches('\n').count();
            self.rest = "";
            return Err(ReadError::Ended { path: self.text.path.clone(), line: self.line, what: what() });
        };
        let (gap, rest) = self.rest.split_at(start);
        self.line += gap.matches('\n').count();
        let (token, rest) = rest.split_at(rest.find(separates).unwrap_or(rest.len()));
        self.rest = rest;
        Ok(token)
    }
}

/// The beginning of `token`, short enough for a message.
pub fn excerpt(token: &str) -> String {
    const LONGEST: usize = 40;
    if token.chars().count() <= LONGEST {
        return token.to_owned();
    }
    token.chars().take(LONGEST).chain(['…']).collect()
}
