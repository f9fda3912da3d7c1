//! Which panes a screen of a given size shows. Geometry is the drawer's; the decision is here, pure.

/// What can have the focus. Composer and wrap-up live inside the conversation's column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Pane {
    /// Who waits, what is mine, what I promised.
    #[default]
    Queue,
    /// The thread of the open case.
    Conversation,
    /// The reply or note being written.
    Composer,
    /// Reason, outcome, note, follow-up.
    WrapUp,
    /// Who the customer is and their timeline.
    Customer,
    /// Article search.
    Knowledge,
}

impl Pane {
    /// Every pane, in the order Tab walks them.
    pub const ALL: [Pane; 6] =
        [Pane::Queue, Pane::Conversation, Pane::Composer, Pane::WrapUp, Pane::Customer, Pane::Knowledge];

    /// The word shown in borders, tabs and help.
    pub fn title(self) -> &'static str {
        match self {
            Pane::Queue => t!("Queue"),
            Pane::Conversation => t!("Conversation"),
            Pane::Composer => t!("Composer"),
            Pane::WrapUp => t!("Wrap-up"),
            Pane::Customer => t!("Customer"),
            Pane::Knowledge => t!("Knowledge"),
        }
    }

    /// The column it is drawn in.
    pub fn column(self) -> Column {
        match self {
            Pane::Queue => Column::Queue,
            Pane::Conversation | Pane::Composer | Pane::WrapUp => Column::Work,
            Pane::Customer => Column::Customer,
            Pane::Knowledge => Column::Knowledge,
        }
    }
}

/// What is shown or hidden as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Column {
    /// The queue pane.
    #[default]
    Queue,
    /// Conversation with composer and wrap-up below it.
    Work,
    /// The customer pane.
    Customer,
    /// The knowledge pane.
    Knowledge,
}

impl Column {
    /// Every column, left to right; also the order of the tab bar.
    pub const ALL: [Column; 4] = [Column::Queue, Column::Work, Column::Customer, Column::Knowledge];

    /// The word on its tab.
    pub fn title(self) -> &'static str {
        match self {
            Column::Queue => t!("Queue"),
            Column::Work => t!("Conversation"),
            Column::Customer => t!("Customer"),
            Column::Knowledge => t!("Knowledge"),
        }
    }
}

/// How much fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// Under 40x10: one sentence.
    Sentence,
    /// Under 80 columns: one column and the tab bar.
    One,
    /// From 80: work beside one other, and the tab bar.
    Two,
    /// From 100: queue, work and one of customer and knowledge, and the tab bar.
    Three,
    /// From 140 (and 20 rows): everything; customer above knowledge.
    All,
}

/// What a screen shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visible {
    /// How much fits.
    pub shape: Shape,
    /// The columns shown, left to right ([`Shape::All`] stacks the last two).
    pub columns: Vec<Column>,
    /// Whether there is a tab bar for the hidden ones.
    pub tabs: bool,
}

impl Visible {
    /// Whether a pane can be seen (whether it has anything to show is not asked).
    pub fn shows(&self, pane: Pane) -> bool {
        self.columns.contains(&pane.column())
    }
}

/// Decides what a screen of `w` by `h` shows. `focus` is always among it; `side` is the column that last had the
/// focus besides [`Column::Work`], and keeps its place beside the work.
pub fn visible(w: u16, h: u16, focus: Pane, side: Column) -> Visible {
    let column = focus.column();
    let beside = if column == Column::Work { side } else { column };
    let (shape, columns) = if w < 40 || h < 10 {
        (Shape::Sentence, Vec::new())
    } else if w < 80 {
        (Shape::One, vec![column])
    } else if w < 100 {
        let pair = match beside {
            Column::Queue | Column::Work => vec![Column::Queue, Column::Work],
            other => vec![Column::Work, other],
        };
        (Shape::Two, pair)
    } else if w < 140 || h < 20 {
        let right = if beside == Column::Knowledge { Column::Knowledge } else { Column::Customer };
        (Shape::Three, vec![Column::Queue, Column::Work, right])
    } else {
        (Shape::All, Column::ALL.to_vec())
    };
    Visible { shape, columns, tabs: !matches!(shape, Shape::All | Shape::Sentence) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_shows_the_focus() {
        for w in 40..200 {
            for h in 10..60 {
                for focus in Pane::ALL {
                    for side in Column::ALL {
                        let v = visible(w, h, focus, side);
                        assert!(v.shows(focus), "{w}x{h} {focus:?} {side:?}");
                        assert!(v.columns.is_sorted());
                    }
                }
            }
        }
        assert_eq!(visible(39, 50, Pane::Queue, Column::Queue).shape, Shape::Sentence);
        assert_eq!(visible(80, 9, Pane::Queue, Column::Queue).shape, Shape::Sentence);
    }

    #[test]
    fn breakpoints_are_those_of_the_design() {
        let shape = |w, h| visible(w, h, Pane::Conversation, Column::Queue).shape;
        assert_eq!(shape(79, 24), Shape::One);
        assert_eq!(shape(80, 24), Shape::Two);
        assert_eq!(shape(100, 24), Shape::Three);
        assert_eq!(shape(139, 40), Shape::Three);
        assert_eq!(shape(140, 40), Shape::All);
    }
}
