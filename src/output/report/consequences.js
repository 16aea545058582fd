// What follows from the plan: pupils who change school, posts and equipment that follow, released places, projects, funds.

var follows = data.consequences, unfolded = {};

// A table whose headings stand on the left above words and on the right above figures.
function lined(heads, rows) {
  var made = table(heads, rows, "small"), over = made.querySelectorAll("thead th");
  if (rows.length) {
    Array.prototype.forEach.call(rows[0].children, function (cell, k) { if (cell.className === "text") { over[k].className = "text"; } });
  }
  return made;
}

// A table of many rows: the first ones, with a button for the rest.
function folded(name, heads, rows, draw, redraw) {
  var shown = unfolded[name] ? rows : rows.slice(0, 12);
  return [el("div", { class: "scroll" }, lined(heads, shown.map(draw))),
    shown.length < rows.length && el("button", { type: "button", onclick: function () { unfolded[name] = true; redraw(); } }, t("report.show_all", { n: rows.length }))];
}

function hundredths(count) { return count < 0 ? "–" : num(count / 100, count % 100 ? 2 : 0); }

function area(m2) { return m2 === null ? "–" : num(m2); }

function sum(rows, at) { return rows.reduce(function (all, row) { return all + Math.max(row[at], 0); }, 0); }

function stageName(index) { return index < 0 ? "" : word("stage", data.stages[index]); }

function siteOr(index) { return index < 0 ? t("report.no_school") : siteButton(index); }

function transferTable() {
  var rows = follows.transfers;
  return [el("h3", {}, t("report.transfers")), rows.length ? [
    el("p", {}, t("report.transfers_sum", { pupils: num(sum(rows, 4) - sum(rows, 5)), entrants: num(sum(rows, 5)) }), data.assumed_baseline ? " " + t("report.assumed") : ""),
    folded("transfers", [t("report.year"), t("report.stage"), t("report.from_school"), t("report.to_school"), t("report.pupils"), t("report.entrants"), t("report.way")], rows, function (row) {
      return el("tr", {}, headed(data.years[row[0]]), el("td", { class: "text" }, stageName(row[1])), el("td", { class: "text" }, siteOr(row[2])), el("td", { class: "text" }, siteButton(row[3])),
        el("td", {}, num(row[4])), el("td", {}, num(row[5])), el("td", {}, row[6] < 0 ? "–" : km(row[6]) + " → " + km(row[7]) + " km"));
    }, showConsequences)] : el("p", {}, t("report.no_transfers"))];
}

function staffTable() {
  var rows = follows.staff;
  if (!rows.length) { return null; }
  return [el("h3", {}, t("report.staff_moves")), el("p", {}, t("report.staff_sum", { posts: hundredths(sum(rows, 5)) })),
    folded("staff", [t("report.year"), t("report.stage"), t("report.from_school"), t("report.to_school"), t("report.posts"), t("report.teachers"), "km", t("report.follow_rule")], rows, function (row) {
      return el("tr", {}, headed(data.years[row[0]]), el("td", { class: "text" }, stageName(row[1])), el("td", { class: "text" }, siteButton(row[2])), el("td", { class: "text" }, siteButton(row[3])),
        el("td", {}, hundredths(row[5])), el("td", {}, hundredths(row[6])), el("td", {}, km(row[7], 1)), el("td", { class: "text" }, word("follow", follows.follow[row[4]])));
    }, showConsequences)];
}

function placeTable() {
  var rows = follows.disposed;
  if (!rows.length) { return null; }
  return [el("h3", {}, t("report.disposals")), el("p", {}, t("report.disposals_hint")),
    folded("disposed", [t("report.year"), t("report.school"), t("report.disposal"), t("report.rooms"), t("report.land"), t("report.teaching_area"), t("report.sports_area")], rows, function (one) {
      return el("tr", {}, headed(one.year), el("td", { class: "text" }, siteButton(one.site)),
        el("td", { class: "text" }, word("disposal", one.disposal) + (one.given ? "" : " " + t("report.by_default"))),
        el("td", {}, num(one.rooms)), el("td", {}, area(one.land)), el("td", {}, area(one.teaching)), el("td", {}, area(one.sports)));
    }, showConsequences),
    follows.assets.length > 0 && folded("assets", [t("report.year"), t("report.from_school"), t("report.to_school"), t("report.equipment"), t("report.media_sets"), "km"], follows.assets, function (row) {
      return el("tr", {}, headed(data.years[row[0]]), el("td", { class: "text" }, siteButton(row[1])), el("td", { class: "text" }, siteButton(row[2])),
        el("td", {}, row[3] < 0 ? "–" : money(row[3])), el("td", {}, hundredths(row[4])), el("td", {}, km(row[5], 1)));
    }, showConsequences)];
}

function workTable() {
  var rows = follows.works;
  if (!rows.length) { return null; }
  return [el("h3", {}, t("report.works")),
    folded("works", [t("report.project"), t("report.school"), t("report.floor_area"), t("report.places"), t("report.cost"), t("report.in_service"), t("report.state")], rows, function (one) {
      var doing = one.action ? word("action", one.action) + (one.classes ? t("list.comma") + t("report.rooms_added", { n: num(one.classes) }) : "") +
        (one.music || one.art ? t("list.comma") + t("report.special_added", { music: num(one.music), art: num(one.art) }) : "") : null;
      return el("tr", {}, el("th", { scope: "row" }, one.name || doing, el("small", {}, [one.plan, one.name ? doing : null].filter(Boolean).join(" · "))),
        el("td", { class: "text" }, siteButton(one.site)), el("td", {}, area(one.floor)), el("td", {}, num(one.places)),
        el("td", {}, one.cost === null ? "–" : money(one.cost)), el("td", {}, one.year), el("td", { class: "text" }, word("project", one.status)));
    }, showConsequences)];
}

function fundsTable() {
  if (!follows.funds.length) { return null; }
  return [el("h3", {}, t("report.funds")), el("div", { class: "scroll" }, table([t("report.rule")].concat(data.years.map(function (year, y) { return yearName(y); })), follows.funds.map(function (one) {
    return el("tr", {}, headed(both(one.title)), one.years.map(function (yuan) { return el("td", {}, money(yuan)); }));
  }), "small"))];
}

function showConsequences() {
  if (lastYear === 0) { put("consequence-list", el("p", {}, t("report.today_only")), workTable(), fundsTable()); return; }
  put("consequence-list", transferTable(), staffTable(), placeTable(), workTable(), fundsTable());
}
