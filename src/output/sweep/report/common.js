// What the plans that keep the hard rules have in common: how many of them take which action at which school.

var commonState = { by: 2, down: true };

SECTIONS.common = function (doc) {
  var plans = doc.rows.map(planOf).filter(function (plan) { return plan && plan.status !== "infeasible"; }), counts = {};
  plans.forEach(function (plan) {
    var seen = {};
    plan.decisions.forEach(function (pair) {
      var key = pair[0] + "\u0000" + pair[1].split(" ")[0];
      if (!seen[key]) { seen[key] = true; counts[key] = (counts[key] || 0) + 1; }
    });
  });
  var rows = Object.keys(counts).map(function (key) {
    var parts = key.split("\u0000");
    return { site: parts[0], action: parts[1], plans: counts[key] };
  });
  var sure = doc.common;
  var columns = [
    { label: t("report.school"), value: function (row) { return siteName(row.site); }, text: true },
    { label: t("sweep.action"), value: function (row) { return word("action", row.action); }, text: true },
    { label: t("sweep.in_plans", { of: num(plans.length) }), value: function (row) { return row.plans; }, cell: function (row) {
      return el("span", { class: "share" }, el("span", { class: "track" }, el("i", { style: "width:" + 100 * row.plans / plans.length + "%" })), el("span", { class: "number" }, num(row.plans) + " · " + percentText(row.plans / plans.length, 0)));
    } }
  ];
  return [
    el("p", { class: "say" }, sure.length ? t("sweep.sure", { list: sure.map(function (one) { return siteName(one.site) + " " + word("action", one.decision); }).join(t("list.comma")) }) : t("sweep.nothing_sure")),
    rows.length > 0 && sortable(columns, rows, commonState, { most: 40, label: t("sweep.section_common"), mark: function (row) { return row.plans >= 0.9 * plans.length ? "sure" : null; } })
  ];
};
