//! Snippets and macros of everyone's and of teams. People's own are theirs: they are neither listed nor changed here.

use std::collections::BTreeMap;
use std::io::Read as _;

use anyhow::{Context as _, bail};

use super::{names, need, put, retire};
use crate::cli::args::{StockCmd, StockName, StockSet};
use crate::cli::books::Office;
use crate::cli::exchange::resolve::{Names, key_of, stock_name};
use crate::cli::say::table;
use crate::domain::ids::{StockId, TeamId};
use crate::domain::row::{Entity, RowKey};
use crate::domain::stock::{Kind, Owner, Stock, Usage};

pub(super) fn run(office: &mut dyn Office, kind: Kind, command: &StockCmd) -> anyhow::Result<()> {
    match command {
        StockCmd::List => list(office, kind),
        StockCmd::Set(to) => set(office, kind, to),
        StockCmd::Retire(name) => {
            let known = full_name(&names(office)?, kind, name)?;
            let word = capital(kind.word());
            retire(office, Entity::Stock, &known, &format!("{word} {} is gone.", name.key)).map_err(|error| {
                // Its full name is no word for people.
                match error.to_string().contains('\t') {
                    true => anyhow::anyhow!("there is no {} {} of that language and team", kind.word(), name.key),
                    false => error,
                }
            })
        }
    }
}

fn list(office: &mut dyn Office, kind: Kind) -> anyhow::Result<()> {
    let mut uses: BTreeMap<StockId, u64> = BTreeMap::new();
    for usage in office.all(Entity::Usage)?.into_iter().filter_map(|row| Usage::try_from(row).ok()) {
        for (id, n) in usage.uses {
            *uses.entry(id).or_default() += u64::from(n);
        }
    }
    let teams: BTreeMap<u64, String> =
        office.all(Entity::Team)?.iter().filter_map(|row| Some((row.id(), key_of(row)?))).collect();
    let stocks = office.all(Entity::Stock)?.into_iter().filter_map(|row| Stock::try_from(row).ok());
    let shared = stocks.filter(|s| s.kind == kind && !matches!(s.owner, Owner::Agent(_)));
    let rows = shared.map(|s| {
        let owner = match s.owner {
            Owner::Team(team) => teams.get(&team.0).cloned().unwrap_or_default(),
            _ => "everyone".to_owned(),
        };
        let uses = uses.get(&s.id).copied().unwrap_or(0).to_string();
        vec![s.key, s.locale, owner, uses, s.title]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    table(&["KEY", "LANGUAGE", "FOR", "USED", "TITLE"], &rows, "There is none yet.")
}

fn set(office: &mut dyn Office, kind: Kind, to: &StockSet) -> anyhow::Result<()> {
    let names = names(office)?;
    let owner = owner(&names, &to.name)?;
    let id = StockId(names.id(Entity::Stock, &full_name(&names, kind, &to.name)?).unwrap_or(0));
    let known = match id.0 {
        0 => None,
        id => {
            let rows = office.rows(&[RowKey { entity: Entity::Stock, id }])?;
            rows.into_iter().find_map(|row| Stock::try_from(row).ok())
        }
    };
    let body = match (&to.text, &to.file) {
        (Some(text), _) => Some(text.clone()),
        (None, Some(file)) if file.as_os_str() == "-" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("standard input cannot be read")?;
            Some(text)
        }
        (None, Some(file)) => {
            Some(std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?)
        }
        (None, None) => None,
    };
    let Some(body) = body.map(|b| b.trim_end().to_owned()).or_else(|| known.as_ref().map(|k| k.body.clone())) else {
        bail!("--text: say what it is, or name a file with --file");
    };
    let Some(title) = to.title.clone().or_else(|| known.map(|k| k.title)) else {
        bail!("--title: say what it is called");
    };
    let (key, locale) = (to.name.key.clone(), to.name.locale.clone());
    let said = format!("{} {key} is set.", capital(kind.word()));
    put(office, Stock { id, kind, key, title, body, locale, owner }, &said)
}

fn owner(names: &Names, name: &StockName) -> anyhow::Result<Owner> {
    Ok(match &name.team {
        Some(team) => Owner::Team(TeamId(need(names, Entity::Team, team)?)),
        None => Owner::Firm,
    })
}

fn full_name(names: &Names, kind: Kind, name: &StockName) -> anyhow::Result<String> {
    Ok(stock_name(kind, &name.key, &name.locale, owner(names, name)?))
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
