// Runs before anything of a page does, and remembers what cannot be asked for afterwards.
window.seen = { shifts: [], refused: [] };
document.addEventListener("securitypolicyviolation", (event) => {
  window.seen.refused.push(`${event.effectiveDirective} refuses ${event.blockedURI || "inline"}`);
});
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) {
    if (shift.value < 0.001) continue; // a rounding of less than a pixel: nobody sees it
    window.seen.shifts.push(`the layout shifts by ${shift.value}`);
  }
}).observe({ type: "layout-shift", buffered: true });
