//! Who acts: the roles of a session.

use crate::pg::Ident;

/// The roles of a session; `None` is the role that runs the history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// `SET ROLE`: the role that makes new objects and owns them.
    pub role: Option<Ident>,
    /// `SET SESSION AUTHORIZATION`.
    pub user: Option<Ident>,
    /// What both were before `SET LOCAL`, while the transaction lasts.
    pub outside: Option<(Option<Ident>, Option<Ident>)>,
    /// The search path as the session was told it last; `None` while nobody told.
    pub path: Option<Vec<String>>,
}
