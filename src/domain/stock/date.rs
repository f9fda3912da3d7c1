//! A day in words that a customer cannot misread: never 03/04.

use chrono::{Datelike, NaiveDate};

const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const SPANISH: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];
const FRENCH: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const GERMAN: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const PORTUGUESE: [&str; 12] = [
    "janeiro",
    "fevereiro",
    "março",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
];

/// `23 November 2026` in the language of the tag; `2026-11-23` in those that are not known here.
pub fn words(day: NaiveDate, locale: &str) -> String {
    let language = locale.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let (months, of) = match language.as_str() {
        "en" | "" => (&ENGLISH, " "),
        "es" => (&SPANISH, " de "),
        "fr" => (&FRENCH, " "),
        "de" => (&GERMAN, " "),
        "pt" => (&PORTUGUESE, " de "),
        _ => return day.format("%Y-%m-%d").to_string(),
    };
    let month = months.get(day.month0() as usize).copied().unwrap_or_default();
    let dot = if language == "de" { "." } else { "" };
    format!("{}{dot}{of}{month}{of}{}", day.day(), day.year())
}
