//! Frames as widgets send them, and as they must not be.

use super::*;
use proptest::prelude::*;

#[test]
fn frames_of_the_widget_are_read() {
    let say = r#"{"t":"do","n":2,"once":"0011aabb","deed":{"say":{"text":"hi","files":[{"id":"9007199254740993","name":"a","size":1}]}}}"#;
    let Ok(Up::Do { n: 2, deed: Deed::Say { text, files }, .. }) = Up::read(say) else { panic!("a message") };
    assert_eq!((text.as_str(), files[0].id()), ("hi", Some(FileId(9_007_199_254_740_993))));
    for text in [
        r#"{"t":"hello","v":1,"words":true,"token":null,"k":0,"lang":"de-AT","page":"https://a.example/","title":"A"}"#,
        r#"{"t":"do","n":1,"once":"0011aabb","deed":{"start":{"name":"Dana","email":"d@example.com","text":"?","menu":["a"]}}}"#,
        r#"{"t":"do","n":1,"once":"0011aabb","deed":{"leave":{}}}"#,
        r#"{"t":"do","n":1,"once":"0011aabb","deed":{"rate":{"mark":5}}}"#,
        r#"{"t":"typing","on":true}"#,
        r#"{"t":"read","k":7}"#,
    ] {
        assert!(Up::read(text).is_ok(), "{text}");
    }
}

#[test]
fn what_is_wrong_has_its_word() {
    let long = format!(r#"{{"t":"page","page":"{}"}}"#, "x".repeat(501));
    let huge = format!(r#"{{"t":"page","page":"{}"}}"#, "x".repeat(MAX_FRAME));
    let files = format!("[{}]", [r#"{"id":"1"}"#; MAX_FILES + 1].join(","));
    let files = format!(r#"{{"t":"do","n":1,"once":"0011aabb","deed":{{"say":{{"text":"","files":{files}}}}}}}"#);
    for (text, why) in [
        ("", Why::Frame),
        ("[]", Why::Frame),
        (r#"{"t":"shout"}"#, Why::Frame),
        (r#"{"t":"typing","on":true,"more":1}"#, Why::Frame),
        (r#"{"t":"typing","on":1}"#, Why::Frame),
        (r#"{"t":"hello","v":2}"#, Why::Version),
        (r#"{"t":"do","n":-1,"once":"0011aabb","deed":{"leave":{}}}"#, Why::Frame),
        (r#"{"t":"do","n":1,"once":"../etc/x","deed":{"leave":{}}}"#, Why::Frame),
        (r#"{"t":"do","n":1,"once":"0011aabb","deed":{"say":{"text":"  "}}}"#, Why::Empty),
        (r#"{"t":"do","n":1,"once":"0011aabb","deed":{"say":{"text":"","files":[{"id":"x"}]}}}"#, Why::File),
        (r#"{"t":"do","n":1,"once":"0011aabb","deed":{"rate":{"mark":6}}}"#, Why::Wrong),
        (r#"{"t":"do","n":1,"once":"0011aabb","deed":{"mail":{"email":"a@b"}}}"#, Why::Email),
        (r#"{"t":"do","n":1,"once":"0011aabb","deed":{"start":{"email":"a b@c.de","text":"?"}}}"#, Why::Email),
        (r#"{"t":"do","n":1,"once":"0011aabb","deed":{"start":{"text":"?","admin":true}}}"#, Why::Frame),
        (&long, Why::Long),
        (&huge, Why::Long),
        (&files, Why::File),
    ] {
        assert_eq!(Up::read(text), Err(why), "{text:.90}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_reading_stumble(text in "\\PC{0,200}|[{}\\[\\]\",:a-z0-9]{0,200}") {
        let _ = Up::read(&text);
    }
}
