//! What customers think of a contact, as they say it in a survey.

use super::{Context, Decision};
use crate::domain::command::Command;
use crate::domain::event::Event;
use crate::domain::ids::RatingId;
use crate::domain::refusal::Refusal;
use crate::domain::row::Entity;
use crate::domain::tally::Rating;

/// One answer for each survey and contact; only contacts that were answered can be rated.
pub(super) fn rate(ctx: &Context, command: &Command) -> Decision {
    let Command::RateContact { case, interaction, survey, mark, scale } = command else { return Ok(Vec::new()) };
    let case = ctx.case(*case)?;
    let Some((least, most)) = survey.range(*scale) else {
        let because = format!("{} has no scale up to {scale}; csat has 5, nps has 10, ces has 7 or 5", survey.word());
        return Err(Refusal::invalid("scale", because));
    };
    if !(least..=most).contains(mark) {
        return Err(Refusal::invalid("mark", format!("{} has marks from {least} to {most}", survey.word())));
    }
    let legs = ctx.state.wrap_ups().filter(|w| w.case == case.id && w.interaction.0 != 0 && !w.late);
    let rated = legs.filter(|w| interaction.is_none_or(|id| id == w.interaction)).max_by_key(|w| (w.at, w.id));
    let Some(leg) = rated else {
        return Err(Refusal::invalid("interaction", "this case has no such contact that was answered and is over"));
    };
    if ctx.state.ratings().any(|r| r.interaction == leg.interaction && r.survey == *survey) {
        return Err(Refusal::Exists { what: format!("the customer's {} answer for this contact", survey.word()) });
    }
    Ok(vec![Event::Rated {
        rating: Rating {
            id: RatingId(ctx.state.next_id(Entity::Rating, 0)),
            survey: *survey,
            mark: *mark,
            scale: *scale,
            interaction: leg.interaction,
            case: case.id,
            queue: case.queue,
            agent: leg.agent,
            at: ctx.now,
        },
    }])
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ANA, BILLING, Desk, T0};
    use crate::domain::command::{Actor, Command};
    use crate::domain::event::Event;
    use crate::domain::ids::{CaseId, InteractionId, KeyId};
    use crate::domain::refusal::Refusal;
    use crate::domain::row::{Entity, Record};
    use crate::domain::tally::Survey;
    use crate::domain::work::{Channel, LegEnd, WrapUp};

    fn leg(id: u64, interaction: u64, late: bool) -> WrapUp {
        WrapUp {
            id: crate::domain::ids::WrapUpId(id),
            interaction: InteractionId(interaction),
            case: CaseId(1),
            queue: BILLING,
            agent: ANA,
            epoch: 2,
            channel: Channel::Chat,
            reason: None,
            outcome: None,
            note: None,
            at: T0.plus(id.cast_signed()),
            wait_ms: 0,
            talk_ms: 0,
            hold_ms: 0,
            holds: 0,
            wrap_ms: 0,
            late,
            customer: None,
            served: BILLING,
            rung: None,
            dial_ms: 0,
            target_s: None,
            end: LegEnd::Finished,
            findings: Default::default(),
            incomplete: false,
        }
    }

    fn asked() -> Desk {
        let mut desk = Desk::new();
        desk.open(Channel::Chat, BILLING, None);
        for leg in [leg(1, 7, false), leg(2, 8, false), leg(3, 7, true), leg(4, 0, false)] {
            desk.state.load(leg.into());
        }
        desk
    }

    fn rate(desk: &mut Desk, interaction: Option<u64>, survey: Survey, mark: u8, scale: u8) -> Result<u64, Refusal> {
        let interaction = interaction.map(InteractionId);
        let command = Command::RateContact { case: CaseId(1), interaction, survey, mark, scale };
        let events = desk.give(Actor::Gateway(KeyId(1)), command)?;
        match &events[..] {
            [Event::Rated { rating }] => Ok(rating.interaction.0),
            other => panic!("rated, not {other:?}"),
        }
    }

    #[test]
    fn the_newest_answered_contact_is_meant_unless_another_is_named() {
        let mut desk = asked();
        assert_eq!(rate(&mut desk, None, Survey::Csat, 5, 5), Ok(8), "not the late one, not imported history");
        assert_eq!(rate(&mut desk, Some(7), Survey::Csat, 1, 5), Ok(7));
        assert_eq!(rate(&mut desk, None, Survey::Nps, 0, 10), Ok(8), "another survey");
        assert!(matches!(rate(&mut desk, None, Survey::Csat, 5, 5), Err(Refusal::Exists { .. })), "once");
        assert_eq!(desk.state.ratings().count(), 3);
        assert_eq!(desk.state.ratings().next().map(Record::row_id), Some(1));
        assert_eq!(desk.state.next_id(Entity::Rating, 0), 4);
    }

    #[test]
    fn a_mark_off_its_scale_is_refused() {
        let mut desk = asked();
        for (survey, mark, scale) in [
            (Survey::Csat, 0, 5),
            (Survey::Csat, 6, 5),
            (Survey::Csat, 3, 4),
            (Survey::Nps, 11, 10),
            (Survey::Ces, 0, 7),
        ] {
            let refused = rate(&mut desk, None, survey, mark, scale);
            assert!(matches!(refused, Err(Refusal::Invalid { .. })), "{survey:?} {mark} of {scale}: {refused:?}");
        }
        assert!(
            matches!(rate(&mut desk, Some(9), Survey::Csat, 5, 5), Err(Refusal::Invalid { .. })),
            "no such contact"
        );
    }

    #[test]
    fn only_gateways_and_the_operator_bring_ratings() {
        let mut desk = asked();
        let command =
            Command::RateContact { case: CaseId(1), interaction: None, survey: Survey::Csat, mark: 5, scale: 5 };
        assert!(matches!(desk.give(Actor::Agent(ANA), command.clone()), Err(Refusal::NotAllowed { .. })));
        assert!(matches!(desk.give(Actor::System, command.clone()), Err(Refusal::NotAllowed { .. })));
        assert!(desk.give(Actor::Operator, command).is_ok());
    }
}
