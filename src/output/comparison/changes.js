// From one plan, or from today, to another: who changes school, who gains and who loses.

var pairState = { at: 0, sort: {}, units: {}, flows: {} };
// Nearer in greens, farther in oranges, the unchanged between them.
var SHIFT_COLOURS = ["#1b7837", "#5aae61", "#a6dba0", "#d9f0d3", "#eceff2", "#fee0b6", "#fdb863", "#e08214", "#b35806"];
var SHIFT_LIGHT = [true, false, false, false, false, false, false, false, true];

function showChanges() {
  var pair = all.pairs[pairState.at];
  if (!pair) { put("change-list"); return; }
  var select = el("select", { id: "pair", onchange: function (event) { choosePair(Number(event.target.value)); } },
    all.pairs.map(function (one, at) { return el("option", { value: at, selected: at === pairState.at }, planLabel(one.from) + " → " + planLabel(one.to)); }));
  var whole = pair.gains[0];
  put("change-list",
    overview(),
    el("p", { class: "controls", id: "pair-controls" }, el("label", { for: "pair" }, t("compare.pair")), select),
    el("h3", {}, badge(pair.from), " → ", badge(pair.to), " ", t("compare.moved_of", { moved: num(whole.moved), pupils: num(whole.pupils), share: share(whole.moved, whole.pupils) })),
    shiftBar(whole),
    gainTable(pair),
    transferTables(pair),
    unitTable(pair));
}

function choosePair(at) {
  pairState = { at: at, sort: pairState.sort, units: {}, flows: {} };
  showChanges();
  byId("pair").focus();
}

function share(part, whole) { return whole ? num(100 * part / whole, 1) + "%" : "–"; }

// Pupils who go to another school, for every two plans.
function overview() {
  var first = (all.today === "unknown" ? [] : [null]).concat(plans.map(function (plan, at) { return at; }).slice(0, -1)), last = plans.map(function (plan, at) { return at; });
  function of(from, to) { return all.pairs.findIndex(function (pair) { return pair.from === from && pair.to === to; }); }
  return [el("h3", {}, t("compare.moved_between")), el("p", { class: "note" }, t("compare.moved_between_hint")),
    el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": t("compare.moved_between") }, planTable("", false, first.map(function (from) {
      return el("tr", {}, el("th", { scope: "row" }, badge(from), from === null ? planLabel(null) : plans[from].name), last.map(function (to) {
        var at = of(from, to);
        if (at < 0) { return el("td", { class: "same" }, from === to ? "–" : "\u00a0"); }
        var whole = all.pairs[at].gains[0];
        return el("td", {}, el("button", { type: "button", class: "link", onclick: function () { choosePair(at); } },
          num(whole.moved)), el("br"), el("small", {}, share(whole.moved, whole.pupils)));
      }));
    })))];
}

function shiftName(k) {
  return t("compare.shift_" + k);
}

function shiftBar(gain) {
  var total = gain.shifts.reduce(function (sum, count) { return sum + count; }, 0);
  if (!total) { return null; }
  var label = t("compare.ways", { nearer: num(gain.nearer), same: num(gain.same), farther: num(gain.farther) });
  return [el("p", {}, label), el("div", { class: "bar-way", role: "img", "aria-label": label }, gain.shifts.map(function (count, k) {
    var part = count / total;
    return count > 0 && el("span", { title: shiftName(k) + t("list.colon") + num(count), style: "width:" + 100 * part + "%;background:" + SHIFT_COLOURS[k] + (SHIFT_LIGHT[k] ? ";color:#fff" : "") },
      part > 0.07 ? num(count) : "");
  })), el("ul", { class: "shift-key" }, gain.shifts.map(function (count, k) {
    return count > 0 && el("li", {}, el("i", { style: "background:" + SHIFT_COLOURS[k] }), shiftName(k) + " " + num(count));
  }))];
}

