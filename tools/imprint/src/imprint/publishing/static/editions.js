// The edition that the reader is shown: chosen once, kept across pages and visits, and written into the
// address. It is loaded before the page, so that nothing moves later.
(() => {
  const { editions, first } = document.currentScript.dataset;
  const names = editions.split(" ");
  const root = document.documentElement;
  const of = (name) => `.imprint-edition-${CSS.escape(name)}`;

  const style = document.createElement("style");
  style.textContent = names
    .map((name) => `html[data-edition="${name}"] .imprint-edition:not(${of(name)}) {display: none}`)
    .join("\n");
  document.head.append(style);

  const kept = () => {
    try {
      return localStorage.getItem("imprint-edition");
    } catch {
      return null; // the browser keeps nothing
    }
  };
  const keep = (name) => {
    try {
      localStorage.setItem("imprint-edition", name);
    } catch {}
  };
  const addressed = (address, name) => {
    const url = new URL(address);
    if (name === first) url.searchParams.delete("edition");
    else url.searchParams.set("edition", name);
    return url;
  };
  const show = (name) => {
    root.dataset.edition = name;
    const url = addressed(location, name);
    if (url.href !== location.href) history.replaceState(history.state, "", url);
  };

  const asked = new URLSearchParams(location.search).get("edition");
  const known = [...names, "all"];
  show([asked, kept(), first].find((name) => known.includes(name)));
  if (known.includes(asked)) keep(asked);

  // What is read stays where it is while what stands above it changes.
  const inPlace = (change) => {
    const head = document.querySelector(".bd-header-article")?.getBoundingClientRect().bottom ?? 0;
    const blocks = document.querySelectorAll(
      "article :is(p, li, pre, h2, h3, h4, figure, table, .imprint-editions)",
    );
    const begins = (block) =>
      block.checkVisibility() && block.getBoundingClientRect().top >= head - 1;
    const found = [...blocks].find(begins);
    const read = found?.closest(".imprint-editions") ?? found;
    const before = read?.getBoundingClientRect().top;
    change();
    if (read)
      window.scrollBy({ top: read.getBoundingClientRect().top - before, behavior: "instant" });
  };

  // A link to a figure of another edition leads to the one in its place, a link from a name in code to
  // the name in this edition's library; any other link into another edition shows that one.
  const twinOf = (target, around) => {
    const figures = (edition) => [...edition.querySelectorAll("figure")];
    const shown = [...around.parentElement.children].find((edition) => edition.checkVisibility());
    const place = figures(around).indexOf(target.closest("figure"));
    if (shown && place >= 0) return figures(shown)[place];
    const named = new URLSearchParams(location.search).has("name");
    const name = named && target.matches("dt") && target.id.split(".").pop();
    return name ? shown?.querySelector(`dt[id$=".${CSS.escape(name)}"]`) : undefined;
  };
  const follow = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const around = target?.closest(".imprint-edition");
    if (!around || around.checkVisibility()) return;
    const twin = twinOf(target, around);
    if (twin) return twin.scrollIntoView({ behavior: "instant" });
    show(names.find((name) => around.matches(of(name))));
    document.querySelector(".imprint-edition-switch").value = root.dataset.edition;
    target.scrollIntoView({ behavior: "instant" });
  };

  document.addEventListener("DOMContentLoaded", () => {
    const choice = document.querySelector(".imprint-edition-switch");
    if (!choice) return;
    choice.value = root.dataset.edition;
    choice.addEventListener("change", () => {
      keep(choice.value);
      inPlace(() => show(choice.value));
    });
    follow();
    window.addEventListener("hashchange", follow);
  });

  // Opened from a folder, pages may share nothing but the address.
  if (location.protocol === "file:")
    document.addEventListener("click", (event) => {
      const link = event.target.closest?.("a[href]");
      if (link?.protocol === "file:" && link.pathname.endsWith(".html"))
        link.href = addressed(link.href, root.dataset.edition);
    });
})();
