//! Typical frames, from a seed: what the dictionary is made of and what the codec is tested with.
//!
//! `CORDBOARD_REBUILD_DICTIONARY=1 cargo test --lib wire::dictionary` writes the file anew.

use super::vocabulary::{LETTERS, NAMES, TRADE};
use crate::clock::{Clock, FakeClock};
use crate::domain::command::Command;
use crate::domain::ids::*;
use crate::domain::people::{Contacts, Customer, Presence, PresenceRow, Role};
use crate::domain::row::Row;
use crate::domain::scope::Lane;
use crate::domain::time::At;
use crate::domain::work::*;
use crate::rand::{Rand, SeededRand};
use crate::wire::codec::write_frame;
use crate::wire::frame::{Down, Outcome, Record, Up};

/// Phrases of the trade; the words of people are most of the bytes.
const PHRASES: &[&str] = &[
    "Hello, thank you for contacting us. My name is ",
    "Thank you for your message. I am sorry to hear that ",
    "Is there anything else I can help you with today?",
    "I have checked your account and I can see that ",
    "Could you please confirm your postcode and date of birth?",
    "I have refunded the charge; it will show on your next bill.",
    "The engineer will visit between 08:00 and 12:00 on ",
    "Please restart the router and wait for the light to turn green.",
    "I would like to cancel my contract because ",
    "my internet connection is not working since this morning",
    "I was charged twice for the same month, please check the invoice",
    "the roaming charges on my bill are wrong",
    "I have not received my order yet, can you tell me where it is?",
    "I cannot log in to my account, the password reset e-mail does not arrive",
    "when will the technician come? ",
    "Customer called about ",
    "Customer asks for a callback tomorrow. ",
    "Explained the charges, customer agreed. ",
    "Customer verified by phone. ",
    "Escalated to second line. ",
    "Guten Tag, vielen Dank für Ihre Nachricht. Ich habe ",
    "ich möchte meinen Vertrag kündigen, weil die Rechnung nicht stimmt",
    "Können Sie mir bitte sagen, wann der Techniker kommt?",
    "Bonjour, merci de nous avoir contactés. Je ne peux pas me connecter à mon compte depuis ",
    "Hola, gracias por su mensaje. No puedo acceder a mi cuenta desde ayer y la factura ",
    "Buongiorno, la mia bolletta è sbagliata. Grazie mille, cordiali saluti",
    "Kind regards,",
    "Best regards,",
    "Mit freundlichen Grüßen,",
    "Cordialement,",
];

const SUBJECTS: &[&str] = &[
    "Roaming bill",
    "Broadband down since this morning",
    "Charged twice",
    "Change of address",
    "Order has not arrived",
    "Cannot log in",
    "Cancel the contract",
    "New SIM card",
    "Router keeps restarting",
    "Question about my invoice",
    "Refund not received",
    "Upgrade to fibre",
    "Number porting",
    "Rechnung falsch",
    "Router-Störung",
];
const FIRST: &[&str] = &["Dana", "John", "Mei-Ling", "Ana", "Tomasz", "Fatima", "Lukas", "Sofia", "Emma", "Noah"];
const LAST: &[&str] = &["Holt", "Okafor", "Chen", "García", "Kowalski", "Haddad", "Weber", "Rossi", "Martin", "Smith"];
const LOCALES: &[&str] = &["en-GB", "en-GB", "en-US", "de-DE", "fr-FR", "es-ES", "en"];
const ZONES: &[&str] = &["Europe/London", "Europe/Berlin", "Europe/Paris", "Europe/Madrid", "America/New_York", ""];
const PLANS: &[&str] = &["Mobile Basic", "Mobile Plus", "Fibre 100", "Fibre 500", "Business", "Prepaid", ""];
const MENU: &[&str] = &["billing", "technical", "sales", "other", "contract", "roaming", "broadband", "cancel"];
const TAGS: &[&str] = &["billing", "roaming", "refund", "outage", "vip", "router", "sim", "contract", "delivery"];

/// Makes frames as a server of a telecom firm would.
pub(crate) struct Desk {
    rand: SeededRand,
    clock: FakeClock,
    seq: u64,
}

impl Desk {
    pub(crate) fn new(seed: u64) -> Desk {
        let rand = SeededRand::new(seed);
        let clock = FakeClock::new(At(1_790_000_000_000 + rand.jitter(1 << 30) as i64));
        Desk { seq: 100_000 + rand.jitter(1 << 16), clock, rand }
    }

