// What a page is asked from inside. Each check returns its findings, a sentence each.
window.checks = (() => {
  const FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
  const TALL = 44; // CSS pixels
  const WIDE = 24; // the least of WCAG 2.5.8: a short word is as long as it is

  const all = (selector) => [...document.querySelectorAll(selector)];
  const isShown = (element) =>
    element.checkVisibility({ visibilityProperty: true }) && !element.closest(".visually-hidden");
  const text = (element) => element.textContent.trim().replace(/\s+/g, " ");
  const name = (element) => {
    const label = element.id || element.getAttribute("name") || text(element).slice(0, 40);
    return `<${element.tagName.toLowerCase()}> “${label}”`;
  };

  const tabStops = () =>
    all(FOCUSABLE).filter((element) => {
      if (!isShown(element) || element.disabled || element.tabIndex < 0) return false;
      if (element.type !== "radio") return true;
      const group = all(`input[type=radio][name="${element.name}"]`);
      return element === (group.find((radio) => radio.checked) || group[0]);
    });

  // A label is as good a target as the box that it belongs to.
  const targetOf = (element) => {
    const isBox = ["checkbox", "radio"].includes(element.type);
    const target = (isBox && (element.closest(".choice") || [...element.labels].find(isShown))) || element;
    return target.getBoundingClientRect();
  };

  // WCAG 2.5.8 leaves out links in sentences, whose height is that of the line.
  const isInSentence = (element) => {
    if (element.tagName !== "A" || getComputedStyle(element).display !== "inline") return false;
    const sentence = element.closest("p, li, dd, dt, td, h1, h2, h3, span, div");
    return sentence !== null && text(sentence).length > text(element).length + 1;
  };

  return {
    frame() {
      const found = [];
      const root = document.documentElement;
      if (!root.lang) found.push("no language is named");
      if (getComputedStyle(root).direction !== (root.dir || "ltr")) found.push("dir is not obeyed");
      if (!document.title.trim() || document.title.startsWith("–")) found.push("no title");
      if (all("h1").filter(isShown).length !== 1) found.push(`${all("h1").length} h1, not one`);
      const heading = text(document.querySelector("h1"));
      const whole = document.title.split(" – ")[0];
      const title = whole.replace(/^[^ ]+: /, "");
      if (!heading.startsWith(title) && !heading.startsWith(whole)) found.push(`the title says “${title}”, the h1 “${heading}”`);
      if (all("main").length !== 1) found.push("not one <main>");
      return found;
    },

    scrollsSideways() {
      const { scrollWidth, clientWidth } = document.documentElement;
      if (scrollWidth <= clientWidth) return [];
      const wide = all("body *").filter((element) => {
        const { left, right } = element.getBoundingClientRect();
        return isShown(element) && !element.closest(".wide") && (right > clientWidth + 1 || left < -1);
      });
      return [`${scrollWidth} px wide: ${wide.slice(0, 3).map(name).join(", ")}`];
    },

    cutOff() {
      const cut = all("body *:not(input, select)").filter((element) => {
        const { overflowX, overflowY } = getComputedStyle(element);
        const hides = [overflowX, overflowY].some((value) => ["hidden", "clip"].includes(value));
        const { scrollWidth, clientWidth, scrollHeight, clientHeight } = element;
        const spills = scrollWidth > clientWidth + 1 || scrollHeight > clientHeight + 1;
        return hides && spills && isShown(element);
      });
      return cut.map((element) => `${name(element)} is cut off`);
    },

    smallTargets() {
      const small = tabStops().filter((element) => {
        if (isInSentence(element) || element.matches(".skip-link, main, .summary, .wide")) return false;
        const { width, height } = targetOf(element);
        return height < TALL - 0.5 || width < WIDE - 0.5;
      });
      return small.map((element) => {
        const { width, height } = targetOf(element);
        return `${name(element)} is ${Math.round(width)} × ${Math.round(height)} px`;
      });
    },

    fieldsWithoutPurpose() {
      const typed = all("input:not([type=hidden], [type=checkbox], [type=radio], [type=file], [type=date], [readonly])");
      const silent = typed.filter((field) => isShown(field) && !field.autocomplete);
      return silent.map((field) => `${name(field)} has no autocomplete`);
    },

    tabStops() {
      const stops = tabStops();
      stops.forEach((stop, index) => { stop.dataset.tabStop = index; });
      return stops.map(name);
    },

    // As focus(), of every stop in turn: for pages whose hundred stops nobody wants to press Tab for.
    withoutFocus() {
      return tabStops().flatMap((element) => {
        element.focus({ focusVisible: true });
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        const hasRing = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
        const found = document.activeElement !== element ? ["takes no focus"] : hasRing ? [] : ["shows no focus"];
        return found.map((words) => `${name(element)} ${words}`);
      });
    },

    // Where the keyboard is, and whether a person can see it (WCAG 2.4.7 and 2.4.11).
    focus() {
      const element = document.activeElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const { left, top, width, height } = element.getBoundingClientRect();
      const hit = document.elementFromPoint(left + Math.min(width, 20) / 2, top + height / 2);
      return {
        stop: element.dataset.tabStop === undefined ? null : Number(element.dataset.tabStop),
        hasRing: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
        isInSight: hit !== null && (element.contains(hit) || hit.contains(element)),
      };
    },
  };
})();
