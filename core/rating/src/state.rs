//! What a session knows: every line as a compact record, and what lines have in common by number.

use hashbrown::HashMap;
use ratebook_line::{Currency, Decimal, Month, NumberError};

use crate::adjustment::Adjustment;
use crate::exact::Exact;
use crate::item::{Item, LongNumbers};
use crate::line_problem::LineCode;
use crate::plan::{Plan, RuleId};
use crate::rules::checked::parties::Party;
use crate::rules::checked::settings::BillTo;
use crate::rules::ready::Rulebook;
use crate::rules::ready::matchers::{MatcherId, What, WhatFits, Who};
use crate::texts::{TextId, Texts};

/// A distinct "who".
#[derive(Clone, Debug)]
pub(crate) struct WhoRecord {
    pub(crate) who: Who,
    pub(crate) vendor: TextId,
    pub(crate) payer: Option<u32>,
    pub(crate) class: u32,
}

/// Somebody who may get a bill.
#[derive(Clone, Debug)]
pub(crate) struct Payer {
    pub(crate) id: TextId,
    /// Its place among the declared parties.
    pub(crate) declared: Option<u32>,
    pub(crate) currency: Currency,
    /// It has lines that are not dropped.
    pub(crate) has_usage: bool,
    pub(crate) lines: u64,
    pub(crate) held: u64,
    pub(crate) dropped: u64,
    /// The partners that its lines name.
    pub(crate) partners: Vec<TextId>,
}

/// A line that waits.
#[derive(Clone, Debug)]
pub(crate) struct HeldLine {
    pub(crate) number: u64,
    pub(crate) code: Option<LineCode>,
    pub(crate) rule: Option<RuleId>,
    pub(crate) who: u32,
    pub(crate) plan: u32,
}

/// A line that a rule dropped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DroppedLine {
    pub(crate) number: u64,
    pub(crate) rule: RuleId,
    pub(crate) plan: u32,
}

/// What stands on an adjustment's line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdjustmentTexts {
    pub(crate) name: TextId,
    pub(crate) sku: Option<TextId>,
    pub(crate) tax: TextId,
}

/// Everything a session knows once the lines are in.
#[derive(Debug)]
pub(crate) struct State<'r> {
    pub(crate) rulebook: &'r Rulebook,
    pub(crate) month: Month,
    pub(crate) texts: Texts,
    pub(crate) whos: Vec<WhoRecord>,
    pub(crate) whats: Vec<(What, WhatFits)>,
    pub(crate) classes: Vec<Vec<MatcherId>>,
    pub(crate) plans: Vec<Plan>,
    /// Class and what of each plan.
    pub(crate) plan_keys: Vec<(u32, u32)>,
    pub(crate) payers: Vec<Payer>,
    pub(crate) payer_by_id: HashMap<TextId, u32>,
    pub(crate) items: Vec<Item>,
    /// How many more were handed away.
    pub(crate) away: u64,
    pub(crate) numbers: LongNumbers,
    pub(crate) held: Vec<HeldLine>,
    pub(crate) dropped: Vec<DroppedLine>,
    pub(crate) lines: u64,
    /// Adjustments of closed months, with the texts that stand on their lines.
    pub(crate) adjustments: Vec<(AdjustmentTexts, Adjustment)>,
    /// Those of each payer.
    pub(crate) adjusted: HashMap<u32, Vec<u32>>,
    /// By matcher: it fitted some line.
    pub(crate) fitted: Vec<bool>,
}

