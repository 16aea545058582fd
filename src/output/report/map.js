// The map: units coloured by school on a canvas, sites by action; pan and zoom by mouse, touch and keys.

// Light colours that the common forms of colour blindness tell apart (the light scheme of P. Tol's notes on colour).
var COLOURS = ["#77aadd", "#ee8866", "#eedd88", "#ffaabb", "#99ddff", "#44bb99", "#bbcc33", "#aaaa00"];
var NOTHING = "#e6e6e6";

var SYMBOLS = {
  keep: { fill: "#20242c" }, close: { fill: "#ffffff" }, merge: { fill: "#a63603" },
  phase_out: { fill: "#bdbdbd" }, expand: { fill: "#08519c" }, build: { fill: "#00642b" }, plot: { fill: "#ffffff" },
  relocate: { fill: "#5d3a9b" }, convert: { fill: "#b8860b" }, equip: { fill: "#3182bd" }
};

// Draws the symbol of a role round (0, 0) of a context, `size` pixels from the middle to the edge.
function symbol(context, name, size) {
  var look = SYMBOLS[name] || SYMBOLS.keep, k;
  context.beginPath();
  if (name === "merge") {
    context.moveTo(0, -size * 1.25); context.lineTo(size * 1.25, 0); context.lineTo(0, size * 1.25); context.lineTo(-size * 1.25, 0);
  } else if (name === "expand") {
    context.rect(-size, -size, 2 * size, 2 * size);
  } else if (name === "build") {
    for (k = 0; k < 10; k++) {
      var radius = k % 2 ? size * 0.62 : size * 1.5, angle = Math.PI * (k / 5 - 0.5);
      context.lineTo(radius * Math.cos(angle), radius * Math.sin(angle));
    }
  } else if (name === "relocate") {
    context.moveTo(size * 1.4, 0); context.lineTo(-size, -size * 1.1); context.lineTo(-size * 0.4, 0); context.lineTo(-size, size * 1.1);
  } else if (name === "convert") {
    context.moveTo(0, -size * 1.3); context.lineTo(size * 1.2, size * 0.9); context.lineTo(-size * 1.2, size * 0.9);
  } else if (name === "equip") {
    context.rect(-size * 1.2, -size * 0.6, 2.4 * size, 1.2 * size);
  } else if (name === "plot") {
    context.rect(-size * 0.7, -size * 0.7, 1.4 * size, 1.4 * size);
  } else {
    context.arc(0, 0, size, 0, 2 * Math.PI);
  }
  context.closePath();
  context.lineWidth = 3.5; context.strokeStyle = "#ffffff"; context.stroke();
  context.fillStyle = look.fill; context.fill();
  context.lineWidth = 1.25; context.strokeStyle = "#20242c"; context.stroke();
  if (name === "close" || name === "phase_out" || name === "expand") {
    var reach = size * 0.55;
    context.beginPath();
    if (name === "phase_out") {
      context.moveTo(-reach, -reach); context.lineTo(reach, reach);
      context.strokeStyle = "#20242c";
    } else if (name === "close") {
      context.moveTo(-reach, -reach); context.lineTo(reach, reach); context.moveTo(reach, -reach); context.lineTo(-reach, reach);
      context.strokeStyle = "#20242c";
    } else {
      context.moveTo(-reach, 0); context.lineTo(reach, 0); context.moveTo(0, -reach); context.lineTo(0, reach);
      context.strokeStyle = "#ffffff";
    }
    context.lineWidth = 2; context.stroke();
  }
}

// A map of an atlas (`origin`, `units`, `sites`) as a view shows it. The view says who goes where and what the sites are:
// trips(): by unit, most pupils first; before(): the same to hatch what differs from it, or null; role(site): what a site
// is drawn as, or null; teaches(site); pupils(site); arrows(): pairs of sites; chosen: { site, unit, hover }, null where none.
function Mapped(canvas, atlas, view) {
  this.canvas = canvas;
  this.atlas = atlas;
  this.view = view;
  this.context = canvas.getContext("2d");
  this.stretch = Math.cos(atlas.origin[1] / 1e5 * Math.PI / 180);
  this.prepare();
  this.listen();
}

// Turns places of the data into places on the map: east to the right, north up, one unit about 1.1 m.
Mapped.prototype.world = function (at) { return [at[0] * this.stretch, -at[1]]; };

