//! What a customer chose after they came: a mail cannot ask before it is there.

use super::{Context, Decision, check_line};
use crate::domain::command::Chosen;
use crate::domain::event::Event;
use crate::domain::machine::contact::Step;
use crate::domain::refusal::Refusal;
use crate::domain::routing::Flow;
use crate::domain::work::Phase;

/// Longest menu path.
pub(super) const MAX_MENU: usize = 10;

/// Refuses a path that is none.
pub(super) fn check_menu(menu: &[String]) -> Result<(), Refusal> {
    if menu.len() > MAX_MENU {
        return Err(Refusal::invalid("menu", format!("it has more than {MAX_MENU} steps")));
    }
    menu.iter().try_for_each(|step| check_line("menu", step))
}

/// Takes the first choice there is; while nobody has the contact, it goes where the choice leads.
pub(super) fn triage(ctx: &Context, chosen: &Chosen) -> Decision {
    let Chosen { interaction, queue, priority, language, menu } = chosen;
    let i = ctx.interaction(*interaction)?;
    check_menu(menu)?;
    check_line("language", language)?;
    if menu.is_empty() || !i.menu.is_empty() {
        return Ok(Vec::new());
    }
    let case = ctx.case(i.case)?;
    let mut events =
        vec![Event::Triaged { interaction: i.id, menu: menu.clone(), language: language.clone(), at: ctx.now }];
    if *priority > case.priority {
        events.push(Event::PriorityChanged { case: case.id, priority: *priority, at: ctx.now });
    }
    let elsewhere = queue.filter(|queue| *queue != i.queue && matches!(i.phase, Phase::Queued));
    if let Some(queue) = elsewhere {
        let target = ctx.state.queue(queue).filter(|q| q.active && q.channels.contains(&i.channel));
        let target = target.ok_or_else(|| Refusal::invalid("queue", "there is none for this channel"))?;
        Step::of(i).check(Step::FlowedOut, "move it on")?;
        events.push(Event::FlowedOut { interaction: i.id, from: i.queue, to: target.id, how: Flow::Move, at: ctx.now });
        events.push(Event::CaseMoved { case: case.id, queue: target.id, at: ctx.now });
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use crate::domain::command::{Actor, Chosen, Command};
    use crate::domain::decide::tests::{ANA, BILLING, Desk, TECH};
    use crate::domain::ids::{InteractionId, KeyId, QueueId};
    use crate::domain::time::MINUTE;
    use crate::domain::work::{Channel, Priority};

    fn chosen(interaction: InteractionId, queue: Option<QueueId>, menu: &[&str]) -> Command {
        let menu = menu.iter().map(|step| (*step).to_owned()).collect();
        Command::Triage(Box::new(Chosen { interaction, queue, priority: Priority::High, language: "de".into(), menu }))
    }

    /// Somebody who came without choosing.
    fn comes(desk: &mut Desk) -> InteractionId {
        let id = desk.open(Channel::Email, BILLING, Some("Help"));
        let mut interaction = desk.get(id);
        interaction.menu.clear();
        desk.state.load(interaction.into());
        id
    }

    #[test]
    fn a_choice_moves_what_waits_once_and_nothing_an_agent_has() {
        let mut desk = Desk::new();
        let (waits, taken) = (comes(&mut desk), comes(&mut desk));
        desk.ask(ANA, Command::Pull { interaction: Some(taken) }).expect("hers");
        desk.wait(MINUTE);
        let gateway = Actor::Gateway(KeyId(1));
        for id in [waits, taken] {
            desk.give(gateway, chosen(id, Some(TECH), &["Fault", "No network"])).expect("takes it");
        }
        let (moved, kept) = (desk.get(waits), desk.get(taken));
        assert_eq!((moved.queue, moved.priority, moved.language.as_str()), (TECH, Priority::High, "de"));
        assert_eq!(desk.state.case(moved.case).map(|c| (c.queue, c.priority)), Some((TECH, Priority::High)));
        assert!(desk.state.messages_of(moved.case).all(|m| m.queue == TECH), "its words go along");
        assert_eq!((kept.queue, kept.owner, kept.menu.len()), (BILLING, Some(ANA), 2), "an agent's stays theirs");
        // The first choice holds.
        assert_eq!(desk.give(gateway, chosen(waits, Some(BILLING), &["Bill"])), Ok(vec![]));
        assert_eq!(desk.get(waits).menu, ["Fault", "No network"]);
        assert!(desk.ask(ANA, chosen(waits, None, &["Bill"])).is_err(), "agents do not choose for customers");
    }

    #[test]
    fn a_choice_that_leads_nowhere_is_refused_and_changes_nothing() {
        let mut desk = Desk::new();
        let waits = comes(&mut desk);
        let before = desk.get(waits);
        let gateway = Actor::Gateway(KeyId(1));
        assert!(desk.give(gateway, chosen(waits, Some(QueueId(99)), &["Fault"])).is_err());
        assert!(desk.give(gateway, chosen(waits, None, &["a".repeat(10_000).as_str()])).is_err());
        assert!(desk.give(gateway, chosen(waits, None, &["a"; 11])).is_err());
        assert_eq!(desk.get(waits), before);
    }
}
