//! First solutions: options from a hint or by dropping sites greedily, customers by regret or by growing regions.

use super::contiguity::{Contiguity, Key};
use super::problem::{Problem, Serves};
use super::split;
use super::state::{NOBODY, STRUCTURAL, State};
use super::tables::{Tables, arc_to, is_open};
use crate::id::{ArcId, CustomerId, Id, OptionId, SiteId};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What the bound side knows about good solutions. Every field may be missing.
#[derive(Debug, Clone, Default)]
pub struct Hint {
    /// The option of every site.
    pub options: Option<Vec<OptionId>>,
    /// Multiplier of "served once" of every customer.
    pub multipliers: Option<Vec<f64>>,
    /// How much every arc is used in a relaxed or averaged solution, between 0 and 1.
    pub usage: Option<Vec<f64>>,
}

/// How customers are given to sites.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// By largest regret, then cut-off parts are reconnected.
    Regret,
    /// By growing connected regions from the homes; customers outside all layers by regret.
    Grow,
}

/// The price of one unit of hard excess at which moving it away is usually worth while: the mean, over customers, of what
/// it costs per unit of load to use the eighth cheapest arc instead of the cheapest.
pub fn excess_price(problem: &Problem, tables: &Tables) -> f64 {
    const RANK: usize = 7;
    let (mut sum, mut count) = (0.0, 0.0);
    for customer in problem.customers.ids() {
        let arcs = tables.by_cost(problem, customer);
        let mass = tables.mass[customer.index()];
        if arcs.len() > 1 && mass > 0.0 {
            let far = problem.arcs[ArcId(arcs[RANK.min(arcs.len() - 1)])].cost;
            sum += (far - problem.arcs[ArcId(arcs[0])].cost) / mass;
            count += 1.0;
        }
    }
    if sum > 0.0 { sum / count } else { 1.0 }
}

/// Makes a solution in which every customer that has an arc is served. Hard excess is priced at `weight`.
pub fn construct<'p>(
    problem: &'p Problem,
    tables: &'p Tables,
    contiguity: &mut Contiguity<'p>,
    hint: &Hint,
    manner: Manner,
    weight: f64,
) -> State<'p> {
    let options = hint.options.clone().unwrap_or_else(|| drop_greedily(problem, tables));
    let mut state = State::empty(problem, tables, options);
    serve_implied(&mut state);
    if manner == Manner::Grow {
        seed_homes(&mut state);
        let customers: Vec<CustomerId> = problem.customers.ids().collect();
        contiguity.grow(&mut state, weight, &customers);
    } else if let Some(usage) = &hint.usage {
        follow(&mut state, usage);
    }
    let unserved: Vec<CustomerId> =
        problem.customers.ids().filter(|&customer| state.site_of(customer) == NOBODY).collect();
    assign_by_regret(&mut state, weight, &unserved);
    for customer in problem.customers.ids() {
        if problem.customers[customer].divisible.is_some() {
            split::divide(&mut state, customer, weight);
        }
    }
    contiguity.repair(&mut state, weight);
    state.refresh();
    state.commit();
    state
}

/// Serves customers where the chosen options send them.
fn serve_implied(state: &mut State<'_>) {
    for site in state.problem.sites.ids() {
        for (customer, arc) in state.sent_elsewhere(state.option(site)) {
            state.serve(customer, arc);
        }
    }
}

/// Gives every open site its homes.
fn seed_homes(state: &mut State<'_>) {
    let problem = state.problem;
    for layer in &problem.layers {
        for (site, home) in layer.homes.entries() {
            let Some(node) = *home else { continue };
            let customer = layer.customers[node as usize];
            if state.site_of(customer) == NOBODY
                && is_open(problem, state.option(site))
                && state.fits(customer, site)
                && let Some(arc) = arc_to(problem, customer, site)
            {
                state.serve(customer, arc);
            }
        }
    }
}

/// Serves customers over arcs that a relaxed solution mostly uses, where that breaks nothing.
fn follow(state: &mut State<'_>, usage: &[f64]) {
    const MOSTLY: f64 = 0.7;
    for (arc, &share) in usage.iter().enumerate() {
        let arc = ArcId::new(arc);
        let customer = state.problem.arcs[arc].customer;
        if share >= MOSTLY && state.site_of(customer) == NOBODY && state.delta(&[(customer, arc)]).hard <= -STRUCTURAL {
            state.serve(customer, arc);
        }
    }
}

