import { describeExamples, describeImports } from '@wiretwin/adapter-conformance';

describeExamples(import.meta.dirname, ['../README.md', '../../../docs/guide/ky.md']);

describeImports(import.meta.dirname, 'ky');
