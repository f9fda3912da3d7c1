//! The door for customers: who may come in, and everything a page, a script or a stranger can do wrong there.

use std::path::Path;

use cordboard::channel::plan::Plan;
use cordboard::domain::row::Entity;
use serde_json::{Value, json};

use crate::firm::{Answer, House};

const SITE: &str = "https://www.example.com";
const PLAN: &str = r#"
[[chat]]
key = "web"
queue = "support"
title = "Larkfield <Ltd>"
sites = ["https://www.example.com"]
file_max_mib = 1
file_types = ["image/png", ".txt"]
address_per_minute = 200
address_open = 3
"#;

fn house() -> House {
    House::with(|config| config.channels = Plan::read(Path::new("channels.toml"), PLAN).expect("a plan"))
}

impl House {
    async fn page(&self, door: &str, origin: Option<&str>, body: String) -> Answer {
        let request = self.client.post(format!("{}/chat/web/{door}", self.url)).body(body);
        self.send(match origin {
            Some(origin) => request.header("Origin", origin),
            None => request,
        })
        .await
    }

    async fn says(&self, frames: &Value, token: &str) -> Answer {
        let token = if token.is_empty() { Value::Null } else { token.into() };
        self.page("say", Some(SITE), json!({ "token": token, "frames": frames }).to_string()).await
    }

    /// A page that has said hello; its token.
    async fn greeted(&self) -> String {
        let answer = self.says(&json!([{ "t": "hello", "v": 1, "lang": "en" }]), "").await;
        answer.json["frames"][0]["token"].as_str().expect("a token").to_owned()
    }
}

fn does(n: u64, deed: Value) -> Value {
    json!([{ "t": "do", "n": n, "once": format!("{n:016x}"), "deed": deed }])
}

