// Just enough XML 1.0 to answer: elements, text, one namespace.

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '\r': '&#13;',
};

/** Anything but printable ASCII without XML's own characters. */
const needsEscape = /[^ !#-%(-;=?-~]/;

/** Text that any parser reads back as it was; characters that XML 1.0 (section 2.2) cannot carry become U+FFFD. */
export function escapeXml(text: string): string {
  if (!needsEscape.test(text)) return text;
  return text
    .toWellFormed()
    .replace(/[&<>"'\r]/g, (character) => entities[character] ?? character)
    .replace(/[^\t\n\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
}

/** An element around what is XML already. */
export const element = (name: string, inner: string): string => `<${name}>${inner}</${name}>`;

/** The root element with its default namespace, around what is XML already. */
export function rootElement(name: string, namespace: string, inner: string): string {
  return `<${name} xmlns="${namespace}">${inner}</${name}>`;
}
