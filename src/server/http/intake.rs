//! The door for gateways: customers come, say more, and go.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::fields::Fields;
use super::problem::Problem;
use super::{Door, Gateway, text_of};
use crate::domain::calendar::wall::Zone;
use crate::domain::command::{CallbackWish, CustomerHint};
use crate::domain::decide::{MAX_BODY, MAX_LINE};
use crate::domain::ids::{CaseId, InteractionId, KeyId, QueueId};
use crate::domain::proof::Proof;
use crate::domain::routing::{self, trace};
use crate::domain::row::{Entity, RowKey};
use crate::domain::tally::Survey;
use crate::domain::work::{Channel, Priority};
use crate::domain::{Actor, Command};
use crate::server::accounts::flatten;
use crate::server::core::request::{Origin, Reply};

/// Header that makes a repeated request harmless.
const IDEMPOTENCY: &str = "Idempotency-Key";
/// Longest value of it.
const MAX_IDEMPOTENCY: usize = 255;
/// Menu steps at most.
const MAX_MENU: usize = 10;
/// Longest identity or name, in characters.
const MAX_IDENTITY: usize = 200;

const INTERACTION: [&str; 10] =
    ["channel", "queue", "customer", "menu", "priority", "language", "subject", "body", "case", "callback"];
const CALLBACK: [&str; 4] = ["at", "until", "zone", "number"];
const CUSTOMER: [&str; 5] = ["reference", "phone", "email", "name", "proof"];

/// `POST /v1/interactions`.
pub async fn open(
    State(door): State<Arc<Door>>,
    Extension(Gateway(key)): Extension<Gateway>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let idempotency = idempotency(&headers)?;
    let mut fields = Fields::of_body(&body, &INTERACTION)?;
    let asked = Asked::read(&mut fields)?;
    let queue = admit(&door, key, &idempotency, &asked).await?;
    let command = Command::OpenInteraction {
        channel: asked.channel,
        queue,
        hint: asked.hint,
        customer: None,
        case: asked.case,
        menu: asked.menu,
        priority: asked.priority,
        language: asked.language,
        subject: asked.subject,
        body: asked.body,
        came: None,
        callback: Box::new(asked.callback),
        files: Vec::new(),
        maybe: Vec::new(),
        letter: None,
    };
    let ask = Ask { key, idempotency, hash: hash_of("open", 0, &body), answer: opened };
    ask.submit(&door, command, StatusCode::CREATED).await
}

/// `POST /v1/interactions/{id}/messages`.
pub async fn append(
    State(door): State<Arc<Door>>,
    Extension(Gateway(key)): Extension<Gateway>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let idempotency = idempotency(&headers)?;
    let interaction = interaction(&id)?;
    let mut fields = Fields::of_body(&body, &["body"])?;
    let command =
        Command::AppendMessage { interaction, body: fields.words("body", MAX_BODY)?, files: Vec::new(), letter: None };
    let ask = Ask { key, idempotency, hash: hash_of("append", interaction.0, &body), answer: appended };
    ask.submit(&door, command, StatusCode::CREATED).await
}

/// `POST /v1/interactions/{id}/callback`: who waits is called back instead and keeps the place in line.
pub async fn call_back(
    State(door): State<Arc<Door>>,
    Extension(Gateway(key)): Extension<Gateway>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let idempotency = idempotency(&headers)?;
    let interaction = interaction(&id)?;
    let wish = match body.trim_ascii() {
        [] => CallbackWish::default(),
        _ => wish(&mut Fields::of_body(&body, &CALLBACK)?)?,
    };
    let ask = Ask { key, idempotency, hash: hash_of("callback", interaction.0, &body), answer: ended };
    ask.submit(&door, Command::AskCallback { interaction, wish: Box::new(wish), own: None }, StatusCode::OK).await
}

/// How and when a customer wants to be called.
fn wish(fields: &mut Fields) -> Result<CallbackWish, Problem> {
    let zone = fields.text("zone", MAX_IDENTITY)?.map(|name| {
        let hint = "it must be a time zone by its IANA name, such as Europe/London";
        Zone::of(&name).ok_or_else(|| Problem::field("wrong_value", fields.name("zone"), hint))
    });
    Ok(CallbackWish {
        due: fields.instant("at")?,
        until: fields.instant("until")?,
        zone: zone.transpose()?,
        number: fields.text("number", MAX_IDENTITY)?,
    })
}

/// `POST /v1/interactions/{id}/end`.
pub async fn end(
    State(door): State<Arc<Door>>,
    Extension(Gateway(key)): Extension<Gateway>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let idempotency = idempotency(&headers)?;
    let interaction = interaction(&id)?;
    if !body.trim_ascii().is_empty() {
        Fields::of_body(&body, &[])?;
    }
    let ask = Ask { key, idempotency, hash: hash_of("end", interaction.0, b""), answer: ended };
    ask.submit(&door, Command::EndInteraction { interaction }, StatusCode::OK).await
}

