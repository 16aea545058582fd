// Bars: enrolment and classes by school, and pupils by distance, before and after.

var BEFORE = "#9aa5b1", AFTER = "#08519c";

function histogramChart(chart) {
  var width = 640, height = 250, left = 52, bottom = 40, top = 14, right = 10;
  var series = lastYear > 0 ? [0, lastYear] : [0];
  var bins = chart.counts[0].length, most = Math.max.apply(null, series.map(function (y) { return Math.max.apply(null, chart.counts[y]); }));
  var grid = gridFor(most), span = (width - left - right) / bins, plot = height - top - bottom;
  function y(value) { return top + plot * (1 - value / grid.top); }
  var name = chart.stage === null ? word("stage", "all") : word("stage", data.stages[chart.stage]);
  var picture = svg("svg", { viewBox: "0 0 " + width + " " + height, role: "img", "aria-label": t("report.histogram_label", { stage: name }) });
  for (var value = 0; value <= grid.top; value += grid.step) {
    add(picture, [svg("line", { x1: left, x2: width - right, y1: y(value), y2: y(value), class: "grid" }),
      svg("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, num(value))]);
  }
  for (var bin = 0; bin < bins; bin++) {
    var range = km(bin * chart.step, chart.step < 1000 ? 1 : 0) + "–" + km((bin + 1) * chart.step, chart.step < 1000 ? 1 : 0) + " km";
    series.forEach(function (index, k) {
      var count = chart.counts[index][bin], wide = (span - 4) / series.length;
      var bar = svg("rect", { x: left + bin * span + 2 + k * wide, y: y(count), width: Math.max(wide - 1, 1), height: Math.max(y(0) - y(count), 0),
        fill: index === 0 ? BEFORE : AFTER });
      add(bar, svg("title", {}, yearName(index) + t("list.comma") + range + t("list.colon") + t("report.n_pupils", { n: num(count) })));
      add(picture, bar);
    });
    if (bins <= 8 || bin % 2 === 0) {
      add(picture, svg("text", { x: left + bin * span, y: height - bottom + 16, "text-anchor": "middle" }, km(bin * chart.step, chart.step < 1000 ? 1 : 0)));
    }
  }
  chart.caps.forEach(function (cap) {
    var x = left + cap.metres / chart.step * span;
    if (x <= width - right) {
      add(picture, [svg("line", { x1: x, x2: x, y1: top, y2: y(0), class: "cap" }),
        svg("text", { x: x - 4, y: top + 10, "text-anchor": "end" }, t("report.cap", { km: km(cap.metres, 1) }))]);
    }
  });
  add(picture, svg("text", { x: width - right, y: height - 6, "text-anchor": "end" }, "km"));
  var rows = [["report.mean", chart.mean], ["report.median", chart.median], ["report.p90", chart.p90], ["report.longest", chart.longest]].map(function (pair) {
    return [t(pair[0]), series.map(function (index) { return km(pair[1][index]) + " km"; })];
  }).concat(chart.caps.map(function (cap) {
    return [t("report.beyond", { km: km(cap.metres, 1) }), series.map(function (index) {
      return num(cap.beyond[index]) + (cap.pupils[index] ? " (" + num(100 * cap.beyond[index] / cap.pupils[index], 1) + "%)" : "");
    })];
  }));
  return el("div", { class: "histogram" }, el("h3", {}, name), key(series), picture,
    el("table", { class: "small" }, el("thead", {}, el("tr", {}, el("td"), series.map(function (index) { return el("th", { scope: "col" }, yearName(index)); }))),
      el("tbody", {}, rows.map(function (row) { return el("tr", {}, headed(row[0]), row[1].map(function (cell) { return el("td", {}, cell); })); }))));
}

function key(series) {
  return el("p", { class: "key" }, series.map(function (index) {
    return el("span", {}, el("i", { class: index === 0 ? "before" : "after" }), yearName(index));
  }));
}

// The top and step of an axis with about five lines.
function gridFor(most) {
  var step = Math.pow(10, Math.floor(Math.log10(Math.max(most, 1) / 4)));
  [2, 5, 10].some(function (factor) {
    if (most / step <= 5) { return true; }
    step = Math.pow(10, Math.floor(Math.log10(Math.max(most, 1) / 4))) * factor;
    return most / step <= 5;
  });
  step = Math.max(step, 1);
  return { step: step, top: Math.max(Math.ceil(most / step) * step, step) };
}

var barOrder = "file", barAll = false;

function showBars() {
  var series = lastYear > 0 ? [0, lastYear] : [0];
  function now(site, y) { return site.states[y] && site.states[y].operating ? site.states[y] : null; }
  var list = data.sites.map(function (site, index) { return { site: site, index: index }; }).filter(function (item) {
    return series.some(function (y) { return now(item.site, y); });
  });
  function pupils(item, y) { var state = now(item.site, y); return state ? state.pupils : 0; }
  if (barOrder === "size") { list.sort(function (a, b) { return pupils(b, lastYear) - pupils(a, lastYear) || a.index - b.index; }); }
  if (barOrder === "change") {
    list.sort(function (a, b) { return Math.abs(pupils(b, lastYear) - pupils(b, 0)) - Math.abs(pupils(a, lastYear) - pupils(a, 0)) || a.index - b.index; });
  }
  var mostPupils = 1, mostClasses = 1;
  list.forEach(function (item) {
    series.forEach(function (y) {
      var state = now(item.site, y);
      if (state) {
        mostPupils = Math.max(mostPupils, state.pupils, state.limit || 0);
        mostClasses = Math.max(mostClasses, state.classes, state.rooms);
      }
    });
  });
  function bars(item, field, limit, most, unit) {
    return el("div", { class: "bars" }, series.map(function (y) {
      var state = now(item.site, y);
      if (!state) { return el("div", { class: "one" }, el("span", { class: "track" }), el("span", { class: "number" }, "–")); }
      var over = state[limit] !== null && state[field] > state[limit];
      return el("div", { class: "one", title: yearName(y) + t("list.colon") + num(state[field]) + (state[limit] === null ? "" : " / " + num(state[limit])) },
        el("span", { class: "track" },
          el("i", { class: (y === 0 ? "before" : "after") + (over ? " over" : ""), style: "width:" + 100 * state[field] / most + "%" }),
          state[limit] === null ? null : el("b", { style: "left:" + 100 * state[limit] / most + "%" })),
        el("span", { class: "number" + (over ? " over" : "") }, num(state[field]) + (state[limit] === null ? "" : " / " + num(state[limit])) + (over ? " ▲" : "")));
    }));
  }
  var shown = barAll ? list : list.slice(0, 60);
  var select = el("select", { id: "bar-order", onchange: function (event) { barOrder = event.target.value; showBars(); byId("bar-order").focus(); } },
    ["file", "size", "change"].map(function (name) { return el("option", { value: name, selected: name === barOrder }, t("report.order_" + name)); }));
  put("school-bars",
    el("p", { class: "controls" }, el("label", { for: "bar-order" }, t("report.order")), select, key(series), el("span", { class: "key" }, el("b", { class: "tick" }), t("report.limit_tick"))),
    el("div", { class: "school-row head", "aria-hidden": "true" }, el("span", {}, t("report.school")), el("span", {}, t("report.enrolment")), el("span", {}, t("report.classes_rooms"))),
    shown.map(function (item) {
      return el("div", { class: "school-row" },
        el("div", { class: "name" }, el("button", { type: "button", class: "link", onclick: function () { showSite(item.index); } }, item.site.name),
          el("small", {}, word("site_kind", item.site.kind) + (item.site.actions.length ? " · " + actionNames(item.site) : ""))),
        bars(item, "pupils", "limit", mostPupils), bars(item, "classes", "rooms", mostClasses));
    }),
    shown.length < list.length && el("button", { type: "button", onclick: function () { barAll = true; showBars(); } }, t("report.show_all", { n: list.length })));
}
