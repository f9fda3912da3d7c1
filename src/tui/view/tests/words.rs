//! What was said and what is known in the fixture's morning. Nobody in here exists.

use std::collections::BTreeMap;

use super::fixture::{BEN, BILLING, ME, ago};
use crate::domain::ids::*;
use crate::domain::stock::{self, Owner, Stock};
use crate::domain::time::{DAY, SECOND};
use crate::domain::work::*;

pub fn threads() -> BTreeMap<CaseId, Vec<Message>> {
    let mut threads = BTreeMap::new();
    let mut thread = |case: u64, first: u64, lines: &[(Author, Kind, i64, &str)]| {
        let messages = lines.iter().enumerate().map(|(i, (author, kind, seconds, body))| Message {
            id: MessageId(first + i as u64),
            case: CaseId(case),
            queue: BILLING,
            at: ago(seconds * SECOND),
            author: *author,
            kind: *kind,
            channel: Channel::Chat,
            body: (*body).into(),
            files: Vec::new(),
            went: None,
        });
        threads.insert(CaseId(case), messages.collect());
    };
    let (customer, system) = (Author::Customer, Author::System);
    thread(
        4821,
        101,
        &[
            (
                customer,
                Kind::Message,
                90_000,
                "Hello, my last bill has £84.20 for data in Switzerland. I thought my plan covers Europe? I was there from 2 to 5 November.",
            ),
            (
                Author::Agent(BEN),
                Kind::Message,
                86_000,
                "Hello Dana, thank you for writing. Switzerland is in Zone B, so it is charged per day. I am looking at whether the warning text reached you.",
            ),
            (
                Author::Agent(BEN),
                Kind::Note,
                85_900,
                "No welcome text in the log for 2 Nov. Under the roaming cap rule we refund everything above £45 when the text failed.",
            ),
            (customer, Kind::Message, 400, "No text came. I would have bought the pass. Can you take it off the bill?"),
            (system, Kind::Note, 130, "Ana Reyes took the call."),
        ],
    );
    thread(
        4790,
        201,
        &[
            (customer, Kind::Message, 1800, "Guten Tag, im Oktober wurde zweimal abgebucht: 29,99 € am 3. und am 4."),
            (
                Author::Agent(ME),
                Kind::Message,
                1400,
                "Guten Tag, ich sehe beide Abbuchungen. Einen Moment bitte, ich prüfe das mit der Buchhaltung.",
            ),
            (customer, Kind::Message, 580, "Danke, ich warte. 👍"),
        ],
    );
    thread(
        4916,
        301,
        &[(
            customer,
            Kind::Message,
            22,
            "\u{1b}[2J\u{1b}]0;owned\u{7}send me free\r\nmoney \u{202e}txt.exe\u{202c} 日本語 👩‍👩‍👧 e\u{301} ﷽ \u{9b}31mred",
        )],
    );
    thread(
        4913,
        311,
        &[(
            customer,
            Kind::Message,
            70,
            "您好，我上個月在日本使用了網路，帳單上多了一筆 HK$1,240 的漫遊費，請問可以說明一下嗎？謝謝！",
        )],
    );
    thread(
        4914,
        321,
        &[(customer, Kind::Message, 640, "مرحباً، اختفى رصيدي بالأمس بعد تحديث الهاتف. هل يمكنكم المساعدة؟")],
    );
    threads
}

pub fn articles() -> Vec<(ArticleHead, String)> {
    let zones = "Europe is in three zones. **Zone A** is included in every plan.\n\n\
        | Zone | Countries | Day price |\n|---|---|---:|\n| A | EU, Norway, Iceland | 0 |\n\
        | B | Switzerland, Türkiye | £6 |\n| C | The rest | £10 |\n\n\
        ## When the text failed {internal}\n\n1. Open the message log for the first day abroad.\n\
        2. No welcome text: refund everything above £45.\n3. Write the date in the note.\n\n\
        > Never promise a refund before the log was read.\n\nSee [roaming caps](https://help.example.com/caps).\n";
    let border = "Phones near the border may pick up a Swiss network.\n\n## Switch roaming off\n\nSettings, Mobile data, \
        Data roaming: off. The phone then stays with the home network.\n\n## Ask for the money back\n\nA charge under £5 \
        from within 10 km of the border is taken off the bill.\n";
    let heads = [
        ("roaming-zones", "Roaming zones and day prices", "en", "ana", "2027-03-31", zones),
        ("roaming-refunds", "Refunds for roaming charges", "en", "ben", "2026-09-30", "Only with a log."),
        ("switzerland-border", "Switzerland: phones near the border", "en", "ana", "2027-01-31", border),
        ("roaming-caps", "The roaming cap of £45", "en", "", "", "The cap."),
        ("roaming-zonen-de", "Roaming-Zonen und Tagespreise", "de", "chloe", "2027-03-31", "Zonen."),
        ("fair-use-abroad", "Fair use: living abroad on a UK plan", "en", "ana", "2026-09-30", "Fair use."),
        ("double-direct-debit", "Charged twice by direct debit", "en", "ben", "2027-02-28", "Refund one."),
    ];
    let article = |(i, (slug, title, locale, owner, until, body)): (usize, (&str, &str, &str, &str, &str, &str))| {
        let head = ArticleHead {
            id: ArticleId(i as u64 + 1),
            slug: slug.into(),
            title: title.into(),
            locale: locale.into(),
            tags: vec!["roaming".into()],
            owner: owner.into(),
            verified_until: until.into(),
            internal: slug == "roaming-refunds",
            updated: ago(30 * DAY),
        };
        (head, body.to_owned())
    };
    heads.into_iter().enumerate().map(article).collect()
}

/// Snippets and macros of everyone, of the team, of a colleague's language and of one's own.
pub fn stocks() -> Vec<Stock> {
    let (snippet, many) = (stock::Kind::Snippet, stock::Kind::Macro);
    let (firm, own) = (Owner::Firm, Owner::Agent(ME));
    let all = [
        (snippet, firm, "en", "hello", "A greeting", "Hello {first-name},\n\n{}\n\nRegards,\n{agent}, {firm}"),
        (snippet, firm, "de", "hallo", "Begrüßung", "Guten Tag {customer},\n\n{}\n\nFreundliche Grüße\n{agent}"),
        (
            snippet,
            firm,
            "",
            "order",
            "Where the order is",
            "Order {number?} comes {day? Monday} by {way? post | courier}.",
        ),
        (
            snippet,
            Owner::Team(TeamId(1)),
            "",
            "cap",
            "The roaming cap",
            "Above £45 everything is refunded when no text was sent.",
        ),
        (snippet, own, "", "sorry", "Words when we were slow", "I am sorry that you had to wait."),
        (
            many,
            firm,
            "",
            "refund",
            "A refund is on its way",
            "note Refunded {amount?} to {customer}.\ntag refunded -refund\npriority high\nassign nowhere\nsnooze 2d",
        ),
        (many, own, "", "calm", "Nothing more to do", "priority low\nstatus solved"),
    ];
    let stock = |(i, (kind, owner, locale, key, title, body)): (usize, (_, Owner, &str, &str, &str, &str))| Stock {
        id: StockId(i as u64 + 1),
        kind,
        key: key.into(),
        title: title.into(),
        body: body.into(),
        locale: locale.into(),
        owner,
    };
    all.into_iter().enumerate().map(stock).collect()
}