/// `POST /v1/cases/{case}/ratings`: what the customer answered in a survey about a contact.
pub async fn rate(
    State(door): State<Arc<Door>>,
    Extension(Gateway(key)): Extension<Gateway>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let idempotency = idempotency(&headers)?;
    let missing = || Problem::new(StatusCode::NOT_FOUND, "gone", "a case's number is a whole number above 0");
    let case = id.parse().ok().filter(|id| *id > 0).map(CaseId).ok_or_else(missing)?;
    let mut fields = Fields::of_body(&body, &["survey", "mark", "scale", "interaction"])?;
    let survey =
        fields.choice("survey", Survey::from_word, "csat, nps, ces")?.ok_or_else(|| fields.missing("survey"))?;
    let usual = match survey {
        Survey::Csat => 5,
        Survey::Nps => 10,
        Survey::Ces => 7,
    };
    let command = Command::RateContact {
        case,
        interaction: fields.number("interaction")?.map(InteractionId),
        survey,
        mark: fields.small("mark")?.ok_or_else(|| fields.missing("mark"))?,
        scale: fields.small("scale")?.unwrap_or(usual),
    };
    let ask = Ask { key, idempotency, hash: hash_of("rate", case.0, &body), answer: rated };
    ask.submit(&door, command, StatusCode::CREATED).await
}

/// `GET /v1/queues`.
pub async fn queues(State(door): State<Arc<Door>>) -> Result<Json<Value>, Problem> {
    let listed = door.hub.core.run(|inside| {
        let waiting = crate::server::waiting(inside.state, inside.now);
        let queues = inside.state.queues().filter(|q| q.active).map(|q| {
            let here = waiting.iter().find(|w| w.queue == q.key);
            let expected = trace::expected_next(inside.state, q.id).map(routing::told_wait);
            json!({
                "key": q.key,
                "name": q.name,
                "channels": q.channels,
                "open": routing::is_open(inside.state, q, inside.now),
                "closed_message": q.closed_message,
                "waiting": here.map_or(0, |w| w.count),
                "oldest_wait_s": here.map_or(0, |w| w.oldest_ms / 1_000),
                "expected_wait_s": expected.map(|(least, most)| [least / 1_000, most / 1_000]),
                "offer_callback": trace::offers_callback(inside.state, q),
            })
        });
        json!({ "queues": queues.collect::<Vec<_>>() })
    });
    listed.await.map(Json).map_err(|stopped| Problem::unavailable(stopped.to_string()))
}

/// What a new interaction's body says.
struct Asked {
    channel: Channel,
    queue: String,
    hint: CustomerHint,
    menu: Vec<String>,
    priority: Priority,
    language: String,
    subject: String,
    body: Option<String>,
    case: Option<CaseId>,
    callback: CallbackWish,
}

impl Asked {
    fn read(fields: &mut Fields) -> Result<Asked, Problem> {
        let channels = Channel::ALL.map(Channel::word).join(", ");
        let priorities = Priority::ALL.map(Priority::word).join(", ");
        let proofs = Proof::ALL.map(Proof::word).join(", ");
        let channel =
            fields.choice("channel", Channel::from_word, &channels)?.ok_or_else(|| fields.missing("channel"))?;
        let queue = fields.text("queue", MAX_IDENTITY)?.ok_or_else(|| fields.missing("queue"))?;
        let callback = fields.object("callback", &CALLBACK)?.map(|mut fields| wish(&mut fields)).transpose()?;
        let callback = callback.unwrap_or_default();
        let mut hint = match fields.object("customer", &CUSTOMER)? {
            None => CustomerHint { proof: Proof::Address, ..CustomerHint::default() },
            Some(mut customer) => CustomerHint {
                reference: customer.text("reference", MAX_IDENTITY)?,
                phone: customer.text("phone", MAX_IDENTITY)?,
                email: customer.text("email", MAX_IDENTITY)?,
                name: customer.text("name", MAX_IDENTITY)?,
                // Gateways of old say nothing of it; what they tell came with the call or the mail.
                proof: customer.choice("proof", Proof::from_word, &proofs)?.unwrap_or(Proof::Address),
                clue: None,
            },
        };
        // Whoever asks to be called on a number is known by it.
        hint.phone = hint.phone.or_else(|| callback.number.clone());
        let body = fields.text("body", MAX_BODY)?;
        if body.as_ref().is_some_and(|body| body.len() > MAX_BODY) {
            let hint = format!("it is longer than {MAX_BODY} bytes; shorten it");
            return Err(Problem::field("too_long", "body", hint));
        }
        Ok(Asked {
            channel,
            queue,
            hint,
            menu: fields.texts("menu", MAX_MENU, MAX_LINE)?,
            priority: fields.choice("priority", Priority::from_word, &priorities)?.unwrap_or_default(),
            language: fields.text("language", 35)?.unwrap_or_default(),
            subject: fields.text("subject", MAX_LINE)?.unwrap_or_default(),
            body,
            case: fields.number("case")?.map(CaseId),
            callback,
        })
    }
}