    fn pick<'a>(&self, from: &[&'a str]) -> &'a str {
        from[self.rand.jitter(from.len() as u64 - 1) as usize]
    }

    fn id(&self, max: u64) -> u64 {
        1 + self.rand.jitter(max - 1)
    }

    fn now(&self) -> At {
        self.clock.now()
    }

    fn name(&self) -> (String, String) {
        let (first, last) = (self.pick(FIRST), self.pick(LAST));
        (format!("{first} {last}"), format!("{first} {}.", last.chars().next().expect("a name")))
    }

    fn words(&self) -> String {
        let mut text = format!("{}{}", self.pick(PHRASES), self.pick(SUBJECTS).to_lowercase());
        for _ in 0..self.rand.jitter(12) {
            // Words nobody has said before, so that the figures are not too kind.
            let word: String =
                (0..2 + self.rand.jitter(6)).map(|_| (b'a' + self.rand.jitter(25) as u8) as char).collect();
            text.push(' ');
            text.push_str(&word);
        }
        text
    }

    pub(crate) fn interaction(&self) -> Row {
        let phase = match self.rand.jitter(4) {
            0 | 1 => Phase::Queued,
            2 => Phase::Offered { to: AgentId(self.id(20)), until: self.now().plus(20_000) },
            3 => Phase::Connected,
            _ => Phase::WrapUp { since: self.now(), more: 0, over: false },
        };
        let taken = matches!(phase, Phase::Connected | Phase::WrapUp { .. });
        Row::Interaction(Interaction {
            id: InteractionId(9_000 + self.id(500)),
            case: CaseId(4_000 + self.id(900)),
            customer: Some(CustomerId(self.id(400))),
            name: self.name().1,
            channel: Channel::ALL[self.rand.jitter(3) as usize],
            queue: QueueId(self.id(4)),
            phase,
            owner: taken.then(|| AgentId(self.id(20))),
            epoch: self.rand.jitter(3) as u32,
            priority: Priority::ALL[1 + self.rand.jitter(2) as usize],
            language: self.pick(LOCALES).into(),
            subject: self.pick(SUBJECTS).into(),
            menu: vec![self.pick(MENU).into()],
            enqueued: self.now().plus(-(self.rand.jitter(300_000) as i64)),
            first_enqueued: self.now().plus(-(self.rand.jitter(600_000) as i64)),
            accepted: taken.then(|| self.now()),
            rung: matches!(phase, Phase::Offered { .. }).then(|| self.now()),
            settled: taken,
            target_s: taken.then_some(20),
            dial_ms: 0,
            hold_ms: 0,
            holds: 0,
            waiting_since: None,
            customer_gone: false,
            min_role: Role::Trainee,
            passed: Vec::new(),
            place: crate::domain::work::Place::default(),
            card: None,
            maybe: Vec::new(),
            known: crate::domain::proof::Known::default(),
        })
    }

    fn presence(&self) -> Row {
        Row::Presence(PresenceRow {
            agent: AgentId(self.id(20)),
            team: TeamId(1),
            presence: [Presence::Ready, Presence::Away, Presence::Break(BreakId(1))][self.rand.jitter(2) as usize],
            since: self.now(),
            next: None,
            idle_since: self.now(),
            link_lost: None,
            missed: 0,
            last_miss: None,
            forced: None,
        })
    }

    pub(crate) fn message(&self) -> Row {
        let note = self.rand.jitter(3) == 0;
        Row::Message(Message {
            id: MessageId(30_000 + self.id(5_000)),
            case: CaseId(4_000 + self.id(900)),
            queue: QueueId(self.id(4)),
            at: self.now(),
            author: if note || self.rand.jitter(1) == 0 {
                Author::Agent(AgentId(self.id(20)))
            } else {
                Author::Customer
            },
            kind: if note { Kind::Note } else { Kind::Message },
            channel: Channel::ALL[self.rand.jitter(3) as usize],
            body: self.words(),
            files: Vec::new(),
            went: None,
        })
    }

    fn customer(&self) -> [Row; 2] {
        let (name, _) = self.name();
        let id = CustomerId(self.id(400));
        let contacts = Contacts {
            id,
            phones: vec![format!("+4477009{:05}", self.rand.jitter(99_999))],
            emails: vec![format!("{}@example.com", name.to_lowercase().replace(' ', "."))],
            handle: String::new(),
        };
        let customer = Customer {
            id,
            reference: format!("C-{:06}", id.0),
            name,
            locale: self.pick(LOCALES).into(),
            zone: self.pick(ZONES).into(),
            plan: self.pick(PLANS).into(),
            flags: if self.rand.jitter(5) == 0 { vec!["vip".into()] } else { Vec::new() },
            note: String::new(),
            since: format!("20{}-0{}-1{}", 10 + self.rand.jitter(15), self.id(9), self.rand.jitter(9)),
            masked: contacts.masked(),
            merged: None,
            holds: Vec::new(),
        };
        [Row::Customer(customer), Row::Contacts(contacts)]
    }

    fn case(&self) -> Row {
        Row::Case(Case {
            id: CaseId(4_000 + self.id(900)),
            reference: String::new(),
            customer: Some(CustomerId(self.id(400))),
            queue: QueueId(self.id(4)),
            channel: Channel::ALL[self.rand.jitter(3) as usize],
            subject: self.pick(SUBJECTS).into(),
            status: Status::ALL[self.rand.jitter(3) as usize],
            priority: Priority::Normal,
            tags: vec![self.pick(TAGS).into()],
            assignee: Some(AgentId(self.id(20))),
            language: self.pick(LOCALES).into(),
            created: self.now().plus(-(self.rand.jitter(1 << 31) as i64)),
            updated: self.now(),
            snoozed_until: None,
            reason: Some(ReasonId(self.id(30))),
            outcome: Some(OutcomeId(self.id(8))),
            last_inbound: Some(MessageId(30_000 + self.id(5_000))),
            escalated: None,
            sla: crate::domain::sla::Sla::default(),
            ties: Default::default(),
            label: None,
            checks: Vec::new(),
            hands: Default::default(),
        })
    }

    fn wrap_up(&self) -> Row {
        Row::WrapUp(WrapUp {
            id: WrapUpId(2_000 + self.id(500)),
            interaction: InteractionId(9_000 + self.id(500)),
            case: CaseId(4_000 + self.id(900)),
            queue: QueueId(self.id(4)),
            agent: AgentId(self.id(20)),
            epoch: 1,
            channel: Channel::ALL[self.rand.jitter(3) as usize],
            reason: Some(ReasonId(self.id(30))),
            outcome: Some(OutcomeId(self.id(8))),
            note: None,
            at: self.now(),
            wait_ms: self.rand.jitter(200_000) as i64,
            talk_ms: self.rand.jitter(600_000) as i64,
            hold_ms: 0,
            holds: 0,
            wrap_ms: self.rand.jitter(60_000) as i64,
            late: false,
            customer: Some(CustomerId(self.id(400))),
            served: QueueId(self.id(4)),
            rung: Some(self.now()),
            dial_ms: 0,
            target_s: Some(20),
            end: LegEnd::Finished,
            findings: Default::default(),
            incomplete: false,
        })
    }

    fn article(&self) -> Row {
        Row::ArticleHead(ArticleHead {
            id: ArticleId(self.id(80)),
            slug: format!("{}-{}", self.pick(TAGS), self.pick(MENU)),
            title: format!("{}: what to do", self.pick(SUBJECTS)),
            locale: self.pick(LOCALES).into(),
            tags: vec![self.pick(TAGS).into()],
            owner: "Knowledge team".into(),
            verified_until: "2026-12-31".into(),
            internal: false,
            updated: self.now(),
        })
    }

    fn record(&self, row: &Row) -> Record {
        Record::Put { rev: self.seq, scope: row.scope(), key: row.key(), body: row.encode() }
    }

    fn batch(&mut self, lane: Lane, rows: &[Row]) -> Down {
        let from = self.seq;
        self.seq += 1 + rows.len() as u64;
        self.clock.advance(200 + self.rand.jitter(2_000));
        let records = rows.iter().map(|row| self.record(row)).collect();
        Down::Batch { lane, from, to: self.seq, server_ms: self.now().0, records, bulk: false }
    }

    /// One frame of the steady feed, in the mix that spec: sync 2 measured.
    pub(crate) fn feed(&mut self) -> Down {
        let (lane, rows) = match self.rand.jitter(9) {
            0..=3 => (Lane::Live, vec![self.interaction()]),
            4 | 5 => (Lane::Live, vec![self.presence()]),
            6 => (Lane::Deep, vec![self.message(), self.case()]),
            7 => (Lane::Deep, vec![self.case()]),
            8 => (Lane::Deep, vec![self.wrap_up(), self.case()]),
            _ => {
                let n = self.id(300);
                return Down::Verdict { n, seq: self.seq, deep: self.seq, outcome: Outcome::Done };
            }
        };
        self.batch(lane, &rows)
    }

    /// The first frames of a first connection: rows of every kind in pieces.
    pub(crate) fn start(&mut self) -> Vec<Down> {
        let kinds: [Vec<Row>; 7] = [
            (0..30).map(|_| self.interaction()).collect(),
            (0..15).map(|_| self.presence()).collect(),
            (0..20).map(|_| self.customer()[0].clone()).collect(),
            (0..20).map(|_| self.customer()[1].clone()).collect(),
            (0..20).map(|_| self.case()).collect(),
            (0..40).map(|_| self.message()).collect(),
            (0..20).map(|_| self.article()).collect(),
        ];
        let chunk = |rows: Vec<Row>| Down::Chunk {
            scope: rows[0].scope(),
            entity: rows[0].entity(),
            after: 0,
            mark: rows.len() as u64,
            whole: true,
            seq: self.seq,
            rows: rows.into_iter().map(|row| (row.id(), self.seq - 1, row.encode())).collect(),
            left: 0,
        };
        kinds.into_iter().map(chunk).collect()
    }

    pub(crate) fn command(&self, n: u64) -> Up {
        let (interaction, epoch, case) = (InteractionId(9_000 + self.id(500)), 1, CaseId(4_000 + self.id(900)));
        let command = match self.rand.jitter(4) {
            0 => Command::AcceptOffer { interaction, epoch },
            1 => Command::SetPresence { to: Presence::Ready },
            2 => Command::SendReply {
                case,
                body: self.words(),
                base: Some(MessageId(30_000)),
                anyway: false,
                from: vec![],
                to: None,
            },
            3 => Command::AddNote { case, body: self.words(), from: vec![] },
            _ => Command::WrapUp {
                interaction,
                epoch,
                case,
                reason: ReasonId(3),
                outcome: OutcomeId(2),
                note: self.words(),
                follow_up: None,
                findings: Default::default(),
            },
        };
        Up::Command { n, at_ms: self.now().0, command: Box::new(command) }
    }
}

