// Loaded by literal.cjs with the first cookie, as the ES module that programs import: one class of jars and cookies.
export * from 'tough-cookie';
