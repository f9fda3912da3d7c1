//! Headers of every kind, and rows broken in every way.

use super::*;

fn read_all(text: &[u8]) -> Vec<Item> {
    let (items, _) = read(std::io::Cursor::new(text.to_vec()), None).expect("a header");
    items.collect()
}

fn customer_of(item: &Item) -> &Customer {
    match item.record.as_deref() {
        Ok(Record::Customer(c)) => c,
        other => panic!("a customer, not {other:?}"),
    }
}

fn reasons(items: &[Item]) -> Vec<String> {
    items.iter().filter_map(|i| i.record.as_ref().err().map(|why| format!("{}: {why}", i.place))).collect()
}

#[test]
fn our_own_columns() {
    let text = "\u{feff}ref,name,phones,emails,handle,locale,zone,plan,flags,note,since\r\n\
        LT-1,Dana Holt,+447700900123;+44 20 7946 0922,d@example.org,@danah,en-GB,Europe/London,Roam 60,vip;legal-hold,\"Says \"\"hi\"\", always\",2025-01-14\r\n";
    let items = read_all(text.as_bytes());
    assert_eq!(reasons(&items), Vec::<String>::new());
    let c = customer_of(&items[0]);
    assert_eq!(c.phones, ["+447700900123", "+442079460922"]);
    assert_eq!(c.flags, ["vip", "legal-hold"]);
    assert_eq!(c.note, "Says \"hi\", always");
    assert_eq!(items[0].place, Place::Line(2));
    assert_eq!(items[0].end, text.len() as u64);
}

#[test]
fn columns_by_other_names_and_another_mark() {
    let text = "Customer ID;First Name;Last Name;Mobile Phone;E-Mail;Favourite colour;Created At\n7;Ada;Byron;0044 7700 900123;ada@example.org;red;2024-02-03T10:00:00Z\n";
    let (items, warnings) = read(std::io::Cursor::new(text.as_bytes().to_vec()), None).expect("a header");
    let items: Vec<Item> = items.collect();
    let c = customer_of(&items[0]);
    assert_eq!((c.reference.as_str(), c.name.as_str(), c.since.as_str()), ("7", "Ada Byron", "2024-02-03"));
    assert_eq!(c.phones, ["+447700900123"]);
    assert_eq!(warnings, ["column \"Favourite colour\" is not used"]);
}

#[test]
fn files_without_the_columns_needed_are_told_which() {
    let wrong = |text: &str| read(std::io::Cursor::new(text.as_bytes().to_vec()), None).err().expect("no header");
    assert!(wrong("").contains("empty"));
    assert!(wrong("name,phone\n").contains("no column is a customer reference (found name, phone)"));
    assert!(wrong("ref,phone\n").contains("no column is a name"));
    assert!(wrong("[{\"ref\":1}]\n").contains("JSON"));
}

#[test]
fn broken_rows_cost_one_row_each() {
    let text = b"ref,name,email\n\
        1,One,one@example.org\n\
        2,Two\n\
        3,Three,three@example.org,extra\n\
        ,Four,four@example.org\n\
        5,,five@example.org\n\
        6,Six,six at example\n\
        1,Again,again@example.org\n\
        8,\"Eight, never closed,eight@example.org\n\
        9,Nine,nine@example.org\n\
        10,T\xffn,ten@example.org\n\
        11,\"El\nev\nen\",\"eleven@example.org\"\n\
        12,Twelve,twelve@example.org,,\n\
        \n\
        13,Thirteen \"the\" odd,t@example.org\n";
    let items = read_all(text);
    let good: Vec<&str> =
        items.iter().filter(|i| i.record.is_ok()).map(|i| customer_of(i).reference.as_str()).collect();
    assert_eq!(good, ["1", "9", "11", "12", "13"]);
    assert_eq!(customer_of(&items[10]).name, "El\nev\nen");
    assert_eq!(
        reasons(&items),
        [
            "line 3: it has 2 columns, the first line has 3",
            "line 4: it has 4 columns, the first line has 3",
            "line 5: the reference is missing",
            "line 6: the name is missing",
            "line 7: \"six at example\" is no e-mail address",
            "line 8: ref 1 was already on line 2",
            "line 9: a quote is opened and never closed",
            "line 11: column 2 is not UTF-8 text",
        ]
    );
}

#[test]
fn numbers_without_a_calling_code_warn_and_words_reject() {
    let items = read_all(b"ref,name,phone\n1,One,020 7946 0123\n2,Two,none of your business\n");
    assert_eq!(customer_of(&items[0]).phones, ["02079460123"]);
    assert!(items[0].warnings[0].contains("no calling code"));
    assert!(reasons(&items)[0].contains("is no phone number"));
    let (items, _) = read(std::io::Cursor::new(b"ref,name,phone\n1,One,020 7946 0123\n".to_vec()), Some("44".into()))
        .expect("a header");
    assert_eq!(customer_of(&items.collect::<Vec<_>>()[0]).phones, ["+442079460123"]);
}

#[test]
fn a_field_of_a_megabyte_is_refused_and_the_next_row_read() {
    let text =
        format!("ref,name,note\n1,One,{}\n2,Two,\"{}\n3,Three,ok\n", "x".repeat(1_000_000), "y".repeat(5_000_000));
    let items = read_all(text.as_bytes());
    let why = reasons(&items);
    assert!(why[0].starts_with("line 2: note is longer"), "{why:?}");
    assert!(why[1].starts_with("line 3: the line is longer"), "{why:?}");
    assert_eq!(customer_of(&items[2]).reference, "3");
}

#[test]
fn twenty_thousand_rows_with_one_in_a_hundred_broken() {
    let mut text = String::from("ref,name,phone,email\n");
    for n in 0..20_000 {
        let row = match n % 400 {
            0 => format!("C{n},\"Open {n},+4477009{n:05},c{n}@example.org"),
            100 => format!("C{n},Name {n},+4477009{n:05}"),
            200 => format!("C{n},Name {n},+4477009{n:05},nowhere"),
            300 => format!(",Name {n},+4477009{n:05},c{n}@example.org"),
            _ => format!("C{n},\"Name, {n}\",+4477009{n:05},c{n}@example.org"),
        };
        text.push_str(&row);
        text.push('\n');
    }
    let items = read_all(text.as_bytes());
    assert_eq!(items.len(), 20_000);
    assert_eq!(reasons(&items).len(), 200);
}
