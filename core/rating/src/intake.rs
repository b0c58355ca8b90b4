//! How lines become items: whose and what they are by number, their plans, and what is wrong with them.

use hashbrown::{HashMap, HashSet};
use ratebook_line::{Month, NumberField};

use crate::item::{Facts, Item};
use crate::line_problem::LineCode;
use crate::look::look;
use crate::needs::{Numbers, charged_quantity, has_cost, problem};
use crate::plan::{Plan, Route};
use crate::rules::checked::settings::{BillTo, Unpriced};
use crate::rules::ready::matchers::{MatcherId, What, Who};
use crate::rules::ready::{Parties, Rulebook};
use crate::run_error::{RunCode, RunProblem};
use crate::state::{DroppedLine, HeldLine, State, WhoRecord};
use crate::texts::TextId;

/// A session while lines come in.
#[derive(Debug)]
pub(crate) struct Intake<'r> {
    pub(crate) state: State<'r>,
    who_keys: HashMap<WhoKey, u32>,
    what_keys: HashMap<What, u32>,
    class_keys: HashMap<Vec<MatcherId>, u32>,
    /// Payers with the partners that their lines name.
    partners: HashSet<(u32, TextId)>,
    /// By class, what and month: most lines need no more than this.
    plan_keys: HashMap<(u32, u32, Month), u32>,
    /// By what, month and those of the class's matchers that fit the what: customers with rules of their own
    /// share the plans of everything that those rules are not about.
    plan_sets: HashMap<(u32, Month, Vec<MatcherId>), u32>,
    pub(crate) problems: Vec<(RunCode, RunProblem)>,
}

/// Vendor, tenant, and what the line itself says about customer and partner; the month of usage where the tenant changes
/// hands.
pub(crate) type WhoKey = ([TextId; 4], Option<Month>);

