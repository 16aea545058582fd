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
  // Schools that nearly all plans leave alone are among what they have in common.
  var sure = doc.common.filter(function (one) { return one.decision !== "keep"; }), kept = doc.common.filter(function (one) { return one.decision === "keep"; });
  var zones = doc.stability;
  var columns = [
    { label: t("report.school"), value: function (row) { return siteName(row.site); }, text: true },
    { label: t("sweep.action"), value: function (row) { return word("action", row.action); }, text: true },
    { label: t("sweep.in_plans", { of: num(plans.length) }), value: function (row) { return row.plans; }, cell: function (row) {
      return el("span", { class: "share" }, el("span", { class: "track" }, el("i", { style: "width:" + 100 * row.plans / plans.length + "%" })), el("span", { class: "number" }, num(row.plans) + " · " + percentText(row.plans / plans.length, 0)));
    } }
  ];
  return [
    el("p", { class: "say" }, sure.length ? t("sweep.sure", { list: sure.map(function (one) { return siteName(one.site) + " " + word("action", one.decision); }).join(t("list.comma")) }) : t("sweep.nothing_sure")),
    kept.length > 0 && el("p", {}, t("sweep.kept_says", { n: num(kept.length), list: kept.map(function (one) { return siteName(one.site); }).join(t("list.comma")) })),
    zones && zones.plans > 1 && el("p", {}, t("sweep.zones_say", { stable: num(zones.stable_zones), of: num(zones.zones.length), share: percentText(zones.stable_pupils, 1), fixed: num(zones.fixed_zones), all: percentText(zones.fixed_pupils, 1) })),
    rows.length > 0 && sortable(columns, rows, commonState, { most: 40, label: t("sweep.section_common"), mark: function (row) { return row.plans >= 0.9 * plans.length ? "sure" : null; } })
  ];
};
