//! Which versions a requirement means.

use cargo_metadata::semver::{Comparator, Prerelease, Version, VersionReq};

/// Whether `version` is among those that `requirement` means; what cannot be read means no version.
///
/// Cargo never lets `>= 1.2.0` mean `1.3.0-rc.1`, because nobody should get a pre-release unasked. Here nobody gets
/// anything: a pre-release after the fix has the fix. One of the very version that a bound names may lack it.
pub(super) fn matches(requirement: &str, version: &str) -> bool {
    let (Ok(requirement), Ok(version)) = (parse(requirement), Version::parse(version)) else { return false };
    if version.pre.is_empty() || requirement.matches(&version) {
        return requirement.matches(&version);
    }
    let at_a_bound = requirement.comparators.iter().any(|bound| names(bound, &version));
    !at_a_bound && requirement.matches(&Version { pre: Prerelease::EMPTY, ..version })
}

/// Whether `requirement` can be read at all.
pub(super) fn is_sound(requirement: &str) -> bool {
    parse(requirement).is_ok()
}

fn parse(requirement: &str) -> Result<VersionReq, cargo_metadata::semver::Error> {
    VersionReq::parse(requirement.trim())
}

fn names(bound: &Comparator, version: &Version) -> bool {
    (bound.major, bound.minor, bound.patch) == (version.major, Some(version.minor), Some(version.patch))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_database_is_understood() {
        let rows = [
            (">= 1.2.3, < 2", "1.9.0", true),
            (">= 1.2.3, < 2", "2.0.0", false),
            (">= 1.2.3, < 2", "1.2.2", false),
            ("^1.2", "1.9.9", true),
            ("^1.2", "2.0.0", false),
            ("^ 0.2.1", "0.2.9", true),
            ("^ 0.2.1", "0.3.0", false),
            ("= 1.0", "1.0.7", true),
            ("=1.0.1", "1.0.2", false),
            ("1.2.3", "1.4.0", true),
            ("> 1.0.0", "1.0.0", false),
            ("<= 1.0.0", "1.0.0", true),
            (">= 1.42.1, < 1.43.0 ", "1.42.5", true),
            (">=0.103", "0.102.9", false),
            ("< 1.5.0-beta.2", "1.5.0-beta.1", true),
        ];
        for (requirement, version, expected) in rows {
            assert_eq!(matches(requirement, version), expected, "{requirement} and {version}");
        }
    }

    #[test]
    fn a_pre_release_has_the_fixes_of_the_releases_before_it() {
        assert!(matches(">= 1.2.0", "1.3.0-rc.1"));
        assert!(matches(">= 1.2.0-alpha.2", "1.2.0-alpha.3"));
        assert!(!matches(">= 1.2.0", "1.2.0-rc.1"));
        assert!(!matches("< 1.2.0", "1.3.0-rc.1"));
    }

    #[test]
    fn what_cannot_be_read_means_nothing() {
        assert!(!matches("one or two", "1.0.0"));
        assert!(!is_sound("one or two") && is_sound(">= 1.2.0 "));
    }
}