/// The queue, if it is open to this contact. A request that was answered before is let through to its answer.
async fn admit(door: &Door, key: KeyId, idempotency: &str, asked: &Asked) -> Result<QueueId, Problem> {
    let (name, idempotency, channel) = (asked.queue.clone(), idempotency.to_owned(), asked.channel);
    let looked = door.hub.core.run(move |inside| {
        let before = inside.ledger.gateway_answer(key, &idempotency)?.is_some();
        let queue = inside.state.queues().find(|q| q.active && q.key == name);
        let live = matches!(channel, Channel::Voice | Channel::Chat);
        let closed = queue.filter(|q| live && !before && !routing::is_open(inside.state, q, inside.now));
        let known: Vec<String> = inside.state.queues().filter(|q| q.active).map(|q| q.key.clone()).collect();
        Ok((queue.map(|q| q.id), closed.map(|q| (q.name.clone(), q.closed_message.clone())), known))
    });
    let (queue, closed, known) = flatten(looked.await).map_err(Problem::unavailable)?;
    if let Some((name, message)) = closed {
        let hint = format!("{name} is closed now; GET /v1/queues says which queues are open");
        return Err(Problem { message, ..Problem::new(StatusCode::CONFLICT, "closed", hint) });
    }
    queue.ok_or_else(|| {
        Problem::field("wrong_value", "queue", format!("there is no such queue; known are {}", known.join(", ")))
    })
}

/// One request of a gateway.
struct Ask {
    key: KeyId,
    idempotency: String,
    hash: u64,
    answer: fn(&[RowKey]) -> String,
}

impl Ask {
    async fn submit(self, door: &Door, command: Command, done: StatusCode) -> Result<Response, Problem> {
        let Ask { key, idempotency, hash, answer } = self;
        let origin = Origin::Gateway { key, idempotency, hash, answer };
        let reply = door.hub.core.submit(Actor::Gateway(key), origin, command).await;
        match reply.map_err(|stopped| Problem::unavailable(stopped.to_string()))? {
            Reply::Done { made, .. } => Ok(json_text(done, answer(&made))),
            Reply::Repeat { answer } => {
                let mut response = json_text(done, answer);
                response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
                Ok(response)
            }
            Reply::Reused => Err(Problem::field(
                "idempotency_key_reused",
                IDEMPOTENCY,
                "this key was used for another request; use a new one for each request",
            )),
            Reply::Refused { refusal, .. } => Err(Problem::refused(&refusal, door.hub.clock.now())),
            Reply::Failed(why) => Err(Problem::unavailable(why)),
            Reply::Cloned | Reply::Expect { .. } => Err(Problem::unavailable("the server got confused")),
        }
    }
}

fn json_text(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}

fn id_of(made: &[RowKey], entity: Entity) -> u64 {
    made.iter().find(|key| key.entity == entity).map_or(0, |key| key.id)
}

fn opened(made: &[RowKey]) -> String {
    json!({ "interaction": id_of(made, Entity::Interaction), "case": id_of(made, Entity::Case) }).to_string()
}

fn appended(made: &[RowKey]) -> String {
    json!({ "message": id_of(made, Entity::Message) }).to_string()
}

fn rated(made: &[RowKey]) -> String {
    json!({ "rating": id_of(made, Entity::Rating) }).to_string()
}

fn ended(_: &[RowKey]) -> String {
    json!({}).to_string()
}

fn interaction(id: &str) -> Result<InteractionId, Problem> {
    let missing = || Problem::new(StatusCode::NOT_FOUND, "gone", "an interaction's number is a whole number above 0");
    id.parse().ok().filter(|id| *id > 0).map(InteractionId).ok_or_else(missing)
}

fn idempotency(headers: &HeaderMap) -> Result<String, Problem> {
    let problem = |hint: &str| Problem {
        field: IDEMPOTENCY.into(),
        ..Problem::new(StatusCode::BAD_REQUEST, "missing_header", hint)
    };
    let value = text_of(headers, IDEMPOTENCY).map(str::trim).filter(|value| !value.is_empty()).ok_or_else(|| {
        problem(
            "send a header Idempotency-Key with a new random value for each request and the same one for its repeats",
        )
    })?;
    if value.len() > MAX_IDEMPOTENCY || !value.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(problem("it must be 1 to 255 visible ASCII characters"));
    }
    Ok(value.to_owned())
}

fn hash_of(verb: &str, id: u64, body: &[u8]) -> u64 {
    let mut hasher = Sha256::new();
    hasher.update(verb.as_bytes());
    hasher.update(id.to_be_bytes());
    hasher.update(body);
    hasher.finalize().iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}
