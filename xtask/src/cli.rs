//! The command line: one word, then `--switch` and `--name value`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context, Result, bail};

/// One command of the tool.
pub(crate) struct Command {
    /// The word after `cargo xtask`.
    pub(crate) name: &'static str,
    /// One line for the help.
    pub(crate) help: &'static str,
    /// Flags without a value, written `--name`.
    pub(crate) switches: &'static [&'static str],
    /// Flags with a value, written `--name value`.
    pub(crate) values: &'static [&'static str],
    /// Does the work; an error is printed and ends the process with a failure.
    pub(crate) run: fn(&Flags) -> Result<()>,
}

/// The flags given to a command. An unknown one is refused when they are parsed.
#[derive(Debug, Default)]
pub(crate) struct Flags {
    given: BTreeMap<String, String>,
}

impl Flags {
    /// Reads `arguments` as flags of `command`.
    pub(crate) fn parse(
        command: &Command,
        arguments: impl IntoIterator<Item = String>,
    ) -> Result<Self> {
        let mut arguments = arguments.into_iter();
        let mut given = BTreeMap::new();
        while let Some(argument) = arguments.next() {
            let name = argument.strip_prefix("--").unwrap_or_default();
            let value = if command.switches.contains(&name) {
                String::new()
            } else if command.values.contains(&name) {
                arguments
                    .next()
                    .with_context(|| format!("--{name} needs a value"))?
            } else {
                bail!("unknown argument {argument:?}");
            };
            given.insert(name.to_owned(), value);
        }
        Ok(Self { given })
    }

    /// Whether the switch was given.
    pub(crate) fn has(&self, switch: &str) -> bool {
        self.given.contains_key(switch)
    }

    /// The value of a flag, or `default` when it was not given.
    pub(crate) fn value<'a>(&'a self, name: &str, default: &'a str) -> &'a str {
        self.given.get(name).map_or(default, String::as_str)
    }
}

/// The list of commands, a line each.
pub(crate) fn help(commands: &[Command]) -> String {
    let mut text = String::from("cargo xtask COMMAND\n\n");
    for command in commands {
        let _ = writeln!(text, "  {:<10} {}", command.name, command.help);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: Command = Command {
        name: "sample",
        help: "",
        switches: &["quiet"],
        values: &["port"],
        run: |_| Ok(()),
    };

    fn parse(arguments: &[&str]) -> Result<Flags> {
        Flags::parse(
            &SAMPLE,
            arguments.iter().map(|&argument| argument.to_owned()),
        )
    }

    #[test]
    fn switches_and_values_are_told_apart() {
        let flags = parse(&["--port", "9000", "--quiet"]).unwrap();
        assert!(flags.has("quiet"));
        assert_eq!(flags.value("port", "8080"), "9000");
        assert_eq!(parse(&[]).unwrap().value("port", "8080"), "8080");
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert!(parse(&["--loud"]).is_err());
        assert!(parse(&["quiet"]).is_err());
        assert!(parse(&["--port"]).is_err());
    }
}
