//! Gateways: customers come, say more and go; and everything a gateway can do wrong.

use cordboard::domain::proof::Proof;
use cordboard::domain::row::{Entity, Row, RowKey};
use cordboard::domain::time::At;
use cordboard::domain::work::Phase;
use serde_json::{Value, json};

use crate::firm::House;

const INTERACTIONS: &str = "/v1/interactions";

fn call() -> Value {
    json!({
        "channel": "voice",
        "queue": "support",
        "customer": { "phone": "00442079460001" },
        "menu": ["billing", "roaming"],
        "priority": "high",
        "language": "en",
        "subject": "Roaming bill",
        "body": "It is far too high.",
    })
}

#[tokio::test]
async fn a_customer_comes_says_more_and_goes() {
    let house = House::new();
    let key = house.key();
    let opened = house.ask(&key, "k-1", INTERACTIONS, &call()).await;
    assert_eq!((opened.status, &opened.json), (201, &json!({ "interaction": 1, "case": 1 })));
    let said = house.ask(&key, "k-2", "/v1/interactions/1/messages", &json!({ "body": "Hello?" })).await;
    assert_eq!(said.status, 201, "{said:?}");
    let rows = house.operator().rows(vec![RowKey { entity: Entity::Interaction, id: 1 }]).expect("reads");
    let [Row::Interaction(waiting)] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!((waiting.customer.map(|c| c.0), waiting.name.as_str(), waiting.menu.len()), (Some(1), "Dana H.", 2));
    let queues = house.get("/v1/queues", &key).await;
    assert_eq!(queues.json["queues"][0]["waiting"], 1);
    assert_eq!(queues.json["queues"][1]["open"], false);
    let ended = house.ask(&key, "k-3", "/v1/interactions/1/end", &json!({})).await;
    assert_eq!(ended.status, 200, "{ended:?}");
    let messages = house.operator().children(Entity::Message, vec![1]).expect("reads");
    assert_eq!(messages[0].len(), 2);
    let again = house.ask(&key, "k-4", "/v1/interactions/1/end", &json!({})).await;
    assert_eq!(again.problem(), (404, "gone", ""));
    assert_eq!(house.operator().verify().expect("verifies").faults, Vec::<String>::new());
}

#[tokio::test]
async fn what_a_gateway_says_stands_behind_a_name_decides_whether_it_is_believed() {
    let house = House::new();
    let key = house.key();
    let from = |customer: Value| json!({ "channel": "chat", "queue": "support", "customer": customer });
    let phone = "+442079460001";
    let given = [
        json!({ "phone": phone, "proof": "said" }),
        json!({ "phone": phone }),
        json!({ "phone": phone, "proof": "proven" }),
    ];
    for (n, customer) in given.into_iter().enumerate() {
        let opened = house.ask(&key, &format!("k-{n}"), INTERACTIONS, &from(customer)).await;
        assert_eq!(opened.status, 201, "{opened:?}");
    }
    let keys = (1..=3).map(|id| RowKey { entity: Entity::Interaction, id }).collect();
    let rows = house.operator().rows(keys).expect("reads");
    let [Row::Interaction(said), Row::Interaction(came), Row::Interaction(proven)] = &rows[..] else {
        panic!("{rows:?}")
    };
    assert_eq!((said.customer, said.known.proof), (None, Proof::Said));
    assert_eq!(said.maybe.iter().map(|c| c.0).collect::<Vec<_>>(), [1]);
    assert_eq!(
        (came.customer.map(|c| c.0), came.known.proof),
        (Some(1), Proof::Address),
        "as before there was a word for it"
    );
    assert_eq!((proven.customer.map(|c| c.0), proven.known.proof), (Some(1), Proof::Proven));
    let wrong = house.ask(&key, "k-9", INTERACTIONS, &from(json!({ "phone": phone, "proof": "sworn" }))).await;
    assert_eq!(wrong.problem(), (422, "wrong_value", "customer.proof"));
}

