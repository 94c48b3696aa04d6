// The main program of a single executable (SEA): an executable cannot load an addon from inside itself.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { getRawAsset } = require('node:sea');

const file = path.join(os.tmpdir(), `wiretwin-${process.pid}.node`);
fs.writeFileSync(file, Buffer.from(getRawAsset('wiretwin.node')));
process.on('exit', () => fs.rmSync(file, { force: true }));
process.env.WIRETWIN_BINDING_PATH = file;
require('./app.cjs');
