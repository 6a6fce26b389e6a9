// What is looked at in a page, by tests/browser/audits.py. Each function gives back what it found,
// one sentence each.
({
  // What moves by itself stands still while it is looked at.
  hold() {
    document.body.addEventListener("htmx:beforeRequest", (event) => event.preventDefault());
  },

  async settled() {
    await Promise.all(document.getAnimations()
      .filter((one) => one.effect.getComputedTiming().endTime !== Infinity)
      .map((one) => one.finished.catch(() => null)));
  },

  // After a change of the screen or its colours: two frames on, scripts had their turn as well.
  async drawn() {
    for (let frame = 0; frame < 2; frame++) await new Promise((next) => requestAnimationFrame(next));
    await this.settled();
  },

  async accessible(only) {
    await this.drawn();
    // Unfold's scrollbars make landmarks of one name.
    const rules = only ? { runOnly: { type: "rule", values: only } } :
      { rules: { "landmark-unique": { enabled: !document.querySelector("main.frame") } } };
    const { violations } = await axe.run(document, { resultTypes: ["violations"], ...rules });
    return violations.flatMap((rule) => rule.nodes.map((node) =>
      `${rule.id}: ${node.target.join(" ")}: ${(node.any[0] || node.all[0] || node.none[0] || {}).message || rule.help}`));
  },

  isSeen(element) {
    const box = element.getBoundingClientRect();
    return element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && box.width > 1 && box.height > 1;
  },

  name(element) {
    const text = (element.getAttribute("aria-label") || element.innerText || element.name || element.value || "").trim().slice(0, 40);
    return `${element.tagName.toLowerCase()}${element.id ? `#${element.id}` : ""} “${text}”`;
  },

  textSize(smallest) {
    const found = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      if (!walker.currentNode.data.trim() || !this.isSeen(element)) continue;
      if (/^(SCRIPT|STYLE|NOSCRIPT|OPTION)$/.test(element.tagName)) continue;
      const size = parseFloat(getComputedStyle(element).fontSize);
      if (size && size < smallest) found.add(`text of ${size} px: ${this.name(element)}`);
    }
    return [...found];
  },

  width() {
    const wide = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= wide) return [];
    const outside = [...document.body.querySelectorAll("*")].filter((one) =>
      this.isSeen(one) && one.getBoundingClientRect().right > wide + 1 && !this.scrolls(one));
    return [`it scrolls sideways, to ${document.documentElement.scrollWidth} px: ` +
      outside.slice(-3).map((one) => this.name(one)).join(", ")];
  },

  scrolls(element) {
    for (let one = element.parentElement; one; one = one.parentElement) {
      if (/auto|scroll|hidden|clip/.test(getComputedStyle(one).overflowX)) return true;
    }
    return false;
  },

  // A word that is broken where a column or a button is too narrow for it.
  brokenWords() {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode;
      const place = text.parentElement.closest("thead th, .badge, button, label, h2, h3");
      if (!place || !this.isSeen(text.parentElement) || !this.isSeen(place.closest("thead") || place)) continue;
      for (const word of text.data.matchAll(/\p{L}{2,20}/gu)) {
        const range = document.createRange();
        range.setStart(text, word.index);
        range.setEnd(text, word.index + word[0].length);
        const lines = new Set([...range.getClientRects()].map((one) => Math.round(one.top)));
        if (lines.size > 1) found.push(`the word “${word[0]}” is broken in ${this.name(place)}`);
      }
    }
    return found;
  },

  // Akeneo's rule 26, and at most three buttons before one scrolls: what belongs to a field or a list is
  // small, or beside the field. A form has its button below.
  fold(most) {
    const found = [];
    const isAbove = (one) => one.getBoundingClientRect().top < innerHeight;
    const buttons = [...document.querySelectorAll("main .primary, main .secondary")].filter((one) => this.isSeen(one));
    const below = buttons.filter((one) => one.matches(".primary") && !one.closest("form .buttons") && !isAbove(one));
    below.forEach((one) => found.push(`one must scroll to ${this.name(one)}`));
    const above = buttons.filter((one) => isAbove(one) && !one.closest(".copyable") && !one.matches(".small"));
    if (above.length > most) found.push(`${above.length} buttons before one scrolls: ${above.map(this.name).join(", ")}`);
    return found;
  },

  // Keyboard: everything that can be pressed or filled in, with how it looks without the focus.
  rest() {
    const all = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
    // Before everything, wherever the focus went when the page was opened.
    const start = document.createElement("span");
    start.tabIndex = -1;
    document.body.prepend(start);
    start.focus();
    start.remove();
    this.stops = [...document.querySelectorAll(all)].filter((one) =>
      !one.disabled && one.tabIndex >= 0 && one.checkVisibility({ checkVisibilityCSS: true }) &&
      !one.closest("[inert]"));
    this.looks = new Map(this.stops.map((one) => [one, this.look(one)]));
    this.reached = new Set();
    this.last = null;
    return { number: this.stops.length, skips: document.querySelector("header") !== null };
  },

  look(element) {
    const parts = [element, element.parentElement, element.nextElementSibling].filter(Boolean);
    return parts.map((one) => {
      const style = getComputedStyle(one);
      return [style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow, style.borderColor,
        style.backgroundColor, style.color, style.textDecorationLine, style.left].join();
    }).join("|");
  },

  async stop() {
    await this.settled();
    const here = document.activeElement;
    if (!here || here === document.body) return { over: true, found: [] };
    const found = [];
    if (here === this.last) return { over: false, found, name: "" };  // a date has several stops
    if (this.reached.has(here)) return { over: true, found };
    this.last = here;
    this.reached.add(here);
    if (!this.looks.has(here)) return { over: false, found, name: this.name(here) };
    if (this.looks.get(here) === this.look(here)) found.push(`no focus is seen on ${this.name(here)}`);
    const box = here.getBoundingClientRect();
    const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    if (!inside) found.push(`the focus is out of sight on ${this.name(here)}`);
    return { over: false, found, name: this.name(here) };
  },

  unreached() {
    const isOther = (one) => one.type === "radio" &&
      [...this.reached].some((other) => other.type === "radio" && other.name === one.name && other.form === one.form);
    return this.stops.filter((one) => !this.reached.has(one) && !isOther(one))
      .map((one) => `the keyboard does not reach ${this.name(one)}`);
  },
})
