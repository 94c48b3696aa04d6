import { describeExamples, describeImports } from '@wiretwin/adapter-conformance';

describeExamples(import.meta.dirname, ['../README.md']);

describeImports(import.meta.dirname, 'got', ['@wiretwin/http-agent']);