fn codes(answer: &Answer) -> Vec<String> {
    let frames = answer.json["frames"].as_array().cloned().unwrap_or_default();
    frames.iter().map(|f| f["code"].as_str().or(f["t"].as_str()).unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn only_the_sites_that_are_named_come_in_and_they_may_read_the_answer() {
    let house = house();
    let hello = json!({ "frames": [{ "t": "hello", "v": 1 }] }).to_string();
    for stranger in [
        Some("https://evil.example"),
        Some("https://www.example.com.evil.example"),
        Some("http://www.example.com"),
        Some("null"),
        Some("\u{e4}"),
        None,
    ] {
        let answer = house.page("say", stranger, hello.clone()).await;
        assert_eq!((answer.status, codes(&answer)), (403, vec!["origin".to_owned()]), "{stranger:?}");
        assert!(!answer.text.contains("token"), "{answer:?}");
    }
    let answer = house.page("say", Some(SITE), hello).await;
    assert_eq!((answer.status, answer.headers["access-control-allow-origin"].to_str().ok()), (200, Some(SITE)));
    assert_eq!(answer.headers["vary"], "origin");
    assert!(!answer.headers.contains_key("access-control-allow-credentials"));
    // What carries more than a form could is asked beforehand.
    for (origin, status) in [(SITE, 204), ("https://evil.example", 403)] {
        let url = format!("{}/chat/web/file", house.url);
        let request = house.client.request(reqwest::Method::OPTIONS, url).header("Origin", origin);
        assert_eq!(house.send(request).await.status, status, "{origin}");
    }
    let other = house.client.post(format!("{}/chat/other/say", house.url)).header("Origin", SITE).body("{}");
    assert_eq!(house.send(other).await.status, 404);
}

#[tokio::test]
async fn the_script_is_small_kept_by_browsers_and_asked_for_again_with_its_tag() {
    let house = house();
    let url = format!("{}/chat/widget.js", house.url);
    let whole = house.send(house.client.get(&url)).await;
    assert_eq!(
        (whole.status, whole.headers["content-type"].to_str().ok()),
        (200, Some("text/javascript; charset=utf-8"))
    );
    assert!(whole.text.contains("cordboard-chat") && !whole.headers.contains_key("content-encoding"));
    let packed = house.client.get(&url).header("Accept-Encoding", "br, gzip").send().await.expect("an answer");
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert!(packed.bytes().await.expect("bytes").len() < 15_000);
    let again = house.send(house.client.get(&url).header("If-None-Match", &whole.headers["etag"])).await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    // The page to try it on quotes the firm's words and forbids everything else.
    let page = house.send(house.client.get(format!("{}/chat/web/try", house.url))).await;
    assert!(page.text.contains("Larkfield &lt;Ltd&gt;") && !page.text.contains("<Ltd>"));
    let policy = page.headers["content-security-policy"].to_str().expect("words");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(house.send(house.client.get(format!("{}/chat/none/try", house.url))).await.status, 404);
}

#[tokio::test]
async fn what_is_no_frame_is_refused_and_the_next_one_is_taken() {
    let house = house();
    let token = house.greeted().await;
    for (what, body) in [
        ("nothing", String::new()),
        ("no JSON", "hello".into()),
        ("a number", "7".into()),
        ("an unknown field", json!({ "token": token, "frames": [], "more": 1 }).to_string()),
        ("an unknown frame", json!({ "token": token, "frames": [{ "t": "jump" }] }).to_string()),
        ("too many", json!({ "token": token, "frames": vec![json!({ "t": "got", "k": 1 }); 21] }).to_string()),
        ("too large", json!({ "token": token, "frames": [{ "t": "page", "page": "x".repeat(300_000) }] }).to_string()),
        ("deep", "[".repeat(100_000)),
    ] {
        let answer = house.page("say", Some(SITE), body).await;
        assert_eq!(answer.status, 400, "{what}: {answer:?}");
    }
    for wrong in ["", "x", "../../etc/passwd", &"A".repeat(32), &"\u{202e}".repeat(8)] {
        let answer = house.says(&does(1, json!({ "leave": {} })), wrong).await;
        assert_eq!(codes(&answer), ["token"], "{wrong}");
    }
    let long = "x".repeat(4_001);
    for (deed, code) in [
        (json!({ "say": { "text": "too early" } }), "form"),
        (json!({ "start": { "text": long } }), "long"),
        (json!({ "start": { "text": " " } }), "empty"),
        (json!({ "start": { "text": "?", "name": "x".repeat(101) } }), "name"),
        (json!({ "start": { "text": "?", "email": "no address" } }), "email"),
        (json!({ "start": { "text": "?", "menu": ["none"] } }), "menu"),
        (json!({ "mail": { "email": "a@b.co" } }), "form"),
    ] {
        assert_eq!(codes(&house.says(&does(1, deed.clone()), &token).await), [code], "{deed}");
    }
    assert_eq!(codes(&house.says(&does(9, json!({ "start": { "text": "?" } })), &token).await), ["order"]);
    assert_eq!(codes(&house.says(&does(1, json!({ "start": { "text": "At last" } })), &token).await), ["ack"]);
    assert_eq!(codes(&house.says(&does(1, json!({ "start": { "text": "At last" } })), &token).await), ["ack"], "once");
    assert_eq!(house.operator().page(Entity::Interaction, 0, 10).expect("reads").len(), 1);
    assert_eq!(house.operator().page(Entity::Message, 0, 10).expect("reads").len(), 1);
}

#[tokio::test]
async fn files_are_taken_by_size_and_kind_and_given_to_nobody_else() {
    let house = house();
    let token = house.greeted().await;
    house.says(&does(1, json!({ "start": { "text": "Hello" } })), &token).await;
    let url = format!("{}/chat/web/file", house.url);
    let sends = |token: &str, name: &str, kind: &str, bytes: Vec<u8>| {
        let request = house.client.post(&url).header("Origin", SITE).header("x-chat-token", token);
        house.send(request.header("x-file-name", name).header("content-type", kind).body(bytes))
    };
    for (name, kind, bytes, code) in [
        ("a.exe", "application/x-msdownload", vec![1], "kind"),
        ("a.png", "text/html", vec![1], "kind"),
        ("a.txt", "text/plain", vec![], "kind"),
        ("%ff.txt", "text/plain", vec![1], "name"),
    ] {
        let answer = sends(&token, name, kind, bytes).await;
        assert_eq!(answer.json["code"], code, "{name}: {answer:?}");
    }
    // What is too big is refused before it is read; who goes on writing finds the line closed.
    let big =
        house.client.post(&url).header("Origin", SITE).header("x-chat-token", &token).header("x-file-name", "a.txt");
    let answer = big.header("content-type", "text/plain").body(vec![b'x'; (1 << 20) + 1]).send().await;
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status() == 413));
    assert_eq!(codes(&sends("nobody", "a.txt", "text/plain", vec![1]).await), ["token"]);
    let kept = sends(&token, "..%2F..%2Fpasswd%1b%5b2J.txt", "text/plain", b"<script>".to_vec()).await;
    assert_eq!(kept.status, 200, "{kept:?}");
    let name = kept.json["name"].as_str().expect("a name");
    assert!(!name.contains('/') && !name.contains('\u{1b}'), "{name}");
    let id = kept.json["id"].as_str().expect("a number").to_owned();
    let fetches = |token: &str| {
        let request = house.client.get(format!("{url}?id={id}")).header("Origin", SITE);
        house.send(request.header("x-chat-token", token))
    };
    let given = fetches(&token).await;
    assert_eq!((given.status, given.text.as_str()), (200, "<script>"));
    assert_eq!(given.headers["content-type"], "application/octet-stream");
    assert_eq!(given.headers["content-disposition"], "attachment");
    assert_eq!(given.headers["x-content-type-options"], "nosniff");
    // Another conversation neither gets it nor sends it along as its own.
    let other = house.greeted().await;
    assert_eq!(fetches(&other).await.status, 404);
    house.says(&does(1, json!({ "start": { "text": "Hello" } })), &other).await;
    let say = json!({ "say": { "text": "look", "files": [{ "id": id }] } });
    assert_eq!(codes(&house.says(&does(2, say), &other).await), ["file"]);
}

#[tokio::test]
async fn one_address_begins_only_so_many_and_speaks_only_so_fast() {
    let house = house();
    let mut begun = 0;
    for n in 0..6 {
        let token = house.greeted().await;
        let answer = house.says(&does(1, json!({ "start": { "text": format!("Number {n}") } })), &token).await;
        begun += usize::from(codes(&answer) == ["ack"]);
    }
    assert_eq!(begun, 3, "three at once from one address");
    let mut slow = None;
    for n in 0..250 {
        let answer = house.says(&json!([{ "t": "hello", "v": 1 }]), "").await;
        if codes(&answer) == ["slow"] {
            slow = Some((n, answer.json["frames"][0]["retry_s"].as_u64()));
            break;
        }
    }
    let (after, wait) = slow.expect("it is told to wait");
    assert!(after > 100 && wait.is_some_and(|s| (1..=60).contains(&s)), "{after} {wait:?}");
    house.clock.advance(60_000);
    assert_eq!(codes(&house.says(&json!([{ "t": "hello", "v": 1 }]), "").await)[0], "welcome", "afterwards it goes on");
}