/// The dictionary for frames like these: words first, then rows, most frequent last.
fn build() -> Vec<u8> {
    let mut desk = Desk::new(0xd1c7);
    // The first to fall out of the window, when what was said has words of its own.
    let mut bytes = NAMES.concat().into_bytes();
    bytes.extend(LETTERS.concat().bytes());
    bytes.extend(TRADE.concat().bytes());
    let words = bytes.len();
    bytes.extend(PHRASES.concat().bytes());
    for words in [SUBJECTS, ZONES, PLANS, TAGS, MENU, LOCALES] {
        bytes.extend(words.concat().bytes());
    }
    for n in 1..10 {
        write_frame(&desk.command(n), &mut bytes).expect("small");
    }
    let mut seen = std::collections::BTreeMap::<_, u32>::new();
    for frame in desk.start() {
        let Down::Chunk { scope, entity, after, mark, whole, seq, rows, left } = frame else { continue };
        for row in rows.into_iter().take(6) {
            let frame = Down::Chunk { scope, entity, after, mark, whole, seq, rows: vec![row], left };
            write_frame(&frame, &mut bytes).expect("small");
        }
    }
    while bytes.len() < words + (15 << 10) {
        let frame = desk.feed();
        let words = matches!(&frame, Down::Batch { lane: Lane::Deep, .. });
        let count = seen.entry(words).or_default();
        *count += 1;
        // Few whole messages: their words are above already.
        if !words || *count % 4 == 0 {
            write_frame(&frame, &mut bytes).expect("small");
        }
    }
    bytes
}

#[test]
fn rebuilt_when_asked() {
    if std::env::var_os("CORDBOARD_REBUILD_DICTIONARY").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/wire.dict");
        std::fs::write(path, build()).expect("assets can be written");
    }
}

#[test]
fn it_fits_the_window() {
    assert!(super::BYTES.len() <= (1 << 15) - 262, "{}", super::BYTES.len());
    assert_ne!(super::hash(), 0);
}
