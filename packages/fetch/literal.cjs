// What this package loads with `require`, under literal names: bundlers, file tracers and single-file compilers follow those,
// and lose what is found through import.meta.url or a `createRequire`.
'use strict';

exports.packageVersion = () => require('./package.json').version;
// As tough-cookie loads it: an `import` would parse the same 130 kB of tables a second time.
exports.loadTldts = () => require('tldts');
exports.loadToughCookie = () => require('./tough-cookie.mjs');
exports.loadToughCookieAsCommonJs = () => require('tough-cookie');
