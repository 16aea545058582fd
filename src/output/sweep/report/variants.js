// All variants: a table to sort and filter, parallel coordinates to narrow them down, and any two figures against each other.

var variantState = { text: "", family: "", status: "", ranges: {}, x: null, y: "total", table: {}, chosen: {} };

// The figures of a row, where it has a plan.
function planOf(row) { return row.result && row.result.plan ? row.result.plan : null; }

function statusOf(row) {
  var plan = planOf(row);
  return plan ? plan.status : typeof row.result === "string" ? row.result : Object.keys(row.result)[0];
}

function whyOf(row) {
  var plan = planOf(row);
  if (plan) { return (plan.why || []).join(" "); }
  return typeof row.result === "string" ? "" : row.result[statusOf(row)];
}

// Figures that plans may differ in.
var VARIANT_FIGURES = [
  { name: "total", label: "sweep.total", decimals: 0, of: function (plan) { return plan.total; } },
  { name: "gap", label: "report.gap", of: function (plan) { return plan.gap; }, format: function (value) { return percentText(value); } },
  { name: "cost", label: "term.cost", of: function (plan) { return plan.terms.cost; }, format: function (value) { return money(value); } },
  { name: "moved", label: "term.moved_pupils", decimals: 0, of: function (plan) { return plan.terms.moved_pupils; } },
  { name: "mean_km", label: "figure.mean_km", decimals: 2, of: function (plan) { return inKm(plan.mean_m); } },
  { name: "p90_km", label: "figure.p90_km", decimals: 1, of: function (plan) { return inKm(plan.p90_m); } },
  { name: "longest_km", label: "figure.longest_km", decimals: 1, of: function (plan) { return inKm(plan.longest_m); } },
  { name: "travel", label: "term.travel_pupil_km", decimals: 0, of: function (plan) { return plan.terms.travel_pupil_km; } },
  { name: "soft", label: "term.soft_excess", decimals: 1, of: function (plan) { return plan.terms.soft_excess; } },
  { name: "failing", label: "figure.failing", decimals: 0, of: function (plan) { return plan.failing; } },
  { name: "sites", label: "figure.sites", decimals: 0, of: function (plan) { return plan.sites; } },
  { name: "pupils", label: "figure.pupils", decimals: 0, of: function (plan) { return plan.pupils; } },
  { name: "classes", label: "figure.classes", decimals: 0, of: function (plan) { return plan.classes; } },
  { name: "close", label: "action.close", decimals: 0, of: function (plan) { return plan.actions.close || 0; } },
  { name: "phase_out", label: "action.phase_out", decimals: 0, of: function (plan) { return plan.actions.phase_out || 0; } },
  { name: "merge", label: "action.merge", decimals: 0, of: function (plan) { return plan.actions.merge || 0; } },
  { name: "expand", label: "action.expand", decimals: 0, of: function (plan) { return plan.actions.expand || 0; } },
  { name: "build", label: "action.build", decimals: 0, of: function (plan) { return plan.actions.build || 0; } }
];

function inKm(metres) { return metres === null || metres === undefined ? null : metres / 1000; }

