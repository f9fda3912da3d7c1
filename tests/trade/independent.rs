//! The figures of a day computed a second time, in SQL over the exported ledger, and compared number by number. No
//! line of it is shared with the program: the tables below are made from the events' JSON alone.

use cordboard::domain::figures::define::Of;
use cordboard::domain::figures::fold::Fold;
use cordboard::domain::figures::{Ask, FigureId, Value, Window, figure};
use cordboard::domain::ids::{AgentId, QueueId};
use cordboard::domain::time::{At, DAY};
use rusqlite::Connection;

use crate::simulated_day::{Day, MIDNIGHT, QUEUES, live};

const AGENTS: u64 = 40;
const CONTACTS: u64 = 5_000;

/// Tables made from `event(seq, kind, body)`. Times are ms.
const TABLES: &str = r#"
CREATE INDEX event_kind ON event(kind);
CREATE TABLE target AS SELECT body->>'$.row.Queue.id' AS queue, 1000 * (body->>'$.row.Queue.sl_s') AS ms
    FROM event WHERE kind = 'row-set' AND body->>'$.row.Queue.id' IS NOT NULL;
CREATE TABLE opened AS SELECT seq, body->>'$.interaction.id' AS i, body->>'$.interaction.case' AS kase,
    body->>'$.interaction.customer' AS customer, body->>'$.interaction.channel' AS channel,
    body->>'$.interaction.queue' AS queue, body->>'$.interaction.enqueued' AS at FROM event WHERE kind = 'interaction-opened';
CREATE UNIQUE INDEX opened_i ON opened(i);
CREATE TABLE step AS SELECT seq, kind, body->>'$.interaction' AS i, body->>'$.at' AS at, body FROM event
    WHERE kind IN ('offer-made', 'offer-accepted', 'requeued', 'phase-changed', 'interaction-abandoned', 'flowed-out',
        'callback-asked', 'callback-dialed', 'callback-unreached')
    UNION ALL SELECT seq, kind, body->>'$.wrap_up.interaction', body->>'$.wrap_up.at', body FROM event
    WHERE kind = 'leg-ended' OR (kind = 'wrapped-up' AND NOT body->>'$.wrap_up.late');
CREATE INDEX step_i ON step(i, seq);
-- Where it was from when on: entries into another queue than before.
CREATE TABLE entry AS SELECT seq, i, queue, at FROM (
    SELECT *, lag(queue) OVER (PARTITION BY i ORDER BY seq) AS before FROM (
        SELECT seq, i, queue, at FROM opened
        UNION ALL SELECT seq, i, body->>'$.queue', at FROM step WHERE kind = 'requeued'
        UNION ALL SELECT seq, i, body->>'$.to', at FROM step WHERE kind = 'flowed-out'))
    WHERE before IS NULL OR before <> queue;
CREATE INDEX entry_i ON entry(i, seq);
CREATE TABLE closing AS
    SELECT seq, i, at, CASE kind WHEN 'offer-accepted' THEN 'answered' WHEN 'interaction-abandoned' THEN 'abandoned'
        WHEN 'callback-asked' THEN 'callback' END AS how
    FROM step WHERE kind IN ('offer-accepted', 'interaction-abandoned', 'callback-asked')
    UNION ALL SELECT e.seq, e.i, e.at, 'flowed' FROM entry e JOIN opened o ON o.i = e.i WHERE e.seq <> o.seq;
CREATE INDEX closing_i ON closing(i, seq);
CREATE TABLE visit AS SELECT e.i, e.queue, o.kase, c.at AS at, c.how, c.at - e.at AS wait, t.ms AS target
    FROM entry e JOIN opened o ON o.i = e.i JOIN target t ON t.queue = e.queue
    LEFT JOIN closing c ON c.i = e.i AND c.seq = (SELECT min(seq) FROM closing WHERE i = e.i AND seq > e.seq);
