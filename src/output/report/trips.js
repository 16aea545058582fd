// The plan as the page uses it: years, trips by unit, and what a site is drawn as.

function yearName(index) {
  return t(index === 0 ? "report.year_before" : "report.year_after", { year: data.years[index] });
}

var lastYear = data.years.length - 1;

// Trips by stage and year, as objects.
var trips = data.assigned.map(function (years) {
  return years.map(function (flat) {
    var list = [];
    for (var k = 0; k < flat.length; k += 4) {
      list.push({ unit: flat[k], site: flat[k + 1], pupils: flat[k + 2], metres: flat[k + 3] });
    }
    return list;
  });
});

// By stage and year: for every unit its trips, most pupils first.
var unitTrips = trips.map(function (years) {
  return years.map(function (list) {
    var units = data.units.map(function () { return []; });
    list.forEach(function (trip) { if (trip.pupils > 0) { units[trip.unit].push(trip); } });
    units.forEach(function (own) { own.sort(function (a, b) { return b.pupils - a.pupils || a.site - b.site; }); });
    return units;
  });
});

function actionNames(site) {
  return site.actions.map(function (action) { return word("action", action.action); }).join(" + ");
}

// What a site is drawn as in a year: keep, close, merge, expand, build, relocate, convert, plot, or null for nothing.
function role(site, year) {
  var state = site.states[year];
  if (year > 0) {
    var done = site.actions.filter(function (action) { return action.year <= data.years[year]; });
    if (done.length) { return done[done.length - 1].action; }
  }
  if (state && state.operating) { return "keep"; }
  return site.candidate ? "plot" : null;
}
