//! What goes wrong between post offices and us.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::house::House;
use super::post::{PASSWORD, Post, Way};
use super::story::{assert_exactly_once, until_mails};
use super::support::until;
use super::{field, plan, usual};

fn mail(id: &str, fields: &str, words: &str) -> String {
    format!("From: Ana Customer <ana@x.test>\nTo: support@y.test\nMessage-ID: <{id}@x.test>\n{fields}\n\n{words}\n")
}

#[test]
fn lines_are_cut_servers_stop_passwords_are_wrong_mails_are_numbered_anew() {
    let post = Post::start();
    let way = Way::to(post.imaps);
    let (imap, smtp) = (format!("port = {}", way.port), format!("port = {}, tls = \"starttls\"", post.submission));
    let house = House::new(&plan(&post, "support", &imap, &smtp, ""));
    house.until_watching("support");
    let sends = |id: &str, fields: &str| {
        post.customer_sends("ana@x.test", "support@y.test", &mail(id, fields, &format!("words of {id}")));
    };
    let thread = "In-Reply-To: <one@x.test>";
    sends("one", "Subject: It rains in");
    let case = house.until_cases(1).remove(0).id;
    house.until_customer_said(case, 1);

    // The line is cut: said, and made up for.
    way.cut();
    house.until_trouble("support", "fetching");
    sends("two", thread);
    way.mend();
    house.until_customer_said(case, 2);
    house.until_watching("support");

    // Dovecot is away: nothing can be fetched, nobody can log in to send; Postfix keeps what comes.
    post.stop_dovecot();
    house.until_trouble("support", "fetching");
    sends("three", thread);
    house.answers(case, "while Dovecot was away");
    house.until_trouble("support", "sending");
    post.start_dovecot();
    house.until_customer_said(case, 3);
    until_mails(&post, "ana@x.test", "INBOX", 1);
    house.until_watching("support");

    // Postfix is away: the answer waits.
    post.stop_postfix();
    house.answers(case, "while Postfix was away");
    house.until_trouble("support", "sending");
    post.start_postfix();
    until_mails(&post, "ana@x.test", "INBOX", 2);
    until_mails(&post, "support@y.test", "Sent", 2);

    // Numbered anew, as after a restored backup: nothing comes twice, what comes then comes once.
    post.stop_dovecot();
    post.renumber("support@y.test");
    post.start_dovecot();
    sends("four", thread);
    house.until_customer_said(case, 4);
    house.until_watching("support");

    // The password was changed: said so, and taken up as soon as the file has the new one.
    std::fs::write(post.password_file(), "wrong\n").expect("writes");
    way.cut();
    way.mend();
    house.until_trouble("support", "does not let us in");
    sends("five", thread);
    std::fs::write(post.password_file(), format!("{PASSWORD}\n")).expect("writes");
    house.until_customer_said(case, 5);
    house.until_watching("support");
    assert_eq!(house.cases().len(), 1);
    assert_exactly_once(&post, &house, case, 5);
}

#[test]
fn a_folder_that_is_renamed_is_said_and_looked_for_again() {
    let post = Post::start();
    post.doveadm(&["mailbox", "create", "-u", "support@y.test", "Arrivals"]);
    let (imap, smtp) =
        (format!("port = {}, tls = \"off\"", post.imap), format!("port = {}, tls = \"starttls\"", post.submission));
    let mut house = House::new(&plan(&post, "support", &imap, &smtp, "folder = \"Arrivals\""));
    house.until_watching("support");
    house.stop();
    post.doveadm(&["mailbox", "rename", "-u", "support@y.test", "Arrivals", "Elsewhere"]);
    house.start();
    house.until_trouble("support", "was it renamed?");
    post.doveadm(&["mailbox", "rename", "-u", "support@y.test", "Elsewhere", "Arrivals"]);
    house.until_watching("support");
}

#[test]
fn tokens_let_in_two_mailboxes_at_once() {
    let post = Post::start();
    let token = post.authority().with_file_name("token");
    std::fs::write(&token, "old-token\n").expect("writes");
    let token = token.display();
    let imap = format!("port = {}, token_file = \"{token}\"", post.imaps);
    let smtp = format!("port = {}, tls = \"starttls\", token_command = [\"cat\", \"{token}\"]", post.submission);
    let both = format!("{}{}", plan(&post, "sales", &imap, &smtp, ""), usual(&post, "support"));
    let house = House::new(&both);
    // The token is over for one mailbox; the other does not suffer.
    house.until_trouble("sales", "does not let us in");
    house.until_watching("support");
    std::fs::write(post.authority().with_file_name("token"), "good-token\n").expect("writes");
    house.until_watching("sales");
    let mail = "From: ana@x.test\nTo: sales@y.test\nSubject: Buy\nMessage-ID: <buy@x.test>\n\nHow much?\n";
    post.customer_sends("ana@x.test", "sales@y.test", mail);
    let case = house.until_cases(1).remove(0);
    house.answers(case.id, "Twelve.");
    let got = until_mails(&post, "ana@x.test", "INBOX", 1).remove(0);
    assert!(field(&got, "From").contains("sales@y.test"), "{got}");
    until_mails(&post, "sales@y.test", "Sent", 1);
    assert!(post.mails("support@y.test", "Sent").is_empty());
}

