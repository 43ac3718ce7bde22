/** The environment in which every process of a server first loads one of the modules beside this one. */
export function preload(
  name: 'gate' | 'clock' | 'short-writes' | 'stable-storage',
  environment: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const module = new URL(`./${name}.js`, import.meta.url);
  return { ...environment, NODE_OPTIONS: `--import=${module.href}` };
}
