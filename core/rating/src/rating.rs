//! A session: takes lines one by one, keeps a compact record of each, and ends in bills.

use hashbrown::HashMap;
use ratebook_line::{BillableLine, Month};

use crate::adjustment::Adjustment;
use crate::line_problem::{LineCode, charged_quantity, has_cost, is_zero, problem};
use crate::plan::{Plan, Route};
use crate::price::Model;
use crate::rated::Rated;
use crate::rules::checked::settings::{BillTo, Unpriced};
use crate::rules::ready::matchers::{MatcherId, What, Who};
use crate::rules::ready::{Rulebook, part_of};
use crate::run_error::{RunCode, RunError, RunProblem};
use crate::state::{AdjustmentTexts, DroppedLine, HeldLine, Item, State, WhoRecord};
use crate::texts::TextId;
use crate::wide::WideTotals;
use crate::{commitments, finish};

/// Rates the lines of one month, or of one partition of them.
#[derive(Debug)]
pub struct Rating<'r> {
    state: State<'r>,
    /// The text that a field had last: neighbouring lines are much alike.
    last: [TextId; 9],
    who_keys: HashMap<WhoKey, u32>,
    last_who: Option<(WhoKey, u32)>,
    what_keys: HashMap<What, u32>,
    last_what: Option<u32>,
    class_keys: HashMap<Vec<MatcherId>, u32>,
    /// By class, what and month: most lines need no more than this.
    plan_keys: HashMap<(u32, u32, Month), u32>,
    /// By what, month and those of the class's matchers that fit the what: customers with rules of their own
    /// share the plans of everything that those rules are not about.
    plan_sets: HashMap<(u32, Month, Vec<MatcherId>), u32>,
    problems: Vec<(RunCode, RunProblem)>,
}

/// Vendor, tenant, and what the line itself says about customer and partner.
type WhoKey = [TextId; 4];

