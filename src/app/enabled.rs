//! What can be done now, and why the rest cannot: one sentence, shown in help, palette and as a toast.

use super::action::Action;
use super::model::Model;
use super::overlays::{Overlay, kin, later};
use super::panes::{composer, conversation, offer, queue, recipients, wrapup};
use super::port::LinkState;
use super::screen::Pane;
use crate::domain::ids::{AgentId, InteractionId};
use crate::domain::permit::{Right, allows};
use crate::domain::refusal::Refusal;
use crate::domain::work::{Channel, Interaction, Phase};
use crate::lang;

/// Whether an action can be done now, else why not.
pub fn enabled(model: &Model, action: Action) -> Result<(), String> {
    use Action as A;
    match action {
        A::AcceptOffer | A::DeclineOffer | A::DeclineBecause => {
            may(model, Right::Handle)?;
            need(!model.memory.offered.is_empty(), t!("Nothing is offered to you now."))?;
            if action == A::AcceptOffer { linked(model) } else { Ok(()) }
        }
        A::PullNext => {
            may(model, Right::Handle)?;
            linked(model)
        }
        A::TakeSelected => {
            may(model, Right::Handle)?;
            need(waiting_selected(model).is_some(), t!("Select a waiting contact in the queue first."))?;
            linked(model)
        }
        A::CompleteTask => {
            need(matches!(model.queue.chosen, Some(queue::Row::Promise(_))), t!("Select a promise in the queue first."))
        }
        A::Reply => {
            open(model)?;
            may(model, Right::Reply)?;
            composer::reply_barrier(model).map_or(Ok(()), |why| Err(why.to_owned()))
        }
        A::Note => {
            open(model)?;
            may(model, Right::Note)
        }
        A::Checklist => {
            open(model)?;
            may(model, Right::Note)
        }
        A::CopyId | A::Clock => open(model),
        A::Send | A::SwitchKind => open(model),
        A::OpenEditor => open(model),
        A::WrapUp => need(wrapup::form(model).is_some() || mine(model).is_ok(), lang::text(NOT_MINE)),
        A::Hold => {
            let i = talking(model)?;
            need(i.channel != Channel::Email, t!("An e-mail waits by itself."))
        }
        A::EndContact => talking(model).map(|_| ()),
        A::Transfer | A::Escalate => {
            may(model, Right::HandOn)?;
            let i = mine(model)?;
            need(!matches!(i.phase, Phase::WrapUp { .. }), t!("The contact is over; wrap it up (<wrap-up>)."))
        }
        A::Consult => {
            may(model, Right::HandOn)?;
            linked(model)?;
            let i = talking(model)?;
            need(i.channel != Channel::Email, t!("An e-mail waits by itself; write a note or hand it on."))?;
            need(
                !matches!(i.phase, Phase::Consult { .. }),
                t!("You are asking someone already; <hand-over> hands over, <hold> goes back."),
            )
        }
        A::HandOver => {
            linked(model)?;
            match mine(model)?.phase {
                Phase::Consult { until: None, .. } => Ok(()),
                Phase::Consult { .. } => Err(t!("Your colleague has not answered yet.").to_owned()),
                _ => Err(t!("Ask a colleague first (<consult>).").to_owned()),
            }
        }
        A::LeaveConsult => need(asked(model).is_some(), t!("Nobody has asked you.")),
        A::AskCallback => {
            let waits = waiting_selected(model).and_then(|id| model.view().interaction(id));
            need(
                waits.is_some_and(|i| i.phase == Phase::Queued && i.channel != Channel::Email),
                t!("Select a waiting call or chat."),
            )
        }
        A::CallReached | A::CallUnreached => need(dialing(model).is_some(), t!("You are not calling anyone back.")),
        A::Why => need(in_front(model).is_some(), t!("Select a waiting contact, or open one of yours.")),
        A::SetOther => {
            may(model, Right::RunTeam)?;
            linked(model)
        }
        A::Snooze
        | A::Tags
        | A::Priority
        | A::Status
        | A::AssignMe
        | A::Assign
        | A::Merge
        | A::Unmerge
        | A::Split
        | A::Link => {
            open(model)?;
            may(model, Right::EditCase)
        }
        A::Identify => {
            open(model)?;
            may(model, Right::Handle)
        }
        A::Recipients => {
            open(model)?;
            may(model, Right::Reply)?;
            need(recipients::by_mail(model), t!("This is not by e-mail; it goes to the customer."))?;
            may(model, Right::SeeContacts)
        }
        A::ReplyLater => {
            open(model)?;
            may(model, Right::Reply)?;
            need(recipients::by_mail(model), t!("Only an answer by e-mail can go out later; send it now."))
        }
        A::WaitingReplies => {
            open(model)?;
            let case = model.conversation.case.map(|c| later::waiting(model, c));
            need(case.is_some_and(|w| !w.is_empty()), t!("No reply waits on this case."))
        }
        A::MergeCustomer => {
            need(kin::shown(model).is_some(), t!("No customer is shown; find one first (<find-customer>)."))?;
            may(model, Right::MergeCustomers)
        }
        A::UnmergeCustomer => {
            let holds = kin::shown(model).is_some_and(|c| !c.holds.is_empty());
            need(holds, t!("Nobody became part of the customer shown here."))?;
            may(model, Right::MergeCustomers)
        }
        A::OpenFile => {
            open(model)?;
            let files = conversation::entries(model).iter().any(|entry| !entry.files.is_empty());
            need(files, t!("The customer sent no file here."))?;
            need(crate::app::update::is_linked(model), t!("Files come over the link, and there is none now."))
        }
        A::ReadCard => need(conversation::unread_card(model).is_some(), t!("There is no hand-off card to read here.")),
        A::FinishWrapUp | A::Summarize | A::MoreTime | A::FollowUp | A::GoWrapUp | A::NextField | A::PreviousField => {
            need(wrapup::form(model).is_some(), t!("No wrap-up is open here; <wrap-up> ends a contact and opens it."))
        }
        A::InsertArticle | A::InsertSection | A::InsertLink => {
            open(model)?;
            let knowledge = &model.knowledge;
            need(
                knowledge.preview.is_some() || !knowledge.hits.is_empty(),
                t!("Find an article first (<find-article>)."),
            )
        }
        A::NextContact => {
            need(model.queue.rows.iter().any(|r| matches!(r, queue::Row::Mine(_))), t!("You have no contact."))
        }
        A::ToggleReady | A::Break => may(model, Right::Presence),
        A::Undo => need(!model.memory.done.is_empty(), t!("There is nothing to take back.")),
        A::RetryLink => need(
            match model.link.state {
                LinkState::Offline => false,
                // Then there is something it brings.
                LinkState::Live => model.link.history_at.is_some(),
                _ => true,
            },
            if model.link.state == LinkState::Offline {
                t!("You work offline on purpose.")
            } else {
                t!("The link is live.")
            },
        ),
        A::Incidents => {
            open(model)?;
            let case = model.conversation.case.and_then(|c| model.view().case(c));
            let any = case.is_some_and(|c| c.ties.incidents().next().is_some());
            need(any, t!("This case is no problem of others; link its incidents first (<link>)."))
        }
        A::FindCase | A::FindCustomer | A::Views => may(model, Right::SeeHistory),
        A::OverlayMark => {
            need(matches!(model.top(), Some(Overlay::Chooser(_) | Overlay::Prompt(_))), t!("There is nothing to mark."))
        }
        A::Snippets | A::Macros | A::SaveSnippet | A::SaveMacro => {
            open(model)?;
            may(model, Right::Note)
        }
        A::RecordMacro | A::DropStock => may(model, Right::Note),
        A::TourSkip => need(model.tour.stage != super::tour::Stage::Off, t!("The tour is not open; <tour> begins it.")),
        _ => Ok(()),
    }
}

