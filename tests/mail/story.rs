//! A correspondence as people have it.

use cordboard::channel::email::letter::{Letter, Limits};
use cordboard::domain::command::{Actor, Command, CustomerHint};
use cordboard::domain::ids::{CaseId, QueueId};
use cordboard::domain::row::Entity;
use cordboard::domain::work::{Channel, Priority};

use super::house::{ANA, House};
use super::post::Post;
use super::support::until;
use super::{field, plan, usual};

/// Waits until someone's folder has so many mails; fails when there are more.
pub fn until_mails(post: &Post, user: &str, folder: &str, count: usize) -> Vec<String> {
    until(&format!("{count} mails in {folder} of {user}"), || {
        let mails = post.mails(user, folder);
        assert!(mails.len() <= count, "{} mails instead of {count}: {mails:#?}", mails.len());
        (mails.len() == count).then_some(mails)
    })
}

const FIRST: &str = "From: Ana Customer <ana@x.test>\nTo: support@y.test\nCc: Luis <luis@x.test>\nSubject: =?utf-8?Q?La_factura_est=C3=A1?=\n =?utf-8?Q?_duplicada?=\nMessage-ID: <first@x.test>\nDate: Mon, 23 Nov 2026 10:00:00 +0000\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n<p>Hola, la factura est=E1 <b>duplicada</b>.</p>\n--b\nContent-Type: application/pdf; name*=utf-8''factura%20%C3%B1.pdf\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64\n\nJVBERi0xLjQK\n--b--\n";

#[test]
fn a_correspondence_with_files_threads_copies_and_flags() {
    let post = Post::start();
    let mut house = House::new(&usual(&post, "support"));
    house.until_watching("support");

    // A customer writes; it becomes a case with their words and their file.
    post.customer_sends("ana@x.test", "support@y.test", FIRST);
    let case = house.until_cases(1).remove(0);
    assert_eq!(case.subject, "La factura está duplicada");
    let said = until("the first message", || house.said(case.id).pop());
    assert_eq!(said.body, "Hola, la factura está duplicada.");
    assert_eq!((said.files.len(), said.files[0].name.as_str(), said.files[0].size), (1, "factura ñ.pdf", 9));

    // The agent answers; the customer gets it threaded, and so does who was in Cc. A copy lies in Sent.
    let message = house.answers(case.id, "Lo sentimos: ya está corregida.\n\n¿Algo más?");
    let got = until_mails(&post, "ana@x.test", "INBOX", 1).remove(0);
    assert_eq!(field(&got, "In-Reply-To"), "<first@x.test>");
    assert_eq!(field(&got, "References"), "<first@x.test>");
    assert!(field(&got, "From").contains("<support@y.test>"), "{got}");
    assert!(field(&got, "Message-ID").contains(&format!("c{}.m{message}.", case.id)), "{got}");
    let tagged = field(&got, "Reply-To");
    assert!(tagged.contains(&format!("support+c{}.", case.id)), "{tagged}");
    let letter = Letter::read(got.as_bytes(), &Limits::default());
    assert_eq!(letter.words.new, "Lo sentimos: ya está corregida.\n\n¿Algo más?");
    assert_eq!(letter.words.signature, "Ana Ruiz\nSupport at Larkfield");
    assert_eq!(letter.subject, "Re: La factura está duplicada");
    until_mails(&post, "luis@x.test", "INBOX", 1);
    let copy = until_mails(&post, "support@y.test", "Sent", 1).remove(0);
    assert_eq!(field(&copy, "Message-ID"), field(&got, "Message-ID"));
    // The customer's mail is marked as read and answered.
    until("the flags", || {
        (post.flags("support@y.test") == ["RSa"] || post.flags("support@y.test") == ["RS"]).then_some(())
    });

    // The customer answers in every way there is; all of it comes to the same case, quotes folded.
    let reply = |id: &str, to: &str, fields: &str, words: &str| {
        let mail =
            format!("From: Ana Customer <ana@x.test>\nTo: {to}\nMessage-ID: <{id}@x.test>\n{fields}\n\n{words}\n");
        post.customer_sends("ana@x.test", to, &mail);
    };
    let tag = tagged.split('<').nth(1).and_then(|t| t.split('>').next()).unwrap_or(&tagged).to_owned();
    reply(
        "second",
        &tag,
        "Subject: no thread at all",
        "Sí: ¿cuándo?\n\nOn Mon, 23 Nov 2026, Larkfield wrote:\n> ya está corregida",
    );
    let said = house.until_customer_said(case.id, 2);
    assert_eq!(said[1], "Sí: ¿cuándo?\n\n> On Mon, 23 Nov 2026, Larkfield wrote:\n> ya está corregida");
    reply("third", "support@y.test", &format!("References: {}", field(&got, "Message-ID")), "third");
    house.until_customer_said(case.id, 3);
    reply("fourth", "support@y.test", "In-Reply-To: <third@x.test>", "fourth");
    house.until_customer_said(case.id, 4);
    reply("fifth", "support@y.test", &format!("Subject: about [#{}]", case.id), "fifth");
    house.until_customer_said(case.id, 5);
    assert_eq!(house.interactions(), 1, "all of it is one interaction, as long as that one is open");

    // Somebody else who knows the number gets a case of their own.
    let mail =
        format!("From: luis@x.test\nTo: support@y.test\nSubject: [#{}]\nMessage-ID: <luis@x.test>\n\nMine.\n", case.id);
    post.customer_sends("luis@x.test", "support@y.test", &mail);
    let cases = house.until_cases(2);
    assert_eq!(house.customer_said(cases[1].id), ["Mine."]);

    // A restart in the middle: what came while the server was away comes in, once; what was answered is not sent again.
    house.stop();
    reply("sixth", "support@y.test", "In-Reply-To: <fourth@x.test>", "sixth");
    house.start();
    house.until_customer_said(case.id, 6);
    house.answers(case.id, "Mañana.");
    until_mails(&post, "ana@x.test", "INBOX", 2);
    until_mails(&post, "support@y.test", "Sent", 2);
    assert_eq!(house.cases().len(), 2);
    assert_exactly_once(&post, &house, case.id, 6);
}

