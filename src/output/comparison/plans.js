// Plans as columns: who they are, the answers, and the tables of figures, actions, rules and money.

var all = data.comparison, plans = all.plans;

function badge(at) {
  return at === null ? el("span", { class: "badge today" }, t("compare.today_letter"))
    : el("span", { class: "badge", style: "background:" + seriesColour(at) }, plans[at].letter);
}

// The head of a plan's column.
function planHead(at) { return [badge(at), el("span", { class: "plan-name" }, plans[at].name)]; }

function planLabel(at) {
  return at === null ? t(all.today === "assumed" ? "compare.today_assumed" : "compare.today") : plans[at].letter + " · " + plans[at].name;
}

function siteName(key) { return key === null ? t("report.no_school") : all.names.sites[key] || key; }
function unitName(key) { return all.names.units[key] || key; }

var hasToday = all.figures.some(function (row) { return row.today !== null; }) || all.rules.some(function (row) { return row.today !== null; });

// A table with a column for every plan, and one for today where `today` says so.
function planTable(first, today, rows) {
  return el("table", { class: "plans", style: "--columns:" + (plans.length + (today ? 1 : 0)) },
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, first), today && el("th", { scope: "col" }, t("report.year_before", { year: all.baseline_year })),
      plans.map(function (plan, at) { return el("th", { scope: "col" }, planHead(at)); }))),
    el("tbody", {}, rows));
}

function line(label, today, cells, differs, classes) {
  return el("tr", { class: differs ? "differs" : "equal" }, el("th", { scope: "row" }, label), today !== undefined && el("td", { class: "same" }, today),
    cells.map(function (cell, at) { return el("td", { class: (classes && classes[at]) || (differs ? null : "same") }, cell); }));
}

function status(plan) { return el("span", { class: "status " + plan.status }, word("compare.status", plan.status)); }

function differing(of) { return plans.some(function (plan) { return of(plan) !== of(plans[0]); }); }

function showPlans() {
  put("kicker", both(data.title));
  put("plans", plans.map(function (plan, at) { return el("li", {}, badge(at), plan.name, plan.variant ? el("span", { class: "muted" }, " · " + plan.variant) : ""); }));
}

function showAnswers() {
  var groups = [];
  data.answers.forEach(function (answer) {
    var topic = answer.about === "worst" ? "travel" : answer.about === "keeps" ? "breaks" : answer.about;
    var last = groups[groups.length - 1];
    if (!last || last.topic !== topic) { groups.push(last = { topic: topic, list: [] }); }
    last.list.push(answer);
  });
  put("answers", groups.map(function (group) {
    return [el("dt", {}, t("compare.about_" + group.topic)), el("dd", {}, group.list.map(function (answer) { return el("p", {}, both(answer.text)); }))];
  }));
}

function showFigures() {
  var none = hasToday ? "" : undefined;
  var rows = [
    differing(function (plan) { return plan.variant; }) && line(t("compare.variant_row"), none, plans.map(function (plan) { return plan.variant || "–"; }), true),
    line(t("compare.status_row"), none, plans.map(status), differing(function (plan) { return plan.status; })),
    line(t("report.gap"), none, plans.map(function (plan) { return plan.gap === null ? "–" : num(100 * plan.gap, 2) + "%"; }), differing(function (plan) { return plan.gap; }))
  ].concat(all.figures.map(function (figure) {
    return line(t(figure.key), hasToday ? (figure.today === null ? "–" : num(figure.today, figure.decimals)) : undefined,
      figure.values.map(function (value, at) { return (figure.best.indexOf(at) >= 0 ? "★ " : "") + num(value, figure.decimals); }), figure.differs,
      plans.map(function (plan, at) { return figure.best.indexOf(at) >= 0 ? "best" : null; }));
  }));
  put("figure-table", planTable(t("report.figure"), hasToday, rows));
}

// Figures of which less is better and in which the plans differ, as parallel coordinates.
function showParallel() {
  var shown = all.figures.filter(function (figure) { return figure.best.length > 0 && figure.values.every(function (value) { return value !== null; }); });
  if (shown.length < 2) { put("parallel"); return; }
  var axes = shown.map(function (figure) { return { name: figure.key, label: t(figure.key), decimals: figure.decimals, format: figure.key === "term.cost" ? short : null }; });
  var items = plans.map(function (plan, at) {
    return { name: planLabel(at), values: shown.map(function (figure) { return figure.values[at]; }), colour: seriesColour(at), dash: seriesDash(at) };
  });
  put("parallel", el("h3", {}, t("compare.parallel")), el("p", { class: "note" }, t("compare.parallel_hint")),
    chartKey(items), parallel(t("compare.parallel"), axes, items, {}, null).picture);
}