-- Legs, with every part measured from the instants of the steps in them.
CREATE TABLE leg AS SELECT a.seq, a.i, o.kase, a.body->>'$.by' AS agent, a.at AS began, z.seq AS last, z.at AS ended,
    z.body->>'$.wrap_up.end' AS how, z.body->>'$.wrap_up.reason' AS reason,
    (SELECT queue FROM entry WHERE i = a.i AND seq < a.seq ORDER BY seq DESC LIMIT 1) AS queue,
    CASE WHEN EXISTS (SELECT 1 FROM step WHERE i = a.i AND kind = 'callback-asked' AND seq < a.seq)
        THEN 'callback' ELSE o.channel END AS channel
    FROM step a JOIN opened o ON o.i = a.i
    JOIN step z ON z.i = a.i AND z.seq = (
        SELECT min(seq) FROM step WHERE i = a.i AND seq > a.seq AND kind IN ('wrapped-up', 'leg-ended'))
    WHERE a.kind = 'offer-accepted';
CREATE INDEX leg_i ON leg(i, seq);
CREATE TABLE part AS SELECT l.seq, s.kind, json_type(s.body, '$.to."on-hold"') IS NOT NULL AS hold,
    json_type(s.body, '$.to."wrap-up"') IS NOT NULL AS wrap, s.at,
    (SELECT at FROM step WHERE i = s.i AND seq > s.seq AND seq <= l.last
        AND kind IN ('phase-changed', 'wrapped-up', 'leg-ended') ORDER BY seq LIMIT 1) AS until
    FROM leg l JOIN step s ON s.i = l.i AND s.seq > l.seq AND s.seq < l.last
    WHERE s.kind IN ('phase-changed', 'callback-dialed');
CREATE INDEX part_seq ON part(seq);
CREATE TABLE work AS SELECT l.*,
    (SELECT coalesce(sum(until - at), 0) FROM part p WHERE p.seq = l.seq AND hold) AS held,
    (SELECT coalesce(sum(until - at), 0) FROM part p WHERE p.seq = l.seq AND kind = 'callback-dialed') AS dialled,
    (SELECT coalesce(sum(until - at), 0) FROM part p WHERE p.seq = l.seq AND wrap) AS wrapped FROM leg l;
CREATE INDEX work_i ON work(i, seq);
CREATE TABLE ring AS SELECT body->>'$.to' AS agent, at AS f, (SELECT at FROM step z WHERE z.i = s.i AND z.seq > s.seq
    AND z.kind IN ('offer-accepted', 'requeued', 'interaction-abandoned') ORDER BY z.seq LIMIT 1) AS t
    FROM step s WHERE kind = 'offer-made';
CREATE TABLE being AS SELECT body->>'$.agent' AS agent, body->>'$.to' AS what, body->>'$.at' AS f,
    lead(body->>'$.at', 1, :far) OVER (PARTITION BY body->>'$.agent' ORDER BY seq) AS t
    FROM event WHERE kind = 'presence-changed';
CREATE TABLE contact AS SELECT o.i, o.kase, o.customer, o.at AS came, f.began AS answered, l.ended, l.agent, l.queue,
    (SELECT reason FROM work WHERE i = o.i AND reason IS NOT NULL ORDER BY seq DESC LIMIT 1) AS reason,
    (SELECT sum(ended - began) FROM work WHERE i = o.i) AS spent
    FROM opened o
    JOIN work f ON f.i = o.i AND f.seq = (SELECT min(seq) FROM work WHERE i = o.i)
    JOIN work l ON l.i = o.i AND l.seq = (SELECT max(seq) FROM work WHERE i = o.i)
    WHERE EXISTS (SELECT 1 FROM step WHERE i = o.i AND (kind IN ('wrapped-up', 'interaction-abandoned')
        OR (kind = 'callback-unreached' AND body->>'$.again' IS NULL)));
CREATE INDEX contact_c ON contact(customer, reason);
CREATE TABLE said AS SELECT body->>'$.message.case' AS kase, body->>'$.message.at' AS at FROM event
    WHERE kind = 'message-added' AND body->>'$.message.kind' = 'message' AND body->>'$.message.author.agent' IS NOT NULL;
CREATE INDEX said_k ON said(kase);
CREATE TABLE solved AS SELECT body->>'$.case' AS kase, body->>'$.at' AS at FROM event
    WHERE kind = 'status-changed' AND body->>'$.to' = 'solved';
