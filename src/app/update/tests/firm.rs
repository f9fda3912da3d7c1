//! The firm of these tests: two queues, an agent and a lead, a customer with two old cases, two articles.

use super::*;

pub(super) fn firm() -> Vec<Row> {
    let queue = |id: u64, key: &str, name: &str, channels: Vec<Channel>| Queue {
        id: QueueId(id),
        key: key.into(),
        name: name.into(),
        channels,
        skills: BTreeMap::new(),
        offer_s: 15,
        wrap_up_s: 60,
        sl_pct: 80,
        sl_s: 20,
        calendar: None,
        closed_message: String::new(),
        active: true,
        rules: crate::domain::routing::QueueRules::default(),
    };
    let agent = |id: u64, login: &str, name: &str, role| Agent {
        id: AgentId(id),
        login: login.into(),
        name: name.into(),
        team: TeamId(1),
        role,
        skills: BTreeMap::new(),
        queues: vec![BILLING, TECHNICAL],
        active: true,
    };
    let presence = |id: u64, presence| PresenceRow {
        agent: AgentId(id),
        team: TeamId(1),
        presence,
        since: At(1_749_999_000_000),
        next: None,
        idle_since: At(0),
        link_lost: None,
        missed: 0,
        last_miss: None,
        forced: None,
    };
    let reason = |id: u64, path: &str, label: &str| Reason {
        id: ReasonId(id),
        path: path.into(),
        label: label.into(),
        queues: vec![],
        active: true,
    };
    let outcome = |id: u64, key: &str, label: &str, needs: Vec<Need>, solves| Outcome {
        id: OutcomeId(id),
        key: key.into(),
        label: label.into(),
        needs,
        solves,
        active: true,
    };
    let customer = |id: u64, name: &str| Customer {
        id: CustomerId(id),
        reference: format!("C-{id}"),
        name: name.into(),
        locale: "en-GB".into(),
        zone: "Europe/Lisbon".into(),
        plan: "Lark 40".into(),
        flags: vec!["legal-hold".into()],
        note: "Prefers e-mail.".into(),
        since: "2021-03-01".into(),
        masked: vec!["••••01".into()],
        merged: None,
        holds: Vec::new(),
    };
    let case = |id: u64, subject: &str| Case {
        id: CaseId(id),
        reference: String::new(),
        customer: Some(DANA),
        queue: BILLING,
        channel: Channel::Email,
        subject: subject.into(),
        status: Status::Solved,
        priority: Priority::Normal,
        tags: vec!["bill".into()],
        assignee: None,
        language: "en".into(),
        created: At(1_740_000_000_000),
        updated: At(1_740_000_000_000),
        snoozed_until: None,
        reason: None,
        outcome: None,
        last_inbound: None,
        escalated: None,
        sla: crate::domain::sla::Sla::default(),
        ties: Default::default(),
        label: None,
        checks: Vec::new(),
        hands: Default::default(),
    };
    let all = Channel::ALL.to_vec();
    vec![
        Firm {
            name: "Test".into(),
            zone: "Europe/London".into(),
            rules: crate::domain::routing::FirmRules::default(),
            locale: String::new(),
        }
        .into(),
        Team { id: TeamId(1), key: "t".into(), name: "Team".into() }.into(),
        queue(1, "billing", "Billing", all).into(),
        queue(2, "technical", "Technical", vec![Channel::Voice, Channel::Chat, Channel::Email]).into(),
        agent(1, "ana", "Ana Reyes", Role::Agent).into(),
        agent(2, "ben", "Ben Okafor", Role::Lead).into(),
        presence(1, Presence::Ready).into(),
        presence(2, Presence::Ready).into(),
        BreakCode { id: BreakId(1), key: "meal".into(), label: "Meal".into(), limit_s: 2700 }.into(),
        reason(1, "billing/amount", "Billing › Amount").into(),
        reason(2, "billing/roaming", "Billing › Roaming").into(),
        reason(3, "plan/change", "Plan › Change").into(),
        outcome(1, "resolved", "Resolved", vec![], true).into(),
        outcome(2, "goodwill", "Resolved with goodwill", vec![Need::Note], true).into(),
        outcome(3, "callback", "Callback promised", vec![Need::FollowUp], false).into(),
        customer(1, "Dana Holt").into(),
        customer(2, "Mei-Ling Chou").into(),
        case(900, "Old roaming bill").into(),
        case(901, "Lost phone").into(),
    ]
}

pub(super) fn articles() -> Vec<(ArticleHead, String)> {
    let head = |id: u64, title: &str| ArticleHead {
        id: ArticleId(id),
        slug: title.to_lowercase().replace(' ', "-"),
        title: title.into(),
        locale: "en".into(),
        tags: vec![],
        owner: "ana".into(),
        verified_until: "2030-01-01".into(),
        internal: false,
        updated: At(0),
    };
    vec![
        (head(1, "Roaming abroad"), "# Roaming\n\nYou pay **2 €** a day.".into()),
        (head(2, "Change your plan"), "Open *My Larkfield*.".into()),
        (
            head(3, "Spend caps"),
            "# Spend caps\n\nYours is 50 €.\n\n## Raise it\n\nWrite to us.\n\n## Limits {internal}\n\nUp to 200 €."
                .into(),
        ),
        (ArticleHead { internal: true, ..head(4, "Goodwill limits") }, "Agents: 25 €.".into()),
    ]
}
