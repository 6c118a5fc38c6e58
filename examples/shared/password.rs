//! Where the password comes from.

use std::{fs, io, path::Path};

use zeroize::Zeroizing;

use crate::{Result, files::about};

#[derive(Clone, Copy, PartialEq)]
pub enum Purpose {
    Encrypt,
    Decrypt,
}

/// The password from the file, or from the person at the terminal: twice if a slip of the finger would lose the file.
pub fn password(file: Option<&Path>, purpose: Purpose) -> Result<Zeroizing<String>> {
    let password = match file {
        Some(path) => {
            let text = Zeroizing::new(fs::read_to_string(path).map_err(about(path))?);
            // What some editors begin a file with is none of the password.
            let text = text.trim_start_matches('\u{feff}');
            Zeroizing::new(text.lines().next().unwrap_or_default().to_owned())
        }
        None => {
            let password = ask("Password: ")?;
            if purpose == Purpose::Encrypt && !password.is_empty() && ask("The same again: ")? != password {
                return Err("the two passwords differ".into());
            }
            password
        }
    };
    if password.is_empty() {
        return Err("the password is empty".into());
    }
    Ok(password)
}

/// Asks at the terminal, without showing what is typed.
fn ask(prompt: &str) -> Result<Zeroizing<String>> {
    match rpassword::prompt_password(prompt) {
        Ok(password) => Ok(Zeroizing::new(password)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err("no password was given".into()),
        Err(error) => {
            Err(format!("there is no terminal to ask for the password ({error}): use --password-file").into())
        }
    }
}
