//! One mailbox as a channel: mail is fetched on one side and handed over on the other, each going on by itself while
//! the other is in trouble.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};

use super::plan::Mailbox;
use super::thread::Key;
use super::{fetch, hand_over, post};
use crate::channel::{Answered, Channel, Desk, Health};
use crate::domain::ids::{AgentId, CaseId, InteractionId};
use crate::domain::work::Channel as Kind;
use crate::store::StoreError;
use crate::store::outside::Outside;
use crate::store::outside::mail::{Kept, Thread};

/// A mailbox that is watched and answered from.
#[derive(Debug)]
pub struct MailChannel {
    pub(super) plan: Mailbox,
    /// Every mailbox of the house: none of them is a customer.
    pub(super) house: Vec<Mailbox>,
    pub(super) store: Arc<Outside>,
    pub(super) key: Key,
    /// An answer was kept.
    pub(super) answers: Notify,
    /// How fetching, handing over and letters do.
    state: Mutex<[Health; 3]>,
}

/// Which part of a mailbox speaks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Half {
    In,
    Out,
    Post,
}

/// How a case is answered, as it is kept with the case; to whom, the ledger says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Correspondence {
    pub(super) subject: String,
    pub(super) in_reply_to: Option<String>,
    pub(super) references: Vec<String>,
    pub(super) language: String,
}

/// How a case is answered that no mail brought: by this mailbox, about this.
pub fn begun(mailbox: &str, subject: &str, language: &str) -> Thread {
    let talk = Correspondence { subject: subject.into(), language: language.into(), ..Correspondence::default() };
    let thread = serde_json::to_string(&talk).expect("invariant: plain fields");
    Thread { mailbox: mailbox.into(), interaction: None, uid: (0, 0), thread }
}

impl MailChannel {
    /// The channels of the mailboxes of a plan; `fresh` is 32 random bytes, the key of a house that has none yet.
    pub fn all(plans: &[Mailbox], store: &Arc<Outside>, fresh: [u8; 32]) -> Result<Vec<Arc<MailChannel>>, StoreError> {
        if plans.is_empty() {
            return Ok(Vec::new());
        }
        let key = Key::new(store.mail_key(fresh)?);
        let channel = |plan: &Mailbox| {
            Arc::new(MailChannel {
                plan: plan.clone(),
                house: plans.to_vec(),
                store: Arc::clone(store),
                key: key.clone(),
                answers: Notify::new(),
                state: Mutex::new([
                    Health::Well("connects".into()),
                    Health::Well("nothing to send".into()),
                    Health::Well(String::new()),
                ]),
            })
        };
        Ok(plans.iter().map(channel).collect())
    }

    /// Whether an address is one of the house's.
    pub(super) fn is_ours(&self, address: &str) -> bool {
        self.house.iter().any(|mailbox| mailbox.is_ours(address))
    }

    /// Says how one part does; the worst is shown.
    pub(super) fn says(&self, desk: &dyn Desk, half: Half, health: Health) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state[half as usize] = health;
        let words: Vec<&str> = state
            .iter()
            .filter_map(|h| if let Health::Trouble(words) = h { Some(words.as_str()) } else { None })
            .collect();
        let all = if words.is_empty() {
            let well = state.iter().map(|(Health::Well(words) | Health::Trouble(words))| words.as_str());
            Health::Well(well.filter(|words| !words.is_empty()).collect::<Vec<_>>().join("; "))
        } else {
            Health::Trouble(words.join("; "))
        };
        drop(state);
        desk.health(&self.name(), all);
    }

    /// Does something with the store away from the threads that carry connections.
    pub(super) async fn stored<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&MailChannel) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, String> {
        let channel = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || work(&channel)).await;
        done.map_err(|_| "the server is stopping".to_owned())?.map_err(|error| error.to_string())
    }
}

impl Channel for MailChannel {
    fn name(&self) -> String {
        format!("mail {}", self.plan.name)
    }

    fn kind(&self) -> Kind {
        Kind::Email
    }

    fn run(self: Arc<Self>, desk: Arc<dyn Desk>, stop: watch::Receiver<bool>) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let fetching = fetch::run(Arc::clone(&self), Arc::clone(&desk), stop.clone());
            let handing = hand_over::run(Arc::clone(&self), Arc::clone(&desk), stop.clone());
            let posting = post::run(self, desk, stop);
            tokio::join!(fetching, handing, posting);
        })
    }

    fn send(&self, answer: Answered<'_>) -> Result<bool, String> {
        let Answered { message, held, to, .. } = answer;
        let to = serde_json::to_string(&to).map_err(|error| error.to_string())?;
        let kept = Kept { message: message.id, case: message.case, held, body: &message.body, to: &to, at: message.at };
        let kept = self.store.keep_answer(&self.plan.name, &kept).map_err(|error| error.to_string())?;
        if kept {
            self.answers.notify_one();
        }
        Ok(kept)
    }

    fn turned(&self, _interaction: InteractionId) {}

    fn looks(&self, _case: CaseId, _who: &[AgentId], _writer: Option<&str>) {}
}

/// Waits until it is told to stop.
pub(super) async fn stopped(stop: &watch::Receiver<bool>) {
    let mut stop = stop.clone();
    // The sender gone is a stop as well.
    let _ = stop.wait_for(|stop| *stop).await;
}
