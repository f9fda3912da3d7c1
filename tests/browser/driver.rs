//! A real browser: Chromium without a window, driven through ChromeDriver (W3C WebDriver over HTTP).

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::PATIENCE;

/// What a test here needs, by Debian's names.
const PACKAGES: &str = "chromium chromium-driver";

/// A program of this machine; installed when that is possible, else the test says what is missing.
pub fn program(names: &[&str]) -> PathBuf {
    let find = || {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let places: Vec<PathBuf> = std::env::split_paths(&path).collect();
        places.iter().flat_map(|dir| names.iter().map(move |name| dir.join(name))).find(|path| path.is_file())
    };
    if let Some(found) = find() {
        return found;
    }
    let root = Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.trim_ascii() == b"0");
    if root && Path::new("/usr/bin/apt-get").exists() {
        let install = format!("apt-get update -qq && apt-get install -y -qq --no-install-recommends {PACKAGES}");
        let done = Command::new("sh").args(["-c", &install]).env("DEBIAN_FRONTEND", "noninteractive").output();
        if let Ok(done) = done {
            assert!(done.status.success(), "installing {PACKAGES}: {}", String::from_utf8_lossy(&done.stderr));
        }
    }
    find()
        .unwrap_or_else(|| panic!("{} is missing; this test needs the packages {PACKAGES} (Debian's names)", names[0]))
}

/// One browser window, and its tabs.
pub struct Browser {
    driver: Child,
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
    session: String,
    profile: tempfile::TempDir,
}

