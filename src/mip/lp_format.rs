//! Writes a program in the CPLEX LP text form, for debugging, golden files and other solvers.

use super::MipProblem;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Entries per line; the form allows lines of up to 560 characters.
const PER_LINE: usize = 6;

impl MipProblem {
    /// The program in the CPLEX LP form. Characters that the form does not allow in names become `_`, and names that
    /// would clash get the index of their column or row. A row bounded on both sides is written as two rows.
    pub fn to_lp(&self) -> String {
        let columns = names(self.columns.iter().map(|column| column.name.as_str()));
        let rows = names(self.rows.iter().map(|row| row.name.as_str()));
        let mut out = String::from("Minimize\n obj:");
        let costs = self.columns.iter().zip(&columns).map(|(column, name)| (column.cost, name.as_str()));
        expression(&mut out, costs.filter(|&(cost, _)| cost != 0.0));
        if self.offset != 0.0 {
            term(&mut out, self.offset);
        }
        out.push_str("\nSubject To\n");
        for (index, (row, name)) in self.rows.iter().zip(&rows).enumerate() {
            let mut line = |suffix: &str, sense: &str, bound: f64| {
                write!(out, " {name}{suffix}:").expect("writing to a string cannot fail");
                let entries = self.row_entries(index).iter();
                expression(&mut out, entries.map(|&(column, factor)| (factor, columns[column as usize].as_str())));
                writeln!(out, " {sense} {bound}").expect("writing to a string cannot fail");
            };
            if row.lower == row.upper {
                line("", "=", row.lower);
                continue;
            }
            let both = row.lower.is_finite() && row.upper.is_finite();
            if row.lower.is_finite() {
                line(if both { ".lo" } else { "" }, ">=", row.lower);
            }
            if row.upper.is_finite() {
                line(if both { ".hi" } else { "" }, "<=", row.upper);
            }
        }
        out.push_str("Bounds\n");
        for (column, name) in self.columns.iter().zip(&columns) {
            let bound = |value: f64| {
                if value.is_finite() {
                    value.to_string()
                } else {
                    format!("{}inf", if value > 0.0 { "+" } else { "-" })
                }
            };
            writeln!(out, " {} <= {name} <= {}", bound(column.lower), bound(column.upper))
                .expect("writing to a string cannot fail");
        }
        let integers: Vec<&str> = self
            .columns
            .iter()
            .zip(&columns)
            .filter(|(column, _)| column.integer)
            .map(|(_, name)| name.as_str())
            .collect();
        if !integers.is_empty() {
            out.push_str("General\n");
            for line in integers.chunks(PER_LINE) {
                writeln!(out, " {}", line.join(" ")).expect("writing to a string cannot fail");
            }
        }
        out.push_str("End\n");
        out
    }
}

fn term(out: &mut String, factor: f64) {
    let sign = if factor < 0.0 { '-' } else { '+' };
    write!(out, " {sign} {}", factor.abs()).expect("writing to a string cannot fail");
}

/// Writes the terms, or `0` times nothing where there are none.
fn expression<'a>(out: &mut String, terms: impl Iterator<Item = (f64, &'a str)>) {
    let mut count = 0;
    for (factor, name) in terms {
        if count > 0 && count % PER_LINE == 0 {
            out.push_str("\n  ");
        }
        term(out, factor);
        write!(out, " {name}").expect("writing to a string cannot fail");
        count += 1;
    }
    if count == 0 {
        out.push_str(" 0");
    }
}

/// Names that the form allows, unique, in the order given.
fn names<'a>(given: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    given
        .enumerate()
        .map(|(index, name)| {
            let mut name: String = name.chars().map(allowed).collect();
            // A name must not start like a number or an exponent.
            if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit() || "eE.".contains(first)) {
                name.insert(0, '_');
            }
            if taken.contains(&name) {
                name = format!("{name}~{index}");
            }
            taken.insert(name.clone());
            name
        })
        .collect()
}

fn allowed(character: char) -> char {
    match character {
        '[' => '(',
        ']' => ')',
        other if other.is_ascii_alphanumeric() || "!\"#$%&(),.;?@_'`{}~".contains(other) => other,
        _ => '_',
    }
}

#[cfg(test)]
mod tests {
    use super::super::Column;
    use super::*;

    #[test]
    fn a_program_is_written_with_bounds_types_and_legal_names() {
        let mut program = MipProblem::new();
        program.offset = -2.5;
        let column = |name: &str, cost: f64, lower: f64, upper: f64, integer: bool| Column {
            name: name.into(),
            cost,
            lower,
            upper,
            integer,
        };
        let x = program.column(column("x[u1,s2]", 1.5, 0.0, 1.0, true));
        let y = program.column(column("e 1", -1.0, f64::NEG_INFINITY, f64::INFINITY, false));
        let z = program.column(column("e_1", 0.0, 2.0, 7.0, false));
        program.row("both".into(), -1.0, 4.0, [(x, 1.0), (y, -2.0)]);
        program.row("equal".into(), 3.0, 3.0, [(z, 1.0)]);
        program.row("free".into(), f64::NEG_INFINITY, f64::INFINITY, [(z, 1.0)]);
        let expected = "Minimize\n obj: + 1.5 x(u1,s2) - 1 _e_1 - 2.5\nSubject To\n \
                        both.lo: + 1 x(u1,s2) - 2 _e_1 >= -1\n both.hi: + 1 x(u1,s2) - 2 _e_1 <= 4\n \
                        _equal: + 1 _e_1~2 = 3\nBounds\n 0 <= x(u1,s2) <= 1\n -inf <= _e_1 <= +inf\n \
                        2 <= _e_1~2 <= 7\nGeneral\n x(u1,s2)\nEnd\n";
        assert_eq!(program.to_lp(), expected);
    }
}