impl<'r> State<'r> {
    /// Nothing yet.
    pub(crate) fn new(rulebook: &'r Rulebook, month: Month) -> State<'r> {
        State {
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
            away: 0,
            numbers: LongNumbers::default(),
            held: Vec::new(),
            dropped: Vec::new(),
            lines: 0,
            adjustments: Vec::new(),
            adjusted: HashMap::new(),
            fitted: vec![false; rulebook.matchers.count()],
        }
    }

    /// Somebody whom the rules declare may get a bill.
    pub(crate) fn declare(&mut self, id: TextId, index: u32, currency: Option<Currency>) {
        let payer = self.payer(id);
        let payer = &mut self.payers[payer as usize];
        payer.declared = Some(index);
        payer.currency = currency.unwrap_or(self.rulebook.settings.currency);
    }

    pub(crate) fn plan(&self, item: &Item) -> &Plan {
        &self.plans[item.plan as usize]
    }

    pub(crate) fn who(&self, item: &Item) -> &WhoRecord {
        &self.whos[item.who as usize]
    }

    /// Items have a payer: lines without are held.
    pub(crate) fn payer_of(&self, item: &Item) -> u32 {
        self.who(item).payer.unwrap_or(0)
    }

    pub(crate) fn party(&self, payer: &Payer) -> Option<&'r Party> {
        let parties = match self.rulebook.settings.bill_to {
            BillTo::Customer => &self.rulebook.customers,
            BillTo::Partner => &self.rulebook.partners,
        };
        payer.declared.map(|index| &parties.all[index as usize].party)
    }

    /// The groups of a payer, and of the partners that its lines name.
    pub(crate) fn groups(&self, payer: &Payer) -> Vec<TextId> {
        let Rulebook { customers, partners, settings, .. } = self.rulebook;
        let of = |parties: &'r crate::rules::ready::Parties, id: TextId| {
            parties.by_id(id).map_or(&[][..], |party| party.groups.as_slice())
        };
        match settings.bill_to {
            BillTo::Partner => of(partners, payer.id).to_vec(),
            BillTo::Customer => {
                let mut groups = of(customers, payer.id).to_vec();
                groups.extend(payer.partners.iter().flat_map(|partner| of(partners, *partner)));
                groups
            }
        }
    }

    /// The quantity of phase 3.
    pub(crate) fn quantity(&self, item: &Item) -> Result<Option<Exact>, NumberError> {
        self.numbers.quantity(item).map(|quantity| self.plan(item).converted(quantity)).transpose()
    }

    /// The entitled quantity, converted as the other is.
    pub(crate) fn entitled(&self, item: &Item) -> Result<Option<Exact>, NumberError> {
        self.numbers.second(item).map(|quantity| self.plan(item).converted(quantity)).transpose()
    }

    pub(crate) fn payer(&mut self, id: TextId) -> u32 {
        if let Some(payer) = self.payer_by_id.get(&id) {
            return *payer;
        }
        let index = self.payers.len() as u32;
        self.payer_by_id.insert(id, index);
        self.payers.push(Payer {
            id,
            declared: None,
            currency: self.rulebook.settings.currency,
            has_usage: false,
            lines: 0,
            held: 0,
            dropped: 0,
            partners: Vec::new(),
        });
        index
    }

    /// The SKU of lines of a plan, as the vendor says it.
    pub(crate) fn sku_id(&self, plan: u32) -> TextId {
        let (_, what) = self.plan_keys[plan as usize];
        self.whats[what as usize].0.sku
    }
}

impl Plan {
    pub(crate) fn converted(&self, quantity: Decimal) -> Result<Exact, NumberError> {
        let quantity = Exact::from(quantity);
        let Some(conversion) = &self.conversion else { return Ok(quantity) };
        let Some(places) = conversion.places else { return Ok(conversion.exact(&quantity)) };
        conversion.rounded(&quantity, places).map(Exact::from)
    }
}

impl crate::plan::Conversion {
    /// The converted quantity before it is rounded.
    pub(crate) fn exact(&self, quantity: &Exact) -> Exact {
        // Loading refuses a divisor of 0.
        quantity.times(&self.multiply).over(&self.divide).unwrap_or_else(|| quantity.clone())
    }

    /// The converted quantity, rounded.
    pub(crate) fn rounded(&self, quantity: &Exact, places: u32) -> Result<Decimal, NumberError> {
        let product = quantity.times(&self.multiply);
        match product.over_rounded(&self.divide, places, self.mode) {
            Some(rounded) => rounded,
            None => quantity.round(places, self.mode),
        }
    }
}
