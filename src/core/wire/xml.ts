// Just enough XML 1.0 to answer: elements, text, one namespace.

/** An element: its name, and its text or its children. A child without a value is left out. */
export type XmlElement = readonly [name: string, content: string | number | readonly XmlElement[] | undefined];

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

function renderElements(elements: readonly XmlElement[]): string {
  let text = '';
  for (const [name, content] of elements) {
    if (content === undefined) continue;
    text += `<${name}>${typeof content === 'object' ? renderElements(content) : escapeXml(String(content))}</${name}>`;
  }
  return text;
}

/** The root element with its default namespace. */
export function renderXml(name: string, namespace: string, children: readonly XmlElement[]): string {
  return `<${name} xmlns="${namespace}">${renderElements(children)}</${name}>`;
}
