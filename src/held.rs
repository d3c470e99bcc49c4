//! What copies share until one of them changes.

use std::fmt::{self, Display};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A value that is copied only when a copy of it changes: what a history leaves behind is large, and is kept again and again
/// as it was before a statement.
#[derive(Clone, Debug, Default)]
pub struct Held<T>(Arc<T>);

impl<T> Held<T> {
    /// Holds a value.
    pub fn new(value: T) -> Self {
        Held(Arc::new(value))
    }
}

impl<T> Deref for Held<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Held<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

impl<T: Eq> PartialEq for Held<T> {
    fn eq(&self, other: &Self) -> bool {
        // What is shared equals itself, however large it is.
        Arc::ptr_eq(&self.0, &other.0) || *self.0 == *other.0
    }
}
impl<T: Eq> Eq for Held<T> {}

impl<T> From<T> for Held<T> {
    fn from(value: T) -> Self {
        Held::new(value)
    }
}

impl<T: Display> Display for Held<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T> FromIterator<T> for Held<Vec<T>> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Held::new(items.into_iter().collect())
    }
}

impl<'a, T> IntoIterator for &'a Held<T>
where
    &'a T: IntoIterator,
{
    type Item = <&'a T as IntoIterator>::Item;
    type IntoIter = <&'a T as IntoIterator>::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        (&*self.0).into_iter()
    }
}

impl<'a, T: Clone> IntoIterator for &'a mut Held<T>
where
    &'a mut T: IntoIterator,
{
    type Item = <&'a mut T as IntoIterator>::Item;
    type IntoIter = <&'a mut T as IntoIterator>::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        (&mut **self).into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_that_changes_leaves_the_other_as_it_was() {
        let first: Held<Vec<u8>> = vec![1, 2].into();
        let mut second = first.clone();
        assert_eq!(first, second);
        second.push(3);
        assert_eq!((first.as_slice(), second.as_slice()), ([1, 2].as_slice(), [1, 2, 3].as_slice()));
    }
}
