//! Desks: joining once, passwords and their limits, the upgrade's refusals, and a whole connection.

use cordboard::domain::time::MINUTE;
use cordboard::wire::codec::Decoder;
use cordboard::wire::dictionary;
use cordboard::wire::frame::{Down, Hello, PROTOCOL, PROTOCOL_MIN};
use cordboard::wire::hello::HELLO_HEADER;
use cordboard::wire::pipe::{Dial, DialError};
use serde_json::{Value, json};

use crate::firm::{ANA, Answer, House};

fn hello() -> Hello {
    Hello {
        min: PROTOCOL_MIN,
        max: PROTOCOL,
        incarnation: 1,
        generation: 1,
        epoch: 0,
        live: 0,
        deep: 0,
        parts: vec![],
        dictionary: dictionary::hash(),
        version: "0.1.0".into(),
    }
}

impl House {
    async fn join(&self, body: &Value) -> Answer {
        self.send(self.post("/join", body)).await
    }

    async fn feed(&self, token: &str, hello: Option<&str>) -> Answer {
        let request = self.client.get(format!("{}/feed", self.url)).bearer_auth(token);
        let request = request
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        match hello {
            Some(hello) => self.send(request.header(HELLO_HEADER, hello)).await,
            None => self.send(request).await,
        }
    }
}

#[tokio::test]
async fn an_invite_is_good_once_and_for_seven_days() {
    let house = House::new();
    let invite = house.operator().invite(ANA).expect("invites");
    let joined = house.join(&json!({ "token": invite, "label": "laptop", "password": "correct horse" })).await;
    assert_eq!(joined.status, 200, "{joined:?}");
    assert_eq!(joined.json["name"], "Ana Ruiz");
    assert_eq!((&joined.json["login"], &joined.json["firm"]), (&json!("ana"), &json!("Larkfield")));
    let second = house.join(&json!({ "token": invite, "label": "thief" })).await;
    assert_eq!(second.problem(), (403, "invite", ""));
    let further = house.join(&json!({ "login": "ana", "password": "correct horse", "label": "desktop" })).await;
    assert_eq!(further.status, 200, "{further:?}");
    assert_ne!(further.json["token"], joined.json["token"]);
    let late = house.operator().invite(ANA).expect("invites");
    house.clock.advance(8 * 24 * 60 * MINUTE as u64);
    assert_eq!(house.join(&json!({ "token": late, "label": "late" })).await.status, 403);
    assert_eq!(house.operator().devices().expect("reads").len(), 2);
}

#[tokio::test]
async fn joining_says_what_is_missing() {
    let house = House::new();
    let cases = [
        (json!({ "label": "x" }), (422, "wrong_value", "token")),
        (json!({ "token": "abc", "label": " " }), (422, "wrong_value", "label")),
        (json!({ "token": "abc", "label": "x" }), (403, "invite", "")),
        (json!({ "token": "abc", "label": "x", "password": "short" }), (422, "wrong_value", "password")),
        (json!({ "login": "ana", "label": "x" }), (422, "wrong_value", "password")),
        (json!({ "login": "nobody", "password": "whatever it is", "label": "x" }), (403, "wrong_password", "")),
        (json!({ "label": "x", "extra": 1 }), (400, "bad_json", "")),
    ];
    for (body, problem) in cases {
        assert_eq!(house.join(&body).await.problem(), problem, "{body}");
    }
}

#[tokio::test]
async fn ten_wrong_passwords_lock_the_login_for_half_an_hour() {
    let house = House::new();
    assert!(house.operator().set_password(ANA, "correct horse".into()).expect("sets"));
    let right = json!({ "login": "ana", "password": "correct horse", "label": "x" });
    for _ in 0..10 {
        let wrong = json!({ "login": "ana", "password": "a wrong password", "label": "x" });
        assert_eq!(house.join(&wrong).await.problem(), (403, "wrong_password", ""));
    }
    let locked = house.join(&right).await;
    assert_eq!(locked.problem(), (429, "locked", ""));
    assert_eq!(locked.headers.get("Retry-After").map(|v| v.to_str().expect("text").to_owned()), Some("1800".into()));
    house.clock.advance(31 * MINUTE as u64);
    assert_eq!(house.join(&right).await.status, 200);
}

#[tokio::test]
async fn the_upgrade_is_refused_in_words() {
    let house = House::new();
    let invite = house.operator().invite(ANA).expect("invites");
    let joined = house.join(&json!({ "token": invite, "label": "laptop" })).await;
    let token = joined.json["token"].as_str().expect("a token");
    let good = hello().to_header();
    let newer = Hello { min: PROTOCOL + 1, max: PROTOCOL + 1, ..hello() }.to_header();
    let cases = [
        ("unknown", Some(&good), 401, "this desk was shut out"),
        (token, None, 400, HELLO_HEADER),
        (token, Some(&"nonsense".to_owned()), 400, HELLO_HEADER),
        (token, Some(&newer), 426, "install a newer cordboard there"),
    ];
    for (token, hello, status, words) in cases {
        let answer = house.feed(token, hello.map(String::as_str)).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(answer.text.contains(words) && answer.json.is_null() && answer.text.len() < 300, "{answer:?}");
    }
    let device = house.operator().devices().expect("reads")[0].id;
    assert!(house.operator().revoke_device(device).expect("revokes"));
    assert_eq!(house.feed(token, Some(&hello().to_header())).await.status, 401);
}

#[tokio::test]
async fn the_desk_in_the_process_is_welcomed_and_told_when_the_server_goes() {
    let mut house = House::new();
    let server = house.server.take().expect("runs");
    let local = server.local(ANA).expect("a desk");
    let again = server.local(ANA).expect("the same desk");
    assert_eq!(local.device().id, again.device().id);
    let mut opened = local.dial(hello()).await.expect("let in");
    let mut decoder = Decoder::<Down>::new(opened.primed);
    let mut frames = Vec::new();
    while !frames.iter().any(|f| matches!(f, Down::Welcome { .. })) {
        let message = opened.pipe.rx.next().await.expect("a message");
        frames.extend(decoder.message(&message).expect("readable"));
    }
    assert!(matches!(frames[0], Down::Welcome { .. }));
    let ending = tokio::task::spawn_blocking(move || server.shutdown());
    while let Some(message) = opened.pipe.rx.next().await {
        frames.extend(decoder.message(&message).expect("readable"));
    }
    assert!(matches!(frames.last(), Some(Down::Close { retry_s: Some(_), .. })), "{:?}", frames.last());
    ending.await.expect("ends");
    assert!(matches!(local.dial(hello()).await, Err(DialError::Unreachable(_))));
}
