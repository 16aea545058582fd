// What closures cost one by one: the best plan with exactly so many, found freely and keeping those of the step before.

var closureState = {};

SECTIONS.closures = function (doc) {
  var steps = doc.steps, nested = steps.some(function (step) { return step.nested; });
  function value(number) { return termValue(doc.objective, number); }
  function points(of, colour) {
    return steps.filter(function (step) { return of(step) && of(step).known; }).map(function (step) {
      var known = of(step).known;
      return { x: step.closures, y: known.value, name: t("sweep.with_closures", { n: num(step.closures) }) + t("list.colon") + value(known.value), colour: colour, bar: known.bound === null ? null : [known.bound, known.value],
        mark: colour === FREE && step.best ? t("sweep.best_word") : null };
    });
  }
  var FREE = "#08519c", NESTED = "#b35806";
  var free = points(function (step) { return step.free; }, FREE), own = points(function (step) { return step.nested; }, NESTED);
  var best = steps.filter(function (step) { return step.best; })[0], dearest = null;
  steps.forEach(function (step) { if (step.price_of_nesting && (!dearest || step.price_of_nesting.found > dearest.price_of_nesting.found)) { dearest = step; } });
  function range(price) {
    if (!price) { return "–"; }
    return [value(price.found), el("br"), el("small", {}, price.at_most === null ? t("sweep.at_least_so", { least: value(price.at_least) }) : t("sweep.proven_between", { least: value(price.at_least), most: value(price.at_most) }))];
  }
  function plan(step, name) {
    var one = step[name];
    if (!one) { return "–"; }
    if (!one.known) { return el("span", { class: "why" }, one.why.length ? one.why.join(" ") : word("sweep.state", one.status)); }
    return [one.folder ? planLink(one.folder, value(one.known.value)) : value(one.known.value), el("br"), el("small", {}, t("report.gap") + " " + percentText(one.gap))];
  }
  function shut(one, before) {
    if (!one || !one.shut.length) { return "–"; }
    return one.shut.map(function (site, k) {
      var fresh = before && before.shut.indexOf(site) < 0;
      return [k ? t("list.comma") : "", el(fresh ? "strong" : "span", {}, siteName(site))];
    });
  }
  // The step before that has a plan.
  function earlier(step, name) {
    var found = null;
    steps.some(function (one) { if (one === step) { return true; } if (one[name] && one[name].known) { found = one[name]; } return false; });
    return found;
  }
  var columns = [
    { label: t("sweep.closures"), value: function (step) { return step.closures; }, cell: function (step) { return [num(step.closures), step.best && el("strong", { class: "knee" }, " ◆ " + t("sweep.best_word"))]; } },
    { label: t("sweep.free"), value: function (step) { return step.free.known ? step.free.known.value : null; }, cell: function (step) { return plan(step, "free"); } },
    { label: t("sweep.free_shut"), value: function (step) { return step.free.shut.length; }, cell: function (step) { return shut(step.free, earlier(step, "free")); }, text: true },
    nested && { label: t("sweep.nested"), value: function (step) { return step.nested && step.nested.known ? step.nested.known.value : null; }, cell: function (step) { return plan(step, "nested"); } },
    nested && { label: t("sweep.nested_shut"), value: function (step) { return step.nested ? step.nested.shut.length : null; }, cell: function (step) { return shut(step.nested, earlier(step, "nested")); }, text: true },
    nested && { label: t("sweep.price_of_nesting"), value: function (step) { return step.price_of_nesting ? step.price_of_nesting.found : null; }, cell: function (step) { return range(step.price_of_nesting); } }
  ].filter(Boolean);
  var all = free.concat(own);
  return [
    doc.variant && el("p", {}, t("report.variant", { name: doc.variant })),
    best && el("p", { class: "say" }, t("sweep.best_closures", { n: num(best.closures), value: value(best.free.known.value) })),
    dearest && el("p", { class: "say" }, dearest.price_of_nesting.found > 0 ? t("sweep.nesting_costs", { n: num(dearest.closures), price: value(dearest.price_of_nesting.found) }) : t("sweep.nesting_free")),
    all.length > 0 && [nested && chartKey([{ name: t("sweep.free"), colour: FREE }, { name: t("sweep.nested"), colour: NESTED }]),
      scatter(t("sweep.section_closures"), { label: t("sweep.closures"), whole: true }, { label: termText(doc.objective) }, all, false),
      el("p", { class: "note" }, t("sweep.bars"))],
    sortable(columns, steps, closureState, { name: "wide", label: t("sweep.section_closures") })
  ];
};