function gainTable(pair) {
  var boarding = pair.gains.some(function (gain) { return gain.boards + gain.begins_boarding + gain.ends_boarding > 0; });
  var unknown = pair.gains.some(function (gain) { return gain.unknown > 0; });
  var columns = [
    { label: t("compare.part"), value: function (gain) { return partName(gain.part); }, text: true },
    number("report.pupils", "pupils"), number("compare.moved", "moved"), number("compare.nearer_short", "nearer"), number("compare.same_short", "same"), number("compare.farther_short", "farther"),
    boarding && number("compare.begins_boarding", "begins_boarding"), boarding && number("compare.ends_boarding", "ends_boarding"), unknown && number("compare.unknown_way", "unknown"),
    { label: t("compare.far_more"), value: function (gain) { return gain.shifts[7] + gain.shifts[8]; }, cell: function (gain) { return num(gain.shifts[7] + gain.shifts[8]); } },
    { label: t("compare.mean_change"), value: function (gain) { return mean(gain); }, cell: function (gain) { var way = mean(gain); return way === null ? "–" : signed(way, 2) + " km"; } }
  ].filter(Boolean);
  function number(key, field) { return { label: t(key), value: function (gain) { return gain[field]; }, cell: function (gain) { return num(gain[field]); } }; }
  function mean(gain) { var heads = gain.nearer + gain.same + gain.farther; return heads ? gain.pupil_metres / heads / 1000 : null; }
  return [el("h3", {}, t("compare.gains")), sortable(columns, pair.gains, pairState.sort, { label: t("compare.gains") })];
}

function transferTables(pair) {
  var stages = [];
  pair.transfers.forEach(function (one) { if (stages.indexOf(one.stage) < 0) { stages.push(one.stage); } });
  var moved = pair.transfers.filter(function (one) { return one.from !== one.to; });
  if (!moved.length) { return el("p", {}, t("report.no_movers")); }
  if (pairState.flows.by === undefined) { pairState.flows = { by: 3, down: true }; }
  var columns = [
    { label: t("compare.from_school"), value: function (one) { return siteName(one.from); }, text: true },
    { label: t("compare.to_school"), value: function (one) { return siteName(one.to); }, text: true },
    { label: t("report.stage"), value: function (one) { return word("stage", one.stage); } },
    { label: t("report.pupils"), value: function (one) { return one.pupils; }, cell: function (one) { return num(one.pupils); } }
  ];
  var tables = stages.map(function (stage) { return matrix(pair.transfers.filter(function (one) { return one.stage === stage; }), stage, stages.length > 1); }).filter(Boolean);
  return [el("h3", {}, t("compare.transfers", { n: num(moved.length) })),
    !samePupils(pair) && el("p", { class: "note" }, t("compare.matrix_scaled", { from: planLabel(pair.from), to: planLabel(pair.to) })),
    sortable(columns, moved, pairState.flows, { most: 12, label: t("compare.transfers", { n: num(moved.length) }) }),
    el("details", { open: moved.length <= 12 }, el("summary", {}, t("compare.matrix")), el("p", { class: "note" }, t("compare.matrix_hint")), tables)];
}

function samePupils(pair) {
  var group = all.ways[0], before = pair.from === null ? group.today : group.plans[pair.from], after = group.plans[pair.to];
  function heads(ways) { return ways.pupils + ways.boarders + ways.unknown; }
  return before && heads(before) === heads(after);
}

