import type { ReplyWriter } from '../protocol/reply.js';
import type { ArgumentDoc } from './command.js';
import { type DescribedCommand, writeStatuses } from './command-info.js';

/** The value of one entry in COMMAND DOCS' reply. */
export function writeCommandDocs(reply: ReplyWriter, command: DescribedCommand): void {
  const documented = command.arguments ?? [];
  const subcommands = command.subcommands ?? [];
  const { replacement } = command;
  const isInternal = command.isInternal === true;
  const fields = 4 + (replacement === undefined ? 0 : 3) + (isInternal ? 1 : 0);
  reply.map(fields + (documented.length > 0 ? 1 : 0) + (subcommands.length > 0 ? 1 : 0));
  writePair(reply, 'summary', command.summary);
  writePair(reply, 'since', command.since);
  writePair(reply, 'group', command.group);
  writePair(reply, 'complexity', command.complexity);
  if (isInternal) {
    reply.bulkText('doc_flags');
    writeStatuses(reply, ['syscmd']);
  }
  if (replacement !== undefined) {
    reply.bulkText('doc_flags');
    writeStatuses(reply, ['deprecated']);
    writePair(reply, 'deprecated_since', replacement.since);
    writePair(reply, 'replaced_by', replacement.by);
  }
  if (documented.length > 0) writeArguments(reply, documented);
  if (subcommands.length > 0) {
    reply.bulkText('subcommands');
    reply.map(subcommands.length);
    for (const subcommand of subcommands) {
      reply.bulkText(subcommand.name);
      writeCommandDocs(reply, subcommand);
    }
  }
}

function writeArguments(reply: ReplyWriter, documented: readonly ArgumentDoc[]): void {
  reply.bulkText('arguments');
  reply.array(documented.length);
  for (const argument of documented) writeArgument(reply, argument);
}

function writeArgument(reply: ReplyWriter, argument: ArgumentDoc): void {
  const { token, since, deprecatedSince, flags } = argument;
  const nested = argument.arguments ?? [];
  const isKey = argument.type === 'key';
  const given = [isKey, token, since, deprecatedSince, flags, nested.length > 0];
  const optionalFields = given.filter(Boolean).length;
  reply.map(2 + optionalFields);
  writePair(reply, 'name', argument.name);
  writePair(reply, 'type', argument.type);
  if (isKey) {
    reply.bulkText('key_spec_index');
    reply.integer(argument.isSecondKey === true ? 1 : 0);
  }
  if (token !== undefined) writePair(reply, 'token', token);
  if (since !== undefined) writePair(reply, 'since', since);
  if (deprecatedSince !== undefined) writePair(reply, 'deprecated_since', deprecatedSince);
  if (flags !== undefined) {
    reply.bulkText('flags');
    writeStatuses(reply, flags);
  }
  if (nested.length > 0) writeArguments(reply, nested);
}

function writePair(reply: ReplyWriter, name: string, value: string): void {
  reply.bulkText(name);
  reply.bulkText(value);
}
