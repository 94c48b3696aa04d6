/**
 * Node's `http`, the object that an `import` gives. The `import` itself would make all that the module exports, `WebSocket`
 * too, and with it load Node's fetch: 28 ms of a start for who has no other use of it.
 */
export const http = process.getBuiltinModule('node:http');
