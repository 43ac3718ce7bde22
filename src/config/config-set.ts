import { findCompatibilityRow } from './compatibility.js';
import { type Config, type DirectiveName, findDirective } from './directives.js';
import { findViolation } from './rules.js';
import { parseValue } from './settings.js';
import { Refusal } from './value-type.js';

/**
 * What CONFIG SET does with its pairs: a new frozen configuration, or the text of the error reply as Redis has it. All of the
 * pairs take effect or none.
 */
export function configSet(
  config: Config,
  pairs: readonly (readonly [name: string, text: string])[],
): Config | string {
  const names = new Map<DirectiveName, string>();
  for (const [given] of pairs) {
    const found = findDirective(given);
    if (found === undefined) {
      if (findCompatibilityRow(given)) return failure(given, "can't set immutable config");
      return `ERR Unknown option or number of arguments for CONFIG SET - '${given}'`;
    }
    if (!found.row.isChangeable) return failure(given, "can't set immutable config");
    if (names.has(found.name)) return failure(given, 'duplicate parameter');
    names.set(found.name, given);
  }
  const values: Record<string, unknown> = { ...config };
  for (const [given, text] of pairs) {
    const found = findDirective(given);
    if (found === undefined) continue;
    const value = parseValue(found.row, [text], config[found.name]);
    if (value instanceof Refusal) return failure(given, value.redisText);
    values[found.name] = value;
  }
  const changed = Object.freeze(values) as unknown as Config;
  const violation = findViolation(changed);
  if (violation === undefined) return changed;
  const involved = violation.rule.names.find((name) => names.has(name));
  return failure(names.get(involved ?? 'port') ?? '', violation.text);
}

function failure(given: string, text: string): string {
  return `ERR CONFIG SET failed (possibly related to argument '${given}') - ${text}`;
}
