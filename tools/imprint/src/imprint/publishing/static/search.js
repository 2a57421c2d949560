// Search: results while the reader types, section by section, from the text that search.py wrote.
(() => {
  const DATA = new URL("../_search/sections.js", document.currentScript.src);
  const SITE = new URL("../", document.currentScript.src);
  const IN_DIALOG = 12;
  const ON_PAGE = 100;
  const BEFORE = 60; // characters of an excerpt before the first match, and in all
  const EXCERPT = 220;
  const FORMULA = /[\u{F0000}-\u{FFFFD}]/u;
  const FIRST_FORMULA = 0xf0000;
  const LETTER = /[\p{L}\p{N}_]/u;
  const NUMBER = /^(?:(?:section|chapter|sec\.?|chap\.?|§)\s*)?(\d+(?:\.\d+)*)\.?$/i;

  // Text as it is compared: small letters without accents, and as many of them.
  const fold = (text) => {
    const plain = text
      .replace(/[\u00c0-\u024f\u1e00-\u1eff]/g, (letter) => letter.normalize("NFD")[0])
      .replace(/[‘’]/g, "'")
      .replace(/[“”]/g, '"')
      .replace(/[–—]/g, "-")
      .replace(/\u00a0/g, " ");
    const small = plain.toLowerCase();
    return small.length === plain.length
      ? small
      : [...plain]
          .map((one) => (one.toLowerCase().length === one.length ? one.toLowerCase() : one))
          .join("");
  };

  // The words and "phrases" of a query.
  const terms = (query) =>
    [...fold(query).matchAll(/"([^"]+)"?|(\S+)/g)]
      .map(([, phrase, word]) => phrase?.trim().replace(/\s+/g, " ") ?? trimmed(word))
      .filter(Boolean);
  const trimmed = (word) => {
    const inner = word.replace(/^[^\p{L}\p{N}_@%#]+|[^\p{L}\p{N}_+#%]+$/gu, "");
    return inner || word;
  };
  // A word in its other number: readers do not think of it.
  const forms = (term) => {
    if (/\s/.test(term) || !/^[a-z-]{4,}$/.test(term)) return [term];
    if (term.endsWith("ies")) return [term, term.slice(0, -3) + "y"];
    if (/(?:ss|us|is)$/.test(term)) return [term];
    return term.endsWith("s") ? [term, term.slice(0, -1)] : [term];
  };

  // Where a term stands in folded text, and whether it begins a word there. One or two letters count
  // as a whole word only, three at the beginning of one, in writing that has words.
  function* matches(text, term) {
    const apart = !/[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/.test(term);
    for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + term.length)) {
      const end = at + term.length;
      const begins = !apart || !LETTER.test(term[0]) || !LETTER.test(text[at - 1] ?? " ");
      const ends = !apart || term.length > 2 || !LETTER.test(text[end] ?? " ");
      if (ends && (begins || term.length > 3)) yield { at, end, begins };
    }
  }
  const begins = (text, term) => [...matches(text, term)].some((match) => match.begins);

  // The terms that tell most of a text: not "of" and "a", unless they are all there is.
  const telling = (asked) => {
    const long = asked.filter((term) => term.length > 2);
    return (long.length ? long : asked).map(forms);
  };

  class Book {
    constructor({ pages, sections, formulas }) {
      this.pages = pages;
      this.formulas = formulas;
      this.texts = new Map();
      this.sections = sections.map(([page, anchor, number, title, parts]) => {
        const name = this.plain(title);
        return { page, anchor, number, title: name, folded: fold(name), parts };
      });
      this.first = []; // of each page: its section without an anchor, whose title is the page's
      for (const section of this.sections) this.first[section.page] ??= section;
    }

    plain(text) {
      return text.replace(new RegExp(FORMULA, "gu"), "");
    }

    // What the reader of an edition sees of each section.
    of(edition) {
      if (!this.texts.has(edition)) {
        const seen = this.sections.map(({ parts }) => {
          const shown = parts.filter(
            ([of]) => !of || !edition || edition === "all" || of === edition,
          );
          const text = shown.map(([, text]) => text).join(" ");
          return { text, folded: fold(text), hidden: parts.length > 0 && shown.length === 0 };
        });
        this.texts.set(edition, seen);
      }
      return this.texts.get(edition);
    }

    // Every word, how often it occurs, and which letters it has.
    words(texts) {
      if (!texts.words) {
        const counts = new Map();
        const count = (folded, weight) => {
          for (const [word] of folded.matchAll(/[\p{L}_][\p{L}\p{N}_]{2,}/gu))
            counts.set(word, (counts.get(word) ?? 0) + weight);
        };
        for (const { folded } of texts) count(folded, 1);
        for (const { folded } of this.sections) count(folded, 5);
        texts.words = [...counts].map(([word, count]) => ({ word, count, letters: letters(word) }));
      }
      return texts.words;
    }

    search(query, edition) {
      const number = NUMBER.exec(query.trim())?.[1];
      if (number) {
        const found = this.sections.filter(
          (one) => one.number === number || one.number.startsWith(`${number}.`),
        );
        if (found.length)
          return { terms: [], results: found.map((section) => this.result(section, edition, [])) };
      }
      const texts = this.of(edition);
      let asked = terms(query);
      let hits = asked.map((term) => this.hits(texts, term));
      const instead = asked.map((term, i) =>
        hits[i].size ? term : (this.nearest(texts, term) ?? term),
      );
      let note = "";
      if (instead.some((term, i) => term !== asked[i])) {
        note = `Nothing for “${asked.join(" ")}”. Results for “${instead.join(" ")}”:`;
        asked = instead;
        hits = asked.map((term) => this.hits(texts, term));
      }
      const scores = new Map();
      hits.forEach((of) => {
        const rarity = Math.log(1 + this.sections.length / (of.size + 0.5));
        for (const [place, weight] of of) {
          const { score, count } = scores.get(place) ?? { score: 0, count: 0 };
          scores.set(place, { score: score + rarity * weight, count: count + 1 });
        }
      });
      const most = Math.max(0, ...[...scores.values()].map(({ count }) => count));
      if (asked.length > 1 && most && most < asked.length)
        note ||= "No section has all of this. These have some:";
      const whole = asked.length > 1 ? asked.join(" ") : null;
      const found = [...scores]
        .filter(([, { count }]) => count === most)
        .map(([place, { score }]) => {
          const together =
            whole &&
            (texts[place].folded.includes(whole) || this.sections[place].folded.includes(whole));
          const named = this.sections[place].folded === whole;
          return [place, score * (named ? 3 : together ? 1.5 : 1)];
        })
        .sort(([one, more], [other, less]) => less - more || one - other);
      return {
        note,
        terms: asked,
        results: found.map(([place]) => this.result(this.sections[place], edition, asked)),
      };
    }

    // The sections that have a term, by their places, with the weight that it has there.
    hits(texts, term) {
      const found = new Map();
      const [module, name] = [term.split(".")[0], term.split(".").pop()];
      const defines = /^[\w.]+$/.test(term) ? new RegExp(`\\b(?:def|class) ${name}\\b`) : null;
      const written = forms(term);
      this.sections.forEach((section, place) => {
        const { folded, hidden } = texts[place];
        if (hidden) return;
        let weight = 0;
        for (const form of written) {
          let often = 0;
          for (const match of matches(folded, form))
            if ((often += match.begins ? 1 : 0.2) > 50) break;
          weight = Math.max(weight, (2.2 * often) / (often + 1.2 * (0.4 + folded.length / 2500)));
          if (begins(section.folded, form)) weight += section.folded === form ? 12 : 6;
          const page = this.first[section.page];
          if (page !== section && begins(page.folded, form)) weight += 1;
        }
        // where the book defines the name, and where its reference describes it
        if (defines?.test(folded)) weight += 8;
        const anchor = section.anchor.toLowerCase().split(".");
        if (
          anchor.length > 1 &&
          anchor.at(-1) === name &&
          (module === name || module === anchor[0])
        )
          weight += 12;
        if (weight) found.set(place, weight);
      });
      return found;
    }

    // The word of the book that a misspelt one comes nearest to.
    nearest(texts, term) {
      if (!/^[\p{L}\p{N}_]{3,}$/u.test(term)) return null;
      const allowed = term.length < 5 ? 1 : 2;
      const own = letters(term);
      let best = null;
      for (const { word, count, letters } of this.words(texts)) {
        if (Math.abs(word.length - term.length) > allowed || bits(letters ^ own) > 2 * allowed)
          continue;
        const far = distance(term, word, allowed);
        if (far > allowed) continue;
        const apart = far + (word[0] === term[0] ? 0 : 0.5);
        if (!best || apart < best.apart || (apart === best.apart && count > best.count))
          best = { word, apart, count };
      }
      return best?.word ?? null;
    }

    result(section, edition, asked) {
      const url = new URL(this.pages[section.page], SITE);
      if (asked.length)
        url.searchParams.set(
          "q",
          asked.map((term) => (/\s/.test(term) ? `"${term}"` : term)).join(" "),
        );
      url.hash = section.anchor;
      const { text, folded } = this.of(edition)[this.sections.indexOf(section)];
      return { section, page: this.first[section.page], url, text, folded };
    }
  }

  // The letters of a word, each a bit; how many bits there are.
  const letters = (word) => {
    let found = 0;
    for (let i = 0; i < word.length; i++) found |= 1 << (word.charCodeAt(i) % 32);
    return found;
  };
  const bits = (number) => {
    let count = 0;
    for (; number; number &= number - 1) count++;
    return count;
  };

  // How many letters differ, two that changed places counting once; at most one more than allowed.
  const distance = (one, other, allowed) => {
    let [before, last, row] = [null, null, Array.from({ length: other.length + 1 }, (_, i) => i)];
    for (let i = 1; i <= one.length; i++) {
      [before, last, row] = [last, row, [i]];
      for (let j = 1; j <= other.length; j++) {
        const same = one[i - 1] === other[j - 1];
        row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
        if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1])
          row[j] = Math.min(row[j], before[j - 2] + 1);
      }
      if (Math.min(...row) > allowed) return allowed + 1;
    }
    return row[other.length];
  };

  let loading;
  const load = () =>
    (loading ??= new Promise((done, fail) => {
      window.imprintSearch = (data) => done(new Book(data));
      const script = document.createElement("script");
      script.src = DATA;
      script.onerror = fail;
      document.head.append(script);
    }));

  // Results ------------------------------------------------------------------------------------

  const element = (name, className, ...inside) => {
    const made = document.createElement(name);
    made.className = className;
    made.append(...inside);
    return made;
  };

  // Text with its matches marked and its formulas rendered.
  const rendered = (book, text, folded, asked) => {
    const marks = telling(asked)
      .flat()
      .flatMap((form) => [...matches(folded, form)])
      .sort((one, other) => one.at - other.at || other.end - one.end);
    const made = document.createDocumentFragment();
    const put = (to, text) => {
      for (const piece of text.split(new RegExp(`(${FORMULA.source})`, "u"))) {
        if (!FORMULA.test(piece)) to.append(piece);
        else {
          const formula = book.formulas[piece.codePointAt(0) - FIRST_FORMULA];
          if (formula.startsWith("<math"))
            to.append(document.createRange().createContextualFragment(formula));
          else to.append(formula);
        }
      }
    };
    let done = 0;
    for (const { at, end } of marks) {
      if (at < done) continue;
      put(made, text.slice(done, at));
      const mark = document.createElement("mark");
      put(mark, text.slice(at, end));
      made.append(mark);
      done = end;
    }
    put(made, text.slice(done));
    return made;
  };

  // Where the most of the terms stand close together, first.
  const densest = (folded, asked) => {
    const found = telling(asked)
      .flatMap((written, term) =>
        written.flatMap((form) =>
          [...matches(folded, form)].slice(0, 200).map(({ at }) => ({ at, term })),
        ),
      )
      .sort((one, other) => one.at - other.at);
    let best = { at: 0, count: 0 };
    found.forEach(({ at }, i) => {
      const near = new Set();
      for (let j = i; j < found.length && found[j].at < at + EXCERPT - 2 * BEFORE; j++)
        near.add(found[j].term);
      if (near.size > best.count) best = { at, count: near.size };
    });
    return best.at;
  };

  const excerpt = (book, { text, folded }, asked) => {
    let from = Math.max(0, densest(folded, asked) - BEFORE);
    while (from > 0 && text[from - 1] !== " ") from--;
    let to = Math.min(text.length, from + EXCERPT);
    while (to < text.length && text[to] !== " ") to++;
    const made = element("p", "imprint-excerpt");
    if (from > 0) made.append("… ");
    made.append(rendered(book, text.slice(from, to), folded.slice(from, to), asked));
    if (to < text.length) made.append(" …");
    return made;
  };

  const edition = () => document.documentElement.dataset.edition ?? "";
  const numbered = ({ number, title }) => (number ? `${number} ${title}` : title);

  const show = (place, book, query, limit) => {
    const { note, terms: asked, results } = book.search(query, edition());
    const items = results.slice(0, limit).map((result) => {
      const { section, page, url } = result;
      const link = element("a", "imprint-result");
      link.href = url;
      if (page !== section) link.append(element("span", "imprint-result-page", numbered(page)));
      const title = rendered(book, section.title, section.folded, asked);
      link.append(
        element("span", "imprint-result-title", section.number && `${section.number} `, title),
      );
      return element("li", "", link, excerpt(book, result, asked));
    });
    const count = results.length === 1 ? "1 section" : `${results.length || "No"} sections`;
    const more = results.length > limit ? `, the first ${limit} are shown` : "";
    place.replaceChildren(
      element("p", "imprint-search-status", note ? `${note} ` : "", `${count}${more}`),
      element("ol", "imprint-results", ...items),
    );
    place.querySelector(".imprint-search-status").setAttribute("role", "status");
  };

  const serve = (input, place, limit) => {
    let last = 0;
    const update = async () => {
      const query = input.value.trim();
      const turn = ++last;
      if (!query) return place.replaceChildren();
      try {
        const book = await load();
        if (turn === last) show(place, book, query, limit);
        setTimeout(() => book.words(book.of(edition()))); // for words that will be misspelt
      } catch {
        place.replaceChildren(
          element("p", "imprint-search-status", "The text of this site cannot be loaded."),
        );
      }
    };
    input.addEventListener("focus", () => load().catch(() => {}));
    input.addEventListener("input", update);
    const around = input.closest("dialog, body");
    around.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const links = [input, ...place.querySelectorAll("a.imprint-result")];
      const here = links.indexOf(document.activeElement);
      if (!step || here < 0 || !links[here + step]) return;
      links[here + step].focus();
      event.preventDefault();
    });
    return update;
  };

  // Where a result leads: the words that were looked for are marked in its section.
  const land = () => {
    const url = new URL(location);
    const asked = terms(url.searchParams.get("q") ?? "");
    if (!asked.length) return;
    url.searchParams.delete("q");
    history.replaceState(history.state, "", url);
    const target = document.getElementById(decodeURIComponent(url.hash.slice(1)));
    const within = target?.closest("section") ?? document.querySelector("article");
    if (!within) return;
    const nodes = [];
    const walker = document.createTreeWalker(within, NodeFilter.SHOW_TEXT);
    let text = "";
    while (walker.nextNode()) {
      const node = walker.currentNode;
      const around = node.parentElement;
      if (around.closest("mjx-container, script, style, .headerlink") || !around.checkVisibility())
        continue;
      nodes.push([text.length, node]);
      text += node.data;
    }
    const folded = fold(text);
    const at = (offset) => {
      const [from, node] = nodes.findLast(([from]) => from <= offset);
      return [node, offset - from];
    };
    const ranges = asked.flatMap(forms).flatMap((form) => {
      const spaced = form.split(" ").map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
      return [...folded.matchAll(new RegExp(spaced.join("\\s+"), "g"))].map(
        ({ index, 0: found }) => {
          const range = new Range();
          range.setStart(...at(index));
          const [node, offset] = at(index + found.length - 1);
          range.setEnd(node, offset + 1);
          return range;
        },
      );
    });
    if (!ranges.length) return;
    globalThis.CSS?.highlights?.set("imprint-search", new Highlight(...ranges));
    const first = ranges.reduce((one, other) =>
      one.compareBoundaryPoints(Range.START_TO_START, other) <= 0 ? one : other,
    );
    const { top, bottom } = first.getBoundingClientRect();
    if (top < 100 || bottom > window.innerHeight)
      window.scrollBy({ top: top - window.innerHeight / 3, behavior: "instant" });
    document.addEventListener(
      "keydown",
      ({ key }) => key === "Escape" && CSS.highlights?.delete("imprint-search"),
    );
  };

  document.addEventListener("DOMContentLoaded", () => {
    const page = document.getElementById("search-results");
    for (const input of document.querySelectorAll("dialog input[name=q]")) {
      const place = element("div", "imprint-search");
      input.form.after(place);
      serve(input, place, IN_DIALOG);
    }
    if (page) {
      const input =
        page.parentElement.querySelector("input[name=q]") ??
        document.querySelector("input[name=q]");
      page.className = "imprint-search";
      const update = serve(input, page, ON_PAGE);
      input.value = new URLSearchParams(location.search).get("q") ?? "";
      update();
    } else land();
  });
})();