CREATE INDEX solved_k ON solved(kase);
CREATE TABLE kase AS SELECT o.kase, o.at AS created,
    (SELECT agent FROM work WHERE i = o.i ORDER BY seq DESC LIMIT 1) AS agent,
    (SELECT queue FROM entry WHERE i = o.i ORDER BY seq DESC LIMIT 1) AS queue,
    (SELECT min(at) FROM (SELECT began AS at FROM work WHERE i = o.i AND channel IN ('voice', 'callback')
        UNION ALL SELECT at FROM said WHERE said.kase = o.kase)) AS replied,
    (SELECT min(at) FROM solved WHERE solved.kase = o.kase) AS solved
    FROM opened o;
CREATE TABLE rated AS SELECT body->>'$.rating.survey' AS survey, body->>'$.rating.mark' AS mark,
    body->>'$.rating.agent' AS agent, body->>'$.rating.queue' AS queue FROM event WHERE kind = 'rated';
"#;

/// Visits, legs … of what is asked.
const V: &str = "FROM visit WHERE :a = 0 AND (:q = 0 OR queue = :q)";
const L: &str = "FROM work WHERE (:q = 0 OR queue = :q) AND (:a = 0 OR agent = :a)";
const C: &str = "FROM contact WHERE (:q = 0 OR queue = :q) AND (:a = 0 OR agent = :a)";
const K: &str = "FROM kase WHERE (:q = 0 OR queue = :q) AND (:a = 0 OR agent = :a)";
const R: &str = "FROM rated WHERE (:q = 0 OR queue = :q) AND (:a = 0 OR agent = :a)";
const LEGS: &str = "SELECT agent, began AS f, ended AS t FROM work";
const RINGS: &str = "SELECT agent, f, t FROM ring";
const READY: &str = "SELECT agent, f, t FROM being WHERE what = 'ready'";
const THERE: &str = "SELECT agent, f, t FROM being WHERE what <> 'offline'";

/// Covered time of each agent, together.
fn union(parts: &[&str]) -> String {
    let all = parts.join(" UNION ALL ");
    format!(
        "(SELECT coalesce(sum(max(0, t - max(f, coalesce(m, f)))), 0) FROM (SELECT f, t, max(t) OVER (PARTITION BY \
         agent ORDER BY f, t ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS m FROM ({all}) WHERE :a = 0 OR agent = :a))"
    )
}

/// The k-th value, k = ceil(p * n).
fn rank(column: &str, from: &str, per_cent: u32) -> String {
    let n = format!("(SELECT count(*) {from})");
    format!(
        "SELECT (SELECT {column} {from} ORDER BY 1 LIMIT 1 OFFSET max(0, ({per_cent} * {n} + 99) / 100 - 1)), \
         CASE WHEN {n} > 0 THEN 1 ELSE 0 END"
    )
}

