// The comparison page: plans as columns, rows that differ first, then every plan against the first.

var all = data.comparison, plans = all.plans;

function names() { return plans.map(function (plan) { return plan.name; }); }

function line(label, cells, differs) {
  return el("tr", { class: differs ? "differs" : "equal" }, el("th", { scope: "row" }, label), cells.map(function (cell) {
    return el("td", { class: differs ? null : "same" }, cell);
  }));
}

function showFigures() {
  var rows = [
    !all.same_scenario && line(t("compare.scenario"), plans.map(function (plan) { return plan.scenario + (plan.variant ? " · " + plan.variant : ""); }), true),
    line(t("compare.status_row"), plans.map(function (plan) { return el("span", { class: "status " + plan.status }, word("compare.status", plan.status)); }),
      plans.some(function (plan) { return plan.status !== plans[0].status; })),
    line(t("report.gap"), plans.map(function (plan) { return plan.gap === null ? "–" : num(100 * plan.gap, 2) + "%"; }), false)
  ].concat(all.figures.map(function (figure) {
    return line(t(figure.key), figure.values.map(function (value) { return num(value, figure.decimals); }), figure.differs);
  }));
  put("figures", table([""].concat(names()), rows));
}

function actionText(actions) {
  if (!actions.length) { return word("action", "keep"); }
  return actions.map(function (action) {
    return action.year + " " + word("action", action.action) + (action.into ? " → " + action.into : "") + (action.classes ? " " + t("report.rooms_added", { n: action.classes }) : "");
  }).join(t("list.comma"));
}

function showActions() {
  put("actions", all.actions.length ? table([t("report.school")].concat(names()), all.actions.map(function (row) {
    return line(row.name, row.actions.map(actionText), row.differs);
  })) : el("p", {}, t("compare.no_actions")));
}

function showRules() {
  put("rules", table([t("report.rule")].concat(names()), all.rules.map(function (row) {
    return line(row.rule, row.counts.map(function (counts) {
      if (!counts) { return "–"; }
      var tested = counts.pass + counts.relaxed + counts.fail;
      return [chip(counts.verdict), " ", t(counts.fail ? "compare.failing" : "compare.passing", { fail: counts.fail, tested: tested })];
    }), row.differs);
  })));
}

function showChanges() {
  put("changes", all.against_first.map(function (change) {
    var plan = plans[change.plan].name, total = Math.max(change.nearer + change.same + change.farther, 1);
    var parts = ["nearer", "same", "farther"].map(function (name) {
      var share = change[name] / total;
      return el("span", { class: name, style: "width:" + 100 * share + "%" }, share > 0.12 ? t("compare." + name, { n: num(change[name]) }) : "");
    });
    return el("div", {}, el("h3", {}, t("compare.against", { plan: plan, first: plans[0].name, moved: num(change.moved), nearer: num(change.nearer), farther: num(change.farther) })),
      el("div", { class: "bar-way", role: "img", "aria-label": t("compare.ways", { nearer: num(change.nearer), same: num(change.same), farther: num(change.farther) }) }, parts),
      change.transfers.length > 0 && el("details", { open: change.transfers.length <= 12 }, el("summary", {}, t("compare.transfers", { n: change.transfers.length })),
        el("div", { class: "scroll" }, table([t("report.stage"), plans[0].name, plan, t("report.pupils")], change.transfers.map(function (flow) {
          return el("tr", {}, headed(word("stage", flow.stage)), el("td", {}, flow.from || "–"), el("td", {}, flow.to), el("td", {}, num(flow.pupils)));
        }), "small"))),
      change.units.length > 0 && el("details", {}, el("summary", {}, t("compare.units", { n: change.units.length })),
        el("div", { class: "scroll" }, table([t("report.unit"), t("report.stage"), t("report.pupils"), plans[0].name, plan, t("report.way"), t("report.change")],
          change.units.slice(0, 400).map(function (unit) {
            var known = unit.before !== null && unit.after !== null;
            return el("tr", {}, headed(unit.unit), el("td", {}, word("stage", unit.stage)), el("td", {}, num(unit.moved)), el("td", {}, unit.old.join(t("list.comma")) || "–"),
              el("td", {}, unit.new.join(t("list.comma"))), el("td", {}, km(unit.before) + " → " + km(unit.after) + " km"), el("td", {}, known ? signed((unit.after - unit.before) / 1000, 2) + " km" : "–"));
          }), "small")))); 
  }));
}

function show() {
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  document.title = t("compare.title");
  document.querySelectorAll("[data-t]").forEach(function (node) { node.textContent = t(node.getAttribute("data-t")); });
  document.querySelectorAll("[data-label]").forEach(function (node) { node.setAttribute("aria-label", t(node.getAttribute("data-label"))); });
  byId("subtitle").textContent = names().join(" · ");
  put("languages", ["zh", "en"].map(function (name) {
    return el("button", { type: "button", lang: name === "zh" ? "zh-CN" : "en", "aria-pressed": name === lang ? "true" : "false", onclick: function () { lang = name; show(); } },
      name === "zh" ? "中文" : "English");
  }));
  put("banners", !all.same_scenario && el("p", { class: "banner warn" }, t("compare.other_scenario")));
  showFigures(); showActions(); showRules(); showChanges();
  put("footer", t("report.footer", { version: data.version }));
}

show();
byId("print").addEventListener("click", function () { window.print(); });
window.addEventListener("beforeprint", function () {
  document.querySelectorAll("details").forEach(function (node) { node.open = true; });
});
