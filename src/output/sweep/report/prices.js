// What rules cost: how much better the objective would be without each of them.

var priceState = { by: 1, down: true };

SECTIONS.prices = function (doc) {
  function value(number) { return termValue(doc.objective, number); }
  function name(one) {
    var kind = Object.keys(one.restriction)[0], key = one.restriction[kind];
    return kind === "protection" ? t("sweep.protection", { name: siteName(key) }) : ruleName(key);
  }
  function proven(price) {
    if (!price) { return "–"; }
    return price.at_most === null ? t("sweep.at_least_so", { least: value(price.at_least) }) : t("sweep.range", { least: value(price.at_least), most: value(price.at_most) });
  }
  function otherwise(one) {
    var all = one.differences;
    if (!all) { return one.why.length ? el("span", { class: "why" }, one.why.join(" ")) : "–"; }
    var sites = all.sites.map(function (site) {
      return el("li", {}, siteName(site.site) + t("list.colon") + (site.with ? site.with.split(", ").map(decisionText).join(t("list.comma")) : word("action", "keep")) + " → " +
        (site.without ? site.without.split(", ").map(decisionText).join(t("list.comma")) : word("action", "keep")));
    });
    return el("details", {}, el("summary", {}, t("sweep.otherwise", { sites: num(all.sites.length), pupils: num(all.pupils) })), el("ul", {}, sites));
  }
  var dear = doc.prices.filter(function (one) { return one.price && one.price.found > 0; }).sort(function (a, b) { return b.price.found - a.price.found; });
  var free = doc.prices.filter(function (one) { return one.verdict === "free"; }), blocks = doc.prices.filter(function (one) { return one.verdict === "blocks"; });
  function list(of) { return of.map(name).join(t("list.comma")); }
  var columns = [
    { label: t("report.rule"), value: name, text: true },
    { label: t("sweep.saved"), value: function (one) { return one.price ? one.price.found : null; }, cell: function (one) { return one.price ? value(one.price.found) : "–"; } },
    { label: t("sweep.proven"), value: function (one) { return one.price ? one.price.at_least : null; }, cell: function (one) { return proven(one.price); } },
    { label: t("sweep.finding"), value: function (one) { return one.verdict; }, cell: function (one) { return word("sweep.verdict", one.verdict); }, text: true },
    { label: t("sweep.changes"), value: function (one) { return one.differences ? one.differences.sites.length : null; }, cell: otherwise, text: true },
    { label: t("sweep.plan_folder"), value: function (one) { return one.folder; }, cell: function (one) { return planLink(one.folder, t("sweep.plan")); }, text: true }
  ];
  return [
    doc.variant && el("p", {}, t("report.variant", { name: doc.variant })),
    el("p", { class: "say" }, doc.whole.known ? t("sweep.whole", { value: value(doc.whole.known.value) }) : t("sweep.no_whole")),
    dear.length > 0 && el("p", { class: "say" }, t("sweep.dearest", { rule: name(dear[0]), price: value(dear[0].price.found) })),
    blocks.length > 0 && el("p", { class: "say" }, t("sweep.blocking", { list: list(blocks) })),
    free.length > 0 && el("p", {}, t("sweep.costless", { list: list(free) })),
    sortable(columns, doc.prices, priceState, { name: "wide", label: t("sweep.section_prices") })
  ];
};
