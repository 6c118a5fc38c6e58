//! The chart: for the main rows of AES-128, which share of the limit everyone reaches, or how fast software is.

use std::error::Error;

use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use crate::{
    candidates::Class,
    measure::Measured,
    report::Report,
    work::{Operation, Row, mixed_lengths},
};

const SIZE: (u32, u32) = (900, 430);
/// Where the bars stand: left, right, the uppermost line and that of 0.
const LEFT: i32 = 56;
const RIGHT: i32 = 890;
const TOP: i32 = 110;
const ZERO: i32 = 350;

const INK: RGBColor = RGBColor(40, 40, 40);
const GRID: RGBColor = RGBColor(222, 222, 222);
/// Ours and the peers': told apart by the colour-blind too (after Okabe and Ito).
const OURS: [RGBColor; 3] = [RGBColor(0, 90, 160), RGBColor(86, 180, 233), RGBColor(160, 215, 245)];
const PEERS: [RGBColor; 3] = [RGBColor(230, 159, 0), RGBColor(0, 158, 115), RGBColor(204, 121, 167)];

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

/// What the height of a bar means.
struct Scale {
    title: &'static str,
    note: &'static str,
    unit: &'static str,
    /// The value of the uppermost line, and of the lowest above 0.
    top: f64,
    step: f64,
}

impl Scale {
    const SHARE: Scale = Scale {
        title: "AES-128: share of the processor's limit",
        note: "The limit is the AES instructions alone at their measured throughput; for one message of CBC encryption, at \
               their latency.",
        unit: " %",
        top: 100.0,
        step: 25.0,
    };

    /// Megabytes per second: four or five lines at round numbers.
    fn speed(fastest: f64) -> Self {
        let steps = (0..).flat_map(|zeros| [1.0, 2.0, 5.0].map(|step| step * 10_f64.powi(zeros)));
        let step = steps.into_iter().find(|step| 5.0 * step >= fastest).unwrap_or(fastest);
        Scale {
            title: "AES-128 without AES instructions: MB/s on one core",
            note: "In place, keys ready. All of them in one process on one core, in turn.",
            unit: "",
            top: step * (fastest / step).ceil(),
            step,
        }
    }

    fn y(&self, value: f64) -> i32 {
        ZERO - (value / self.top * f64::from(ZERO - TOP)).round() as i32
    }
}

/// How high a bar is: percents of the limit, or megabytes per second.
fn value(class: Class, measured: &Measured, column: usize) -> Option<f64> {
    match class {
        Class::Open => measured.share_of_limit(column).map(|share| 100.0 * share),
        Class::Software => Some((16 * measured.row.blocks()) as f64 / measured.times[column] * 1e3),
    }
}

/// Draws the rows that the report has.
pub fn svg(report: &Report) -> Result<String, Box<dyn Error>> {
    let shown: Vec<(&Measured, [&str; 2])> = groups()
        .into_iter()
        .filter_map(|(wanted, label)| {
            let same = |measured: &&Measured| measured.row == wanted && value(report.class, measured, 0).is_some();
            report.rows.iter().find(same).map(|measured| (measured, label))
        })
        .collect();
    // Ours and the peers. Of AES instructions one of our backends will do, the others are for the table.
    let (peers, mut ours): (Vec<usize>, Vec<usize>) = (0..report.columns.len()).partition(|&i| report.columns[i].1);
    let scale = match report.class {
        Class::Open => {
            ours.truncate(1);
            Scale::SHARE
        }
        Class::Software => {
            let columns = 0..report.columns.len();
            let all = shown.iter().flat_map(|(row, _)| columns.clone().filter_map(|i| value(report.class, row, i)));
            Scale::speed(all.fold(0.0, f64::max))
        }
    };
    let bars: Vec<(usize, &RGBColor)> = ours.into_iter().zip(&OURS).chain(peers.into_iter().zip(&PEERS)).collect();

    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let text = |words: &str, size: u32, at: (i32, i32), h: HPos, colour: &RGBColor| {
            let style = ("sans-serif", size).into_font().color(colour).pos(Pos::new(h, VPos::Center));
            root.draw(&Text::new(words.to_owned(), at, style))
        };

        text(scale.title, 20, (LEFT, 24), HPos::Left, &INK)?;
        text(&format!("{}, {}", report.about.processor, report.about.date), 13, (LEFT, 48), HPos::Left, &INK)?;

        let mut at = LEFT;
        for &(column, colour) in &bars {
            let name = &report.columns[column].0;
            root.draw(&Rectangle::new([(at, 68), (at + 12, 80)], colour.filled()))?;
            text(name, 14, (at + 18, 75), HPos::Left, &INK)?;
            at += 50 + 8 * name.chars().count() as i32;
        }

        let lines = (scale.top / scale.step).round() as i32;
        for line in 0..=lines {
            let value = f64::from(line) * scale.step;
            let y = scale.y(value);
            // What can't be exceeded is a line like that of 0.
            let colour = if line == 0 || (line == lines && report.class == Class::Open) { &INK } else { &GRID };
            root.draw(&PathElement::new([(LEFT, y), (RIGHT, y)], colour))?;
            text(&format!("{value}{}", scale.unit), 13, (LEFT - 6, y), HPos::Right, &INK)?;
        }

        let group_width = (RIGHT - LEFT) / shown.len().max(1) as i32;
        let bar_width = (group_width - 12) / bars.len() as i32;
        for (group, (measured, label)) in shown.iter().enumerate() {
            let middle = LEFT + group_width * group as i32 + group_width / 2;
            let start = middle - bar_width * bars.len() as i32 / 2;
            for (i, &(column, colour)) in bars.iter().enumerate() {
                // The filter above has seen to it that there is one.
                let value = value(report.class, measured, column).unwrap_or(0.0);
                let left = start + bar_width * i as i32;
                // A hair's breadth between neighbours; what noise lifts over the limit is cut off below the legend.
                let top = scale.y(value.min(1.08 * scale.top));
                let corners = [(left, top), (left + bar_width - 1, ZERO)];
                root.draw(&Rectangle::new(corners, colour.filled()))?;
                if column == 0 {
                    let middle = left + bar_width / 2;
                    // In the bar, where no line of the grid runs through it; or above, if the bar is too low.
                    let (y, ink) = if top + 18 < ZERO { (top + 10, &WHITE) } else { (top - 8, colour) };
                    // Three digits are to fit.
                    let size = if bar_width < 18 { 9 } else { 11 };
                    text(&format!("{value:.0}"), size, (middle, y), HPos::Center, ink)?;
                }
            }
            text(label[0], 13, (middle, ZERO + 16), HPos::Center, &INK)?;
            text(label[1], 13, (middle, ZERO + 34), HPos::Center, &INK)?;
        }
        text(scale.note, 12, (LEFT, SIZE.1 as i32 - 18), HPos::Left, &INK)?;
        root.present()?;
    }
    Ok(svg)
}
