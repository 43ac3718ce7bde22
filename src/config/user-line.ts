/** Whether a line of the configuration file is no directive but about a user. */
export function isUserLine(name: string): boolean {
  return name.toLowerCase() === 'user';
}
