/** What one place had: the module, or why it could not be loaded. */
export type AddonAttempt = { name: string; addon?: unknown; error?: unknown };

/** Tries each place where the addon of a target may be. Empty if there is no package for that target. Never throws. */
export function loadAddon(target: string): AddonAttempt[];

/** Targets whose package lies beside this one. */
export function installedTargets(): string[];