#[test]
fn what_machines_write_opens_nothing_and_what_comes_back_is_told_once() {
    let post = Post::start();
    let mut house = House::new(&usual(&post, "support"));
    house.until_watching("support");
    // Nobody has this address: what we send comes back as a report.
    let gone = "From: Gone <gone@x.test>\nTo: support@y.test\nSubject: Hello\nMessage-ID: <gone@x.test>\n\nHello?\n";
    post.customer_sends("", "support@y.test", &gone.replace("Hello?", "first"));
    house.until_cases(1);
    // The post office refuses this one at once.
    let refused = gone.replace("gone@", "refused@");
    post.customer_sends("ana@x.test", "support@y.test", &refused);
    let cases = house.until_cases(2);
    for case in &cases {
        house.answers(case.id, "Here we are.");
    }
    let told = |case: usize, words: &str| {
        until("what came back", || {
            let noted = house.noted(cases[case].id);
            assert!(noted.len() <= 1, "{noted:?}");
            noted.first().filter(|n| n.contains("was not delivered") && n.contains(words)).map(drop)
        });
    };
    told(0, "gone@x.test");
    told(1, "not for you");
    // A machine answers by itself, and somebody writes as if they were us: no case, no answer, and it stays there.
    let away = mail("away", "Auto-Submitted: auto-replied\nSubject: Out of office", "I am away.");
    post.customer_sends("", "support@y.test", &away);
    let us = "From: support@y.test\nTo: support@y.test\nSubject: Loop\nMessage-ID: <loop@y.test>\n\nround and round\n";
    post.customer_sends("support@y.test", "support@y.test", us);
    post.customer_sends("ana@x.test", "support@y.test", &mail("last", "Subject: Last", "the last one"));
    let cases = house.until_cases(3);
    assert_eq!(house.customer_said(cases[2].id), ["the last one"]);
    house.stop();
    house.start();
    house.until_watching("support");
    assert_eq!(house.cases().len(), 3);
    assert_eq!(house.noted(cases[0].id).len(), 1);
}

/// A post office that takes a mail and hangs up before it says so.
fn hangs_up() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut write = stream.try_clone().expect("a handle");
            let _ = write.write_all(b"220 here\r\n");
            let mut data = false;
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                if data && line == "." {
                    count.fetch_add(1, Ordering::SeqCst);
                    let _ = write.shutdown(std::net::Shutdown::Both);
                    break;
                }
                if !data {
                    data = line == "DATA";
                    let words: &[u8] = match line.split(' ').next() {
                        Some("DATA") => b"354 go\r\n",
                        Some("EHLO") => b"250-here\r\n250 AUTH PLAIN\r\n",
                        Some("AUTH") => b"235 yes\r\n",
                        _ => b"250 ok\r\n",
                    };
                    let _ = write.write_all(words);
                }
            }
        }
    });
    (port, taken)
}

#[test]
fn a_line_lost_at_the_last_dot_is_told_and_nothing_is_sent_twice() {
    let post = Post::start();
    let (port, taken) = hangs_up();
    let (imap, smtp) = (format!("port = {}", post.imaps), format!("port = {port}, tls = \"off\""));
    let mut house = House::new(&plan(&post, "support", &imap, &smtp, ""));
    house.until_watching("support");
    post.customer_sends("ana@x.test", "support@y.test", &mail("one", "Subject: Doubt", "words"));
    let case = house.until_cases(1).remove(0).id;
    house.answers(case, "perhaps");
    until("the doubt to be told", || house.noted(case).first().filter(|n| n.contains("may or may not")).map(drop));
    house.stop();
    house.start();
    house.until_watching("support");
    assert_eq!((taken.load(Ordering::SeqCst), house.noted(case).len()), (1, 1));
}

#[test]
fn odd_and_huge_mails_hold_up_nobody() {
    let post = Post::start();
    let house = House::new(&usual(&post, "support"));
    house.until_watching("support");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail/corpus");
    let mut put = 0;
    for entry in std::fs::read_dir(folder).expect("the corpus is there").flatten() {
        if entry.path().extension().is_some_and(|e| e == "eml") {
            let raw = std::fs::read(entry.path()).expect("a mail");
            post.put("support@y.test", &format!("{put}"), &raw);
            put += 1;
        }
    }
    // Larger than is fetched: its head and a sentence come in, the rest stays where it is.
    let mut huge = b"From: ana@x.test\r\nSubject: Huge\r\nMessage-ID: <huge@x.test>\r\n\r\n".to_vec();
    huge.extend(b"0123456789 and so on without an end in sight for a very long time\r\n".repeat(33 << 14));
    assert!(huge.len() > 30 << 20);
    post.put("support@y.test", "huge", &huge);
    post.customer_sends(
        "luis@x.test",
        "support@y.test",
        "From: luis@x.test\nSubject: The last\nMessage-ID: <last@x.test>\n\nwords\n",
    );
    let with_subject = |subject: &str| house.cases().into_iter().find(|c| c.subject == subject).map(|c| c.id);
    until("the last mail", || with_subject("The last"));
    let huge = until("the huge mail", || with_subject("Huge"));
    let said = house.customer_said(huge);
    assert!(said[0].contains("too large"), "{said:?}");
    house.until_watching("support");
    assert!(house.cases().len() > 30, "{} cases of {put} odd mails", house.cases().len());
}
