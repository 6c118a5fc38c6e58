//! Why not ECB: a picture whose pixels are encrypted with ECB is still the picture, and with CBC it isn't.
//!
//! ```text
//! cargo run --example ecb_penguin -- three.png
//! cargo run --example ecb_penguin -- three.png --picture mine.png
//! ```
//!
//! It draws a penguin, or reads a PNG, and writes the picture, the same encrypted with ECB, and with CBC, side by side. A pixel is four
//! bytes (red, green, blue and a zero), so that a block is four pixels in a row; where the picture has large areas of one colour, blocks
//! are equal, and in ECB equal blocks stay equal.

#[path = "shared/end.rs"]
mod end;
#[path = "shared/whole.rs"]
mod whole;

use std::{
    collections::HashMap,
    error::Error,
    fs::{self, File},
    io::{self, BufReader, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;
use font8x8::legacy::BASIC_LEGACY;
use roundkey::{Aes128, Block, cbc, ecb};

type Result<T> = std::result::Result<T, Box<dyn Error>>;
type Pixel = [u8; 4];

/// So many are held several times, and there are three pictures of them.
const MOST_PIXELS: u64 = 25_000_000;
const PIXELS_IN_A_BLOCK: usize = size_of::<Block>() / size_of::<Pixel>();

#[derive(Parser)]
#[command(about = "Encrypts the pixels of a picture with ECB and with CBC, and shows them side by side")]
struct Arguments {
    /// The PNG to write
    output: PathBuf,
    /// A PNG to encrypt; without it a penguin is drawn
    #[arg(long, value_name = "PNG")]
    picture: Option<PathBuf>,
}

fn main() -> ExitCode {
    end::of("ecb_penguin", run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<ExitCode> {
    let picture = match &arguments.picture {
        Some(path) if are_one_file(path, &arguments.output) => {
            return Err(format!("{}: would be replaced by what is made of it", path.display()).into());
        }
        Some(path) => Picture::read(path).map_err(|error| format!("{}: {error}", path.display()))?,
        None => Picture::penguin(),
    };
    // Nobody needs to know the key any more: the pictures are not to be decrypted.
    let mut key = [0; 16];
    let mut iv = Block::default();
    getrandom::fill(&mut key)?;
    getrandom::fill(&mut iv)?;
    let key = Aes128::new(&key);
    let in_ecb = picture.encrypted(|bytes| ecb::encrypt(&key, bytes));
    let in_cbc = picture.encrypted(|bytes| cbc::encrypt(&key, &iv, bytes));
    let pictures = [("plain", picture), ("ECB", in_ecb), ("CBC", in_cbc)];
    let counts = pictures.each_ref().map(|(_, picture)| picture.repeated_blocks());
    whole::write(&arguments.output, &side_by_side(&pictures, &counts).to_png()?)?;
    // On stdout there may be the picture.
    let mut out: Box<dyn Write> =
        if arguments.output.is_file() { Box::new(io::stdout()) } else { Box::new(io::stderr()) };
    for ((name, _), (blocks, repeated)) in pictures.iter().zip(counts) {
        writeln!(out, "{name:5}  {repeated} of {blocks} blocks are there more than once")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// If both are there.
fn are_one_file(a: &Path, b: &Path) -> bool {
    fs::canonicalize(a).is_ok_and(|a| fs::canonicalize(b).is_ok_and(|b| a == b))
}

/// Row by row, each of whole blocks.
struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<Pixel>,
}

impl Picture {
    fn new(width: usize, height: usize, pixel: impl Fn(usize, usize) -> [u8; 3]) -> Self {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let pixels = pixels.map(|(x, y)| {
            let [red, green, blue] = pixel(x, y);
            [red, green, blue, 0]
        });
        Picture { width, height, pixels: pixels.collect() }
    }

    /// A few ellipses, each in one colour; the last one that covers a pixel is seen.
    fn penguin() -> Self {
        const ICE: [u8; 3] = [0xb8, 0xdc, 0xf0];
        const BLACK: [u8; 3] = [0x20, 0x22, 0x28];
        const WHITE: [u8; 3] = [0xf8, 0xf8, 0xf4];
        const ORANGE: [u8; 3] = [0xf0, 0x98, 0x20];
        // Middle, half axes, colour.
        let ellipses = [
            (70, 206, 26, 9, ORANGE),
            (122, 206, 26, 9, ORANGE),
            (40, 130, 14, 48, BLACK),
            (152, 130, 14, 48, BLACK),
            (96, 132, 60, 76, BLACK),
            (96, 60, 40, 42, BLACK),
            (96, 146, 40, 56, WHITE),
            (80, 60, 15, 20, WHITE),
            (112, 60, 15, 20, WHITE),
            (84, 62, 5, 8, BLACK),
            (108, 62, 5, 8, BLACK),
            (96, 82, 18, 8, ORANGE),
        ];
        Picture::new(192, 224, |x, y| {
            let covers = |&&(middle_x, middle_y, a, b, _): &&(i32, i32, i32, i32, _)| {
                let (x, y) = (x as i32 - middle_x, y as i32 - middle_y);
                (x * b).pow(2) + (y * a).pow(2) <= (a * b).pow(2)
            };
            ellipses.iter().rfind(covers).map_or(ICE, |(.., colour)| *colour)
        })
    }

    /// What is beyond the last whole block of a row is left out.
    fn read(path: &Path) -> Result<Self> {
        let mut decoder = png::Decoder::new(BufReader::new(File::open(path)?));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info()?;
        let pixels = u64::from(reader.info().width) * u64::from(reader.info().height);
        if pixels > MOST_PIXELS {
            return Err(format!("has {pixels} pixels; more than {MOST_PIXELS} take too much memory").into());
        }
        let mut bytes = vec![0; reader.output_buffer_size().ok_or("is too large")?];
        let info = reader.next_frame(&mut bytes)?;
        let samples = info.color_type.samples();
        let (width, height) = (info.width as usize, info.height as usize);
        if width < PIXELS_IN_A_BLOCK {
            return Err(format!("is {width} pixels wide, and a block is {PIXELS_IN_A_BLOCK}").into());
        }
        Ok(Picture::new(width - width % PIXELS_IN_A_BLOCK, height, |x, y| {
            let at = (y * width + x) * samples;
            // Grey has one sample for all three colours; what may come behind them says how transparent it is.
            if samples < 3 { [bytes[at]; 3] } else { [bytes[at], bytes[at + 1], bytes[at + 2]] }
        }))
    }

    /// The padding, behind the last pixel, is left out: there is no place for it.
    fn encrypted(&self, encrypt: impl Fn(&[u8]) -> Vec<u8>) -> Self {
        let ciphertext = encrypt(self.pixels.as_flattened());
        let pixels = ciphertext.as_chunks().0[..self.pixels.len()].to_vec();
        Picture { pixels, ..*self }
    }

    /// How many blocks there are, and how many of them are equal to another one.
    fn repeated_blocks(&self) -> (usize, usize) {
        let mut count = HashMap::new();
        let blocks = self.pixels.chunks(PIXELS_IN_A_BLOCK);
        let all = blocks.len();
        for block in blocks {
            *count.entry(block).or_insert(0_usize) += 1;
        }
        (all, count.into_values().filter(|count| *count > 1).sum())
    }

    /// Without the fourth byte, which no screen shows.
    fn to_png(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width.try_into()?, self.height.try_into()?);
        encoder.set_color(png::ColorType::Rgb);
        let colours: Vec<_> = self.pixels.iter().flat_map(|[red, green, blue, _]| [*red, *green, *blue]).collect();
        encoder.write_header()?.write_image_data(&colours)?;
        Ok(bytes)
    }

    fn draw(&mut self, picture: &Picture, left: usize, top: usize) {
        for (y, row) in picture.pixels.chunks(picture.width).enumerate() {
            let to = (top + y) * self.width + left;
            self.pixels[to..to + picture.width].copy_from_slice(row);
        }
    }

    /// ASCII, in letters of eight by eight dots, each `size` pixels wide and high.
    fn write(&mut self, text: &str, middle: usize, top: usize, size: usize) {
        let left = middle - text_width(text, size) / 2;
        for (place, letter) in text.bytes().enumerate() {
            let dots = BASIC_LEGACY[usize::from(letter)];
            for (y, x) in (0..8 * size).flat_map(|y| (0..8 * size).map(move |x| (y, x))) {
                if dots[y / size] >> (x / size) & 1 == 1 {
                    self.pixels[(top + y) * self.width + left + text_width("x", size) * place + x] =
                        [0x20, 0x20, 0x20, 0];
                }
            }
        }
    }
}

fn text_width(text: &str, size: usize) -> usize {
    8 * size * text.len()
}

/// Pictures of one size, with the name of each and its repeated blocks under it, and white between.
fn side_by_side(pictures: &[(&str, Picture); 3], counts: &[(usize, usize); 3]) -> Picture {
    const GAP: usize = 16;
    const CAPTION: usize = 48;
    let remarks = counts.map(|(blocks, repeated)| format!("{repeated} of {blocks} repeated"));
    let (_, first) = &pictures[0];
    let width = remarks.iter().map(|remark| text_width(remark, 1)).fold(first.width, usize::max);
    let height = first.height;
    let mut all = Picture::new(pictures.len() * (width + GAP) + GAP, GAP + height + CAPTION, |_, _| [0xff; 3]);
    for (number, ((name, picture), remark)) in pictures.iter().zip(&remarks).enumerate() {
        let middle = GAP + number * (width + GAP) + width / 2;
        all.draw(picture, middle - picture.width / 2, GAP);
        all.write(name, middle, GAP + height + 8, 2);
        all.write(remark, middle, GAP + height + 32, 1);
    }
    all
}
