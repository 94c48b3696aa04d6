/** Version of this package, as its package.json says. */
export function packageVersion(): string;
export function loadTldts(): typeof import('tldts');
export function loadToughCookie(): typeof import('tough-cookie', { with: { 'resolution-mode': 'import' }});
export function loadToughCookieAsCommonJs(): typeof import('tough-cookie', { with: { 'resolution-mode': 'import' }});
