//! Post offices of one's own: Dovecot and Postfix on loopback, each with its folders under one temporary folder, on
//! free ports. Mail for `y.test` (the firm) and `x.test` (its customers) stays here; nothing else is delivered.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::support::until;

/// What Debian calls what is needed.
const PACKAGES: &[&str] = &["dovecot-imapd", "dovecot-lmtpd", "postfix"];
const PROGRAMS: &[&str] = &["/usr/sbin/dovecot", "/usr/sbin/postfix", "/usr/lib/dovecot/lmtp", "/usr/lib/dovecot/imap"];
/// Everybody's password.
pub const PASSWORD: &str = "tr0mbone \"in\" the ält café";
/// Who has a mailbox.
const USERS: &[&str] = &["support@y.test", "sales@y.test", "ana@x.test", "luis@x.test", "zoe@x.test"];

/// Dovecot and Postfix.
pub struct Post {
    root: tempfile::TempDir,
    dovecot: Mutex<Option<Child>>,
    postfix: Mutex<Option<Child>>,
    pub imap: u16,
    pub imaps: u16,
    lmtp: u16,
    pub smtp: u16,
    pub submission: u16,
    /// Where tokens are asked about.
    tokens: u16,
}

/// Installs what is missing, or says what to install.
fn need_programs() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let missing = || PROGRAMS.iter().any(|p| !Path::new(p).exists());
        if !missing() {
            return;
        }
        let packages = PACKAGES.join(" ");
        let root = Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout == b"0\n");
        if root && Path::new("/usr/bin/apt-get").exists() {
            let install = format!(
                "apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends {packages}"
            );
            let _ = Command::new("sh").args(["-c", &install]).stdin(Stdio::null()).output();
        }
        assert!(!missing(), "the mail test needs Dovecot and Postfix; on Debian: apt-get install {packages}");
    });
}

/// A port nobody uses.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port()
}

impl Post {
    /// Both, up and listening.
    pub fn start() -> Post {
        need_programs();
        let root = tempfile::tempdir().expect("a folder");
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).expect("rights");
        let tokens = answer_tokens();
        let post = Post {
            dovecot: Mutex::new(None),
            postfix: Mutex::new(None),
            imap: free_port(),
            imaps: free_port(),
            lmtp: free_port(),
            smtp: free_port(),
            submission: free_port(),
            tokens,
            root,
        };
        post.certificates();
        post.write_dovecot();
        post.write_postfix();
        post.start_dovecot();
        post.start_postfix();
        post
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// The file of the authority that vouches for both.
    pub fn authority(&self) -> PathBuf {
        self.path("ca.pem")
    }

    /// A file that holds the password.
    pub fn password_file(&self) -> PathBuf {
        self.path("password")
    }

    fn certificates(&self) {
        use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority =
            CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate");
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
        let certificate = params.signed_by(&key, &authority).expect("a certificate");
        fs::write(self.authority(), authority.pem()).expect("writes");
        fs::write(self.path("cert.pem"), certificate.pem()).expect("writes");
        fs::write(self.path("key.pem"), key.serialize_pem()).expect("writes");
        fs::write(self.password_file(), format!("{PASSWORD}\n")).expect("writes");
    }

