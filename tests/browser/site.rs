//! The firm's own site: another origin, with a strict policy of its own. And a line to the server that can be cut.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A site that serves one page, with the widget in it.
pub struct Site {
    /// Its origin.
    pub origin: String,
    page: Arc<Mutex<Page>>,
}

#[derive(Default, Clone)]
struct Page {
    server: String,
    about: String,
    language: String,
    sockets: bool,
}

impl Site {
    /// Opens it at any port.
    pub fn open() -> Site {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let page: Arc<Mutex<Page>> = Arc::default();
        let shown = page.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shown = shown.clone();
                std::thread::spawn(move || answer(stream, &shown));
            }
        });
        Site { origin, page }
    }

    /// What the page shows from now on: the widget of the server at this address, and what it says of its visitor, a
    /// script's object. Without `sockets` its policy forbids them, as a proxy would.
    pub fn shows(&self, server: SocketAddr, about: &str, language: &str, sockets: bool) {
        let page = Page { server: server.to_string(), about: about.into(), language: language.into(), sockets };
        *self.page.lock().unwrap_or_else(PoisonError::into_inner) = page;
    }
}

fn answer(mut stream: TcpStream, shown: &Mutex<Page>) {
    let mut head = Vec::new();
    let mut buffer = [0; 1024];
    while !head.windows(4).any(|w| w == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(n) if n > 0 => head.extend_from_slice(&buffer[..n]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or("/").to_owned();
    // Browsers connect before they know what to ask for: what counts is what is shown when they ask.
    let page = shown.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let Page { server, about, language, sockets } = &page;
    let socket = if *sockets { format!(" wss://{server}") } else { String::new() };
    let policy = format!(
        "default-src 'none'; script-src https://{server} 'nonce-site'; connect-src https://{server}{socket}; \
         style-src 'nonce-site'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    );
    let direction = if language == "ar" { " dir=\"rtl\"" } else { "" };
    // The site's own looks must not come through to the widget.
    let body = format!(
        "<!doctype html><html lang=\"{language}\"{direction}><head><meta charset=\"utf-8\"><title>Shop</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\
         <style nonce=\"site\">body {{ font: 17px/1.6 Georgia, serif; margin: 0; color: #333; background: #f7f4ee }} main {{ max-width: 40em; margin: 3em auto; padding: 0 24px }} \
         button, input, div {{ letter-spacing: 2px; border: 3px dotted #e0a }} main div {{ border: 0; letter-spacing: 0 }} @media (prefers-color-scheme: dark) {{ body {{ background: #14161a; color: #cfd3da }} }}</style></head>\
         <body><main><h1>Larkspur Telecom</h1><p>Roaming zones, prices and what to do when a bill surprises you.</p></main>\
         <script nonce=\"site\">window.cordboardChat = {about};</script>\
         <script src=\"https://{server}/chat/widget.js\" data-inbox=\"web\" async></script></body></html>"
    );
    let found = if path.starts_with("/favicon") { "404 Not Found" } else { "200 OK" };
    let answer = format!(
        "HTTP/1.1 {found}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Security-Policy: {policy}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(answer.as_bytes()).ok();
}

/// A line to the server that can be cut: then nothing comes through and no connection stays.
pub struct Cable {
    /// Where it begins.
    pub address: SocketAddr,
    cut: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Cable {
    /// Lays one to this port of this machine.
    pub fn to(port: u16) -> Cable {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (cut, open) = <(Arc<AtomicBool>, Arc<Mutex<Vec<TcpStream>>>)>::default();
        let (severed, streams) = (cut.clone(), open.clone());
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                if severed.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(far) = TcpStream::connect(("127.0.0.1", port)) else { continue };
                let mut open = streams.lock().unwrap_or_else(PoisonError::into_inner);
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (Ok(mut from), Ok(mut to), Ok(kept)) = (from.try_clone(), to.try_clone(), from.try_clone())
                    else {
                        continue;
                    };
                    open.push(kept);
                    std::thread::spawn(move || {
                        std::io::copy(&mut from, &mut to).ok();
                        to.shutdown(std::net::Shutdown::Both).ok();
                    });
                }
            }
        });
        Cable { address, cut, open }
    }

    /// Cuts it.
    pub fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
        for stream in self.open.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            stream.shutdown(std::net::Shutdown::Both).ok();
        }
    }

    /// Mends it.
    pub fn mend(&self) {
        self.cut.store(false, Ordering::SeqCst);
    }
}
