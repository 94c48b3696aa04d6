// require() of an ES module, as Node 22 and later allow it.
const assert = require('node:assert/strict');
const { fetch, createSession } = require('wiretwin');
const wiretwin = require('wiretwin');

assert.equal(typeof createSession, 'function');
assert.equal(wiretwin.default, fetch);
const { url, ca } = JSON.parse(process.env.MIRROR);
fetch(`${url}/echo`, { ca })
	.then((response) => response.json())
	.then((echo) => {
		assert.equal(echo.protocol, 'h2');
		console.log('ok');
	});
