// What a reference leads to, shown beside it while the reader points at it, or has gone to it by keyboard.
(() => {
  const SITE = new URL("../", document.currentScript.src);
  const AFTER = 250; // milliseconds: a pointer that only passes by shows nothing
  const LEAVE = 200;
  const pages = new Map(); // by name: what can be shown of a page, or a promise of it
  let shown, link, waiting;

  const page = (name) => {
    if (!pages.has(name)) {
      const script = document.createElement("script");
      script.src = new URL(`_previews/${name}.js`, SITE);
      pages.set(
        name,
        new Promise((resolve) => {
          script.onload = () => resolve(pages.get(name));
          script.onerror = () => resolve({});
        }),
      );
      document.head.append(script);
    }
    return pages.get(name);
  };
  window.imprintPreviews = (name, found) => pages.set(name, found);

  // The page that a link leads to and the place there, or nothing where that is not in the book.
  const target = (anchor) => {
    const url = new URL(anchor.href, location);
    const path = url.href.replace(/[?#].*/s, "");
    const base = SITE.href;
    if (!path.startsWith(base)) return;
    const name = decodeURIComponent(path.slice(base.length)).replace(/(?:\.html|\/|^)$/, (end) =>
      end === ".html" ? "" : `${end}index`,
    );
    return { name, path, place: decodeURIComponent(url.hash.slice(1)) };
  };

  const hide = () => {
    clearTimeout(waiting);
    link?.removeAttribute("aria-describedby");
    shown?.remove();
    shown = link = undefined;
  };
  const later = (what, after) => {
    clearTimeout(waiting);
    waiting = setTimeout(what, after);
  };

  const show = async (anchor) => {
    const { name, path, place } = target(anchor) ?? {};
    const html = name && (await page(name))[place];
    if (!html || !anchor.isConnected || !anchor.matches(":hover, :focus-visible")) return;
    hide();
    const box = document.createElement("div");
    box.className = "imprint-preview";
    box.id = "imprint-preview";
    box.role = "tooltip";
    box.innerHTML = html;
    for (const one of box.querySelectorAll("[id]")) one.removeAttribute("id");
    for (const one of box.querySelectorAll("[src]")) one.src = new URL(one.getAttribute("src"), path);
    for (const one of box.querySelectorAll("a")) one.replaceWith(...one.childNodes);
    anchor.closest("article").append(box);
    anchor.setAttribute("aria-describedby", box.id);
    [shown, link] = [box, anchor];
    await window.MathJax?.typesetPromise?.([box]); // where the book leaves formulas to the browser
    const at = anchor.getClientRects()[0] ?? anchor.getBoundingClientRect();
    const above = at.bottom + box.offsetHeight + 8 > innerHeight && at.top > innerHeight / 2;
    const left = Math.min(at.left, document.documentElement.clientWidth - box.offsetWidth - 8);
    box.style.left = `${Math.max(8, left)}px`;
    box.style.top = `${above ? at.top - box.offsetHeight - 4 : at.bottom + 4}px`;
    box.addEventListener("pointerenter", () => clearTimeout(waiting));
    box.addEventListener("pointerleave", () => later(hide, LEAVE));
  };

  const reference = (event) => event.target.closest?.("article a[href]:not(.headerlink)");
  document.addEventListener("pointerover", (event) => {
    const anchor = event.pointerType === "mouse" && reference(event);
    if (anchor && anchor !== link) later(() => show(anchor), AFTER);
  });
  document.addEventListener("pointerout", (event) => {
    if (reference(event)) later(hide, LEAVE);
  });
  document.addEventListener("focusin", (event) => {
    const anchor = reference(event);
    if (anchor?.matches(":focus-visible")) later(() => show(anchor), AFTER);
  });
  document.addEventListener("focusout", hide);
  document.addEventListener("scroll", hide);
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
})();