    fn write_dovecot(&self) {
        let root = self.root.path().display();
        let (imap, imaps, lmtp, tokens) = (self.imap, self.imaps, self.lmtp, self.tokens);
        for folder in ["mail", "run", "state"] {
            fs::create_dir_all(self.path(folder)).expect("a folder");
        }
        fs::set_permissions(self.path("mail"), fs::Permissions::from_mode(0o777)).expect("rights");
        let users: Vec<String> = USERS.iter().map(|user| format!("{user}:{{PLAIN}}{PASSWORD}::::::\n")).collect();
        fs::write(self.path("users"), users.concat()).expect("writes");
        let oauth = format!(
            "introspection_mode = get\nintrospection_url = http://127.0.0.1:{tokens}/?token=\nusername_attribute = email\nactive_attribute = active\nactive_value = true\n"
        );
        fs::write(self.path("oauth2.conf"), oauth).expect("writes");
        let conf = format!(
            "protocols = imap lmtp\nlisten = 127.0.0.1\nbase_dir = {root}/run\nstate_dir = {root}/state\nlog_path = {root}/dovecot.log\n\
             ssl = yes\nssl_cert = <{root}/cert.pem\nssl_key = <{root}/key.pem\nssl_min_protocol = TLSv1.2\ndisable_plaintext_auth = no\n\
             mail_location = maildir:{root}/mail/%u\nmail_uid = nobody\nmail_gid = nogroup\nfirst_valid_uid = 1\nfirst_valid_gid = 1\n\
             recipient_delimiter = +\nlmtp_save_to_detail_mailbox = no\nauth_mechanisms = plain login xoauth2 oauthbearer\nauth_failure_delay = 0 secs\nshutdown_clients = yes\n\
             passdb {{\n driver = passwd-file\n mechanisms = plain login\n args = username_format=%u {root}/users\n}}\n\
             passdb {{\n driver = oauth2\n mechanisms = xoauth2 oauthbearer\n args = {root}/oauth2.conf\n}}\n\
             userdb {{\n driver = passwd-file\n args = username_format=%u {root}/users\n default_fields = uid=nobody gid=nogroup home={root}/mail/%u\n}}\n\
             namespace inbox {{\n inbox = yes\n separator = /\n mailbox Sent {{\n  special_use = \\Sent\n  auto = create\n }}\n}}\n\
             service imap-login {{\n inet_listener imap {{\n  port = {imap}\n }}\n inet_listener imaps {{\n  port = {imaps}\n  ssl = yes\n }}\n}}\n\
             service lmtp {{\n inet_listener lmtp {{\n  address = 127.0.0.1\n  port = {lmtp}\n }}\n}}\n\
             service auth {{\n unix_listener {root}/auth {{\n  mode = 0666\n }}\n}}\n\
             service stats {{\n unix_listener stats-writer {{\n  mode = 0666\n }}\n}}\n"
        );
        fs::write(self.path("dovecot.conf"), conf).expect("writes");
    }

    fn write_postfix(&self) {
        let root = self.root.path().display();
        for folder in ["postfix", "spool", "lib"] {
            fs::create_dir_all(self.path(folder)).expect("a folder");
        }
        let owned = Command::new("chown").arg("postfix").arg(self.path("lib")).status().expect("chown runs");
        assert!(owned.success(), "Postfix's data folder is given to it; the mail test has to run as root");
        let main = format!(
            "compatibility_level = 3.6\nqueue_directory = {root}/spool\ndata_directory = {root}/lib\ncommand_directory = /usr/sbin\n\
             daemon_directory = /usr/lib/postfix/sbin\nmail_owner = postfix\nsetgid_group = postdrop\nmyhostname = mail.y.test\n\
             mydestination =\nmynetworks = 127.0.0.0/8\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmaillog_file = {root}/mail.log\n\
             maillog_file_prefixes = {root}\nvirtual_mailbox_domains = y.test, x.test\nvirtual_transport = lmtp:inet:127.0.0.1:{}\n\
             default_transport = error:nothing leaves this machine\nrelay_transport = error:nothing leaves this machine\n\
             alias_maps =\nlocal_recipient_maps =\nlocal_transport = error:nobody here\nrecipient_delimiter = +\nmessage_size_limit = 60000000\nmailbox_size_limit = 0\nvirtual_mailbox_limit = 0\n\
             smtpd_sasl_type = dovecot\nsmtpd_sasl_path = {root}/auth\nsmtpd_tls_cert_file = {root}/cert.pem\nsmtpd_tls_key_file = {root}/key.pem\n\
             smtpd_tls_security_level = may\nminimal_backoff_time = 1s\nmaximal_backoff_time = 2s\nqueue_run_delay = 1s\nnotify_classes =\nsmtputf8_enable = no\n\
             smtpd_recipient_restrictions = check_recipient_access inline:{{{{refused@x.test = 550 5.7.1 not for you}}, {{later@x.test = 450 4.7.1 not now}}}}, permit\n",
            self.lmtp
        );
        fs::write(self.path("postfix/main.cf"), main).expect("writes");
        let master = format!(
            "127.0.0.1:{} inet n - n - - smtpd\n\
             127.0.0.1:{} inet n - n - - smtpd\n -o smtpd_sasl_auth_enable=yes\n -o smtpd_tls_security_level=encrypt\n -o smtpd_tls_auth_only=yes\n -o smtpd_client_restrictions=permit_sasl_authenticated,reject\n\
             pickup unix n - n 60 1 pickup\ncleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\ntlsmgr unix - - n 1000? 1 tlsmgr\nrewrite unix - - n - - trivial-rewrite\n\
             bounce unix - - n - 0 bounce\ndefer unix - - n - 0 bounce\ntrace unix - - n - 0 bounce\nverify unix - - n - 1 verify\nflush unix n - n 1000? 0 flush\nproxymap unix - - n - - proxymap\n\
             smtp unix - - n - - smtp\nrelay unix - - n - - smtp\nerror unix - - n - - error\nretry unix - - n - - error\ndiscard unix - - n - - discard\n\
             lmtp unix - - n - - lmtp\nanvil unix - - n - 1 anvil\nscache unix - - n - 1 scache\npostlog unix-dgram n - n - 1 postlogd\n",
            self.smtp, self.submission
        );
        fs::write(self.path("postfix/master.cf"), master).expect("writes");
    }

