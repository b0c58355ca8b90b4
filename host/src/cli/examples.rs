//! What the help of each command ends with: two or three command lines that somebody would type.

use clap::Command;

/// The commands by name, those below others with both names, and examples of each.
const EXAMPLES: [(&str, &[&str]); 34] = [
    (
        "ratebook",
        &[
            "ratebook init billing                    # a new workspace in a new folder",
            "ratebook run --month 2026-03             # from the vendors to the bills",
            "ratebook todo --month 2026-03            # what waits for somebody to do",
        ],
    ),
    ("init", &["ratebook init billing", "ratebook init                            # here"]),
    (
        "check",
        &["ratebook check", "ratebook check --strict                  # a warning is an error: for CI"],
    ),
    (
        "run",
        &[
            "ratebook run --month 2026-03",
            "ratebook run --month 2026-03 --offline   # from recordings/, no vendor is asked",
            "ratebook run --month 2026-03 --accept vanished:customer:contoso --because \"moved away\"",
        ],
    ),
    (
        "fetch",
        &["ratebook fetch --month 2026-03", "ratebook fetch --month 2026-03 --source acronis-eu --refetch"],
    ),
    (
        "import",
        &[
            "ratebook import --month 2026-03 usage.xlsx",
            "ratebook import --month 2026-03 --source hosting march-1.csv march-2.csv",
            "ratebook import --month 2026-03 --source hosting --remove march-2.csv",
        ],
    ),
    (
        "normalize",
        &["ratebook normalize --month 2026-03", "ratebook normalize --month 2026-03 --source metallic"],
    ),
    (
        "rate",
        &[
            "ratebook rate --month 2026-03            # by the rules as they are now; no vendor is asked",
            "ratebook rate --month 2026-03 --rules rules/main.toml --lines lines.jsonl",
        ],
    ),
    (
        "todo",
        &[
            "ratebook todo --month 2026-03 > rules/customers/new.toml",
            "ratebook todo --month 2026-03 --format csv > todo.csv",
        ],
    ),
    (
        "explain",
        &[
            "ratebook explain --month 2026-03 --customer northwind",
            "ratebook explain --month 2026-03 --line 12",
            "ratebook explain --month 2026-03 --rule gold-discount",
        ],
    ),
    (
        "lines",
        &[
            "ratebook lines --month 2026-03 --where sku=SPGAMSENS",
            "ratebook lines --month 2026-03 --source metallic --format csv > metallic.csv",
            "ratebook lines --month 2026-03 --skipped",
        ],
    ),
    (
        "export",
        &[
            "ratebook export --month 2026-03 --format csv --to bills.csv",
            "ratebook export --month 2026-03 --format json",
        ],
    ),
    (
        "verify",
        &["ratebook verify --month 2026-03", "ratebook verify --month 2026-03 --quick    # digests only"],
    ),
    (
        "close",
        &[
            "ratebook close --month 2026-03 --note \"Q1, looked at by sales\"",
            "ratebook close --month 2026-03 --accept-held --because \"sales decides in April\"",
        ],
    ),
    (
        "adjust",
        &[
            "ratebook adjust --month 2026-03 --into 2026-04 --dry-run",
            "ratebook adjust --month 2026-03 --into 2026-04",
        ],
    ),
    ("status", &["ratebook status", "ratebook status --format json"]),
    (
        "history",
        &[
            "ratebook history --customer northwind",
            "ratebook history --sku SPGAMSENS --from 2026-01 --to 2026-06",
        ],
    ),
    ("index", &["ratebook index", "ratebook index --anew"]),
    (
        "publish",
        &[
            "ratebook publish --month 2026-03 postgres://billing@db.example.com/billing",
            "ratebook publish --month 2026-03 postgres://billing@localhost/billing --ca-file server.pem",
        ],
    ),
    (
        "doctor",
        &["ratebook doctor", "ratebook doctor --network                # ask whether the vendors are there"],
    ),
    (
        "diff",
        &[
            "ratebook diff --month 2026-03 --from main",
            "ratebook diff --month 2026-03 --from run:2026-03 --customer northwind --lines",
            "ratebook diff --month 2026-04 --from-month 2026-03",
        ],
    ),
    (
        "test",
        &[
            "ratebook test",
            "ratebook test 2026-03 --review",
            "ratebook test record --month 2026-03 --anonymize",
        ],
    ),
    (
        "test record",
        &[
            "ratebook test record --month 2026-03",
            "ratebook test record --month 2026-03 --anonymize --replace",
        ],
    ),
    ("plugin", &["ratebook plugin list", "ratebook plugin trust plugins/libratebook_plugin_acme.so"]),
    ("plugin list", &["ratebook plugin list", "ratebook plugin list --format json"]),
    (
        "plugin trust",
        &[
            "ratebook plugin trust plugins/libratebook_plugin_acme.so",
            "ratebook plugin trust --workspace billing target/release/libratebook_plugin_acme.so",
        ],
    ),
    (
        "plugin check",
        &[
            "ratebook plugin check target/release/libratebook_plugin_acme.so",
            "ratebook plugin check plugins/libratebook_plugin_acme.so --source acme --month 2026-03",
        ],
    ),
    (
        "plugin inspect",
        &["ratebook plugin inspect acronis", "ratebook plugin inspect plugins/libratebook_plugin_acme.so"],
    ),
    (
        "plugin new",
        &[
            "ratebook plugin new acme --ratebook ../ratebook",
            "ratebook plugin new acme --ratebook https://git.example.com/ratebook.git --dir acme",
        ],
    ),
    (
        "plugin record",
        &[
            "ratebook plugin record --source acme --month 2026-03 --into plugins/acme/fixtures/march",
            "ratebook plugin record --source acme --month 2026-03 --into march --replace contact",
        ],
    ),
    ("map", &["ratebook map suggest usage.csv", "ratebook map suggest usage.xlsx --source hosting"]),
    ("map suggest", &["ratebook map suggest usage.csv", "ratebook map suggest usage.xlsx --source hosting"]),
    (
        "schema",
        &["ratebook schema", "ratebook schema rules > rules.schema.json", "ratebook schema plugin:table"],
    ),
    (
        "completions",
        &[
            "ratebook completions bash > ~/.local/share/bash-completion/completions/ratebook",
            "ratebook completions zsh > ~/.zfunc/_ratebook",
            "ratebook completions fish > ~/.config/fish/completions/ratebook.fish",
        ],
    ),
];

/// A command whose help ends with examples, with all of its subcommands.
pub(super) fn with_examples(command: Command) -> Command {
    let name = command.get_name().to_owned();
    added(command, &name, "")
}

/// `name`: by which the examples are looked up. `above`: what stands before the names of subcommands.
fn added(command: Command, name: &str, above: &str) -> Command {
    let found = EXAMPLES.iter().find(|(known, _)| *known == name).map(|(_, lines)| *lines);
    let command = match found {
        Some(lines) => command.after_help(format!("Examples:\n  {}", lines.join("\n  "))),
        None => command,
    };
    command.mut_subcommands(|below| {
        let name = format!("{above}{}", below.get_name());
        let above = format!("{name} ");
        added(below, &name, &above)
    })
}
