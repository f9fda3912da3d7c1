//! Man page and completions, made from the table of the command line.

use clap::CommandFactory as _;
use clap_complete::Shell;
use std::io::Write as _;

use super::args::Cli;

/// `cordboard man`: the page, with every subcommand in it.
pub fn man() -> anyhow::Result<()> {
    let mut page = Vec::new();
    let command = Cli::command();
    let man = clap_mangen::Man::new(command.clone());
    man.render(&mut page)?;
    sections(&command, "", &mut page)?;
    std::io::stdout().lock().write_all(&page)?;
    Ok(())
}

/// One section per subcommand, so that one page has them all.
fn sections(command: &clap::Command, before: &str, page: &mut Vec<u8>) -> anyhow::Result<()> {
    for sub in command.get_subcommands().filter(|s| !s.is_hide_set()) {
        let name = format!("{before} {}", sub.get_name());
        if sub.has_subcommands() {
            sections(sub, &name, page)?;
            continue;
        }
        writeln!(page, ".SH \"{}\"", name.trim().to_uppercase())?;
        let mut inner = sub.clone().bin_name(format!("cordboard{name}"));
        inner.build();
        let man = clap_mangen::Man::new(inner);
        man.render_description_section(page)?;
        man.render_options_section(page)?;
    }
    Ok(())
}

/// `cordboard completions SHELL`.
pub fn completions(shell: Shell) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "cordboard", &mut script);
    std::io::stdout().lock().write_all(&script)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
