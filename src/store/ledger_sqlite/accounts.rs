//! Accounts, devices, invites and gateway keys: server-only records that no event names and no feed carries.

use rusqlite::{OptionalExtension, Row};

use super::SqliteLedger;
use crate::domain::ids::{AgentId, DeviceId, KeyId};
use crate::domain::time::At;
use crate::store::StoreError;
use crate::store::ledger::{Accounts, ApiKey, Device};

pub(super) const TABLES: &str = "
    CREATE TABLE password(agent INTEGER PRIMARY KEY, phc TEXT NOT NULL);
    CREATE TABLE invite(hash BLOB PRIMARY KEY, agent INTEGER NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE device(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        hash BLOB NOT NULL UNIQUE,
        agent INTEGER NOT NULL,
        label TEXT NOT NULL,
        created INTEGER NOT NULL,
        active INTEGER NOT NULL);
    CREATE TABLE api_key(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        hash BLOB NOT NULL UNIQUE,
        name TEXT NOT NULL,
        created INTEGER NOT NULL,
        active INTEGER NOT NULL);
";

fn device(row: &Row<'_>) -> rusqlite::Result<Device> {
    Ok(Device {
        id: DeviceId(row.get::<_, i64>(0)?.cast_unsigned()),
        agent: AgentId(row.get::<_, i64>(1)?.cast_unsigned()),
        label: row.get(2)?,
        created: At(row.get(3)?),
        active: row.get(4)?,
    })
}

fn api_key(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
    Ok(ApiKey {
        id: KeyId(row.get::<_, i64>(0)?.cast_unsigned()),
        name: row.get(1)?,
        created: At(row.get(2)?),
        active: row.get(3)?,
    })
}

impl Accounts for SqliteLedger {
    fn set_password(&mut self, agent: AgentId, phc: &str) -> Result<(), StoreError> {
        self.db.write(|tx| {
            let sql = "INSERT INTO password VALUES (?1, ?2) ON CONFLICT DO UPDATE SET phc = excluded.phc";
            tx.execute(sql, (agent.0.cast_signed(), phc))?;
            Ok(())
        })
    }

    fn password(&mut self, agent: AgentId) -> Result<Option<String>, StoreError> {
        self.db.with(|conn| {
            let sql = "SELECT phc FROM password WHERE agent = ?1";
            conn.query_row(sql, [agent.0.cast_signed()], |r| r.get(0)).optional()
        })
    }

    fn add_invite(&mut self, hash: [u8; 32], agent: AgentId, expires: At) -> Result<(), StoreError> {
        self.db.write(|tx| {
            tx.execute("INSERT INTO invite VALUES (?1, ?2, ?3)", (hash, agent.0.cast_signed(), expires.0))?;
            Ok(())
        })
    }

    fn take_invite(&mut self, hash: [u8; 32], now: At) -> Result<Option<AgentId>, StoreError> {
        self.db.write(|tx| {
            tx.execute("DELETE FROM invite WHERE expires < ?1", [now.0])?;
            let sql = "DELETE FROM invite WHERE hash = ?1 RETURNING agent";
            let agent: Option<i64> = tx.query_row(sql, [hash], |r| r.get(0)).optional()?;
            Ok(agent.map(|id| AgentId(id.cast_unsigned())))
        })
    }

    fn add_device(&mut self, hash: [u8; 32], agent: AgentId, label: &str, at: At) -> Result<DeviceId, StoreError> {
        self.db.write(|tx| {
            let sql = "INSERT INTO device(hash, agent, label, created, active) VALUES (?1, ?2, ?3, ?4, 1)";
            tx.execute(sql, (hash, agent.0.cast_signed(), label, at.0))?;
            Ok(DeviceId(tx.last_insert_rowid().cast_unsigned()))
        })
    }

    fn device(&mut self, hash: [u8; 32]) -> Result<Option<Device>, StoreError> {
        self.db.with(|conn| {
            let sql = "SELECT id, agent, label, created, active FROM device WHERE hash = ?1 AND active";
            conn.prepare_cached(sql)?.query_row([hash], device).optional()
        })
    }

    fn devices(&mut self) -> Result<Vec<Device>, StoreError> {
        self.db.with(|conn| {
            let mut query = conn.prepare("SELECT id, agent, label, created, active FROM device ORDER BY id")?;
            query.query_map([], device)?.collect()
        })
    }

    fn revoke_device(&mut self, device: DeviceId) -> Result<bool, StoreError> {
        self.db.write(|tx| {
            let sql = "UPDATE device SET active = 0 WHERE id = ?1 AND active";
            Ok(tx.execute(sql, [device.0.cast_signed()])? == 1)
        })
    }

    fn add_key(&mut self, hash: [u8; 32], name: &str, at: At) -> Result<KeyId, StoreError> {
        self.db.write(|tx| {
            let sql = "INSERT INTO api_key(hash, name, created, active) VALUES (?1, ?2, ?3, 1)";
            tx.execute(sql, (hash, name, at.0))?;
            Ok(KeyId(tx.last_insert_rowid().cast_unsigned()))
        })
    }

    fn key(&mut self, hash: [u8; 32]) -> Result<Option<ApiKey>, StoreError> {
        self.db.with(|conn| {
            let sql = "SELECT id, name, created, active FROM api_key WHERE hash = ?1 AND active";
            conn.prepare_cached(sql)?.query_row([hash], api_key).optional()
        })
    }

    fn keys(&mut self) -> Result<Vec<ApiKey>, StoreError> {
        self.db.with(|conn| {
            let mut query = conn.prepare("SELECT id, name, created, active FROM api_key ORDER BY id")?;
            query.query_map([], api_key)?.collect()
        })
    }

    fn revoke_key(&mut self, key: KeyId) -> Result<bool, StoreError> {
        self.db.write(|tx| {
            let sql = "UPDATE api_key SET active = 0 WHERE id = ?1 AND active";
            Ok(tx.execute(sql, [key.0.cast_signed()])? == 1)
        })
    }
}