Mapped.prototype.prepare = function () {
  var map = this, edges = new Map(), count = 0;
  this.shapes = this.atlas.units.map(function (unit, index) {
    var path = new Path2D(), box = [Infinity, Infinity, -Infinity, -Infinity];
    unit.shape.forEach(function (polygon) {
      polygon.forEach(function (steps) {
        var x = 0, y = 0, corners = [];
        for (var k = 0; k < steps.length; k += 2) { x += steps[k]; y += steps[k + 1]; corners.push([x, y]); }
        corners.forEach(function (corner, k) {
          var at = map.world(corner), next = corners[(k + 1) % corners.length];
          if (k) { path.lineTo(at[0], at[1]); } else { path.moveTo(at[0], at[1]); }
          box = [Math.min(box[0], at[0]), Math.min(box[1], at[1]), Math.max(box[2], at[0]), Math.max(box[3], at[1])];
          var here = corner.join(), there = next.join(), key = here < there ? here + ";" + there : there + ";" + here;
          var edge = edges.get(key);
          if (edge) { edge.b = index; } else { edges.set(key, { from: at, to: map.world(next), a: index, b: -1 }); count++; }
        });
        path.closePath();
      });
    });
    return { path: path, box: box, at: map.world(unit.at) };
  });
  this.edges = Array.from(edges.values());
  var shared = this.edges.filter(function (edge) { return edge.b >= 0; }).length;
  // Outlines that do not share their corners cannot be joined to catchments; then only the units' own lines are drawn.
  if (shared * 4 < count) { this.edges = []; }
  this.sites = this.atlas.sites.map(function (site) { return map.world(site.at); });
  var all = this.shapes.map(function (shape) { return shape.box; }).filter(function (box) { return isFinite(box[0]); })
    .concat(this.sites.map(function (at) { return [at[0], at[1], at[0], at[1]]; }));
  this.box = all.reduce(function (a, b) {
    return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
  }, [Infinity, Infinity, -Infinity, -Infinity]);
  if (!isFinite(this.box[0])) { this.box = [-1, -1, 1, 1]; }
};

// The scale at which the whole county fits into the frame.
Mapped.prototype.fitting = function () {
  var width = Math.max(this.box[2] - this.box[0], 1), height = Math.max(this.box[3] - this.box[1], 1);
  return Math.max(Math.min((this.width - 24) / width, (this.height - 24) / height), 1e-6);
};

Mapped.prototype.fit = function () {
  this.fitted = this.scale = this.fitting();
  this.least = this.fitted / 2;
  this.shift = [this.width / 2 - this.scale * (this.box[0] + this.box[2]) / 2, this.height / 2 - this.scale * (this.box[1] + this.box[3]) / 2];
};

Mapped.prototype.resize = function () {
  var frame = this.canvas.parentNode.getBoundingClientRect(), ratio = window.devicePixelRatio || 1;
  var known = this.width > 0, old = known ? [this.width, this.height] : null;
  this.width = frame.width; this.height = frame.height; this.ratio = ratio;
  this.canvas.width = Math.round(frame.width * ratio); this.canvas.height = Math.round(frame.height * ratio);
  if (!known) { this.fit(); } else { this.fitted = this.fitting(); this.shift[0] += (this.width - old[0]) / 2; this.shift[1] += (this.height - old[1]) / 2; }
  this.draw();
};

Mapped.prototype.zoom = function (factor, x, y) {
  var scale = Math.min(Math.max(this.scale * factor, this.least), this.least * 400);
  factor = scale / this.scale;
  this.shift = [x - factor * (x - this.shift[0]), y - factor * (y - this.shift[1])];
  this.scale = scale;
  this.seen();
};

Mapped.prototype.pan = function (x, y) { this.shift[0] += x; this.shift[1] += y; this.seen(); };

Mapped.prototype.reset = function () { this.fit(); this.seen(); };

// The view has moved: draw, and tell whoever keeps other maps in step.
Mapped.prototype.seen = function () {
  this.later();
  if (this.onmove) { this.onmove(this); }
};

// Shows the same part of the county as another map, whatever their sizes.
Mapped.prototype.follow = function (other) {
  this.scale = other.scale * this.fitted / other.fitted;
  this.least = this.fitted / 2;
  var middle = [(other.width / 2 - other.shift[0]) / other.scale, (other.height / 2 - other.shift[1]) / other.scale];
  this.shift = [this.width / 2 - this.scale * middle[0], this.height / 2 - this.scale * middle[1]];
  this.later();
};

// Moves the view to a place without changing the scale much.
Mapped.prototype.centre = function (at) {
  this.shift = [this.width / 2 - this.scale * at[0], this.height / 2 - this.scale * at[1]];
  this.seen();
};

