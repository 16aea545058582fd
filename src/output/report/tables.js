// Figures, actions, schools that stay, verdicts, units that change school, and what everything rests on.

function showFigures() {
  put("standing",
    el("p", { class: "status " + data.status }, word("status", data.status)),
    data.standing.map(function (sentence) { return el("p", {}, both(sentence)); }),
    data.obstacles.length > 0 && [el("h3", {}, t("report.obstacles")), el("ul", {}, data.obstacles.map(function (item) { return el("li", {}, both(item)); }))],
    data.notes.length > 0 && [el("h3", {}, t("report.notes")), el("ul", {}, data.notes.map(function (item) { return el("li", {}, both(item)); }))]);
  var two = lastYear > 0;
  put("figure-table", table([t("report.figure"), yearName(0)].concat(two ? [yearName(lastYear), t("report.change")] : []), data.figures.map(function (figure) {
    return el("tr", {}, headed(both(figure.label)), el("td", {}, figure.before === null ? "–" : figure.before),
      two && [el("td", {}, figure.after === null ? "–" : figure.after), el("td", {}, figure.change === null ? "" : figure.change)]);
  }), "figures"));
}

function siteButton(index) {
  return el("button", { type: "button", class: "link", onclick: function () { showSite(index); } }, data.sites[index].name);
}

// Who goes where because of an action: pupils who leave the site, or come to it.
function flowLines(index, leaving) {
  return data.flows.filter(function (flow) { return leaving ? flow.from === index : flow.to === index; }).map(function (flow) {
    var other = leaving ? flow.to : flow.from;
    return el("li", {}, word("stage", data.stages[flow.stage]) + t("list.colon") + t("report.n_pupils", { n: num(flow.pupils) }) + (leaving ? " → " : " ← "),
      other === null ? t("report.no_school") : siteButton(other),
      flow.before === null ? "" : t("report.mean_way", { before: km(flow.before), after: km(flow.after) }));
  });
}

function actionCard(site, index, action) {
  var leaving = ["merge", "close", "relocate"].indexOf(action.action) >= 0;
  var flows = flowLines(index, leaving);
  var others = site.offers.filter(function (offer) {
    return !(offer.action === action.action && offer.into === action.into && offer.classes === action.classes);
  });
  return el("article", { class: "action " + action.action },
    el("h4", {}, siteButton(index), action.into === null ? "" : [" → ", siteButton(action.into)]),
    el("p", { class: "muted" }, [t("report.from_year", { year: action.year }), action.classes ? t("report.rooms_added", { n: num(action.classes) }) : null,
      action.cost ? t("report.capital", { amount: money(action.cost) }) : null].filter(Boolean).join(" · ")),
    el("p", {}, el("strong", {}, t("report.reason")), " ", both(action.reason) || t("report.no_reason")),
    action.why && el("p", {}, el("strong", {}, t("report.why")), " ", both(action.why)),
    flows.length ? [el("p", {}, el("strong", {}, t(leaving ? "report.goes_to" : "report.comes_from")), data.assumed_baseline ? " " + t("report.assumed") : ""), el("ul", {}, flows)] : null,
    el("p", {}, el("strong", {}, t("report.alternatives")), " ",
      [t(action.action === "build" ? "report.not_build" : "report.keep_as_is")].concat(others.map(function (offer) {
        return [word("action", offer.action), offer.into === null ? null : "→ " + data.sites[offer.into].name,
          offer.classes ? t("report.rooms_added", { n: num(offer.classes) }) : null, offer.capital ? money(offer.capital) : null].filter(Boolean).join(" ");
      })).join(t("list.semicolon"))));
}

function showActions() {
  var groups = ["merge", "close", "phase_out", "relocate", "build", "expand", "convert", "equip"], seen = {};
  data.sites.forEach(function (site, index) {
    site.actions.forEach(function (action) { (seen[action.action] = seen[action.action] || []).push(actionCard(site, index, action)); });
  });
  Object.keys(seen).forEach(function (name) { if (groups.indexOf(name) < 0) { groups.push(name); } });
  var used = groups.filter(function (name) { return seen[name]; });
  put("action-list", !used.length ? el("p", {}, t(lastYear === 0 ? "report.today_only" : "report.no_actions")) : used.map(function (name) {
    return [el("h3", {}, word("action", name) + " · " + seen[name].length), el("div", { class: "cards" }, seen[name])];
  }));
  var stay = data.sites.map(function (site, index) { return index; }).filter(function (index) {
    var site = data.sites[index];
    return !site.actions.length && site.states[lastYear] && site.states[lastYear].operating;
  });
  put("stay-list", el("details", { open: stay.length <= 60 }, el("summary", {}, t("report.stay", { n: stay.length })),
    el("ul", { class: "chips" }, stay.map(function (index) {
      var site = data.sites[index], then = site.states[0] ? site.states[0].pupils : null, now = site.states[lastYear].pupils;
      return el("li", {}, siteButton(index), el("small", {}, then === null || lastYear === 0 ? num(now) : num(then) + " → " + num(now)));
    }))));
}

