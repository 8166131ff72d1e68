//! The key rules, one test or more each; the number of the rule begins the name of the test.

#[cfg(test)]
mod json;

#[cfg(test)]
mod decode;

#[cfg(test)]
mod values;

#[cfg(test)]
mod bulk;
#[cfg(test)]
mod encoding;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod fields;
#[cfg(test)]
mod numbers;
#[cfg(test)]
mod outside;
#[cfg(test)]
mod readable;
#[cfg(test)]
mod scopes;
#[cfg(test)]
mod stability;
#[cfg(test)]
mod statistics;
#[cfg(test)]
mod texts;
