//! `ratebook publish`: a closed month into PostgreSQL.

use std::path::PathBuf;
use std::str::FromStr;

use ratebook_line::Month;
use serde_json::json;

use super::context::Context;
use super::{stage, verify};
use crate::failure::Failures;
use crate::output::money::counted;
use crate::publish::{self, Outcome, Server};
use crate::run::MonthFolder;

/// Put a closed month into PostgreSQL, once and in one transaction (docs/index.md)
#[derive(clap::Args)]
pub(super) struct Publish {
    /// The month, like 2026-03
    #[arg(long, short, value_name = "YYYY-MM", value_parser = Month::from_str)]
    month: Month,
    /// The server, like postgres://user@host/database; the password is taken from $PGPASSWORD
    #[arg(value_name = "URL")]
    server: String,
    /// Certificates (PEM) to trust besides those of this machine, such as the server's own
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

impl Publish {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let password = std::env::var("PGPASSWORD").ok().filter(|password| !password.is_empty());
        let mut server = Server::new(&self.server, password.as_deref())?;
        if let Some(file) = &self.ca_file {
            server = server.trusting(file)?;
        }
        let workspace = stage::workspace(context)?;
        let archive = verify::finished(MonthFolder::new(&workspace.root, self.month))?;
        verify::verified(context, &workspace, &archive, true)?;
        let outcome = publish::publish(&archive, &server)?;
        context.print_either(
            || match &outcome {
                Outcome::Published(bills, lines) => format!(
                    "{} is published to {}: {}, {}\n",
                    self.month,
                    server.shown(),
                    counted(*bills, "bill"),
                    counted(*lines, "line")
                ),
                Outcome::Already(since) => {
                    format!("{} is already published to {}, since {since}\n", self.month, server.shown())
                }
            },
            || {
                let mut document = json!({ "month": self.month, "manifest": archive.sha256 });
                match &outcome {
                    Outcome::Published(bills, lines) => {
                        document["published"] = json!({ "bills": bills, "lines": lines });
                    }
                    Outcome::Already(since) => document["alreadyPublished"] = since.as_str().into(),
                }
                document
            },
        )
    }
}