// Only schools that lose or gain pupils: rows by the old school, columns by the new one.
function matrix(list, stage, named) {
  var froms = [], tos = [], cells = {}, rowSum = {}, columnSum = {};
  list.forEach(function (one) {
    var from = one.from === null ? "" : one.from;
    if (one.from !== one.to) {
      if (froms.indexOf(from) < 0) { froms.push(from); }
      if (tos.indexOf(one.to) < 0) { tos.push(one.to); }
    }
    cells[from + "\u0000" + one.to] = one.pupils;
    rowSum[from] = (rowSum[from] || 0) + one.pupils;
    columnSum[one.to] = (columnSum[one.to] || 0) + one.pupils;
  });
  if (!froms.length) { return null; }
  // Those who stay are shown too, so that a row or a column adds up to its school.
  froms.forEach(function (key) { if (cells[key + "\u0000" + key] && tos.indexOf(key) < 0) { tos.push(key); } });
  tos.forEach(function (key) { if (cells[key + "\u0000" + key] && froms.indexOf(key) < 0) { froms.push(key); } });
  var order = Object.keys(all.names.sites);
  function rank(a, b) { return order.indexOf(a) - order.indexOf(b) || (a < b ? -1 : 1); }
  froms.sort(rank); tos.sort(rank);
  var most = Math.max.apply(null, list.map(function (one) { return one.from === one.to ? 0 : one.pupils; }));
  return [named && el("h4", {}, word("stage", stage)), el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": t("compare.matrix") }, el("table", { class: tos.length > 18 ? "matrix wide" : "matrix" },
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("compare.matrix_corner")), tos.map(function (to) { return el("th", { scope: "col" }, siteName(to)); }), el("th", { scope: "col", class: "sum" }, t("compare.sum")))),
    el("tbody", {}, froms.map(function (from) {
      return el("tr", {}, el("th", { scope: "row" }, from ? siteName(from) : t("report.no_school")), tos.map(function (to) {
        var pupils = cells[from + "\u0000" + to] || 0, stays = from === to;
        return el("td", { class: stays ? "stay" : null, style: pupils && !stays ? "background:rgba(240,162,2," + (0.12 + 0.5 * pupils / most).toFixed(2) + ")" : null }, pupils ? num(pupils) : "");
      }), el("td", { class: "sum" }, num(rowSum[from])));
    }), el("tr", {}, el("th", { scope: "row", class: "sum" }, t("compare.sum")), tos.map(function (to) { return el("td", { class: "sum" }, num(columnSum[to])); }), el("td", {}))))),
    tos.length > 18 && el("p", { class: "note only-print" }, t("compare.matrix_wide"))];
}

function unitTable(pair) {
  function places(row, plan) { return plan === null ? row.today : row.plans[plan]; }
  function names(list) { return list.map(function (place) { return siteName(place.site); }).join(t("list.comma")) || "–"; }
  function keys(list) { return list.map(function (place) { return place.site + (place.boarding ? "*" : ""); }).join(); }
  function mean(list) {
    var pupils = 0, metres = 0, known = list.length > 0;
    list.forEach(function (place) { known = known && place.metres !== null; pupils += place.pupils; metres += place.pupils * (place.metres || 0); });
    return known && pupils ? metres / pupils : null;
  }
  var rows = all.units.filter(function (row) { return keys(places(row, pair.from)) !== keys(places(row, pair.to)); }).map(function (row) {
    var before = places(row, pair.from), after = places(row, pair.to), old = mean(before), way = mean(after);
    return { name: unitName(row.unit), row: row, stage: row.stage, pupils: after.reduce(function (sum, place) { return sum + place.pupils; }, 0), before: before, after: after,
      old: old, way: way, change: old === null || way === null ? null : way - old };
  });
  if (!rows.length) { return null; }
  if (pairState.units.by === undefined) { pairState.units = { by: 6, down: true }; }
  var columns = [
    { label: t("report.unit"), value: function (one) { return one.name; }, text: true },
    { label: t("report.stage"), value: function (one) { return word("stage", one.stage); } },
    { label: t("report.pupils"), value: function (one) { return one.pupils; }, cell: function (one) { return num(one.pupils); } },
    { label: t("compare.school_in", { plan: pair.from === null ? t("compare.today_letter") : plans[pair.from].letter }), value: function (one) { return names(one.before); }, text: true },
    { label: t("compare.school_in", { plan: plans[pair.to].letter }), value: function (one) { return names(one.after); }, text: true },
    { label: t("report.way"), value: function (one) { return one.way; }, cell: function (one) { return km(one.old) + " → " + km(one.way) + " km"; } },
    { label: t("report.change"), value: function (one) { return one.change; }, cell: function (one) { return one.change === null ? "–" : signed(one.change / 1000, 2) + " km"; } }
  ];
  return el("details", { open: rows.length <= 40 }, el("summary", {}, t("compare.units", { n: num(rows.length) })), sortable(columns, rows, pairState.units, { most: 60, label: t("compare.units", { n: num(rows.length) }) }));
}