/// The action's title as it would act now: `hold` or `resume`.
pub fn title(model: &Model, action: Action) -> &'static str {
    match action {
        Action::Hold if talking(model).is_ok_and(|i| !matches!(i.phase, Phase::Connected)) => t!("action" / "resume"),
        Action::ToggleReady => {
            let row = model.me().and_then(|me| model.view().presence(me));
            let ready = row.is_some_and(|p| p.next.unwrap_or(p.presence) == crate::domain::people::Presence::Ready);
            if ready { t!("action" / "away") } else { t!("action" / "ready") }
        }
        Action::Snooze if case_sleeps(model) => t!("action" / "wake"),
        Action::WorkOffline if model.link.state == LinkState::Offline => t!("action" / "work online"),
        _ => action.entry().spoken(),
    }
}

const NOT_MINE: &str = tk!("This is not one of your contacts; <next-contact> goes to the next of yours.");

fn case_sleeps(model: &Model) -> bool {
    let case = model.conversation.case.and_then(|c| model.view().case(c));
    case.is_some_and(|c| c.snoozed_until.is_some())
}

fn need(it: bool, why: &str) -> Result<(), String> {
    if it { Ok(()) } else { Err(why.to_owned()) }
}

fn open(model: &Model) -> Result<(), String> {
    need(model.conversation.case.is_some(), t!("Open a case first."))
}

