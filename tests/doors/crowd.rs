//! The customers' door when one of them wants everything: what a conversation and an address may hold, and that others
//! come in all the same.

use std::path::Path;
use std::sync::Arc;

use cordboard::channel::plan::Plan;
use cordboard::sync::pin::client_config;
use futures_util::future::select_all;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::firm::{Answer, House};

const SITE: &str = "https://www.example.com";
/// A message has one file of 1 MiB: a conversation 4, an address 10 in an hour, 2 at once. An address has 30 lines.
const PLAN: &str = r#"
[[chat]]
key = "web"
queue = "support"
title = "Larkfield"
sites = ["https://www.example.com"]
file_max_mib = 1
file_count = 1
file_types = [".txt"]
address_per_minute = 1000
address_open = 3
"#;
const LINES: usize = 30;
const MIB: usize = 1 << 20;
/// Tries until something holds.
const TRIES: usize = 100;

fn house() -> House {
    House::with(|config| config.channels = Plan::read(Path::new("channels.toml"), PLAN).expect("a plan"))
}

/// A line on which words come to a halt.
type Line = TlsStream<TcpStream>;

async fn post(house: &House, client: &reqwest::Client, door: &str, body: &Value) -> Answer {
    let request = client.post(format!("{}/chat/web/{door}", house.url)).header("Origin", SITE);
    house.send(request.body(body.to_string())).await
}

/// Somebody who said hello, and who has begun if they shall; their token.
async fn guest(house: &House, begins: bool) -> String {
    let hello = json!({ "frames": [{ "t": "hello", "v": 1, "lang": "en" }] });
    let answer = post(house, &house.client, "say", &hello).await;
    let token = answer.json["frames"][0]["token"].as_str().expect("a token").to_owned();
    if begins {
        let deed = json!({ "t": "do", "n": 1, "once": "aaaaaaaa", "deed": { "start": { "text": "Hello" } } });
        let answer = post(house, &house.client, "say", &json!({ "token": token, "frames": [deed] })).await;
        assert_eq!(answer.json["frames"][0]["t"], "ack", "{answer:?}");
    }
    token
}

/// What an upload comes to: the word of its refusal, or nothing.
async fn sends(house: &House, token: &str, bytes: usize) -> String {
    let url = format!("{}/chat/web/file", house.url);
    let request = house.client.post(url).header("Origin", SITE).header("x-chat-token", token);
    let request = request.header("x-file-name", "a.txt").header("content-type", "text/plain");
    let answer = house.send(request.body(vec![b'x'; bytes])).await;
    answer.json["code"].as_str().unwrap_or_default().to_owned()
}

async fn line(house: &House) -> Line {
    let server = house.server.as_ref().expect("runs");
    let address = server.address().expect("listens");
    let connector = TlsConnector::from(Arc::new(client_config(server.fingerprint()).expect("a client")));
    let line = TcpStream::connect(address).await.expect("connects");
    connector.connect(address.ip().into(), line).await.expect("a line")
}

/// A request whose body is announced and comes only so far.
async fn halts(house: &House, door: &str, more: &str, announced: usize, sent: usize) -> Line {
    let mut line = line(house).await;
    let head = format!(
        "POST /chat/web/{door} HTTP/1.1\r\nhost: desk\r\norigin: {SITE}\r\ncontent-length: {announced}\r\n{more}\r\n"
    );
    line.write_all(head.as_bytes()).await.expect("writes");
    line.write_all(&vec![b'x'; sent]).await.expect("writes");
    line.flush().await.expect("writes");
    line
}

/// The head of an upload of 1 MiB.
fn upload(token: &str) -> String {
    format!("x-chat-token: {token}\r\nx-file-name: a.txt\r\n")
}

/// A request that comes to a halt after the server began to read it.
async fn holds(house: &House, door: &str, more: &str) -> Line {
    let mut line = halts(house, door, &format!("{more}expect: 100-continue\r\n"), MIB, 0).await;
    let mut said = [0; 12];
    line.read_exact(&mut said).await.expect("a word");
    assert_eq!(&said, b"HTTP/1.1 100");
    line.write_all(b"xxx").await.expect("writes");
    line.flush().await.expect("writes");
    line
}

