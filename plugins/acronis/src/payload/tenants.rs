//! `GET /tenants`: the tenants beneath the root, page by page.
//!
//! Source: Acronis account management API. Later pages are asked for with the cursor alone.

use ratebook_plugin::Problem;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The longest page that is read: 5000 tenants are some MB.
pub(crate) const LONGEST: usize = 64 << 20;

/// One page.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    pub(crate) items: Vec<Tenant>,
    #[serde(default)]
    paging: Option<Paging>,
}

#[derive(Debug, Deserialize)]
struct Paging {
    #[serde(default)]
    cursors: Option<Cursors>,
}

#[derive(Debug, Deserialize)]
struct Cursors {
    #[serde(default)]
    after: Option<String>,
}

/// One tenant: what is used of it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Tenant {
    pub(crate) id: String,
    pub(crate) parent_id: Option<String>,
    pub(crate) name: Option<String>,
    /// `root`, `partner`, `folder`, `customer`, `unit`.
    pub(crate) kind: Option<String>,
    /// The partner's own reference.
    pub(crate) customer_id: Option<String>,
    /// Another of the partner's own.
    pub(crate) internal_tag: Option<String>,
    /// `production` or `trial`.
    pub(crate) pricing_mode: Option<String>,
    /// There if it was deleted; what it holds does not matter.
    pub(crate) deleted_at: Option<IgnoredAny>,
}

impl Tenant {
    /// A member by its name, as far as it is read.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        match name {
            "id" => Some(&self.id),
            "parent_id" => self.parent_id.as_deref(),
            "name" => self.name.as_deref(),
            "kind" => self.kind.as_deref(),
            "customer_id" => self.customer_id.as_deref(),
            "internal_tag" => self.internal_tag.as_deref(),
            "pricing_mode" => self.pricing_mode.as_deref(),
            _ => None,
        }
    }
}

impl Page {
    pub(crate) fn read(bytes: &[u8]) -> Result<Page, Problem> {
        serde_json::from_slice(bytes).map_err(|error| Problem::unexpected("a page of tenants", bytes, error))
    }

    /// The cursor of the next page. Whether the last page has one that leads to an empty page is not known: both end.
    pub(crate) fn next(&self) -> Option<&str> {
        let cursors = self.paging.as_ref()?.cursors.as_ref()?;
        cursors.after.as_deref().filter(|after| !after.is_empty() && !self.items.is_empty())
    }
}
