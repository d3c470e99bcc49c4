//! The text search configurations that every database has.

/// Languages whose words go to one dictionary, in every supported version.
#[rustfmt::skip]
const LANGUAGES: &[&str] = &[
    "arabic", "danish", "dutch", "english", "finnish", "french", "german", "greek", "hungarian", "indonesian", "irish",
    "italian", "lithuanian", "nepali", "norwegian", "portuguese", "romanian", "spanish", "swedish", "tamil", "turkish",
];

/// What the default parser finds, sorted, and whose each is: `w` for words, `a` for words in ASCII, `s` for neither.
const TOKENS: &[(&str, char)] = &[
    ("asciihword", 'a'),
    ("asciiword", 'a'),
    ("email", 's'),
    ("file", 's'),
    ("float", 's'),
    ("host", 's'),
    ("hword", 'w'),
    ("hword_asciipart", 'a'),
    ("hword_numpart", 's'),
    ("hword_part", 'w'),
    ("int", 's'),
    ("numhword", 's'),
    ("numword", 's'),
    ("sfloat", 's'),
    ("uint", 's'),
    ("url", 's'),
    ("url_path", 's'),
    ("version", 's'),
    ("word", 'w'),
];

/// Returns which dictionary of `pg_catalog` a configuration sends each kind of token to; `None` when it is not known.
///
/// Source: `pg_ts_config_map` of PostgreSQL 13 to 18.
pub fn configuration(name: &str) -> Option<Vec<(&'static str, String)>> {
    let (word, ascii) = match name {
        "simple" => ("simple".to_owned(), "simple".to_owned()),
        "russian" => ("russian_stem".to_owned(), "english_stem".to_owned()),
        language if LANGUAGES.contains(&language) => (format!("{language}_stem"), format!("{language}_stem")),
        _ => return None,
    };
    let dictionary = |of: char| match of {
        'w' => word.clone(),
        'a' => ascii.clone(),
        _ => "simple".to_owned(),
    };
    Some(TOKENS.iter().map(|(token, of)| (*token, dictionary(*of))).collect())
}
