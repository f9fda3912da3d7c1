//! Mails as people's programs write them, in several languages.

use proptest::prelude::*;

use super::*;

fn new(text: &str) -> String {
    split(text, None).new
}

#[test]
fn attributions_of_many_programs() {
    for line in [
        "On Mon, May 3, 2027 at 10:00 AM Dana Holt <dana@x.org> wrote:",
        "On 03/05/2027 10:00, Dana Holt wrote:",
        "On Mon, May 3, 2027 at 10:00 AM Dana Holt\n<dana@x.org> wrote:",
        "Am 03.05.2027 um 10:00 schrieb Dana Holt <dana@x.org>:",
        "Am Mo., 3. Mai 2027 um 10:00 Uhr schrieb Dana Holt <\ndana@x.org>:",
        "Dana Holt <dana@x.org> schrieb am Mo., 3. Mai 2027, 10:00:",
        "El lun, 3 may 2027 a las 10:00, Dana Holt (<dana@x.org>) escribió:",
        "Le lun. 3 mai 2027 à 10:00, Dana Holt <dana@x.org> a écrit :",
        "Em seg., 3 de mai. de 2027 às 10:00, Dana Holt <dana@x.org> escreveu:",
        "Il giorno lun 3 mag 2027 alle ore 10:00 Dana Holt <dana@x.org> ha scritto:",
        "Op ma 3 mei 2027 om 10:00 schreef Dana Holt <dana@x.org>:",
        "في الاثنين، 3 مايو 2027 في 10:00 ص Dana Holt <dana@x.org> كتب:",
        "2027-05-03 10:00 GMT+02:00 Dana Holt <dana@x.org>:",
        "-----Original Message-----",
        "-----Ursprüngliche Nachricht-----",
        "-----Mensaje original-----",
        "-----Message d'origine-----",
        "-----Mensagem original-----",
        "-----الرسالة الأصلية-----",
    ] {
        let text = format!("Thank you, it works.\n\n{line}\n> Did you try again?\n> Luis\n");
        let read = split(&text, None);
        assert_eq!(read.new, "Thank you, it works.", "{line}");
        assert!(read.quoted.contains("Did you try"), "{line}");
    }
}

#[test]
fn outlooks_block_in_many_languages() {
    for block in [
        "From: Luis <l@y.org>\nSent: Monday, May 3, 2027 10:00 AM\nTo: Dana <dana@x.org>\nSubject: RE: Bill",
        "________________________________\nFrom: Luis <l@y.org>\nSent: Monday\nTo: Dana\nSubject: RE: Bill",
        "*From:* Luis\n*Sent:* Monday\n*To:* Dana\n*Subject:* Bill",
        "Von: Luis <l@y.org>\nGesendet: Montag, 3. Mai 2027 10:00\nAn: Dana <dana@x.org>\nBetreff: AW: Rechnung",
        "De: Luis\nEnviado el: lunes\nPara: Dana\nAsunto: RE: Factura",
        "De : Luis\nEnvoyé : lundi\nÀ : Dana\nObjet : RE: Facture",
        "De: Luis\nEnviada em: segunda\nPara: Dana\nAssunto: RE: Conta",
        "من: Luis\nتاريخ الإرسال: الاثنين\nإلى: Dana\nالموضوع: فاتورة",
    ] {
        let text = format!("Ok.\n\n{block}\n\nDid you try again?\n");
        assert_eq!(new(&text), "Ok.", "{block}");
    }
}

#[test]
fn answers_below_and_between_stay() {
    let below = "On Mon, May 3, 2027 Dana wrote:\n> Did you try?\n\nYes I did.\n";
    assert_eq!(
        split(below, None),
        Split {
            new: "Yes I did.".into(),
            signature: String::new(),
            quoted: "On Mon, May 3, 2027 Dana wrote:\n> Did you try?".into(),
        }
    );
    let between = "On Mon, May 3, 2027 Dana wrote:\n> Did you try?\nYes.\n> And now?\nNo.\n";
    assert_eq!(new(between), between.trim_end());
    assert_eq!(new("> Did you try?\nYes."), "Yes.");
    assert_eq!(new("Yes.\n> Did you try?"), "Yes.");
}

#[test]
fn forwarded_mail_is_never_hidden() {
    let text = "Please see below.\n\n---------- Forwarded message ---------\nFrom: Luis <l@y.org>\nDate: Mon\nSubject: Bill\nTo: Dana\n\nThe bill is wrong.\n";
    assert!(new(text).contains("The bill is wrong."));
    let text = "Begin forwarded message:\n\n> From: Luis\n> The bill is wrong.\n";
    assert!(new(text).contains("The bill is wrong."));
}

#[test]
fn a_mail_of_nothing_but_a_quote_is_shown() {
    assert_eq!(new("> only this\n> and that"), "> only this\n> and that");
    assert_eq!(
        new("On Mon, May 3, 2027 Dana wrote:\n> Did you try?"),
        "On Mon, May 3, 2027 Dana wrote:\n> Did you try?"
    );
}

#[test]
fn signatures() {
    let read = split("Please call.\n\n-- \nDana Holt\n+44 20 7946 0123\n", None);
    assert_eq!((read.new.as_str(), read.signature.as_str()), ("Please call.", "Dana Holt\n+44 20 7946 0123"));
    for line in [
        "Sent from my iPhone",
        "Von meinem iPhone gesendet",
        "Enviado desde mi iPhone",
        "Envoyé de mon iPhone",
        "Enviado do meu iPhone",
        "Get Outlook for iOS",
        "أُرسلت من الـ iPhone",
    ] {
        assert_eq!(new(&format!("Ok.\n\n{line}\n")), "Ok.", "{line}");
    }
    let with_quote = split("Ok.\n--\nDana\n\nOn Mon, May 3, 2027 Luis wrote:\n> x", None);
    assert_eq!((with_quote.new.as_str(), with_quote.signature.as_str()), ("Ok.", "Dana"));
}

#[test]
fn ordinary_words_are_not_taken_for_marks() {
    for text in [
        "On Monday I wrote to you:\nnothing came.",
        "From: the bottom of my heart\nthank you",
        "a < b > c\nis what I meant",
        "In 2019 you wrote: we always pay.",
        "Le 3 mai je suis venu :\nfermé.",
        "-- not a signature, I only like dashes",
    ] {
        assert_eq!(new(text), text);
    }
}

proptest! {
    #[test]
    fn nothing_gets_lost(lines in proptest::collection::vec("(On 3 May 2027 Dana wrote:|> x|>> y|From: a@b.cd|To: c|Sent: 3|Subject: d|-- |-----Original Message-----|Forwarded message:|word|\u{5d0}|)", 0..24), fold in proptest::option::of(0_usize..100)) {
        let text = lines.join("\n");
        let read = split(&text, fold);
        let count = |t: &str| t.chars().filter(|c| !c.is_whitespace()).count();
        let all = count(&read.new) + count(&read.signature) + count(&read.quoted);
        // Only a signature's delimiter goes.
        prop_assert!(all == count(&text) || all + 2 == count(&text), "{read:?} of {text:?}");
        prop_assert!(text.lines().all(|l| matches!(l.trim(), "" | "--")) || !read.new.is_empty() || !read.signature.is_empty());
    }
}
