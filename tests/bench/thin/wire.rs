//! Bytes of the same records on this wire, as JSON, and as JSON with deflate; nothing of TCP and TLS.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use flate2::{Compress, Compression, FlushCompress};

use cordboard::domain::row::{Change, Entity, Row};
use cordboard::sync::link::Address;
use cordboard::wire::codec::{Encoder, Frame};
use cordboard::wire::frame::{Down, Hello, QUIET_DOWN_MS, QUIET_UP_MS, Record, Up};

use crate::office::{DAY, HOUR, Office};
use crate::person::{Person, address_of};
use crate::words::Dice;

/// Prints the tables.
pub fn measure(office: &Office) {
    let address = address_of(&office.firm.join_as("kwame", "kwame-wire"));
    let mut desk = Person::sits_down(address.clone(), true);
    desk.listens(Duration::from_secs(20));
    println!(
        "\n{:<44} {:>8} {:>10} {:>10} {:>10} {:>10}",
        "payload, bytes", "rows", "wire", "binary", "JSON", "deflated"
    );
    let live = |frames: &[Down]| frames.iter().filter(|f| is_live(f)).cloned().collect::<Vec<_>>();
    table("cold start, queue and team", &live(&desk.heard));
    table("cold start, with history and articles", &desk.heard);
    let held = desk.held();

    // It goes on listening, so that each change is seen as it happens.
    desk.heard.clear();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            office.works(HOUR, None);
            over.store(true, Ordering::SeqCst);
        });
        while !over.load(Ordering::SeqCst) {
            desk.listens(Duration::from_millis(200));
        }
    });
    let feed = std::mem::take(&mut desk.heard);
    drop(desk);
    let back = returned(&held, address.clone());
    table("after an hour, queue and team", &live(&back));
    table("after an hour, with the team's history", &back);
    office.works(DAY - HOUR, None);
    let back = returned(&held, address);
    table("after a day, queue and team", &live(&back));
    table("after a day, with the team's history", &back);
    handled(office);
    idle();
    kinds(&feed);
}

/// Contacts handled to find out what one costs.
const HANDLED: u64 = 10;

/// What one contact costs who handles it, in both directions, while nothing else goes on.
fn handled(office: &Office) {
    let mut person = Person::sits_down(address_of(&office.hires("handler")), true);
    person.is_ready();
    person.listens(Duration::from_secs(10));
    person.heard.clear();
    person.said.clear();
    let (gateway, mut dice) = (office.gateway(1), Dice(41));
    for n in 0..HANDLED {
        let answers = (0..=n % 2).map(|_| office.texts.agent(&mut dice)).collect();
        let mut more = Some(office.texts.customer(&mut dice));
        let note = office.texts.note(&mut dice);
        person.handles(answers, note, |id| {
            if let Some(words) = more.take() {
                gateway.say(id.0, &words);
            }
        });
        person.listens(Duration::from_secs(2));
    }
    line("a handled contact, what comes", person.heard.iter().flat_map(records).count(), &person.heard, down, HANDLED);
    line("a handled contact, what goes", person.said.len(), &person.said, up, HANDLED);
}

/// An hour in which nothing happens: the desk's beats with their answers, and the server's word in between.
fn idle() {
    let (hour, server_ms) = (3_600_000, 1_790_000_000_000);
    let beats = hour / QUIET_UP_MS;
    let asked: Vec<Up> = (0..beats).map(|n| Up::Beat { desk_ms: (n * QUIET_UP_MS) as i64 }).collect();
    let told: Vec<Down> = (0..beats)
        .flat_map(|n| {
            let desk_ms = (n * QUIET_UP_MS) as i64;
            let seen = server_ms + desk_ms + QUIET_DOWN_MS as i64;
            let lane = cordboard::domain::scope::Lane::Live;
            [
                Down::Beat { desk_ms, server_ms: server_ms + desk_ms },
                Down::Batch { lane, from: 6_000, to: 6_000, server_ms: seen, records: Vec::new(), bulk: false },
            ]
        })
        .collect();
    line("an idle hour, what comes", told.len(), &told, down, 1);
    line("an idle hour, what goes", asked.len(), &asked, up, 1);
}

/// What a desk hears that links up anew with what another had when it last heard anything.
fn returned(held: &Hello, address: Address) -> Vec<Down> {
    let mut again = Person::dials(address, held.clone(), true);
    again.listens(Duration::from_secs(15));
    again.heard
}

fn is_live(frame: &Down) -> bool {
    use cordboard::domain::scope::Lane;
    match frame {
        Down::Batch { lane, .. } => *lane == Lane::Live,
        Down::Chunk { scope, .. } => scope.lane() == Lane::Live,
        Down::Early { .. } => false,
        _ => true,
    }
}

/// One line: these frames on this wire, without its compression, as JSON, and as JSON with deflate, by `share`.
fn line<F: Frame>(name: &str, rows: usize, frames: &[F], json: impl Fn(&F) -> Vec<String>, share: u64) {
    let mut encoder = Encoder::<F>::new(true);
    let wire: usize = frames.iter().map(|f| encoder.message([f]).expect("small").len()).sum();
    let binary: usize = frames.iter().map(|f| postcard::to_stdvec(f).expect("encodes").len()).sum();
    let texts: Vec<String> = frames.iter().flat_map(json).collect();
    let plain: usize = texts.iter().map(String::len).sum();
    let [rows, wire, binary, plain, deflated] =
        [rows, wire, binary, plain, deflate(&texts)].map(|sum| sum as u64 / share);
    println!("{name:<44} {rows:>8} {wire:>10} {binary:>10} {plain:>10} {deflated:>10}");
}

