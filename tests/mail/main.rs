//! Mail for real: Postfix takes it and hands it over, Dovecot keeps it, a server fetches and answers it, customers read
//! what reached their mailboxes. With faults in the middle, every message arrives exactly once at both ends.

#[path = "../support/mod.rs"]
mod support;

mod desk;
mod faults;
mod house;
mod letters;
mod post;
mod story;

use post::Post;

/// The file of channels for one mailbox.
pub fn plan(post: &Post, name: &str, imap: &str, smtp: &str, more: &str) -> String {
    let password = post.password_file();
    let (authority, password) = (post.authority().display().to_string(), password.display());
    let secret =
        |line: &str| if line.contains("token") { String::new() } else { format!(", password_file = \"{password}\"") };
    format!(
        "[[mailbox]]\nname = \"{name}\"\naddress = \"{name}@y.test\"\ndisplay = \"Larkfield {name}\"\nqueue = \"{name}\"\n\
         signature = \"{{agent}}\\n{{queue}} at Larkfield\"\n{more}\n\
         imap = {{ host = \"localhost\", user = \"{name}@y.test\", ca_file = \"{authority}\"{}, {imap} }}\n\
         smtp = {{ host = \"localhost\", user = \"{name}@y.test\", ca_file = \"{authority}\"{}, {smtp} }}\n",
        secret(imap),
        secret(smtp)
    )
}

/// The usual ways in: IMAP inside TLS, submission with STARTTLS.
pub fn usual(post: &Post, name: &str) -> String {
    let (imap, smtp) = (format!("port = {}", post.imaps), format!("port = {}, tls = \"starttls\"", post.submission));
    plan(post, name, &imap, &smtp, "")
}

/// A field of a raw mail, unfolded.
pub fn field(mail: &str, name: &str) -> String {
    let head = mail.replace("\r\n", "\n");
    let head = head.split("\n\n").next().unwrap_or_default().replace("\n ", " ").replace("\n\t", " ");
    let prefix = format!("{}:", name.to_lowercase());
    head.lines()
        .find(|l| l.to_lowercase().starts_with(&prefix))
        .map(|l| l[prefix.len()..].trim().to_owned())
        .unwrap_or_default()
}