Mapped.prototype.later = function () {
  var map = this;
  if (!this.waiting) {
    this.waiting = true;
    window.requestAnimationFrame(function () { map.waiting = false; map.draw(); });
  }
};

Mapped.prototype.screen = function (at) { return [at[0] * this.scale + this.shift[0], at[1] * this.scale + this.shift[1]]; };

// What lies under a point of the frame: { site } or { unit } or null.
Mapped.prototype.find = function (x, y, reach) {
  var best = null, near = reach * reach, map = this;
  this.atlas.sites.forEach(function (site, index) {
    if (!map.view.role(index)) { return; }
    var at = map.screen(map.sites[index]), way = (at[0] - x) * (at[0] - x) + (at[1] - y) * (at[1] - y);
    if (way <= near) { near = way; best = { site: index }; }
  });
  if (best) { return best; }
  var wx = (x - this.shift[0]) / this.scale, wy = (y - this.shift[1]) / this.scale, context = this.context;
  context.setTransform(1, 0, 0, 1, 0, 0);
  for (var k = this.shapes.length - 1; k >= 0; k--) {
    var box = this.shapes[k].box;
    if (wx >= box[0] && wx <= box[2] && wy >= box[1] && wy <= box[3] && context.isPointInPath(this.shapes[k].path, wx, wy, "evenodd")) {
      return { unit: k };
    }
  }
  return null;
};

Mapped.prototype.listen = function () {
  var map = this, canvas = this.canvas, pointers = new Map(), moved = 0, spread = 0;
  function place(event) {
    var frame = canvas.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  }
  canvas.addEventListener("wheel", function (event) {
    // Without a key held, the wheel scrolls the page unless the map has the focus.
    if (document.activeElement !== canvas && !event.ctrlKey) { return; }
    event.preventDefault();
    var at = place(event);
    map.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), at[0], at[1]);
  }, { passive: false });
  canvas.addEventListener("pointerdown", function (event) {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, place(event));
    if (pointers.size === 1) { moved = 0; }
    canvas.focus({ preventScroll: true });
  });
  canvas.addEventListener("pointermove", function (event) {
    var at = place(event), last = pointers.get(event.pointerId);
    if (!last) {
      if (event.pointerType === "mouse") { map.onhover(map.find(at[0], at[1], 11), at); }
      return;
    }
    pointers.set(event.pointerId, at);
    if (pointers.size === 1) {
      moved += Math.abs(at[0] - last[0]) + Math.abs(at[1] - last[1]);
      if (moved > 5) { map.onhover(null); map.pan(at[0] - last[0], at[1] - last[1]); }
    } else if (pointers.size === 2) {
      moved = 100;
      var both = Array.from(pointers.values());
      var now = Math.hypot(both[0][0] - both[1][0], both[0][1] - both[1][1]);
      if (spread > 0 && now > 0) { map.zoom(now / spread, (both[0][0] + both[1][0]) / 2, (both[0][1] + both[1][1]) / 2); }
      map.pan((at[0] - last[0]) / 2, (at[1] - last[1]) / 2);
      spread = now;
    }
  });
  function end(event) {
    if (pointers.delete(event.pointerId) && event.type === "pointerup" && moved <= 5) {
      var at = place(event);
      map.onpick(map.find(at[0], at[1], event.pointerType === "mouse" ? 11 : 18));
    }
    if (pointers.size < 2) { spread = 0; }
  }
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("pointerleave", function (event) { if (event.pointerType === "mouse") { map.onhover(null); } });
  canvas.addEventListener("dblclick", function (event) { var at = place(event); map.zoom(2, at[0], at[1]); });
  canvas.addEventListener("keydown", function (event) {
    var step = 60, middle = [map.width / 2, map.height / 2];
    var moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (moves[event.key]) { map.pan(moves[event.key][0], moves[event.key][1]); }
    else if (event.key === "+" || event.key === "=") { map.zoom(1.4, middle[0], middle[1]); }
    else if (event.key === "-") { map.zoom(1 / 1.4, middle[0], middle[1]); }
    else if (event.key === "0") { map.reset(); }
    else if (event.key === "Escape") { map.onpick(null); }
    else { return; }
    event.preventDefault();
  });
};

// A pattern of diagonal stripes in the colours of the schools of a divided unit.
Mapped.prototype.stripes = function (colours) {
  var tile = document.createElement("canvas"), width = 6 * colours.length;
  tile.width = width; tile.height = 8;
  var context = tile.getContext("2d");
  colours.forEach(function (colour, k) { context.fillStyle = colour; context.fillRect(6 * k, 0, 6, 8); });
  var pattern = this.context.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix().rotate(45).scale(1 / this.scale, 1 / this.scale));
  return pattern;
};