function actionText(actions) {
  if (!actions.length) { return word("action", "keep"); }
  return actions.map(function (action) {
    return [action.year, word("action", action.action), action.into ? "→ " + siteName(action.into) : null, action.classes ? t("report.rooms_added", { n: num(action.classes) }) : null]
      .filter(Boolean).join(" ");
  }).join(t("list.comma"));
}

function showActions() {
  put("action-table", all.actions.length ? planTable(t("report.school"), false, all.actions.map(function (row) {
    return line(siteName(row.site), undefined, row.actions.map(actionText), row.differs, plans.map(function () { return row.differs ? "text" : "text same"; }));
  })) : el("p", {}, t("compare.no_actions")));
}

function countsCell(counts) {
  if (!counts) { return "–"; }
  var tested = counts.pass + counts.relaxed + counts.fail;
  if (!tested) { return word("verdict", "not_applicable"); }
  if (tested === 1) { return word("verdict", counts.fail ? "fail" : counts.relaxed ? "pass_relaxed" : "pass"); }
  return t(counts.fail ? "compare.failing" : "compare.passing", { fail: num(counts.fail), tested: num(tested) });
}

function showRules() {
  var now = all.rules.some(function (row) { return row.today !== null; });
  put("rule-table", planTable(t("report.rule"), now, all.rules.map(function (row, at) {
    var extra = data.rules[at];
    return line([both(extra.title), extra.severity && el("small", {}, " · " + word("severity", extra.severity))], now ? countsCell(row.today) : undefined,
      row.counts.map(function (counts) { return counts ? [counts.fail ? "✗ " : "✓ ", countsCell(counts)] : "–"; }), row.differs,
      row.counts.map(function (counts) { return counts && counts.fail ? "fail" : null; }));
  })));
  put("failing", all.rules.map(function (row, at) {
    if (!row.failing.length) { return null; }
    var extra = data.rules[at];
    return el("details", { open: row.failing.length <= 12 }, el("summary", {}, t("compare.failing_list", { rule: both(extra.title), n: row.failing.length })),
      el("div", { class: "scroll" }, planTable(t("report.subject"), false, row.failing.map(function (one) {
        var fails = one.plans.map(function (cell) { return cell ? cell.fails : null; });
        return line(both(extra.subjects[one.subject]) || one.subject, undefined, one.plans.map(function (cell) {
          return cell ? valued(extra, cell.value) + " / " + valued(extra, cell.limit) + (cell.fails ? " ✗" : "") : "–";
        }), fails.some(function (one) { return one !== fails[0]; }), fails.map(function (one) { return one ? "fail" : null; }));
      }))));
  }));
}

function showCosts() {
  var years = [], booked = all.costs.every(function (plan) { return plan.booked; });
  all.costs.forEach(function (plan) { plan.years.forEach(function (year) { if (years.indexOf(year.year) < 0) { years.push(year.year); } }); });
  years.sort();
  function own(at, year) { return all.costs[at].years.filter(function (one) { return one.year === year; })[0] || null; }
  function cells(of) { return plans.map(function (plan, at) { var sum = of(at); return sum === null ? "–" : money(sum); }); }
  function total(field) {
    return function (at) { return all.costs[at].years.reduce(function (sum, year) { return sum === null || year[field] === null ? null : sum + year[field]; }, 0); };
  }
  function row(label, of) { var shown = cells(of); return line(label, undefined, shown, shown.some(function (cell) { return cell !== shown[0]; })); }
  var rows = [];
  years.forEach(function (year) {
    rows.push(row(t("compare.capital_in", { year: year }), function (at) { var one = own(at, year); return one ? one.capital : 0; }));
    if (booked) { rows.push(row(t("compare.running_in", { year: year }), function (at) { var one = own(at, year); return one ? one.running : 0; })); }
  });
  rows.push(row(t("compare.capital_total"), total("capital")));
  if (booked) { rows.push(row(t("compare.running_total"), total("running"))); }
  put("cost-table", el("p", { class: "note" }, t(booked ? "compare.costs_booked" : "compare.costs_effect")),
    el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": t("compare.costs") }, planTable("", false, rows)));
}
