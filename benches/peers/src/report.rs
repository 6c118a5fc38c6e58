//! The results in words: the table on the screen, and tab-separated values.

use std::{env, fmt, fs};

use time::OffsetDateTime;

use crate::{
    candidates::{self, Class},
    measure::Measured,
    work,
};

/// Without this a measurement says nothing: the processor, the day, the command.
pub struct About {
    pub processor: String,
    pub date: String,
    command: String,
}

impl About {
    pub fn here(class: Class) -> Self {
        let mut command = String::from("cargo run --release");
        if cfg!(aes_backend = "soft") {
            command.insert_str(0, "RUSTFLAGS='--cfg aes_backend=\"soft\"' ");
        }
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
        About { processor: processor(class), date: OffsetDateTime::now_utc().date().to_string(), command }
    }
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "processor: {}", self.processor)?;
        writeln!(f, "date: {}", self.date)?;
        write!(f, "command: {}", self.command)
    }
}

/// The processor's name, where Linux tells it, and those of its features that matter to the class.
fn processor(class: Class) -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |wanted: &str| {
        let fields = info.lines().filter_map(|line| line.split_once(':'));
        fields
            .map(|(name, value)| (name.trim(), value.trim()))
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| value)
    };
    let features: Vec<_> = field("flags")
        .or_else(|| field("Features"))
        .unwrap_or_default()
        .split_whitespace()
        .filter(|flag| match class {
            Class::Open => ["aes", "vaes", "avx2", "avx512f"].contains(flag),
            Class::Software => ["ssse3", "avx2", "avx512f", "asimd"].contains(flag),
        })
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
    pub class: Class,
    pub about: About,
    /// The name of each candidate, and whether it is a peer.
    pub columns: Vec<(String, bool)>,
    pub rows: Vec<Measured>,
}

impl Report {
    pub fn new(class: Class, about: About) -> Self {
        let columns =
            candidates::all(class, &work::key(16)).into_iter().map(|named| (named.name, named.peer)).collect();
        Report { class, about, columns, rows: Vec::new() }
    }

    pub fn print_header(&self) {
        let names: String =
            self.columns.iter().map(|(name, _)| format!(" {name:>width$}", width = width(name))).collect();
        let what = ["operation", "key", "length"].map(Into::into);
        self.print_line(what, "limit", &names, "of limit", ["best peer", "slowed"].map(Into::into));
    }

    /// Software has no limit but itself, and no columns for it.
    fn print_line(&self, what: [String; 3], limit: &str, times: &str, of_limit: &str, rest: [String; 2]) {
        let [operation, key, length] = what;
        let [best_peer, slowed] = rest;
        let (limit, of_limit) = match self.class {
            Class::Open => (format!(" {limit:>9}"), format!(" {of_limit:>8}")),
            Class::Software => Default::default(),
        };
        println!("{operation:<18} {key:>3} {length:>20}{limit}{times}{of_limit} {best_peer:>9} {slowed:>6}");
    }

    /// Takes a row and prints it at once: a run takes minutes.
    pub fn push(&mut self, row: Measured) {
        let times: String = self
            .columns
            .iter()
            .zip(&row.times)
            .map(|((name, _), time)| format!(" {:>width$}", number(Some(*time)), width = width(name)))
            .collect();
        let what = [row.row.operation.to_string(), (8 * row.row.key_len).to_string(), row.row.length()];
        let rest = [ratio(row.best_peer), ratio(Some(row.slowdown))];
        self.print_line(what, &number(row.limit), &times, &ratio(row.share_of_limit(0)), rest);
        self.rows.push(row);
    }

    pub fn print_notes(&self) {
        println!(
            "\nNanoseconds per call (median of the quieter half of the rounds), keys ready, in place, no padding.\n\
             `best peer`: fastest peer / roundkey, above 1 where roundkey is faster. `slowed`: how many times slower than at\n\
             its best the core was meanwhile; near 1 if it was ours alone."
        );
        if self.class == Class::Open {
            println!(
                "`limit`: the AES instructions alone, at their measured throughput, or latency for one message of CBC\n\
                 encryption from 256 B up. `of limit`: limit / roundkey."
            );
        }
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

        // Software has neither a limit nor rows that memory limits.
        let limited = self.class == Class::Open;
        let mut header: Vec<String> = ["operation", "key", "length"].map(Into::into).into();
        if limited {
            header.extend(["limit", "xor in place"].map(Into::into));
        }
        header.extend(self.columns.iter().map(|(name, _)| name.clone()));
        if limited {
            header.push("limit / roundkey".into());
        }
        header.extend(["best peer / roundkey", "slowed"].map(Into::into));
        line(header);
        for row in &self.rows {
            let exact = |number: Option<f64>| number.map_or(String::new(), |number| format!("{number:.3}"));
            let mut cells = vec![row.row.operation.to_string(), (8 * row.row.key_len).to_string(), row.row.length()];
            if limited {
                cells.extend([exact(row.limit), exact(row.memory)]);
            }
            cells.extend(row.times.iter().map(|time| exact(Some(*time))));
            if limited {
                cells.push(exact(row.share_of_limit(0)));
            }
            cells.extend([exact(row.best_peer), exact(Some(row.slowdown))]);
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
