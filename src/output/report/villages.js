// One sheet for every village: old school, new school, distance, from which grade and year.

var villageArea = null, villageWord = "", villagesAll = false;

// Sites in words, or as links to the schools.
function villageSites(sites) {
  return sites.length ? sites.map(function (index, k) { return [k ? t("list.comma") : "", siteButton(index)]; }) : t("report.no_school");
}

function villageCard(unit, notices) {
  var heads = [t("report.who"), t("report.from_when"), t("report.from_school"), t("report.to_school"), t("report.way"), t("report.pupils")];
  return el("article", { class: "village" },
    el("h4", {}, data.units[unit].name, el("small", {}, data.units[unit].area === null ? "" : " " + data.areas[data.units[unit].area])),
    table(heads, notices.map(function (one) {
      var cells = [el("td", {}, t("report.from_year", { year: one.year }) + (one.rising ? t("list.comma") + t("report.rising") : "")),
        el("td", {}, villageSites(one.old)), el("td", {}, villageSites(one.new)),
        el("td", {}, km(one.before) + " → " + km(one.after) + " km" + (one.minutes === null ? "" : t("list.comma") + t("report.n_minutes", { n: num(one.minutes) })) + (one.boarding ? t("list.comma") + t("report.boards") : "")),
        el("td", {}, num(one.pupils))];
      cells.forEach(function (cell, k) { cell.setAttribute("data-head", heads[k + 1]); });
      return el("tr", {}, el("th", { scope: "row" }, stageName(one.stage) + t("list.comma") + t("report.grades", { grades: one.grades })), cells);
    }), "rules"));
}

// A unit for which nothing changes: its schools of today.
function villageSame(unit) {
  return el("li", {}, data.units[unit].name + t("list.colon") + data.stages.map(function (stage, s) {
    var own = unitTrips[s][lastYear][unit];
    return own.length ? word("stage", stage) + " " + own.map(function (trip) { return data.sites[trip.site].name; }).join(t("list.comma")) : null;
  }).filter(Boolean).join(t("list.semicolon")));
}

function showVillages() {
  if (lastYear === 0) { put("village-list", el("p", {}, t("report.today_only"))); return; }
  var units = {}, order = [];
  follows.notices.forEach(function (one) {
    if (!units[one.unit]) { units[one.unit] = []; order.push(one.unit); }
    units[one.unit].push(one);
  });
  function fits(unit) {
    var facts = data.units[unit];
    return (villageArea === null || facts.area === villageArea) && facts.name.toLowerCase().indexOf(villageWord.toLowerCase()) >= 0;
  }
  var changed = order.filter(fits), shown = villagesAll ? changed : changed.slice(0, 6);
  var narrowed = villageArea !== null || villageWord !== "";
  var same = narrowed ? data.units.map(function (unit, index) { return index; }).filter(function (index) { return !units[index] && fits(index); }) : [];
  var lists = [
    changed.length ? shown.map(function (unit) { return villageCard(unit, units[unit]); }) : el("p", {}, t("report.no_notices")),
    shown.length < changed.length && el("button", { type: "button", onclick: function () { villagesAll = true; showVillages(); } }, t("report.show_all", { n: changed.length })),
    same.length > 0 && el("details", { open: same.length <= 12 }, el("summary", {}, t("report.villages_same", { n: same.length })), el("ul", {}, same.map(villageSame)))];
  put("village-list",
    el("p", {}, t("report.villages_hint", { n: order.length, units: data.units.length }), data.assumed_baseline ? " " + t("report.assumed") : ""),
    el("p", { class: "controls" },
      data.areas.length > 1 && [el("label", { for: "village-area" }, t("report.area")), el("select", { id: "village-area", onchange: function (event) {
        villageArea = event.target.value === "" ? null : Number(event.target.value); villagesAll = false; showVillages(); byId("village-area").focus();
      } }, el("option", { value: "" }, t("report.all_areas")), data.areas.map(function (name, index) { return el("option", { value: index, selected: index === villageArea }, name); }))],
      el("label", { for: "village-word" }, t("report.find_unit")),
      el("input", { id: "village-word", type: "search", value: villageWord, oninput: function (event) {
        villageWord = event.target.value; villagesAll = false; showVillages();
        var box = byId("village-word"); box.focus(); box.setSelectionRange(villageWord.length, villageWord.length);
      } })),
    lists);
}
