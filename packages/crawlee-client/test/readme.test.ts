import { describeExamples } from '@wiretwin/adapter-conformance';

describeExamples(import.meta.dirname, ['../README.md', '../../../docs/guide/crawlee.md']);
