/** Whether every element of an XML document is closed by its own end, and its text holds no bare sign. */
export function isWellFormed(xml: string): boolean {
  const open: string[] = [];
  let at = 0;
  for (const match of xml.matchAll(/<(\/?)([A-Za-z]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g)) {
    const between = xml.slice(at, match.index);
    if (/[<>]/.test(between)) return false;
    at = match.index + match[0].length;
    const [, closes, name = '', , empty] = match;
    if (closes === '/') {
      if (open.pop() !== name) return false;
    } else if (empty !== '/') open.push(name);
  }
  return open.length === 0 && xml.slice(at).trim() === '';
}