Mapped.prototype.hatch = function () {
  var tile = document.createElement("canvas");
  tile.width = 6; tile.height = 6;
  var context = tile.getContext("2d");
  context.fillStyle = "rgba(20, 24, 32, 0.5)"; context.fillRect(0, 0, 1, 6);
  var pattern = this.context.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix().rotate(45).scale(1 / this.scale, 1 / this.scale));
  return pattern;
};

Mapped.prototype.draw = function () {
  if (!this.width) { return; }
  var map = this, context = this.context, scale = this.scale, ratio = this.ratio, sites = this.atlas.sites;
  var now = this.view.trips(), before = this.view.before(), chosen = this.view.chosen;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = "#f7f7f4"; context.fillRect(0, 0, this.canvas.width, this.canvas.height);
  context.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * this.shift[0], ratio * this.shift[1]);
  context.lineJoin = "round";
  var left = -this.shift[0] / scale, top = -this.shift[1] / scale, right = left + this.width / scale, bottom = top + this.height / scale;
  function visible(box) { return box[2] >= left && box[0] <= right && box[3] >= top && box[1] <= bottom; }
  this.shapes.forEach(function (shape, index) {
    if (!visible(shape.box)) { return; }
    var own = now[index];
    context.globalAlpha = chosen.site === null || own.some(function (trip) { return trip.site === chosen.site; }) ? 1 : 0.22;
    if (own.length > 1) { context.fillStyle = map.stripes(own.map(function (trip) { return COLOURS[sites[trip.site].colour]; })); }
    else { context.fillStyle = own.length ? COLOURS[sites[own[0].site].colour] : NOTHING; }
    context.fill(shape.path, "evenodd");
  });
  context.globalAlpha = 1;
  if (before) {
    context.fillStyle = this.hatch();
    this.shapes.forEach(function (shape, index) {
      if (!visible(shape.box) || !now[index].length) { return; }
      var old = before[index].map(function (trip) { return trip.site; });
      if (now[index].some(function (trip) { return old.indexOf(trip.site) < 0; })) { context.fill(shape.path, "evenodd"); }
    });
  }
  context.lineWidth = 0.75 / scale; context.strokeStyle = "rgba(255, 255, 255, 0.8)";
  this.shapes.forEach(function (shape) { if (visible(shape.box)) { context.stroke(shape.path); } });
  function main(unit) { return unit >= 0 && now[unit].length ? now[unit][0].site : -1; }
  context.beginPath();
  this.edges.forEach(function (edge) {
    if (main(edge.a) !== main(edge.b)) { context.moveTo(edge.from[0], edge.from[1]); context.lineTo(edge.to[0], edge.to[1]); }
  });
  context.lineWidth = 1.4 / scale; context.strokeStyle = "#3a3f4a"; context.stroke();
  [chosen.hover, chosen.unit].forEach(function (unit, k) {
    if (unit !== null && unit !== undefined) { context.lineWidth = (k ? 3 : 2) / scale; context.strokeStyle = "#20242c"; context.stroke(map.shapes[unit].path); }
  });
  this.overlay(now);
};

// Everything that keeps its size on the screen: ways, points, symbols, names and the scale.
Mapped.prototype.overlay = function (now) {
  var map = this, context = this.context, view = this.view, chosen = view.chosen;
  context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
  function line(from, to) { context.moveTo(from[0], from[1]); context.lineTo(to[0], to[1]); }
  context.beginPath();
  now.forEach(function (own, index) {
    own.forEach(function (trip) {
      if (trip.site === chosen.site || index === chosen.unit) { line(map.screen(map.shapes[index].at), map.screen(map.sites[trip.site])); }
    });
  });
  context.lineWidth = 1; context.strokeStyle = "rgba(32, 36, 44, 0.55)"; context.stroke();
  if (this.scale * 2000 > 60 && this.shapes.length < 5000) {
    context.fillStyle = "rgba(32, 36, 44, 0.65)";
    this.shapes.forEach(function (shape) { var at = map.screen(shape.at); context.fillRect(at[0] - 1, at[1] - 1, 2, 2); });
  }
  view.arrows().forEach(function (pair) { arrow(context, map.screen(map.sites[pair[0]]), map.screen(map.sites[pair[1]])); });
  var order = this.sites.map(function (site, index) { return index; }).filter(function (index) { return view.role(index); });
  function rank(index) { var name = view.role(index); return name === "plot" ? 0 : name === "keep" ? 1 : 2; }
  order.sort(function (a, b) { return rank(a) - rank(b) || a - b; });
  order.forEach(function (index) {
    var at = map.screen(map.sites[index]), name = view.role(index);
    context.save(); context.translate(at[0], at[1]);
    symbol(context, name, index === chosen.site ? 8 : view.teaches(index) || name !== "keep" ? 5.5 : 4.5);
    context.restore();
  });
  this.names(order.slice().reverse());
  this.measure();
};

