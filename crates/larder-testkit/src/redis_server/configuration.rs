//! The configuration file of a server under test.

use std::fmt::Write;
use std::path::Path;

/// The fixture's own user, whatever the test does to the others.
pub(super) const ADMIN: &str = "larder-testkit";

/// What a test may choose.
#[derive(Clone, Default)]
pub(super) struct Choices {
    pub(super) password: Option<String>,
    pub(super) users: Vec<(String, String)>,
    pub(super) directives: Vec<(String, String)>,
}

/// The text of the file: in memory, on this machine, then what the test chose.
pub(super) fn text(choices: &Choices, folder: &Path, socket: &Path, port: u16, admin_password: &str) -> String {
    let mut text = format!(
        "bind 127.0.0.1\nport {port}\nunixsocket {}\nunixsocketperm 700\ndir {}\nsave \"\"\nappendonly no\n\
         daemonize no\nloglevel warning\nuser {ADMIN} on >{admin_password} ~* &* +@all\n",
        quoted(&socket.to_string_lossy()),
        quoted(&folder.to_string_lossy()),
    );
    if let Some(password) = &choices.password {
        line(&mut text, "requirepass", &quoted(password));
    }
    for (name, rules) in &choices.users {
        let rules: Vec<String> = rules.split_whitespace().map(quoted).collect();
        line(&mut text, "user", &format!("{} {}", quoted(name), rules.join(" ")));
    }
    for (name, value) in &choices.directives {
        line(&mut text, name, value);
    }
    text
}

fn line(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "{name} {value}");
}

/// A word as the server reads it back, whatever is in it.
fn quoted(word: &str) -> String {
    let mut quoted = String::from("\"");
    for byte in word.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            0x20..0x7f => quoted.push(char::from(byte)),
            _ => {
                let _ = write!(quoted, "\\x{byte:02x}");
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_whatever_is_in_it() {
        assert_eq!(quoted("plain word"), "\"plain word\"");
        assert_eq!(quoted("a\"b\\c\n"), "\"a\\\"b\\\\c\\x0a\"");
        assert_eq!(quoted("ä"), "\"\\xc3\\xa4\"");
    }

    #[test]
    fn what_a_test_chose_comes_last() {
        let choices = Choices {
            password: Some("pass word".to_owned()),
            users: vec![("cache".to_owned(), "on >x ~p:*".to_owned())],
            directives: vec![("maxmemory".to_owned(), "2mb".to_owned())],
        };
        let text = text(&choices, Path::new("/f"), Path::new("/f/socket"), 7, "admin");
        let expected = "requirepass \"pass word\"\nuser \"cache\" \"on\" \">x\" \"~p:*\"\nmaxmemory 2mb\n";
        assert!(text.ends_with(expected), "{text}");
    }
}
