//! The results in words: the table on the screen, and tab-separated values.

use std::{env, fmt, fs};

use time::OffsetDateTime;

use crate::{candidates, measure::Measured, work};

/// Without this a measurement says nothing: the processor, the day, the command.
pub struct About {
    pub processor: String,
    pub date: String,
    command: String,
}

impl About {
    pub fn here() -> Self {
        let mut command = String::from("cargo run --release");
        let features: Vec<_> = [("aws-lc", cfg!(feature = "aws-lc")), ("openssl", cfg!(feature = "openssl"))]
            .into_iter()
            .filter_map(|(feature, on)| on.then_some(feature))
            .collect();
        if !features.is_empty() {
            command += &format!(" --features {}", features.join(","));
        }
        let args: Vec<_> = env::args().skip(1).collect();
        if !args.is_empty() {
            command += &format!(" -- {}", args.join(" "));
        }
        About { processor: processor(), date: OffsetDateTime::now_utc().date().to_string(), command }
    }
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "processor: {}", self.processor)?;
        writeln!(f, "date: {}", self.date)?;
        write!(f, "command: {}", self.command)
    }
}

/// The processor's name, where Linux tells it, and those of its features that matter here.
fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |wanted: &str| {
        let fields = info.lines().filter_map(|line| line.split_once(':'));
        fields
            .map(|(name, value)| (name.trim(), value.trim()))
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| value)
    };
    let features: Vec<_> = field("flags")
        .unwrap_or_default()
        .split_whitespace()
        .filter(|flag| ["aes", "vaes", "avx2", "avx512f"].contains(flag))
        .collect();
    let mut name = field("model name").unwrap_or("unknown").to_owned();
    if let (Some(family), Some(model)) = (field("cpu family"), field("model")) {
        name += &format!(", family {family} model {model}");
    }
    if !features.is_empty() {
        name += &format!(" ({})", features.join(" "));
    }
    name
}

pub struct Report {
    pub about: About,
    /// The name of each candidate, and whether it is a peer.
    pub columns: Vec<(String, bool)>,
    pub rows: Vec<Measured>,
}

impl Report {
    pub fn new(about: About) -> Self {
        let columns = candidates::all(&work::key(16)).into_iter().map(|named| (named.name, named.peer)).collect();
        Report { about, columns, rows: Vec::new() }
    }

    pub fn print_header(&self) {
        let names: String =
            self.columns.iter().map(|(name, _)| format!(" {name:>width$}", width = width(name))).collect();
        println!(
            "{:<18} {:>3} {:>20} {:>9}{names} {:>8} {:>9} {:>6}",
            "operation", "key", "length", "limit", "of limit", "best peer", "slowed"
        );
    }

    /// Takes a row and prints it at once: a run takes minutes.
    pub fn push(&mut self, row: Measured) {
        let times: String = self
            .columns
            .iter()
            .zip(&row.times)
            .map(|((name, _), time)| format!(" {:>width$}", number(Some(*time)), width = width(name)))
            .collect();
        println!(
            "{:<18} {:>3} {:>20} {:>9}{times} {:>8} {:>9} {:>6}",
            row.row.operation,
            8 * row.row.key_len,
            row.row.length(),
            number(row.limit),
            ratio(row.share_of_limit(0)),
            ratio(row.best_peer),
            ratio(Some(row.slowdown)),
        );
        self.rows.push(row);
    }

    pub fn print_notes(&self) {
        println!(
            "\nNanoseconds per call (median of the quieter half of the rounds), keys ready, in place, no padding.\n\
             `limit`: the AES instructions alone, at their measured throughput, or latency for one message of CBC encryption\n\
             from 256 B up. `of limit`: limit / roundkey. `best peer`: fastest peer / roundkey, above 1 where roundkey is\n\
             faster. `slowed`: how many times slower than at its best the core was meanwhile; near 1 if it was ours alone."
        );
        for row in &self.rows {
            let Some(memory) = row.memory else { continue };
            let speed = |time: f64| format!("{:.1} GB/s", (16 * row.row.blocks()) as f64 / time);
            println!(
                "{}: XOR in place over the same buffer {} ({} ns),",
                row.row.name(),
                speed(memory),
                number(Some(memory))
            );
            for ((name, _), time) in self.columns.iter().zip(&row.times) {
                println!("    {name} {}", speed(*time));
            }
        }
    }

    /// The table as tab-separated values, comments in front.
    pub fn tsv(&self) -> String {
        let mut text: String = self.about.to_string().lines().map(|line| format!("# {line}\n")).collect();
        text += "# nanoseconds per call: median of the quieter half of the rounds\n";
        let mut line = |cells: Vec<String>| text += &(cells.join("\t") + "\n");

        let mut header: Vec<String> = ["operation", "key", "length", "limit", "xor in place"].map(Into::into).into();
        header.extend(self.columns.iter().map(|(name, _)| name.clone()));
        header.extend(["limit / roundkey", "best peer / roundkey", "slowed"].map(Into::into));
        line(header);
        for row in &self.rows {
            let exact = |number: Option<f64>| number.map_or(String::new(), |number| format!("{number:.3}"));
            let mut cells = vec![
                row.row.operation.to_string(),
                (8 * row.row.key_len).to_string(),
                row.row.length(),
                exact(row.limit),
            ];
            cells.push(exact(row.memory));
            cells.extend(row.times.iter().map(|time| exact(Some(*time))));
            cells.extend([exact(row.share_of_limit(0)), exact(row.best_peer), exact(Some(row.slowdown))]);
            line(cells);
        }
        text
    }
}

/// Room for a name, and for a time.
fn width(name: &str) -> usize {
    name.len().max(10)
}

fn number(time: Option<f64>) -> String {
    match time {
        None => "-".into(),
        Some(time) if time < 100.0 => format!("{time:.1}"),
        Some(time) => format!("{time:.0}"),
    }
}

fn ratio(ratio: Option<f64>) -> String {
    ratio.map_or("-".into(), |ratio| format!("{ratio:.2}"))
}
