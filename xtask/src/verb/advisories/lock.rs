//! The packages of `Cargo.lock`.

/// One locked package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
}

/// The packages that come from crates.io; ours have no source and no advisories.
pub(super) fn packages(lock: &str) -> Vec<Package> {
    lock.split("[[package]]").skip(1).filter_map(package).collect()
}

fn package(block: &str) -> Option<Package> {
    let value = |key: &str| {
        let values = block.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"'));
        values.map(str::to_owned).next()
    };
    value("source").filter(|source| source.contains("crates.io"))?;
    Some(Package { name: value("name")?, version: value("version")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_the_registry_are_read_and_ours_are_not() {
        let lock = "version = 4\n\n[[package]]\nname = \"bytes\"\nversion = \"1.12.1\"\n\
                    source = \"registry+https://github.com/rust-lang/crates.io-index\"\n\n\
                    [[package]]\nname = \"larder-core\"\nversion = \"0.1.0\"\n";
        assert_eq!(packages(lock), [Package { name: "bytes".to_owned(), version: "1.12.1".to_owned() }]);
    }
}
