// Linked maps: today and every plan, the same stretch of the county in each.

var atlas = data.maps, mapState = { stage: 0, against: all.today === "unknown" ? 0 : null, shown: [], seeToday: all.today !== "unknown" };
var chosen = { site: null, unit: null, hover: null };
var tiles = [];

if (atlas) { plans.forEach(function (plan, at) { if (at < 6) { mapState.shown.push(at); } }); }

// By view and stage: for every unit its trips, most pupils first.
var viewTrips = atlas ? atlas.views.map(function (view) {
  return view.assigned.map(function (flat) {
    var units = atlas.units.map(function () { return []; });
    for (var k = 0; k < flat.length; k += 4) { units[flat[k]].push({ site: flat[k + 1], pupils: flat[k + 2], metres: flat[k + 3] }); }
    units.forEach(function (own) { own.sort(function (a, b) { return b.pupils - a.pupils || a.site - b.site; }); });
    return units;
  });
}) : [];

// The view of a plan, or of today.
function viewOf(plan) { return plan === null ? 0 : plan + 1; }

function mapView(plan) {
  var at = viewOf(plan), view = atlas.views[at];
  return {
    chosen: chosen,
    trips: function () { return viewTrips[at][mapState.stage]; },
    before: function () { return mapState.against === plan || mapState.against === undefined ? null : viewTrips[viewOf(mapState.against)][mapState.stage]; },
    role: function (site) { return view.roles[site]; },
    teaches: function (site) { return view.pupils[site] > 0; },
    pupils: function (site) { return view.pupils[site]; },
    arrows: function () { return view.arrows; }
  };
}

function showMaps() {
  if (!atlas) { put("maps", el("p", {}, t("compare.no_maps"))); return; }
  var controls = el("div", { id: "map-controls", class: "controls" });
  var grid = el("div", { class: "tiles" });
  put("maps", controls, grid, el("p", { class: "note" }, atlas.drawn ? t("report.drawn") + " " : "", all.today === "assumed" ? t("report.assumed_baseline") : ""),
    el("p", { class: "note screen" }, t("compare.map_keys")), el("div", { id: "map-legend" }), el("div", { id: "map-panel", "aria-live": "polite" }));
  showMapControls(controls);
  var old = tiles[0];
  tiles = (mapState.seeToday ? [null] : []).concat(mapState.shown).map(function (plan) { return tile(grid, plan); });
  tiles.forEach(function (map) {
    map.resize();
    if (old && old.width) { map.follow(old); }
  });
  showMapLegend();
  showMapPanel();
}

function tile(grid, plan) {
  var tip = el("div", { class: "tip", role: "presentation", hidden: true });
  var canvas = el("canvas", { tabindex: "0", role: "img", "aria-label": t("compare.map_label", { plan: planLabel(plan) }) });
  add(grid, el("figure", { class: "tile" }, el("figcaption", {}, badge(plan), plan === null ? planLabel(null) : plans[plan].name), el("div", { class: "frame" }, canvas, tip)));
  var map = new Mapped(canvas, atlas, mapView(plan));
  map.plan = plan;
  map.onpick = pick;
  map.onhover = function (found, at) { hover(map, tip, found, at); };
  map.onmove = function () { tiles.forEach(function (other) { if (other !== map) { other.follow(map); } }); };
  return map;
}

function redraw() { tiles.forEach(function (map) { map.later(); }); }

function pick(found) {
  chosen.site = found && found.site !== undefined ? found.site : null;
  chosen.unit = found && found.unit !== undefined ? found.unit : null;
  showMapPanel();
  redraw();
}

function tripText(own) {
  return own.length ? own.map(function (trip) { return t("report.n_pupils", { n: num(trip.pupils) }) + " → " + atlas.sites[trip.site].name + " (" + km(trip.metres) + " km)"; })
    : [t("report.no_pupils")];
}

function hover(map, tip, found, at) {
  map.canvas.style.cursor = found ? "pointer" : "grab";
  var unit = found && found.unit !== undefined ? found.unit : null;
  if (unit !== chosen.hover) { chosen.hover = unit; redraw(); }
  if (!found) { tip.hidden = true; return; }
  tip.textContent = "";
  if (found.site !== undefined) {
    add(tip, [el("strong", {}, atlas.sites[found.site].name), el("br"), t("report.n_pupils", { n: num(atlas.views[viewOf(map.plan)].pupils[found.site]) })]);
  } else {
    add(tip, el("strong", {}, atlas.units[unit].name));
    tripText(viewTrips[viewOf(map.plan)][mapState.stage][unit]).forEach(function (text) { add(tip, [el("br"), text]); });
  }
  tip.hidden = false;
  tip.style.left = Math.max(4, Math.min(at[0] + 14, map.width - tip.offsetWidth - 4)) + "px";
  tip.style.top = Math.max(4, at[1] + 16 + tip.offsetHeight > map.height ? at[1] - tip.offsetHeight - 10 : at[1] + 16) + "px";
}

