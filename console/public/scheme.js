// Runs before the first paint, so that a dark page does not flash white. Kept apart: the page's policy allows no inline script.
(function () {
  var chosen = null;
  var language = null;
  try {
    chosen = localStorage.getItem("vigie.scheme");
    language = localStorage.getItem("vigie.language");
  } catch {
    // Storage may be closed to us; the system's choice stands.
  }
  var dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
  if (language) document.documentElement.lang = language;
})();