#[tokio::test]
async fn a_caller_nobody_knows_is_a_new_customer_and_known_next_time() {
    let house = House::new();
    let key = house.key();
    let from =
        |customer: Value| json!({ "channel": "chat", "queue": "support", "language": "de", "customer": customer });
    let unknown = from(json!({ "phone": "+44 (0)20 7946 0777", "email": "New@example.com", "name": "Lee Wong" }));
    let opened = house.ask(&key, "k-1", INTERACTIONS, &unknown).await;
    assert_eq!((opened.status, &opened.json), (201, &json!({ "interaction": 1, "case": 1 })));
    let keys = [Entity::Interaction, Entity::Customer, Entity::Contacts];
    let keys = keys.map(|entity| RowKey { entity, id: if entity == Entity::Interaction { 1 } else { 2 } });
    let rows = house.operator().rows(keys.to_vec()).expect("reads");
    let [Row::Interaction(waiting), Row::Customer(customer), Row::Contacts(contacts)] = &rows[..] else {
        panic!("{rows:?}")
    };
    assert_eq!((waiting.customer.map(|c| c.0), waiting.name.as_str()), (Some(2), "Lee W."));
    assert_eq!((customer.name.as_str(), customer.locale.as_str()), ("Lee Wong", "de"));
    assert_eq!((customer.flags.as_slice(), customer.masked[0].as_str()), (["new".to_owned()].as_slice(), "••••77"));
    assert_eq!((contacts.phones[0].as_str(), contacts.emails[0].as_str()), ("+442079460777", "New@example.com"));
    // The same person again, by either: nobody is made twice, not even by two at once.
    let mail = from(json!({ "email": "new@EXAMPLE.com" }));
    assert_eq!(house.ask(&key, "k-2", INTERACTIONS, &mail).await.status, 201);
    let stranger = from(json!({ "phone": "00442079460888" }));
    let (a, b) =
        tokio::join!(house.ask(&key, "k-3", INTERACTIONS, &stranger), house.ask(&key, "k-4", INTERACTIONS, &stranger));
    assert_eq!((a.status, b.status), (201, 201));
    let who = |page: Vec<Row>| -> Vec<Option<u64>> {
        page.into_iter()
            .filter_map(|row| if let Row::Interaction(i) = row { Some(i.customer.map(|c| c.0)) } else { None })
            .collect()
    };
    let waiting = house.operator().page(Entity::Interaction, 0, 10).expect("reads");
    assert_eq!(who(waiting), [Some(2), Some(2), Some(3), Some(3)]);
    let rows = house.operator().rows(vec![RowKey { entity: Entity::Customer, id: 3 }]).expect("reads");
    let [Row::Customer(customer)] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!(customer.name, "Unknown ••••88");
    // Without a number or address there is nobody to know.
    assert_eq!(house.ask(&key, "k-5", INTERACTIONS, &from(json!({ "name": "Kim" }))).await.status, 201);
    assert_eq!(house.operator().page(Entity::Customer, 0, 10).expect("reads").len(), 3);
    assert_eq!(house.operator().verify().expect("verifies").faults, Vec::<String>::new());
}

#[tokio::test]
async fn a_repeat_gets_the_same_answer_and_is_done_once() {
    let house = House::new();
    let key = house.key();
    let first = house.ask(&key, "same", INTERACTIONS, &call()).await;
    let again = house.ask(&key, "same", INTERACTIONS, &call()).await;
    assert_eq!((again.status, &again.json), (201, &first.json));
    let mut other = call();
    other["subject"] = "Something else".into();
    let reused = house.ask(&key, "same", INTERACTIONS, &other).await;
    assert_eq!(reused.problem(), (422, "idempotency_key_reused", "Idempotency-Key"));
    let bare = house.send(house.post(INTERACTIONS, &call()).bearer_auth(&key)).await;
    assert_eq!(bare.problem(), (400, "missing_header", "Idempotency-Key"));
    assert_eq!(house.operator().page(Entity::Interaction, 0, 10).expect("reads").len(), 1);
    // Two at once are one as well.
    let body = call();
    let (a, b) =
        tokio::join!(house.ask(&key, "both", INTERACTIONS, &body), house.ask(&key, "both", INTERACTIONS, &body));
    assert_eq!((a.status, &a.json), (201, &b.json));
    assert_eq!(house.operator().page(Entity::Interaction, 0, 10).expect("reads").len(), 2);
}

