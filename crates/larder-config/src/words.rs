//! Choices that have a word each: the list of them, the list of the words, and back.

/// Gives an enum its choices and their words, in one list.
macro_rules! words {
    ($choice:ident, $noun:literal: $($variant:ident = $word:literal),+ $(,)?) => {
        impl $choice {
            /// Every choice, in the order of the documentation.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// The words for them, in the same order.
            pub const NAMES: [&'static str; [$($word),+].len()] = [$($word),+];

            /// The word for it, as files and variables spell it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// Reads a word, in any case.
            ///
            /// # Errors
            /// [`Unknown`](crate::Unknown), with the nearest word when there is one.
            pub fn parse(word: &str) -> Result<Self, crate::Unknown> {
                crate::suggest::choose(word, $noun, &Self::ALL, &Self::NAMES)
            }
        }
    };
}

pub(crate) use words;
