//! The table: what changes the key, on which way an older value is meanwhile, and where it must not be afterwards.

use std::fmt;

macro_rules! named {
    ($(#[$doc:meta])* $noun:ident { $($(#[$of:meta])* $one:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $noun {
            $($(#[$of])* $one,)*
        }

        impl $noun {
            pub const ALL: &[Self] = &[$(Self::$one),*];

            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$one => $name,)*
                }
            }
        }
    };
}

named! {
    /// What makes an older value wrong.
    Trigger {
        Key = "key",
        Tag = "tag",
        Clear = "clear",
        /// The server loses everything.
        Flush = "flush",
        Set = "set",
        /// The key is removed while this node hears nothing, and then it hears again.
        Reconnect = "reconnect",
    }
}

named! {
    /// How the older value travels.
    Path {
        Foreground = "foreground",
        /// A refresh ahead, that nobody waits for.
        Background = "background",
        /// A load whose caller waited no longer: with a stale value after the soft timeout, without one after its deadline.
        AfterTimeout = "after timeout",
        /// Read from the shared tier before the change, and on its way into this process.
        Promotion = "promotion",
        Batch = "batch",
        /// A load that holds the lease of all nodes.
        LeaseFill = "lease fill",
    }
}

named! {
    /// Where it must not be afterwards.
    Level {
        L1 = "L1",
        L2 = "L2",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cell {
    pub trigger: Trigger,
    pub path: Path,
    pub level: Level,
}

impl Cell {
    /// Every cell there is.
    pub fn all() -> impl Iterator<Item = Self> {
        let paths = |trigger| Path::ALL.iter().map(move |path| (trigger, *path));
        let levels = |(trigger, path)| Level::ALL.iter().map(move |level| Self { trigger, path, level: *level });
        Trigger::ALL.iter().copied().flat_map(paths).flat_map(levels)
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {} × {}", self.trigger.name(), self.path.name(), self.level.name())
    }
}
