//! The lines mail programs put where the answered mail begins, in the languages they speak.

/// How attributions begin, in lower case.
const BEGINS: &[&str] = &[
    "on ",
    "am ",
    "el ",
    "le ",
    "em ",
    "il ",
    "op ",
    "den ",
    "w dniu ",
    "dnia ",
    "в ",
    "fra: ",
    "den ",
    "på ",
    "a ",
    "on\u{a0}",
    "le\u{a0}",
    "在 ",
    "在",
    "于",
    "في ",
    "في",
    "بتاريخ ",
    "kuupäeval ",
    "dne ",
    "pe ",
    "ngày ",
    "vào ",
];
/// How they end, in lower case, before the colon.
const ENDS: &[&str] = &[
    "wrote",
    "writes",
    "schrieb",
    "geschrieben",
    "escribió",
    "escribio",
    "a écrit",
    "a ecrit",
    "écrit",
    "escreveu",
    "ha scritto",
    "scrisse",
    "schreef",
    "skrev",
    "skrev følgende",
    "napisał",
    "napisał(a)",
    "napisała",
    "написал",
    "написал(а)",
    "пишет",
    "写道",
    "寫道",
    "のメッセージ",
    "كتب",
    "كتبت",
    "kirjoitti",
    "napsal",
    "napsal(a)",
    "a scris",
    "yazdı",
    "đã viết",
    "wrote the following",
];
/// What stands between rulers before the answered mail, in lower case.
const ORIGINAL: &[&str] = &[
    "original message",
    "original appointment",
    "ursprüngliche nachricht",
    "originalnachricht",
    "mensaje original",
    "message d'origine",
    "message d’origine",
    "message original",
    "mensagem original",
    "messaggio originale",
    "oorspronkelijk bericht",
    "oprindelig meddelelse",
    "ursprungligt meddelande",
    "pierwotna wiadomość",
    "исходное сообщение",
    "الرسالة الأصلية",
    "原始邮件",
    "原始郵件",
    "元のメッセージ",
    "reply message",
    "opprinnelig melding",
];
/// What stands before a forwarded mail, in lower case.
const FORWARD: &[&str] = &[
    "forwarded message",
    "begin forwarded message",
    "weitergeleitete nachricht",
    "anfang der weitergeleiteten",
    "mensaje reenviado",
    "message transféré",
    "message réexpédié",
    "début du message",
    "mensagem encaminhada",
    "messaggio inoltrato",
    "doorgestuurd bericht",
    "رسالة معاد توجيهها",
    "رسالة محولة",
    "inicio del mensaje reenviado",
];
/// Labels of Outlook's block, in lower case.
const HEADERS: &[(&str, &[&str])] = &[
    ("from", &["from", "von", "de", "da", "van", "från", "fra", "od", "от", "من", "发件人", "寄件者", "差出人"]),
    (
        "date",
        &[
            "sent",
            "date",
            "gesendet",
            "datum",
            "enviado",
            "enviado el",
            "fecha",
            "envoyé",
            "envoyé le",
            "enviada em",
            "enviado em",
            "data",
            "inviato",
            "verzonden",
            "skickat",
            "sendt",
            "wysłano",
            "отправлено",
            "дата",
            "تاريخ الإرسال",
            "التاريخ",
            "发送时间",
            "日期",
            "送信日時",
        ],
    ),
    ("to", &["to", "an", "para", "à", "a", "aan", "till", "til", "do", "кому", "إلى", "收件人", "宛先"]),
    ("cc", &["cc", "kopie", "copie", "copia", "kopia", "копия", "نسخة", "抄送"]),
    (
        "subject",
        &[
            "subject",
            "betreff",
            "asunto",
            "objet",
            "assunto",
            "oggetto",
            "onderwerp",
            "ämne",
            "emne",
            "temat",
            "тема",
            "الموضوع",
            "主题",
            "主旨",
            "件名",
        ],
    ),
];
/// What telephones add below, in lower case.
const SENT_FROM: &[&str] = &[
    "sent from my",
    "sent from outlook",
    "sent from mail for",
    "sent from yahoo",
    "get outlook for",
    "von meinem",
    "gesendet von",
    "gesendet mit",
    "enviado desde mi",
    "enviado desde",
    "envoyé de mon",
    "envoyé depuis",
    "enviado do meu",
    "enviado de meu",
    "inviato da",
    "verstuurd vanaf",
    "verzonden vanaf",
    "أُرسلت من",
    "مرسل من",
    "отправлено с",
    "скачать outlook",
    "outlook für android",
    "outlook für ios",
    "obtener outlook",
    "télécharger outlook",
];

