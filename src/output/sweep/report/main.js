// Puts the page together, and again when the language changes.

function show() {
  showLanguage(t("sweep.title") + " · " + (both(data.title) || data.name));
  byId("title").textContent = both(data.title) || data.name;
  put("banners",
    data.synthetic && el("p", { class: "banner warn" }, t("report.synthetic")),
    Object.keys(data.left).map(function (file) { return el("p", { class: "banner warn" }, t("sweep.left_" + data.left[file], { file: file })); }));
  put("sections", data.sections.map(function (section) {
    return el("section", { id: section.name, "aria-labelledby": "h-" + section.name }, el("h2", { id: "h-" + section.name }, t("sweep.section_" + section.name)),
      el("p", { class: "note" }, t("sweep.hint_" + section.name)), el("div", {}, SECTIONS[section.name](data.documents[section.file])));
  }), both(data.notice) && el("section", { id: "notice" }, el("h2", {}, t("report.notice")), el("p", { class: "pre" }, both(data.notice))));
  put("nav", el("ul", {}, data.sections.map(function (section) { return el("li", {}, el("a", { href: "#" + section.name }, t("sweep.section_" + section.name))); })));
  put("footer", t("report.footer", { version: data.version }));
}

show();
byId("print").addEventListener("click", function () { window.print(); });
// Charts are drawn for narrow or for wide pages.
var wasNarrow = narrow();
window.addEventListener("resize", function () { if (narrow() !== wasNarrow) { wasNarrow = narrow(); show(); } });
window.addEventListener("beforeprint", function () {
  document.querySelectorAll("details").forEach(function (node) { node.open = true; });
});