    pub fn start_dovecot(&self) {
        let child = Command::new("/usr/sbin/dovecot")
            .args(["-F", "-c"])
            .arg(self.path("dovecot.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(self.path("dovecot.err")).expect("a file"))
            .spawn()
            .expect("dovecot starts");
        *self.dovecot.lock().expect("its lock") = Some(child);
        until("Dovecot to listen", || {
            let here = listens(self.imap) && listens(self.lmtp);
            assert!(here || !self.ended(&self.dovecot), "Dovecot ended: {}", self.said());
            here.then_some(())
        });
    }

    fn ended(&self, child: &Mutex<Option<Child>>) -> bool {
        child.lock().expect("its lock").as_mut().is_some_and(|c| c.try_wait().ok().flatten().is_some())
    }

    pub fn stop_dovecot(&self) {
        if let Some(mut child) = self.dovecot.lock().expect("its lock").take() {
            end(&mut child);
        }
        until("Dovecot to be gone", || (!listens(self.imap)).then_some(()));
    }

    pub fn start_postfix(&self) {
        let child = Command::new("/usr/sbin/postfix")
            .arg("-c")
            .arg(self.path("postfix"))
            .arg("start-fg")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(self.path("postfix.err")).expect("a file"))
            .spawn()
            .expect("postfix starts");
        *self.postfix.lock().expect("its lock") = Some(child);
        until("Postfix to listen", || {
            let here = listens(self.smtp) && listens(self.submission);
            assert!(here || !self.ended(&self.postfix), "Postfix ended: {}", self.said());
            here.then_some(())
        });
    }

    pub fn stop_postfix(&self) {
        if let Some(mut child) = self.postfix.lock().expect("its lock").take() {
            let _ = Command::new("/usr/sbin/postfix").arg("-c").arg(self.path("postfix")).arg("stop").output();
            let _ = child.wait();
        }
        until("Postfix to be gone", || (!listens(self.smtp)).then_some(()));
    }

    /// What both have logged, for when something is wrong.
    pub fn said(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.path(name)).unwrap_or_default();
        ["dovecot.err", "dovecot.log", "postfix.err", "mail.log"].map(read).join("\n--\n")
    }

    /// The mails in someone's folder, raw, in no order.
    pub fn mails(&self, user: &str, folder: &str) -> Vec<String> {
        let maildir =
            self.path("mail").join(user).join(if folder == "INBOX" { String::new() } else { format!(".{folder}") });
        let mut mails = Vec::new();
        for sub in ["new", "cur"] {
            for entry in fs::read_dir(maildir.join(sub)).into_iter().flatten().flatten() {
                // It may move from new to cur while we look.
                if let Ok(bytes) = fs::read(entry.path()) {
                    mails.push(String::from_utf8_lossy(&bytes).into_owned());
                }
            }
        }
        mails
    }

    /// Flags of the mails in someone's inbox, as Maildir writes them.
    pub fn flags(&self, user: &str) -> Vec<String> {
        let cur = self.path("mail").join(user).join("cur");
        let names =
            fs::read_dir(cur).into_iter().flatten().flatten().map(|e| e.file_name().to_string_lossy().into_owned());
        names.map(|n| n.split_once(":2,").map(|(_, f)| f.to_owned()).unwrap_or_default()).collect()
    }

