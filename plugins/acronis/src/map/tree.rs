//! Who stands above whom: the tenants beneath the root, as they lie beside the report.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::successors;

use ratebook_plugin::{Faults, JsonReading, Level as LogLevel, Lines, Payload, Place, Problem, Shape};

use crate::config::{PartnerAbove, Reference, TreeSettings, Trials};
use crate::fields;
use crate::formats::TENANTS;
use crate::payload::tenants::{LONGEST, Page, Tenant};
use crate::rows::FAULTS_TOLD;

/// How many tenants a message names.
const NAMED: usize = 5;

/// The tenants, and which of them have lines.
pub(super) struct Tree<'s> {
    settings: &'s TreeSettings,
    /// Whether there is one: without it nothing is known of any tenant.
    is_there: bool,
    nodes: Vec<Node>,
    by_id: BTreeMap<String, usize>,
    /// The tenant that was looked up last: rows of one tenant stand together.
    last: Option<(String, Option<usize>)>,
    billed: BTreeSet<usize>,
    /// Tenants with lines that are not among them, and their first rows.
    strangers: BTreeMap<String, Place>,
}

struct Node {
    tenant: Tenant,
    parent: Option<usize>,
    partner: Option<usize>,
}

impl<'s> Tree<'s> {
    /// Looks the tenants up beside a report, if they are wanted and there.
    pub(super) fn beside(
        payload: &mut Payload<'_>,
        settings: &'s TreeSettings,
        root: &str,
    ) -> Result<Tree<'s>, Problem> {
        let pages = if settings.wanted { payload.references(TENANTS, LONGEST)? } else { Vec::new() };
        let mut tree = Tree {
            settings,
            is_there: !pages.is_empty(),
            nodes: Vec::new(),
            by_id: BTreeMap::new(),
            last: None,
            billed: BTreeSet::new(),
            strangers: BTreeMap::new(),
        };
        if !tree.is_there {
            settings.do_without()?;
            return Ok(tree);
        }
        let pages = pages.iter().map(|page| Page::read(page)).collect::<Result<Vec<Page>, Problem>>()?;
        if pages.iter().filter(|page| page.next().is_some()).count() >= pages.len() {
            let message =
                format!("the tenants that were kept (pages: {}) say that there are more", pages.len());
            return Err(Problem::data(message).advise("Fetch the month again, or import every page."));
        }
        let fields = fields::fields();
        let (mut shape, mut faults) =
            (Shape::of("the tenants", &fields, TENANTS), Faults::telling(FAULTS_TOLD));
        for (number, tenant) in (1..).zip(pages.iter().flat_map(|page| &page.items)) {
            let mut reading = JsonReading::of("tenants, item", number, &mut faults);
            // Members that are not read are not known here, so none of them can look like one that is missing.
            shape.row(&mut reading, |name| tenant.get(name), std::iter::empty());
        }
        faults.refuse()?;
        for tenant in pages.into_iter().flat_map(|page| page.items) {
            tree.take(tenant)?;
        }
        tree.connect(&spelled(root))?;
        Ok(tree)
    }

    fn take(&mut self, tenant: Tenant) -> Result<(), Problem> {
        let id = spelled(&tenant.id);
        let tenant = Tenant { id: id.clone(), ..tenant };
        if let Some(at) = self.by_id.get(&id) {
            // One that moved between two pages comes twice; where it stands now is not known.
            let known = &self.nodes[*at].tenant;
            if known.parent_id == tenant.parent_id && known.kind == tenant.kind {
                return Ok(());
            }
            let [one, other] = [known, &tenant].map(|tenant| {
                let kind = tenant.kind.as_deref().unwrap_or("tenant");
                format!("a {kind} beneath {}", tenant.parent_id.as_deref().unwrap_or("nobody"))
            });
            return Err(Problem::data(format!("the tenants have {id} twice: {one}, and {other}"))
                .advise("Fetch the month again: it may have been moved meanwhile."));
        }
        self.by_id.insert(id, self.nodes.len());
        self.nodes.push(Node { tenant, parent: None, partner: None });
        Ok(())
    }

    /// Finds every tenant's parent and partner, and that they are tenants of this root.
    fn connect(&mut self, root: &str) -> Result<(), Problem> {
        let above = |node: &Node| node.tenant.parent_id.as_deref().map(spelled);
        let is_ours = |node: &Node| node.tenant.id == root || above(node).as_deref() == Some(root);
        if !self.nodes.iter().any(is_ours) {
            let count = self.nodes.len();
            return Err(Problem::data(format!(
                "the {count} tenants that were kept do not stand beneath {root}"
            ))
            .advise("Is tenant_id the root that they were listed for? tenants = false goes without them."));
        }
        let root = self.by_id.get(root).copied();
        for at in 0..self.nodes.len() {
            let parent = above(&self.nodes[at]).and_then(|id| self.by_id.get(&id).copied());
            // What stands above the root is not its own to tell.
            self.nodes[at].parent = parent.filter(|_| Some(at) != root);
        }
        for at in 0..self.nodes.len() {
            if self.ancestors(at).take(self.nodes.len()).count() == self.nodes.len() {
                return Err(Problem::data(format!("the tenant {} stands above itself", self.named(at))));
            }
        }
        for at in 0..self.nodes.len() {
            let is_partner = |above: &usize| {
                Some(*above) != root && self.nodes[*above].tenant.kind.as_deref() == Some("partner")
            };
            let partner = match self.settings.partner {
                PartnerAbove::Nearest => self.ancestors(at).find(is_partner),
                PartnerAbove::Topmost => self.ancestors(at).filter(is_partner).last(),
            };
            self.nodes[at].partner = partner;
        }
        Ok(())
    }

    /// Those above a tenant, the nearest first.
    fn ancestors(&self, at: usize) -> impl Iterator<Item = usize> {
        successors(self.nodes[at].parent, |above| self.nodes[*above].parent)
    }

    fn named(&self, at: usize) -> String {
        let tenant = &self.nodes[at].tenant;
        match tenant.name.as_deref().filter(|name| !name.is_empty()) {
            Some(name) => format!("{name:?} ({})", tenant.id),
            None => tenant.id.clone(),
        }
    }

    /// Where a tenant stands.
    pub(super) fn find(&mut self, id: &str) -> Option<usize> {
        if !self.is_there {
            return None;
        }
        match &self.last {
            Some((last, at)) if last == id => *at,
            _ => {
                let at = self.by_id.get(&spelled(id)).copied();
                self.last = Some((id.to_owned(), at));
                at
            }
        }
    }

    /// Notes that a tenant has a line.
    pub(super) fn bill(&mut self, at: Option<usize>, id: &str, row: Place) {
        match at {
            Some(at) => {
                self.billed.insert(at);
            }
            None if self.is_there && !self.strangers.contains_key(id) => {
                self.strangers.insert(id.to_owned(), row);
            }
            None => {}
        }
    }

    fn tenant(&self, at: Option<usize>) -> Option<&Tenant> {
        at.map(|at| &self.nodes[at].tenant)
    }

    /// The id of the partner above it; none directly beneath the root.
    pub(super) fn partner(&self, at: Option<usize>) -> Option<&str> {
        self.tenant(at.and_then(|at| self.nodes[at].partner)).map(|partner| partner.id.as_str())
    }

    /// Its name.
    pub(super) fn name(&self, at: Option<usize>) -> Option<&str> {
        self.tenant(at)?.name.as_deref().filter(|name| !name.is_empty())
    }

    /// The partner's own reference of it; `reported` is the report's `tenant.customer_id`.
    pub(super) fn customer<'r>(&'r self, at: Option<usize>, reported: &'r str) -> Option<&'r str> {
        let tenant = self.tenant(at);
        let found = match self.settings.reference {
            Reference::CustomerId if !reported.is_empty() => return Some(reported),
            Reference::CustomerId => tenant?.customer_id.as_deref(),
            Reference::InternalTag => tenant?.internal_tag.as_deref(),
        };
        found.map(str::trim).filter(|found| !found.is_empty())
    }

    /// What becomes of its rows, if it is a trial.
    pub(super) fn trial(&self, at: Option<usize>) -> Trials {
        let is_trial = self.settings.trials != Trials::Bill
            && self.tenant(at).is_some_and(|tenant| tenant.pricing_mode.as_deref() == Some("trial"));
        if is_trial { self.settings.trials } else { Trials::Bill }
    }

    /// Refuses usage that counts twice; tells of tenants that are deleted or not there.
    pub(super) fn finish(&self, out: &mut Lines<'_>) -> Result<(), Problem> {
        if !self.settings.keep_nested {
            self.refuse_nested()?;
        }
        let deleted: Vec<String> = (self.billed.iter())
            .filter(|at| self.nodes[**at].tenant.deleted_at.is_some())
            .map(|at| self.named(*at))
            .collect();
        if !deleted.is_empty() {
            out.log(LogLevel::Note, format!("tenants with usage that are deleted: {}", listed(&deleted)))?;
        }
        if !self.strangers.is_empty() {
            let names: Vec<String> = self.strangers.iter().map(|(id, row)| format!("{id}, {row}")).collect();
            let text =
                "tenants with usage that are not listed beneath the root, so their partner is not known";
            out.log(LogLevel::Warning, format!("{text}: {}", listed(&names)))?;
        }
        Ok(())
    }

    fn refuse_nested(&self) -> Result<(), Problem> {
        let nested = |at: &usize| {
            let above = self.ancestors(*at).find(|above| self.billed.contains(above))?;
            Some(format!("{} beneath {}", self.named(*at), self.named(above)))
        };
        let found: Vec<String> = self.billed.iter().filter_map(nested).collect();
        if found.is_empty() {
            return Ok(());
        }
        Err(Problem::review(format!("usage would count twice, for both have rows: {}", listed(&found)))
        .advise(
            "Set kinds to the one kind of tenant that is billed, such as kinds = [\"customer\"]. If the upper one's rows \
             hold its own usage alone, keep_nested = true takes both.",
        ))
    }
}

/// How many, and the first of them.
fn listed(names: &[String]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let rest = if more > 0 { " ..." } else { "" };
    format!("{} ({}{rest})", names.len(), names[..names.len() - more].join(", "))
}

/// An id in the spelling that is compared: UUIDs have no case.
fn spelled(id: &str) -> String {
    id.trim().to_ascii_lowercase()
}
