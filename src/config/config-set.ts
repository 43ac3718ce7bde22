import { findCompatibilityRow } from './compatibility.js';
import type { Directive } from './directive.js';
import { type Config, type DirectiveName, findDirective } from './directives.js';
import { findViolation } from './rules.js';
import { parseValue } from './settings.js';
import { toleratedRows } from './tolerated.js';
import { Refusal } from './value-type.js';

type Pair = readonly [given: string, text: string];

/** What a name of CONFIG SET stands for. */
type Parameter =
  | {
      readonly kind: 'directive';
      readonly name: DirectiveName;
      readonly row: Directive<unknown>;
      /** As Redis calls it. */
      readonly shown: string;
    }
  | { readonly kind: 'tolerated'; readonly name: string; readonly shown: string };

/**
 * What CONFIG SET does with its pairs: a new frozen configuration, or the text of the error reply as Redis has it. All of the
 * pairs take effect or none.
 */
export function configSet(config: Config, pairs: readonly Pair[]): Config | string {
  const parameters: Parameter[] = [];
  for (const [given, text] of pairs) {
    const parameter = findParameter(config, given, text);
    if (typeof parameter === 'string') return parameter;
    if (parameters.some(({ name }) => name === parameter.name)) {
      return failure(given, 'duplicate parameter');
    }
    parameters.push(parameter);
  }
  const tolerated: Record<string, string> = { ...config.tolerated };
  const values: Record<string, unknown> = { ...config, tolerated };
  for (const [index, parameter] of parameters.entries()) {
    const [, text] = pairs[index] as Pair;
    const { name } = parameter;
    const row = parameter.kind === 'directive' ? parameter.row : toleratedRows.get(name);
    if (row === undefined) continue;
    const value = parseValue(row, [text], values[name]);
    if (value instanceof Refusal) return failure(parameter.shown, value.redisText);
    if (parameter.kind === 'directive') values[name] = value;
    else tolerated[toleratedRows.get(name)?.of ?? name] = row.type.format(value);
  }
  const changed = Object.freeze(values) as unknown as Config;
  const violation = findViolation(changed);
  if (violation === undefined) return changed;
  const { names } = violation.rule;
  const involved = parameters.findIndex(({ name }) => names.some((each) => each === name));
  return failure(pairs[Math.max(0, involved)]?.[0] ?? '', violation.text);
}

/** Or the error. A fact can be set to what it is. */
function findParameter(config: Config, given: string, text: string): Parameter | string {
  const row = findCompatibilityRow(given);
  const found = findDirective(row?.instead ?? given);
  const name = given.toLowerCase();
  if (found?.row.isChangeable === true) return { kind: 'directive', ...found, shown: name };
  const isSame = row !== undefined && row.isImmutable !== true && row.value(config) === text;
  if (isSame || toleratedRows.has(name)) {
    return { kind: 'tolerated', name, shown: name };
  }
  if (found !== undefined || row !== undefined) {
    return failure(given, "can't set immutable config");
  }
  return `ERR Unknown option or number of arguments for CONFIG SET - '${given}'`;
}

function failure(given: string, text: string): string {
  return `ERR CONFIG SET failed (possibly related to argument '${given}') - ${text}`;
}
