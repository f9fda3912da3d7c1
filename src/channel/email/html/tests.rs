//! What pages read like.

use proptest::prelude::*;

use super::*;

fn text(html: &str) -> String {
    page(html).text
}

#[test]
fn paragraphs_breaks_and_blanks() {
    assert_eq!(text("<p>One  \n two</p><p>Three<br>four</p>"), "One two\n\nThree\nfour");
    assert_eq!(text("<div>a</div><div>b</div>"), "a\nb");
    assert_eq!(text("<div><div><p>a</p></div></div>\n\n<div><br></div><div>b</div>"), "a\n\nb");
    assert_eq!(text("a<b>b</b> <i> c</i>"), "ab c");
    assert_eq!(text("<pre>x\n  y</pre>z"), "x\n  y\n\nz");
}

#[test]
fn lists_tables_quotes_and_links() {
    assert_eq!(text("<ul><li>a<li>b</ul><ol><li>c</li><li>d</li></ol>"), "• a\n• b\n\n1. c\n2. d");
    assert_eq!(text("<ul><li>a<ul><li>b</li></ul></li></ul>"), "• a\n\n  • b");
    assert_eq!(text("<table><tr><td>Total</td><td>12 €</td></tr><tr><td>x</td></tr></table>"), "Total 12 €\nx");
    assert_eq!(text("hi<blockquote><p>a</p><blockquote>b</blockquote></blockquote>bye"), "hi\n\n> a\n>\n> > b\n\nbye");
    assert_eq!(text("<a href='https://x.org/y'>here</a>!"), "here <https://x.org/y>!");
    assert_eq!(text("<a href='https://x.org/'>x.org</a>"), "x.org");
    assert_eq!(text("<a href='mailto:a@b.c'>a@b.c</a>"), "a@b.c");
    assert_eq!(text("<a href='javascript:alert(1)'>here</a>"), "here");
    assert_eq!(text("<img src=x alt='Our  logo'><img src=y>"), "[Our logo]");
}

#[test]
fn hidden_things_stay_out() {
    assert_eq!(text("<head><title>t</title></head><style>a>b{}</style>x<script>if(a<b)alert('</p>')</script>y"), "xy");
    assert_eq!(text("<div style='DISPLAY : none'>psst<div>deep</div></div>seen"), "seen");
    assert_eq!(text("a<!-- b > c -->d<!DOCTYPE x><?xml?>"), "ad");
    assert_eq!(text("a\u{200b}\u{feff}&shy;b&nbsp;c"), "ab c");
}

#[test]
fn entities() {
    assert_eq!(
        text("&lt;b&gt; &amp;amp; &Uuml;&euro;&#8364;&#x20ac;&#128; &nosuch; &copy 5"),
        "<b> &amp; Ü€€€€ &nosuch; © 5"
    );
    assert_eq!(decoded("&#0;&#xd800;&#99999999999;&;&#;"), "\u{fffd}\u{fffd}\u{fffd}99;&;&#;");
}

#[test]
fn broken_pages_are_read_all_the_same() {
    assert_eq!(text("1 < 2 and <3"), "1 < 2 and <3");
    assert_eq!(text("<p title=\"a>b\">c"), "c");
    assert_eq!(text("<p title=\"a>b"), "b");
    assert_eq!(text("</div></ul></blockquote></a>x</pre>"), "x");
    assert_eq!(text("<a href=\"https://x.org"), "");
}

#[test]
fn programs_say_where_the_answered_mail_begins() {
    let html = "<div>Thanks!</div><div class=\"gmail_quote gmail_quote_container\"><div>On Mon wrote:</div><blockquote>old</blockquote></div>";
    let page = page(html);
    assert_eq!(&page.text[page.fold.expect("said")..], "On Mon wrote:\n\n> old");
    assert_eq!(super::page("<p>x</p><blockquote type=\"cite\">y</blockquote>").fold, Some(2));
    assert_eq!(super::page("<p>x</p><blockquote>y</blockquote>").fold, None);
}

#[test]
fn depth_costs_nothing() {
    let deep = "<blockquote>".repeat(50_000) + "x";
    assert!(text(&deep).len() < 100);
    let deep = "<div style=display:none>".repeat(50_000) + "x";
    assert_eq!(text(&deep), "");
}

proptest! {
    #[test]
    fn anything_can_be_read(html in "(<[a-z!/?]{0,3}[a-z ='\"<>&;#x0-9\u{e4}]{0,12}>?|.|&[a-z#0-9]{0,4};?){0,60}") {
        let page = page(&html);
        if let Some(at) = page.fold {
            prop_assert!(page.text.is_char_boundary(at));
        }
    }
}
