export * from './installed.cjs';