fn me(model: &Model) -> Result<AgentId, String> {
    model.me().ok_or_else(|| t!("The desk is not signed in yet.").to_owned())
}

fn may(model: &Model, right: Right) -> Result<(), String> {
    let me = me(model)?;
    let Some(agent) = model.view().agent(me) else { return Ok(()) };
    if allows(agent.role, right) {
        return Ok(());
    }
    let refusal = Refusal::NotAllowed { what: right.verb().into(), role: agent.role.word().into() };
    Err(refusal.sentence(model.server(crate::domain::time::At(0))))
}

fn linked(model: &Model) -> Result<(), String> {
    need(
        matches!(model.link.state, LinkState::Live | LinkState::Late),
        t!("Only the server can decide this, and there is no link."),
    )
}

/// The contact of mine on the open case.
pub fn mine(model: &Model) -> Result<&Interaction, String> {
    let me = me(model)?;
    conversation::contact(model).filter(|i| i.owner == Some(me)).ok_or_else(|| lang::text(NOT_MINE).to_owned())
}

/// The contact of mine that runs: on the open case, else the one on the telephone.
pub fn talking(model: &Model) -> Result<&Interaction, String> {
    let me = me(model)?;
    let runs = |i: &&Interaction| i.phase.is_live();
    if let Some(i) = mine(model).ok().filter(runs) {
        return Ok(i);
    }
    let voice = |i: &&Interaction| matches!(i.channel, Channel::Voice | Channel::Callback);
    let call = model.view().interactions().filter(|i| i.owner == Some(me)).filter(runs).find(voice);
    call.ok_or_else(|| match mine(model) {
        Ok(_) => t!("The contact is over; wrap it up (<wrap-up>).").to_owned(),
        Err(why) => why,
    })
}

/// The waiting contact that is selected, or open.
pub fn waiting_selected(model: &Model) -> Option<InteractionId> {
    match model.queue.chosen {
        Some(queue::Row::Waiting(id)) => Some(id),
        _ => None,
    }
}

/// The contact a colleague asked this agent about, once joined.
pub fn asked(model: &Model) -> Option<&Interaction> {
    let me = model.me()?;
    model.view().held(me).find(|i| matches!(i.phase, Phase::Consult { with, until: None, .. } if with == me))
}

/// The callback this agent is calling.
pub fn dialing(model: &Model) -> Option<&Interaction> {
    let me = model.me()?;
    model.view().held(me).find(|i| matches!(i.phase, Phase::Dialing { .. }))
}

/// The contact in front: the one selected in the queue while that has the focus, else the open case's.
pub fn in_front(model: &Model) -> Option<InteractionId> {
    let selected = match model.queue.chosen {
        Some(queue::Row::Waiting(id) | queue::Row::Mine(id)) => Some(id),
        _ => None,
    };
    let open = conversation::contact(model).map(|i| i.id);
    let front = if model.focus == Pane::Queue { selected.or(open) } else { open.or(selected) };
    front.filter(|id| model.view().interaction(*id).is_some())
}

/// The contact of the offer band.
pub fn offered(model: &Model, now: crate::domain::time::At) -> Option<InteractionId> {
    offer::band(model, now).map(|b| b.interaction)
}
