//! Which form a number takes, as Unicode's CLDR has it (plural rules, cardinal, whole numbers).

/// A form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// None, where a language has a form of its own for it.
    Zero,
    /// One, and whatever else reads like it.
    One,
    /// Two.
    Two,
    /// A few.
    Few,
    /// Many.
    Many,
    /// The rest; every language has it.
    Other,
}

impl Category {
    /// Every category.
    pub const ALL: [Category; 6] =
        [Category::Zero, Category::One, Category::Two, Category::Few, Category::Many, Category::Other];

    /// Its name in a file of words.
    pub fn word(self) -> &'static str {
        match self {
            Category::Zero => "zero",
            Category::One => "one",
            Category::Two => "two",
            Category::Few => "few",
            Category::Many => "many",
            Category::Other => "other",
        }
    }
}

/// The language without its region: `pt` of `pt-BR`.
fn base(code: &str) -> &str {
    code.split(['-', '_']).next().unwrap_or(code)
}

/// The forms a language has.
pub fn categories(code: &str) -> &'static [Category] {
    use Category::{Few, Many, One, Other};
    match base(code) {
        "ar" => &Category::ALL,
        "ru" | "uk" | "pl" => &[One, Few, Many, Other],
        "cs" | "sk" | "hr" | "sr" | "bs" | "ro" => &[One, Few, Other],
        "id" | "ja" | "ko" | "ms" | "th" | "vi" | "zh" => &[Other],
        _ => &[One, Other],
    }
}

/// The form a number takes.
pub fn category(code: &str, n: u64) -> Category {
    use Category::{Few, Many, One, Other, Two, Zero};
    let (ten, hundred) = (n % 10, n % 100);
    let teens = (11..=14).contains(&hundred);
    match base(code) {
        "ar" => match n {
            0 => Zero,
            1 => One,
            2 => Two,
            _ if (3..=10).contains(&hundred) => Few,
            _ if hundred >= 11 => Many,
            _ => Other,
        },
        "fr" | "pt" if n <= 1 => One,
        "fr" | "pt" => Other,
        "ru" | "uk" | "hr" | "sr" | "bs" if ten == 1 && hundred != 11 => One,
        "ru" | "uk" | "hr" | "sr" | "bs" if (2..=4).contains(&ten) && !teens => Few,
        "ru" | "uk" => Many,
        "pl" if n == 1 => One,
        "pl" if (2..=4).contains(&ten) && !teens => Few,
        "pl" => Many,
        "cs" | "sk" if (2..=4).contains(&n) => Few,
        "ro" if n == 0 || (n != 1 && (1..=19).contains(&hundred)) => Few,
        "id" | "ja" | "ko" | "ms" | "th" | "vi" | "zh" => Other,
        _ if n == 1 => One,
        _ => Other,
    }
}
