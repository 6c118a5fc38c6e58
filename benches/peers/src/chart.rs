//! The chart: for the main rows of AES-128, which share of the limit everyone reaches.

use std::error::Error;

use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use crate::{
    measure::Measured,
    report::Report,
    work::{Operation, Row, mixed_lengths},
};

const SIZE: (u32, u32) = (900, 430);
/// Where the bars stand: left, right, the lines of 100 % and of 0 %.
const LEFT: i32 = 56;
const RIGHT: i32 = 890;
const FULL: i32 = 110;
const ZERO: i32 = 350;

const INK: RGBColor = RGBColor(40, 40, 40);
const GRID: RGBColor = RGBColor(222, 222, 222);
/// Ours, then the peers': told apart by the colour-blind too (after Okabe and Ito).
const COLOURS: [RGBColor; 5] = [
    RGBColor(0, 90, 160),
    RGBColor(230, 159, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(140, 140, 140),
];

/// The rows to show, and what stands below each.
fn groups() -> Vec<(Row, [&'static str; 2])> {
    let one = |operation, blocks| Row::one(operation, 16, blocks);
    let many = |messages| Row::many(16, messages);
    vec![
        (one(Operation::EcbEncrypt, 16), ["ECB encrypt", "256 B"]),
        (one(Operation::EcbEncrypt, 1024), ["ECB encrypt", "16 KiB"]),
        (one(Operation::EcbDecrypt, 1024), ["ECB decrypt", "16 KiB"]),
        (one(Operation::CbcDecrypt, 16), ["CBC decrypt", "256 B"]),
        (one(Operation::CbcDecrypt, 1024), ["CBC decrypt", "16 KiB"]),
        (one(Operation::CbcEncrypt, 1024), ["CBC encrypt", "16 KiB"]),
        (many(vec![16; 16]), ["CBC encrypt", "16 × 256 B"]),
        (many(vec![1024; 16]), ["CBC encrypt", "16 × 16 KiB"]),
        (many(mixed_lengths()), ["CBC encrypt", "1000 mixed"]),
    ]
}

/// Draws the rows that the report has.
pub fn svg(report: &Report) -> Result<String, Box<dyn Error>> {
    let shown: Vec<(&Measured, [&str; 2])> = groups()
        .into_iter()
        .filter_map(|(wanted, label)| {
            let same = |measured: &&Measured| measured.row == wanted && measured.limit.is_some();
            report.rows.iter().find(same).map(|measured| (measured, label))
        })
        .collect();
    // Ours and the peers; the other backends are for the table.
    let bars: Vec<usize> = (0..report.columns.len()).filter(|&i| i == 0 || report.columns[i].1).collect();

    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let text = |words: &str, size: u32, at: (i32, i32), h: HPos, colour: &RGBColor| {
            let style = ("sans-serif", size).into_font().color(colour).pos(Pos::new(h, VPos::Center));
            root.draw(&Text::new(words.to_owned(), at, style))
        };
        let height = |share: f64| ZERO - (share * f64::from(ZERO - FULL)).round() as i32;

        text("AES-128: share of the processor's limit", 20, (LEFT, 24), HPos::Left, &INK)?;
        text(&format!("{}, {}", report.about.processor, report.about.date), 13, (LEFT, 48), HPos::Left, &INK)?;

        let mut at = LEFT;
        for (&column, colour) in bars.iter().zip(COLOURS.iter().cycle()) {
            let name = &report.columns[column].0;
            root.draw(&Rectangle::new([(at, 68), (at + 12, 80)], colour.filled()))?;
            text(name, 14, (at + 18, 75), HPos::Left, &INK)?;
            at += 50 + 8 * name.chars().count() as i32;
        }

        for percent in [0, 25, 50, 75, 100] {
            let y = height(f64::from(percent) / 100.0);
            let colour = if percent % 100 == 0 { &INK } else { &GRID };
            root.draw(&PathElement::new([(LEFT, y), (RIGHT, y)], colour))?;
            text(&format!("{percent} %"), 13, (LEFT - 6, y), HPos::Right, &INK)?;
        }

        let group_width = (RIGHT - LEFT) / shown.len().max(1) as i32;
        let bar_width = (group_width - 12) / bars.len() as i32;
        for (group, (measured, label)) in shown.iter().enumerate() {
            let middle = LEFT + group_width * group as i32 + group_width / 2;
            let start = middle - bar_width * bars.len() as i32 / 2;
            for (i, (&column, colour)) in bars.iter().zip(COLOURS.iter().cycle()).enumerate() {
                // The filter above has seen to it that there is a limit.
                let share = measured.share_of_limit(column).unwrap_or(0.0);
                let left = start + bar_width * i as i32;
                // A hair's breadth between neighbours; what noise lifts over the limit is cut off below the legend.
                let corners = [(left, height(share.min(1.08))), (left + bar_width - 1, ZERO)];
                root.draw(&Rectangle::new(corners, colour.filled()))?;
                if column == 0 {
                    let percent = format!("{:.0}", 100.0 * share);
                    let (middle, top) = (left + bar_width / 2, height(share.min(1.08)));
                    // In the bar, where no line of the grid runs through it; or above, if the bar is too low.
                    let (y, ink) = if top + 18 < ZERO { (top + 10, &WHITE) } else { (top - 8, colour) };
                    text(&percent, 11, (middle, y), HPos::Center, ink)?;
                }
            }
            text(label[0], 13, (middle, ZERO + 16), HPos::Center, &INK)?;
            text(label[1], 13, (middle, ZERO + 34), HPos::Center, &INK)?;
        }
        let note = "The limit is the AES instructions alone at their measured throughput; for one message of CBC encryption, \
                    at their latency.";
        text(note, 12, (LEFT, SIZE.1 as i32 - 18), HPos::Left, &INK)?;
        root.present()?;
    }
    Ok(svg)
}
