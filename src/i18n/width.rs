//! Text in columns of a terminal, where a Chinese character takes two.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text cut to at most `columns`, with an ellipsis where something was cut off.
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for character in text.chars() {
        let own = character.width().unwrap_or(0);
        if used + own > columns.saturating_sub(1) {
            break;
        }
        used += own;
        out.push(character);
    }
    if columns > 0 {
        out.push('…');
    }
    out
}

/// The text cut or filled with spaces on the right to exactly `columns`.
pub fn left(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    let missing = columns - width(&text).min(columns);
    text + &" ".repeat(missing)
}

/// The text cut or filled with spaces on the left to exactly `columns`.
pub fn right(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    " ".repeat(columns - width(&text).min(columns)) + &text
}

/// The text in lines of at most `columns`: broken at spaces, else between wide characters or, within a longer word, anywhere.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(2);
    let mut lines = Vec::new();
    let mut line = String::new();
    for piece in pieces(text) {
        if width(&line) + width(piece.trim_end()) <= columns {
            line.push_str(piece);
            continue;
        }
        if !line.trim_end().is_empty() {
            lines.push(line.trim_end().to_owned());
        }
        line = String::new();
        for character in piece.chars() {
            if width(&line) + character.width().unwrap_or(0) > columns && character != ' ' {
                lines.push(std::mem::take(&mut line));
            }
            line.push(character);
        }
    }
    if !line.trim_end().is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Pieces between which a line may break: words with the spaces after them, and single wide characters with the
/// punctuation after them.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    for (at, character) in text.char_indices() {
        if let Some(last) = before {
            let wide = |c: char| c.width() == Some(2);
            let closing = |c: char| "，。；：、）」』》？！,.;:)%".contains(c);
            if !closing(character) && character != ' ' && (last == ' ' || wide(last) || wide(character)) {
                pieces.push(&text[start..at]);
                start = at;
            }
        }
        before = Some(character);
    }
    pieces.push(&text[start..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_takes_two_columns() {
        assert_eq!(width("学校ab"), 6);
        assert_eq!(left("学校", 6), "学校  ");
        assert_eq!(right("学校", 6), "  学校");
        assert_eq!(left("学校布局", 6), "学校… ");
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab…");
        assert_eq!(cut("学", 0), "");
    }

    #[test]
    fn lines_break_at_spaces_and_between_wide_characters() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("学校布局调整", 5), ["学校", "布局", "调整"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("满足规则, 可行", 8), ["满足规", "则, 可行"]);
        assert!(wrap("", 10).is_empty());
        for line in wrap("差距 0.42%: 所定目标值为 5,400.1, 在所建模的规则下任何方案都不可能低于 5,395.8。", 20)
        {
            assert!(width(&line) <= 20, "{line}");
        }
    }
}