impl<'r> Intake<'r> {
    pub(crate) fn new(state: State<'r>) -> Intake<'r> {
        Intake {
            state,
            who_keys: HashMap::new(),
            what_keys: HashMap::new(),
            class_keys: HashMap::new(),
            partners: HashSet::new(),
            plan_keys: HashMap::new(),
            plan_sets: HashMap::new(),
            problems: Vec::new(),
        }
    }

    /// Routes a line (phase 1), finds its problem if it has one, and keeps it.
    pub(crate) fn take(
        &mut self,
        number: u64,
        line: &impl Numbers,
        who: u32,
        plan_id: u32,
        payer: Option<u32>,
    ) {
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
        let (quantity, billable) = charged_quantity(plan, line);
        let held = if let Route::Hold(_) = plan.route {
            Some((None, plan.router))
        } else if payer.is_none() {
            Some((Some(LineCode::UnknownCustomer), None))
        } else {
            let pass_through = state.rulebook.settings.unpriced == Unpriced::PassThrough;
            let code = match (plan.price, plan.needs) {
                (Err(code), _) if !pass_through || !has_cost(line, quantity) => Some(code),
                (Ok(_), Some(needs)) => plan
                    .problem
                    .or_else(|| problem(needs, line, quantity))
                    .or_else(|| if needs.a_look { look(state.rulebook, plan, line, quantity) } else { None }),
                _ => plan.problem,
            };
            code.map(|code| (Some(code), blamed(plan, code)))
        };
        if let Some(payer) = payer {
            let payer = &mut state.payers[payer as usize];
            payer.has_usage = true;
            payer.held += u64::from(held.is_some());
        }
        if let Some((code, rule)) = held {
            state.held.push(HeldLine { number, code, rule, who, plan: plan_id });
            return;
        }
        let on_entitled = plan.needs.is_some_and(|needs| needs.entitled);
        let second = line.number(if on_entitled { NumberField::Entitled } else { NumberField::UnitPrice });
        let total_cost = line.number(NumberField::TotalCost);
        let currency = line.currency();
        let facts = Facts { number, who, plan: plan_id, quantity, total_cost, second, currency, billable };
        state.items.push(Item::new(&facts, &mut state.numbers));
    }

    pub(crate) fn who(&mut self, key: [TextId; 4], month: Month) -> u32 {
        let Rulebook { customers, partners, .. } = self.state.rulebook;
        let [vendor, tenant, ..] = key;
        let moves = [customers, partners].iter().any(|parties| parties.is_moving(vendor, tenant));
        let key = (key, moves.then_some(month));
        if let Some(who) = self.who_keys.get(&key) {
            return *who;
        }
        let record = self.new_who(key.0, month);
        let who = self.state.whos.len() as u32;
        self.state.whos.push(record);
        self.who_keys.insert(key, who);
        who
    }

    /// Whose bill it is, and which matchers fit who it is.
    fn new_who(&mut self, [vendor, tenant, customer, partner]: [TextId; 4], month: Month) -> WhoRecord {
        let state = &mut self.state;
        let rulebook = state.rulebook;
        let settings = &rulebook.settings;
        let listed = |parties: &'r Parties| {
            let party = if tenant.is_empty() { None } else { parties.by_tenant(vendor, tenant, month) };
            party.map(|party| party.id)
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
        let groups =
            |parties: &'r Parties, id| parties.by_id(id).map_or(&[][..], |party| party.groups.as_slice());
        let mut all_groups = groups(&rulebook.customers, customer).to_vec();
        all_groups.extend(groups(&rulebook.partners, partner));
        let who = Who { tenant, customer, partner, groups: all_groups };
        if let (Some(payer), Some(partner)) = (payer, who.partner.some())
            && self.partners.insert((payer, partner))
        {
            state.payers[payer as usize].partners.push(partner);
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

    pub(crate) fn what(&mut self, what: What) -> u32 {
        if let Some(id) = self.what_keys.get(&what) {
            return *id;
        }
        let state = &mut self.state;
        let fits = state.rulebook.matchers.fit_what(&what, &state.texts);
        let id = state.whats.len() as u32;
        state.whats.push((what.clone(), fits));
        self.what_keys.insert(what, id);
        id
    }

    pub(crate) fn plan(&mut self, class: u32, what: u32, month: Month) -> u32 {
        let key = (class, what, month);
        if let Some(plan) = self.plan_keys.get(&key) {
            return *plan;
        }
        let set = self.state.whats[what as usize].1.of_who(&self.state.classes[class as usize]);
        let plan = *self.plan_sets.entry((what, month, set)).or_insert_with_key(|(_, _, set)| {
            let made = make_plan(&mut self.state, what, month, set);
            self.state.plans.push(made);
            self.state.plan_keys.push((class, what));
            self.state.plans.len() as u32 - 1
        });
        self.plan_keys.insert(key, plan);
        plan
    }

    /// A line of a month that is not billed yet.
    pub(crate) fn later(&mut self, number: u64, month: Month) {
        let message = format!("usage of {month} is later than the billed month {}", self.state.month);
        let problem = RunProblem {
            line: Some(number),
            code: "E-MONTH",
            rule: None,
            rules: Vec::new(),
            customer: None,
            message,
            amount: None,
        };
        self.problems.push((RunCode::Month, problem));
    }
}

/// The rule that a line's problem is about.
fn blamed(plan: &Plan, code: LineCode) -> Option<u32> {
    match code {
        LineCode::UnitMismatch if plan.price.is_err() => {
            plan.conversion.as_ref().map(|conversion| conversion.rule)
        }
        _ => plan.pricer,
    }
}

fn make_plan(state: &mut State<'_>, what: u32, month: Month, of_who: &[MatcherId]) -> Plan {
    let (facts, fits) = &state.whats[what as usize];
    let fit = state.rulebook.matchers.fit_with(fits, of_who.iter().copied());
    for id in &fit {
        state.fitted[*id as usize] = true;
    }
    Plan::new(state.rulebook, &fit, facts, month, state.month, &state.texts)
}
