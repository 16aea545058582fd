// Parallel coordinates, laid down: every axis is a level line, and every item a path from axis to axis. The name of an axis
// stands before it, on narrow pages above it. An axis is { name, label, decimals, format }; an item { name, values, colour, dash };
// `state` holds the range chosen on each axis by its name: { name: [low, high] }. A range is drawn by dragging along an axis, or
// by its two handles, which the arrow keys move; `changed` is called after. Without `changed` there is nothing to choose.
function parallel(label, axes, items, state, changed) {
  var slim = narrow(), width = slim ? 360 : 920, gap = slim ? 62 : 42, top = slim ? 34 : 22, left = slim ? 14 : 420, right = slim ? 14 : 100;
  var scales = axes.map(function (axis, at) {
    var values = items.map(function (item) { return item.values[at]; }).filter(function (value) { return value !== null; });
    var low = values.length ? Math.min.apply(null, values) : 0, high = values.length ? Math.max.apply(null, values) : 0;
    if (!(high > low)) { low -= 1; high += 1; }
    return { low: low, high: high };
  });
  function px(at, value) { return left + (value - scales[at].low) / (scales[at].high - scales[at].low) * (width - left - right); }
  function value(at, x) { return scales[at].low + (Math.min(Math.max(x, left), width - right) - left) / (width - left - right) * (scales[at].high - scales[at].low); }
  function py(at) { return top + at * gap; }
  var height = top + (axes.length - 1) * gap + (slim ? 28 : 22);
  var picture = svg("svg", { viewBox: "0 0 " + width + " " + height, class: "parallel", role: "group", "aria-label": label });
  var behind = svg("g", {});
  add(picture, behind);
  var paths = items.map(function (item) {
    var steps = "", pen = false;
    axes.forEach(function (axis, at) {
      if (item.values[at] === null) { pen = false; return; }
      steps += (pen ? "L" : "M") + px(at, item.values[at]).toFixed(1) + " " + py(at);
      pen = true;
    });
    var path = svg("path", { d: steps, fill: "none", stroke: item.colour, "stroke-dasharray": item.dash || null, class: "item" });
    add(path, svg("title", {}, item.name));
    add(behind, path);
    return path;
  });
  if (items.length <= 12) {
    items.forEach(function (item) {
      axes.forEach(function (axis, at) {
        if (item.values[at] === null) { return; }
        var dot = svg("circle", { cx: px(at, item.values[at]), cy: py(at), r: 4.5, fill: item.colour });
        add(dot, svg("title", {}, item.name + t("list.colon") + axis.label + " " + shown(axis, item.values[at])));
        add(behind, dot);
      });
    });
  }
  function shown(axis, number) { return axis.format ? axis.format(number) : num(number, axis.decimals); }
  function inside(item) {
    return axes.every(function (axis, at) {
      var range = state[axis.name];
      return !range || (item.values[at] !== null && item.values[at] >= range[0] && item.values[at] <= range[1]);
    });
  }
  function mark() {
    items.forEach(function (item, k) { paths[k].setAttribute("class", inside(item) ? "item" : "item out"); });
    axes.forEach(function (axis, at) { if (drawn[at]) { drawn[at](); } });
  }
  var drawn = axes.map(function (axis, at) {
    var low = shown(axis, scales[at].low), high = shown(axis, scales[at].high);
    add(picture, svg("line", { x1: left, x2: width - right, y1: py(at), y2: py(at), class: "axis-line" }));
    add(picture, slim ? [svg("text", { x: left, y: py(at) - 12, class: "axis halo" }, axis.label),
      svg("text", { x: left, y: py(at) + 20, class: "end halo" }, low), svg("text", { x: width - right, y: py(at) + 20, "text-anchor": "end", class: "end halo" }, high)]
      : [svg("text", { x: left - 84, y: py(at) + 5, "text-anchor": "end", class: "axis" }, axis.label),
        svg("text", { x: left - 14, y: py(at) + 5, "text-anchor": "end", class: "end" }, low), svg("text", { x: width - right + 14, y: py(at) + 5, class: "end" }, high)]);
    return changed ? brush(axis, at) : null;
  });
  // The range of an axis: a band to drag along, and two handles.
  function brush(axis, at) {
    var band = svg("rect", { x: left - 8, y: py(at) - 9, width: width - left - right + 16, height: 18, class: "band" });
    var chosen = svg("rect", { y: py(at) - 7, height: 14, class: "chosen" });
    var handles = [0, 1].map(function (side) {
      return svg("path", { tabindex: "0", role: "slider", class: "handle", "aria-label": t(side ? "sweep.at_most" : "sweep.at_least", { name: axis.label }),
        onkeydown: function (event) {
          var step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
          if (event.key === "Escape" || event.key === "Delete") { set(null); }
          else if (event.key === "Home") { move(side, scales[at].low); }
          else if (event.key === "End") { move(side, scales[at].high); }
          else if (step) { move(side, range()[side] + step * (scales[at].high - scales[at].low) / 50); }
          else { return; }
          event.preventDefault();
        } });
    });
    add(picture, [band, chosen, handles]);
    function range() { return state[axis.name] || [scales[at].low, scales[at].high]; }
    function set(next) {
      if (next && next[0] <= scales[at].low && next[1] >= scales[at].high) { next = null; }
      if (next) { state[axis.name] = next; } else { delete state[axis.name]; }
      mark(); changed();
    }
    function move(side, to) {
      var next = range().slice();
      next[side] = Math.min(Math.max(to, scales[at].low), scales[at].high);
      if (next[0] > next[1]) { next[1 - side] = next[side]; }
      set(next);
    }
    var start = null, grabbed = null;
    function place(event) { var box = picture.getBoundingClientRect(); return (event.clientX - box.left) * width / box.width; }
    band.addEventListener("pointerdown", function (event) { start = place(event); grabbed = null; band.setPointerCapture(event.pointerId); });
    handles.forEach(function (handle, side) {
      handle.addEventListener("pointerdown", function (event) { start = place(event); grabbed = side; handle.setPointerCapture(event.pointerId); handle.focus(); });
      handle.addEventListener("pointermove", drag);
      handle.addEventListener("pointerup", end);
    });
    function drag(event) {
      if (start === null) { return; }
      var x = place(event);
      if (grabbed !== null) { move(grabbed, value(at, x)); }
      else if (Math.abs(x - start) > 4) { set([value(at, Math.min(start, x)), value(at, Math.max(start, x))]); }
    }
    function end(event) {
      if (start !== null && grabbed === null && Math.abs(place(event) - start) <= 4) { set(null); }
      start = null;
    }
    band.addEventListener("pointermove", drag);
    band.addEventListener("pointerup", end);
    return function () {
      var now = range(), from = px(at, now[0]), to = px(at, now[1]);
      chosen.setAttribute("x", from); chosen.setAttribute("width", Math.max(to - from, 1));
      chosen.setAttribute("visibility", state[axis.name] ? "visible" : "hidden");
      [from, to].forEach(function (x, side) {
        var way = side ? 1 : -1;
        handles[side].setAttribute("d", "M" + x + " " + (py(at) - 9) + "l" + 9 * way + " 9l" + -9 * way + " 9z");
        handles[side].setAttribute("aria-valuemin", scales[at].low); handles[side].setAttribute("aria-valuemax", scales[at].high);
        handles[side].setAttribute("aria-valuenow", now[side]); handles[side].setAttribute("aria-valuetext", shown(axis, now[side]));
      });
    };
  }
  mark();
  return { picture: picture, paths: paths };
}
