// Sockets are looked after by the loop of the JavaScript thread, whatever there is to do (vitest.config.ts).
process.env.WIRETWIN_IO = 'loop';
