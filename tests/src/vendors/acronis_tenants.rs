//! The tenants beneath a root, page by page, and its price list: what Acronis gives beside a report.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::message::{Answer, Request};

/// A tenant as the API lists it.
#[must_use]
pub fn tenant(id: &str, parent: &str, kind: &str, name: &str) -> Value {
    json!({
        "id": id, "parent_id": parent, "kind": kind, "name": name, "customer_id": null, "internal_tag": null,
        "pricing_mode": "production", "enabled": true, "deleted_at": null,
    })
}

/// The root, and every tenant that a report names directly beneath it.
#[must_use]
pub fn named_in(csv_v2_0: &[u8], root: &str) -> Vec<Value> {
    let text = String::from_utf8_lossy(csv_v2_0);
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    let Some(at) = header.split(',').position(|name| name == "tenant.id") else { return Vec::new() };
    let mut seen = BTreeSet::from([root]);
    let mut tenants = vec![tenant(root, "above", "partner", "root")];
    for line in lines {
        let mut cells = line.split(',').skip(at);
        if let (Some(id), Some(kind)) = (cells.next(), cells.next())
            && seen.insert(id)
        {
            tenants.push(tenant(id, root, kind, &format!("tenant {id}")));
        }
    }
    tenants
}

/// `GET /tenants`: the first page by the root, later ones by the cursor alone.
pub(super) fn page(tenants: &[Value], per_page: usize, root: &str, request: &Request) -> Option<Answer> {
    let names: Vec<&str> = request.query.iter().map(|(name, _)| name.as_str()).collect();
    let from = match names.as_slice() {
        ["after"] => request.query("after")?.strip_prefix("from-")?.parse().ok()?,
        ["subtree_root_id", "allow_deleted", "lod"] => {
            let right = request.query("subtree_root_id") == Some(root)
                && request.query("allow_deleted") == Some("true")
                && request.query("lod") == Some("full");
            right.then_some(0)?
        }
        _ => return None,
    };
    let end = (from + per_page).min(tenants.len());
    let cursors = if end < tenants.len() { json!({"after": format!("from-{end}")}) } else { json!({}) };
    let items = tenants.get(from..end)?;
    Some(Answer::json(
        200,
        &json!({"items": items, "paging": {"cursors": cursors}, "timestamp": "2026-04-02T06:00:00"}),
    ))
}

/// `GET /effective_price_lists` for one month: SKU, effective and list price, name.
pub(super) fn prices(list: &PriceList, root: &str, request: &Request) -> Answer {
    let (tenant, month) = (request.query("tenant_id"), request.query("months"));
    let (Some(month), true) = (month, tenant == Some(root)) else {
        return refusal(400, "BadRequest", "tenant_id and months are required");
    };
    let prices: Vec<Value> = list
        .prices
        .iter()
        .map(|(sku, effective, full, name)| {
            json!({
                "sku": sku, "effective_price": effective, "list_price": full, "sku_discount": "0.00",
                "pricelist_discount": "0.00", "category": "Backup", "sub_category": "", "name": sku,
                "friendly_name": name,
            })
        })
        .collect();
    let lists = json!([{
        "month": month, "currency": list.currency, "commitment": "0", "pricelist_code": "PL", "prices": prices,
    }]);
    Answer::json(200, &json!({ "price_lists": lists }))
}

/// An error of the price list API, which has a shape of its own.
pub(super) fn refusal(status: u16, code: &str, message: &str) -> Answer {
    let body = json!({
        "domain": "PriceSync", "code": code, "reason": "AccessDenied", "message": message, "debug": {}, "kb_link": {},
    });
    Answer::json(status, &body)
}

/// What Acronis charges.
#[derive(Clone, Debug)]
pub struct PriceList {
    /// ISO 4217.
    pub currency: &'static str,
    /// SKU, effective price, list price, friendly name.
    pub prices: Vec<(&'static str, &'static str, &'static str, &'static str)>,
}