impl<'r> Rating<'r> {
    /// A session for all lines of a month.
    #[must_use]
    pub fn new(rulebook: &'r Rulebook, month: Month) -> Rating<'r> {
        Rating::partition(rulebook, month, 0, 1)
    }

    /// A session for the lines of one of several partitions; see [`Rulebook::part_of`]. Customers without
    /// lines belong to one of them too.
    #[must_use]
    pub fn partition(rulebook: &'r Rulebook, month: Month, part: u32, parts: u32) -> Rating<'r> {
        let mut state = State {
            rulebook,
            month,
            texts: rulebook.texts.clone(),
            whos: Vec::new(),
            whats: Vec::new(),
            classes: Vec::new(),
            plans: Vec::new(),
            plan_keys: Vec::new(),
            payers: Vec::new(),
            payer_by_id: HashMap::new(),
            items: Vec::new(),
            held: Vec::new(),
            dropped: Vec::new(),
            lines: 0,
            adjustments: Vec::new(),
            adjusted: HashMap::new(),
            fitted: vec![false; rulebook.matchers.count()],
        };
        let parties = match rulebook.settings.bill_to {
            BillTo::Customer => &rulebook.customers,
            BillTo::Partner => &rulebook.partners,
        };
        for (index, party) in (0_u32..).zip(&parties.all) {
            if part_of(&party.party.id, parts) == part {
                state.declare(party.id, index, party.party.currency);
            }
        }
        for committed in commitments::named(rulebook, month) {
            if part_of(rulebook.texts.get(committed), parts) == part {
                state.payer(committed);
            }
        }
        Rating {
            state,
            last: [TextId::EMPTY; 9],
            who_keys: HashMap::new(),
            last_who: None,
            what_keys: HashMap::new(),
            last_what: None,
            class_keys: HashMap::new(),
            plan_keys: HashMap::new(),
            plan_sets: HashMap::new(),
            problems: Vec::new(),
        }
    }

    /// Takes the next line. Lines are numbered from 0 in the order in which they come.
    pub fn push(&mut self, line: &BillableLine<'_>) {
        self.push_numbered(self.state.lines, line);
    }

    /// Takes a line that has its number already: in a partition, where lines in between are elsewhere.
    pub fn push_numbered(&mut self, number: u64, line: &BillableLine<'_>) {
        self.state.lines += 1;
        let rulebook = self.state.rulebook;
        let vendor = self.text(0, line.vendor.as_deref());
        let tenant = self.text(1, line.tenant.as_deref());
        let customer = self.text(2, line.customer.as_deref());
        let partner = self.text(3, line.partner.as_deref());
        let unit = self.text(4, line.billing_unit.as_deref());
        let what = What {
            vendor,
            source: self.text(5, line.source.as_deref()),
            sku: self.text(6, line.sku_id.as_deref()),
            meter: self.text(7, line.meter.as_deref()),
            edition: self.text(8, line.edition.as_deref()),
            unit: rulebook.units.get(&unit).copied().unwrap_or(unit),
            payment: line
                .payment_option
                .as_deref()
                .map_or(TextId::EMPTY, |text| self.state.texts.intern(text)),
            zero: is_zero(line),
            tags: self.tags(line),
        };
        let who = self.who([vendor, tenant, customer, partner]);
        let what = self.what(what);
        let record = &self.state.whos[who as usize];
        let (payer, class) = (record.payer, record.class);
        if line.usage_month > self.state.month {
            self.later(number, line.usage_month);
            return;
        }
        let plan = self.plan(class, what, line.usage_month);
        self.take(number, line, who, plan, payer);
    }

    /// Routes the line (phase 1), finds its problem if it has one, and keeps it.
    fn take(&mut self, number: u64, line: &BillableLine<'_>, who: u32, plan_id: u32, payer: Option<u32>) {
        let state = &mut self.state;
        let plan = &state.plans[plan_id as usize];
        if let Some(payer) = payer {
            state.payers[payer as usize].lines += 1;
        }
        if let (Route::Drop, Some(rule)) = (plan.route, plan.router) {
            state.dropped.push(DroppedLine { number, rule, plan: plan_id });
            if let Some(payer) = payer {
                state.payers[payer as usize].dropped += 1;
            }
            return;
        }
        let mut held = None;
        let (quantity, billable) = charged_quantity(plan, line);
        let mut second = line.unit_price;
        if let Route::Hold(_) = plan.route {
            held = Some((None, plan.router));
        } else if payer.is_none() {
            held = Some((Some(LineCode::UnknownCustomer), None));
        } else {
            let model = plan.price.map(|priced| &state.rulebook.models[priced.model as usize]);
            if model.is_ok_and(Model::is_on_entitled) {
                second = line.entitled_quantity;
            }
            let pass_through = state.rulebook.settings.unpriced == Unpriced::PassThrough;
            let problem = match model {
                Err(code) if !pass_through || !has_cost(line, quantity) => Some(code),
                Err(_) => plan.problem,
                Ok(_) => plan.problem.or_else(|| problem(state.rulebook, plan, line, quantity)),
            };
            if let Some(code) = problem {
                let rule = match code {
                    LineCode::UnitMismatch if plan.price.is_err() => {
                        plan.conversion.as_ref().map(|conversion| conversion.rule)
                    }
                    _ => plan.pricer,
                };
                held = Some((Some(code), rule));
            }
        }
        if let Some(payer) = payer {
            let payer = &mut state.payers[payer as usize];
            payer.has_usage = true;
            payer.held += u64::from(held.is_some());
        }
        match held {
            Some((code, rule)) => state.held.push(HeldLine { number, code, rule, who, plan: plan_id }),
            None => state.items.push(Item {
                number,
                who,
                plan: plan_id,
                quantity,
                total_cost: line.total_cost,
                second,
                currency: line.currency,
                billable,
            }),
        }
    }

    /// Puts an adjustment of a closed month on a bill; those of a customer stand there in the order in which they come.
    pub fn adjust(&mut self, adjustment: Adjustment) {
        let state = &mut self.state;
        let texts = AdjustmentTexts {
            name: state.texts.intern(&adjustment.name),
            sku: adjustment.sku.as_deref().map(|sku| state.texts.intern(sku)),
            tax: state.texts.intern(&adjustment.tax),
        };
        let customer = state.texts.intern(&adjustment.customer);
        let payer = state.payer(customer);
        state.adjusted.entry(payer).or_default().push(state.adjustments.len() as u32);
        state.adjustments.push((texts, adjustment));
    }

    /// The bills.
    ///
    /// # Errors
    /// [`RunError`] with everything that stops the run, by line.
    pub fn finish(self) -> Result<Rated<'r>, RunError> {
        let totals = self.wide_totals();
        self.finish_with(&totals)
    }

    /// The bills of a partition, knowing the totals of all partitions.
    ///
    /// # Errors
    /// [`RunError`] with everything that stops the run, by line.
    pub fn finish_with(self, totals: &WideTotals) -> Result<Rated<'r>, RunError> {
        finish::finish(self.state, totals, self.problems)
    }

    /// What pools that are wider than one bill need to know of these lines.
    #[must_use]
    pub fn wide_totals(&self) -> WideTotals {
        WideTotals::new(&self.state)
    }

    fn text(&mut self, slot: usize, text: Option<&str>) -> TextId {
        let Some(text) = text else { return TextId::EMPTY };
        let last = self.last[slot];
        if self.state.texts.get(last) == text {
            return last;
        }
        let id = self.state.texts.intern(text);
        self.last[slot] = id;
        id
    }

    fn tags(&mut self, line: &BillableLine<'_>) -> Vec<TextId> {
        if line.tags.is_empty() {
            return Vec::new();
        }
        let mut tags: Vec<TextId> = line.tags.iter().map(|tag| self.state.texts.intern(tag)).collect();
        tags.sort_unstable();
        tags.dedup();
        tags
    }