/// The cheapest way to serve an unserved customer: the arc, its priced delta, and the delta of the second best site.
fn best_two(state: &mut State<'_>, customer: CustomerId, weight: f64) -> Option<(ArcId, f64, f64)> {
    let (problem, tables) = (state.problem, state.tables);
    let mut best: Option<(ArcId, f64)> = None;
    let mut second = f64::INFINITY;
    let base = STRUCTURAL * weight;
    for &arc in tables.by_cost(problem, customer) {
        let arc = ArcId(arc);
        if second < problem.arcs[arc].cost {
            break;
        }
        if !state.fits(customer, problem.arcs[arc].site) {
            continue;
        }
        let value = state.delta(&[(customer, arc)]).priced(weight) + base;
        match best {
            Some((_, known)) if value >= known => second = second.min(value),
            _ => {
                second = best.map_or(f64::INFINITY, |(_, known)| known);
                best = Some((arc, value));
            }
        }
    }
    best.map(|(arc, value)| (arc, value, second))
}

/// Serves those of `customers` that nobody serves, the one with most to lose first. A customer that fits nowhere gets its
/// cheapest arc.
pub fn assign_by_regret(state: &mut State<'_>, weight: f64, customers: &[CustomerId]) {
    let problem = state.problem;
    // Ties (and lone arcs) go to the larger customer, which is harder to place later.
    let regret = |value: f64, second: f64| if second.is_finite() { second - value } else { f64::MAX };
    let mut heap: BinaryHeap<(Key, Key, Reverse<u32>)> = BinaryHeap::new();
    for &customer in customers {
        if state.site_of(customer) == NOBODY {
            let key = best_two(state, customer, weight).map_or(f64::MAX, |(_, value, second)| regret(value, second));
            heap.push((Key(key), Key(state.tables.mass[customer.index()]), Reverse(customer.0)));
        }
    }
    while let Some((key, mass, Reverse(customer))) = heap.pop() {
        let id = CustomerId(customer);
        let Some((arc, value, second)) = best_two(state, id, weight) else {
            if let Some(&arc) = state.tables.by_cost(problem, id).first() {
                state.serve(id, ArcId(arc));
            }
            continue;
        };
        let now = regret(value, second);
        if now < key.0 && heap.peek().is_some_and(|(next, ..)| now < next.0) {
            heap.push((Key(now), mass, Reverse(customer)));
            continue;
        }
        state.serve(id, arc);
    }
}

