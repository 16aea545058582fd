// What charts with two axes have in common. Charts are drawn about as wide as they are shown, so that their words stay readable
// on a telephone.

function narrow() { return document.documentElement.clientWidth < 620; }
function chartWidth() { return narrow() ? 360 : 640; }

// Colours of series that stand out on white and from each other, also in grey; beyond them series are told by their dashes.
var SERIES = ["#08519c", "#b35806", "#00642b", "#7b3294", "#01665e", "#a50f15", "#5a5a00", "#404040"];
var DASHES = ["", "7 4", "2 3", "10 3 2 3"];

function seriesColour(at) { return SERIES[at % SERIES.length]; }
function seriesDash(at) { return DASHES[Math.floor(at / SERIES.length) % DASHES.length]; }

// Round ticks of an axis from at most `low` to at least `high`, about `wanted` of them.
function ticks(low, high, wanted) {
  if (!(high > low)) { high = low + (Math.abs(low) || 1); }
  var raw = (high - low) / Math.max(wanted, 1), base = Math.pow(10, Math.floor(Math.log10(raw)));
  var step = [1, 2, 5, 10].map(function (factor) { return factor * base; }).filter(function (size) { return size >= raw * 0.999; })[0];
  var first = Math.floor(low / step + 1e-9) * step, list = [];
  for (var k = 0; first + k * step < high + step * 0.999; k++) { list.push(first + k * step); }
  return list;
}

// Decimals with which the values of ticks differ.
function decimalsOf(list) {
  var step = list.length > 1 ? Math.abs(list[1] - list[0]) : 1;
  return Math.max(0, Math.min(6, Math.ceil(-Math.log10(step) - 1e-9)));
}

// A number short enough for an axis: 3.6M for 3,600,000.
function short(value, decimals) {
  var size = Math.abs(value);
  if (lang === "zh" && size >= 1e8) { return num(value / 1e8, 2) + "亿"; }
  if (lang === "zh" && size >= 1e5) { return num(value / 1e4, size < 1e6 ? 1 : 0) + "万"; }
  if (size >= 1e6) { return num(value / 1e6, size < 1e7 ? 2 : 1) + "M"; }
  if (size >= 1e5) { return num(value / 1e3, 0) + "k"; }
  return num(value, decimals || 0);
}

// A number of yuan on an axis, in the unit of `moneyAxis`.
function moneyTick(value) { return String(Math.round(value / (lang === "zh" ? 10 : 1000)) / 1000); }

// The frame of a chart: axes with ticks and names. `x` and `y` are { low, high, label, format }. Gives the picture, to which
// marks are added, and the places of values. An axis with `ticks` has just these.
function chartFrame(name, height, x, y) {
  var width = chartWidth(), left = narrow() ? 48 : 66, right = 30, top = 18, bottom = 50;
  var xs = x.ticks || ticks(x.low, x.high, narrow() ? 4 : 6), ys = y.ticks || ticks(y.low, y.high, 5);
  var low = [xs[0], ys[0]], high = [xs[xs.length - 1], ys[ys.length - 1]];
  function px(value) { return left + (value - low[0]) / (high[0] - low[0]) * (width - left - right); }
  function py(value) { return height - bottom - (value - low[1]) / (high[1] - low[1]) * (height - top - bottom); }
  var picture = svg("svg", { viewBox: "0 0 " + width + " " + height, role: "img", "aria-label": name, class: "chart" });
  var xd = decimalsOf(xs), yd = decimalsOf(ys);
  ys.forEach(function (value) {
    add(picture, [svg("line", { x1: left, x2: width - right, y1: py(value), y2: py(value), class: "grid" }),
      svg("text", { x: left - 6, y: py(value) + 4, "text-anchor": "end" }, (y.format || short)(value, yd))]);
  });
  xs.forEach(function (value) {
    add(picture, [svg("line", { x1: px(value), x2: px(value), y1: top, y2: height - bottom, class: "grid" }),
      svg("text", { x: px(value), y: height - bottom + 18, "text-anchor": "middle" }, (x.format || short)(value, xd))]);
  });
  add(picture, [svg("text", { x: (left + width - right) / 2, y: height - 8, "text-anchor": "middle", class: "axis" }, x.label),
    svg("text", { x: left, y: 11, "text-anchor": "start", class: "axis" }, y.label)]);
  return { picture: picture, x: px, y: py, left: left, right: width - right, top: top, bottom: height - bottom };
}

function chartLine(frame, points, colour, dash, title) {
  var path = points.map(function (point, k) { return (k ? "L" : "M") + frame.x(point[0]).toFixed(1) + " " + frame.y(point[1]).toFixed(1); }).join("");
  var line = svg("path", { d: path, fill: "none", stroke: colour, "stroke-width": 2.25, "stroke-dasharray": dash || null });
  if (title) { add(line, svg("title", {}, title)); }
  add(frame.picture, line);
}

// A key of series: { name, colour, dash }.
function chartKey(series) {
  return el("ul", { class: "key-list" }, series.map(function (one) {
    return el("li", {}, svg("svg", { viewBox: "0 0 28 10", width: 28, height: 10, "aria-hidden": "true" },
      svg("line", { x1: 0, x2: 28, y1: 5, y2: 5, stroke: one.colour, "stroke-width": 3, "stroke-dasharray": one.dash || null })), one.name);
  }));
}