function showMapControls(box) {
  var search = el("input", { type: "search", list: "names", placeholder: t("report.search_hint"), "aria-label": t("report.search") });
  search.addEventListener("change", function () {
    var wanted = search.value.trim().toLowerCase();
    function find(list) {
      var exact = list.findIndex(function (item) { return item.name.toLowerCase() === wanted || item.key.toLowerCase() === wanted; });
      return exact >= 0 || !wanted ? exact : list.findIndex(function (item) { return item.name.toLowerCase().indexOf(wanted) >= 0; });
    }
    var site = find(atlas.sites), unit = find(atlas.units);
    if (site >= 0) { pick({ site: site }); tiles[0].centre(tiles[0].sites[site]); }
    else if (unit >= 0) { pick({ unit: unit }); tiles[0].centre(tiles[0].shapes[unit].at); }
    else { pick(null); }
  });
  function zoom(factor) { var map = tiles[0]; if (map) { map.zoom(factor, map.width / 2, map.height / 2); } }
  var marks = [el("option", { value: "none", selected: mapState.against === undefined }, t("compare.mark_none")),
    all.today !== "unknown" && el("option", { value: "today", selected: mapState.against === null }, planLabel(null))].concat(plans.map(function (plan, at) {
    return el("option", { value: at, selected: mapState.against === at }, planLabel(at));
  }));
  add(box, [
    atlas.stages.length > 1 && choice("stage", t("report.stage"), atlas.stages.map(function (name) { return word("stage", name); }), mapState.stage, function (index) {
      mapState.stage = index; showMapPanel(); redraw();
    }),
    el("span", { class: "check" }, el("label", { for: "against" }, t("compare.mark_against")), el("select", { id: "against", onchange: function (event) {
      var value = event.target.value;
      mapState.against = value === "none" ? undefined : value === "today" ? null : Number(value);
      redraw();
    } }, marks)),
    el("span", { class: "find" }, search, el("datalist", { id: "names" }, atlas.sites.concat(atlas.units.length < 2000 ? atlas.units : []).map(function (item) { return el("option", { value: item.name }); }))),
    el("span", { class: "buttons", role: "group", "aria-label": t("report.map") },
      el("button", { type: "button", "aria-label": t("report.zoom_in"), onclick: function () { zoom(1.5); } }, "+"),
      el("button", { type: "button", "aria-label": t("report.zoom_out"), onclick: function () { zoom(1 / 1.5); } }, "−"),
      el("button", { type: "button", "aria-label": t("report.zoom_reset"), onclick: function () { if (tiles[0]) { tiles[0].reset(); } } }, "⤢")),
    el("fieldset", { class: "which" }, el("legend", {}, t("compare.show_maps")), [null].concat(plans.map(function (plan, at) { return at; })).map(function (plan) {
      if (plan === null && all.today === "unknown") { return null; }
      var id = "map-of-" + (plan === null ? "today" : plan), on = plan === null ? mapState.seeToday : mapState.shown.indexOf(plan) >= 0;
      return el("span", { class: "check" }, el("input", { type: "checkbox", id: id, checked: on, onchange: function (event) {
        if (plan === null) { mapState.seeToday = event.target.checked; }
        else if (event.target.checked) { mapState.shown.push(plan); mapState.shown.sort(function (a, b) { return a - b; }); }
        else { mapState.shown.splice(mapState.shown.indexOf(plan), 1); }
        showMaps();
        byId(id).focus();
      } }), el("label", { for: id }, badge(plan)));
    }))]);
}

function choice(name, label, options, at, onchange) {
  return el("fieldset", { class: "choice" }, el("legend", {}, label), options.map(function (option, index) {
    var id = name + "-" + index;
    return el("span", {}, el("input", { type: "radio", name: name, id: id, checked: index === at, onchange: function () { onchange(index); } }),
      el("label", { for: id }, option));
  }));
}

function showMapLegend() {
  var used = [];
  atlas.views.forEach(function (view) { view.roles.forEach(function (name) { if (name && used.indexOf(name) < 0) { used.push(name); } }); });
  put("map-legend", el("ul", { class: "legend" }, used.map(function (name) {
    var canvas = el("canvas", { width: 44, height: 44, "aria-hidden": "true" }), context = canvas.getContext("2d");
    context.setTransform(2, 0, 0, 2, 22, 22);
    symbol(context, name, 5.5);
    return el("li", {}, canvas, name === "plot" ? t("report.plot") : word("action", name));
  }), el("li", {}, t("report.colours"))));
}

// The unit or school chosen, in every plan.
function showMapPanel() {
  if (!byId("map-panel")) { return; }
  if (chosen.unit === null && chosen.site === null) { put("map-panel", el("p", { class: "muted" }, t("compare.panel_hint"))); return; }
  var known = (all.today === "unknown" ? [] : [null]).concat(plans.map(function (plan, at) { return at; }));
  var rows = known.map(function (plan) {
    var view = viewOf(plan), cells;
    if (chosen.unit !== null) { cells = el("td", { class: "text" }, tripText(viewTrips[view][mapState.stage][chosen.unit]).join(t("list.semicolon"))); }
    else {
      var role = atlas.views[view].roles[chosen.site];
      cells = [el("td", { class: "text" }, role ? (role === "plot" ? t("report.plot") : word("action", role)) : "–"), el("td", {}, t("report.n_pupils", { n: num(atlas.views[view].pupils[chosen.site]) }))];
    }
    return el("tr", {}, el("th", { scope: "row" }, badge(plan), plan === null ? "" : plans[plan].name), cells);
  });
  put("map-panel", el("h3", {}, chosen.unit !== null ? atlas.units[chosen.unit].name : atlas.sites[chosen.site].name),
    el("table", { class: "small" }, el("tbody", {}, rows)), el("button", { type: "button", onclick: function () { pick(null); } }, t("report.clear")));
}

window.addEventListener("resize", function () { tiles.forEach(function (map) { map.resize(); }); });