/// What a web desk would be sent in the place of a frame: its records, or what it says itself.
fn down(frame: &Down) -> Vec<String> {
    let records = records(frame);
    if records.is_empty() {
        return vec![serde_json::to_string(frame).expect("plain data")];
    }
    records.iter().map(json).collect()
}

/// What a web desk would send.
fn up(frame: &Up) -> Vec<String> {
    vec![serde_json::to_string(frame).expect("plain data")]
}

fn table(name: &str, frames: &[Down]) {
    line(name, frames.iter().flat_map(records).count(), frames, down, 1);
    let mut kinds: BTreeMap<(&str, Entity), (usize, usize)> = BTreeMap::new();
    for change in frames.iter().flat_map(records) {
        let (op, size) = match &change {
            Change::Put { body, .. } => ("put", body.len()),
            Change::Forget { .. } => ("forget", 0),
            Change::Absent { .. } => ("absent", 0),
        };
        let sum = kinds.entry((op, change.key().entity)).or_default();
        *sum = (sum.0 + 1, sum.1 + size);
    }
    let kinds = kinds.into_iter().map(|((op, kind), (n, bytes))| format!("{op} {kind:?} {n} ({bytes} B)"));
    eprintln!("  {}", kinds.collect::<Vec<_>>().join(", "));
}

/// Per kind of row: each change flushed alone, and ten to a flush, in one stream each.
fn kinds(feed: &[Down]) {
    println!(
        "\n{:<20} {:>8} {:>12} {:>12} {:>12} {:>12} {:>12}",
        "a change of", "seen", "alone", "ten a flush", "binary", "JSON", "deflated"
    );
    let mut by_kind: BTreeMap<Entity, Vec<Change>> = BTreeMap::new();
    for change in feed.iter().flat_map(records) {
        by_kind.entry(change.key().entity).or_default().push(change);
    }
    for (entity, changes) in by_kind {
        let seen = changes.len();
        let frame = |part: &[Change]| Down::Batch {
            lane: part[0].scope().lane(),
            from: part[0].rev() - 1,
            to: part[part.len() - 1].rev(),
            server_ms: 1_790_000_000_000,
            records: part.iter().cloned().map(Record::from).collect(),
            bulk: false,
        };
        let sealed = |size: usize| {
            let mut encoder = Encoder::<Down>::new(true);
            changes.chunks(size).map(|part| encoder.message([&frame(part)]).expect("small").len()).sum::<usize>()
        };
        let (alone, ten) = (sealed(1), sealed(10));
        let binary: usize =
            changes.iter().map(|c| postcard::to_stdvec(&frame(std::slice::from_ref(c))).expect("encodes").len()).sum();
        let texts: Vec<String> = changes.iter().map(json).collect();
        let plain: usize = texts.iter().map(String::len).sum();
        let each = |sum: usize| sum as f64 / seen as f64;
        println!(
            "{:<20} {seen:>8} {:>12.1} {:>12.1} {:>12.1} {:>12.1} {:>12.1}",
            format!("{entity:?}"),
            each(alone),
            each(ten),
            each(binary),
            each(plain),
            each(deflate(&texts))
        );
    }
}

fn records(frame: &Down) -> Vec<Change> {
    match frame {
        Down::Batch { records, .. } | Down::Early { records } => records.iter().cloned().map(Change::from).collect(),
        Down::Chunk { scope, entity, rows, .. } => {
            cordboard::wire::record::chunk_changes(*scope, *entity, rows.clone())
        }
        _ => Vec::new(),
    }
}

/// The record as a web desk would send it: names spelled out.
fn json(change: &Change) -> String {
    let value = match change {
        Change::Put { rev, scope, key, body } => {
            let row = Row::decode(key.entity, body);
            serde_json::json!({"op": "put", "rev": rev, "scope": format!("{scope:?}"), "row": row})
        }
        Change::Forget { rev, scope, key } => {
            serde_json::json!({"op": "forget", "rev": rev, "scope": format!("{scope:?}"), "kind": key.entity, "id": key.id})
        }
        Change::Absent { rev, scope, key, parent } => {
            serde_json::json!({"op": "absent", "rev": rev, "scope": format!("{scope:?}"), "kind": key.entity, "id": key.id, "of": parent})
        }
    };
    value.to_string()
}

/// One stream, flushed after each text, as a WebSocket with compression does it.
fn deflate(texts: &[String]) -> usize {
    let mut stream = Compress::new(Compression::new(6), false);
    let mut sum = 0;
    for text in texts {
        let mut out = Vec::with_capacity(text.len() + 64);
        stream.compress_vec(text.as_bytes(), &mut out, FlushCompress::Sync).expect("compresses");
        sum += out.len().saturating_sub(4);
    }
    sum
}
