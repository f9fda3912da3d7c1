//! Who may come in: tokens, passwords, invites.
//!
//! Tokens are 32 random bytes and only their SHA-256 is kept; passwords are argon2id. Nothing secret is ever logged,
//! and a wrong password looks the same whether the login exists or not.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::domain::ids::AgentId;
use crate::domain::people::Agent;
use crate::domain::time::{At, DAY, MINUTE};
use crate::rand::Rand;
use crate::store::ledger::{ApiKey, Device};

use super::Hub;
use super::core::request::Inside;

/// How long an invite can be used.
pub const INVITE_MS: i64 = 7 * DAY;
/// Shortest password, in characters.
pub const MIN_PASSWORD: usize = 10;
/// Longest password, in bytes: more is no safer and only costs time.
const MAX_PASSWORD: usize = 1_024;
/// Longest label of a desk, in characters.
const MAX_LABEL: usize = 60;
/// Wrong passwords before a login is locked (operations C6).
const FAILURES: u32 = 10;
/// How long it stays locked.
const LOCK_MS: i64 = 30 * MINUTE;
/// Logins remembered as failing at most.
const REMEMBERED: usize = 10_000;
/// Passwords hashed at the same time: each takes 19 MiB.
const HASHING: usize = 2;

/// What a desk sends to join: with the token of an invite, or with a login and password for a further desk.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinRequest {
    /// Token of the invite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Name to sign in with, when there is no invite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    /// With an invite: the password to set, if any. With a login: the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// What to call this desk.
    pub label: String,
}

impl std::fmt::Debug for JoinRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "JoinRequest {{ login: {:?}, label: {:?}, .. }}", self.login, self.label)
    }
}

/// What a desk is given when it may join.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// The desk's own token; the server keeps only its hash.
    pub token: String,
    /// Number of the desk.
    pub device: u64,
    /// The agent's login.
    pub login: String,
    /// The agent's name.
    pub name: String,
    /// Number of the agent.
    pub agent: u64,
    /// Name of the firm.
    pub firm: String,
}

/// Why a desk may not join.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// Something is missing or wrong in the request.
    #[error("{field}: {hint}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// How it should be.
        hint: String,
    },
    /// The invite is of no use.
    #[error("this invite was used, has expired, or never was; ask your lead for a new one")]
    Invite,
    /// Wrong login or password.
    #[error("login or password is wrong")]
    Wrong,
    /// Too many wrong passwords.
    #[error("too many wrong passwords; try again in {minutes} minutes, or ask your lead for an invite")]
    Locked {
        /// For how long still.
        minutes: i64,
    },
    /// The server has a fault.
    #[error("the server cannot do this now: {0}")]
    Fault(String),
}

/// A new random token and the hash to store.
pub fn new_token(rand: &dyn Rand) -> (String, [u8; 32]) {
    let mut bytes = [0; 32];
    rand.fill(&mut bytes);
    let token = BASE64URL_NOPAD.encode(&bytes);
    let hash = token_hash(&token);
    (token, hash)
}

/// What is stored of a token.
pub fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.trim().as_bytes()).into()
}

/// The token in an `Authorization: Bearer …` header.
pub fn bearer(header: Option<&str>) -> Option<&str> {
    let (scheme, token) = header?.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= 200).then_some(token)
}

/// Hashes a password; takes tens of milliseconds.
pub fn hash_password(password: &str) -> Result<String, JoinError> {
    check_password(password)?;
    match Argon2::default().hash_password(password.as_bytes()) {
        Ok(hash) => Ok(hash.to_string()),
        Err(error) => Err(JoinError::Fault(error.to_string())),
    }
}

fn check_password(password: &str) -> Result<(), JoinError> {
    let hint = if password.chars().count() < MIN_PASSWORD {
        format!("it needs at least {MIN_PASSWORD} characters")
    } else if password.len() > MAX_PASSWORD {
        format!("it has more than {MAX_PASSWORD} bytes")
    } else {
        return Ok(());
    };
    Err(JoinError::Invalid { field: "password", hint })
}

/// Of a password nobody has; its parameters are those of every other hash.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5$mB9kHrYQ0n6bZbWnqk2c3m2iTqvRrQkGgmQyQq6d8kE";

