//! The desk's own small facts: server address, fingerprint, token, agent name, last layout.

use rusqlite::OptionalExtension;

use super::Outbox;
use crate::store::StoreError;

impl Outbox {
    /// A setting, if it was ever set.
    pub fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.db.with(|conn| {
            conn.prepare_cached("SELECT value FROM setting WHERE key = ?1")?.query_row([key], |r| r.get(0)).optional()
        })
    }

    /// Sets a setting, or forgets it.
    pub fn set_setting(&mut self, key: &str, value: Option<&str>) -> Result<(), StoreError> {
        self.db.write(|tx| {
            match value {
                Some(value) => {
                    let sql = "INSERT INTO setting VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value";
                    tx.execute(sql, [key, value])?
                }
                None => tx.execute("DELETE FROM setting WHERE key = ?1", [key])?,
            };
            Ok(())
        })
    }
}
