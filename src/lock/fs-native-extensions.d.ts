declare module 'fs-native-extensions' {
  /** Locks the whole file for the open file description; false when another one holds it. */
  export function tryLock(descriptor: number): boolean;
}
