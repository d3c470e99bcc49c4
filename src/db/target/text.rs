//! A target as text: a URL, or words such as `host=db1 dbname=app`, both as libpq reads them.

use super::{NAMES, TargetError};

/// The parameters of a text by their names, in order; of several with one name the last counts.
pub(super) type Parameters = Vec<(&'static str, String)>;

/// Reads either form.
pub(super) fn parameters(text: &str) -> Result<Parameters, TargetError> {
    let rest = ["postgresql://", "postgres://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    match rest {
        Some(rest) => url(rest),
        None if text.contains("://") => Err(TargetError::Text("it starts with neither postgresql:// nor postgres://")),
        None => words(text),
    }
}

fn known(name: &str) -> Result<&'static str, TargetError> {
    let found = NAMES.iter().find(|known| **known == name).copied();
    found.ok_or_else(|| TargetError::Unknown { parameter: name.to_owned() })
}

/// `[user[:password]@][host[:port],…][/database][?name=value&…]`, behind the scheme.
fn url(text: &str) -> Result<Parameters, TargetError> {
    let (place, query) = text.split_once('?').unwrap_or((text, ""));
    let (authority, database) = place.split_once('/').unwrap_or((place, ""));
    if database.contains('@') && !authority.contains('@') {
        // What stands before it would be shown as a host.
        return Err(TargetError::Text("a `/` or `?` in the user or password must be written %2F or %3F"));
    }
    let (user, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = user.split_once(':').map_or((user, None), |(user, password)| (user, Some(password)));
    let mut found = Vec::new();
    let mut push = |name, value: &str| -> Result<(), TargetError> {
        if !value.is_empty() {
            found.push((name, decoded(value)?));
        }
        Ok(())
    };
    push("user", user)?;
    push("password", password.unwrap_or(""))?;
    let (names, ports) = endpoints(hosts)?;
    push("host", &names)?;
    push("port", &ports)?;
    push("dbname", database)?;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or(TargetError::Text("a parameter has no value"))?;
        found.push((known(&decoded(name)?)?, decoded(value)?));
    }
    Ok(found)
}

/// Splits `host:port,[::1]:port` into two lists; both are empty when nothing is there.
fn endpoints(text: &str) -> Result<(String, String), TargetError> {
    let mut names = Vec::new();
    let mut ports = Vec::new();
    for endpoint in text.split(',') {
        let (name, rest) = match endpoint.strip_prefix('[') {
            Some(literal) => literal.split_once(']').ok_or(TargetError::Text("a `[` is not closed"))?,
            None => endpoint.split_at(endpoint.find(':').unwrap_or(endpoint.len())),
        };
        names.push(name);
        ports.push(match rest.strip_prefix(':') {
            Some(port) => port,
            None if rest.is_empty() => "",
            None => return Err(TargetError::Text("after `]` comes a port or the end")),
        });
    }
    let list = |items: &[&str]| {
        if items.iter().all(|item| item.is_empty()) { String::new() } else { items.join(",") }
    };
    Ok((list(&names), list(&ports)))
}

fn decoded(text: &str) -> Result<String, TargetError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
        let value = digit().zip(digit()).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        match value {
            Some(0) | None => {
                return Err(TargetError::Text("`%` is followed by two hexadecimal digits, and not by 00"));
            }
            Some(value) => bytes.push(value),
        }
    }
    String::from_utf8(bytes).map_err(|_| TargetError::Text("what is written with `%` is not UTF-8"))
}

/// `name = value 'another'='with \' quotes'`.
fn words(text: &str) -> Result<Parameters, TargetError> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (name, value) = rest.split_once('=').ok_or(TargetError::Text("a parameter has no `=`"))?;
        let name = known(name.trim_end())?;
        let (value, behind) = value_of(value.trim_start())?;
        found.push((name, value));
        rest = behind.trim_start();
    }
    Ok(found)
}

/// Returns a value, quoted or up to the next space, and what stands behind it; a backslash takes what follows as it is.
fn value_of(text: &str) -> Result<(String, &str), TargetError> {
    let body = text.strip_prefix('\'');
    let mut value = String::new();
    let mut characters = body.unwrap_or(text).char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.extend(characters.next().map(|(_, next)| next)),
            '\'' if body.is_some() => return Ok((value, &text[at + 2..])),
            space if body.is_none() && space.is_whitespace() => return Ok((value, &text[at..])),
            other => value.push(other),
        }
    }
    if body.is_some() { Err(TargetError::Text("a quoted value is not closed")) } else { Ok((value, "")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match parameters(text) {
            Ok(found) => found.iter().map(|(name, value)| format!("{name}={value};")).collect(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn urls_are_read_as_libpq_reads_them() {
        for (text, expected) in [
            ("postgresql://", ""),
            ("postgres://db1", "host=db1;"),
            (
                "postgresql://u:p%40%2F@db1:5433/app?sslmode=require",
                "user=u;password=p@/;host=db1;port=5433;dbname=app;sslmode=require;",
            ),
            ("postgresql://u:p@ss@db1/app", "user=u;password=p@ss;host=db1;dbname=app;"),
            ("postgresql://u@[::1]:5433/app", "user=u;host=::1;port=5433;dbname=app;"),
            ("postgresql://a,b:5433/app", "host=a,b;port=,5433;dbname=app;"),
            ("postgresql:///app?host=/run/pg&port=1", "dbname=app;host=/run/pg;port=1;"),
            ("postgresql://%2Frun%2Fpg/ä", "host=/run/pg;dbname=ä;"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn words_are_read_as_libpq_reads_them() {
        for (text, expected) in [
            ("", ""),
            ("host=db1 dbname = app", "host=db1;dbname=app;"),
            (r"password='it\'s \\ =' user=a\ b", r"password=it's \ =;user=a b;"),
            ("user='' host=h", "user=;host=h;"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn refusals_tell_no_secret() {
        for text in [
            "postgresql://u:se/cret@db1/app",
            "postgresql://u:se%zzcret@db1",
            "postgresql://u:secret@[::1",
            "postgresql://u:secret@db1?sslmode",
            "mysql://u:secret@db1",
            "user=u password='secret",
            "password=x secret",
        ] {
            let error = parameters(text).unwrap_err().to_string();
            assert!(!error.contains("cret"), "{text}: {error}");
        }
        assert_eq!(shown("postgresql://db1?sslmod=require"), "the connection's `sslmod` is not known");
    }
}
