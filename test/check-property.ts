import type { ExecutionContext } from 'ava';
import fc from 'fast-check';

/** fc.assert whose seed and counterexample are shown, though a failed assertion within it is what ava reports. */
export function checkProperty<Values>(
  t: ExecutionContext,
  property: fc.IProperty<Values>,
  parameters: fc.Parameters<Values> = {},
): void {
  try {
    fc.assert(property, parameters);
  } catch (error) {
    t.log((error as Error).message.slice(0, 4000));
    throw error;
  }
}