    /// Puts a raw mail into someone's inbox as it is, past every check of a post office.
    pub fn put(&self, user: &str, name: &str, mail: &[u8]) {
        let new = self.path("mail").join(user).join("new");
        fs::create_dir_all(&new).expect("a folder");
        let aside = self.path("put");
        fs::write(&aside, mail).expect("writes");
        let owned = Command::new("chown").args(["nobody:nogroup"]).arg(&aside).status().expect("runs");
        assert!(owned.success());
        fs::rename(&aside, new.join(format!("1.{name}.here"))).expect("moves");
    }

    /// Runs doveadm.
    pub fn doveadm(&self, args: &[&str]) -> String {
        let output = Command::new("/usr/bin/doveadm")
            .arg("-c")
            .arg(self.path("dovecot.conf"))
            .args(args)
            .output()
            .expect("runs");
        assert!(output.status.success(), "doveadm {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Numbers the mails of someone's inbox anew, as after a restored backup.
    pub fn renumber(&self, user: &str) {
        let maildir = self.path("mail").join(user);
        for name in fs::read_dir(&maildir).expect("reads").flatten() {
            let file = name.file_name().to_string_lossy().into_owned();
            if file.starts_with("dovecot") {
                let _ = fs::remove_file(name.path());
            }
        }
    }

    /// A mail from a customer's program to the firm's post office.
    pub fn customer_sends(&self, from: &str, to: &str, mail: &str) {
        let stream = TcpStream::connect(("127.0.0.1", self.smtp)).expect("connects");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("sets");
        let mut write = stream.try_clone().expect("a second handle");
        let mut read = BufReader::new(stream);
        let mut told = |what: &str| loop {
            let mut line = String::new();
            read.read_line(&mut line).expect("an answer");
            assert!(line.starts_with(['2', '3']), "{what}: {line}\n{}", self.said());
            if line.as_bytes().get(3) == Some(&b' ') {
                return;
            }
        };
        told("greeting");
        let body = mail.replace("\r\n", "\n").replace('\n', "\r\n").replace("\r\n.", "\r\n..");
        for words in ["EHLO x.test", &format!("MAIL FROM:<{from}>"), &format!("RCPT TO:<{to}>"), "DATA"] {
            write.write_all(format!("{words}\r\n").as_bytes()).expect("sends");
            told(words);
        }
        write.write_all(format!("{body}\r\n.\r\nQUIT\r\n").as_bytes()).expect("sends");
        told("the mail");
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        self.stop_postfix();
        self.stop_dovecot();
        if std::thread::panicking() {
            eprintln!("{}", self.said());
        }
    }
}

fn end(child: &mut Child) {
    let _ = Command::new("sh").args(["-c", &format!("kill -TERM {}", child.id())]).status();
    let _ = child.wait();
}

fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// Answers whether a token is good, as an authorisation server does (RFC 7662).
fn answer_tokens() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let mut buffer = [0; 4096];
            let Ok(read) = stream.read(&mut buffer) else { continue };
            let asked = String::from_utf8_lossy(&buffer[..read]).into_owned();
            let token = asked.split("token=").nth(1).and_then(|t| t.split([' ', '&']).next()).unwrap_or_default();
            let is_good = token == "good-token";
            let body = if is_good { r#"{"active":true,"email":"sales@y.test"}"# } else { r#"{"active":false}"# };
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    port
}

/// A way to a port of this machine that can be cut.
pub struct Way {
    pub port: u16,
    open: Arc<AtomicBool>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl Way {
    pub fn to(target: u16) -> Way {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (open, streams) = (Arc::new(AtomicBool::new(true)), Arc::new(Mutex::new(Vec::new())));
        let (is_open, kept) = (Arc::clone(&open), Arc::clone(&streams));
        std::thread::spawn(move || {
            for here in listener.incoming().flatten() {
                if !is_open.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(there) = TcpStream::connect(("127.0.0.1", target)) else { continue };
                for (from, to) in [(&here, &there), (&there, &here)] {
                    let (mut from, mut to) = (from.try_clone().expect("a handle"), to.try_clone().expect("a handle"));
                    std::thread::spawn(move || {
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(std::net::Shutdown::Both);
                    });
                }
                kept.lock().expect("its lock").extend([here, there]);
            }
        });
        Way { port, open, streams }
    }

    /// Cuts what goes over it, and lets nothing new over.
    pub fn cut(&self) {
        self.open.store(false, Ordering::SeqCst);
        for stream in self.streams.lock().expect("its lock").drain(..) {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }

    /// Lets over again.
    pub fn mend(&self) {
        self.open.store(true, Ordering::SeqCst);
    }
}
