/** What one place had: the module, or why it could not be loaded. */
export type AddonAttempt = { name: string; addon?: unknown; error?: unknown };

/** Tries each place where the addon of a target may be. Empty if there is no package for that target. Never throws. */
export function loadAddon(target: string): AddonAttempt[];

/** Of this package; its addons have the same. */
export const version: string;

/** Number of the sources that an addon of this checkout is built from; `undefined` where there are none. */
export function sourcesId(): string | undefined;

/** Targets whose package lies beside this one. */
export function installedTargets(): string[];
