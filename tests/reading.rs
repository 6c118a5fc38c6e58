//! The guided reading, `src/fips197/reading.md`, leads somewhere: its links to source pages, which rustdoc doesn't check, its
//! sections and its exercises. (What it claims of AES is in its code, which runs as documentation tests.)

const READING: &str = include_str!("../src/fips197/reading.md");

/// Files under `src` that it links to. They are compiled in, as on some targets there is no file to be read.
macro_rules! files {
    ($($path:literal),* $(,)?) => { &[$(($path, include_str!(concat!("../src/", $path)))),*] };
}

const FILES: &[(&str, &str)] = files![
    "backend/hardware.rs",
    "backend/key_expansion.rs",
    "backend/portable.rs",
    "backend/portable/narrow.rs",
    "backend/portable/sbox.rs",
    "backend/portable/wide.rs",
    "backend/portable/word.rs",
    "backend/vperm.rs",
    "backend/x86.rs",
    "backend/x86/aesni.rs",
    "backend/x86/key_expansion.rs",
    "backend/x86/vaes256.rs",
    "backend/x86/vaes512.rs",
];

/// The page without its code and figures.
fn prose() -> impl Iterator<Item = &'static str> {
    let mut code = false;
    READING.lines().filter(move |line| {
        let fence = line.starts_with("```");
        code ^= fence;
        !code && !fence
    })
}

/// `[label]: address`, in the order of the page.
fn definitions() -> Vec<(&'static str, &'static str)> {
    prose().filter_map(|line| line.strip_prefix('[')?.split_once("]: ")).collect()
}

#[test]
fn source_pages_are_of_files_that_exist() {
    let mut linked = Vec::new();
    for (label, address) in definitions() {
        // As the page is at roundkey/fips197/index.html, here and on docs.rs.
        let path = address.strip_prefix("../../src/roundkey/").and_then(|page| page.strip_suffix(".html"));
        let path = path.unwrap_or_else(|| panic!("{address} is no page that rustdoc makes of a file"));
        assert!(FILES.iter().any(|(file, _)| *file == path), "src/{path} must be in FILES");
        assert!(format!("/{path}").ends_with(&format!("/{}", label.trim_matches('`'))), "{label} leads to {path}");
        assert!(READING.matches(&format!("[{label}]")).count() > 1, "{label}: nothing links to it");
        linked.push(path);
    }
    for (file, _) in FILES {
        assert!(linked.contains(file), "{file} isn't linked to any more");
    }
}

#[test]
fn functions_are_in_the_files_they_are_linked_to() {
    let definitions = definitions();
    let prose: String = prose().collect::<Vec<_>>().join("\n");
    let mut functions = 0;
    for (i, _) in prose.match_indices("`][") {
        let name = prose[..i].rsplit_once("[`").unwrap().1;
        let label = prose[i + 3..].split_once(']').unwrap().0;
        let (_, address) =
            definitions.iter().find(|(of, _)| *of == label).unwrap_or_else(|| panic!("[{label}] is not defined"));
        let (path, source) =
            FILES.iter().find(|(file, _)| address.ends_with(&format!("/roundkey/{file}.html"))).unwrap();
        let there = [format!("fn {name}("), format!("fn {name}<")].iter().any(|head| source.contains(head));
        assert!(there, "there is no function {name} in src/{path}");
        functions += 1;
    }
    assert!(functions >= 20, "only {functions} links were found");
}

#[test]
fn sections_are_in_their_order() {
    let sections: Vec<_> = prose().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(
        sections,
        [
            "Bytes and fields",
            "The state",
            "The four steps",
            "The key schedule",
            "The inverse",
            "Modes",
            "The same in registers",
        ]
    );
}

#[test]
fn all_exercises_are_asked_for_in_their_order() {
    let commands = READING.lines().filter_map(|line| line.strip_prefix("cargo run --example exercises -- "));
    let exercises: Vec<usize> = commands.map(|number| number.parse().unwrap()).collect();
    assert_eq!(exercises, (1..=12).collect::<Vec<_>>());
}
