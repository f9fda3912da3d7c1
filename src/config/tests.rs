//! Salvage, layers, and the truth of the example.

use super::*;

fn read(text: &str) -> Loaded {
    let mut loaded = Loaded::default();
    file::read(Path::new("c.toml"), text, &mut loaded);
    loaded
}

fn said(loaded: &Loaded) -> Vec<String> {
    loaded.problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_clean_file_sets_what_it_says() {
    let loaded = read("\u{feff}[desk]\r\ntheme = \"mono\"\r\nmouse = false\r\n[host]\nlisten = \"none\"\n");
    assert_eq!(said(&loaded), Vec::<String>::new());
    assert_eq!(loaded.config.desk.theme, table::Theme::Mono);
    assert!(!loaded.config.desk.mouse);
    assert_eq!(loaded.config.host.listen, None);
    assert!(loaded.config.desk.bell, "what is not named keeps its default");
}

#[test]
fn wrong_keys_and_values_are_named_and_the_rest_holds() {
    let text = "\
[desk]
thmee = \"dark\"
symbols = \"fancy\"
mouse = \"yes\"
bell = false
rate_limit = 3

[serber]
listen = \"x\"

[server]
listen = \"nowhere\"
body_limit = 2048
rate_limit = 0
";
    let loaded = read(text);
    assert_eq!(
        said(&loaded),
        [
            "c.toml:2: desk.thmee: there is no such setting; did you mean theme?",
            "c.toml:3: desk.symbols: it is \"fancy\", it should be \"auto\", \"unicode\", \"ascii\"; \"auto\" is used instead",
            "c.toml:4: desk.mouse: it is \"yes\", it should be true or false; true is used instead",
            "c.toml:6: desk.rate_limit: there is no such setting; it belongs under [server]",
            "c.toml:8: serber: there is no such section; did you mean server?",
            "c.toml:12: server.listen: it is \"nowhere\", it should be an address and port in quotes, such as \"127.0.0.1:7420\"; \"0.0.0.0:7420\" is used instead",
            "c.toml:14: server.rate_limit: it is 0, it should be from 1 to 100000; 50 is used instead",
        ]
    );
    assert!(!loaded.config.desk.bell);
    assert_eq!(loaded.config.server.body_limit, 2048);
}

#[test]
fn a_broken_line_is_named_and_the_rest_holds() {
    let loaded = read("[desk]\nmouse = = false\nbell = false\n[keys.desk]\noffer-accept = \"a\"\n");
    assert!(!loaded.config.desk.bell);
    assert_eq!(loaded.config.keys.len(), 1);
    assert!(said(&loaded)[0].starts_with("c.toml:2: "), "{:?}", said(&loaded));
}

#[test]
fn keys_are_one_a_list_or_none() {
    let text = "[keys.desk]\na-b = \"x\"\nc-d = [\"y\", \"g z\"]\ne-f = \"none\"\ng-h = 7\n[keys]\nflat = \"x\"\n";
    let loaded = read(text);
    let got: Vec<(&str, &[String], Option<usize>)> =
        loaded.config.keys.iter().map(|b| (b.action.as_str(), b.keys.as_slice(), b.line)).collect();
    assert_eq!(got[0], ("a-b", ["x".to_owned()].as_slice(), Some(2)));
    assert_eq!(got[1], ("c-d", ["y".to_owned(), "g z".to_owned()].as_slice(), Some(3)));
    assert_eq!(got[2], ("e-f", [].as_slice(), Some(4)));
    assert_eq!(
        said(&loaded),
        [
            "c.toml:5: keys.desk.g-h: a key is text in quotes, a list of them, or \"none\"; the built-in key stays",
            "c.toml:7: keys.flat: keys stand in a section of their own; write [keys.<context>] and under it action = \"key\"",
        ]
    );
}

#[test]
fn flags_beat_the_environment_which_beats_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.toml");
    std::fs::write(&path, "[desk]\ntheme = \"dark\"\nsymbols = \"ascii\"\nmouse = false\n").expect("written");
    let pairs = |list: &[(&str, &str)]| list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let loaded = load(&Sources {
        chosen: None,
        file: Some(path),
        named: true,
        environment: pairs(&[
            ("CORDBOARD_DESK_THEME", "light"),
            ("CORDBOARD_SERVER_RATE_LIMIT", "10"),
            ("CORDBOARD_DESK_THEM", "light"),
            ("CORDBOARD_DATA", "/somewhere"),
            ("CORDBOARD_DESK_MOUSE", "maybe"),
            ("HOME", "/root"),
        ]),
        flags: pairs(&[("desk.theme", "mono"), ("desk.thene", "mono")]),
    });
    assert_eq!(loaded.config.desk.theme, table::Theme::Mono);
    assert_eq!(loaded.config.desk.symbols, table::Symbols::Ascii);
    assert_eq!(loaded.config.server.rate_limit, 10);
    assert!(!loaded.config.desk.mouse, "a wrong variable leaves the file's value");
    assert_eq!(
        said(&loaded),
        [
            "environment: CORDBOARD_DESK_THEM: there is no setting desk_them; did you mean CORDBOARD_DESK_THEME?",
            "CORDBOARD_DESK_MOUSE: desk.mouse: it is \"maybe\", it should be true or false; false is used instead",
            "--set: desk.thene: there is no such setting; did you mean desk.theme?",
        ]
    );
}

#[test]
fn a_missing_file_matters_only_when_it_was_named() {
    let missing = Some(PathBuf::from("/nonexistent/config.toml"));
    assert!(load(&Sources { file: missing.clone(), ..Sources::default() }).problems.is_empty());
    let loaded = load(&Sources { file: missing, named: true, ..Sources::default() });
    assert!(said(&loaded)[0].contains("cannot be read"), "{:?}", said(&loaded));
}

#[test]
fn a_file_that_is_not_text_is_named_with_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.toml");
    std::fs::write(&path, b"[desk]\ntheme = \"\xff\"\n").expect("written");
    let loaded = load(&Sources { file: Some(path), ..Sources::default() });
    assert_eq!(loaded.problems[0].line, Some(2));
}

#[test]
fn the_example_without_its_comment_marks_is_the_default() {
    let text = example(&[KeyRow {
        context: "desk".into(),
        action: "offer-accept".into(),
        keys: vec!["a".into(), "enter".into()],
        title: "Accept".into(),
    }]);
    assert_eq!(said(&read(&text)), Vec::<String>::new());
    assert_eq!(read(&text).config, Config::default());
    let bare: String = text
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') && !rest.is_empty() => rest,
            _ => line,
        })
        .collect::<Vec<_>>()
        .join("\n");
    let loaded = read(&bare);
    assert_eq!(said(&loaded), Vec::<String>::new());
    assert_eq!(loaded.config.keys.len(), 1);
    assert_eq!(Config { keys: Vec::new(), ..loaded.config }, Config::default());
    for setting in SETTINGS {
        assert!(bare.contains(&format!("\n{} = ", setting.key)), "{} is in the example", setting.path());
        assert!(setting.doc.iter().all(|line| line.len() > 10), "{} says what it is for", setting.path());
    }
}

#[test]
fn anything_at_all_can_be_read_without_a_panic() {
    for text in
        ["", "\0", "[", "[desk", "desk", "[desk]\n\"", "[[desk]]\n", "keys = 3", "[keys.a.b]\nc=1", "desk.theme.x = 1"]
    {
        read(text);
    }
    read(&"[desk]\n".repeat(2000));
    read(&format!("x = {}", "[".repeat(5000)));
}
