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

/// Defines the statements of a family with their command tags and `Display`.
macro_rules! family {
    ($($(#[$meta:meta])* $variant:ident($statement:ident: $type:ty) => $tag:expr,)+) => {
        /// A statement of this family.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Statement {
            $($(#[$meta])* $variant($type),)+
        }

        impl Statement {
            /// Returns PostgreSQL's command tag.
            pub fn tag(&self) -> &'static str {
                match self {
                    $(Statement::$variant($statement) => {
                        let _ = $statement;
                        $tag
                    })+
                }
            }
        }

        impl std::fmt::Display for Statement {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Statement::$variant(statement) => write!(f, "{statement}"),)+
                }
            }
        }
    };
}

pub(crate) use family;
