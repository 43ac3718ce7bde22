import { untilNul } from '../commands/words.js';
import { PROBLEMS } from './problem.js';
import type { AclUser, RuleContext } from './user.js';

/**
 * Rules with those in parentheses made one again, wherever blanks have split them. A parenthesis that stays open makes it the rule
 * with which it opened.
 */
export function joinSelectors(words: readonly string[]): string[] | { readonly opened: string } {
  const rules: string[] = [];
  let open: string[] = [];
  for (const word of words) {
    if (word.startsWith('(') && !word.endsWith(')')) open = [word];
    else if (open.length === 0) rules.push(word);
    else {
      open.push(untilNul(word));
      if (!word.endsWith(')')) continue;
      rules.push(open.join(' '));
      open = [];
    }
  }
  return open[0] === undefined ? rules : { opened: open[0] };
}

/** The user with rules applied as ACL SETUSER does, all or none of them; or the text of the error. */
export function withRules(
  user: AclUser,
  words: readonly string[],
  context: RuleContext,
): AclUser | string {
  const rules = joinSelectors(words);
  if (!Array.isArray(rules)) {
    const { opened } = rules as { readonly opened: string };
    return `Unmatched parenthesis in acl selector starting at '${untilNul(opened)}'.`;
  }
  const changed = user.copy();
  for (const rule of rules) {
    const problem = changed.apply(context, rule);
    if (problem !== undefined) {
      return `Error in ACL SETUSER modifier '${untilNul(rule)}': ${PROBLEMS[problem]}`;
    }
  }
  return changed;
}
