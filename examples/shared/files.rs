//! The file that is read and the one that is written, which replaces another completely or not at all.

use std::{
    fmt::{self, Display},
    fs::{self, File, Metadata, Permissions},
    io::{self, IsTerminal, Read, Seek, SeekFrom, Write},
    panic::resume_unwind,
    path::{Path, PathBuf},
    process,
    sync::mpsc::{SyncSender, sync_channel},
    thread::{self, JoinHandle},
};

use indicatif::{ProgressBar, ProgressStyle};
use tempfile::NamedTempFile;

use crate::Result;

/// What is read, and how far we are.
pub struct Input<'p> {
    path: &'p Path,
    reader: Box<dyn Read + Send>,
    metadata: Option<Metadata>,
    progress: ProgressBar,
}

impl<'p> Input<'p> {
    /// Opens the file; `-` is stdin.
    pub fn open(path: &'p Path) -> Result<Self> {
        if path == Path::new("-") {
            let (path, reader) = (Path::new("stdin"), Box::new(io::stdin()));
            return Ok(Input { path, reader, metadata: None, progress: ProgressBar::hidden() });
        }
        let file = File::open(path).map_err(about(path))?;
        let metadata = file.metadata().map_err(about(path))?;
        if metadata.is_dir() {
            return Err(format!("{}: is a directory", path.display()).into());
        }
        Ok(Input { path, reader: Box::new(file), metadata: Some(metadata), progress: ProgressBar::hidden() })
    }

    /// Those of the file, if it is one (and not a pipe).
    pub fn permissions(&self) -> Option<Permissions> {
        self.metadata.as_ref().filter(|metadata| metadata.is_file()).map(Metadata::permissions)
    }

    /// Shows from now on how far we are, if a person watches.
    pub fn show_progress(&mut self) -> Result<()> {
        if let Some(metadata) = &self.metadata
            && io::stderr().is_terminal()
        {
            let template = "{wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} to go";
            self.progress = ProgressBar::new(metadata.len());
            self.progress.set_style(ProgressStyle::with_template(template)?);
        }
        Ok(())
    }
}

impl Display for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.display().fmt(f)
    }
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.reader.read(buffer).map_err(about(self.path))?;
        self.progress.inc(len as u64);
        Ok(len)
    }
}