impl Browser {
    /// A window of this size.
    pub fn open(width: u32, height: u32) -> Browser {
        let binary = program(&["chromium", "chromium-browser", "google-chrome"]);
        let mut driver = Command::new(program(&["chromedriver"]))
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("ChromeDriver starts");
        let mut lines = BufReader::new(driver.stdout.take().expect("its output")).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, rest) = line.split_once("started successfully on port ")?;
            rest.trim_end_matches('.').parse::<u16>().ok()
        });
        let port = port.expect("ChromeDriver says where it listens");
        // Nobody reads on, and a full pipe would hold it up.
        std::thread::spawn(move || lines.for_each(drop));
        let profile = tempfile::tempdir().expect("a folder");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        // Another browser of this process may have done so.
        rustls::crypto::ring::default_provider().install_default().ok();
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");
        let session = format!("http://127.0.0.1:{port}/session");
        let mut browser = Browser { driver, runtime, client, session, profile };
        let args = [
            "--headless".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--no-proxy-server".to_owned(),
            // The server's own certificate; whose it is, is tested elsewhere.
            "--ignore-certificate-errors".to_owned(),
            "--lang=en-GB".to_owned(),
            format!("--window-size={width},{height}"),
            format!("--user-data-dir={}", browser.profile.path().display()),
        ];
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome", "acceptInsecureCerts": true,
            "goog:chromeOptions": { "binary": binary, "args": args },
            "goog:loggingPrefs": { "browser": "ALL" },
        } } });
        let made = browser.ask("POST", "", wanted);
        browser.session = format!("{}/{}", browser.session, made["sessionId"].as_str().expect("a session"));
        browser.size(width, height);
        browser
    }

    fn ask(&self, method: &str, path: &str, body: Value) -> Value {
        self.try_ask(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    fn try_ask(&self, method: &str, path: &str, body: Value) -> Result<Value, String> {
        let url = format!("{}{path}", self.session);
        let request = match method {
            "GET" => self.client.get(url),
            "DELETE" => self.client.delete(url),
            _ => self.client.post(url).json(&body),
        };
        let answer: Value = self.runtime.block_on(async {
            let response = request.send().await.map_err(|e| e.to_string())?;
            response.json().await.map_err(|e| e.to_string())
        })?;
        let value = answer["value"].clone();
        match value["error"].as_str() {
            Some(error) => Err(format!("{error}: {}", value["message"].as_str().unwrap_or_default())),
            None => Ok(value),
        }
    }

    /// A command of the DevTools protocol.
    pub fn devtools(&self, command: &str, params: Value) -> Value {
        self.ask("POST", "/goog/cdp/execute", json!({ "cmd": command, "params": params }))
    }

    /// The size of the page, in CSS pixels.
    pub fn size(&self, width: u32, height: u32) {
        let phone = width < 500;
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone });
        self.devtools("Emulation.setDeviceMetricsOverride", size);
    }

    /// What the reader prefers: `dark` or `light`; nothing moves.
    pub fn prefers(&self, scheme: &str) {
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    /// The tab it is in.
    pub fn here(&self) -> String {
        self.ask("GET", "/window", Value::Null).as_str().expect("a tab").to_owned()
    }

    /// Opens one more tab and goes on in it.
    pub fn tab(&self, width: u32, height: u32) -> String {
        let made = self.ask("POST", "/window/new", json!({ "type": "tab" }));
        let tab = made["handle"].as_str().expect("a tab").to_owned();
        self.turn_to(&tab);
        self.size(width, height);
        tab
    }

    /// Goes on in this tab.
    pub fn turn_to(&self, tab: &str) {
        self.ask("POST", "/window", json!({ "handle": tab }));
    }

    /// Goes to a page.
    pub fn go(&self, url: &str) {
        self.ask("POST", "/url", json!({ "url": url }));
    }

    /// Runs a script beside the page's own; `return` gives its value. `root` is the widget's tree.
    pub fn run(&self, script: &str) -> Value {
        self.try_run(script).unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    fn try_run(&self, script: &str) -> Result<Value, String> {
        let whole = format!(
            "const host = [...document.body.children].find(e => e.shadowRoot); const root = host && host.shadowRoot; {script}"
        );
        self.try_ask("POST", "/execute/sync", json!({ "script": whole, "args": [] }))
    }

    /// Waits until a script's value is true.
    pub fn until(&self, what: &str, script: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            // A page on its way to another answers nothing.
            if self.try_run(script).is_ok_and(|value| value == Value::Bool(true)) {
                return;
            }
            assert!(
                Instant::now() < end,
                "waited in vain for {what}; the page shows:\n{}\n{:?}",
                self.text(),
                self.log()
            );
            std::thread::park_timeout(Duration::from_millis(15));
        }
    }

    /// Waits until the widget shows these words.
    pub fn until_shows(&self, words: &str) {
        let words = serde_json::to_string(words).expect("JSON");
        self.until(&words, &format!("return !!root && root.querySelector('.all').innerText.includes({words});"));
    }

    /// Waits until the widget shows these words no longer.
    pub fn until_gone(&self, words: &str) {
        let words = serde_json::to_string(words).expect("JSON");
        self.until(&words, &format!("return !!root && !root.querySelector('.all').innerText.includes({words});"));
    }

    /// What the widget shows.
    pub fn text(&self) -> String {
        let shown = self.try_run("return root ? root.querySelector('.all').innerText : document.body.innerText;");
        shown.map_or_else(|error| error, |text| text.as_str().unwrap_or_default().to_owned())
    }

    /// What the page wrote into its console.
    pub fn log(&self) -> Vec<String> {
        let lines = self.try_ask("POST", "/se/log", json!({ "type": "browser" })).unwrap_or_default();
        let lines = lines.as_array().cloned().unwrap_or_default();
        lines
            .iter()
            .map(|l| format!("{} {}", l["level"].as_str().unwrap_or(""), l["message"].as_str().unwrap_or("")))
            .collect()
    }

    /// Types on the keyboard, wherever the focus is: words as they are, `<tab>`, `<enter>`, `<esc>`, `<down>` by name.
    pub fn keys(&self, script: &str) {
        let mut actions = Vec::new();
        let mut rest = script;
        while let Some(c) = rest.chars().next() {
            let named = [("<tab>", '\u{e004}'), ("<enter>", '\u{e007}'), ("<esc>", '\u{e00c}'), ("<down>", '\u{e015}')];
            let (key, len) = match named.iter().find(|(name, _)| rest.starts_with(name)) {
                Some((name, key)) => (*key, name.len()),
                None => (c, c.len_utf8()),
            };
            rest = &rest[len..];
            for kind in ["keyDown", "keyUp"] {
                actions.push(json!({ "type": kind, "value": key.to_string() }));
            }
        }
        let source = json!([{ "type": "key", "id": "keyboard", "actions": actions }]);
        self.ask("POST", "/actions", json!({ "actions": source }));
    }

    /// Presses Tab until the element that this selector finds in the widget has the focus.
    pub fn tab_to(&self, selector: &str) {
        let wanted = serde_json::to_string(selector).expect("JSON");
        for _ in 0..60 {
            let there = format!("return !!root && !!root.activeElement && root.activeElement.matches({wanted});");
            if self.run(&there) == Value::Bool(true) {
                return;
            }
            self.keys("<tab>");
        }
        panic!("the keyboard does not come to {selector}:\n{}", self.text());
    }

    /// Puts files into the widget's file input.
    pub fn attach(&self, path: &Path) {
        let input = self.run("return root.querySelector('input[type=file]');");
        let id = input.as_object().and_then(|o| o.values().next()).and_then(Value::as_str).expect("an element");
        self.ask("POST", &format!("/element/{id}/value"), json!({ "text": path.to_str().expect("a path") }));
    }

    /// A picture of the page, saved.
    pub fn picture(&self, to: &Path) {
        let picture = self.devtools("Page.captureScreenshot", json!({ "format": "png" }));
        let bytes = data_encoding::BASE64.decode(picture["data"].as_str().expect("a picture").as_bytes());
        std::fs::write(to, bytes.expect("Base64")).expect("a file");
    }

    /// Everything axe finds wrong with the page.
    pub fn faults(&self) -> Vec<String> {
        let script = format!(
            "{AXE};axe.run(document, {{ resultTypes: ['violations'] }}).then(r => JSON.stringify(r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 200) + ' ' + n.failureSummary).join(' | '))))"
        );
        let params = json!({ "expression": script, "awaitPromise": true, "returnByValue": true });
        let answer = self.devtools("Runtime.evaluate", params);
        let found = answer["result"]["value"].as_str().unwrap_or_else(|| panic!("axe does not run: {answer}"));
        serde_json::from_str(found).expect("a list")
    }

    /// Where the widget's lines are, as who said what.
    pub fn lines(&self) -> Vec<(String, String)> {
        let script = "return root ? [...root.querySelectorAll('.log > .line')].map(l => [l.classList.contains('you') ? 'you' : 'agent', l.querySelector('.text')?.innerText ?? '']) : [];";
        let lines = self.try_run(script).unwrap_or_default();
        serde_json::from_value(lines).unwrap_or_default()
    }

    /// Waits until the widget's lines are these.
    pub fn until_lines(&self, wanted: &[(&str, &str)]) {
        let wanted: Vec<(String, String)> = wanted.iter().map(|(by, text)| ((*by).into(), (*text).into())).collect();
        let end = Instant::now() + PATIENCE;
        while self.lines() != wanted {
            assert!(
                Instant::now() < end,
                "waited in vain for\n{wanted:#?}\nthere are\n{:#?}\n{}\n{:?}",
                self.lines(),
                self.text(),
                self.log()
            );
            std::thread::park_timeout(Duration::from_millis(15));
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.try_ask("DELETE", "", Value::Null).ok();
        self.driver.kill().ok();
        self.driver.wait().ok();
    }
}

/// axe-core 4.11, as Deque publishes it under the MPL 2.0 (github.com/dequelabs/axe-core has its source).
const AXE: &str = include_str!("axe.min.js");

/// Where this test leaves its pictures.
pub fn artefacts() -> PathBuf {
    let target = Path::new(env!("CARGO_BIN_EXE_cordboard")).ancestors().nth(2).expect("the target folder");
    let folder = target.join("browser");
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}
