//! What of the snapshot is still to be sent, in order of need.

use std::collections::VecDeque;

use crate::domain::row::Entity;
use crate::domain::scope::{Lane, Scope};
use crate::wire::frame::Part;

/// Kinds of the live lane, the first needed first: what waits, who is there, then the codes.
const LIVE: [Entity; 20] = [
    Entity::Firm,
    Entity::Queue,
    Entity::Interaction,
    Entity::Agent,
    Entity::Team,
    Entity::Presence,
    Entity::Task,
    Entity::QueueDay,
    Entity::AgentDay,
    Entity::BreakCode,
    Entity::Reason,
    Entity::Outcome,
    Entity::Skill,
    Entity::Calendar,
    Entity::Policy,
    Entity::SavedView,
    Entity::Label,
    Entity::Checklist,
    Entity::Usage,
    Entity::Stock,
];

/// Kinds of the deep lane, the first needed first.
const DEEP: [Entity; 13] = [
    Entity::ArticleHead,
    Entity::Stock,
    Entity::Case,
    Entity::Scheduled,
    Entity::Customer,
    Entity::Contacts,
    Entity::Correspondents,
    Entity::Message,
    Entity::WrapUp,
    Entity::Departure,
    Entity::Rating,
    Entity::Training,
    Entity::ArticleBody,
];

/// Whether rows of the kind live in such a scope.
pub fn lives_in(entity: Entity, scope: Scope) -> bool {
    match scope {
        Scope::Desk => matches!(
            entity,
            Entity::Firm
                | Entity::Team
                | Entity::Skill
                | Entity::Queue
                | Entity::Reason
                | Entity::Outcome
                | Entity::BreakCode
                | Entity::Calendar
                | Entity::Policy
                | Entity::Agent
                | Entity::SavedView
                | Entity::Label
                | Entity::Checklist
        ),
        Scope::Team(_) => entity == Entity::Presence,
        Scope::Queue(_) => matches!(entity, Entity::Interaction | Entity::QueueDay),
        Scope::Agent(_) => {
            matches!(entity, Entity::Task | Entity::AgentDay | Entity::SavedView | Entity::Usage | Entity::Stock)
        }
        Scope::People => entity == Entity::Customer,
        Scope::Contacts => matches!(entity, Entity::Contacts | Entity::Correspondents),
        Scope::History(_) => {
            matches!(
                entity,
                Entity::Case
                    | Entity::Message
                    | Entity::WrapUp
                    | Entity::Departure
                    | Entity::Rating
                    | Entity::Scheduled
            )
        }
        Scope::Library => matches!(entity, Entity::ArticleHead | Entity::ArticleBody | Entity::Stock),
        Scope::Shelf(_) => entity == Entity::Stock,
        Scope::Training(_) => entity == Entity::Training,
    }
}

/// The parts of these scopes in order of need, each from its beginning.
fn all(lane: Lane, scopes: &[Scope], kinds: &[Entity]) -> Vec<Part> {
    let part = |entity: Entity| {
        let homes = scopes.iter().filter(move |scope| scope.lane() == lane && lives_in(entity, **scope));
        homes.map(move |scope| Part { scope: *scope, entity, mark: 0, whole: false })
    };
    kinds.iter().flat_map(|entity| part(*entity)).collect()
}

/// Parts to send.
#[derive(Debug, Default)]
pub struct Parts {
    live: VecDeque<Part>,
    deep: VecDeque<Part>,
}

impl Parts {
    /// Puts every part of the scopes in the lane on the list, except for what the desk already holds.
    pub fn plan(&mut self, lane: Lane, scopes: &[Scope], held: &[Part]) {
        let kinds: &[Entity] = match lane {
            Lane::Live => &LIVE,
            Lane::Deep => &DEEP,
        };
        for mut part in all(lane, scopes, kinds) {
            let known = held.iter().find(|h| h.scope == part.scope && h.entity == part.entity);
            if known.is_some_and(|h| h.whole) {
                continue;
            }
            part.mark = known.map_or(0, |h| h.mark);
            self.list(lane).push_back(part);
        }
    }

