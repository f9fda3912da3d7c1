//! Files for agents: whoever may see a message may have what came along with it.

use std::sync::Arc;

use crate::domain::ids::{AgentId, FileId, MessageId};
use crate::domain::row::{Entity, Row};
use crate::server::Hub;

use super::key_of;

/// The bytes of a file that a message names, for this agent; `None` when there is no such file, or not for them.
pub async fn file_for(
    hub: &Arc<Hub>,
    agent: AgentId,
    message: MessageId,
    file: FileId,
) -> Result<Option<Vec<u8>>, String> {
    let Some(outside) = hub.outside.get().cloned() else { return Ok(None) };
    let scopes = hub.core.published().borrow().rights.get(&agent).cloned();
    let key = key_of(Entity::Message, message.0);
    let read = hub.readers.with(move |reader| reader.stored(&[key])).await;
    let rows = read.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    let Some(row) = rows.first() else { return Ok(None) };
    if scopes.is_none_or(|scopes| scopes.binary_search(&row.scope).is_err()) {
        return Ok(None);
    }
    let names = match Row::decode(row.key.entity, &row.body) {
        Some(Row::Message(message)) => message.files.iter().any(|card| card.id == file),
        _ => false,
    };
    if !names {
        return Ok(None);
    }
    let read = tokio::task::spawn_blocking(move || outside.file(file)).await;
    let found = read.map_err(|_| "the server is stopping".to_owned())?.map_err(|error| error.to_string())?;
    Ok(found.map(|(_, bytes)| bytes))
}