/// Every site at the option that serves most, then sites shut one by one while that pays or a hard row asks for it, as
/// judged by each customer going to its nearest open site and total capacity still covering total demand.
fn drop_greedily(problem: &Problem, tables: &Tables) -> Vec<OptionId> {
    let reach = |option: OptionId| match &problem.options[option].serves {
        Serves::Nobody => 0,
        Serves::Everybody => usize::MAX,
        Serves::Only(customers) => customers.len(),
    };
    let plain = |option: OptionId| tables.implications_of.of(option.index()).is_empty();
    let cost = |option: OptionId| problem.options[option].cost;
    let pick = |site: SiteId, wanted: &dyn Fn(OptionId) -> bool| {
        problem
            .options_of(site)
            .filter(|&option| wanted(option))
            .min_by(|&a, &b| reach(b).cmp(&reach(a)).then(cost(a).total_cmp(&cost(b))))
    };
    let mut chosen: Vec<OptionId> = problem
        .sites
        .ids()
        .map(|site| {
            pick(site, &plain)
                .unwrap_or_else(|| problem.options_of(site).next().expect("a valid problem gives every site an option"))
        })
        .collect();
    let shut: Vec<Option<OptionId>> =
        problem.sites.ids().map(|site| pick(site, &|option| plain(option) && reach(option) == 0)).collect();
    let mut rows: Vec<f64> = vec![0.0; tables.rows.len()];
    for &option in &chosen {
        for &(row, factor) in tables.option_rows.of(option.index()) {
            rows[row as usize] += factor;
        }
    }
    let outside = |row: usize, activity: f64| {
        let row = &tables.rows[row];
        (activity - row.upper).max(row.lower - activity).max(0.0)
    };
    let row_change = |rows: &[f64], from: OptionId, to: OptionId| {
        let mut touched: Vec<(u32, f64)> = Vec::new();
        for (option, sign) in [(from, -1.0), (to, 1.0)] {
            for &(row, factor) in tables.option_rows.of(option.index()) {
                match touched.iter_mut().find(|(known, _)| *known == row) {
                    Some((_, sum)) => *sum += sign * factor,
                    None => touched.push((row, sign * factor)),
                }
            }
        }
        let (mut hard, mut soft) = (0.0, 0.0);
        for (row, diff) in touched {
            let row = row as usize;
            let change = outside(row, rows[row] + diff) - outside(row, rows[row]);
            let price = tables.rows[row].price;
            if price.is_infinite() { hard += change } else { soft += change * price }
        }
        (hard, soft)
    };
    // Position of each customer's current site in its list of arcs by cost, and who is at each site.
    let usable = |chosen: &[OptionId], customer: CustomerId, arc: u32| {
        let site = problem.arcs[ArcId(arc)].site;
        problem.options[chosen[site.index()]].serves.allows(customer)
    };
    let next_open = |chosen: &[OptionId], customer: CustomerId, from: usize| {
        let arcs = tables.by_cost(problem, customer);
        (from..arcs.len()).find(|&at| usable(chosen, customer, arcs[at]))
    };
    let mut position: Vec<usize> = vec![usize::MAX; problem.customers.len()];
    let mut at_site: Vec<Vec<u32>> = vec![Vec::new(); problem.sites.len()];
    for customer in problem.customers.ids() {
        if let Some(at) = next_open(&chosen, customer, 0) {
            position[customer.index()] = at;
            let arc = ArcId(tables.by_cost(problem, customer)[at]);
            at_site[problem.arcs[arc].site.index()].push(customer.0);
        }
    }
    let (mut spare, capacity) = spare_capacity(problem, tables, &chosen);
    // The change of (hard rows, cost) when the site is shut, and whether its customers have another place to go.
    let estimate = |chosen: &[OptionId], rows: &[f64], position: &[usize], at_site: &[Vec<u32>], site: usize| {
        let to = shut[site]?;
        let (hard, soft) = row_change(rows, chosen[site], to);
        let mut change = cost(to) - cost(chosen[site]) + soft;
        for &customer in &at_site[site] {
            let id = CustomerId(customer);
            let arcs = tables.by_cost(problem, id);
            let at = position[customer as usize];
            let here = problem.arcs[ArcId(arcs[at])].site;
            let next = (at + 1..arcs.len())
                .find(|&next| problem.arcs[ArcId(arcs[next])].site != here && usable(chosen, id, arcs[next]))?;
            change += problem.arcs[ArcId(arcs[next])].cost - problem.arcs[ArcId(arcs[at])].cost;
        }
        Some((hard, change))
    };
    let mut heap: BinaryHeap<Reverse<(Key, Key, u32)>> = BinaryHeap::new();
    for site in 0..chosen.len() {
        if shut[site].is_some_and(|option| option != chosen[site])
            && let Some((hard, change)) = estimate(&chosen, &rows, &position, &at_site, site)
        {
            heap.push(Reverse((Key(hard), Key(change), site as u32)));
        }
    }
    while let Some(Reverse((hard, change, site))) = heap.pop() {
        let site = site as usize;
        let Some((now_hard, now)) = estimate(&chosen, &rows, &position, &at_site, site) else { continue };
        if (now_hard, now) > (hard.0, change.0) && heap.peek().is_some() {
            // Costs only grow as sites go, so a stale entry is put back with its new value.
            if now_hard < 0.0 || (now_hard == 0.0 && now < 0.0) {
                heap.push(Reverse((Key(now_hard), Key(now), site as u32)));
            }
            continue;
        }
        let covered = spare.iter().enumerate().all(|(measure, &spare)| {
            capacity[site * tables.measures + measure] == 0.0 || spare >= capacity[site * tables.measures + measure]
        });
        if now_hard > 0.0 || (now_hard == 0.0 && (now >= 0.0 || !covered)) {
            continue;
        }
        let to = shut[site].expect("an estimate exists only for sites that can be shut");
        for (option, sign) in [(chosen[site], -1.0), (to, 1.0)] {
            for &(row, factor) in tables.option_rows.of(option.index()) {
                rows[row as usize] += sign * factor;
            }
        }
        chosen[site] = to;
        for (measure, spare) in spare.iter_mut().enumerate() {
            *spare -= capacity[site * tables.measures + measure];
        }
        for customer in std::mem::take(&mut at_site[site]) {
            let id = CustomerId(customer);
            let at = next_open(&chosen, id, position[customer as usize] + 1)
                .expect("the estimate found another place for every customer");
            position[customer as usize] = at;
            let arc = ArcId(tables.by_cost(problem, id)[at]);
            at_site[problem.arcs[arc].site.index()].push(customer);
        }
    }
    chosen
}

/// Capacity beyond demand of every measure, and the capacity of every site at its chosen option (sites by measures; 0
/// where the measure is not limited).
fn spare_capacity(problem: &Problem, tables: &Tables, chosen: &[OptionId]) -> (Vec<f64>, Vec<f64>) {
    let measures = tables.measures;
    let mut capacity = vec![0.0; problem.sites.len() * measures];
    let mut spare = vec![0.0; measures];
    for (site, &option) in chosen.iter().enumerate() {
        for limit in tables.limits(option).iter().filter(|limit| limit.max.is_finite()) {
            let cell = &mut capacity[site * measures + limit.measure as usize];
            *cell = if *cell == 0.0 { limit.max } else { cell.min(limit.max) };
        }
        for measure in 0..measures {
            spare[measure] += capacity[site * measures + measure];
        }
    }
    for customer in &problem.customers {
        for &(commodity, load) in &customer.loads {
            for &(measure, value, whole) in tables.terms_of.of(commodity.index()) {
                spare[measure as usize] -= if whole { load as f64 / value } else { value * load as f64 };
            }
        }
    }
    (spare, capacity)
}
