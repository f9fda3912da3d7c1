//! The operator's verbs, over the socket of a running server and on a ledger opened here.

use std::sync::Arc;

use cordboard::clock::FakeClock;
use cordboard::domain::Command;
use cordboard::domain::ids::{AgentId, TeamId};
use cordboard::domain::people::Team;
use cordboard::domain::row::{Entity, RowKey};
use cordboard::domain::time::At;
use cordboard::server::operate::{Done, Operation, Operator, Report};
use cordboard::server::run::{Certificates, ServeError};
use cordboard::store::ledger_sqlite::restore;

use crate::firm::{ANA, House, T0, setup, start};

fn clock() -> Arc<FakeClock> {
    Arc::new(FakeClock::new(At::from_rfc3339(T0).expect("an instant")))
}

fn team(key: &str) -> Command {
    Command::Put { row: Box::new(Team { id: TeamId(0), key: key.into(), name: key.into() }.into()) }
}

/// Every verb whose answer does not hold a secret or a place, in an order that makes each say something.
fn story() -> Vec<Operation> {
    vec![
        Operation::Submit(setup()),
        Operation::Submit(vec![team("two"), team("one"), team("three")]),
        Operation::Ids(vec![
            (Entity::Queue, "mail".into()),
            (Entity::Queue, "none".into()),
            (Entity::Agent, "ana".into()),
        ]),
        Operation::Rows(vec![RowKey { entity: Entity::Team, id: 2 }, RowKey { entity: Entity::Team, id: 99 }]),
        Operation::Children { entity: Entity::Message, parents: vec![1, 2] },
        Operation::Page { entity: Entity::Queue, after: 1, limit: 10 },
        Operation::Events { after: 3, limit: 4 },
        Operation::SetPassword { agent: ANA, password: "correct horse".into() },
        Operation::SetPassword { agent: AgentId(99), password: "correct horse".into() },
        Operation::Devices,
        Operation::Keys,
        Operation::Verify,
    ]
}

fn play(operator: &mut Operator) -> Vec<Report> {
    story().into_iter().map(|operation| operator.run(operation).expect("done")).collect()
}

#[test]
fn both_ways_give_the_same_reports() {
    let here = tempfile::tempdir().expect("a folder");
    let mut direct = Operator::open(here.path(), clock()).expect("opens");
    assert!(!direct.is_remote());
    let reports = play(&mut direct);
    let Report::Submitted(done) = &reports[1] else { panic!("{reports:?}") };
    assert!(matches!(&done[1], Done::Refused(words) if words.contains("already there")), "{done:?}");
    assert!(matches!(&done[2], Done::Made(made) if made.len() == 1), "one refusal leaves the others: {done:?}");
    assert!(matches!(&reports[11], Report::Verified(v) if v.faults.is_empty() && v.events > 0));
    drop(direct);

    let there = tempfile::tempdir().expect("a folder");
    let server = start(there.path(), &clock(), |_| {}).expect("starts");
    let mut remote = Operator::open(there.path(), clock()).expect("reaches it");
    assert!(remote.is_remote());
    assert_eq!(play(&mut remote), reports);
    let status = remote.status().expect("answers");
    assert!(status.serving && status.address.is_some() && status.fingerprint.is_some());
    assert!(remote.invite(AgentId(99)).is_err());
    server.shutdown();
    assert!(remote.status().is_err(), "it broke off");
    let after = Operator::open(there.path(), clock()).expect("opens it itself");
    assert!(!after.is_remote());
}

#[test]
fn a_long_folder_name_and_a_stale_socket_do_no_harm() {
    let folder = tempfile::tempdir().expect("a folder");
    let deep = folder.path().join("x".repeat(120));
    std::fs::create_dir_all(&deep).expect("made");
    drop(std::os::unix::net::UnixListener::bind(folder.path().join("control.sock")).expect("bound"));
    for data in [folder.path(), deep.as_path()] {
        let server = start(data, &clock(), |_| {}).expect("starts");
        let mut operator = Operator::open(data, clock()).expect("reaches it");
        assert!(operator.is_remote() && operator.status().is_ok());
        drop(server);
        assert!(!data.join("control.sock").exists());
    }
}

#[test]
fn a_backup_taken_at_work_restores_to_the_same() {
    let house = House::new();
    let to = tempfile::tempdir().expect("a folder");
    let file = to.path().join("copy.db");
    let mut remote = Operator::open(house.folder.path(), clock()).expect("reaches it");
    remote.backup(&file).expect("copies");
    assert!(remote.backup(&file).is_err(), "it never writes over a file");
    let elsewhere = to.path().join("restored");
    restore(&file, &elsewhere).expect("restores");
    let mut restored = Operator::open(&elsewhere, clock()).expect("opens");
    assert_eq!(restored.verify().expect("verifies").faults, Vec::<String>::new());
    for entity in Entity::ALL {
        assert_eq!(
            restored.page(*entity, 0, 100).expect("reads"),
            remote.page(*entity, 0, 100).expect("reads"),
            "{}",
            entity.word()
        );
    }
    assert_ne!(restored.status().expect("says").epoch, remote.status().expect("says").epoch);
}

#[test]
fn what_keeps_a_server_from_starting_is_said() {
    let house = House::new();
    let taken = house.server.as_ref().and_then(cordboard::server::run::Server::address).expect("listens");
    let second = start(house.folder.path(), &clock(), |_| {}).expect_err("two on one ledger");
    assert!(second.to_string().contains("in use by another cordboard"), "{second}");
    let other = tempfile::tempdir().expect("a folder");
    let port = start(other.path(), &clock(), |c| c.listen = Some(taken)).expect_err("a taken port");
    assert!(matches!(&port, ServeError::Listen { .. }) && port.to_string().contains("another program"), "{port}");
    let files = Certificates::Files { certificate: "none.pem".into(), key: "none.key".into() };
    let missing = start(other.path(), &clock(), |c| c.tls = files).expect_err("no files");
    assert!(missing.to_string().contains("none.pem"), "{missing}");
    let address = start(other.path(), &clock(), |c| c.public_address = "a b".into()).expect_err("no address");
    assert!(address.to_string().contains("no address for join links"), "{address}");
}