SECTIONS.variants = function (doc) {
  var rows = doc.rows.map(function (row, at) {
    return { at: at, name: row.unit.variant === null ? t("sweep.base") : row.unit.variant, family: row.unit.family || "", status: statusOf(row), plan: planOf(row), why: whyOf(row), folder: row.folder, changes: row.unit.changes };
  });
  var families = rows.map(function (row) { return row.family; }).filter(function (name, at, list) { return name && list.indexOf(name) === at; });
  function colour(row) { return row.family ? seriesColour(families.indexOf(row.family)) : row.at === 0 ? "#20242c" : "#5a6472"; }
  // What variants change by numbers is a figure too.
  var paths = [];
  rows.forEach(function (row) { row.changes.forEach(function (change) { if (paths.indexOf(change[0]) < 0) { paths.push(change[0]); } }); });
  function change(row, path) { var own = row.changes.filter(function (one) { return one[0] === path; })[0]; return own ? own[1] : null; }
  var parameters = paths.filter(function (path) {
    return rows.every(function (row) { var value = change(row, path); return value === null || (value.trim() !== "" && isFinite(value)); });
  }).map(function (path) {
    return { name: "set " + path, label: path, of: function (row) { var value = change(row, path); return value === null ? null : Number(value); }, format: function (value) { return String(Math.round(value * 1e6) / 1e6); } };
  });
  var figures = parameters.concat(VARIANT_FIGURES.map(function (figure) {
    return { name: figure.name, label: t(figure.label), decimals: figure.decimals, format: figure.format, of: function (row) { var value = row.plan ? figure.of(row.plan) : null; return value === undefined ? null : value; } };
  })).filter(function (figure) {
    var known = rows.filter(function (row) { return row.plan; }).map(figure.of).filter(function (value) { return value !== null; });
    return known.some(function (value) { return value !== known[0]; });
  });
  function shown(figure, value) { return value === null ? "–" : figure.format ? figure.format(value) : num(value, figure.decimals); }
  function figure(name) { return figures.filter(function (one) { return one.name === name; })[0]; }
  if (!figure(variantState.y)) { variantState.y = figures.length ? figures[figures.length - 1].name : null; }
  if (!figure(variantState.x)) { variantState.x = (parameters.length && figure(parameters[0].name)) ? parameters[0].name : figure("mean_km") ? "mean_km" : figures.length ? figures[0].name : null; }

  var axes = figures.filter(function (one) { return ["travel", "p90_km", "classes", "soft"].indexOf(one.name) < 0; });
  var count = el("p", { class: "say", "aria-live": "polite" }), chart = el("div", {}), list = el("div", {}), command = el("div", {}), waiting = false, drawn = null;

  function matches(row) {
    var wanted = variantState.text.trim().toLowerCase();
    return (!wanted || (row.name + " " + row.changes.map(function (one) { return one.join(" "); }).join(" ")).toLowerCase().indexOf(wanted) >= 0) &&
      (!variantState.family || row.family === variantState.family) && (!variantState.status || row.status === variantState.status);
  }
  function within(row) {
    return axes.every(function (axis) {
      var range = variantState.ranges[axis.name], value = axis.of(row);
      return !range || (value !== null && value >= range[0] && value <= range[1]);
    });
  }
  function kept() { return rows.filter(function (row) { return matches(row) && within(row); }); }
  function later() {
    if (waiting) { return; }
    waiting = true;
    window.requestAnimationFrame(function () { waiting = false; update(); });
  }
  function update() {
    var now = kept();
    count.textContent = t("sweep.showing", { n: num(now.length), of: num(rows.length) });
    showScatter(now);
    showList(now);
  }

  function showScatter(now) {
    var x = figure(variantState.x), y = figure(variantState.y);
    chart.textContent = "";
    if (!x || !y) { return; }
    var points = rows.filter(function (row) { return matches(row) && x.of(row) !== null && y.of(row) !== null; }).map(function (row) {
      var bound = row.plan ? row.plan.bound : null;
      return { x: x.of(row), y: y.of(row), name: row.name + t("list.colon") + x.label + " " + shown(x, x.of(row)) + t("list.comma") + y.label + " " + shown(y, y.of(row)), colour: colour(row),
        bar: y.name === "total" && bound !== null ? [bound, row.plan.total] : null, out: now.indexOf(row) < 0, hollow: row.status === "infeasible" };
    });
    if (!points.length) { return; }
    function axis(one) { return one.name === "cost" ? termAxis("cost") : { label: one.label, format: one.name === "gap" ? function (value) { return percentText(value, 1); } : null }; }
    function choose(side) {
      var id = "scatter-" + side;
      return [el("label", { for: id }, t("sweep.axis_" + side)), el("select", { id: id, onchange: function (event) { variantState[side] = event.target.value; showScatter(kept()); byId(id).focus(); } },
        figures.map(function (one) { return el("option", { value: one.name, selected: one.name === variantState[side] }, one.label); }))];
    }
    add(chart, [el("h3", {}, t("sweep.scatter")), el("p", { class: "controls" }, choose("x"), choose("y")), scatter(t("sweep.scatter"), axis(x), axis(y), points, false),
      el("p", { class: "note" }, y.name === "total" ? t("sweep.bars") + " " : "", points.some(function (point) { return point.hollow; }) ? t("sweep.hollow") : "")]);
  }

  function showList(now) {
    var columns = [
      { label: t("sweep.variant"), value: function (row) { return row.name; }, cell: function (row) {
        return [row.plan && el("input", { type: "checkbox", checked: Boolean(variantState.chosen[row.folder]), "aria-label": t("sweep.choose", { name: row.name }), onchange: function (event) {
          if (event.target.checked) { variantState.chosen[row.folder] = true; } else { delete variantState.chosen[row.folder]; }
          showCommand();
        } }), " ", row.plan ? planLink(row.folder, row.name) : row.name];
      }, text: true },
      { label: t("sweep.status_head"), value: function (row) { return row.status; }, cell: function (row) { return el("span", { class: "status " + row.status, title: row.why || null }, word("sweep.state", row.status)); }, text: true }
    ].concat(figures.map(function (one) { return { label: one.label, value: one.of, cell: function (row) { return shown(one, one.of(row)); } }; }));
    if (rows.some(function (row) { return row.why; })) { columns.push({ label: t("sweep.why"), value: function (row) { return row.why; }, text: true }); }
    list.textContent = "";
    add(list, sortable(columns, now, variantState.table, { most: 50, name: "variants", label: t("sweep.section_variants"), mark: function (row) { return row.at === 0 ? "base" : null; }, row: function (row, node) {
      node.addEventListener("mouseenter", function () { hot(row, true); });
      node.addEventListener("mouseleave", function () { hot(row, false); });
    } }));
  }
  function hot(row, on) {
    var at = drawn ? drawn.rows.indexOf(row) : -1;
    if (at >= 0) { drawn.paths[at].classList.toggle("hot", on); }
  }
  function showCommand() {
    var chosen = Object.keys(variantState.chosen);
    command.textContent = "";
    add(command, el("p", { class: "note screen" }, t("sweep.compare_hint"), " ", chosen.length > 1 && el("code", {}, "catchment compare " + chosen.join(" ") + " --out compared")));
  }
  function showParallel() {
    var own = rows.filter(function (row) { return row.plan && matches(row); });
    drawn = null;
    if (axes.length < 2 || own.length < 2) { return null; }
    var shownAxes = axes.map(function (axis) { return axis.name === "cost" ? { name: axis.name, label: axis.label, format: short } : axis; });
    var items = own.map(function (row) { return { name: row.name, values: axes.map(function (axis) { return axis.of(row); }), colour: colour(row), dash: row.status === "infeasible" ? "5 4" : null }; });
    var picture = parallel(t("sweep.parallel"), shownAxes, items, variantState.ranges, later);
    if (items.length > 12) { picture.picture.classList.add("many"); }
    drawn = { rows: own, paths: picture.paths };
    return [el("h3", {}, t("sweep.parallel")), el("p", { class: "note screen" }, t("sweep.parallel_hint")), families.length > 0 && chartKey(families.map(function (name, at) { return { name: name, colour: seriesColour(at) }; })), picture.picture];
  }
  var lines = el("div", {});
  function redraw() { lines.textContent = ""; add(lines, showParallel()); update(); }
  var statuses = rows.map(function (row) { return row.status; }).filter(function (name, at, all) { return all.indexOf(name) === at; });
  function select(id, label, options, field) {
    return [el("label", { for: id }, label), el("select", { id: id, onchange: function (event) { variantState[field] = event.target.value; redraw(); } },
      [el("option", { value: "" }, t("sweep.all"))].concat(options.map(function (one) { return el("option", { value: one[0], selected: variantState[field] === one[0] }, one[1]); })))];
  }
  var search = el("input", { type: "search", id: "variant-search", value: variantState.text, placeholder: t("sweep.search"), "aria-label": t("sweep.search"), oninput: function (event) { variantState.text = event.target.value; redraw(); } });
  var controls = el("p", { class: "controls" }, el("span", { class: "find" }, search),
    families.length > 0 && select("variant-family", t("sweep.family"), families.map(function (name) { return [name, name]; }), "family"),
    statuses.length > 1 && select("variant-status", t("sweep.status_head"), statuses.map(function (name) { return [name, word("sweep.state", name)]; }), "status"),
    el("button", { type: "button", onclick: function () { variantState.text = variantState.family = variantState.status = ""; variantState.ranges = {}; search.value = ""; show(); } }, t("sweep.reset")));
  redraw();
  showCommand();
  return [summary(rows, statuses), controls, count, lines, chart, el("h3", {}, t("sweep.table")), list, command];
};

// How the variants came out, and which is best in what.
function summary(rows, statuses) {
  var sound = rows.filter(function (row) { return row.plan && row.plan.status !== "infeasible"; });
  function least(name) {
    var figure = VARIANT_FIGURES.filter(function (one) { return one.name === name; })[0], best = null, most = null;
    sound.forEach(function (row) {
      var value = figure.of(row.plan);
      if (value === null || value === undefined) { return; }
      if (!best || value < best.value) { best = { row: row, value: value }; }
      if (!most || value > most.value) { most = { row: row, value: value }; }
    });
    if (!best || best.value === most.value) { return null; }
    function told(value) { return figure.format ? figure.format(value) : num(value, figure.decimals); }
    return el("li", {}, t("sweep.least", { figure: t(figure.label), best: best.row.name, least: told(best.value), worst: most.row.name, most: told(most.value) }));
  }
  return [el("p", { class: "say" }, t("sweep.runs", { n: num(rows.length) }), " ", statuses.map(function (name) {
    return num(rows.filter(function (row) { return row.status === name; }).length) + " " + word("sweep.state", name);
  }).join(t("list.comma")) + t("sweep.stop")), el("ul", {}, least("cost"), least("moved"), least("mean_km"))];
}
