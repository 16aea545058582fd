// What every part of the page uses: the data, the language, and helpers that put values in as text only.

var data = JSON.parse(document.getElementById("data").textContent);
var texts = JSON.parse(document.getElementById("texts").textContent);
var lang = data.lang;

// The text of a key, with the placeholders of the catalogue: {name}, {name:family}, {name#one|many}.
function t(key, args) {
  var source = texts[lang][key];
  if (source === undefined) { return key; }
  return source.replace(/\{([a-z0-9_]+)(?::([a-z_.]+)|#([^|}]*)\|([^}]*))?\}/g, function (whole, name, family, one, many) {
    if (!args || !(name in args)) { return one === undefined ? whole : many; }
    var value = String(args[name]);
    if (one !== undefined) { return value === "1" ? one : many; }
    if (family !== undefined) { return word(family, value); }
    return value;
  });
}

// The text of a word of a family, or the word itself.
function word(family, name) {
  var found = texts[lang][family + "." + name];
  return found === undefined ? name : found;
}

// The words of a text that the data hold in both languages.
function both(text) { return text ? text[lang] || text.zh || text.en || "" : ""; }

// An element with attributes and children; strings become text. A value of false or null leaves an attribute out.
function el(tag, attributes) {
  return fill(document.createElement(tag), attributes, Array.prototype.slice.call(arguments, 2));
}

function svg(tag, attributes) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, Array.prototype.slice.call(arguments, 2));
}

function fill(node, attributes, children) {
  Object.keys(attributes || {}).forEach(function (name) {
    var value = attributes[name];
    if (value === null || value === undefined || value === false) { return; }
    if (name.slice(0, 2) === "on") { node.addEventListener(name.slice(2), value); } else { node.setAttribute(name, value === true ? "" : value); }
  });
  add(node, children);
  return node;
}

function add(node, child) {
  if (Array.isArray(child)) { child.forEach(function (one) { add(node, one); }); }
  else if (child !== null && child !== undefined && child !== false) {
    node.appendChild(typeof child === "object" ? child : document.createTextNode(String(child)));
  }
}

function byId(id) { return document.getElementById(id); }

// Replaces what an element holds.
function put(id) {
  var node = byId(id);
  node.textContent = "";
  add(node, Array.prototype.slice.call(arguments, 1));
  return node;
}

function num(value, decimals) {
  if (value === null || value === undefined) { return "–"; }
  return Number(value).toLocaleString("en-US", { minimumFractionDigits: decimals || 0, maximumFractionDigits: decimals || 0 });
}

function km(metres, decimals) {
  return metres === null || metres === undefined || metres < 0 ? "–" : num(metres / 1000, decimals === undefined ? 2 : decimals);
}

function signed(value, decimals) {
  var text = num(Math.abs(value), decimals);
  if (Number(text.replace(/,/g, "")) === 0) { return text; }
  return (value < 0 ? "−" : "+") + text;
}

// Money: ten thousand yuan in Chinese, million yuan in English; small sums in yuan.
function money(yuan) {
  var size = Math.abs(yuan);
  if (size < (lang === "zh" ? 1e4 : 1e5)) { return t("report.money_small", { amount: num(yuan) }); }
  return lang === "zh" ? t("report.money", { amount: num(yuan / 1e4, size < 1e6 ? 1 : 0) })
    : t("report.money", { amount: num(yuan / 1e6, 2) });
}

function headed(label) { return el("th", { scope: "row" }, label); }

function table(heads, rows, name) {
  return el("table", { class: name || null },
    el("thead", {}, el("tr", {}, heads.map(function (head) { return el("th", { scope: "col" }, head); }))),
    el("tbody", {}, rows));
}

var MARKS = { pass: "✓", pass_relaxed: "✓", pass_after: "↗", late: "↗", fail: "✗", pending: "…", not_applicable: "–" };

function chip(verdict) {
  return el("span", { class: "chip " + verdict }, el("span", { "aria-hidden": "true" }, MARKS[verdict] + " "), word("verdict", verdict));
}

// A value in the unit of the rule's metric.
function valued(rule, value) {
  if (value === null || value === undefined) { return "–"; }
  if (rule.unit === "share") { return num(100 * value, 1) + "%"; }
  if (rule.unit === "m") { return num(value / 1000, 2) + " km"; }
  if (rule.unit === "min") { return num(value, 1) + " min"; }
  return num(value, Math.abs(value - Math.round(value)) < 1e-9 ? 0 : 2);
}

// Puts the texts of the page's frame into its language, with buttons for the others; the page has a function show().
function showLanguage(title) {
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  document.title = title;
  document.querySelectorAll("[data-t]").forEach(function (node) { node.textContent = t(node.getAttribute("data-t")); });
  document.querySelectorAll("[data-label]").forEach(function (node) { node.setAttribute("aria-label", t(node.getAttribute("data-label"))); });
  put("languages", ["zh", "en"].map(function (name) {
    return el("button", { type: "button", lang: name === "zh" ? "zh-CN" : "en", "aria-pressed": name === lang ? "true" : "false", onclick: function () { lang = name; show(); } },
      name === "zh" ? "中文" : "English");
  }));
}

// The list of the page's sections.
function showNav() {
  put("nav", el("ul", {}, Array.prototype.map.call(document.querySelectorAll("main section"), function (section) {
    return el("li", {}, el("a", { href: "#" + section.id }, section.querySelector("h2").textContent));
  })));
}
