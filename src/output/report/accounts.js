// One account for every school: what happens to it year by year, and why.

var accountSite = null, accountsAll = false;

function accountOrder() {
  var open = data.sites.map(function (site, index) { return index; }).filter(function (index) {
    return data.sites[index].states.some(function (now) { return now && now.operating; });
  });
  var touched = open.filter(function (index) { return follows.touched.indexOf(index) >= 0; });
  return { touched: touched, rest: open.filter(function (index) { return touched.indexOf(index) < 0; }) };
}

function accountCard(index) {
  var site = data.sites[index], accounts = follows.accounts[index];
  function line(label, cell) {
    var cells = data.years.map(function (year, y) { var now = site.states[y]; return now ? cell(now, accounts[y], y) : null; });
    if (cells.every(function (value) { return value === null || value === "–"; })) { return null; }
    return el("tr", {}, headed(label), cells.map(function (value) { return el("td", {}, value === null ? "–" : value); }));
  }
  function post(at) { return function (now, account) { return account[1][at] === null ? null : num(account[1][at], account[1][at] % 1 ? 1 : 0); }; }
  function flow(at) { return function (now, account, y) { return y === 0 || account[0][at] === 0 ? null : num(account[0][at]); }; }
  function taught(field) { return function (now) { return now.operating ? num(now[field]) : null; }; }
  return el("article", { class: "account" },
    el("h3", {}, site.name),
    el("p", { class: "muted" }, [word("site_kind", site.kind), site.area === null ? null : data.areas[site.area], site.protected ? t("report.protected") : null].filter(Boolean).join(" · ")),
    site.actions.length ? site.actions.map(function (action) {
      return [el("p", {}, el("strong", {}, actionLine(action)), el("br"), t("report.reason") + " " + (both(action.reason) || t("report.no_reason"))),
        action.why && el("p", {}, t("report.why") + " " + both(action.why))];
    }) : el("p", {}, t("report.account_kept")),
    follows.disposed.filter(function (one) { return one.site === index; }).map(function (one) {
      return el("p", {}, t("report.account_disposal", { year: one.year, use: word("disposal", one.disposal) }) + (one.given ? "" : " " + t("report.by_default")));
    }),
    el("div", { class: "scroll" }, table([""].concat(data.years.map(function (year, y) { return yearName(y); })), [
      line(t("report.kind"), function (now) { return now.operating ? word("site_kind", now.kind) : t("report.not_in_use"); }),
      line(t("report.pupils"), taught("pupils")),
      line(t("report.entrants"), flow(0)), line(t("report.come"), flow(1)), line(t("report.gone"), flow(2)),
      line(t("report.classes"), taught("classes")), line(t("report.rooms"), taught("rooms")),
      line(t("report.class_mean"), function (now) { return now.classes ? num(now.pupils / now.classes, 1) : null; }),
      line(t("report.posts"), post(0)), line(t("report.posts_needed"), post(1)), line(t("report.posts_lacking"), post(2)),
      line(t("report.posts_in"), function (now, account) { return account[1][3] ? num(account[1][3]) : null; }),
      line(t("report.posts_out"), function (now, account) { return account[1][4] ? num(account[1][4]) : null; }),
      line(t("report.funds"), function (now, account) { return account[2] === null ? null : money(account[2]); }),
      line(t("report.rules_kept"), function (now, account) {
        var tested = account[3] + account[4].length;
        return tested ? num(account[3]) + " / " + num(tested) : null;
      })
    ], "small")),
    brokenRules(accounts));
}

// Rules that are broken at a school, with the years in which they are.
function brokenRules(accounts) {
  var names = [], years = {};
  accounts.forEach(function (account, y) {
    account[4].forEach(function (rule) {
      var name = both(follows.rules[rule]);
      if (!years[name]) { names.push(name); years[name] = []; }
      years[name].push(data.years[y]);
    });
  });
  return names.length ? [el("p", {}, el("strong", {}, t("report.rules_broken"))), el("ul", {}, names.map(function (name) {
    return el("li", {}, name + t("list.colon") + years[name].join(t("list.comma")));
  }))] : null;
}

function showAccounts() {
  var order = accountOrder();
  if (accountSite === null) { accountSite = order.touched.concat(order.rest)[0]; }
  function options(list) { return list.map(function (index) { return el("option", { value: index, selected: index === accountSite }, data.sites[index].name + (data.sites[index].actions.length ? " · " + actionNames(data.sites[index]) : "")); }); }
  put("account-list",
    el("p", {}, t("report.accounts_hint", { n: order.touched.length })),
    accountSite === undefined ? null : el("p", { class: "controls" }, el("label", { for: "account-site" }, t("report.school")),
      el("select", { id: "account-site", onchange: function (event) { accountSite = Number(event.target.value); showAccounts(); byId("account-site").focus(); } },
        order.touched.length > 0 && el("optgroup", { label: t("report.accounts_touched") }, options(order.touched)),
        order.rest.length > 0 && el("optgroup", { label: t("report.accounts_rest") }, options(order.rest)))),
    accountsAll ? (order.touched.length ? order.touched : order.rest).map(accountCard) : accountSite === undefined ? null : accountCard(accountSite));
}