#[tokio::test]
async fn every_wrong_request_names_its_field() {
    let house = House::new();
    let key = house.key();
    let long = "x".repeat(301);
    let huge = "x".repeat(100_001);
    let cases = [
        (json!([1]), (422, "wrong_type", "body")),
        (json!({}), (422, "missing_field", "channel")),
        (json!({ "channel": "fax", "queue": "support" }), (422, "wrong_value", "channel")),
        (json!({ "channel": "chat", "queue": "nowhere" }), (422, "wrong_value", "queue")),
        (json!({ "channel": "chat", "queue": "mail" }), (422, "wrong_value", "channel")),
        (json!({ "channel": "chat", "queue": "support", "colour": 1 }), (422, "unknown_field", "colour")),
        (
            json!({ "channel": "chat", "queue": "support", "customer": { "phone": 7 } }),
            (422, "wrong_type", "customer.phone"),
        ),
        (
            json!({ "channel": "chat", "queue": "support", "customer": { "phone": "020 7946 0001" } }),
            (422, "wrong_value", "customer.phone"),
        ),
        (
            json!({ "channel": "chat", "queue": "support", "customer": { "phone": "anonymous" } }),
            (422, "wrong_value", "customer.phone"),
        ),
        (
            json!({ "channel": "chat", "queue": "support", "customer": { "email": "dana at example.com" } }),
            (422, "wrong_value", "customer.email"),
        ),
        (
            json!({ "channel": "chat", "queue": "support", "customer": { "age": 7 } }),
            (422, "unknown_field", "customer.age"),
        ),
        (json!({ "channel": "chat", "queue": "support", "menu": ["a", 1] }), (422, "wrong_type", "menu[1]")),
        (json!({ "channel": "chat", "queue": "support", "menu": vec!["a"; 11] }), (422, "too_long", "menu")),
        (json!({ "channel": "chat", "queue": "support", "subject": long }), (422, "too_long", "subject")),
        (json!({ "channel": "chat", "queue": "support", "body": huge }), (422, "too_long", "body")),
        (json!({ "channel": "chat", "queue": "support", "priority": "now" }), (422, "wrong_value", "priority")),
        (json!({ "channel": "chat", "queue": "support", "case": 99 }), (404, "gone", "")),
    ];
    for (n, (body, problem)) in cases.iter().enumerate() {
        let answer = house.ask(&key, &format!("k-{n}"), INTERACTIONS, body).await;
        assert_eq!(answer.problem(), *problem, "{:.80}", body.to_string());
    }
    let fax = house.ask(&key, "fax", INTERACTIONS, &cases[2].0).await;
    assert!(fax.json["hint"].as_str().is_some_and(|h| h.contains("voice, chat, email, callback")), "{fax:?}");
    let torn = house.client.post(format!("{}{INTERACTIONS}", house.url)).bearer_auth(&key);
    let torn = house.send(torn.header("Idempotency-Key", "torn").body("{\"channel\":")).await;
    assert_eq!(torn.problem(), (400, "bad_json", ""));
    assert_eq!(
        house.ask(&key, "a", "/v1/interactions/77/messages", &json!({ "body": "x" })).await.problem(),
        (404, "gone", "")
    );
    assert_eq!(house.ask(&key, "b", "/v1/interactions/x/end", &json!({})).await.problem(), (404, "gone", ""));
    assert_eq!(house.ask(&key, "c", "/v1/nothing", &json!({})).await.problem(), (404, "not_found", ""));
    assert_eq!(house.get(INTERACTIONS, &key).await.problem(), (405, "wrong_method", ""));
    assert_eq!(house.operator().page(Entity::Interaction, 0, 10).expect("reads").len(), 0);
}

#[tokio::test]
async fn keys_open_and_close_the_door() {
    let house = House::new();
    let nobody = house.send(house.post(INTERACTIONS, &call()).header("Idempotency-Key", "k")).await;
    assert_eq!(nobody.problem(), (401, "unauthorized", "Authorization"));
    assert_eq!(house.ask("wrong", "k", INTERACTIONS, &call()).await.status, 401);
    let key = house.key();
    assert_eq!(house.get("/v1/queues", &key).await.status, 200);
    let known = house.operator().keys().expect("reads");
    assert!(house.operator().revoke_key(known[0].id).expect("revokes"));
    assert!(!house.operator().revoke_key(known[0].id).expect("nothing to do"));
    assert_eq!(house.get("/v1/queues", &key).await.status, 401);
}

