// Equations in copied text are TeX, as the author wrote them.
document.addEventListener("copy", (event) => {
  const selection = window.getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return;
  const range = selection.getRangeAt(0).cloneRange();
  const around = (node) =>
    (node.nodeType === 1 ? node : node.parentElement).closest("mjx-container");
  const first = around(range.startContainer);
  const last = around(range.endContainer);
  if (first) range.setStartBefore(first);
  if (last) range.setEndAfter(last);
  const copied = document.createElement("div");
  copied.append(range.cloneContents());
  const equations = copied.querySelectorAll("mjx-container[data-tex]");
  if (!equations.length) return;
  for (const equation of equations) {
    const mark = equation.getAttribute("display") ? "$$" : "$";
    equation.replaceWith(mark + equation.dataset.tex + mark);
  }
  copied.style.cssText = "position: fixed; left: -10000px";
  document.body.append(copied); // text has its line breaks only where it is laid out
  event.clipboardData.setData("text/plain", copied.innerText);
  event.clipboardData.setData("text/html", copied.innerHTML);
  event.preventDefault();
  copied.remove();
});

// An equation wider than the page scrolls, for the keyboard as well.
const focusable = () => {
  for (const equation of document.querySelectorAll("mjx-container[display]"))
    if (equation.scrollWidth > equation.clientWidth) equation.tabIndex = 0;
    else equation.removeAttribute("tabindex");
};
focusable();
window.addEventListener("resize", focusable);
