//! What is shown, and by what.

/// One claim of the report.
#[derive(Debug)]
pub(super) struct Claim {
    /// What it is called on the command line.
    pub(super) name: &'static str,
    /// The rules it is about.
    pub(super) rule: &'static str,
    pub(super) says: &'static str,
    pub(super) shown: Shows,
}

/// What shows it.
#[derive(Debug)]
pub(super) enum Shows {
    /// A test that counts a small part in the daily run, and everything here.
    Test { package: &'static str, target: &'static str, test: &'static str },
    /// The lab, given these arguments.
    Lab(&'static [&'static str]),
    /// The fuzz targets, given these arguments.
    Fuzz(&'static [&'static str]),
}

impl Shows {
    /// As the report names it.
    pub(super) fn by(&self) -> String {
        match self {
            Self::Test { test, .. } => (*test).to_owned(),
            Self::Lab(arguments) => format!("larder-lab {}", told(arguments)),
            Self::Fuzz(arguments) => format!("larder-fuzz {}", told(arguments)),
        }
    }
}

fn told(arguments: &[&str]) -> String {
    let told: Vec<&str> = arguments.iter().copied().take_while(|word| *word != "--report").collect();
    told.join(" ")
}

pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        name: "storm",
        rule: "E1",
        says: "10 000 callers that miss one key at one time run one load",
        shown: Shows::Test {
            package: "larder-cache",
            target: "flights",
            test: "e1_ten_thousand_callers_of_one_key_run_one_load",
        },
    },
    Claim {
        name: "fence",
        rule: "E18",
        says: "in 100 000 interleavings of a load and a removal no removed value comes back",
        shown: Shows::Test {
            package: "larder-cache",
            target: "fence",
            test: "e18_a_value_loaded_before_a_remove_is_not_there_after_it_in_ten_thousand_interleavings",
        },
    },
    Claim {
        name: "two-nodes",
        rule: "E19, E20",
        says: "in 1 000 000 loads, reads, removals and inserts by pairs of nodes, each on one Redis, nothing overtaken stays or comes back",
        shown: Shows::Test { package: "larder-lab", target: "two_nodes", test: "e19_e20_two_nodes_never_resurrect" },
    },
    Claim {
        name: "cancelled",
        rule: "F01",
        says: "in 1 000 000 operations with half of the callers cancelled nobody gets a foreign value, no connection is out of step",
        shown: Shows::Test {
            package: "larder-lab",
            target: "cancelled",
            test: "f01_cancelled_callers_get_no_foreign_value",
        },
    },
    Claim {
        name: "keys",
        rule: "B06",
        says: "among 3 000 000 keys no two are equal, nor the 128 bits of them that are shown",
        shown: Shows::Test { package: "larder-key", target: "rules", test: "bulk::a2_b06_no_collision_in_bulk" },
    },
    Claim {
        name: "outages",
        rule: "F03–F05, F10, F11",
        says: "the demo service under load while Redis is killed, stopped, cut off, and not there yet: [figures](outages.md)",
        shown: Shows::Lab(&["outage", "--boot", "--report", "docs/outages.md"]),
    },
    Claim {
        name: "figures",
        rule: "E12, E32, E33, E41, F14, F20, F43",
        says: "staleness on other nodes, lost paths, storms over processes, memory in a blackhole, reconnects: [figures](figures.md)",
        shown: Shows::Lab(&["measure", "--report", "docs/figures.md"]),
    },
    Claim {
        name: "chaos",
        rule: "E18–E76, F48",
        says: "ten minutes of schedules in which nodes share a Redis while everything goes wrong: [what was seen](chaos.md)",
        shown: Shows::Lab(&["chaos", "--seed", "100001", "--seconds", "600", "--report", "docs/chaos.md"]),
    },
    Claim {
        name: "campaign",
        rule: "E18–E76",
        says: "1 000 schedules from seed 1, four at a time: [what was seen](campaign.md)",
        shown: Shows::Lab(&["chaos", "--seed", "1", "--schedules", "1000", "--report", "docs/campaign.md"]),
    },
    Claim {
        name: "fuzz",
        rule: "B10–B15, T09",
        says: "whatever bytes everything that reads is fed with, a minute for each, its property holds: [figures](fuzzing.md)",
        shown: Shows::Fuzz(&["--seed", "1", "--seconds", "60", "--report", "docs/fuzzing.md"]),
    },
];