/// The refusal on a line.
async fn answer(line: &mut Line) -> String {
    let mut text = Vec::new();
    while !text.ends_with(br#""v":""}"#) && line.read_buf(&mut text).await.is_ok_and(|n| n > 0) {}
    String::from_utf8_lossy(&text).into_owned()
}

/// Asks until the answer is this one.
async fn until(word: &str, mut ask: impl AsyncFnMut() -> String) {
    for _ in 0..TRIES {
        if ask().await == word {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("it never came to {word:?}");
}

#[tokio::test]
async fn an_upload_is_refused_before_its_body_is_there() {
    let house = house();
    let token = guest(&house, false).await;
    // Most of it never comes; what came is more than is heard out.
    let mut line = halts(&house, "file", &upload(&token), MIB, 100_000).await;
    let said = answer(&mut line).await;
    assert!(said.starts_with("HTTP/1.1 422") && said.contains(r#""code":"form""#), "{said}");
    assert_eq!(sends(&house, &token, 1).await, "form");
    let token = guest(&house, true).await;
    assert_eq!(sends(&house, &token, 1).await, "");
    let leave = json!({ "t": "do", "n": 2, "once": "bbbbbbbb", "deed": { "leave": {} } });
    post(&house, &house.client, "say", &json!({ "token": token, "frames": [leave] })).await;
    assert_eq!(sends(&house, &token, 1).await, "over");
}

#[tokio::test]
async fn a_conversation_and_an_address_send_only_so_many_bytes() {
    let house = house();
    let (one, two, three) = (guest(&house, true).await, guest(&house, true).await, guest(&house, true).await);
    for token in [&one, &two] {
        for _ in 0..4 {
            assert_eq!(sends(&house, token, MIB).await, "");
        }
        assert_eq!(sends(&house, token, 1).await, "wrong", "a conversation has so much");
    }
    for _ in 0..2 {
        assert_eq!(sends(&house, &three, MIB).await, "");
    }
    assert_eq!(sends(&house, &three, 1).await, "slow", "an address has so much in an hour");
}

#[tokio::test]
async fn uploads_that_come_to_a_halt_hold_little_and_nothing_once_their_line_is_gone() {
    let house = house();
    let (one, two, three) = (guest(&house, true).await, guest(&house, true).await, guest(&house, true).await);
    let first = holds(&house, "file", &upload(&one)).await;
    assert_eq!(sends(&house, &one, 1).await, "slow");
    assert_eq!(sends(&house, &two, 1).await, "", "another conversation has its own");
    until("", async || sends(&house, &two, 1).await).await;
    let second = holds(&house, "file", &upload(&two)).await;
    assert_eq!(sends(&house, &two, 1).await, "slow");
    assert_eq!(sends(&house, &three, 1).await, "slow", "an address has only so many on their way");
    drop((first, second));
    for token in [&one, &two, &three] {
        until("", async || sends(&house, token, 1).await).await;
    }
    for token in [&one, &two] {
        assert_eq!(sends(&house, token, MIB).await, "", "what never came does not count");
    }
}

#[tokio::test]
async fn files_go_out_whole() {
    let house = house();
    let token = guest(&house, true).await;
    let url = format!("{}/chat/web/file", house.url);
    let bytes: Vec<u8> = (0..MIB).map(|n| (n % 251) as u8).collect();
    let request = house.client.post(&url).header("Origin", SITE).header("x-chat-token", &token);
    let kept = house.send(request.header("x-file-name", "a.txt").body(bytes.clone())).await;
    let id = kept.json["id"].as_str().expect("a number");
    let request = house.client.get(format!("{url}?id={id}")).header("Origin", SITE);
    let given = request.header("x-chat-token", &token).send().await.expect("an answer");
    assert_eq!(given.content_length(), Some(MIB as u64));
    assert!(given.bytes().await.expect("bytes") == bytes);
}

#[tokio::test]
async fn a_conversation_waits_for_news_only_so_often_at_once() {
    let house = house();
    let (token, other) = (guest(&house, true).await, guest(&house, true).await);
    let hears = async |token: &str, v: &str| {
        post(&house, &house.client, "hear", &json!({ "token": token, "k": 1, "v": v })).await
    };
    let word = |answer: &Answer| answer.json["code"].as_str().unwrap_or_default().to_owned();
    let v = hears(&token, "").await.json["v"].as_str().expect("a word").to_owned();
    let body = json!({ "token": token, "k": 1, "v": v }).to_string();
    let mut lines = Vec::new();
    for _ in 0..5 {
        let mut line = halts(&house, "hear", "", body.len(), 0).await;
        line.write_all(body.as_bytes()).await.expect("writes");
        line.flush().await.expect("writes");
        lines.push(line);
    }
    // Four wait; the one too many is told at once.
    let (said, ..) = select_all(lines.iter_mut().map(|line| Box::pin(answer(line)))).await;
    assert!(said.starts_with("HTTP/1.1 429") && said.contains(r#""code":"slow""#), "{said}");
    assert_eq!(hears(&token, "").await.status, 429);
    assert_eq!(hears(&other, "").await.status, 200, "another conversation has its own");
    drop(lines);
    until("", async || word(&hears(&token, "").await)).await;
}

#[tokio::test]
async fn an_address_has_only_so_many_lines_and_others_come_in_meanwhile() {
    let house = house();
    let hello = json!({ "frames": [{ "t": "hello", "v": 1 }] });
    let mut lines = Vec::new();
    for _ in 0..LINES {
        lines.push(holds(&house, "say", "").await);
    }
    let comes = async |client: &reqwest::Client| post(&house, client, "say", &hello).await.status.to_string();
    assert_eq!(comes(&house.client).await, "429");
    let tls = client_config(house.server.as_ref().expect("runs").fingerprint()).expect("a client");
    let elsewhere = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy();
    let elsewhere = elsewhere.local_address(Some([127, 0, 0, 2].into())).build().expect("a client");
    assert_eq!(comes(&elsewhere).await, "200");
    drop(lines);
    until("200", async || comes(&house.client).await).await;
}
