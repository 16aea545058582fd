// How far pupils go in every plan: shares of pupils by distance, and the mean way of every tenth.

var wayState = { part: 0 };

function partName(part) {
  if (part.kind === "stage") { return word("stage", part.of); }
  if (part.kind === "setting") { return word("setting", part.of); }
  return t(part.kind === "farthest" ? "compare.part_farthest" : "compare.part_all");
}

function waySeries(group) {
  var list = plans.map(function (plan, at) { return { name: planLabel(at), colour: seriesColour(at), dash: seriesDash(at), ways: group.plans[at] }; });
  return group.today ? [{ name: planLabel(null), colour: "#5a6472", dash: "2 4", ways: group.today }].concat(list) : list;
}

function showWays() {
  var group = all.ways[wayState.part], series = waySeries(group), known = series.filter(function (one) { return one.ways.pupils > 0; });
  var select = all.ways.length > 1 && el("p", { class: "controls", id: "way-controls" }, el("label", { for: "way-part" }, t("compare.pupils_of")),
    el("select", { id: "way-part", onchange: function (event) { wayState.part = Number(event.target.value); showWays(); byId("way-part").focus(); } },
      all.ways.map(function (one, at) { return el("option", { value: at, selected: at === wayState.part }, partName(one.part)); })));
  var charts = known.length ? el("div", { class: "charts" },
    el("div", {}, el("h3", {}, t("compare.way_shares")), el("p", { class: "note" }, t("compare.way_shares_hint")), shares(group, known)),
    el("div", {}, el("h3", {}, t("compare.tenths")), el("p", { class: "note" }, t("compare.tenths_hint")), tenths(known))) : el("p", {}, t("report.no_pupils"));
  put("way-charts", select, chartKey(series), charts, wayTable(series), !all.ways.some(function (one) { return one.part.kind === "setting"; }) && el("p", { class: "note" }, t("compare.no_settings")));
}

function shares(group, series) {
  // The last few far away pupils would press all others together: the axis ends where 99.5 % of the pupils are.
  var ends = series.map(function (one) {
    var seen = 0, last = 0;
    one.ways.histogram.some(function (count, k) { seen += count; last = k + 1; return seen >= 0.995 * one.ways.pupils; });
    return last;
  });
  var bins = Math.max.apply(null, ends), step = group.step / 1000;
  var frame = chartFrame(t("compare.way_shares"), 330, { low: 0, high: bins * step, label: t("compare.km_one_way") }, { low: 0, high: 100, label: t("compare.percent_pupils"), format: function (value) { return num(value) + "%"; } });
  series.forEach(function (one) {
    var seen = 0, points = [[0, 0]];
    one.ways.histogram.slice(0, bins).forEach(function (count, k) { seen += count; points.push([(k + 1) * step, 100 * seen / one.ways.pupils]); });
    chartLine(frame, points, one.colour, one.dash, one.name);
  });
  return frame.picture;
}

function tenths(series) {
  var most = Math.max.apply(null, series.map(function (one) { return one.ways.tenths[9]; })) / 1000;
  var frame = chartFrame(t("compare.tenths"), 330, { ticks: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], label: t("compare.tenths_axis") }, { low: 0, high: most, label: "km" });
  series.forEach(function (one) {
    chartLine(frame, one.ways.tenths.map(function (metres, k) { return [k + 1, metres / 1000]; }), one.colour, one.dash, one.name);
    one.ways.tenths.forEach(function (metres, k) {
      var dot = svg("circle", { cx: frame.x(k + 1), cy: frame.y(metres / 1000), r: 3.5, fill: one.colour });
      add(dot, svg("title", {}, one.name + t("list.colon") + km(metres) + " km"));
      add(frame.picture, dot);
    });
  });
  return frame.picture;
}

function wayTable(series) {
  var rows = [["report.pupils", function (ways) { return num(ways.pupils); }], ["report.mean", function (ways) { return km(ways.mean) + " km"; }],
    ["report.median", function (ways) { return km(ways.median) + " km"; }], ["report.p90", function (ways) { return km(ways.p90) + " km"; }],
    ["compare.worst_tenth", function (ways) { return ways.tenths ? km(ways.tenths[9]) + " km" : "–"; }], ["report.longest", function (ways) { return km(ways.longest) + " km"; }],
    series.some(function (one) { return one.ways.boarders > 0; }) && ["figure.boarders", function (ways) { return num(ways.boarders); }]].filter(Boolean);
  var today = series.length > plans.length;
  return el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": t("report.distances") }, planTable("", today, rows.map(function (row) {
    var cells = series.map(function (one) { return row[1](one.ways); }), own = today ? cells.slice(1) : cells;
    return line(t(row[0]), today ? cells[0] : undefined, own, own.some(function (cell) { return cell !== own[0]; }));
  })));
}
