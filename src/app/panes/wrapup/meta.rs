//! What of a form is kept on disk beside its note.

use serde::{Deserialize, Serialize};

use crate::app::words;
use crate::domain::command::Command;
use crate::domain::ids::{AgentId, InteractionId, OutcomeId, QueueId, ReasonId, StockId};
use crate::domain::work::TaskKind;
use crate::domain::wrap_up::Findings;

/// What of a form is kept beside the note, so that nothing chosen is lost either.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::app) struct Meta {
    pub(super) interaction: InteractionId,
    pub(super) epoch: u32,
    pub(super) queue: QueueId,
    pub(super) reason: Option<ReasonId>,
    pub(super) outcome: Option<OutcomeId>,
    pub(super) follow: Option<MetaFollow>,
    pub(super) findings: Findings,
    /// Snippets the note was made from.
    #[serde(default)]
    pub(super) from: Vec<StockId>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct MetaFollow {
    pub(super) kind: TaskKind,
    pub(super) what: String,
    pub(super) when: String,
    pub(super) owner: Option<AgentId>,
}

impl Meta {
    /// What a wrap-up command was made from.
    pub(in crate::app) fn of(command: &Command, zone: &str) -> Option<Meta> {
        let Command::WrapUp { interaction, epoch, reason, outcome, follow_up, findings, .. } = command else {
            return None;
        };
        let follow = follow_up.as_ref().map(|f| MetaFollow {
            kind: f.kind,
            what: f.what.clone(),
            when: words::local(f.due, zone).format("%Y-%m-%d %H:%M").to_string(),
            owner: f.owner,
        });
        let (reason, outcome) = (Some(*reason), Some(*outcome));
        let (interaction, epoch, findings) = (*interaction, *epoch, findings.clone());
        Some(Meta { interaction, epoch, queue: QueueId(0), reason, outcome, follow, findings, from: Vec::new() })
    }

    /// As kept in a draft.
    pub(in crate::app) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn read(text: &str) -> Option<Meta> {
        serde_json::from_str(text).ok()
    }
}
