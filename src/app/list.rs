//! A selection in a list that may be longer than the screen.

/// Which line is selected and which is on top. The drawer tells how many fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct List {
    /// The selected line; 0 when there is none.
    pub selected: usize,
    /// The first line shown.
    pub top: usize,
    /// How many lines fit; 0 until the first drawing.
    pub page: usize,
}

impl List {
    /// Moves the selection by so many lines, not beyond the ends of `len` lines.
    pub fn step(&mut self, by: isize, len: usize) {
        self.select(self.selected.saturating_add_signed(by), len);
    }

    /// Moves by pages, leaving one line in common.
    pub fn turn(&mut self, pages: isize, len: usize) {
        let page = self.page.max(2) as isize - 1;
        self.step(pages * page, len);
    }

    /// Selects a line, or the last when there are fewer.
    pub fn select(&mut self, line: usize, len: usize) {
        self.selected = line.min(len.saturating_sub(1));
        self.show(len);
    }

    /// Tells how many lines fit.
    pub fn measured(&mut self, page: usize, len: usize) {
        self.page = page;
        self.show(len);
    }

    fn show(&mut self, len: usize) {
        if self.page == 0 {
            // Nothing is drawn; what is on top is a line all the same.
            self.top = self.top.min(len.saturating_sub(1));
            return;
        }
        // A list that scrolls by one line is written whole for each; by half a page, it seldom is.
        if self.selected < self.top || self.selected >= self.top + self.page {
            self.top = self.selected.saturating_sub(self.page / 2);
        }
        self.top = self.top.min(len.saturating_sub(self.page));
    }
}

/// A text longer than its pane that sticks to its end: the thread, newest at the bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scroll {
    /// Rows between the bottom of the pane and the end of the text; 0 sticks to the end.
    pub up: usize,
    /// Rows of the whole text, as drawn last.
    pub total: usize,
    /// Rows that fit.
    pub page: usize,
    /// Something was added below while scrolled up.
    pub unread: bool,
}

impl Scroll {
    /// Moves by rows, down is positive.
    pub fn step(&mut self, by: isize) {
        self.up = self.up.saturating_add_signed(-by).min(self.total.saturating_sub(self.page));
        self.unread &= self.up > 0;
    }

    /// Moves by pages.
    pub fn turn(&mut self, pages: isize) {
        self.step(pages * (self.page.max(2) as isize - 1));
    }

    /// To the end.
    pub fn to_end(&mut self) {
        self.up = 0;
        self.unread = false;
    }

    /// To the beginning.
    pub fn to_start(&mut self) {
        self.up = self.total.saturating_sub(self.page);
    }

    /// Tells how long the text is and how much fits. A reader who scrolled up keeps their place when the text
    /// grows at its end.
    pub fn measured(&mut self, total: usize, page: usize) {
        if self.up > 0 && self.total > 0 && total > self.total && self.page == page {
            self.up += total - self.total;
            self.unread = true;
        }
        (self.total, self.page) = (total, page);
        self.up = self.up.min(total.saturating_sub(page));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selection_stays_in_sight() {
        let mut list = List::default();
        list.measured(3, 10);
        list.step(4, 10);
        assert_eq!((list.selected, list.top), (4, 3));
        list.turn(5, 10);
        assert_eq!((list.selected, list.top), (9, 7));
        list.step(-100, 10);
        assert_eq!((list.selected, list.top), (0, 0));
        list.select(9, 2);
        assert_eq!(list.selected, 1);
        list.select(3, 0);
        assert_eq!(list.selected, 0);
    }

    #[test]
    fn a_reader_keeps_their_place() {
        let mut s = Scroll::default();
        s.measured(100, 10);
        s.step(-20);
        assert_eq!(s.up, 20);
        s.measured(105, 10);
        assert_eq!((s.up, s.unread), (25, true));
        s.to_end();
        s.measured(110, 10);
        assert_eq!((s.up, s.unread), (0, false));
    }
}
