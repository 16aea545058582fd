// A table that sorts by a click on a heading. A column is { label, value, cell, text }: `value` gives what is sorted by,
// null last; `cell` what is shown, the value where it is absent; `text` columns are set on the left. `state` keeps the order
// between drawings: { by, down, all }. Options: `most` rows at first, `label`, `name` of a class, `mark(row)` for a class of a row,
// `row(row, node)` called for each.
function sortable(columns, rows, state, options) {
  options = options || {};
  var box = el("div", { class: "sorted" }), most = options.most || 200;
  function draw() {
    var order = rows.slice(), by = columns[state.by];
    if (by) {
      var keyed = order.map(function (row, at) { return { row: row, at: at, value: by.value(row) }; });
      keyed.sort(function (a, b) {
        if (a.value === null || b.value === null) { return (a.value === null) - (b.value === null) || a.at - b.at; }
        var way = typeof a.value === "number" && typeof b.value === "number" ? a.value - b.value : String(a.value).localeCompare(String(b.value), lang);
        return (state.down ? -way : way) || a.at - b.at;
      });
      order = keyed.map(function (item) { return item.row; });
    }
    var shown = state.all ? order : order.slice(0, most);
    var head = el("tr", {}, columns.map(function (column, at) {
      var sorted = state.by === at;
      return el("th", { scope: "col", class: column.text ? "text" : null, "aria-sort": sorted ? (state.down ? "descending" : "ascending") : null },
        el("button", { type: "button", class: "sort", onclick: function () {
          state.down = sorted ? !state.down : false;
          state.by = at;
          draw();
          box.querySelectorAll("button.sort")[at].focus();
        } }, column.label, el("span", { "aria-hidden": "true" }, sorted ? (state.down ? " ▼" : " ▲") : " ↕")));
    }));
    box.textContent = "";
    add(box, [el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": options.label || null }, el("table", { class: "small " + (options.name || "") }, el("thead", {}, head),
      el("tbody", {}, shown.map(function (row) {
        var node = el("tr", { class: options.mark ? options.mark(row) : null }, columns.map(function (column, at) {
          var shown = column.cell ? column.cell(row) : column.value(row);
          return at === 0 ? el("th", { scope: "row" }, shown) : el("td", { class: column.text ? "text" : null }, shown === null ? "–" : shown);
        }));
        if (options.row) { options.row(row, node); }
        return node;
      })))),
      shown.length < order.length && el("button", { type: "button", onclick: function () { state.all = true; draw(); } }, t("report.show_all", { n: num(order.length) }))]);
  }
  draw();
  return box;
}
