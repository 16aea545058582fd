// Plans under forecasts: what each costs more than the best if another forecast comes true, and where it breaks a rule.

var regretState = { plans: {}, breaches: {} };

SECTIONS.regret = function (doc) {
  var table = doc.table, forecasts = table.forecasts, count = forecasts.length;
  function madeFor(plan) {
    return plan.made_for === "all" ? t("sweep.for_all") : plan.made_for === "other" ? t("sweep.for_other") : t("sweep.for_one", { name: forecasts[plan.made_for.one].name });
  }
  function amount(value) { return value === null || value === undefined ? "–" : num(value, 0); }
  // Regret as a share of what the best plan at hand for the forecast comes to; none where rules are broken, which no price makes good.
  function share(plan, at) {
    var regret = plan.regrets[at], best = Math.abs(table.best[at]);
    if (!regret || !plan.scores[at].holds || !best) { return null; }
    return { least: regret.at_least / best, most: regret.at_most === null ? null : regret.at_most / best };
  }
  function worst(plan) {
    var all = forecasts.map(function (forecast, at) { return share(plan, at); });
    if (all.indexOf(null) >= 0) { return null; }
    return { least: Math.max.apply(null, all.map(function (one) { return one.least; })),
      most: all.some(function (one) { return one.most === null; }) ? null : Math.max.apply(null, all.map(function (one) { return one.most; })) };
  }
  function between(part) {
    if (!part) { return "–"; }
    if (part.most === null) { return t("sweep.regret_least", { least: percentText(part.least) }); }
    return percentText(part.least) === percentText(part.most) ? percentText(part.least) : t("sweep.regret_range", { least: percentText(part.least), most: percentText(part.most) });
  }
  function over(plan) { return plan.scores.reduce(function (sum, score) { return sum === null || score.excess === null ? null : sum + score.excess; }, 0); }
  function totals(plan) { return plan.scores.map(function (score) { return score.total; }); }
  function known(list, of) { return list.indexOf(null) >= 0 ? null : of(list); }
  function mean(plan) { return known(totals(plan), function (list) { return list.reduce(function (a, b) { return a + b; }, 0) / list.length; }); }
  function greatest(plan) { return known(totals(plan), function (list) { return Math.max.apply(null, list); }); }
  var sound = table.plans.filter(worst), top = 1e-9;
  table.plans.forEach(function (plan) { forecasts.forEach(function (forecast, at) { var part = share(plan, at); if (part) { top = Math.max(top, part.least); } }); });
  var calm = sound.slice().sort(function (a, b) { return worst(a).least - worst(b).least; })[0];
  var safest = Math.max.apply(null, table.plans.map(function (plan) { return plan.holding; }).concat([0]));
  var columns = [
    { label: t("sweep.plan"), value: function (plan) { return plan.name; }, cell: function (plan) { return [plan.name, el("br"), el("small", {}, madeFor(plan))]; }, text: true },
    { label: t("sweep.holding"), value: function (plan) { return plan.holding; }, cell: function (plan) { return num(plan.holding) + " / " + num(count); } },
    { label: t("sweep.worst_regret"), value: function (plan) { var part = worst(plan); return part ? part.least : null; }, cell: function (plan) { return between(worst(plan)); } },
    { label: t("sweep.over"), value: over, cell: function (plan) { return amount(over(plan)); } },
    { label: t("sweep.expected"), value: mean, cell: function (plan) { return amount(mean(plan)); } },
    { label: t("sweep.worst"), value: greatest, cell: function (plan) { return amount(greatest(plan)); } }
  ].concat(forecasts.map(function (forecast, at) {
    return { label: [forecast.name, el("br"), el("small", {}, t("report.n_pupils", { n: num(forecast.pupils) }))], value: function (plan) { var part = share(plan, at); return part ? part.least : null; }, cell: function (plan) {
      var part = share(plan, at), score = plan.scores[at];
      if (!score.holds) { return el("strong", { class: "broken" }, score.faults.length ? t("sweep.no_plan") : "✗ " + num(score.breaches.length)); }
      return el("span", { class: "regret", style: "background:rgba(240,162,2," + (part ? 0.55 * Math.min(part.least / top, 1) : 0).toFixed(2) + ")", title: amount(score.total) }, between(part));
    } };
  }));
  var breaches = [];
  table.plans.forEach(function (plan) {
    plan.scores.forEach(function (score, at) {
      score.breaches.forEach(function (one) { breaches.push({ plan: plan.name, forecast: forecasts[at].name, rule: ruleName(one.rule), subject: siteName(one.subject), year: one.year, excess: one.excess }); });
    });
  });
  function words(key, field) { return { label: t(key), value: function (one) { return one[field]; }, text: true }; }
  function number(key, field, decimals) { return { label: t(key), value: function (one) { return one[field]; }, cell: function (one) { return field === "year" ? String(one.year) : num(one[field], decimals); } }; }
  return [
    table.plans.length > 0 && el("p", { class: "say" }, t("sweep.safest", { plans: table.plans.filter(function (plan) { return plan.holding === safest; }).map(function (plan) { return plan.name; }).join(t("list.comma")), n: num(safest), of: num(count) })),
    calm && el("p", { class: "say" }, t("sweep.calmest", { plan: calm.name, regret: between(worst(calm)) })),
    sortable(columns, table.plans, regretState.plans, { name: "wide", label: t("sweep.section_regret") }),
    breaches.length > 0 && el("details", { open: breaches.length <= 30 }, el("summary", {}, t("sweep.breaches", { n: num(breaches.length) })),
      sortable([words("sweep.plan", "plan"), words("sweep.forecast", "forecast"), words("report.rule", "rule"), words("report.subject", "subject"), number("sweep.year", "year", 0), number("sweep.excess", "excess", 1)],
        breaches, regretState.breaches, { most: 100, label: t("sweep.breaches", { n: num(breaches.length) }) }))
  ];
};
