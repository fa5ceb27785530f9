// Runs axe-core, which is to be in the page, and returns what it finds. Asked again of the same page, at
// another width or in another scheme of colours, it asks only the rules that can find something else.
async (standards) => {
  // What all rules look at but those of colours and places: what is shown, and how.
  const LOOK = ["display", "visibility", "opacity", "position", "overflowX", "overflowY", "clip",
    "clipPath", "contentVisibility", "transform", "filter", "zIndex", "float", "pointerEvents",
    "fontFamily", "fontSize", "fontStyle", "fontWeight", "lineHeight", "textDecorationLine",
    "textIndent", "borderTopStyle", "borderTopWidth", "outlineStyle", "outlineWidth", "content"];
  const COLOURS = ["color", "backgroundColor", "backgroundImage", "borderBottomColor", "textShadow"];
  const OF_PLACES = ["target-size", "scrollable-region-focusable"];
  const PSEUDO = ["::before", "::after"];

  const all = [...document.querySelectorAll("*")];
  const here = { look: [], colours: [], places: [] };
  for (const element of all) {
    const { x, y, width, height } = element.getBoundingClientRect();
    here.places.push(x, y, width, height);
    for (const part of [null, ...PSEUDO]) {
      const style = getComputedStyle(element, part);
      if (part && style.content === "none") continue;
      here.look.push(part, ...LOOK.map((name) => style[name]));
      here.colours.push(...COLOURS.map((name) => style[name]));
    }
  }
  const look = here.look.join();
  const seen = (window.heldToAxe ||= new Set());
  const isNew = (kind, text) => seen.size < seen.add(`${kind} ${look} ${text}`).size;
  const hasNew = {
    look: isNew("look", ""),
    colours: isNew("colours", here.colours.join()),
    places: isNew("places", here.places.join()),
  };

  const colours = axe.getRules(standards).filter((rule) => rule.tags.includes("cat.color"));
  const some = [
    ...(hasNew.colours ? colours.map((rule) => rule.ruleId) : []),
    ...(hasNew.places ? OF_PLACES : []),
  ];
  const runOnly = hasNew.look ? standards : some;
  if (runOnly.length === 0) return [];
  axe.configure({ noHtml: true }); // a finding names its element by a selector
  // Without `preload`, as no rule of these looks into style sheets.
  const options = { runOnly, resultTypes: ["violations"], preload: false };
  const { violations } = await axe.run(document, options);
  return violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${rule.help} (${node.target.join(" ")})`));
}