/// Whether a password is the one behind the hash. Without a hash it takes as long and is never right.
fn verify(password: &str, phc: Option<&str>) -> bool {
    let Ok(hash) = PasswordHash::new(phc.unwrap_or(NOBODY)) else { return false };
    let right = Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
    right && phc.is_some()
}

/// Wrong passwords by login, in memory only.
#[derive(Debug)]
pub struct Tries {
    failures: Mutex<BTreeMap<String, (u32, At)>>,
    hashing: Semaphore,
}

impl Default for Tries {
    fn default() -> Tries {
        Tries { failures: Mutex::default(), hashing: Semaphore::new(HASHING) }
    }
}

impl Tries {
    fn failures(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, (u32, At)>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a try before its password is looked at, so that many at once gain nothing.
    fn begin(&self, login: &str, now: At) -> Result<(), JoinError> {
        let mut failures = self.failures();
        failures.retain(|_, (_, last)| now.since(*last) < LOCK_MS);
        let before = failures.get(login).copied();
        if let Some((FAILURES.., last)) = before {
            let left = LOCK_MS - now.since(last);
            return Err(JoinError::Locked { minutes: (left + MINUTE - 1).div_euclid(MINUTE) });
        }
        if before.is_some() || failures.len() < REMEMBERED {
            failures.insert(login.to_owned(), (before.map_or(0, |(count, _)| count) + 1, now));
        }
        Ok(())
    }

    fn succeeded(&self, login: &str) {
        self.failures().remove(login);
    }
}

impl Hub {
    /// The desk a token belongs to, with its agent, if both may come in.
    pub async fn device_of(&self, token: &str) -> Result<Option<(Device, Agent)>, String> {
        let hash = token_hash(token);
        let found = self.core.run(move |inside| {
            let Some(device) = inside.ledger.accounts().device(hash)? else { return Ok(None) };
            let agent = inside.state.agent(device.agent).filter(|a| a.active).cloned();
            Ok(agent.map(|agent| (device, agent)))
        });
        flatten(found.await)
    }

    /// The gateway a token belongs to.
    pub async fn key_of(&self, token: &str) -> Result<Option<ApiKey>, String> {
        let hash = token_hash(token);
        flatten(self.core.run(move |inside| inside.ledger.accounts().key(hash)).await)
    }

    /// Lets a desk join.
    pub async fn join(&self, request: JoinRequest) -> Result<Joined, JoinError> {
        let label = request.label.trim().to_owned();
        if label.is_empty() || label.chars().count() > MAX_LABEL {
            let hint = format!("a name for this desk of 1 to {MAX_LABEL} characters");
            return Err(JoinError::Invalid { field: "label", hint });
        }
        let agent = match (request.token, request.login) {
            (Some(token), None) => self.by_invite(&token, request.password).await?,
            (None, Some(login)) => self.by_password(&login, request.password).await?,
            _ => {
                let hint = "give either the token of an invite or a login".into();
                return Err(JoinError::Invalid { field: "token", hint });
            }
        };
        let (token, hash) = new_token(self.rand.as_ref());
        let (id, label_given) = (agent.id, label);
        let added = self.core.run(move |inside| {
            let now = inside.now;
            let firm = inside.state.firm().map(|firm| firm.name.clone()).unwrap_or_default();
            Ok((inside.ledger.accounts().add_device(hash, id, &label_given, now)?, firm))
        });
        let (device, firm) = flatten(added.await).map_err(JoinError::Fault)?;
        tracing::info!(agent = %agent.login, desk = %device, "a desk joined");
        Ok(Joined { token, device: device.0, login: agent.login, name: agent.name, agent: agent.id.0, firm })
    }

    /// A one-time invite for an agent: its token.
    pub async fn invite(&self, agent: AgentId) -> Result<String, String> {
        let (token, hash) = new_token(self.rand.as_ref());
        flatten(self.core.run(move |inside| add_invite(inside, agent, hash)).await)?;
        Ok(token)
    }

    async fn by_invite(&self, token: &str, password: Option<String>) -> Result<Agent, JoinError> {
        let phc = match password {
            Some(password) => Some(self.hashed(password).await?),
            None => None,
        };
        let hash = token_hash(token);
        let taken = self.core.run(move |inside| {
            let now = inside.now;
            let Some(id) = inside.ledger.accounts().take_invite(hash, now)? else { return Ok(None) };
            let agent = inside.state.agent(id).filter(|a| a.active).cloned();
            if let (Some(agent), Some(phc)) = (&agent, phc) {
                inside.ledger.accounts().set_password(agent.id, &phc)?;
            }
            Ok(agent)
        });
        flatten(taken.await).map_err(JoinError::Fault)?.ok_or(JoinError::Invite)
    }