fn low(line: &str) -> String {
    line.trim_matches(['*', ' ', '\u{a0}', '\u{200e}', '\u{200f}']).to_lowercase()
}

/// Whether an attribution may begin with this line.
pub(super) fn begins_attribution(line: &str) -> bool {
    let line = low(line);
    let short = line.chars().count() < 200;
    // Some put the date first: 2027-05-03 10:00 GMT+02:00 Dana <d@x.org>:
    short
        && (BEGINS.iter().any(|b| line.starts_with(b))
            || line.starts_with(|c: char| c.is_ascii_digit())
            || is_bare(&line))
}

/// `Dana Holt <d@x.org> schrieb am Mo., 3. Mai 2027, 10:00:`
fn is_bare(line: &str) -> bool {
    ["schrieb am", "wrote on", "a écrit le", "escribió el", "escreveu em", "ha scritto il", "wrote:", "schrieb:"]
        .iter()
        .any(|w| line.contains(w))
}

/// Whether an attribution that began is whole with this.
pub(super) fn ends_attribution(all: &str) -> bool {
    let all = low(all);
    let Some(words) = all.strip_suffix([':', '：']) else { return false };
    let words = words.trim_end();
    let dated = words.chars().any(char::is_numeric);
    let verb = ENDS.iter().any(|e| words.ends_with(e)) || is_bare(&all);
    // A date, a person's address and a colon need no verb.
    dated && (verb || (words.ends_with('>') && words.contains('@')) || written_before_date(words))
}

/// `… schrieb am 3. Mai 2027 um 10:00:` has its verb in the middle.
fn written_before_date(words: &str) -> bool {
    words.contains('@') && ENDS.iter().any(|e| words.contains(&format!(" {e} ")))
}

/// `-----Original Message-----`
pub(super) fn is_original(line: &str) -> bool {
    let line = low(line);
    let inner = line.trim_matches(['-', '_', ' ', '=', '─', '>']);
    inner.len() < line.len() && line.starts_with(['-', '_', '─']) && ORIGINAL.contains(&inner)
}

/// `---------- Forwarded message ---------`, `Begin forwarded message:`
pub(super) fn is_forward(line: &str) -> bool {
    let line = low(line.trim_start_matches(['>', ' ']));
    let inner = line.trim_matches(['-', '_', ' ', '=', ':', '─']);
    inner.len() < line.len() && FORWARD.iter().any(|f| inner.starts_with(f)) && inner.chars().count() < 60
}

/// Which label of a header block the line begins with.
pub(super) fn header_word(line: &str) -> Option<&'static str> {
    let line = line.trim_matches(['*', ' ', '\u{a0}', '\u{200e}', '\u{200f}']);
    let (label, rest) = line.split_once([':', '：'])?;
    let label = low(label);
    if label.chars().count() > 20 || rest.trim_matches(['*', ' ']).is_empty() {
        return None;
    }
    HEADERS.iter().find(|(_, labels)| labels.contains(&label.as_str())).map(|(word, _)| *word)
}

/// `Sent from my telephone`
pub(super) fn is_sent_from(line: &str) -> bool {
    let line = low(line);
    line.chars().count() < 120 && SENT_FROM.iter().any(|s| line.starts_with(s))
}