#[tokio::test]
async fn a_closed_queue_turns_callers_away_with_its_words_but_takes_mail() {
    let house = House::new();
    let key = house.key();
    let mut call = call();
    call["queue"] = "sunday".into();
    let closed = house.ask(&key, "a", INTERACTIONS, &call).await;
    assert_eq!(closed.problem(), (409, "closed", ""));
    assert_eq!(closed.json["message"], "We are back at eight tomorrow.");
    call["channel"] = "email".into();
    assert_eq!(house.ask(&key, "b", INTERACTIONS, &call).await.status, 201);
}

#[tokio::test]
async fn size_and_rate_have_limits() {
    let house = House::with(|config| (config.rate_limit, config.body_limit) = (3, 10_000));
    let (key, other) = (house.key(), house.key());
    let mut call = call();
    call["body"] = "x".repeat(10_000).into();
    let large = house.ask(&key, "a", INTERACTIONS, &call).await;
    assert_eq!(large.problem(), (413, "too_large", "body"));
    let mut waits = None;
    for _ in 0..10 {
        let answer = house.get("/v1/queues", &key).await;
        if answer.status == 429 {
            waits = answer.headers.get("Retry-After").and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<u64>().ok());
            break;
        }
    }
    assert_eq!(waits, Some(1), "the clock stands still, so the fourth is one too many");
    assert_eq!(house.get("/v1/queues", &other).await.status, 200, "each key has its own");
    house.clock.advance(1_000);
    assert_eq!(house.get("/v1/queues", &key).await.status, 200);
}

#[tokio::test]
async fn health_and_figures_are_told() {
    let house = House::new();
    let key = house.key();
    house.ask(&key, "a", INTERACTIONS, &call()).await;
    let health = house.send(house.client.get(format!("{}/healthz", house.url))).await;
    assert_eq!((health.status, &health.json["status"]), (200, &json!("ok")));
    let figures = house.send(house.client.get(format!("{}/metrics", house.url))).await;
    assert!(figures.text.contains("cordboard_waiting{queue=\"support\"} 1"), "{}", figures.text);
    assert!(figures.text.contains("verb=\"open-interaction\",outcome=\"done\""), "{}", figures.text);
}

#[tokio::test]
async fn what_customers_think_comes_in_with_its_scale() {
    let house = House::new();
    let key = house.key();
    let ratings = "/v1/cases/1/ratings";
    house.ask(&key, "open", INTERACTIONS, &call()).await;
    let early = house.ask(&key, "early", ratings, &json!({ "survey": "csat", "mark": 5 })).await;
    assert_eq!(early.problem(), (422, "wrong_value", "interaction"), "nobody has answered yet");
    for (n, (body, problem)) in [
        (json!({ "survey": "stars", "mark": 5 }), (422, "wrong_value", "survey")),
        (json!({ "survey": "csat" }), (422, "missing_field", "mark")),
        (json!({ "survey": "csat", "mark": 300 }), (422, "wrong_type", "mark")),
        (json!({ "survey": "nps", "mark": 0, "scale": 7 }), (422, "wrong_value", "scale")),
        (json!({ "survey": "csat", "mark": 6 }), (422, "wrong_value", "mark")),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = house.ask(&key, &format!("r-{n}"), ratings, &body).await;
        assert_eq!(answer.problem(), problem, "{body}");
    }
    let nowhere = house.ask(&key, "x", "/v1/cases/99/ratings", &json!({ "survey": "csat", "mark": 5 })).await;
    assert_eq!(nowhere.status, 404, "{nowhere:?}");
}

