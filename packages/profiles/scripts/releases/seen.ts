/** Day on which the published sources of this catalogue were read. */
export const SEEN = '2026-11-23';
