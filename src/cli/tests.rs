//! The command line as clap sees it.

use super::*;
use crate::i18n::{Catalogue, Language};

#[test]
fn the_definition_of_the_command_line_is_sound() {
    for language in Language::ALL {
        help::in_language(Cli::command(), language).debug_assert();
    }
}

/// Paths of all commands and their arguments, as the Chinese help names them.
fn paths(command: &clap::Command, path: &str, found: &mut Vec<String>) {
    found.push(format!("{path}.about"));
    found.extend(command.get_arguments().map(|argument| format!("{path}.{}", argument.get_id())));
    for sub in command.get_subcommands() {
        paths(sub, &format!("{path}.{}", sub.get_name()), found);
    }
}

#[test]
fn chinese_help_names_only_what_exists() {
    let mut command = Cli::command();
    command.build();
    let mut known = Vec::new();
    paths(&command, "help", &mut known);
    let general = ["help.about", "help.lang", "help.help", "help.version", "help.json"];
    for (key, _) in Catalogue::of(Language::Zh).entries().filter(|(key, _)| key.starts_with("help.")) {
        assert!(general.contains(&key) || known.iter().any(|path| path == key), "{key}");
    }
}

#[test]
fn the_language_is_read_before_the_arguments() {
    let of = |args: &[&str]| help::language(args.iter().map(|&arg| arg.into()));
    assert_eq!(of(&["check", "x", "--lang", "zh"]), Language::Zh);
    assert_eq!(of(&["--lang=en", "check"]), Language::En);
    assert_eq!(of(&["--lang=zh", "--", "--lang=en"]), Language::Zh);
}
