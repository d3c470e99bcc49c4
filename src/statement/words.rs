//! Enumerations whose values are key words: one list gives the type, its SQL and its parser.

/// A choice between key words.
pub trait Words: Copy + 'static {
    /// Every choice; one that begins with the words of another stands before it.
    const ALL: &'static [Self];

    /// Returns the words in upper case, with single spaces between.
    fn words(self) -> &'static str;
}

/// Defines an enumeration of key words with [`Words`] and `Display`.
macro_rules! words {
    ($(#[$meta:meta])* pub enum $name:ident { $($variant:ident = $words:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $(#[doc = concat!("`", $words, "`.")] $variant,)+
        }

        impl $crate::statement::words::Words for $name {
            const ALL: &'static [Self] = &[$($name::$variant),+];

            fn words(self) -> &'static str {
                match self {
                    $($name::$variant => $words,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::statement::words::Words::words(*self))
            }
        }
    };
}

pub(crate) use words;

/// What becomes of the objects that depend on a dropped one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Behavior {
    /// They stop the drop; also when nothing is written.
    #[default]
    Restrict,
    /// They are dropped too.
    Cascade,
}

impl std::fmt::Display for Behavior {
    /// Writes ` CASCADE` with its space, or nothing.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Behavior::Restrict => "",
            Behavior::Cascade => " CASCADE",
        })
    }
}