function tallyCell(rule, tally) {
  if (!tally) { return el("td", {}, "–"); }
  var tested = tally.pass + tally.relaxed + tally.fail, lines = [];
  if (!tested) { return el("td", {}, word("verdict", tally.pending ? "pending" : "not_applicable")); }
  lines.push(el("strong", {}, t("report.passing", { pass: num(tally.pass + tally.relaxed), tested: num(tested), percent: tally.percent })));
  if (tally.relaxed + tally.fail > 0) {
    // Without exemptions everything over the limit fails.
    var exempting = rule.exempt.length > 0;
    lines.push(el("br"), exempting ? t("report.over_base", { over: num(tally.relaxed + tally.fail), relaxed: num(tally.relaxed), fail: num(tally.fail) })
      : t("report.over_limit", { over: num(tally.fail) }));
    tally.groups.filter(function (group) { return group.relaxed + group.fail > 0; }).forEach(function (group) {
      lines.push(el("br"), el("small", {}, both(group.label) + t("list.colon") + (exempting ? t("report.over_group", { over: num(group.relaxed + group.fail), fail: num(group.fail) }) : num(group.fail))));
    });
  }
  if (tally.pending) { lines.push(el("br"), word("verdict", "pending") + t("list.colon") + num(tally.pending)); }
  return el("td", {}, lines);
}

function ruleDetails(rule) {
  if (!rule.subjects.length) { return null; }
  var shown = rule.subjects.slice(0, 300);
  return el("details", {}, el("summary", {}, t("report.subjects", { n: rule.subjects.length })),
    table([t("report.subject")].concat(data.years.map(function (year, y) { return yearName(y); }), [t("report.verdict")]), shown.map(function (subject) {
      return el("tr", {}, headed(both(subject.name)), subject.years.map(function (cell) {
        return el("td", { class: cell ? cell[2] : null }, cell ? valued(rule, cell[0]) + " / " + valued(rule, cell[1]) + " " + MARKS[cell[2]] : "–");
      }), el("td", {}, chip(subject.verdict)));
    }), "small"),
    shown.length < rule.subjects.length && el("p", { class: "note" }, t("report.more_in_csv", { n: rule.subjects.length - shown.length })));
}

function showIndicators() {
  if (!data.indicators.length) { put("indicator-table"); return; }
  var two = lastYear > 0, part = null;
  var heads = [t("report.indicator_head"), yearName(0)].concat(two ? [yearName(lastYear)] : [], [t("report.verdict")]);
  function list(names) { return names.length ? names.map(both).join(t("list.comma")) : "–"; }
  put("indicator-table", el("table", { class: "rules" },
    el("thead", {}, el("tr", {}, heads.map(function (head) { return el("th", { scope: "col" }, head); }))),
    data.indicators.map(function (indicator) {
      var cells = [el("td", {}, both(indicator.said[0]))].concat(two ? [el("td", {}, both(indicator.said[lastYear]))] : [],
        [el("td", {}, chip(indicator.verdict), indicator.resolved === null ? "" : " " + indicator.resolved)]);
      cells.forEach(function (cell, k) { cell.setAttribute("data-head", heads[k + 1]); });
      var first = indicator.part !== part;
      part = indicator.part;
      var between = lastYear > 1 ? data.years.slice(1, lastYear).map(function (year, y) { return el("li", {}, yearName(y + 1) + t("list.colon") + both(indicator.said[y + 1])); }) : [];
      var failing = indicator.failing[0].length + indicator.failing[1].length > 0;
      var details = (between.length || failing) && el("details", {}, el("summary", {}, t("report.indicator_more")),
        between.length ? el("ul", {}, between) : null,
        failing && el("p", {}, el("strong", {}, t("report.failing_in", { year: yearName(0) })), " ", list(indicator.failing[0])),
        failing && two && el("p", {}, el("strong", {}, t("report.failing_in", { year: yearName(lastYear) })), " ", list(indicator.failing[1])));
      return el("tbody", {},
        first && el("tr", {}, el("th", { colspan: heads.length, scope: "rowgroup" }, word("part", indicator.part))),
        el("tr", {}, el("th", { scope: "row" }, both(indicator.title)), cells),
        details && el("tr", { class: "detail" }, el("td", { colspan: heads.length }, details)));
    })),
    el("ul", {}, data.indicator_totals.map(function (sum) { return el("li", {}, both(sum)); })),
    el("h3", {}, t("report.rules_one_by_one")));
}

