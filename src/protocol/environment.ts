/** The variable in which workers find the renamed commands: `[["config","cfg"],["flushall",""]]`. */
export const RENAMES = 'SEQUEMENT_RENAMED_COMMANDS';