    async fn by_password(&self, login: &str, password: Option<String>) -> Result<Agent, JoinError> {
        let login = login.trim().to_lowercase();
        let Some(password) = password else {
            return Err(JoinError::Invalid { field: "password", hint: "it is missing".into() });
        };
        self.tries.begin(&login, self.clock.now())?;
        let name = login.clone();
        let found = self.core.run(move |inside| {
            let agent = inside.state.agents().find(|a| a.active && a.login.to_lowercase() == name).cloned();
            let phc = match &agent {
                Some(agent) => inside.ledger.accounts().password(agent.id)?,
                None => None,
            };
            Ok((agent, phc))
        });
        let (agent, phc) = flatten(found.await).map_err(JoinError::Fault)?;
        let permit = self.tries.hashing.acquire().await;
        let right = password.len() <= MAX_PASSWORD
            && tokio::task::spawn_blocking(move || verify(&password, phc.as_deref())).await.unwrap_or(false);
        drop(permit);
        match agent.filter(|_| right) {
            Some(agent) => {
                self.tries.succeeded(&login);
                Ok(agent)
            }
            None => Err(JoinError::Wrong),
        }
    }

    async fn hashed(&self, password: String) -> Result<String, JoinError> {
        check_password(&password)?;
        let permit = self.tries.hashing.acquire().await;
        let hashed = tokio::task::spawn_blocking(move || hash_password(&password)).await;
        drop(permit);
        hashed.unwrap_or_else(|_| Err(JoinError::Fault("the password could not be hashed".into())))
    }
}

/// Stores an invite; inside the core.
pub(super) fn add_invite(
    inside: &mut Inside<'_>,
    agent: AgentId,
    hash: [u8; 32],
) -> Result<(), crate::store::StoreError> {
    let expires = inside.now.plus(INVITE_MS);
    inside.ledger.accounts().add_invite(hash, agent, expires)
}

/// Both ways of failing as words.
pub(super) fn flatten<T>(
    result: Result<Result<T, crate::store::StoreError>, super::core::Stopped>,
) -> Result<T, String> {
    match result {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(error.to_string()),
        Err(stopped) => Err(stopped.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rand::SeededRand;

    #[test]
    fn tokens_are_long_and_only_their_hash_is_kept() {
        let rand = SeededRand::new(1);
        let (a, hash) = new_token(&rand);
        let (b, _) = new_token(&rand);
        assert_eq!((a.len(), token_hash(&a)), (43, hash));
        assert_ne!(a, b);
    }

    #[test]
    fn bearer_is_read_as_written_by_anyone() {
        assert_eq!(bearer(Some("Bearer abc")), Some("abc"));
        assert_eq!(bearer(Some(" bearer  abc ")), Some("abc"));
        for bad in [None, Some("abc"), Some("Basic abc"), Some("Bearer "), Some("")] {
            assert_eq!(bearer(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn passwords_are_checked_and_nobody_has_none() {
        let phc = hash_password("correct horse").expect("hashes");
        assert!(verify("correct horse", Some(&phc)));
        assert!(!verify("wrong horse!", Some(&phc)));
        assert!(PasswordHash::new(NOBODY).is_ok() && !verify("anything", None));
        assert!(matches!(hash_password("short"), Err(JoinError::Invalid { field: "password", .. })));
    }

    #[test]
    fn ten_failures_lock_for_half_an_hour() {
        let tries = Tries::default();
        for n in 0..FAILURES {
            assert_eq!(tries.begin("ana", At(i64::from(n))), Ok(()));
        }
        assert_eq!(tries.begin("ana", At(20)), Err(JoinError::Locked { minutes: 30 }));
        assert_eq!(tries.begin("ben", At(20)), Ok(()));
        assert_eq!(tries.begin("ana", At(LOCK_MS + 9)), Ok(()), "unlocked, and counted from one again");
        tries.succeeded("ana");
        assert_eq!(tries.failures().get("ana"), None);
    }
}