function showRules() {
  var years = data.years.map(function (year, index) { return index; });
  var heads = [t("report.rule"), t("report.limit")].concat(years.map(yearName), [t("report.verdict")]);
  put("rule-table", el("table", { class: "rules" },
    el("thead", {}, el("tr", {}, heads.map(function (head) { return el("th", { scope: "col" }, head); }))),
    data.rules.map(function (rule) {
      var limit = rule.limit === null ? "–" : rule.op + " " + valued(rule, rule.limit) +
        (rule.exempt.length ? " (" + t("report.relaxed_to", { limit: rule.exempt.map(function (value) { return valued(rule, value); }).join(t("list.comma")) }) + ")" : "");
      var cells = [el("td", {}, limit)].concat(years.map(function (y) {
        return rule.values[y] === null ? tallyCell(rule, rule.years[y]) : el("td", {}, el("strong", {}, valued(rule, rule.values[y])));
      }), [el("td", {}, chip(rule.verdict))]);
      cells.forEach(function (cell, k) { cell.setAttribute("data-head", heads[k + 1]); });
      var details = ruleDetails(rule);
      return el("tbody", {},
        el("tr", {}, el("th", { scope: "row" }, rule.no ? t("report.indicator", { no: lang === "zh" ? rule.no : rule.order + " (" + rule.no + ")" }) + " " : "", both(rule.title) || rule.id,
          el("small", {}, [rule.severity ? word("severity", rule.severity) : null, rule.source,
            rule.source_status === "memory" ? word("source_status", "memory") : null].filter(Boolean).join(" · "))), cells),
        details && el("tr", { class: "detail" }, el("td", { colspan: heads.length }, details)));
    })),
    data.waiting.length > 0 && el("p", { class: "note" }, t("indicator.waiting", { n: data.waiting.length, list: data.waiting.map(both).join(t("list.comma")) })),
    data.checked_after.length > 0 && el("p", { class: "note" }, t("report.checked_after", { rules: data.checked_after.join(t("list.comma")) })));
}

var moversAll = false;

function showMovers() {
  if (lastYear === 0) { put("movers"); return; }
  if (data.assumed_baseline) { put("movers", el("h3", {}, t("report.movers")), el("p", {}, t("report.movers_unknown"))); return; }
  var list = data.movers.slice();
  function worse(mover) { return mover.before === null || mover.after === null ? -Infinity : mover.after - mover.before; }
  list.sort(function (a, b) { return worse(b) - worse(a) || a.unit - b.unit || a.stage - b.stage; });
  var nearer = 0, farther = 0, same = 0;
  list.forEach(function (mover) {
    var way = worse(mover);
    if (way === -Infinity) { return; }
    if (way > 0) { farther += mover.moved; } else if (way < 0) { nearer += mover.moved; } else { same += mover.moved; }
  });
  var shown = moversAll ? list : list.slice(0, 15);
  function names(sites) { return sites.length ? sites.map(function (index, k) { return [k ? t("list.comma") : "", siteButton(index)]; }) : "–"; }
  put("movers", el("h3", {}, t("report.movers")),
    list.length ? [
      el("p", {}, t("report.movers_sum", { nearer: num(nearer), farther: num(farther), same: num(same) })),
      el("div", { class: "scroll" }, table([t("report.unit"), t("report.stage"), t("report.pupils"), t("report.school_before"), t("report.school_after"), t("report.way"), t("report.change")],
        shown.map(function (mover) {
          return el("tr", {}, headed(data.units[mover.unit].name), el("td", {}, word("stage", data.stages[mover.stage])), el("td", {}, num(mover.moved)),
            el("td", { class: "text" }, names(mover.old)), el("td", { class: "text" }, names(mover.new)), el("td", {}, km(mover.before) + " → " + km(mover.after) + " km"),
            el("td", {}, worse(mover) === -Infinity ? "–" : signed(worse(mover) / 1000, 2) + " km"));
        }), "small")),
      shown.length < list.length && el("button", { type: "button", onclick: function () { moversAll = true; showMovers(); } }, t("report.show_all", { n: list.length }))
    ] : el("p", {}, t("report.no_movers")));
}

function showBasis() {
  var terms = Object.keys(data.terms).map(function (name) {
    return el("tr", {}, headed(word("term", name)), el("td", {}, data.terms[name] === null ? "–" : num(data.terms[name], name === "moved_pupils" ? 0 : 1)));
  });
  put("basis-list",
    el("h3", {}, t("report.assumptions")),
    data.assumptions.length ? el("ul", {}, data.assumptions.map(function (item) { return el("li", {}, both(item)); })) : el("p", {}, t("report.no_assumptions")),
    both(data.notice) && [el("h3", {}, t("report.notice")), el("p", { class: "pre" }, both(data.notice))],
    el("h3", {}, t("report.method")),
    el("p", {}, t(data.engine === "none" ? "report.method_check" : "report.method_text", { engine: data.engine, seed: data.seed })),
    el("div", { class: "split" }, table([t("report.term"), t("report.value")], terms, "small"),
      data.levels.length > 1 ? table([t("report.level"), t("report.value"), t("report.bound"), t("report.gap")], data.levels.map(function (level) {
        return el("tr", {}, headed(word("term", level.term)), el("td", {}, num(level.value, 1)), el("td", {}, num(level.bound, 1)),
          el("td", {}, level.gap === null ? "–" : num(100 * level.gap, 3) + "%"));
      }), "small") : el("div")),
    el("p", { class: "note" }, t("report.hash", { hash: data.sha256 })));
}