    /// A scope was given: its parts, in their place among the others.
    pub fn grant(&mut self, scope: Scope) {
        self.drop_scope(scope);
        let lane = scope.lane();
        self.plan(lane, &[scope], &[]);
        let order = |part: &Part| match lane {
            Lane::Live => LIVE.iter().position(|e| *e == part.entity),
            Lane::Deep => DEEP.iter().position(|e| *e == part.entity),
        };
        self.list(lane).make_contiguous().sort_by_key(order);
    }

    /// A scope was taken away.
    pub fn drop_scope(&mut self, scope: Scope) {
        self.list(scope.lane()).retain(|part| part.scope != scope);
    }

    /// The next part of a lane.
    pub fn next(&self, lane: Lane) -> Option<Part> {
        match lane {
            Lane::Live => self.live.front().copied(),
            Lane::Deep => self.deep.front().copied(),
        }
    }

    /// The next part of a lane has come this far.
    pub fn sent(&mut self, lane: Lane, mark: u64, whole: bool) {
        let list = self.list(lane);
        if whole {
            list.pop_front();
            if list.is_empty() {
                // Most connections last for hours after this.
                *list = VecDeque::new();
            }
        } else if let Some(part) = list.front_mut() {
            part.mark = mark;
        }
    }

    /// Whether the lane is whole.
    pub fn is_whole(&self, lane: Lane) -> bool {
        self.next(lane).is_none()
    }

    /// Every part still to send.
    pub fn iter(&self) -> impl Iterator<Item = &Part> {
        self.live.iter().chain(&self.deep)
    }

    fn list(&mut self, lane: Lane) -> &mut VecDeque<Part> {
        match lane {
            Lane::Live => &mut self.live,
            Lane::Deep => &mut self.deep,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{AgentId, QueueId, TeamId};

    fn scopes() -> Vec<Scope> {
        vec![
            Scope::Desk,
            Scope::Team(TeamId(1)),
            Scope::Queue(QueueId(1)),
            Scope::Agent(AgentId(1)),
            Scope::People,
            Scope::Contacts,
            Scope::History(QueueId(1)),
            Scope::Library,
            Scope::Shelf(TeamId(1)),
            Scope::Training(TeamId(1)),
        ]
    }

    #[test]
    fn every_kind_has_its_place_once() {
        let mut parts = Parts::default();
        for lane in Lane::ALL {
            parts.plan(lane, &scopes(), &[]);
        }
        let mut kinds: Vec<Entity> = parts.iter().map(|p| p.entity).collect();
        kinds.sort_unstable();
        // A view is the firm's or someone's own.
        assert_eq!(kinds.iter().filter(|k| **k == Entity::SavedView).count(), 2);
        // A snippet is the firm's, a team's or someone's own.
        assert_eq!(kinds.iter().filter(|k| **k == Entity::Stock).count(), 3);
        kinds.dedup();
        assert_eq!(kinds, Entity::ALL);
        let lane =
            |p: &Part| if p.scope.lane() == Lane::Live { LIVE.contains(&p.entity) } else { DEEP.contains(&p.entity) };
        assert!(parts.iter().all(lane));
    }

    #[test]
    fn what_the_desk_holds_is_not_sent_again() {
        let mut parts = Parts::default();
        let held = [
            Part { scope: Scope::People, entity: Entity::Customer, mark: 9, whole: true },
            Part { scope: Scope::Library, entity: Entity::ArticleHead, mark: 7, whole: false },
        ];
        parts.plan(Lane::Deep, &scopes(), &held);
        assert_eq!(parts.next(Lane::Deep).map(|p| (p.entity, p.mark)), Some((Entity::ArticleHead, 7)));
        assert!(parts.iter().all(|p| p.entity != Entity::Customer));
    }

    #[test]
    fn a_granted_scope_is_put_where_it_is_needed() {
        let mut parts = Parts::default();
        parts.plan(Lane::Deep, &scopes(), &[]);
        parts.sent(Lane::Deep, 0, true);
        parts.sent(Lane::Deep, 0, true);
        parts.sent(Lane::Deep, 0, true);
        parts.grant(Scope::History(QueueId(2)));
        let order: Vec<Entity> = parts.iter().map(|p| p.entity).collect();
        assert_eq!(&order[..2], [Entity::Case, Entity::Case]);
        parts.drop_scope(Scope::History(QueueId(1)));
        assert_eq!(parts.iter().filter(|p| p.entity == Entity::Message).count(), 1);
    }
}
