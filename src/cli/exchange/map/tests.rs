//! Someone else's JSON, in small and invented.

use super::*;

const CUSTOMERS: &str = include_str!("../../../../tests/maps/shop-customers.toml");
const ORDERS: &str = include_str!("../../../../tests/maps/shop-orders.toml");
const SHOP_CUSTOMERS: &str = include_str!("../../../../tests/maps/shop-customers.json");
const SHOP_ORDERS: &str = include_str!("../../../../tests/maps/shop-orders.json");

fn run(map: &str, json: &str) -> Vec<Item> {
    let map = read(map).unwrap_or_else(|why| panic!("{why}"));
    let source = std::io::Cursor::new(json.as_bytes().to_vec());
    let entries = crate::cli::exchange::json::entries(source, map.path());
    map.apply(entries, Defaults { queue: "imported".into(), country: None, now: At(0) }).collect()
}

#[test]
fn an_object_of_objects_becomes_customers() {
    let items = run(CUSTOMERS, SHOP_CUSTOMERS);
    let Ok(Record::Customer(first)) = items[0].record.as_deref() else { panic!("{:?}", items[0]) };
    assert_eq!(first.reference, "mira_quist_1001");
    assert_eq!(first.name, "Mira Quist");
    assert_eq!(first.emails, ["mira.quist@example.com"]);
    assert!(first.note.contains("12 Alder Row"), "{}", first.note);
    let broken: Vec<String> =
        items.iter().filter_map(|i| i.record.as_ref().err().map(|why| format!("{}: {why}", i.place))).collect();
    assert_eq!(
        broken,
        [
            "entry 3 (no_name_1003): the name is missing",
            "entry 4 (bad_mail_1004): \"not an address\" is no e-mail address",
            "entry 5 (not_an_object): it is no object with fields",
        ]
    );
}

#[test]
fn orders_become_past_cases() {
    let items = run(ORDERS, SHOP_ORDERS);
    let Ok(Record::Case(case)) = items[0].record.as_deref() else { panic!("{:?}", items[0]) };
    assert_eq!(case.reference, "#W9000001");
    assert_eq!(case.customer.as_deref(), Some("mira_quist_1001"));
    assert_eq!(case.status, Status::Open);
    assert!(case.subject.contains("Kettle"), "{}", case.subject);
    assert!(case.messages[0].body.contains("Kettle"), "{}", case.messages[0].body);
    let why = items[2].record.as_ref().expect_err("an unknown status");
    assert!(why.starts_with("status: the map has nothing for \"lost at sea\""), "{why}");
}

#[test]
fn slips_in_the_map_have_a_line() {
    assert!(
        read("[customer]\nref = \"{a\"\nname = \"x\"\n").expect_err("wrong").starts_with("line 2: a { is not closed")
    );
    assert!(
        read("[customer]\nref = \"x\"\nnmae = \"x\"\n").expect_err("wrong").starts_with("line 3: unknown field `nmae`")
    );
    assert!(read("records = \"\"\n").expect_err("wrong").contains("neither"));
    assert!(
        read("[case]\nref = {each = \"x\"}\nsubject=\"s\"\n").expect_err("wrong").starts_with("line 2: a field is")
    );
}

#[test]
fn times_of_every_kind() {
    let at = |t: &str| moment(t, "at").expect("a time").expect("not empty").to_rfc3339();
    assert_eq!(at("2025-06-30T14:05:00+02:00"), "2025-06-30T12:05:00.000Z");
    assert_eq!(at("2025-06-30 14:05:00"), "2025-06-30T14:05:00.000Z");
    assert_eq!(at("2025-06-30"), "2025-06-30T00:00:00.000Z");
    assert_eq!(at("1750000000"), at("1750000000000"));
    assert!(moment("soon", "at").is_err());
}