/// The SQL of a figure: numerator and denominator.
fn sql(id: FigureId) -> Option<String> {
    use FigureId as F;
    let count = |what: &str, from: &str| format!("SELECT count(*) FILTER (WHERE {what}), 1 {from}");
    let level = |above: &str, below: &str| {
        format!("SELECT count(*) FILTER (WHERE {above}), count(*) FILTER (WHERE {below}) {V}")
    };
    let mean = |what: &str, from: &str| format!("SELECT coalesce(sum({what}), 0), count(*) {from}");
    let (answered, gone) = ("how = 'answered'", "how = 'abandoned'");
    let both = "how IN ('answered', 'abandoned')";
    let hit = "how = 'answered' AND wait <= target";
    let long = format!("NOT ({gone} AND wait < 5000)");
    let all = "ended - began";
    let busy = union(&[LEGS, RINGS]);
    let base = union(&[LEGS, RINGS, READY]);
    let work = union(&[LEGS]);
    let chats = format!("{L} AND channel = 'chat'");
    let chat_time =
        union(&["SELECT agent, began AS f, ended AS t FROM work WHERE channel = 'chat' AND (:q = 0 OR queue = :q)"]);
    let open = format!("{K} AND solved IS NULL");
    let age = ":to - created";
    Some(match id {
        F::Offered => count("1", V),
        F::Answered => count(answered, V),
        F::Abandoned => count(gone, V),
        F::FlowedOut => count("how = 'flowed'", V),
        F::CalledBack => count("how = 'callback'", V),
        F::Waiting => count("how IS NULL", V),
        F::ServiceLevel1 => level(&format!("({hit}) OR ({gone} AND wait <= target)"), both),
        F::ServiceLevel2 => level(hit, answered),
        F::ServiceLevel3 => level(hit, both),
        F::ServiceLevel4 => level(hit, &format!("{both} AND NOT ({gone} AND wait <= target)")),
        F::ServiceLevel5 => level(&format!("({hit}) OR ({gone} AND wait < 5000)"), both),
        F::ServiceLevel | F::ServiceLevel6 => level(hit, &format!("{both} AND {long}")),
        F::ServiceLevel7 => level(hit, &format!("({both} OR how = 'flowed') AND {long}")),
        F::ServiceLevel8 => level(hit, "1"),
        F::Asa => mean("wait", &format!("{V} AND {answered}")),
        F::WaitMedian => rank("wait", &format!("{V} AND {answered}"), 50),
        F::WaitP90 => rank("wait", &format!("{V} AND {answered}"), 90),
        F::WaitAll => mean("wait", &format!("{V} AND how IS NOT NULL")),
        F::AbandonTime => mean("wait", &format!("{V} AND {gone}")),
        F::AbandonRate => level(gone, "1"),
        F::AbandonRateLong => level(&format!("{gone} AND wait >= 5000"), &long),
        F::AbandonRateHandled => level(&format!("{gone} AND wait >= 5000"), &format!("{both} AND {long}")),
        F::Handled => count("1", L),
        F::Aht => mean(all, L),
        F::AhtContact => mean("spent", C),
        F::Talk => mean("ended - began - held - dialled - wrapped", L),
        F::Hold => mean("held", L),
        F::HoldHeld => mean("held", &format!("{L} AND held > 0")),
        F::Acw => mean("wrapped", L),
        F::Workload => format!("SELECT coalesce(sum({all}), 0), 1 {L}"),
        F::TransferRate => format!("SELECT count(*) FILTER (WHERE how IN ('blind', 'consult')), count(*) {L}"),
        F::Concurrency => format!("SELECT coalesce(sum({all}), 0), {chat_time} {chats}"),
        F::ChatBusy => format!("SELECT {chat_time}, count(*) {chats}"),
        F::Occupancy => format!("SELECT {busy}, {base}"),
        F::OccupancyRingIdle => format!("SELECT {work}, {base}"),
        F::OccupancyNoRing => format!("SELECT {work}, {work} + {base} - {busy}"),
        F::Utilisation => format!("SELECT {base}, {}", union(&[LEGS, RINGS, THERE])),
        F::Fcr => {
            let judged =
                "SELECT c.*, EXISTS (SELECT 1 FROM contact n WHERE n.customer = c.customer AND n.reason = c.reason
                AND n.came >= c.ended AND n.came - c.ended < 604800000 AND n.i <> c.i) AS again FROM contact c
                WHERE customer IS NOT NULL AND reason IS NOT NULL AND NOT EXISTS (SELECT 1 FROM contact e
                WHERE e.customer = c.customer AND e.reason = c.reason AND (e.came, e.i) < (c.came, c.i)
                AND c.came < e.answered)";
            format!(
                "SELECT count(*) FILTER (WHERE NOT again), count(*) FROM ({judged})
                 WHERE (:q = 0 OR queue = :q) AND (:a = 0 OR agent = :a)"
            )
        }
        F::Csat => format!("SELECT count(*) FILTER (WHERE mark >= 4), count(*) {R} AND survey = 'csat'"),
        F::CsatMean => mean("mark", &format!("{R} AND survey = 'csat'")),
        F::CsatResponse => format!("SELECT (SELECT count(*) {R} AND survey = 'csat'), count(*) {C}"),
        F::Nps => format!(
            "SELECT count(*) FILTER (WHERE mark >= 9) - count(*) FILTER (WHERE mark <= 6), count(*) {R} AND survey = 'nps'"
        ),
        F::Ces | F::CesMean => mean("mark", &format!("{R} AND survey = 'ces'")),
        F::Backlog => count("1", &open),
        F::BacklogPending => "SELECT 0, 1".to_owned(),
        F::BacklogMedian => rank(age, &open, 50),
        F::BacklogP90 => rank(age, &open, 90),
        F::BacklogOldest => rank(age, &open, 100),
        F::FirstResponse => mean("replied - created", &format!("{K} AND replied IS NOT NULL")),
        F::ResolutionFirst | F::ResolutionFull => mean("solved - created", &format!("{K} AND solved IS NOT NULL")),
        // Open hours have tests of their own; here every queue is always open.
        F::BacklogMedianHours
        | F::BacklogP90Hours
        | F::BacklogOldestHours
        | F::FirstResponseHours
        | F::ResolutionFirstHours
        | F::ResolutionFullHours => return None,
    })
}

