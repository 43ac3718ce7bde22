import { aclFileText, parseAclFile } from '#dist/acl/acl-file.js';
import { withRules } from '#dist/acl/set-user.js';
import { AclUser } from '#dist/acl/user.js';
import { context, known } from '../acl/context.js';
import { assert, corpusOf, type FuzzTarget } from './target.js';

/** A file of users: errors of one line that name the file, or users that are written and read again the same. */
const aclFile: FuzzTarget = {
  name: 'file of users',
  corpus: corpusOf('acl'),
  check({ bytes }) {
    const users = parseAclFile(bytes.toString('latin1'), 'users.acl', context);
    if (typeof users === 'string') {
      assert(!users.includes('\n') && /users\.acl:\d|on line \d/.test(users), `a place: ${users}`);
      return;
    }
    const text = aclFileText(known, users.values());
    // Of what has a parenthesis in a selector, or a blank in a first argument, ACL SAVE writes nothing.
    if (!/\([^)]*\)\S|\|\S*\s/.test(text)) {
      const again = parseAclFile(text, 'users.acl', context);
      assert(typeof again !== 'string', `it can be read again: ${again}`);
      assert(aclFileText(known, again.values()) === text, 'the same users');
    }
    for (const user of users.values()) {
      const other = AclUser.fromData(JSON.parse(JSON.stringify(user.toData())));
      assert(aclFileText(known, [other]) === aclFileText(known, [user]), 'the same at a worker');
    }
  },
};

/** The words of ACL SETUSER: an error of one line, or a user. What is refused changes nothing. */
const rules: FuzzTarget = {
  name: 'rules of a user',
  corpus: corpusOf('acl'),
  check({ bytes }) {
    const user = AclUser.create('somebody', context);
    const before = aclFileText(known, [user]);
    const words = bytes.toString('latin1').split(/[ \n]/);
    const changed = withRules(user, words, context);
    assert(aclFileText(known, [user]) === before, 'the user is another one');
    if (typeof changed === 'string') assert(changed !== '', 'a text');
    else aclFileText(known, [changed]);
  },
};

export const aclTargets: readonly FuzzTarget[] = [aclFile, rules];
