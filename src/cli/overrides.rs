//! `--override-…`: one option for each limit, made of the list of limits itself.

use std::collections::BTreeMap;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use crate::model::{LimitKind, SHORTEST_REASON};

/// The limits that a person goes past, each with the reason.
#[derive(Clone, Debug, Default)]
pub struct Overrides(pub BTreeMap<LimitKind, String>);

impl Args for Overrides {
    fn augment_args(command: Command) -> Command {
        LimitKind::ALL.iter().fold(command, |command, limit| {
            command.arg(
                Arg::new(limit.option())
                    .long(limit.option())
                    .value_name("REASON")
                    .value_parser(reason)
                    .help_heading("Limits")
                    .help(format!("Go past the limit that guards {}", limit.guards())),
            )
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Overrides {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = LimitKind::ALL.iter().filter_map(|limit| {
            let reason = matches.get_one::<String>(limit.option())?;
            Some((*limit, reason.clone()))
        });
        Ok(Self(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Takes a reason that says something.
///
/// # Errors
/// What is wrong with it.
pub fn reason(text: &str) -> Result<String, String> {
    let reason = text.trim();
    if reason.contains(char::is_control) {
        return Err("a reason is one line of text".to_owned());
    }
    match reason.chars().count() {
        short if short < SHORTEST_REASON => {
            Err(format!("a reason has {SHORTEST_REASON} characters at least, and this has {short}"))
        }
        _ => Ok(reason.to_owned()),
    }
}
