// Runs before anything of a page does, and remembers what cannot be asked for afterwards.
window.seen = { shifts: [], refused: [] };
document.addEventListener("securitypolicyviolation", (event) => {
  window.seen.refused.push(`${event.effectiveDirective} refuses ${event.blockedURI || "inline"}`);
});
// A table finds the widths of its columns while its rows arrive: on a slow machine one sees that.
const inTable = ({ node }) => (node?.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.closest("table");
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) {
    // A tenth of what counts as good (Web Vitals: 0.1, of a whole visit): on a slow machine a page that
    // arrives in pieces moves by a line.
    if (shift.value < 0.01) continue;
    if (shift.sources.length && shift.sources.every(inTable)) continue;
    window.seen.shifts.push(`the layout shifts by ${shift.value}`);
  }
}).observe({ type: "layout-shift", buffered: true });
