// Points of two figures. A point is { x, y, name, colour, mark, bar }: `bar` is [low, high] of y, drawn as an error bar; `mark`
// draws it larger with that word beside it; `out` draws it faint, `hollow` as a ring. `line` joins the points in order.
function scatter(name, x, y, points, line) {
  function span(list, own) {
    var values = list.concat(own ? points.reduce(function (all, point) { return point.bar ? all.concat(point.bar) : all; }, []) : []);
    var low = Math.min.apply(null, values), high = Math.max.apply(null, values);
    return { low: low, high: high };
  }
  var xs = span(points.map(function (point) { return point.x; }), false), ys = span(points.map(function (point) { return point.y; }), true);
  // Whole numbers have whole ticks.
  var step = Math.max(1, Math.ceil((xs.high - xs.low) / 10)), whole = [];
  for (var at = xs.low; x.whole && at < xs.high + step; at += step) { whole.push(at); }
  var frame = chartFrame(name, 380, { low: xs.low, high: xs.high, label: x.label, format: x.format, ticks: whole.length > 1 ? whole : null }, { low: ys.low, high: ys.high, label: y.label, format: y.format });
  if (line && points.length > 1) { chartLine(frame, points.map(function (point) { return [point.x, point.y]; }), "#9aa5b1", ""); }
  points.forEach(function (point) {
    var px = frame.x(point.x), py = frame.y(point.y), faint = point.out ? 0.12 : null;
    var group = svg("g", { opacity: faint, class: "point" });
    add(group, svg("title", {}, point.name));
    if (point.bar) {
      var low = frame.y(point.bar[0]), high = frame.y(point.bar[1]);
      add(group, [svg("line", { x1: px, x2: px, y1: low, y2: high, stroke: point.colour, "stroke-width": 1.5 }),
        [low, high].map(function (at) { return svg("line", { x1: px - 5, x2: px + 5, y1: at, y2: at, stroke: point.colour, "stroke-width": 1.5 }); })]);
    }
    if (point.mark) {
      add(group, [svg("path", { d: "M" + px + " " + (py - 10) + "l10 10l-10 10l-10 -10z", fill: "#f0a202", stroke: "#20242c", "stroke-width": 1.5 }),
        svg("text", { x: px > 0.7 * chartWidth() ? px - 14 : px + 14, y: py - 8, "text-anchor": px > 0.7 * chartWidth() ? "end" : "start", class: "axis" }, point.mark)]);
    } else {
      add(group, svg("circle", { cx: px, cy: py, r: 4.5, fill: point.hollow ? "#ffffff" : point.colour, stroke: point.hollow ? point.colour : "#ffffff", "stroke-width": point.hollow ? 1.75 : 1 }));
    }
    add(frame.picture, group);
  });
  return frame.picture;
}
