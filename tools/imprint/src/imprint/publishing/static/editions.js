// Where a reader switches editions, every tab of the page switches: what is under the finger stays there.
document.addEventListener(
  "click",
  (event) => {
    const label = event.target.closest?.(".sd-tab-set > label.sd-tab-label");
    if (!label) return;
    const before = label.getBoundingClientRect().top;
    requestAnimationFrame(() => {
      const moved = label.getBoundingClientRect().top - before;
      if (moved) window.scrollBy({ top: moved, behavior: "instant" });
    });
  },
  true,
);