#[tokio::test]
async fn a_call_back_is_asked_for_by_number_and_time_and_keeps_the_place() {
    let house = House::new();
    let key = house.key();
    let wish = json!({
        "at": "2025-06-06T13:00:00+01:00", "until": "2025-06-06T15:00:00+01:00",
        "zone": "Europe/London", "number": "+44 20 7946 0555",
    });
    let ask = |wish: Value| json!({ "channel": "callback", "queue": "support", "subject": "Bill", "callback": wish });
    for (n, (wish, problem)) in [
        (json!(7), (422, "wrong_type", "callback")),
        (json!({ "when": "soon" }), (422, "unknown_field", "callback.when")),
        (json!({ "at": "tomorrow" }), (422, "wrong_value", "callback.at")),
        (json!({ "zone": "Mars/Olympus" }), (422, "wrong_value", "callback.zone")),
        (json!({ "number": "020 7946 0555" }), (422, "wrong_value", "customer.phone")),
        (json!({}), (422, "wrong_value", "callback.number")),
        (json!({ "number": "+442079460555", "at": "2999-01-01T00:00:00Z" }), (422, "wrong_value", "callback.at")),
        (json!({ "number": "+442079460555", "until": "2020-01-01T00:00:00Z" }), (422, "wrong_value", "callback.until")),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = house.ask(&key, &format!("w-{n}"), INTERACTIONS, &ask(wish.clone())).await;
        assert_eq!(answer.problem(), problem, "{wish}: {answer:?}");
    }
    let mut chat = ask(json!({ "number": "+442079460555" }));
    chat["channel"] = "chat".into();
    let odd = house.ask(&key, "chat", INTERACTIONS, &chat).await;
    assert_eq!(odd.problem(), (422, "wrong_value", "callback"), "a wish goes with a callback only");

    let read = |n: u64| -> Row {
        house.operator().rows(vec![RowKey { entity: Entity::Interaction, id: n }]).expect("reads").remove(0)
    };
    let opened = house.ask(&key, "page", INTERACTIONS, &ask(wish.clone())).await;
    assert_eq!((opened.status, &opened.json), (201, &json!({ "interaction": 1, "case": 1 })), "{opened:?}");
    assert_eq!(house.ask(&key, "page", INTERACTIONS, &ask(wish)).await.json, opened.json, "a repeat is done once");
    let Row::Interaction(owed) = read(1) else { panic!("an interaction") };
    assert_eq!(owed.phase, Phase::Callback { due: At::from_rfc3339("2025-06-06T12:00:00Z").expect("a time") });
    assert_eq!(
        owed.place.owed.and_then(|o| o.zone).map(cordboard::domain::calendar::wall::Zone::name),
        Some("Europe/London")
    );
    let rows = house.operator().rows(vec![RowKey { entity: Entity::Contacts, id: 2 }]).expect("reads");
    let [Row::Contacts(contacts)] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!(contacts.phones, ["+442079460555"], "a caller nobody knew is known by the number");

    // Someone who waits is called back instead; the place stays, and nothing but the number to call is told.
    house.ask(&key, "call", INTERACTIONS, &call()).await;
    let Row::Interaction(before) = read(2) else { panic!("an interaction") };
    house.clock.advance(60_000);
    let path = "/v1/interactions/2/callback";
    let done = house.ask(&key, "back", path, &json!({ "number": "+442079460999" })).await;
    assert_eq!(done.status, 200, "{done:?}");
    let Row::Interaction(after) = read(2) else { panic!("an interaction") };
    assert_eq!((after.enqueued, after.first_enqueued), (before.enqueued, before.enqueued));
    assert!(matches!(after.phase, Phase::Callback { .. } | Phase::Offered { .. }), "{after:?}");
    let messages = house.operator().children(Entity::Message, vec![2]).expect("reads");
    let told =
        messages[0].iter().any(|m| matches!(m, Row::Message(m) if m.body == "Wants to be called on +442079460999."));
    assert!(told, "{messages:?}");
    let again = house.ask(&key, "again", path, &json!({})).await;
    assert_eq!(again.problem(), (409, "refused", ""), "{again:?}");
    let gone = house.ask(&key, "gone", "/v1/interactions/99/callback", &json!({})).await;
    assert_eq!(gone.problem(), (404, "gone", ""));
    let queues = house.get("/v1/queues", &key).await;
    let support = &queues.json["queues"][0];
    assert_eq!((&support["expected_wait_s"], &support["offer_callback"]), (&Value::Null, &json!(false)));
    assert_eq!(house.operator().verify().expect("verifies").faults, Vec::<String>::new());
}
