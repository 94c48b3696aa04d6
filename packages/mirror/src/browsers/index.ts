export type { Browser, BrowserName, BrowserOptions } from './browser.ts';
export { startChromium } from './chromium.ts';
export { startFirefox } from './firefox.ts';
export { startBrowser } from './start-browser.ts';
