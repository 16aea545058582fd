//! The language of a command and its help: the doc comments of the arguments, or their counterparts in the catalogue.
//!
//! The English help stands beside the arguments as doc comments. The Chinese help is in `messages.zh.toml` under
//! `help.<command>` and `help.<command>.<argument>`; what is not there is shown in English.

use crate::i18n::{Catalogue, Language};
use clap::Command;
use std::ffi::OsString;

/// The language that the arguments ask for with `--lang`, else that of the locale. Read before the arguments are parsed, so
/// that help and usage errors are in it too.
pub(super) fn language(args: impl Iterator<Item = OsString>) -> Language {
    let mut args = args.map(|arg| arg.to_string_lossy().into_owned());
    let mut chosen = None;
    while let Some(arg) = args.next() {
        if arg == "--" {
            break;
        }
        let value = if arg == "--lang" { args.next() } else { arg.strip_prefix("--lang=").map(str::to_owned) };
        chosen = value.and_then(|name| Language::from_name(&name)).or(chosen);
    }
    chosen.unwrap_or_else(|| Language::from_locale(|name| std::env::var(name).ok()))
}

/// Puts the help of a command and everything below it into a language.
pub(super) fn in_language(command: Command, language: Language) -> Command {
    if language == Language::En { command } else { translated(command, "help", Catalogue::of(language)) }
}

fn translated(mut command: Command, path: &str, catalogue: &Catalogue) -> Command {
    if let Some(about) = catalogue.source(&format!("{path}.about")) {
        command = command.about(about.to_owned()).long_about(about.to_owned());
    }
    let arguments: Vec<String> = command.get_arguments().map(|argument| argument.get_id().to_string()).collect();
    for id in arguments {
        let help = catalogue.source(&format!("{path}.{id}")).or_else(|| catalogue.source(&format!("help.{id}")));
        if let Some(help) = help {
            command = command.mut_arg(id, |argument| argument.help(help.to_owned()).long_help(help.to_owned()));
        }
    }
    let below: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in below {
        let path = format!("{path}.{name}");
        command = command.mut_subcommand(name, |sub| translated(sub, &path, catalogue));
    }
    command
}
