//! The page that tells how the service came through.

use std::fmt::Write as _;
use std::time::Duration;

use larder_cache::L2Settings;

use crate::limit::millis;
use crate::service::Service;
use crate::workload::Workload;
use crate::{Booted, Limit, Machine, Part, Survived};

/// The page, in Markdown: where and when, each limit with its verdict, then the figures.
#[must_use]
pub fn page(machine: &Machine, outages: &[Survived], boot: Option<&Booted>) -> String {
    let mut page = head(machine);
    section(&mut page, "Verdicts", &verdicts(outages, boot));
    for survived in outages {
        section(&mut page, &format!("Away: {}", survived.outage.fault), &outage(survived));
    }
    if let Some(booted) = boot {
        section(&mut page, "Before there is a Redis", &booting(booted));
    }
    section(&mut page, "How it was measured", &method());
    page
}

fn section(page: &mut String, title: &str, text: &str) {
    add(page, &format!("\n## {title}\n\n{text}"));
}

fn head(machine: &Machine) -> String {
    format!(
        "# When Redis is away\n\n\
         Written by `cargo xtask evidence`, never by hand: the demo service under load while its Redis is killed, stopped and\n\
         cut off, and before it is there.\n\n{}",
        machine.facts()
    )
}

fn verdicts(outages: &[Survived], boot: Option<&Booted>) -> String {
    let outages = outages.iter().map(|survived| (survived.outage.fault.as_str(), survived.limits()));
    let boot = boot.iter().map(|booted| ("boot", booted.limits()));
    let mut table = String::from("| | what | allowed | measured | |\n| --- | --- | --- | --- | --- |\n");
    for (name, limits) in outages.chain(boot) {
        for Limit { what, allowed, measured, holds } in limits {
            let verdict = if holds { "holds" } else { "**fails**" };
            add(&mut table, &format!("| {name} | {what} | {allowed} | {measured} | {verdict} |\n"));
        }
    }
    table
}

fn outage(survived: &Survived) -> String {
    let Survived { outage, parts, opened_after, resumed_after, probes, probe_failures, resident_kib, failures } =
        survived;
    let mut text = format!(
        "{} requests a second, for {} s while all is well, {} s while Redis is away and {} s while it is back:\n{}.\n\n",
        outage.rate,
        seconds(outage.warm),
        seconds(outage.lasts),
        seconds(outage.recovery),
        outage.fault.about()
    );
    add(&mut text, &table(Part::NAMES.iter().zip(parts)));
    add(&mut text, &format!("\n* the breaker was seen open {} after the fault\n", after(*opened_after)));
    add(&mut text, &format!("* the first answer out of Redis came {} after its return\n", after(*resumed_after)));
    add(&mut text, &format!("* probes of `/livez` and `/readyz`: {probes}, failed: {}\n", probe_failures.len()));
    let [before, end] = resident_kib.map(mebibytes);
    add(&mut text, &format!("* memory of the process: {before} before the fault, {end} at the end\n"));
    wrong(&mut text, failures.iter().chain(probe_failures.iter().take(5)));
    text
}

fn booting(booted: &Booted) -> String {
    let Booted { boot, ready_after, first_hit_after, parts, failures } = booted;
    let mut text = format!(
        "The service is started while nothing listens at the address of its Redis, and is ready after {}. {} requests a\n\
         second come; after {} s Redis is started, and the first answer out of it comes {} later.\n\n",
        after(Some(*ready_after)),
        boot.rate,
        seconds(boot.without),
        after(*first_hit_after)
    );
    add(&mut text, &table(["without Redis", "with Redis"].iter().zip(parts)));
    wrong(&mut text, failures.iter());
    text
}

