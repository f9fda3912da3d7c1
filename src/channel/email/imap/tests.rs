//! Small things, and servers that say odd ones.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use super::*;

#[test]
fn names_dates_and_quotes() {
    assert_eq!(coded("Envoyés & co"), "Envoy&AOk-s &- co");
    assert_eq!(coded("~peter/mail/台北/日本語"), "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
    assert_eq!(date("23-Nov-2026 10:00:00 +0100"), At::from_rfc3339("2026-11-23T09:00:00Z"));
    assert_eq!(date("3-Nov-2026 10:00:00 +0000"), At::from_rfc3339("2026-11-03T10:00:00Z"));
    assert_eq!(quote("a\"b\\c\r\n"), "\"a\\\"b\\\\c\"");
}

/// A server that answers each command beginning with a word with these lines; `$` is the command's tag.
fn server(script: &'static [(&'static str, &'static str)]) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("someone comes");
        let mut write = stream.try_clone().expect("a handle");
        let _ = write.write_all(b"* OK [CAPABILITY IMAP4rev1 IDLE] here\r\n");
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let (tag, words) = line.split_once(' ').unwrap_or(("", &line));
            let said =
                script.iter().find(|(begin, _)| words.starts_with(begin)).map_or("$ OK done\r\n", |(_, said)| said);
            let _ = write.write_all(said.replace('$', tag).as_bytes());
        }
    });
    let text = format!("host = \"127.0.0.1\"\nport = {port}\ntls = \"off\"\n");
    toml::from_str(&text).expect("a server")
}

#[tokio::test]
async fn one_mail_gone_and_one_come_is_news() {
    let server = server(&[
        ("CAPABILITY", "* CAPABILITY IDLE\r\n$ OK\r\n"),
        ("SELECT", "* 3 EXISTS\r\n* OK [UIDVALIDITY 9] v\r\n* OK [UIDNEXT 4] n\r\n$ OK [READ-WRITE]\r\n"),
        ("UID FETCH", "* 1 FETCH (UID 3 RFC822.SIZE 10 INTERNALDATE \"23-Nov-2026 10:00:00 +0000\")\r\n$ OK\r\n"),
        ("IDLE", "+ idling\r\n* OK Still here\r\n* 2 EXPUNGE\r\n* 3 EXISTS\r\n"),
        ("", "c5 OK idled\r\n"),
    ]);
    let mut session = Session::open(&server).await.expect("lets in");
    assert_eq!(session.select("INBOX").await.expect("opens"), Opened { validity: 9, next: Some(4) });
    // The newest is sent even when nothing is new.
    assert_eq!(session.heads(4).await.expect("reads"), []);
    assert_eq!(session.heads(3).await.expect("reads").len(), 1);
    session.tags = 4;
    assert!(session.idle(Duration::from_secs(60), std::future::pending()).await.expect("idles"));
}

#[tokio::test]
async fn a_server_that_says_too_much_is_left() {
    for said in ["* 1 FETCH (BODY[] {99999999999}\r\n", "* 1 FETCH (UID 1 \r\n", "a tag nobody used\r\n"] {
        let script: &'static [(&'static str, &'static str)] = Box::leak(Box::new([("UID FETCH", said)]));
        let mut session = Session::open(&server(script)).await.expect("lets in");
        assert!(matches!(session.mail(1, 100).await, Err(Fault::Odd(_))), "{said}");
    }
}
