/** The API of impit 0.14 on wiretwin: programs change their import line. docs/migrate/impit.md says what differs. */
import * as errors from './errors.ts';
import { Impit } from './impit.ts';
import { ImpitResponse } from './response.ts';

export type { ImpitCookieJar } from './cookies.ts';
export * from './errors.ts';
export type * from './types.ts';
export { Impit, Impit as ImpitWrapper, ImpitResponse };

export default { ...errors, Impit, ImpitWrapper: Impit, ImpitResponse };
