//! A new scenario to write on: small, whole and clean, with a remark at every part.

/// The text of a new scenario with this name, for `cordboard sandbox new`.
pub fn text(id: &str) -> String {
    TEMPLATE.replace("@ID@", id)
}

const TEMPLATE: &str = r#"# A scenario of the training room. `cordboard sandbox lint` says what is wrong with it, file and line.
schema = 1
id = "@ID@"
title = "Where is my order"
about = "Sam Field writes about an order."       # for the trainee; gives nothing away
channel = "chat"                                 # voice, chat or email
locale = "en-GB"
level = 1                                        # 1 to 4
seed = 1                                         # with the attempt it decides what chance decides
budget_s = 300                                   # told in the report, never scored

[persona]
name = "Sam Field"
style = "anxious"                                # decides what they say by themselves
temper = 100                                     # how fast patience goes, percent
patience = 70                                    # at the start, 1 to 100
email = "sam.field@example.com"
speaks = "Short and worried."

[customer]
account = "ACC-2001"

[[hidden]]                                       # what they do not say by themselves
id = "gift"
fact = "It is a present for tomorrow."
ask = "Ask by when it is needed."

# --- what they say, and where they are then; the first one opens ---

[[node]]
id = "open"
say = "Hi, my order should have been here yesterday. Where is it?"

[[node]]
id = "needed"
say = "Tomorrow. It's my mother's birthday."

[[node]]
id = "relieved"
say = "Oh good, thank you! That works."
timeout_s = 30
on_timeout = "bye"

[[node]]
id = "bye"
say = "Bye!"
over = true

# --- what may be said: words, * for up to four words, word* for its beginning, (a|b) for either ---

[[intent]]
id = "ask-when"
any = ["(by|until) when * (need*|want*)", "when * need*", "what * date * (need*|for)"]
known = "gift"

[[intent]]
id = "offer-express"
any = ["(send|ship|deliver) * (express|again|replacement|new one|overnight|today)", "(express|replacement|overnight) * (today|delivery|parcel)"]

[[intent]]
id = "shrug"
any = ["(nothing|not much) i can do", "(wait|be patient) * (longer|few days|more)"]

# --- what leads where: the first that holds is taken ---

[[rule]]
when = { intent = ["shrug"] }
fail = "You sent a worried customer away with nothing."
say = "Seriously?"

[[rule]]
when = { intent = ["ask-when"] }
reveal = ["gift"]
goto = "needed"

[[rule]]
when = { intent = ["offer-express"], revealed = ["gift"] }
goto = "relieved"
effect = 20000

[[rule]]
when = { node = ["relieved"], intent = ["greet", "empathy", "timeframe"] }
goto = "bye"

# --- what counts; the points of each line add up to the rubric's ---

[[goal]]
id = "greets"
line = "opening"
points = 10
when = { intent = ["greet"] }
good = "You said hello."
better = "Say hello and who you are."

[[goal]]
id = "asks"
line = "discovery"
points = 20
when = { intent = ["ask-when"] }
good = "You asked by when it is needed."
better = "Ask by when it is needed: it is a present for tomorrow."

[[goal]]
id = "solves"
line = "resolution"
points = 35
when = { intent = ["offer-express"], revealed = ["gift"] }
good = "You sent another one in time."
better = "Send a replacement by express once you know when it is needed."

[[goal]]
id = "kind"
line = "communication"
points = 20
when = { intent = ["empathy"] }
good = "You named how it was for them."
better = "Say that you see why they worry."

[[note]]
fact = "what was sent and when"
any = ["(express|replacement)"]
points = 10

[end]
reason = ["Delivery › Late"]
outcome = ["Resolved"]
points = 5

[rubric]
opening = 10
verification = 0
discovery = 20
resolution = 35
communication = 20
documentation = 15
pass = 80
critical = ["resolution"]

[hints]
after_s = 25
cost = 3
steps = ["Ask by when it is needed.", "Offer an express replacement."]
"#;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sandbox::report::{Mode, report};
    use crate::sandbox::{lint, read, script};

    #[test]
    fn a_new_scenario_is_clean_and_can_be_passed_and_failed() {
        let words = read::words("en", include_str!("../../assets/scenarios/words/en.toml")).expect("reads");
        let scenario = read::scenario("new", &text("my-first")).unwrap_or_else(|f| panic!("{f}"));
        let ready =
            read::Ready::new("new", scenario, &words, read::Examples::new()).unwrap_or_else(|f| panic!("{}", f[0]));
        let faults = lint::lint("new", &text("new-one"), &ready, &BTreeSet::new());
        assert!(faults.is_empty(), "{faults:?}");
        let run = |text: &str| {
            let steps = script::read("run", text).expect("reads");
            report(&ready, &script::play(&ready, 0, &steps).0, Mode::Exam)
        };
        let good = run("> Hello Sam, I'm sorry to hear that.\n> By when do you need it?\n\
                        > I will send a replacement by express today.\n= Delivery › Late | Resolved | Express replacement sent");
        assert!(good.passed && good.total == 100, "{good:?}");
        assert!(!run("> There is nothing I can do.\n").passed);
    }
}