/// Fills `buffer` as far as there is something: less than all of it means the end.
pub fn fill(mut from: impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut len = 0;
    while len < buffer.len() {
        match from.read(&mut buffer[len..]) {
            Ok(0) => break,
            Ok(more) => len += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(len)
}

/// Where the output is to go: known to be possible, as far as that can be known, and still untouched.
pub struct Target {
    path: PathBuf,
    folder: PathBuf,
    /// Those of the file that is there already.
    permissions: Option<Permissions>,
}

impl Target {
    /// What is written must not take the place of the secrets, those of them that are files.
    pub fn check(path: &Path, secrets: &[Option<&Path>]) -> Result<Self> {
        let shown = path.display();
        if path == Path::new("-") {
            return Err(
                "-: this isn't written to stdout, as it is known to be right only in the end; ./- is a file".into()
            );
        }
        // What a link points to is replaced, not the link; and devices, pipes and folders aren't replaced at all.
        let (path, permissions) = match fs::canonicalize(path) {
            Ok(existing) => {
                let metadata = existing.metadata().map_err(about(path))?;
                if !metadata.is_file() {
                    return Err(format!("{shown}: is there and not a file").into());
                }
                let mut secrets = secrets.iter().flatten().filter_map(|file| fs::canonicalize(file).ok());
                if secrets.any(|secret| secret == existing) {
                    return Err(format!("{shown}: is the file of the password or key").into());
                }
                (existing, Some(metadata.permissions()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if path.is_symlink() {
                    return Err(format!("{shown}: is a link to nothing").into());
                }
                (path.to_owned(), None)
            }
            Err(error) => return Err(about(path)(error).into()),
        };
        // A path that ends in a slash or a dot has a name before it, but isn't meant to be a file.
        let whole = path.as_os_str().as_encoded_bytes();
        if !path.file_name().is_some_and(|name| whole.ends_with(name.as_encoded_bytes())) {
            return Err(format!("{shown}: is no name for a file").into());
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        if !folder.is_dir() {
            return Err(format!("{}: no such folder", folder.display()).into());
        }
        Ok(Target { path, folder, permissions })
    }

    /// Begins to write: a temporary file that nobody else can read. In the end it is given the permissions of the file
    /// that it replaces, or else those for a `new` one.
    pub fn create(self, program: &'static str, new: Option<Permissions>) -> Result<Output> {
        let prefix = format!(".{program}-");
        let temporary =
            tempfile::Builder::new().prefix(&prefix).tempfile_in(&self.folder).map_err(about(&self.folder))?;
        // Ctrl-C and its kin take the temporary file along.
        let path = temporary.path().to_owned();
        ctrlc::set_handler(move || {
            let _ = fs::remove_file(&path);
            eprintln!("{program}: interrupted");
            process::exit(130);
        })?;
        let permissions = self.permissions.or(new);
        let disk = Disk::new(temporary.as_file().try_clone().map_err(about(&self.path))?);
        Ok(Output { path: self.path, folder: self.folder, temporary, permissions, disk })
    }
}

/// The file that is written: a temporary one that takes its place at the very end, or else disappears.
pub struct Output {
    path: PathBuf,
    folder: PathBuf,
    temporary: NamedTempFile,
    permissions: Option<Permissions>,
    disk: Disk,
}

/// Brings what was written to the disk meanwhile, in a thread of its own, so that there isn't all of it to wait for in the end.
struct Disk {
    written: usize,
    ask: SyncSender<()>,
    thread: JoinHandle<io::Result<()>>,
}

impl Disk {
    /// So much is worth it.
    const ENOUGH: usize = 1 << 26;

    fn new(file: File) -> Self {
        let (ask, asked) = sync_channel(1);
        // Whether it went well the system says only once, so it is kept.
        let thread = thread::spawn(move || asked.into_iter().try_for_each(|()| file.sync_data()));
        Disk { written: 0, ask, thread }
    }

    fn add(&mut self, written: usize) {
        self.written += written;
        if self.written >= Self::ENOUGH {
            self.written = 0;
            // If it is at work still, it will be asked again.
            let _ = self.ask.try_send(());
        }
    }

    fn end(self) -> io::Result<()> {
        drop(self.ask);
        self.thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    }
}

impl Output {
    /// Instead of what was written there first.
    pub fn write_at_the_beginning(&mut self, bytes: &[u8]) -> Result<()> {
        let file = self.temporary.as_file_mut();
        let written = file.rewind().and_then(|()| file.write_all(bytes)).and_then(|()| file.seek(SeekFrom::End(0)));
        written.map_err(about(&self.path))?;
        Ok(())
    }

    /// Leaves out what is behind the first `len` bytes.
    pub fn cut(&mut self, len: u64) -> Result<()> {
        Ok(self.temporary.as_file_mut().set_len(len).map_err(about(&self.path))?)
    }

    /// Makes sure that everything is on the disk, then gives the file its name.
    pub fn commit(self) -> Result<()> {
        if let Some(permissions) = self.permissions {
            self.temporary.as_file().set_permissions(permissions_alone(permissions)).map_err(about(&self.path))?;
        }
        self.disk.end().map_err(about(&self.path))?;
        self.temporary.as_file().sync_all().map_err(about(&self.path))?;
        self.temporary.persist(&self.path).map_err(|error| about(&self.path)(error.error))?;
        // The name is in the folder, which has to reach the disk too. Not every system lets one open a folder for that.
        if let Ok(folder) = File::open(&self.folder) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = self.temporary.write(bytes).map_err(about(&self.path))?;
        self.disk.add(len);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.flush().map_err(about(&self.path))
    }
}

/// Who may read and write, without what else Unix keeps in the mode (setuid and its kin).
fn permissions_alone(permissions: Permissions) -> Permissions {
    #[cfg(unix)]
    let permissions = {
        use std::os::unix::fs::PermissionsExt;
        Permissions::from_mode(permissions.mode() & 0o777)
    };
    permissions
}

/// Says which file an error is about.
pub fn about(path: &Path) -> impl Fn(io::Error) -> io::Error {
    let path = path.display().to_string();
    move |error| io::Error::new(error.kind(), format!("{path}: {error}"))
}