    fn who(&mut self, key: WhoKey) -> u32 {
        if let Some((last, who)) = self.last_who
            && last == key
        {
            return who;
        }
        let who = match self.who_keys.get(&key) {
            Some(who) => *who,
            None => {
                let record = self.new_who(key);
                let who = self.state.whos.len() as u32;
                self.state.whos.push(record);
                self.who_keys.insert(key, who);
                who
            }
        };
        self.last_who = Some((key, who));
        who
    }

    /// Whose bill it is, and which matchers fit who it is.
    fn new_who(&mut self, [vendor, tenant, customer, partner]: WhoKey) -> WhoRecord {
        let state = &mut self.state;
        let rulebook = state.rulebook;
        let settings = &rulebook.settings;
        let listed = |parties: &'r crate::rules::ready::Parties| {
            if tenant.is_empty() { None } else { parties.by_tenant(vendor, tenant).map(|party| party.id) }
        };
        let mut customer = listed(&rulebook.customers).unwrap_or(customer);
        let mut partner = listed(&rulebook.partners).unwrap_or(partner);
        let billed = match settings.bill_to {
            BillTo::Customer => &mut customer,
            BillTo::Partner => &mut partner,
        };
        if billed.is_empty() && settings.tenants_are_customers && !tenant.is_empty() {
            let id = format!("{}:{}", state.texts.get(vendor), state.texts.get(tenant));
            *billed = state.texts.intern(&id);
        }
        let billed = billed.some();
        let payer = billed.map(|id| state.payer(id));
        let groups = |parties: &'r crate::rules::ready::Parties, id| {
            parties.by_id(id).map_or(&[][..], |party| party.groups.as_slice())
        };
        let mut all_groups = groups(&rulebook.customers, customer).to_vec();
        all_groups.extend(groups(&rulebook.partners, partner));
        let who = Who { tenant, customer, partner, groups: all_groups };
        if let (Some(payer), Some(partner)) = (payer, who.partner.some()) {
            let partners = &mut state.payers[payer as usize].partners;
            if !partners.contains(&partner) {
                partners.push(partner);
            }
        }
        let fit = rulebook.matchers.fit_who(&who, &state.texts);
        let class = match self.class_keys.get(&fit) {
            Some(class) => *class,
            None => {
                let class = state.classes.len() as u32;
                state.classes.push(fit.clone());
                self.class_keys.insert(fit, class);
                class
            }
        };
        WhoRecord { who, vendor, payer, class }
    }

    fn what(&mut self, what: What) -> u32 {
        if let Some(last) = self.last_what
            && self.state.whats[last as usize].0 == what
        {
            return last;
        }
        let id = match self.what_keys.get(&what) {
            Some(id) => *id,
            None => {
                let state = &mut self.state;
                let fits = state.rulebook.matchers.fit_what(&what, &state.texts);
                let id = state.whats.len() as u32;
                state.whats.push((what.clone(), fits));
                self.what_keys.insert(what, id);
                id
            }
        };
        self.last_what = Some(id);
        id
    }

    fn plan(&mut self, class: u32, what: u32, month: Month) -> u32 {
        let key = (class, what, month);
        if let Some(plan) = self.plan_keys.get(&key) {
            return *plan;
        }
        let set = self.state.whats[what as usize].1.of_who(&self.state.classes[class as usize]);
        let plan = *self.plan_sets.entry((what, month, set)).or_insert_with_key(|(_, _, set)| {
            let made = self.state.make_plan(what, month, set);
            self.state.plans.push(made);
            self.state.plan_keys.push((class, what));
            self.state.plans.len() as u32 - 1
        });
        self.plan_keys.insert(key, plan);
        plan
    }

    fn later(&mut self, number: u64, month: Month) {
        let message = format!("usage of {month} is later than the billed month {}", self.state.month);
        let problem = RunProblem { line: Some(number), code: "E-MONTH", rule: None, customer: None, message };
        self.problems.push((RunCode::Month, problem));
    }
}

impl State<'_> {
    fn make_plan(&mut self, what: u32, month: Month, of_who: &[MatcherId]) -> Plan {
        let (facts, fits) = &self.whats[what as usize];
        let fit = self.rulebook.matchers.fit_with(fits, of_who.iter().copied());
        for id in &fit {
            self.fitted[*id as usize] = true;
        }
        Plan::new(self.rulebook, &fit, facts, month, self.month, &self.texts)
    }

    fn declare(&mut self, id: TextId, index: u32, currency: Option<ratebook_line::Currency>) {
        let payer = self.payer(id);
        let payer = &mut self.payers[payer as usize];
        payer.declared = Some(index);
        payer.currency = currency.unwrap_or(self.rulebook.settings.currency);
    }
}