fn exported(day: &Day, far: At) -> Connection {
    let db = Connection::open_in_memory().expect("a database");
    db.execute_batch("CREATE TABLE event(seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL); BEGIN")
        .expect("a table");
    for (seq, (_, event)) in (1_i64..).zip(&day.events) {
        let json = serde_json::to_value(event).expect("events are JSON");
        let (kind, body) = json.as_object().and_then(|o| o.iter().next()).expect("one kind");
        db.prepare_cached("INSERT INTO event VALUES (?1, ?2, ?3)")
            .expect("SQL")
            .execute((seq, kind, body.to_string()))
            .expect("a row");
    }
    db.execute_batch("COMMIT").expect("is in");
    db.execute_batch(&TABLES.replace(":far", &far.0.to_string())).expect("the tables");
    db
}

#[test]
fn a_day_of_five_thousand_contacts_agrees_with_an_independent_computation() {
    let day = live(7, CONTACTS, AGENTS);
    let window = Window::new(MIDNIGHT, MIDNIGHT.plus(DAY));
    let db = exported(&day, window.to);
    let mut fold = Fold::new();
    day.events.iter().for_each(|(_, event)| fold.note(event));
    let facts = fold.into_facts();
    assert_eq!(facts.contacts.len() as u64, CONTACTS);
    let open_ms = |_: QueueId, from: At, to: At| to.since(from);
    let mut compared = 0;
    let scopes = std::iter::once((0, 0)).chain((1..=QUEUES).map(|q| (q, 0))).chain((1..=AGENTS).map(|a| (0, a)));
    for (queue, agent) in scopes {
        let queues: Vec<QueueId> = (queue > 0).then_some(QueueId(queue)).into_iter().collect();
        let agent_id = (agent > 0).then_some(AgentId(agent));
        let now = window.to.plus(8 * DAY);
        let ask = Ask {
            window,
            now,
            queues: &queues,
            agent: agent_id,
            channels: &[],
            open_ms: &open_ms,
            rules: Default::default(),
        };
        for id in FigureId::all() {
            let Some(sql) = sql(id) else { continue };
            let of = id.definition().of;
            if (agent > 0 && of == Of::Queue) || (queue > 0 && of == Of::Agent) {
                continue;
            }
            let mut query = db.prepare(&sql).unwrap_or_else(|e| panic!("{id:?}: {e}: {sql}"));
            let wanted = [(":q", queue as i64), (":a", agent as i64), (":to", window.to.0)];
            for (name, value) in wanted {
                if let Some(index) = query.parameter_index(name).expect("a name") {
                    query.raw_bind_parameter(index, value).expect("bound");
                }
            }
            let mut rows = query.raw_query();
            let row = rows.next().expect("an answer").expect("one row");
            let num: Option<i64> = row.get(0).expect("a numerator");
            let expected = Value::of(num.unwrap_or(0), row.get(1).expect("a denominator"));
            let ours = figure(id, &facts, &ask).value;
            assert_eq!(ours, expected, "{id:?} of queue {queue}, agent {agent}");
            compared += 1;
        }
    }
    assert!(compared > 1_000, "only {compared} numbers were compared");
    // The day had some of everything, or the comparison would be worth little.
    let all = Ask {
        window,
        now: window.to,
        queues: &[],
        agent: None,
        channels: &[],
        open_ms: &open_ms,
        rules: Default::default(),
    };
    for id in
        [FigureId::Abandoned, FigureId::FlowedOut, FigureId::CalledBack, FigureId::HoldHeld, FigureId::TransferRate]
    {
        let (num, den) = figure(id, &facts, &all).value.halves();
        assert!(num > 10 && den > 0, "{id:?} {num}/{den}");
    }
    let level = figure(FigureId::ServiceLevel, &facts, &all).value.scaled(100).expect("a service level");
    assert!((5..=99).contains(&level), "neither empty nor full: {level} %");
}
