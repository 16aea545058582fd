// Puts the page together, and again when the language changes.

function showFrame() {
  showLanguage(both(data.title) || data.name);
  byId("title").textContent = both(data.title) || data.name;
  byId("subtitle").textContent = [lastYear > 0 ? t("report.years", { before: data.years[0], after: data.years.slice(1).join(t("list.comma")) }) : t("report.year_only", { year: data.years[0] }),
    data.variant === null ? null : t("report.variant", { name: data.variant })].filter(Boolean).join(" · ");
  showNav();
  put("banners",
    data.synthetic && el("p", { class: "banner warn" }, t("report.synthetic")),
    data.status === "infeasible" && el("p", { class: "banner bad" }, t("report.infeasible")),
    data.status === "stopped" && el("p", { class: "banner warn" }, t("report.stopped")),
    both(data.description) && el("p", { class: "lead" }, both(data.description)));
  put("footer", t("report.footer", { version: data.version }));
}

function show() {
  showFrame();
  showFigures();
  showControls();
  showLegend();
  showPanel();
  showActions();
  showConsequences();
  showIndicators();
  showRules();
  showBars();
  put("histograms", data.histograms.map(histogramChart));
  showMovers();
  showAccounts();
  showVillages();
  showBasis();
  if (map) { map.later(); }
}

show();
startMap();
byId("print").addEventListener("click", function () { window.print(); });
// On paper everything is unfolded and nothing is cut short.
window.addEventListener("beforeprint", function () {
  barAll = true; moversAll = true; accountsAll = true; villagesAll = true;
  ["transfers", "staff", "disposed", "assets", "works"].forEach(function (name) { unfolded[name] = true; });
  showBars(); showMovers(); showConsequences(); showAccounts(); showVillages();
  document.querySelectorAll("details").forEach(function (node) { node.open = true; });
  map.resize();
});
