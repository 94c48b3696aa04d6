export { type BrowserCookieJar, browserCookieJar } from './cookie-jar.ts';
export { createGot, type ExtendableGot, type GotAdapterOptions, wiretwinAgent } from './create-got.ts';
