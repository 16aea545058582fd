// Plans of which none is better in all terms: the first term against the second, with what is proven of each point.

SECTIONS.frontier = function (doc) {
  var first = doc.terms[0], second = doc.terms[1], third = doc.terms[2];
  // With a third term the colour goes from its least value (blue) to its greatest (orange).
  var thirds = third ? doc.points.map(function (point) { return point.third.value; }) : [], low = Math.min.apply(null, thirds), high = Math.max.apply(null, thirds);
  function colour(point) {
    if (!third || !(high > low)) { return "#08519c"; }
    var share = (point.third.value - low) / (high - low), from = [8, 81, 156], to = [224, 120, 8];
    return "rgb(" + from.map(function (value, k) { return Math.round(value + share * (to[k] - value)); }).join(",") + ")";
  }
  var points = doc.points.map(function (point) {
    var name = termText(second) + " " + termValue(second, point.second) + t("list.comma") + termText(first) + " " + termValue(first, point.first) + (third ? t("list.comma") + termText(third) + " " + termValue(third, point.third.value) : "");
    return { x: point.second, y: point.first, name: name, colour: colour(point), mark: point.knee ? t("sweep.knee_word") : null, bar: point.bound === null ? null : [point.bound, point.first] };
  });
  var ends = points.length > 1 ? [doc.points[0], doc.points[points.length - 1]] : null;
  var knee = doc.points.filter(function (point) { return point.knee; })[0];
  var columns = [
    { label: termText(second), value: function (point) { return point.second; }, cell: function (point) { return [termValue(second, point.second), point.knee && el("strong", { class: "knee" }, " ◆ " + t("sweep.knee_word"))]; } },
    third && { label: termText(third), value: function (point) { return point.third ? point.third.value : null; }, cell: function (point) { return point.third ? termValue(third, point.third.value) : "–"; } },
    { label: termText(first), value: function (point) { return point.first; }, cell: function (point) { return termValue(first, point.first); } },
    { label: t("report.bound"), value: function (point) { return point.bound; }, cell: function (point) { return termValue(first, point.bound); } },
    { label: t("report.gap"), value: function (point) { return point.gap; }, cell: function (point) { return percentText(point.gap); } },
    { label: t("sweep.plan_folder"), value: function (point) { return point.folder; }, cell: function (point) { return planLink(point.folder, t("sweep.plan")); }, text: true }
  ].filter(Boolean);
  return [
    doc.variant && el("p", {}, t("report.variant", { name: doc.variant })),
    ends && !third && el("p", { class: "say" }, t("sweep.frontier_says", { first: termText(first), second: termText(second), high: termValue(first, ends[0].first), low: termValue(first, ends[1].first),
      least: termValue(second, ends[0].second), most: termValue(second, ends[1].second) })),
    knee && el("p", { class: "say" }, t("sweep.knee_says", { first: termText(first), second: termText(second), x: termValue(second, knee.second), y: termValue(first, knee.first) })),
    points.length > 0 && scatter(t("sweep.section_frontier"), termAxis(second), termAxis(first), points, !third),
    third && el("p", { class: "note" }, t("sweep.third_colour", { name: termText(third), low: termValue(third, low), high: termValue(third, high) })),
    points.some(function (point) { return point.bar; }) && el("p", { class: "note" }, t("sweep.bars")),
    sortable(columns, doc.points, frontierState, { label: t("sweep.section_frontier") })
  ];
};

var frontierState = {};
