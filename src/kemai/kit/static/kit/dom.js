// Small helpers. on(type, selector, handler) listens on the document for events within what matches the selector.
export function on(type, selector, handler, options) {
  document.addEventListener(
    type,
    (event) => {
      const target = event.target instanceof Element ? event.target.closest(selector) : null;
      if (target) handler(event, target);
    },
    options,
  );
}

export const find = (selector, root = document) => root.querySelector(selector);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// An element with attributes and children; text is set as text, never as HTML.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// An icon of the sprite that the page uses already.
export function icon(name, size = "") {
  const known = find("svg.km-i use");
  const sprite = known ? known.getAttribute("href").split("#")[0] : "/static/vendor/icons.svg";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", size ? `km-i km-i--${size}` : "km-i");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#i-${name}`);
  svg.append(use);
  return svg;
}

// A request by htmx. What goes wrong is said by toast.js and the server's answer; nobody else needs to know.
export const load = (verb, path, options) => window.htmx.ajax(verb, path, options).catch(() => {});

export function later(wait, call) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...values), wait);
  };
}

export function keepCookie(name, value) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax${secure}`;
}
