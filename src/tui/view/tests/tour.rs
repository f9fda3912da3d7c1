//! The tour's strip: below everything, hiding nothing.

use super::fixture::Desk;
use super::scenes::{SIZES, scene};
use super::{drawn, letters, theme};

#[test]
fn it_stands_below_the_desk() {
    let begin = |desk: &mut Desk| {
        desk.keys("g T");
    };
    scene("tour", Desk::busy, begin);
    for (w, h) in SIZES {
        let mut desk = Desk::busy(w, h);
        begin(&mut desk);
        let strip = |desk: &mut Desk| {
            let picture = letters(&drawn(desk, theme()).0);
            let lines: Vec<String> = picture.lines().map(str::to_owned).collect();
            let at = lines.iter().position(|l| l.contains("Tour, 1 of 11"));
            at.map(|at| (lines[at - 1].clone(), lines[at..].join("\n")))
        };
        let Some((above, said)) = strip(&mut desk) else {
            assert!(h < 16, "{w}x{h} has room for it");
            continue;
        };
        assert!(above.contains('?'), "the hint line stands above it: {above}");
        assert!(said.contains("g S skips it"), "{said}");
        // A list as large as the screen leaves it alone.
        desk.keys("?");
        let (_, under) = strip(&mut desk).expect("it is still there");
        assert!(under.contains("Who waits, what is yours"), "{under}");
    }
}