fn table<'a>(parts: impl Iterator<Item = (&'a &'static str, &'a Part)>) -> String {
    let mut table = String::from(
        "| | requests | failed | from the process / Redis / the model | cost of the cache: p50 / p99 / p99.9 / max ms \
         | latency: p50 / p99 / max ms | sent late: p50 / p99 / max ms |\n| --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for (name, part) in parts {
        let Part { requests, failures, sources: [l1, l2, model], cost, latency, late } = part;
        let cost = [cost.per_mille(500), cost.per_mille(990), cost.per_mille(999), cost.max()].map(millis).join(" / ");
        let [latency, late] = [latency, late]
            .map(|figures| [figures.per_mille(500), figures.per_mille(990), figures.max()].map(millis).join(" / "));
        let row =
            format!("| {name} | {requests} | {failures} | {l1} / {l2} / {model} | {cost} | {latency} | {late} |\n");
        add(&mut table, &row);
    }
    table
}

fn wrong<'a>(text: &mut String, failures: impl Iterator<Item = &'a String>) {
    for failure in failures {
        add(text, &format!("* went wrong: {failure}\n"));
    }
}

fn method() -> String {
    format!(
        "The service runs with the preset `{}` and keeps {} answers in its process; {} short texts are asked about, the n-th\n\
         of them 1/n as often as the first, so that most answers have to come from Redis or from the model. A proxy stands\n\
         between the service and its Redis. Requests are sent when they are due, whether earlier ones were answered or not,\n\
         over connections that stay open; latency counts from when a request was due. The cost of the cache is what the\n\
         service itself measured around its model for that answer. A request counts as sent before the breaker opened unless\n\
         somebody who looks at the statistics every 100 ms had seen it open for {} ms: for so long a request that met it closed\n\
         may still wait for Redis, and others may join it.\n\n\
         Costs are judged by p99.9, and every answer above the limit is counted. The load, the proxy, Redis, the service and\n\
         its model share the cores named above: a single answer can wait for a core longer than for the cache, and no timeout\n\
         of ours can change that. How late requests were sent tells how busy they were; a timer alone is late by 1 ms.\n",
        Service::PRESET,
        Service::ENTRIES,
        Workload::TEXTS,
        L2Settings::default().read_timeout.as_millis(),
    )
}

fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

fn after(duration: Option<Duration>) -> String {
    duration.map_or_else(|| "never".to_owned(), |duration| format!("{:.2} s", seconds(duration)))
}

fn mebibytes(kib: Option<u64>) -> String {
    kib.map_or_else(|| "unknown".to_owned(), |kib| format!("{}.{} MiB", kib / 1024, kib % 1024 * 10 / 1024))
}

fn add(text: &mut String, more: &str) {
    text.write_str(more).expect("a string takes all");
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::{Boot, Fault, Outage};

    #[test]
    fn the_page_tells_every_limit_and_what_went_wrong() {
        let [warm, lasts, recovery] = [5, 20, 10].map(Duration::from_secs);
        let outage = Outage { service: PathBuf::new(), fault: Fault::Kill, rate: 500, warm, lasts, recovery };
        let survived = Survived {
            outage,
            parts: [(); 4].map(|()| Part::default()),
            opened_after: Some(Duration::from_millis(80)),
            resumed_after: None,
            probes: 70,
            probe_failures: vec!["/livez: 503".into()],
            resident_kib: [Some(20_480), None],
            failures: Vec::new(),
        };
        let boot = Boot { service: PathBuf::new(), rate: 500, without: warm, with: recovery };
        let (ready_after, parts) = (Duration::from_millis(31), [(); 2].map(|()| Part::default()));
        let booted = Booted { boot, ready_after, first_hit_after: Some(lasts), parts, failures: Vec::new() };
        let text = page(&Machine::default(), &[survived], Some(&booted));
        assert!(text.contains("| kill | until the breaker opens | ≤ 1 s | 0.08 s | holds |"), "{text}");
        assert!(text.contains("first answer out of it | ≤ 3 s | never | **fails** |"), "{text}");
        assert!(text.contains("| boot | from the start of the process until it is ready | ≤ 2 s | 0.03 s | holds |"));
        assert!(
            text.contains("20.0 MiB before the fault, unknown at the end") && text.contains("went wrong: /livez: 503")
        );
    }
}
