//! A file that is written all at once, and takes its name only when it is complete.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use tempfile::Builder;

/// Errors say which file they are about.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    replace(path, content).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    // What a link points to is replaced, not the link; and what is no file, as /dev/stdout, isn't replaced at all.
    let path = match fs::metadata(path) {
        Ok(existing) if !existing.is_file() => return fs::write(path, content),
        Ok(_) => fs::canonicalize(path)?,
        Err(_) if path.is_symlink() => return Err(io::Error::other("is a link to nothing")),
        Err(_) => path.to_owned(),
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = Builder::new();
    // Nothing secret is in it: whoever may read other new files may read it, unless it is there and says otherwise.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    if let Ok(existing) = fs::metadata(&path) {
        file.as_file().set_permissions(existing.permissions())?;
    }
    file.write_all(content)?;
    file.persist(&path)?;
    Ok(())
}
