// Runs axe-core, which is to be in the page. `asked` names the standards to hold the page to, and
// the shapes in which it has been held to all of them already. Returns its findings and its shape.
async (asked) => {
  // What all rules look at but those of colours: where everything is, and how it is shown.
  const LOOK = ["display", "visibility", "opacity", "position", "overflowX", "overflowY", "clip",
    "clipPath", "contentVisibility", "transform", "filter", "zIndex", "float", "pointerEvents",
    "fontFamily", "fontSize", "fontStyle", "fontWeight", "lineHeight", "textDecorationLine",
    "textIndent", "borderTopStyle", "borderTopWidth", "outlineStyle", "outlineWidth", "content"];
  const styles = (element) => [null, "::before", "::after"].map((part) => {
    const style = getComputedStyle(element, part);
    return part && style.content === "none" ? "" : LOOK.map((name) => style[name]).join();
  });
  const place = (element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return [x, y, width, height];
  };
  const all = [...document.querySelectorAll("*")];
  const shape = all.map((element) => [...place(element), ...styles(element)].join()).join("\n");

  const colours = axe.getRules(asked.standards).filter((rule) => rule.tags.includes("cat.color"));
  const runOnly = asked.shapes.includes(shape) ? colours.map((rule) => rule.ruleId) : asked.standards;
  axe.configure({ noHtml: true }); // a finding names its element by a selector
  // Without `preload`, as no rule of these looks into style sheets.
  const options = { runOnly, resultTypes: ["violations"], preload: false };
  const { violations } = await axe.run(document, options);
  const found = violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${rule.help} (${node.target.join(" ")})`));
  return [found, shape];
}
