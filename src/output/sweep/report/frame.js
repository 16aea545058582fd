// What the sections share. A section puts a function of its document under its name; it returns what stands in the section.

var SECTIONS = {};

// The name of a school, a section of one, or a unit.
function siteName(key) { return data.names[key] || word("subject", key); }

function ruleName(id) { return both(data.rules[id]) || id; }

// A decision in words: its action, year, receiver and classrooms, as the documents write them ("merge 2027 s05", "expand 2027 6").
function decisionText(decision) {
  var parts = decision.split(" ");
  return [parts[1], word("action", parts[0])].concat(parts.slice(2).map(function (part) {
    return data.names[part] ? "→ " + siteName(part) : /^[0-9]+$/.test(part) ? t("report.rooms_added", { n: part }) : part;
  })).filter(Boolean).join(" ");
}

function termText(name) { return word("term", name); }

// A value of a term, with the unit in which people count it.
function termValue(name, value) {
  return value === null || value === undefined ? "–" : name === "cost" ? money(value) : num(value, Math.abs(value) < 1000 ? 1 : 0);
}

// An axis of a chart for a term.
function termAxis(name) { return name === "cost" ? { label: t("sweep.cost_axis"), format: moneyTick } : { label: termText(name) }; }

function percentText(share, decimals) { return share === null || share === undefined ? "–" : num(100 * share, decimals === undefined ? 2 : decimals) + "%"; }

// A link to the folder of a plan beside the page.
function planLink(folder, label) { return el("a", { href: folder + "/" }, label); }
