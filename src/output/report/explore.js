// What goes round the map: switches, search, legend and the panel with the details of what was chosen.

var state = { year: lastYear, stage: 0, site: null, unit: null, changed: !data.assumed_baseline };
var map = null;

// The plan, in the year and stage chosen, as the map asks for it.
var view = {
  chosen: state,
  trips: function () { return unitTrips[state.stage][state.year]; },
  before: function () { return state.changed && state.year > 0 ? unitTrips[state.stage][0] : null; },
  role: function (index) { return role(data.sites[index], state.year); },
  teaches: function (index) { var now = data.sites[index].states[state.year]; return Boolean(now && now.operating); },
  pupils: function (index) { var now = data.sites[index].states[state.year]; return now ? now.pupils : 0; },
  arrows: function () {
    var pairs = [];
    data.sites.forEach(function (site, index) {
      site.actions.forEach(function (action) {
        if (action.into !== null && state.year > 0 && action.year <= data.years[state.year]) { pairs.push([index, action.into]); }
      });
    });
    return pairs;
  }
};

function startMap() {
  map = new Mapped(byId("map"), data, view);
  map.onpick = pick;
  map.onhover = hover;
  map.resize();
  window.addEventListener("resize", function () { map.resize(); });
  byId("zoom-in").addEventListener("click", function () { map.zoom(1.5, map.width / 2, map.height / 2); });
  byId("zoom-out").addEventListener("click", function () { map.zoom(1 / 1.5, map.width / 2, map.height / 2); });
  byId("zoom-reset").addEventListener("click", function () { map.reset(); });
}

function pick(found) {
  state.site = found && found.site !== undefined ? found.site : null;
  state.unit = found && found.unit !== undefined ? found.unit : null;
  showPanel();
  map.later();
}

// Chooses a site from anywhere on the page, in a stage and year in which it has pupils, and shows it.
function showSite(index) {
  function teaches(stage, year) { return trips[stage][year].some(function (trip) { return trip.site === index; }); }
  if (!teaches(state.stage, state.year)) {
    data.stages.forEach(function (name, stage) {
      if (!teaches(state.stage, state.year) && teaches(stage, state.year)) { state.stage = stage; }
    });
  }
  pick({ site: index });
  showControls();
  map.centre(map.sites[index]);
  byId("map-section").scrollIntoView({ block: "start" });
}

function hover(found, at) {
  var tip = byId("tip");
  byId("map").style.cursor = found ? "pointer" : "grab";
  if (!found) { tip.hidden = true; return; }
  tip.textContent = "";
  if (found.site !== undefined) {
    var site = data.sites[found.site], now = site.states[state.year];
    add(tip, [el("strong", {}, site.name), el("br"), word("site_kind", now ? now.kind : site.kind),
      now && now.operating ? " · " + t("report.n_pupils", { n: num(now.pupils) }) : ""]);
  } else {
    var own = unitTrips[state.stage][state.year][found.unit];
    add(tip, el("strong", {}, data.units[found.unit].name));
    own.forEach(function (trip) {
      add(tip, [el("br"), t("report.n_pupils", { n: num(trip.pupils) }) + " → " + data.sites[trip.site].name + " (" + km(trip.metres) + " km)"]);
    });
    if (!own.length) { add(tip, [el("br"), t("report.no_pupils")]); }
  }
  tip.hidden = false;
  var width = tip.offsetWidth, height = tip.offsetHeight;
  tip.style.left = Math.max(4, Math.min(at[0] + 14, map.width - width - 4)) + "px";
  tip.style.top = Math.max(4, at[1] + 16 + height > map.height ? at[1] - height - 10 : at[1] + 16) + "px";
}

function choice(name, label, options, chosen, onchange) {
  return el("fieldset", { class: "choice" }, el("legend", {}, label), options.map(function (option, index) {
    var id = name + "-" + index;
    return el("span", {}, el("input", { type: "radio", name: name, id: id, checked: index === chosen, onchange: function () { onchange(index); } }),
      el("label", { for: id }, option));
  }));
}

function showControls() {
  var search = el("input", { type: "search", list: "names", id: "search", placeholder: t("report.search_hint"), "aria-label": t("report.search") });
  search.addEventListener("change", function () {
    var wanted = search.value.trim().toLowerCase();
    function holds(item) { return item.name.toLowerCase() === wanted || item.key.toLowerCase() === wanted; }
    function partly(item) { return wanted && item.name.toLowerCase().indexOf(wanted) >= 0; }
    var site = data.sites.findIndex(holds), unit = data.units.findIndex(holds);
    if (site < 0 && unit < 0) { site = data.sites.findIndex(partly); }
    if (site < 0 && unit < 0) { unit = data.units.findIndex(partly); }
    if (site >= 0) { pick({ site: site }); map.centre(map.sites[site]); }
    else if (unit >= 0) { pick({ unit: unit }); map.centre(map.shapes[unit].at); }
    else { pick(null); }
  });
  put("map-controls",
    choice("year", t("report.show"), data.years.map(function (year, index) { return yearName(index); }), state.year, function (index) {
      state.year = index; showLegend(); showPanel(); map.later();
    }),
    data.stages.length > 1 && choice("stage", t("report.stage"), data.stages.map(function (name) { return word("stage", name); }), state.stage, function (index) {
      state.stage = index; showPanel(); map.later();
    }),
    el("span", { class: "find" }, search, el("datalist", { id: "names" }, data.sites.concat(data.units.length < 2000 ? data.units : []).map(function (item) {
      return el("option", { value: item.name });
    }))),
    lastYear > 0 && !data.assumed_baseline && el("span", { class: "check" }, el("input", { type: "checkbox", id: "changed", checked: state.changed, onchange: function (event) {
      state.changed = event.target.checked; map.later();
    } }), el("label", { for: "changed" }, t("report.mark_changed"))));
}