// Names of sites where there is room, those with actions and many pupils first.
Mapped.prototype.names = function (order) {
  var map = this, context = this.context, taken = [], view = this.view;
  function weight(index) {
    var name = view.role(index);
    return (index === view.chosen.site ? 1e9 : 0) + (name === "keep" ? 0 : name === "plot" ? -1e6 : 1e6) + view.pupils(index);
  }
  order.forEach(function (index) { var at = map.screen(map.sites[index]); taken.push([at[0] - 6, at[1] - 6, at[0] + 6, at[1] + 6]); });
  order.sort(function (a, b) { return weight(b) - weight(a) || a - b; });
  context.font = "12px system-ui, sans-serif"; context.textBaseline = "middle"; context.lineJoin = "round";
  order.forEach(function (index) {
    var at = map.screen(map.sites[index]), name = map.atlas.sites[index].name;
    if (at[0] < -50 || at[1] < -20 || at[0] > map.width + 50 || at[1] > map.height + 20) { return; }
    var width = context.measureText(name).width;
    var spots = [[at[0] + 10, at[1]], [at[0] - 10 - width, at[1]], [at[0] - width / 2, at[1] - 15], [at[0] - width / 2, at[1] + 15]];
    for (var k = 0; k < spots.length; k++) {
      var box = [spots[k][0] - 2, spots[k][1] - 8, spots[k][0] + width + 2, spots[k][1] + 8];
      var free = box[0] >= 0 && box[2] <= map.width && taken.every(function (other) {
        return box[2] < other[0] || box[0] > other[2] || box[3] < other[1] || box[1] > other[3];
      });
      if (free) {
        taken.push(box);
        context.lineWidth = 3; context.strokeStyle = "rgba(255, 255, 255, 0.9)"; context.strokeText(name, spots[k][0], spots[k][1]);
        context.fillStyle = "#20242c"; context.fillText(name, spots[k][0], spots[k][1]);
        return;
      }
    }
  });
};

function arrow(context, from, to) {
  var angle = Math.atan2(to[1] - from[1], to[0] - from[0]), end = [to[0] - 9 * Math.cos(angle), to[1] - 9 * Math.sin(angle)];
  context.beginPath();
  context.moveTo(from[0], from[1]); context.lineTo(end[0], end[1]);
  context.moveTo(end[0] - 9 * Math.cos(angle - 0.4), end[1] - 9 * Math.sin(angle - 0.4)); context.lineTo(end[0], end[1]);
  context.lineTo(end[0] - 9 * Math.cos(angle + 0.4), end[1] - 9 * Math.sin(angle + 0.4));
  context.lineWidth = 4.5; context.strokeStyle = "rgba(255, 255, 255, 0.85)"; context.stroke();
  context.lineWidth = 2; context.strokeStyle = "#a63603"; context.stroke();
}

// A bar with a round number of metres.
Mapped.prototype.measure = function () {
  var metre = this.scale / 1.11195, length = 1, context = this.context;
  [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5].forEach(function (step) { if (step * metre < 110) { length = step; } });
  var y = this.height - 12, x = 12, label = length >= 1000 ? length / 1000 + " km" : length + " m";
  context.beginPath(); context.moveTo(x, y - 4); context.lineTo(x, y); context.lineTo(x + length * metre, y); context.lineTo(x + length * metre, y - 4);
  context.lineWidth = 3; context.strokeStyle = "rgba(255, 255, 255, 0.9)"; context.stroke();
  context.lineWidth = 1.25; context.strokeStyle = "#20242c"; context.stroke();
  context.font = "11px system-ui, sans-serif"; context.textBaseline = "alphabetic";
  context.lineWidth = 3; context.strokeStyle = "rgba(255, 255, 255, 0.9)"; context.strokeText(label, x + 4, y - 5);
  context.fillStyle = "#20242c"; context.fillText(label, x + 4, y - 5);
};
