import type { Arguments } from './command.js';

/** Names that end up in CLIENT LIST's lines: printable ASCII without spaces; the empty one takes the name away. */
export function isClientAttribute(text: string): boolean {
  return /^[!-~]*$/.test(text);
}

export const BAD_CLIENT_NAME =
  'ERR Client names cannot contain spaces, newlines or special characters.';

/** Sets the name from an argument; whether it could be one. */
export function setClientName(
  session: { name: string },
  request: Arguments,
  index: number,
): boolean {
  const name = request.text(index);
  if (!isClientAttribute(name)) return false;
  session.name = name;
  return true;
}
