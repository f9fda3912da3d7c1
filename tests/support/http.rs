//! A gateway: brings customers in over the intake, with the server's own certificate pinned.

use cordboard::sync::pin::client_config;
use cordboard::wire::link_url::Fingerprint;
use serde_json::Value;

use super::firm::Firm;

/// A gateway with a key.
pub struct Gateway {
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
    base: String,
    key: String,
    count: std::cell::Cell<u64>,
}

impl Gateway {
    /// Has the operator make a key and reads the certificate.
    pub fn new(firm: &Firm) -> Gateway {
        // Nobody drives a kept connection between two posts, so the server may have closed it meanwhile.
        Gateway::with(firm, "gateway", 0)
    }

    /// One that posts without pause and keeps its connection, as those of the trade do.
    #[allow(dead_code, reason = "not every test posts without pause")]
    pub fn busy(firm: &Firm) -> Gateway {
        Gateway::with(firm, "busy", 1)
    }

    /// One with a name of its own, and so many connections kept between two posts.
    pub fn with(firm: &Firm, name: &str, kept: usize) -> Gateway {
        let printed = firm.run(&["admin", "key", "add", name]);
        let key = printed.split_whitespace().max_by_key(|w| w.len()).expect("a key is printed").to_owned();
        let pem = std::fs::read(firm.data().join("tls/cert.pem")).expect("the certificate");
        let der = pem_to_der(&pem);
        let tls = client_config(Fingerprint::of(&der)).expect("a client");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let client = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().pool_max_idle_per_host(kept);
        let client = client.build().expect("a client");
        let base = format!("https://{}:{}/v1", firm.host(), firm.port());
        Gateway { runtime, client, base, key, count: std::cell::Cell::new(0) }
    }

    /// Newest position in the server's ledger, as its metrics say.
    #[allow(dead_code, reason = "not every test counts commits")]
    pub fn head(&self) -> u64 {
        let base = self.base.strip_suffix("/v1").expect("its own ending");
        let request = self.client.get(format!("{base}/metrics")).bearer_auth(&self.key);
        let text =
            self.runtime.block_on(async { request.send().await.expect("an answer").text().await.expect("its text") });
        let line = text.lines().find_map(|line| line.strip_prefix("cordboard_head_seq "));
        line.and_then(|number| number.trim().parse::<f64>().ok()).expect("a figure of the head") as u64
    }

    /// Posts with an idempotency key of its own; status and answer. `None` when the server is not there.
    pub fn try_post(&self, path: &str, idempotency: &str, body: &Value) -> Option<(u16, Value)> {
        let request = self
            .client
            .post(format!("{}{path}", self.base))
            .bearer_auth(&self.key)
            .header("Idempotency-Key", idempotency)
            .header("Content-Type", "application/json")
            .body(body.to_string());
        self.runtime.block_on(async {
            let response = request.send().await.ok()?;
            let status = response.status().as_u16();
            let text = response.text().await.ok()?;
            Some((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
        })
    }

    /// Posts and expects success; the answer.
    pub fn post(&self, path: &str, body: &Value) -> Value {
        self.count.set(self.count.get() + 1);
        let idempotency = format!("test-{}", self.count.get());
        let (status, answer) = self.try_post(path, &idempotency, body).expect("the server is there");
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    /// Posts what the widget in the server's own page would; the answer.
    #[allow(dead_code, reason = "not every test has a page")]
    pub fn page_post(&self, path: &str, body: &Value) -> Value {
        let base = self.base.strip_suffix("/v1").expect("its own ending");
        let request = self.client.post(format!("{base}{path}")).header("Origin", base).body(body.to_string());
        self.runtime.block_on(async {
            let text = request.send().await.expect("an answer").text().await.expect("its text");
            serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"))
        })
    }

    /// A chat comes in; its interaction.
    pub fn chat(&self, queue: &str, customer: &str, subject: &str, words: &str) -> u64 {
        self.opens(queue, customer, subject, words).0
    }

    /// A chat comes in; its interaction and its case.
    pub fn opens(&self, queue: &str, customer: &str, subject: &str, words: &str) -> (u64, u64) {
        let body = serde_json::json!({
            "channel": "chat", "queue": queue, "customer": {"reference": customer}, "language": "en",
            "subject": subject, "body": words,
        });
        let answer = self.post("/interactions", &body);
        let number = |field: &str| answer[field].as_u64().expect("a number");
        (number("interaction"), number("case"))
    }

    /// The customer says more.
    pub fn say(&self, interaction: u64, words: &str) {
        self.post(&format!("/interactions/{interaction}/messages"), &serde_json::json!({ "body": words }));
    }
}

fn pem_to_der(pem: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(pem);
    let body: String = text
        .lines()
        .skip_while(|l| !l.contains("BEGIN CERTIFICATE"))
        .skip(1)
        .take_while(|l| !l.contains("END CERTIFICATE"))
        .collect();
    data_encoding::BASE64.decode(body.as_bytes()).expect("a certificate in PEM")
}
