// Puts the page together, and again when the language changes.

function showBasis() {
  put("basis-list", el("p", {}, t("compare.basis")), el("table", { class: "small" },
    el("thead", {}, el("tr", {}, [t("compare.plan_column"), t("compare.scenario"), t("compare.engine"), t("compare.locked")].map(function (head) { return el("th", { scope: "col", class: "text" }, head); }))),
    el("tbody", {}, plans.map(function (plan, at) {
      return el("tr", {}, el("th", { scope: "row" }, badge(at), plan.name), el("td", { class: "text" }, all.scenario + (plan.variant ? " · " + plan.variant : "") + " · SHA-256 " + plan.scenario_sha256.slice(0, 12)),
        el("td", { class: "text" }, plan.engine === "none" ? t("compare.by_hand") : plan.engine), el("td", { class: "text" }, plan.locked.length ? plan.locked.map(siteName).join(t("list.comma")) : "–"));
    }))), both(data.notice) && [el("h3", {}, t("report.notice")), el("p", { class: "pre" }, both(data.notice))]);
}

function show() {
  showLanguage(t("compare.title") + " · " + both(data.title));
  showNav();
  put("banners",
    all.synthetic && el("p", { class: "banner warn" }, t("report.synthetic")),
    !all.same_inputs && el("p", { class: "banner warn" }, t("compare.other_inputs")));
  showPlans(); showAnswers(); showFigures(); showParallel(); showMaps(); showChanges(); showWays(); showActions(); showRules(); showCosts(); showBasis();
  put("footer", t("report.footer", { version: data.version }));
}

show();
byId("print").addEventListener("click", function () { window.print(); });
// Charts are drawn for narrow or for wide pages.
var wasNarrow = narrow();
window.addEventListener("resize", function () {
  if (narrow() !== wasNarrow) { wasNarrow = narrow(); showParallel(); showWays(); }
});
// On paper everything is unfolded and nothing is cut short.
window.addEventListener("beforeprint", function () {
  pairState.units.all = pairState.flows.all = true;
  showChanges();
  document.querySelectorAll("details").forEach(function (node) { node.open = true; });
  tiles.forEach(function (map) { map.resize(); });
});