/// Whether each message is there once, on both sides.
pub fn assert_exactly_once(post: &Post, house: &House, case: CaseId, from_customer: usize) {
    let mut said = house.customer_said(case);
    assert_eq!(said.len(), from_customer);
    said.sort();
    said.dedup();
    assert_eq!(said.len(), from_customer, "something is there twice: {said:?}");
    let mut ids: Vec<String> = post.mails("ana@x.test", "INBOX").iter().map(|m| field(m, "Message-ID")).collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all, "a mail came twice");
}

#[test]
fn merged_cases_are_answered_by_the_mail_they_hold_and_signed_by_their_own_queue() {
    let post = Post::start();
    let (imap, smtp) = (format!("port = {}", post.imaps), format!("port = {}, tls = \"starttls\"", post.submission));
    let signed = "signatures = { sales = \"{agent} of {queue}, about {case}\" }";
    let house = House::new(&plan(&post, "support", &imap, &smtp, signed));
    house.until_watching("support");
    post.customer_sends("ana@x.test", "support@y.test", FIRST);
    let held = house.until_cases(1).remove(0);
    // A gateway outside opened this one; no mailbox knows it.
    let command = Command::OpenInteraction {
        channel: Channel::Email,
        queue: QueueId(2),
        hint: CustomerHint::default(),
        customer: None,
        case: None,
        menu: Vec::new(),
        priority: Priority::Normal,
        language: String::new(),
        subject: "La factura".into(),
        body: Some("Hola".into()),
        came: None,
        callback: Default::default(),
        files: Vec::new(),
        maybe: Vec::new(),
        letter: None,
    };
    let made = house.does(Actor::Operator, command);
    let root = CaseId(made.iter().find(|key| key.entity == Entity::Case).expect("a case").id);
    house.answers(root, "Nobody here sends this.");
    house.does(Actor::Agent(ANA), Command::MergeCases { case: held.id, into: root, reason: String::new() });
    house.answers(root, "Ya est\u{e1}.");
    let got = until_mails(&post, "ana@x.test", "INBOX", 1).remove(0);
    assert_eq!(field(&got, "In-Reply-To"), "<first@x.test>");
    let letter = Letter::read(got.as_bytes(), &Limits::default());
    assert_eq!(
        (letter.words.new.as_str(), letter.words.signature),
        ("Ya est\u{e1}.", format!("Ana Ruiz of Sales, about {root}"))
    );
    until_mails(&post, "luis@x.test", "INBOX", 1);

    // What the customer writes next is on the case that goes on, by whichever thread it comes.
    let reply =
        format!("From: ana@x.test\nTo: support@y.test\nIn-Reply-To: {}\n\nGracias\n", field(&got, "Message-ID"));
    post.customer_sends("ana@x.test", "support@y.test", &reply);
    let said = until("the thanks", || house.said(root).into_iter().find(|m| m.body == "Gracias"));
    assert_eq!(said.case, root);

    // A case that is split off is answered on the same thread, and what comes back is its own.
    let split = Command::SplitCase { case: root, messages: vec![said.id], subject: "Otra".into() };
    let made = house.does(Actor::Agent(ANA), split);
    let other = CaseId(made.iter().find(|key| key.entity == Entity::Case).expect("a case").id);
    house.answers(other, "De nada.");
    let got = until_mails(&post, "ana@x.test", "INBOX", 2);
    let got = got.iter().find(|mail| mail.contains("De nada.")).expect("it came");
    let reply = format!("From: ana@x.test\nTo: {}\n\nAdi\u{f3}s\n", field(got, "Reply-To"));
    post.customer_sends("ana@x.test", "support@y.test", &reply);
    until("the goodbye", || house.customer_said(other).iter().any(|body| body == "Adi\u{f3}s").then_some(()));
}
