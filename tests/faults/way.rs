//! The way between a desk and its server: a link of IP packets where the kernel offers one, else a proxy that stops
//! carrying. Either falls silent without a word: no end, no refusal, nothing.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::support::firm::{Firm, Seat};
#[cfg(target_os = "linux")]
use super::support::thin::{Link, server_address};

/// One of the two.
pub enum Way {
    /// IP packets between this machine and a network namespace.
    #[cfg(target_os = "linux")]
    Link(Box<Link>),
    /// Streams of bytes, copied by this process.
    Proxy(Proxy),
}

/// Copies bytes between desks and the server, unless it is told not to.
pub struct Proxy {
    listener: TcpListener,
    port: u16,
    silent: Arc<AtomicBool>,
}

impl Way {
    /// A link where there can be one; says so where not.
    pub fn new(seed: u64) -> Way {
        #[cfg(target_os = "linux")]
        match Link::new(seed) {
            Ok(link) => return Way::Link(Box::new(link)),
            Err(why) => println!("NOT over a link of IP packets but through a proxy: {why}"),
        }
        #[cfg(not(target_os = "linux"))]
        println!("NOT over a link of IP packets but through a proxy: seed {seed} would need Linux");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        Way::Proxy(Proxy { listener, port, silent: Arc::default() })
    }

    /// Where the server listens.
    pub fn server(&self) -> String {
        match self {
            #[cfg(target_os = "linux")]
            Way::Link(_) => server_address().to_string(),
            Way::Proxy(_) => "127.0.0.1".to_owned(),
        }
    }

    /// Someone joins whose desk will sit at the far end; their folder.
    pub fn joins(&self, firm: &Firm, login: &str) -> PathBuf {
        match self {
            #[cfg(target_os = "linux")]
            Way::Link(_) => firm.join(login),
            Way::Proxy(proxy) => {
                proxy.begins(firm.port());
                firm.join_by(login, login, proxy.port)
            }
        }
    }

    /// A seat at the far end.
    pub fn seat(&self, firm: &Firm, folder: &Path) -> Seat {
        match self {
            #[cfg(target_os = "linux")]
            Way::Link(link) => firm.seat(folder).beyond(&link.enter()),
            Way::Proxy(_) => firm.seat(folder),
        }
    }

    /// Carries nothing more, or does so again.
    pub fn silence(&self, silent: bool) {
        match self {
            #[cfg(target_os = "linux")]
            Way::Link(link) => link.silence(silent),
            Way::Proxy(proxy) => proxy.silent.store(silent, Ordering::SeqCst),
        }
    }
}

impl Proxy {
    /// Lets desks in, to the server at this port.
    fn begins(&self, server: u16) {
        let listener = self.listener.try_clone().expect("a second handle");
        let silent = Arc::clone(&self.silent);
        std::thread::spawn(move || {
            for desk in listener.incoming() {
                let (Ok(desk), Ok(far)) = (desk, TcpStream::connect(("127.0.0.1", server))) else { continue };
                let (desk_too, far_too) = (desk.try_clone().expect("a handle"), far.try_clone().expect("a handle"));
                for (from, to) in [(desk, far), (far_too, desk_too)] {
                    let silent = Arc::clone(&silent);
                    std::thread::spawn(move || carries(from, to, &silent));
                }
            }
        });
    }
}

/// Copies until one side ends; what comes in the silence of a connection is lost, and the connection with it.
fn carries(mut from: TcpStream, mut to: TcpStream, silent: &AtomicBool) {
    let mut buffer = [0; 4 << 10];
    let mut lost = false;
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        lost |= silent.load(Ordering::SeqCst);
        if lost {
            while silent.load(Ordering::SeqCst) {
                std::thread::park_timeout(Duration::from_millis(20));
            }
            break;
        }
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
    let _ = from.shutdown(std::net::Shutdown::Both);
}
