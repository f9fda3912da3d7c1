//! Search as one types, over 100,000 articles, through the desk's own query path.

use std::time::Instant;

use cordboard::store::cache::{CacheReader, FILE};
use cordboard::store::search::ArticleQuery;

use crate::figures::{Report, ms, rank};
use crate::words::Dice;
use crate::world::World;

/// Every prefix of words drawn from the corpus, from the first letter on, and mistyped titles.
pub fn measure(world: &World, report: &mut Report) {
    let mut reader = CacheReader::open(&world.desk.join("desk").join(FILE)).expect("the cache");
    let mut dice = Dice(42);
    let mut typed = Vec::new();
    for words in 1..=3 {
        for _ in 0..40 {
            let text = dice.words(words);
            let from = text.rfind(' ').map_or(1, |i| i + 2);
            typed.extend((from..=text.len()).filter_map(|end| text.get(..end)).map(str::to_owned));
        }
    }
    let mut times: Vec<f64> = typed.iter().map(|text| one(&mut reader, text)).collect();
    let floor = floor(&mut reader);
    report.time("search as you type, median", rank(&mut times, 0.5), 8.0, 2.0, floor, 8.0);
    report.time("search as you type, p99", rank(&mut times, 0.99), 20.0, 8.0, floor, 20.0);
}

fn one(reader: &mut CacheReader, text: &str) -> f64 {
    let start = Instant::now();
    let query = ArticleQuery { words: text, suggest: "", locale: "en", limit: 20, today: "2026-11-22" };
    let hits = reader.search_articles(&query).expect("a search never fails");
    std::hint::black_box(hits);
    ms(start.elapsed())
}

/// The floor: a hundred articles read by their numbers, ms, as a median.
fn floor(reader: &mut CacheReader) -> f64 {
    let ids: Vec<_> = reader
        .search_articles(&ArticleQuery { locale: "en", limit: 100, ..ArticleQuery::default() })
        .expect("a search never fails")
        .into_iter()
        .map(|head| head.id)
        .collect();
    let mut times: Vec<f64> = (0..40)
        .map(|_| {
            let start = Instant::now();
            for id in &ids {
                std::hint::black_box(reader.article(*id).expect("the cache can be read"));
            }
            ms(start.elapsed())
        })
        .collect();
    rank(&mut times, 0.5)
}