function showLegend() {
  var roles = state.year > 0 ? ["keep", "merge", "close", "phase_out", "expand", "build", "relocate", "convert", "equip", "plot"] : ["keep", "plot"];
  var used = roles.filter(function (name) { return data.sites.some(function (site) { return role(site, state.year) === name; }); });
  put("legend", el("ul", { class: "legend" }, used.map(function (name) {
    var canvas = el("canvas", { width: 44, height: 44, "aria-hidden": "true" }), context = canvas.getContext("2d");
    context.setTransform(2, 0, 0, 2, 22, 22);
    symbol(context, name, 5.5);
    var label = name === "plot" ? t("report.plot") : name === "keep" && state.year === 0 ? t("site_status.operating") : word("action", name);
    return el("li", {}, canvas, label);
  }), el("li", {}, t("report.colours"))),
  el("p", { class: "note" }, data.drawn ? t("report.drawn") + " " : "", data.assumed_baseline ? t("report.assumed_baseline") : ""),
  el("p", { class: "note screen" }, t("report.map_keys")));
}

function showPanel() {
  if (state.site !== null) { put("panel", sitePanel(state.site)); }
  else if (state.unit !== null) { put("panel", unitPanel(state.unit)); }
  else { put("panel", el("p", { class: "muted" }, t("report.panel_hint"))); }
}

function sitePanel(index) {
  var site = data.sites[index];
  function row(label, value) { return el("tr", {}, headed(label), site.states.map(function (now) { return el("td", {}, now ? value(now) : "–"); })); }
  var way = el("tr", {}, headed(t("report.catchment_mean")), data.years.map(function (year, y) {
    var pupils = 0, metres = 0;
    trips.forEach(function (years) {
      years[y].forEach(function (trip) { if (trip.site === index && trip.metres >= 0) { pupils += trip.pupils; metres += trip.pupils * trip.metres; } });
    });
    return el("td", {}, pupils ? km(metres / pupils) + " km" : "–");
  }));
  return [
    el("h3", {}, site.name),
    el("p", { class: "muted" }, [word("site_kind", site.kind), site.area === null ? null : data.areas[site.area],
      site.built === null ? null : t("report.built", { year: site.built }), site.protected ? t("report.protected") : null].filter(Boolean).join(" · ")),
    el("table", { class: "small" }, el("thead", {}, el("tr", {}, el("td"), data.years.map(function (year, y) { return el("th", { scope: "col" }, yearName(y)); }))),
      el("tbody", {},
        row(t("report.in_use"), function (now) { return t(now.operating ? "report.yes" : "report.no"); }),
        row(t("report.pupils"), function (now) { return num(now.pupils); }),
        row(t("report.size_limit"), function (now) { return now.limit === null ? "–" : num(now.limit); }),
        row(t("report.classes"), function (now) { return num(now.classes); }),
        row(t("report.rooms"), function (now) { return num(now.rooms); }),
        row(t("report.class_mean"), function (now) { return now.classes ? num(now.pupils / now.classes, 1) : "–"; }),
        way)),
    site.actions.map(function (action) { return el("p", {}, el("strong", {}, actionLine(action)), " ", both(action.reason)); }),
    el("button", { type: "button", onclick: function () { pick(null); } }, t("report.clear"))
  ];
}

// What an action does, in a line: year, action, into whom, rooms, money.
function actionLine(action) {
  return [action.year, word("action", action.action), action.into === null ? null : "→ " + data.sites[action.into].name,
    action.classes ? t("report.rooms_added", { n: num(action.classes) }) : null, action.cost ? money(action.cost) : null].filter(Boolean).join(" · ");
}

function unitPanel(index) {
  var unit = data.units[index];
  return [
    el("h3", {}, unit.name),
    el("p", { class: "muted" }, t("report.unit") + (unit.area === null ? "" : " · " + data.areas[unit.area])),
    data.stages.map(function (stage, s) {
      var rows = data.years.map(function (year, y) {
        return unitTrips[s][y][index].map(function (trip, k) {
          return el("tr", {}, k ? el("td") : headed(yearName(y)), el("td", {}, num(trip.pupils)),
            el("td", {}, el("button", { type: "button", class: "link", onclick: function () { pick({ site: trip.site }); } }, data.sites[trip.site].name)),
            el("td", {}, km(trip.metres)));
        });
      });
      return [el("h4", {}, word("stage", stage)), el("table", { class: "small" },
        el("thead", {}, el("tr", {}, el("td"), [t("report.pupils"), t("report.school"), "km"].map(function (label) { return el("th", { scope: "col" }, label); }))),
        el("tbody", {}, rows))];
    }),
    el("button", { type: "button", onclick: function () { pick(null); } }, t("report.clear"))
  ];
}
